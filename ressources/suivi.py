"""What the page of a loan shows, worked out from the loan and its timeline."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from organisations.models import Organisation, Personne, Table
from organisations.notifications import responsables
from ressources import disponibilite, forms_gestes, prets
from ressources.cycle import FINIS, LES_DEUX, SANS_SUITE, TRANSITIONS, Cote, Etat
from ressources.forms_gestes import EvaluationForm, MotForm
from ressources.models import Evaluation, EvenementPret, Pret, Ressource

RACONTE = {
    "demander": gettext_lazy("a demandé cet emprunt"),
    "signer": gettext_lazy("a accepté l’entente"),
    "evaluer": gettext_lazy("a dit comment le prêt s’est passé"),
    "constater": gettext_lazy("a noté l’état de ce qui est prêté"),
    **{verbe: t.raconte for verbe, t in TRANSITIONS.items()},
}
# What nobody did: a rule of the listing, or the clock.
RACONTE_SANS_PERSONNE = {
    "accepter": gettext_lazy("La demande est acceptée d’office, selon la règle de l’annonce"),
    "expirer": gettext_lazy("La demande a expiré, restée sans réponse"),
    "liberer": gettext_lazy("Personne n’est venu : la réservation est libérée"),
}
# Whose move it is in each state.
TOUR = {
    Etat.DEMANDE: Cote.PRETEUR,
    Etat.PROPOSE: Cote.EMPRUNTEUR,
    Etat.ACCEPTE: Cote.PRETEUR,
    Etat.REMIS: Cote.EMPRUNTEUR,
    Etat.RENDU: Cote.PRETEUR,
}
CONDITIONS = ("a_savoir", "conditions_remise", "conditions_retour", "conditions_bris")


@dataclass(frozen=True)
class Ligne:
    """One line of the timeline: a step (`phrase`, and how many in `precision`), the words that
    came with it (`bulle`), or both."""

    evenement: EvenementPret
    phrase: str
    precision: str
    bulle: str
    est_de_moi: bool
    est_de_mon_cote: bool
    nom_du_cote: str


class Suivi:
    """A loan seen by one person. `cotes` are the sides this person is on, maybe none."""

    def __init__(
        self, pret: Pret, personne: Personne, refuse: MotForm | EvaluationForm | None = None
    ) -> None:
        self.pret, self.personne, self.refuse = pret, personne, refuse
        self.cotes = prets.cotes_de(pret, personne)
        self.est_partie = bool(self.cotes & LES_DEUX)
        self.est_preteur = Cote.PRETEUR in self.cotes
        self.est_table = Cote.TABLE in self.cotes and not self.est_partie
        self.transitions = prets.boutons(pret, personne)

    # ---------------------------------------------------------------- what can be done
    @property
    def est_a_vous(self) -> bool:
        if self.pret.periode_souhaitee:
            return Cote.PRETEUR in self.cotes or (
                self.pret.est_en_retard and Cote.EMPRUNTEUR in self.cotes
            )
        return TOUR.get(Etat(self.pret.etat)) in self.cotes

    @cached_property
    def _premiers(self) -> list[str]:
        """The main steps, the most expected first."""
        pret = self.pret
        principaux = [t.verbe for t in self.transitions if t.principal]
        if pret.etat == Etat.REMIS and (pret.est_en_retard or not pret.a_remettre):
            principaux.sort(key=lambda verbe: verbe != "rendre")
        if any(t.verbe == "accorder" for t in self.transitions):
            principaux.insert(0, "accorder")
        return principaux

    @cached_property
    def principale(self) -> MotForm | None:
        return self.formulaire(self._premiers[0]) if self._premiers else None

    @cached_property
    def secondaires(self) -> list[MotForm]:
        """A request is refused, not cancelled, by the side that was asked; a proposal, declined."""
        verbes = [t.verbe for t in self.transitions if t.verbe not in self._premiers[:1]]
        if "annuler" in verbes and (
            ("refuser" in verbes and Cote.EMPRUNTEUR not in self.cotes)
            or ("decliner" in verbes and Cote.PRETEUR not in self.cotes)
        ):
            verbes.remove("annuler")
        return [self.formulaire(verbe) for verbe in verbes]

    @cached_property
    def ecrire(self) -> MotForm | None:
        permis = self.est_partie or (self.cotes and self.pret.a_incident)
        return self.formulaire("ecrire") if permis else None

    def formulaire(self, verbe: str) -> MotForm:
        """The form of this step: the one that was refused, when there is one."""
        if isinstance(self.refuse, MotForm) and self.refuse.verbe == verbe:
            return self.refuse
        return forms_gestes.formulaire(self.pret, verbe)

    # ---------------------------------------------------------------- the other side
    @property
    def autre(self) -> Organisation | None:
        if Cote.PRETEUR in self.cotes:
            return self.pret.emprunteur
        return self.pret.preteur if Cote.EMPRUNTEUR in self.cotes else None

    @property
    def est_promis(self) -> bool:
        """Accepted, and not called off: the two sides know how to find each other."""
        return self.pret.accepte_le is not None and self.pret.etat not in SANS_SUITE

    @property
    def adresse(self) -> str:
        """Where to collect and bring back: for the two sides, once it is promised."""
        if Cote.PRETEUR in self.cotes or (self.est_partie and self.est_promis):
            return self.promesse("adresse")
        return ""

    @cached_property
    def contact(self) -> Personne | None:
        """Who answers at the lender's: who accepted; of what was accepted by rule, a responsable.
        For the two sides only, once it is promised."""
        if not (self.est_partie and self.est_promis):
            return None
        acceptee = self._evenement("accepter") or self._evenement("proposer")
        if acceptee and acceptee.par:
            return acceptee.par
        return next(iter(responsables(self.pret.preteur)), None)

    # ---------------------------------------------------------------- what is promised
    def promesse(self, nom: str) -> str:
        """A field of the listing: as it was when the loan was accepted, once it is."""
        if self.pret.conditions:
            return str(self.pret.conditions.get(nom, ""))
        valeur = getattr(self.pret.ressource, nom)
        return "" if valeur is None else str(valeur)

    @property
    def cout(self) -> str:
        cout, detail = Ressource.Cout(self.promesse("cout")), self.promesse("cout_detail")
        return detail if detail and cout != Ressource.Cout.GRATUIT else str(cout.label)

    @property
    def conditions(self) -> list[tuple[str, str]]:
        return [
            (capfirst(Ressource._meta.get_field(nom).verbose_name), texte)
            for nom in CONDITIONS
            if (texte := self.promesse(nom))
        ]

    @property
    def valeur_declaree(self) -> str:
        return self.promesse("valeur_declaree")

    # ---------------------------------------------------------------- the timeline
    @cached_property
    def evenements(self) -> list[EvenementPret]:
        return list(self.pret.evenements.select_related("par"))

    def _evenement(self, verbe: str) -> EvenementPret | None:
        return next((e for e in reversed(self.evenements) if e.verbe == verbe), None)

    def _cote(self, cote: str) -> Organisation | None:
        return {
            Cote.PRETEUR.value: self.pret.preteur,
            Cote.EMPRUNTEUR.value: self.pret.emprunteur,
        }.get(cote)

    @cached_property
    def fil(self) -> list[Ligne]:
        return [
            Ligne(
                evenement=e,
                phrase=self._phrase(e),
                precision=precision,
                bulle=self._bulle(e),
                est_de_moi=e.par_id is not None and e.par_id == self.personne.pk,
                est_de_mon_cote=e.cote in self.cotes,
                nom_du_cote=self._nom_du_cote(e),
            )
            for e, precision in zip(self.evenements, self._precisions(), strict=True)
        ]

    def _nom_du_cote(self, evenement: EvenementPret) -> str:
        organisation = self._cote(evenement.cote)
        return organisation.nom if organisation else _("la table de concertation")

    def _phrase(self, evenement: EvenementPret) -> str:
        verbe = evenement.verbe
        if (evenement.automatique or evenement.cote == Cote.PORTAIL) and (
            sans_personne := RACONTE_SANS_PERSONNE.get(verbe)
        ):
            return str(sans_personne)
        if verbe not in RACONTE:
            return ""
        qui = evenement.par.prenom if evenement.par else self._nom_du_cote(evenement)
        return f"{qui} {RACONTE[verbe]}"

    def _precisions(self) -> list[str]:
        """How many, where that says something: « 5 sur 50 », then « 10 de plus, 15 sur 50 »."""
        precisions = []
        remis = rendus = 0
        for e in self.evenements:
            texte, n = "", e.quantite or 0
            if n and e.verbe == "remettre":
                remis += n
                texte = _partie(n, remis, self.pret.quantite)
            elif n and e.verbe == "rendre":
                rendus += n
                texte = _partie(n, rendus, self.pret.quantite_remise)
            elif n and self.pret.ressource.quantite > 1:
                texte = str(n)
            precisions.append(texte)
        return precisions

    def _bulle(self, evenement: EvenementPret) -> str:
        """Condition reports have their own table, unless they come in parts; the word of an
        evaluation has its own section."""
        if evenement.verbe == "demander":
            return self.pret.but
        if evenement.verbe in ("constater", "evaluer"):
            return ""
        if evenement.verbe in ("remettre", "rendre"):
            du_verbe = [e for e in self.evenements if e.verbe == evenement.verbe]
            return "" if len(du_verbe) == 1 and evenement.vers else evenement.mot
        return evenement.mot

    @cached_property
    def dernier_mot(self) -> EvenementPret | None:
        """The step that ended the loan early, with its reason."""
        return next((e for e in reversed(self.evenements) if e.vers in SANS_SUITE), None)

    @cached_property
    def incident(self) -> EvenementPret | None:
        return self._evenement("signaler") if self.pret.a_incident else None

    @property
    def remise(self) -> EvenementPret | None:
        return self._evenement("remettre")

    @property
    def retour(self) -> EvenementPret | None:
        return self._evenement("rendre")

    # ---------------------------------------------------------------- the steps
    @property
    def jour_de_fin(self) -> dt.datetime:
        """The last instant of the loan: a midnight belongs to the day it ends."""
        return self.pret.fin - dt.timedelta(seconds=1)

    @property
    def par_heure(self) -> bool:
        """Not from midnight to midnight: the hours are worth saying."""
        bornes = (self.pret.debut, self.pret.fin)
        return any(timezone.localtime(b).time() != dt.time() for b in bornes)

    @property
    def etapes(self) -> list[dict[str, str]]:
        """For composants/etapes.html: what was done, where one is, what is expected."""
        pret = self.pret
        suite = [
            (Etat.DEMANDE, pret.demande_le, "demander", None),
            (Etat.ACCEPTE, pret.accepte_le, "accepter", None),
            (Etat.REMIS, pret.remis_le, "remettre", pret.debut),
            (Etat.RENDU, pret.rendu_le, "rendre", self.jour_de_fin),
            (Etat.CLOS, pret.clos_le, "clore", None),
        ]
        fini = pret.etat in FINIS
        etapes = []
        for etat, fait_le, verbe, prevu in suite:
            if fait_le is None and fini:
                break
            place = "courante" if etat == pret.etat and not fini else "fait" if fait_le else ""
            etapes.append(
                {"titre": str(etat.label), "aide": self._aide(verbe, fait_le, prevu), "etat": place}
            )
            if etat == Etat.DEMANDE and pret.etat == Etat.PROPOSE:
                aide = self._aide("proposer", None, None)
                etapes.append({"titre": _("Proposition"), "aide": aide, "etat": "courante"})
        if pret.etat in SANS_SUITE:
            fin = self.dernier_mot
            aide = _jour(fin.le) if fin else ""
            etapes.append({"titre": pret.get_etat_display(), "aide": aide, "etat": "courante"})
        return etapes

    def _aide(self, verbe: str, fait_le: dt.datetime | None, prevu: dt.datetime | None) -> str:
        """When and by whom a step was taken, or when it is expected; how much of it is done."""
        pret, evenement = self.pret, self._evenement(verbe)
        if verbe == "accepter" and evenement is None:
            evenement = self._evenement("convenir")
        le = fait_le or (evenement.le if evenement and verbe == "proposer" else None)
        if le and evenement and evenement.par:
            aide = _("%(date)s, par %(qui)s") % {"date": _jour(le), "qui": evenement.par.prenom}
        elif le and evenement and evenement.automatique:
            aide = _("%(date)s, d’office") % {"date": _jour(le)}
        elif le:
            aide = _jour(le)
        else:
            aide = _("Prévu le %(date)s") % {"date": _jour(prevu)} if prevu else ""
        if verbe == "remettre" and pret.quantite_remise and pret.a_remettre:
            return f"{aide} ({self.remis_sur})"
        if verbe == "rendre" and pret.quantite_rendue and pret.dehors:
            return f"{aide} ({self.rendus_sur})"
        return aide

    @property
    def remis_sur(self) -> str:
        return _partie(self.pret.quantite_remise, self.pret.quantite_remise, self.pret.quantite)

    @property
    def rendus_sur(self) -> str:
        """« 3 sur 5 rendus »."""
        return ngettext(
            "%(n)s sur %(total)s rendu", "%(n)s sur %(total)s rendus", self.pret.quantite_rendue
        ) % {"n": self.pret.quantite_rendue, "total": self.pret.quantite_remise}

    # ---------------------------------------------------------------- evaluations, tables
    @cached_property
    def evaluations(self) -> list[Evaluation]:
        """Between the two sides only."""
        if not self.est_partie:
            return []
        return list(self.pret.evaluations.select_related("organisation", "par").order_by("le"))

    @cached_property
    def evaluer(self) -> EvaluationForm | None:
        if self.pret.etat not in prets.EVALUABLES:
            return None
        if isinstance(self.refuse, EvaluationForm):
            return self.refuse
        donnees = {e.organisation_id for e in self.evaluations}
        a_dire = {o.pk for c in self.cotes & LES_DEUX if (o := self._cote(c))} - donnees
        return EvaluationForm() if a_dire else None

    @property
    def tables(self) -> list[Table]:
        """Who can help the two sides: each one's table, the reader's own first."""
        tables = [self.pret.preteur.table, self.pret.emprunteur.table]
        if Cote.PRETEUR not in self.cotes:
            tables.reverse()
        return list(dict.fromkeys(tables))


def _partie(nombre: int, cumul: int, total: int) -> str:
    """How many of how many, when there is more than one."""
    if total <= 1:
        return ""
    sur = _("%(n)s sur %(total)s") % {"n": cumul, "total": total}
    if nombre == cumul:
        return sur
    return _("%(n)s de plus, %(sur)s") % {"n": nombre, "sur": sur}


def _jour(moment: dt.datetime) -> str:
    return disponibilite.en_mots(timezone.localtime(moment), "MONTH_DAY_FORMAT")
