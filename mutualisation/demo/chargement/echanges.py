"""A year of loans: those written one by one, then many, drawn so that no listing is over-promised.

Every loan has the timeline that led to its state: the verbs, in order, each by somebody of the
right side, and the words they wrote.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from mutualisation.demo.chargement.monde import Monde
from mutualisation.demo.lecture import lire
from organisations.models import Organisation, Personne
from organisations.publication import Etat as EtatPublication
from ressources.categories import Sorte
from ressources.cycle import TRANSITIONS, Cote, Etat
from ressources.models import Demande, Evaluation, EvenementPret, Pret, Ressource
from ressources.prets import PROMIS

DEBUT, FIN = -362, 45  # days from today between which loans begin
GENRES = {Sorte.EQUIPEMENT: "materiel", Sorte.LOCAL: "lieu", Sorte.EXPERTISE: "temps"}
# Loans drawn for one listing: (least, most), for those everybody knows and for the others.
NOMBRE = {
    Sorte.EQUIPEMENT: ((3, 6), (0, 3)),
    Sorte.LOCAL: ((3, 6), (1, 3)),
    Sorte.EXPERTISE: ((2, 4), (0, 2)),
}
# Organisations of the accounts one visits with: what is open with them is written one by one.
VISITES = ("popote", "tablee", "forges")
JOURS_VISITES = -33
ESSAIS = 12


@dataclass
class Recit:
    """A loan being told: the row, then its timeline."""

    pret: Pret
    jour: str = ""
    retour: str = ""
    evenements: list[EvenementPret] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    # What was asked together bears the same name; with a recurrence, it is a series.
    ensemble: str = ""
    regle: str = ""

    def raconter(
        self,
        verbe: str,
        cote: str,
        par: Personne | None,
        le: datetime,
        mot: str = "",
        *,
        quantite: int | None = None,
        periode: tuple[datetime, datetime] | None = None,
    ) -> None:
        """One line, and what its verb writes on the loan."""
        pret = self.pret
        vers = Etat.DEMANDE if verbe == "demander" else None
        if verbe in TRANSITIONS:
            vers = TRANSITIONS[verbe].vers
        match verbe:
            case "demander":
                pret.demande_le, pret.demande_par = le, par
                quantite, periode = pret.quantite, pret.periode
            case "accepter":
                pret.accepte_le = le
                pret.conditions = _promis(pret.ressource)
            case "proposer":
                pret.periode_proposee, pret.quantite_proposee = periode, quantite
            case "prolonger":
                pret.periode_souhaitee = periode
            case "remettre":
                pret.remis_le = le
                pret.quantite_remise = quantite = pret.quantite
            case "rendre":
                quantite = quantite or pret.dehors
                pret.quantite_rendue += quantite
                if pret.dehors:
                    vers = None
                else:
                    pret.rendu_le = le
            case "clore":
                pret.clos_le = le
            case "signaler":
                pret.incident_le = le
            case "regler":
                pret.incident_le = None
        if vers:
            pret.etat = vers
        self.evenements.append(
            EvenementPret(
                verbe=verbe,
                cote=cote,
                par=par,
                le=le,
                mot=mot,
                vers=vers or "",
                quantite=quantite,
                periode=periode,
            )
        )

    def evaluer(self, cote: str, par: Personne, le: datetime, avis: str, mot: str) -> None:
        de = self.pret.preteur if cote == Cote.PRETEUR else self.pret.emprunteur
        self.evaluations.append(
            Evaluation(organisation=de, par=par, comme_convenu=avis, mot=mot, le=le)
        )
        self.raconter("evaluer", cote, par, le)


def _promis(ressource: Ressource) -> dict[str, str]:
    return {
        nom: ressource._meta.get_field(nom).value_to_string(ressource)
        for nom in PROMIS
        if getattr(ressource, nom) is not None
    }


class Stock:
    """What is held of each listing, to draw loans that fit: the database will check them."""

    def __init__(self) -> None:
        self._tenus: dict[int, list[tuple[datetime, datetime | None, int]]] = {}

    def tenir(self, ressource: Ressource, debut: datetime, fin: datetime | None, n: int) -> None:
        self._tenus.setdefault(ressource.pk, []).append((debut, fin, n))

    def libre(self, ressource: Ressource, debut: datetime, fin: datetime | None) -> int:
        """The quantity less the peak: it is reached where something begins."""
        tenus = [
            (d, f, n)
            for d, f, n in self._tenus.get(ressource.pk, [])
            if (fin is None or d < fin) and (f is None or debut < f)
        ]
        instants = [debut, *(d for d, _, _ in tenus if d > debut)]
        pic = max(
            sum(n for d, f, n in tenus if d <= instant and (f is None or instant < f))
            for instant in instants
        )
        return ressource.quantite - pic


def charger(monde: Monde) -> None:
    stock = Stock()
    recits = [_ecrit(monde, stock, ligne) for ligne in lire("prets")["pret"]]
    recits += Tirage(monde, stock).tout()
    recits.sort(key=lambda recit: recit.pret.demande_le)  # numbers follow the requests
    _ensembles(monde, recits)
    Pret.objects.bulk_create(recit.pret for recit in recits)
    for recit in recits:
        for morceau in (*recit.evenements, *recit.evaluations):
            morceau.pret = recit.pret
    EvenementPret.objects.bulk_create(e for recit in recits for e in recit.evenements)
    Evaluation.objects.bulk_create(e for recit in recits for e in recit.evaluations)


def _ensembles(monde: Monde, recits: list[Recit]) -> None:
    demandes: dict[str, Demande] = {}
    for recit in recits:
        if not recit.ensemble:
            continue
        pret = recit.pret
        if recit.ensemble not in demandes:
            demandes[recit.ensemble] = Demande.objects.create(
                preteur=pret.preteur,
                emprunteur=pret.emprunteur,
                demande_par=pret.demande_par,
                jeton=_jeton(monde),
                regle=recit.regle,
                but=pret.but,
                cree_le=pret.demande_le,
            )
        pret.demande = demandes[recit.ensemble]


def _jeton(monde: Monde) -> uuid.UUID:
    return uuid.UUID(int=monde.hasard.getrandbits(128), version=4)


# ------------------------------------------------------------------ written one by one


def _ecrit(monde: Monde, stock: Stock, ligne: dict) -> Recit:
    ressource = monde.ressources[ligne["ressource"]]
    premier, dernier = ligne["jours"]
    de, a = ligne.get("heures", (0, 0))
    debut, fin = monde.instant(premier, de), monde.instant(dernier + (0 if a else 1), a)
    pret = Pret(
        ressource=ressource,
        preteur=ressource.organisation,
        emprunteur=monde.organisations[ligne["a"]],
        jeton=_jeton(monde),
        quantite=ligne.get("n", 1),
        periode=(debut, fin),
        but=ligne["but"],
    )
    recit = Recit(pret, ensemble=ligne.get("ensemble", ""), regle=ligne.get("regle", ""))
    avant = None
    for evenement in ligne["fil"]:
        verbe, qui, quand, *mots = (champ.strip() for champ in evenement.split("|"))
        jour, heure = quand.split()
        le = monde.passe(int(jour), *map(int, heure.split(":")))
        le = avant = max(le, avant or le)
        verbe, *nombres = verbe.split()
        if qui == "portail":
            recit.raconter(verbe, Cote.PORTAIL, None, le)
            continue
        par = monde.personnes[qui]
        cote = _cote(monde, pret, par)
        if verbe == "evaluer":
            recit.evaluer(cote, par, le, *mots)
        else:
            recit.raconter(verbe, cote, par, le, *mots, **_part(monde, verbe, nombres))
    if pret.accepte_le and pret.etat != Etat.ANNULE:
        tard = pret.etat == Etat.REMIS and fin <= monde.maintenant
        stock.tenir(ressource, debut, None if tard else fin, pret.quantite)
    return recit


def _part(monde: Monde, verbe: str, nombres: list[str]) -> dict:
    """What is written after a verb: how many, or other dates by first and last day."""
    dits = [int(nombre) for nombre in nombres]
    part: dict = {}
    if verbe in ("rendre", "proposer") and dits:
        part["quantite"] = dits.pop(0)
    if dits:
        part["periode"] = (monde.instant(dits[0]), monde.instant(dits[1] + 1))
    return part


def _cote(monde: Monde, pret: Pret, par: Personne) -> str:
    cles = {o.pk: cle for cle, o in monde.organisations.items()}
    if par in monde.membres[cles[pret.preteur.pk]]:
        return Cote.PRETEUR
    if par in monde.membres[cles[pret.emprunteur.pk]]:
        return Cote.EMPRUNTEUR
    return Cote.TABLE


# ------------------------------------------------------------------ drawn


class Tirage:
    def __init__(self, monde: Monde, stock: Stock) -> None:
        self.monde, self.stock, self.hasard = monde, stock, monde.hasard
        self.paroles = lire("paroles")
        self.familles = {
            categorie: famille
            for famille, categories in self.paroles["familles"].items()
            for categorie in categories
        }
        self.cles = {o.pk: cle for cle, o in monde.organisations.items()}
        lignes = [
            ligne
            for fichier in ("equipement", "locaux", "expertise")
            for ligne in lire(fichier)["ressource"]
        ]
        self.connues = {ligne["cle"] for ligne in lignes if "cle" in ligne}
        self.buts = lire("buts") | {
            ligne["titre"]: ligne["buts"] for ligne in lignes if "buts" in ligne
        }
        # What may be said next: the same words come back only when all were used.
        self._pioches: dict[tuple, list] = {}

    def tout(self) -> list[Recit]:
        recits = []
        for cle, ressource in self.monde.ressources.items():
            if ressource.etat != EtatPublication.PUBLIEE or not ressource.se_prete:
                continue
            moins, plus = NOMBRE[Sorte(ressource.sorte)][cle not in self.connues]
            for _ in range(self.hasard.randint(moins, plus)):
                for _essai in range(ESSAIS):
                    if recit := self._essayer(ressource):
                        recits.append(recit)
                        break
        return recits

    # -------------------------------------------------------------- who, when, how many
    def _essayer(self, ressource: Ressource) -> Recit | None:
        """One loan of this listing, or None when what was drawn does not fit."""
        monde, hasard = self.monde, self.hasard
        premier = hasard.randint(DEBUT, FIN)
        if not ressource.par_heure:  # things leave on weekdays
            premier += {5: 2, 6: 1}.get(monde.jour(premier).weekday(), 0)
        debut, fin = self._periode(ressource, premier)
        emprunteur = self._emprunteur(ressource, (fin - monde.instant(0)).days)
        n = self._quantite(ressource)
        avance = ressource.delai_jours + hasard.randint(2, 15)
        demande = monde.instant(premier - avance, hasard.randint(8, 17), hasard.randrange(60))
        if demande > monde.maintenant - timedelta(days=3):  # asked lately, for later
            demande = monde.passe(-hasard.randint(1, 3), hasard.randint(8, 17))
        assert ressource.publiee_le
        if emprunteur is None or demande < ressource.publiee_le + timedelta(days=1):
            return None
        pret = Pret(
            ressource=ressource,
            preteur=ressource.organisation,
            emprunteur=emprunteur,
            jeton=_jeton(monde),
            quantite=n,
            periode=(debut, fin),
            but=self._but(ressource),
        )
        issue = self._issue(pret, demande)
        if issue not in (Etat.REFUSE, Etat.ANNULE, Etat.DEMANDE):
            if self.stock.libre(ressource, debut, fin) < n:
                return None
            self.stock.tenir(ressource, debut, fin, n)
        recit = Recit(pret, jour=_en_mots(debut), retour=_en_mots(fin - timedelta(seconds=1)))
        self._derouler(recit, issue, demande)
        return recit

    def _periode(self, ressource: Ressource, premier: int) -> tuple[datetime, datetime]:
        monde, hasard = self.monde, self.hasard
        longueur = ressource.duree_max or 7
        if not ressource.par_heure:
            jours = hasard.randint(longueur // 3, longueur) if longueur > 20 else 0
            jours = jours or hasard.choice([j for j in (1, 2, 2, 3, 3, 4, 6) if j <= longueur])
            return monde.instant(premier), monde.instant(premier + jours)
        if longueur >= 72:  # a stay, or storage
            jours = hasard.randint(2, min(longueur // 24, 12))
            return monde.instant(premier, 10), monde.instant(premier + jours - 1, 16)
        heures = hasard.choice([h for h in (1, 2, 2, 3, 3, 4, 6) if h <= longueur])
        matin = ressource.sorte == Sorte.EXPERTISE or heures > 4
        depart = hasard.choice([9, 10, 13] if matin else [9, 10, 13, 14, 17, 18, 19])
        return monde.instant(premier, depart), monde.instant(premier, depart + heures)

    def _emprunteur(self, ressource: Ressource, fin: int) -> Organisation | None:
        """Somebody else, more often of the same table."""
        preteur = ressource.organisation
        possibles = []
        for cle, organisme in self.monde.organisations.items():
            if organisme == preteur or organisme.etat not in ("publiee", "suspendue"):
                continue
            suspendu = "suspendue" in (organisme.etat, preteur.etat)
            if suspendu and fin > -60:
                continue
            if {cle, self.cles[preteur.pk]} & set(VISITES) and fin > JOURS_VISITES:
                continue
            possibles += [organisme] * (3 if organisme.table_id == preteur.table_id else 1)
        return self.hasard.choice(possibles) if possibles else None

    def _quantite(self, ressource: Ressource) -> int:
        if ressource.quantite <= 3:
            return self.hasard.randint(1, ressource.quantite)
        return max(1, round(ressource.quantite * self.hasard.choice([0.2, 0.3, 0.5, 0.5, 1])))

    def _issue(self, pret: Pret, demande: datetime) -> str:
        """Where this loan stands today, from its dates."""
        debut, fin = pret.periode
        de, a = ((borne - self.monde.maintenant) / timedelta(days=1) for borne in (debut, fin))
        tire = self.hasard.random()
        if tire < 0.05:
            return Etat.REFUSE
        if tire < 0.10:
            return Etat.ANNULE
        if a < -12:
            return Etat.CLOS
        if a < 0:
            return Etat.CLOS if tire < 0.6 else Etat.RENDU
        if de < 0:
            return Etat.REMIS
        return Etat.ACCEPTE if tire < 0.6 or de < 2 else Etat.DEMANDE

    # -------------------------------------------------------------- what happened, in order
    def _derouler(self, recit: Recit, issue: str, demande: datetime) -> None:
        pret = recit.pret
        debut, fin = pret.periode
        genre = GENRES[Sorte(pret.ressource.sorte)]
        e, p = self._gens(pret)
        cotes = {"e": (Cote.EMPRUNTEUR, e), "p": (Cote.PRETEUR, p)}
        limite = min(debut, self.monde.maintenant) - timedelta(minutes=30)
        conversation = self._piocher(
            ("conversation", pret.ressource.categorie), self._conversations(pret.ressource)
        )
        quand = demande

        def parler(lignes: list[str]) -> None:
            nonlocal quand
            for ligne in lignes:
                qui, mot = (champ.strip() for champ in ligne.split("|", 1))
                suivant = quand + timedelta(minutes=self.hasard.randint(25, 190))
                suivant = _de_jour(suivant, suivant + timedelta(days=1))
                if suivant > limite:
                    return
                quand = suivant
                mot = mot.format(
                    n=pret.quantite,
                    jour=recit.jour,
                    retour=recit.retour,
                    toi=(e if qui == "p" else p).prenom,
                )
                recit.raconter("ecrire", *cotes[qui], quand, mot)

        recit.raconter("demander", *cotes["e"], demande)
        parler(conversation["avant"])
        if issue == Etat.DEMANDE:
            return
        attente = timedelta(minutes=self.hasard.randint(40, 1900))
        quand = _de_jour(quand + attente, max(limite, quand))
        if issue == Etat.REFUSE:
            recit.raconter("refuser", *cotes["p"], quand, self._mot("refus", genre))
            return
        recit.raconter("accepter", *cotes["p"], quand)
        if issue == Etat.ANNULE:
            qui = "e" if self.hasard.random() < 0.7 else "p"
            attente = timedelta(hours=self.hasard.randint(5, 60))
            quand = _de_jour(quand + attente, max(limite, quand))
            recit.raconter("annuler", *cotes[qui], quand, self._mot(f"annule_{qui}", genre))
            return
        parler(conversation["apres"])
        if issue == Etat.ACCEPTE:
            return
        remise = debut if pret.ressource.par_heure else debut + self._heure_de_bureau()
        quand = min(max(remise, quand), self.monde.maintenant - timedelta(minutes=5))
        recit.raconter("remettre", *cotes["p"], quand, self._mot("remise", genre))
        if issue == Etat.REMIS:
            return
        tard = timedelta(days=self.hasard.randint(1, 3)) if self._est_tardif(pret) else timedelta()
        retour = fin if pret.ressource.par_heure else fin - timedelta(days=1)
        retour += tard + (timedelta() if pret.ressource.par_heure else self._heure_de_bureau(11))
        quand = min(max(retour, quand), self.monde.maintenant - timedelta(minutes=4))
        qui = "e" if self.hasard.random() < 0.35 else "p"
        retour_de = "cuisine" if self._famille(pret.ressource) == "cuisine" else genre
        recit.raconter("rendre", *cotes[qui], quand, self._mot("retour", genre, retour_de))
        if issue == Etat.RENDU:
            return
        clos = quand + timedelta(hours=self.hasard.randint(1, 70))
        quand = _de_jour(clos, self.monde.maintenant - timedelta(minutes=3))
        recit.raconter("clore", *cotes["p"], quand)
        self._evaluer(recit, cotes, quand, genre, bool(tard))

    def _evaluer(self, recit: Recit, cotes: dict, clos: datetime, genre: str, tard: bool) -> None:
        famille = self._famille(recit.pret.ressource)
        recent = clos > self.monde.maintenant - timedelta(days=40)
        for qui, liste, souvent in (("e", "merci", 0.8), ("p", "retours", 0.6)):
            if self.hasard.random() > (0.9 if recent else souvent):
                continue
            if (tard and qui == "p") or self.hasard.random() < 0.02:
                avis = Evaluation.Avis.EN_PARTIE
                mot = self._mot("en_partie", qui) if tard or qui == "e" else ""
            else:
                avis = Evaluation.Avis.OUI
                mot = self._mot(liste, "commun", genre, famille)
            le = clos + timedelta(
                hours=self.hasard.randint(1, 90), minutes=self.hasard.randrange(60)
            )
            le = _de_jour(le, self.monde.maintenant - timedelta(minutes=2))
            recit.evaluer(*cotes[qui], le, avis, mot)
        recit.evenements.sort(key=lambda evenement: evenement.le)

    # -------------------------------------------------------------- pieces
    def _gens(self, pret: Pret) -> tuple[Personne, Personne]:
        """Who writes for each side: never somebody of both."""
        chez_e = self.monde.membres[self.cles[pret.emprunteur.pk]]
        chez_p = self.monde.membres[self.cles[pret.preteur.pk]]
        e = self.hasard.choice([q for q in chez_e if q not in chez_p])
        p = self.hasard.choice([q for q in chez_p if q not in chez_e])
        return e, p

    def _est_tardif(self, pret: Pret) -> bool:
        return not pret.ressource.par_heure and self.hasard.random() < 0.04

    def _heure_de_bureau(self, de: int = 9) -> timedelta:
        return timedelta(hours=self.hasard.randint(de, 15), minutes=self.hasard.randrange(0, 60, 5))

    def _famille(self, ressource: Ressource) -> str:
        return self.familles[ressource.categorie]

    def _but(self, ressource: Ressource) -> str:
        titre, categorie = ressource.titre, ressource.categorie
        cle = titre if titre in self.buts else categorie
        return self._piocher(("but", cle), self.buts[cle])

    def _conversations(self, ressource: Ressource) -> list[dict]:
        famille = self._famille(ressource)
        return [c for c in self.paroles["conversation"] if not c["ou"] or famille in c["ou"]]

    def _mot(self, liste: str, *genres: str) -> str:
        """One of the sentences of these genres; of the common ones for a lack of them."""
        pools = self.paroles[liste]
        choix = [mot for genre in dict.fromkeys(genres) for mot in pools.get(genre, [])]
        choix += pools.get("commun", []) if liste in ("refus", "annule_e") else []
        return self._piocher((liste, *genres), choix)

    def _piocher(self, cle: tuple, choix: list):
        pioche = self._pioches.get(cle)
        if not pioche:
            pioche = self._pioches[cle] = self.hasard.sample(choix, len(choix))
        return pioche.pop()


def _de_jour(moment: datetime, limite: datetime) -> datetime:
    """Nobody writes at night: the next morning, unless that is too late."""
    heure = timezone.localtime(moment).hour
    if heure < 8:
        moment += timedelta(hours=8 - heure)
    elif heure >= 22:
        moment += timedelta(hours=32 - heure)
    return min(moment, limite)


def _en_mots(moment: datetime) -> str:
    """« vendredi 4 décembre », as one writes it in a message."""
    jour = timezone.localtime(moment)
    quantieme = "1er" if jour.day == 1 else jour.day
    return f"{date_format(jour, 'l')} {quantieme} {date_format(jour, 'F')}"
