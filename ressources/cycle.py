"""The lending cycle on one screen: the states of a loan and every step between them.

Pure data. `prets.effectuer` applies it; the database constraints, the buttons, the mail templates
and the tests are made from it. The loop of a step that stays where it is (`signaler`, `regler`)
leaves a trace and tells people; it moves nothing.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Etat(models.TextChoices):
    DEMANDE = "demande", _("Demandé")
    ACCEPTE = "accepte", _("Accepté")
    REFUSE = "refuse", _("Refusé")
    ANNULE = "annule", _("Annulé")
    REMIS = "remis", _("Remis")
    RENDU = "rendu", _("Rendu")
    CLOS = "clos", _("Clos")


TENUS = (Etat.ACCEPTE, Etat.REMIS)  # what holds stock
FINIS = (Etat.REFUSE, Etat.ANNULE, Etat.CLOS)


class Cote(models.TextChoices):
    PRETEUR = "preteur", _("Organisme prêteur")
    EMPRUNTEUR = "emprunteur", _("Organisme emprunteur")
    TABLE = "table", _("Table de concertation")


LES_DEUX = frozenset({Cote.PRETEUR, Cote.EMPRUNTEUR})


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
        Transition("accepter", (Etat.DEMANDE,), Etat.ACCEPTE, frozenset({Cote.PRETEUR}),
                   _("Accepter"), _("a accepté la demande"), principal=True),
        Transition("refuser", (Etat.DEMANDE,), Etat.REFUSE, frozenset({Cote.PRETEUR}),
                   _("Refuser"), _("a refusé la demande"), mot_requis=True),
        Transition("annuler", (Etat.DEMANDE, Etat.ACCEPTE), Etat.ANNULE, LES_DEUX,
                   _("Annuler"), _("a annulé"), mot_requis=True),
        Transition("remettre", (Etat.ACCEPTE,), Etat.REMIS, frozenset({Cote.PRETEUR}),
                   _("Noter la remise"), _("a noté la remise"), principal=True),
        Transition("rendre", (Etat.REMIS,), Etat.RENDU, LES_DEUX,
                   _("Noter le retour"), _("a noté le retour"), principal=True),
        Transition("clore", (Etat.RENDU,), Etat.CLOS, frozenset({Cote.PRETEUR}),
                   _("Tout est en ordre : clore le prêt"), _("a clos le prêt"), principal=True),
        Transition("signaler", (Etat.REMIS, Etat.RENDU), None, LES_DEUX,
                   _("Signaler un incident"), _("a signalé un incident"), mot_requis=True),
        Transition("regler", (Etat.REMIS, Etat.RENDU, Etat.CLOS), None, LES_DEUX | {Cote.TABLE},
                   _("L’incident est réglé"), _("a noté que l’incident est réglé"),
                   mot_requis=True),
    )
}
# fmt: on

# What the timeline may record: the steps, the first one, and words.
VERBES = ("demander", *TRANSITIONS, "ecrire", "evaluer")


def possibles(etat: str, cote: str, incident: bool) -> list[Transition]:
    """The steps this side may take now; an open incident is settled before anything is closed."""
    return [
        t
        for t in TRANSITIONS.values()
        if etat in t.de
        and cote in t.cotes
        and not (t.verbe == "regler" and not incident)
        and not (t.verbe in ("clore", "signaler") and incident)
    ]
