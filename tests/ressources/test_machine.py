"""The real verbs on the real database, against a naive model that counts quarter by quarter.

Two organisations borrow from a third: a lot by the day, a lot of numbered copies, a house and two
rooms by the hour. Hypothesis draws the steps and moves the clock, around the next two changes of
clock. After each step, what the pages call free is what counting finds, the rows are what the
model says, and nothing is held beyond the stock but by what is late.

`MACHINE=500` draws so many stories instead of the few of every day, and other ones each time.
"""

import datetime as dt
import os
import uuid
from dataclasses import dataclass, field, replace

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from organisations.refus import Refus
from ressources import disponibilite, prets
from ressources.models import Exemplaire, Fermeture, Pret, PretExemplaire, Ressource
from tests import fabriques
from tests.horloge import horloge_reglee, prochains_changements

QUART, JOUR = dt.timedelta(minutes=15), dt.timedelta(days=1)
JOURS = 9  # loans lie in them; what is late holds one day more
TENUS = ("accepte", "remis")


@dataclass
class Chose:
    """A listing as the model sees it: what it has, and when it is closed, in quarters."""

    nom: str
    stock: int
    par_heure: bool
    battement: int = 0
    fermee: dict[int, tuple[int, int]] = field(default_factory=dict)
    en_reparation: dict[int, int] = field(default_factory=dict)  # copy → since which quarter
    copies: list[int] = field(default_factory=list)


@dataclass
class Fait:
    """A loan as the model sees it."""

    pk: int
    chose: str
    etat: str
    quantite: int
    debut: int
    fin: int
    battement: int = 0
    remise: int = 0
    rendue: int = 0
    autre: tuple[int, int, int] | None = None  # proposed: start, end, quantity
    copies: set[int] = field(default_factory=set)

    def tient(self, maintenant: int, jusqua: int) -> tuple[int, int, int]:
        """From which quarter, to which one, how many."""
        if self.etat == "remis" and self.fin <= maintenant:
            return self.debut, jusqua, self.remise - self.rendue
        return self.debut, self.fin + self.battement, self.quantite - self.rendue


