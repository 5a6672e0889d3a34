"""The life of everything that is published: its states, and who may move it from one to another.

Pure data, one screen. `moderation.py` applies it; the database constraint, the buttons and the
tests are made from it.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Etat(models.TextChoices):
    BROUILLON = "brouillon", _("Brouillon")
    SOUMISE = "soumise", _("En attente de lecture")
    A_CORRIGER = "a_corriger", _("À corriger")
    PUBLIEE = "publiee", _("En ligne")
    SUSPENDUE = "suspendue", _("Suspendue")
    ARCHIVEE = "archivee", _("Archivée")
    RETIREE = "retiree", _("Retirée")


EDITABLES = (
    Etat.BROUILLON,
    Etat.SOUMISE,
    Etat.A_CORRIGER,
)  # edited in place: nobody reads it yet


class Cote(models.TextChoices):
    """Who makes a step: the organisation that wrote, or the table that reads."""

    AUTEUR = "auteur", _("l’organisme")
    TABLE = "table", _("la table")


@dataclass(frozen=True)
class Passage:
    verbe: str
    de: tuple[Etat, ...]
    vers: Etat
    cote: Cote


PASSAGES = {
    p.verbe: p
    for p in (
        Passage("soumettre", (Etat.BROUILLON, Etat.A_CORRIGER), Etat.SOUMISE, Cote.AUTEUR),
        Passage("publier", (Etat.BROUILLON, Etat.A_CORRIGER), Etat.PUBLIEE, Cote.AUTEUR),
        Passage("approuver", (Etat.SOUMISE,), Etat.PUBLIEE, Cote.TABLE),
        Passage("renvoyer", (Etat.SOUMISE, Etat.PUBLIEE), Etat.A_CORRIGER, Cote.TABLE),
        Passage("suspendre", (Etat.PUBLIEE,), Etat.SUSPENDUE, Cote.TABLE),
        Passage("retablir", (Etat.SUSPENDUE,), Etat.PUBLIEE, Cote.TABLE),
        Passage(
            "archiver",
            (Etat.BROUILLON, Etat.A_CORRIGER, Etat.PUBLIEE),
            Etat.ARCHIVEE,
            Cote.AUTEUR,
        ),
        Passage("reprendre", (Etat.ARCHIVEE, Etat.RETIREE), Etat.BROUILLON, Cote.AUTEUR),
        Passage(
            "retirer",
            (Etat.SOUMISE, Etat.A_CORRIGER, Etat.PUBLIEE),
            Etat.RETIREE,
            Cote.AUTEUR,
        ),
    )
}
