"""The two ways a verb says no: a rule of the domain refuses, or the person has no right."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, models
from django.utils.translation import gettext as _


class Refus(Exception):
    """A rule refuses. `phrases`: sentences for the person, each saying what to change.

    `champ` names the form field the first sentence is about, when there is one; `raisons` gives
    each sentence with its own field.
    """

    def __init__(self, phrases: str | Iterable[str], *, champ: str | None = None) -> None:
        self.phrases = [phrases] if isinstance(phrases, str) else [str(p) for p in phrases]
        self.champ = champ
        self.raisons: list[tuple[str | None, str]] = [
            (None if rang else champ, phrase) for rang, phrase in enumerate(self.phrases)
        ]
        super().__init__(" ".join(str(p) for p in self.phrases))

    @classmethod
    def pour(cls, raisons: Sequence[tuple[str | None, str]]) -> "Refus":
        """Several reasons, each about its field."""
        refus = cls([phrase for _champ, phrase in raisons], champ=raisons[0][0])
        refus.raisons = list(raisons)
        return refus


class NonAutorise(PermissionDenied):
    """The person may not do this: answered 403, with this sentence."""


def refus_de_la_base(erreur: DatabaseError, modele: type[models.Model]) -> Refus:
    """The sentence of the constraint that refused, when the database has the last word."""
    diagnostic = getattr(erreur.__cause__, "diag", None)
    nom = getattr(diagnostic, "constraint_name", None)
    for contrainte in modele._meta.constraints:
        if contrainte.name == nom:
            return Refus(str(contrainte.violation_error_message))
    return Refus(_("Quelqu’un vient d’enregistrer la même chose : rechargez la page et vérifiez."))
