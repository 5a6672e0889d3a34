"""What the page of a loan shows, worked out from the loan and its timeline."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.models import Organisation, Personne, Table
from ressources import disponibilite, prets
from ressources.cycle import FINIS, LES_DEUX, TRANSITIONS, Cote, Etat
from ressources.forms_prets import EvaluationForm, MotForm
from ressources.models import Evaluation, EvenementPret, Pret, Ressource

RACONTE = {
    "demander": gettext_lazy("a demandé cet emprunt"),
    "signer": gettext_lazy("a accepté l’entente"),
    "evaluer": gettext_lazy("a dit comment le prêt s’est passé"),
    **{verbe: t.raconte for verbe, t in TRANSITIONS.items()},
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
# Condition reports have their own table; the word of an evaluation, its own section.
MOT_AILLEURS = ("remettre", "rendre", "evaluer")


@dataclass(frozen=True)
class Ligne:
    """One line of the timeline: a step, the words that came with it, or both."""

    evenement: EvenementPret
    qui: str
    raconte: str
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
        return TOUR.get(Etat(self.pret.etat)) in self.cotes

    @cached_property
    def principale(self) -> MotForm | None:
        return next((self.formulaire(t.verbe) for t in self.transitions if t.principal), None)

    @cached_property
    def secondaires(self) -> list[MotForm]:
        """A request is refused, not cancelled, by the side that was asked."""
        verbes = [t.verbe for t in self.transitions if not t.principal]
        if "refuser" in verbes and "annuler" in verbes and Cote.EMPRUNTEUR not in self.cotes:
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
        return MotForm(pret=self.pret, verbe=verbe)

    # ---------------------------------------------------------------- the other side
    @property
    def autre(self) -> Organisation | None:
        if Cote.PRETEUR in self.cotes:
            return self.pret.emprunteur
        return self.pret.preteur if Cote.EMPRUNTEUR in self.cotes else None

    @property
    def est_promis(self) -> bool:
        """Accepted, and not called off: the two sides know how to find each other."""
        return self.pret.accepte_le is not None and self.pret.etat != Etat.ANNULE

    @property
    def adresse(self) -> str:
        """Where to collect and bring back: for the two sides, once it is promised."""
        if Cote.PRETEUR in self.cotes or (self.est_partie and self.est_promis):
            return self.promesse("adresse")
        return ""

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
        lignes = []
        for e in self.evenements:
            organisation = self._cote(e.cote)
            nom_du_cote = organisation.nom if organisation else _("la table de concertation")
            lignes.append(
                Ligne(
                    evenement=e,
                    qui=e.par.prenom if e.par else nom_du_cote,
                    raconte=str(RACONTE.get(e.verbe, "")),
                    bulle=self._bulle(e),
                    est_de_moi=e.par_id == self.personne.pk,
                    est_de_mon_cote=e.cote in self.cotes,
                    nom_du_cote=nom_du_cote,
                )
            )
        return lignes

    def _bulle(self, evenement: EvenementPret) -> str:
        if evenement.verbe == "demander":
            return self.pret.but
        return "" if evenement.verbe in MOT_AILLEURS else evenement.mot

    @cached_property
    def dernier_mot(self) -> EvenementPret | None:
        """The step that ended the loan early, with its reason."""
        return self._evenement("refuser") or self._evenement("annuler")

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
            evenement = self._evenement(verbe)
            if fait_le and evenement and evenement.par:
                aide = _("%(date)s, par %(qui)s") % {
                    "date": _jour(fait_le),
                    "qui": evenement.par.prenom,
                }
            elif fait_le:
                aide = _jour(fait_le)
            else:
                aide = _("Prévu le %(date)s") % {"date": _jour(prevu)} if prevu else ""
            place = "courante" if etat == pret.etat and not fini else "fait" if fait_le else ""
            etapes.append({"titre": str(etat.label), "aide": aide, "etat": place})
        if pret.etat in (Etat.REFUSE, Etat.ANNULE):
            fin = self.dernier_mot
            aide = _jour(fin.le) if fin else ""
            etapes.append({"titre": pret.get_etat_display(), "aide": aide, "etat": "courante"})
        return etapes

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


def _jour(moment: dt.datetime) -> str:
    return disponibilite.en_mots(timezone.localtime(moment), "MONTH_DAY_FORMAT")
