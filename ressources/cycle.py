"""The lending cycle on one screen: the states of a loan and every step between them.

Pure data. `prets.effectuer` applies it; the database constraints, the buttons, the mail templates
and the tests are made from it. A step that stays where it is (`prolonger`, `signaler` …) leaves a
trace and tells people; it moves nothing. `remettre` and `rendre` may be taken in several times:
what is not handed over or not back yet keeps the loan where it is.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Etat(models.TextChoices):
    DEMANDE = "demande", _("Demandé")
    PROPOSE = "propose", _("Proposition")
    ACCEPTE = "accepte", _("Accepté")
    REFUSE = "refuse", _("Refusé")
    ANNULE = "annule", _("Annulé")
    EXPIRE = "expire", _("Expiré")
    NON_RECLAME = "non_reclame", _("Non réclamé")
    REMIS = "remis", _("Remis")
    RENDU = "rendu", _("Rendu")
    CLOS = "clos", _("Clos")


TENUS = (Etat.ACCEPTE, Etat.REMIS)  # what holds stock
# What ended before anything was handed over.
SANS_SUITE = (Etat.REFUSE, Etat.ANNULE, Etat.EXPIRE, Etat.NON_RECLAME)
FINIS = (*SANS_SUITE, Etat.CLOS)


class Cote(models.TextChoices):
    PRETEUR = "preteur", _("Organisme prêteur")
    EMPRUNTEUR = "emprunteur", _("Organisme emprunteur")
    TABLE = "table", _("Table de concertation")
    PORTAIL = "portail", _("Portail")  # what the clock does, and nobody


LES_DEUX = frozenset({Cote.PRETEUR, Cote.EMPRUNTEUR})
_PRETEUR, _EMPRUNTEUR = frozenset({Cote.PRETEUR}), frozenset({Cote.EMPRUNTEUR})


@dataclass(frozen=True)
class Transition:
    verbe: str
    de: tuple[Etat, ...]
    vers: Etat | None  # None: the state stays
    cotes: frozenset[Cote]
    libelle: Promise  # the button
    raconte: Promise  # the timeline: « Yvon a accepté la demande »
    mot_requis: bool = False  # a reason must be given
    principal: bool = False  # the full button of the page


# fmt: off
TRANSITIONS = {
    t.verbe: t
    for t in (
        Transition("accepter", (Etat.DEMANDE,), Etat.ACCEPTE, _PRETEUR,
                   _("Accepter"), _("a accepté la demande"), principal=True),
        Transition("proposer", (Etat.DEMANDE, Etat.PROPOSE), Etat.PROPOSE, _PRETEUR,
                   _("Proposer autre chose"), _("a proposé d’autres dates ou une autre quantité")),
        Transition("convenir", (Etat.PROPOSE,), Etat.ACCEPTE, _EMPRUNTEUR,
                   _("Accepter la proposition"), _("a accepté la proposition"), principal=True),
        Transition("decliner", (Etat.PROPOSE,), Etat.ANNULE, _EMPRUNTEUR,
                   _("Décliner la proposition"), _("a décliné la proposition")),
        Transition("deplacer", (Etat.DEMANDE, Etat.PROPOSE), Etat.DEMANDE, _EMPRUNTEUR,
                   _("Changer les dates"), _("a changé les dates demandées")),
        Transition("refuser", (Etat.DEMANDE, Etat.PROPOSE), Etat.REFUSE, _PRETEUR,
                   _("Refuser"), _("a refusé la demande"), mot_requis=True),
        Transition("annuler", (Etat.DEMANDE, Etat.PROPOSE, Etat.ACCEPTE), Etat.ANNULE, LES_DEUX,
                   _("Annuler"), _("a annulé"), mot_requis=True),
        Transition("expirer", (Etat.DEMANDE, Etat.PROPOSE), Etat.EXPIRE, frozenset({Cote.PORTAIL}),
                   _("Expirer"), _("La demande a expiré, restée sans réponse")),
        Transition("remettre", (Etat.ACCEPTE, Etat.REMIS), Etat.REMIS, _PRETEUR,
                   _("Noter la remise"), _("a noté la remise"), principal=True),
        Transition("liberer", (Etat.ACCEPTE,), Etat.NON_RECLAME,
                   frozenset({Cote.PRETEUR, Cote.PORTAIL}),
                   _("Personne n’est venu : libérer"), _("a noté que personne n’est venu")),
        Transition("prolonger", (Etat.ACCEPTE, Etat.REMIS), None, _EMPRUNTEUR,
                   _("Demander d’autres dates"), _("a demandé de changer les dates")),
        Transition("accorder", (Etat.ACCEPTE, Etat.REMIS), None, _PRETEUR,
                   _("Accorder"), _("a accordé le changement de dates")),
        Transition("maintenir", (Etat.ACCEPTE, Etat.REMIS), None, _PRETEUR,
                   _("Garder les dates prévues"), _("a gardé les dates prévues"),
                   mot_requis=True),
        Transition("rendre", (Etat.REMIS,), Etat.RENDU, LES_DEUX,
                   _("Noter le retour"), _("a noté le retour"), principal=True),
        Transition("clore", (Etat.RENDU,), Etat.CLOS, _PRETEUR,
                   _("Tout est en ordre : clore le prêt"), _("a clos le prêt"), principal=True),
        Transition("signaler", (Etat.REMIS, Etat.RENDU), None, LES_DEUX,
                   _("Signaler un incident"), _("a signalé un incident"), mot_requis=True),
        Transition("regler", (Etat.REMIS, Etat.RENDU, Etat.CLOS), None, LES_DEUX | {Cote.TABLE},
                   _("L’incident est réglé"), _("a noté que l’incident est réglé"),
                   mot_requis=True),
    )
}
# fmt: on

# What the timeline may record: the steps, the first one, an agreement accepted, a condition report,
# and words.
VERBES = ("demander", *TRANSITIONS, "signer", "constater", "ecrire", "evaluer")


def possibles(
    etat: str, cote: str, *, incident: bool = False, souhait: bool = False, a_remettre: bool = True
) -> list[Transition]:
    """The steps this side may take now. An open incident is settled before anything is closed;
    a change of dates is answered when it was asked (`souhait`); a hand-over goes on while
    something is left to hand over."""
    return [
        t
        for t in TRANSITIONS.values()
        if etat in t.de
        and cote in t.cotes
        and not (t.verbe == "regler" and not incident)
        and not (t.verbe in ("clore", "signaler") and incident)
        and not (t.verbe in ("accorder", "maintenir") and not souhait)
        and not (t.verbe == "prolonger" and souhait)
        and not (t.verbe == "remettre" and not a_remettre)
    ]