class Machine(RuleBasedStateMachine):
    changement: dt.date

    # ------------------------------------------------------------ the stage
    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        jours = [self.changement + (n - 4) * JOUR for n in range(JOURS + 3)]
        self.origine = disponibilite.minuit(jours[0]).astimezone(dt.UTC)
        self.minuits = [self.case(disponibilite.minuit(j)) for j in jours]
        self.total = self.minuits[JOURS + 1]
        self.contexte = horloge_reglee(self.origine)
        self.horloge = self.contexte.__enter__()
        self.maintenant, self.pas = 0, 0
        self.preteur = fabriques.organisation("Popote")
        self.yvon = self.membre_de(self.preteur)
        self.emprunteurs = {}
        for nom in ("Maison", "Club"):
            organisme = fabriques.organisation(nom)
            self.emprunteurs[organisme.pk] = (organisme, self.membre_de(organisme))
        self.ressources: dict[str, Ressource] = {}
        self.choses: dict[str, Chose] = {}
        self.poser("lot", 3, battement=0)
        self.poser("bacs", 2, copies=2)
        self.poser("maison", 1, sorte="local")
        self.poser("salon", 1, sorte="local", battement=30, partie_de=self.ressources["maison"])
        self.poser("cuisine", 1, sorte="local", partie_de=self.ressources["maison"])
        self.dans_la_maison = {"salon", "cuisine"}
        self.faits: list[Fait] = []

    def teardown(self):
        self.contexte.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def membre_de(self, organisme):
        personne = fabriques.personne(agit_pour=organisme)
        fabriques.adhesion(personne, organisme, "responsable")
        return personne

    def poser(self, nom, stock, *, copies=0, **champs):
        ressource = fabriques.ressource(self.preteur, nom, quantite=stock, **champs)
        chose = Chose(nom, stock, ressource.par_heure, champs.get("battement", 0) // 15)
        for numero in range(1, copies + 1):
            chose.copies.append(Exemplaire.objects.create(ressource=ressource, numero=numero).pk)
        self.ressources[nom], self.choses[nom] = ressource, chose

    # ------------------------------------------------------------ time, in quarters
    def case(self, instant: dt.datetime) -> int:
        return int((instant.astimezone(dt.UTC) - self.origine) / QUART)

    def instant(self, case: int) -> dt.datetime:
        return self.origine + case * QUART

    def jour(self, case: int) -> int:
        return max(j for j, minuit in enumerate(self.minuits) if minuit <= case)

    def periode(self, chose, debut: float, longueur: float) -> tuple[int, int]:
        """Drawn between 0 and 1: days for what goes by the day, quarters otherwise."""
        if chose.par_heure:
            depart = int(debut * (self.minuits[JOURS] - 1))
            return depart, min(depart + 1 + int(longueur**3 * 100), self.minuits[JOURS])
        premier = int(debut * JOURS)
        dernier = min(premier + 1 + int(longueur * 4), JOURS)
        return self.minuits[premier], self.minuits[dernier]

    # ------------------------------------------------------------ counting
    def proches(self, nom: str) -> set[str]:
        if nom == "maison":
            return set(self.dans_la_maison)
        return {"maison"} if nom in self.dans_la_maison else set()

    def niveaux(self, nom: str, faits=None, reparation=None) -> list[int]:
        """How many are held at each quarter."""
        niveaux = [0] * (self.total + 200)
        concernes = {nom} | self.proches(nom)
        for fait in self.faits if faits is None else faits:
            if fait.chose in concernes and fait.etat in TENUS:
                debut, fin, combien = fait.tient(self.maintenant, len(niveaux))
                for case in range(debut, min(fin, len(niveaux))):
                    niveaux[case] += combien
        pannes = self.choses[nom].en_reparation if reparation is None else reparation
        for depuis in pannes.values():
            for case in range(max(depuis, 0), len(niveaux)):
                niveaux[case] += 1
        return niveaux

    def est_fermee(self, nom: str, debut: int, fin: int) -> bool:
        return any(
            f[0] < fin and debut < f[1]
            for n in {nom} | self.proches(nom)
            for f in self.choses[n].fermee.values()
        )

    def libre(self, nom: str, debut: int, fin: int) -> int:
        chose = self.choses[nom]
        if self.est_fermee(nom, debut, fin):
            return 0
        return max(0, chose.stock - max(self.niveaux(nom)[debut : fin + chose.battement]))

    def est_possible(self, avant: Fait, apres: Fait) -> bool:
        """Whether this loan may become that one: counted over what it did not hold before."""
        nom, stock = apres.chose, self.choses[apres.chose].stock
        faits = [apres if f is avant else f for f in self.faits]
        niveaux = self.niveaux(nom, faits)
        en_retard = avant.etat == "remis" and avant.fin <= self.maintenant
        deja: set[int] = set()
        if avant.etat in TENUS:
            combien = avant.tient(self.maintenant, 0)[2]
            if apres.tient(self.maintenant, 0)[2] <= combien:
                deja = set(range(avant.debut, self.maintenant if en_retard else avant.fin))
        ajout = [c for c in range(apres.debut, apres.fin) if c not in deja]
        if any(self.est_fermee(nom, c, c + 1) for c in ajout):
            return False
        avec_battement = {c + b for c in ajout for b in range(apres.battement + 1)}
        if any(niveaux[c] > stock for c in avec_battement):
            return False
        if apres.remise - apres.rendue > avant.remise - avant.rendue:
            concernes = {nom} | self.proches(nom)
            dehors = sum(
                f.remise - f.rendue for f in faits if f.chose in concernes and f.etat == "remis"
            )
            return dehors + len(self.choses[nom].en_reparation) <= stock
        return True

    # ------------------------------------------------------------ doing
    def en(self, *etats: str) -> list[Fait]:
        return [f for f in self.faits if f.etat in etats]

    def un(self, hasard: float, *etats: str) -> Fait:
        faits = self.en(*etats)
        return faits[int(hasard * len(faits))]

    def emprunteur_de(self, fait: Fait):
        return self.emprunteurs[Pret.objects.get(pk=fait.pk).emprunteur_id][1]

    def pas_de(self, fait: Fait, verbe: str, par, attendu: bool, **geste) -> bool:
        """Takes the step; refused exactly when the model says so."""
        try:
            with transaction.atomic():
                prets.effectuer(
                    Pret.objects.get(pk=fait.pk), verbe, par=par, mot="Un mot.", dire=False, **geste
                )
        except Refus as refus:
            assert not attendu, (verbe, fait, refus.phrases)
            return False
        assert attendu, (verbe, fait)
        return True

    def ecrire(self, attendu: bool, geste) -> bool:
        """The same for what is written without a verb."""
        try:
            with transaction.atomic():
                geste()
        except IntegrityError as erreur:
            assert not attendu, erreur
            return False
        assert attendu
        return True

    def est_passee(self, debut: int, fin: int) -> bool:
        return fin <= self.maintenant or self.jour(debut) < self.jour(self.maintenant)

    hasards = st.floats(0, 1, exclude_max=True, width=16)
    noms = st.sampled_from(["lot", "lot", "bacs", "maison", "salon", "cuisine"])

    @rule(nom=noms, debut=hasards, longueur=hasards, quantite=st.integers(1, 3), qui=hasards)
    def demander(self, nom, debut, longueur, quantite, qui):
        chose = self.choses[nom]
        debut, fin = self.periode(chose, debut, longueur)
        organisme, personne = list(self.emprunteurs.values())[int(qui * 2)]
        attendu = (
            not self.est_passee(debut, fin)
            and quantite <= chose.stock
            and self.libre(nom, debut, fin) >= quantite
        )
        try:
            pret = prets.demander(
                self.ressources[nom], par=personne, emprunteur=organisme,
                debut=self.instant(debut), fin=self.instant(fin), quantite=quantite,
                but="Un essai.", jeton=uuid.uuid4(),
            )  # fmt: skip
        except Refus as refus:
            assert not attendu, refus.phrases
            return
        assert attendu
        self.faits.append(Fait(pret.pk, nom, "demande", quantite, debut, fin))

    @precondition(lambda self: self.en("demande"))
    @rule(hasard=hasards)
    def accepter(self, hasard):
        avant = self.un(hasard, "demande")
        apres = replace(avant, etat="accepte", battement=self.choses[avant.chose].battement)
        attendu = avant.fin > self.maintenant and self.est_possible(avant, apres)
        if self.pas_de(avant, "accepter", self.yvon, attendu):
            self.remplacer(avant, apres)

    @precondition(lambda self: self.en("demande", "propose"))
    @rule(hasard=hasards, debut=hasards, longueur=hasards, quantite=st.integers(1, 3))
    def proposer(self, hasard, debut, longueur, quantite):
        avant = self.un(hasard, "demande", "propose")
        self.demander_autrement("proposer", avant, debut, longueur, quantite)

    @precondition(lambda self: self.en("demande", "propose"))
    @rule(hasard=hasards, debut=hasards, longueur=hasards, quantite=st.integers(1, 3))
    def deplacer(self, hasard, debut, longueur, quantite):
        avant = self.un(hasard, "demande", "propose")
        self.demander_autrement("deplacer", avant, debut, longueur, quantite)

    def demander_autrement(self, verbe, avant, debut, longueur, quantite):
        chose = self.choses[avant.chose]
        debut, fin = self.periode(chose, debut, longueur)
        attendu = (
            (debut, fin, quantite) != (avant.debut, avant.fin, avant.quantite)
            and not self.est_passee(debut, fin)
            and quantite <= chose.stock
            and self.libre(avant.chose, debut, fin) >= quantite
        )
        par = self.yvon if verbe == "proposer" else self.emprunteur_de(avant)
        periode = (self.instant(debut), self.instant(fin))
        if self.pas_de(avant, verbe, par, attendu, periode=periode, quantite=quantite):
            self.remplacer(
                avant,
                replace(avant, etat="propose", autre=(debut, fin, quantite))
                if verbe == "proposer"
                else replace(
                    avant, etat="demande", debut=debut, fin=fin, quantite=quantite, autre=None
                ),
            )

    @precondition(lambda self: self.en("propose"))
    @rule(hasard=hasards, oui=st.booleans())
    def repondre_a_la_proposition(self, hasard, oui):
        avant = self.un(hasard, "propose")
        if not oui:
            self.pas_de(avant, "decliner", self.emprunteur_de(avant), True)
            self.remplacer(avant, replace(avant, etat="annule", autre=None))
            return
        debut, fin, quantite = avant.autre
        apres = replace(
            avant, etat="accepte", debut=debut, fin=fin, quantite=quantite, autre=None,
            battement=self.choses[avant.chose].battement,
        )  # fmt: skip
        attendu = fin > self.maintenant and self.est_possible(avant, apres)
        if self.pas_de(avant, "convenir", self.emprunteur_de(avant), attendu):
            self.remplacer(avant, apres)

    @precondition(lambda self: self.en("demande", "propose", "accepte"))
    @rule(hasard=hasards, par_le_preteur=st.booleans())
    def annuler(self, hasard, par_le_preteur):
        avant = self.un(hasard, "demande", "propose", "accepte")
        par = self.yvon if par_le_preteur else self.emprunteur_de(avant)
        self.pas_de(avant, "annuler", par, True)
        self.remplacer(avant, replace(avant, etat="annule", autre=None))

    @precondition(lambda self: self.en("accepte", "remis"))
    @rule(hasard=hasards, combien=st.integers(1, 3), ordre=st.booleans())
    def remettre(self, hasard, combien, ordre):
        avant = self.un(hasard, "accepte", "remis")
        chose = self.choses[avant.chose]
        possible = avant.quantite - avant.remise
        choisies = sorted(chose.copies, reverse=ordre)[:combien]
        combien = len(choisies) if choisies else combien
        debut = avant.debut
        if avant.etat == "accepte" and self.maintenant < debut:
            debut = self.maintenant if chose.par_heure else self.minuits[self.jour(self.maintenant)]
        apres = replace(
            avant, etat="remis", debut=debut, remise=avant.remise + combien,
            copies=avant.copies | set(choisies),
        )  # fmt: skip
        dehors = set().union(*(f.copies for f in self.en("remis")))
        attendu = (
            1 <= combien <= possible
            and avant.fin > self.maintenant
            and avant.debut - self.maintenant <= 7 * 96
            and not dehors & set(choisies)
            and not set(choisies) & set(chose.en_reparation)
            and self.est_possible(avant, apres)
        )
        copies = [Exemplaire.objects.get(pk=pk) for pk in choisies]
        geste = {"exemplaires": copies} if copies else {"quantite": combien}
        if self.pas_de(avant, "remettre", self.yvon, attendu, **geste):
            self.remplacer(avant, apres)

    @precondition(lambda self: self.en("remis"))
    @rule(hasard=hasards, combien=st.integers(1, 3))
    def rendre(self, hasard, combien):
        avant = self.un(hasard, "remis")
        dehors = avant.remise - avant.rendue
        rentrent = sorted(avant.copies)[:combien]
        combien = len(rentrent) if rentrent else combien
        attendu = combien <= dehors
        copies = [Exemplaire.objects.get(pk=pk) for pk in rentrent]
        geste = {"exemplaires": copies} if copies else {"quantite": combien}
        if self.pas_de(avant, "rendre", self.yvon, attendu, **geste):
            self.remplacer(
                avant,
                replace(
                    avant, etat="rendu" if combien == dehors else "remis",
                    rendue=avant.rendue + combien, copies=avant.copies - set(rentrent),
                ),
            )  # fmt: skip

    @precondition(lambda self: self.en("rendu"))
    @rule(hasard=hasards)
    def clore(self, hasard):
        avant = self.un(hasard, "rendu")
        self.pas_de(avant, "clore", self.yvon, True)
        self.remplacer(avant, replace(avant, etat="clos"))

    @precondition(lambda self: any(f.debut <= self.maintenant for f in self.en("accepte")))
    @rule(hasard=hasards)
    def liberer(self, hasard):
        faits = [f for f in self.en("accepte") if f.debut <= self.maintenant]
        avant = faits[int(hasard * len(faits))]
        self.pas_de(avant, "liberer", None, True)
        self.remplacer(avant, replace(avant, etat="non_reclame"))

    @precondition(lambda self: self.en("accepte", "remis"))
    @rule(hasard=hasards, debut=hasards, longueur=hasards, decaler=st.booleans())
    def prolonger(self, hasard, debut, longueur, decaler):
        avant = self.un(hasard, "accepte", "remis")
        chose = self.choses[avant.chose]
        debut, fin = self.periode(chose, debut, longueur)
        if avant.etat == "remis" or not decaler:
            debut = avant.debut
        attendu = (
            fin > max(debut, self.maintenant)
            and debut >= min(avant.debut, self.maintenant - 96)
            and (debut, fin) != (avant.debut, avant.fin)
        )
        periode = (self.instant(debut), self.instant(fin))
        if not self.pas_de(avant, "prolonger", self.emprunteur_de(avant), attendu, periode=periode):
            return
        apres = replace(avant, debut=debut, fin=fin)
        if fin > avant.fin:
            apres.battement = chose.battement
        if self.pas_de(avant, "accorder", self.yvon, self.est_possible(avant, apres)):
            self.remplacer(avant, apres)
        else:
            self.pas_de(avant, "maintenir", self.yvon, True)

    def remplacer(self, avant: Fait, apres: Fait) -> None:
        self.faits[self.faits.index(avant)] = apres

    # ------------------------------------------------------------ what the lender does
    @rule(nom=noms, debut=hasards, longueur=hasards)
    def fermer(self, nom, debut, longueur):
        debut, fin = self.periode(self.choses[nom], debut, longueur / 2)
        concernes = {nom} | self.proches(nom)
        attendu = not any(
            f.chose in concernes and f.debut < fin and debut < f.fin for f in self.en(*TENUS)
        ) and not any(a < fin and debut < b for a, b in self.choses[nom].fermee.values())

        def inscrire():
            ferme = Fermeture.objects.create(
                ressource=self.ressources[nom], periode=(self.instant(debut), self.instant(fin))
            )
            self.choses[nom].fermee[ferme.pk] = (debut, fin)

        self.ecrire(attendu, inscrire)

    @precondition(lambda self: any(c.fermee for c in self.choses.values()))
    @rule()
    def rouvrir(self):
        chose = next(c for c in self.choses.values() if c.fermee)
        pk, _periode = chose.fermee.popitem()
        Fermeture.objects.get(pk=pk).delete()

    @rule(rang=st.integers(0, 1))
    def reparer_ou_remettre_en_service(self, rang):
        chose = self.choses["bacs"]
        copie = chose.copies[rang]
        ligne = Exemplaire.objects.filter(pk=copie)
        if copie in chose.en_reparation:
            ligne.update(etat="en_service", en_reparation_le=None)
            del chose.en_reparation[copie]
            return
        sortie = any(copie in f.copies for f in self.en("remis"))
        pannes = {**chose.en_reparation, copie: self.maintenant}
        attendu = (
            not sortie
            and max(self.niveaux("bacs", reparation=pannes)[self.maintenant :]) <= chose.stock
        )
        instant = self.horloge.maintenant
        if self.ecrire(
            attendu, lambda: ligne.update(etat="en_reparation", en_reparation_le=instant)
        ):
            chose.en_reparation = pannes

    @rule(nom=st.sampled_from(["lot", "bacs"]), stock=st.integers(1, 4))
    def changer_le_stock(self, nom, stock):
        chose = self.choses[nom]
        attendu = stock >= chose.stock or (
            stock >= len(chose.copies) and max(self.niveaux(nom)[self.maintenant :]) <= stock
        )
        ligne = Ressource.objects.filter(pk=self.ressources[nom].pk)
        if self.ecrire(attendu, lambda: ligne.update(quantite=stock)):
            chose.stock = stock
            self.ressources[nom].refresh_from_db()

    @rule(nom=noms, battement=st.sampled_from([0, 15, 60, 1440]))
    def changer_le_battement(self, nom, battement):
        self.choses[nom].battement = battement // 15
        Ressource.objects.filter(pk=self.ressources[nom].pk).update(battement=battement)
        self.ressources[nom].refresh_from_db()

    @rule(nom=st.sampled_from(["salon", "cuisine"]))
    def demenager(self, nom):
        ligne = Ressource.objects.filter(pk=self.ressources[nom].pk)
        if nom in self.dans_la_maison:
            ligne.update(partie_de=None)
            self.dans_la_maison.discard(nom)
            return
        dedans, maison = self.niveaux_propres(nom), self.niveaux_propres("maison")
        fermes = [self.ferme_en_propre(n) for n in (nom, "maison")]
        attendu = not any(
            (dedans[c] and maison[c])
            or (dedans[c] and fermes[1][c])
            or (fermes[0][c] and maison[c])
            for c in range(self.maintenant, len(dedans))
        )
        if self.ecrire(attendu, lambda: ligne.update(partie_de=self.ressources["maison"])):
            self.dans_la_maison.add(nom)

    def niveaux_propres(self, nom: str) -> list[int]:
        niveaux = [0] * (self.total + 200)
        for fait in self.en(*TENUS):
            if fait.chose == nom:
                debut, fin, combien = fait.tient(self.maintenant, len(niveaux))
                for case in range(debut, min(fin, len(niveaux))):
                    niveaux[case] += combien
        return niveaux

    def ferme_en_propre(self, nom: str) -> list[bool]:
        fermes = [False] * (self.total + 200)
        for debut, fin in self.choses[nom].fermee.values():
            fermes[debut:fin] = [True] * (fin - debut)
        return fermes

    @precondition(lambda self: self.maintenant < self.minuits[JOURS - 1])
    @rule(quarts=st.sampled_from([1, 3, 20, 96, 96]))
    def attendre(self, quarts):
        self.maintenant += quarts
        self.horloge.avancer(quarts * QUART)

    # ------------------------------------------------------------ what must hold
    @rule(nom=noms, debut=hasards, longueur=hasards, quantite=st.integers(1, 3))
    def regarder(self, nom, debut, longueur, quantite):
        debut, fin = self.periode(self.choses[nom], debut, longueur)
        attendu = self.libre(nom, debut, fin)
        bornes = self.instant(debut), self.instant(fin)
        assert disponibilite.libre(self.ressources[nom], *bornes) == attendu
        trouvees = Ressource.objects.filter(pk=self.ressources[nom].pk).libres(*bornes, quantite)
        assert trouvees.exists() is (attendu >= quantite)

    @invariant()
    def les_pages_disent_ce_que_compter_trouve(self):
        self.pas += 1
        debut = self.minuits[self.pas % JOURS] + self.pas % 7
        fin = debut + 1 + self.pas % 96
        libres = disponibilite.libres(
            self.ressources.values(), self.instant(debut), self.instant(fin)
        )
        for nom, ressource in self.ressources.items():
            assert libres[ressource.pk] == self.libre(nom, debut, fin), (nom, debut, fin)

    @invariant()
    def les_lignes_sont_celles_du_modele(self):
        lignes = {
            pk: (etat, quantite, remise, rendue, self.case(p.lower), self.case(p.upper), b // 15)
            for pk, etat, quantite, remise, rendue, p, b in Pret.objects.values_list(
                "pk", "etat", "quantite", "quantite_remise", "quantite_rendue", "periode",
                "battement",
            )
        }  # fmt: skip
        for f in self.faits:
            ligne = lignes.pop(f.pk)
            battement = f.battement if f.etat in (*TENUS, "rendu") else ligne[-1]
            assert ligne == (
                f.etat, f.quantite, f.remise, f.rendue, f.debut, f.fin, battement,
            )  # fmt: skip
        assert not lignes
        sorties = PretExemplaire.objects.filter(rendu_le=None).values_list(
            "pret_id", "exemplaire_id"
        )
        assert sorted(sorties) == sorted((f.pk, c) for f in self.faits for c in f.copies)

    @invariant()
    def rien_nest_tenu_au_dela_du_stock_que_par_ce_qui_est_en_retard(self):
        promis = [
            replace(f, etat="accepte", quantite=f.remise)
            if f.etat == "remis" and f.fin <= self.maintenant
            else f
            for f in self.faits
        ]
        for nom, chose in self.choses.items():
            siens = [f for f in promis if f.chose == nom and f.etat in TENUS]
            if not siens:
                continue
            niveaux = self.niveaux(nom, promis)
            for fait in siens:
                debut, fin, _n = fait.tient(self.maintenant, 0)
                futur = niveaux[max(debut, self.maintenant) : fin]
                assert not futur or max(futur) <= chose.stock, (nom, fait)


@pytest.mark.django_db
@pytest.mark.parametrize("rang", [0, 1], ids=["premier-changement", "second-changement"])
def test_the_verbs_and_the_model_never_disagree(rang):
    machine = type("Machine", (Machine,), {"changement": prochains_changements()[rang]})
    nombre = int(os.environ.get("MACHINE", 0))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=nombre or 25,
            stateful_step_count=60,
            derandomize=not nombre,
            # A story is short enough to be read as it was drawn.
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
