"""The two ways a verb says no: a rule of the domain refuses, or the person has no right."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied


class Refus(Exception):
    """A rule refuses. `phrases`: sentences for the person, each saying what to change.

    `champ` names the form field the first sentence is about, when there is one.
    """

    def __init__(
        self, phrases: str | Iterable[str], *, champ: str | None = None
    ) -> None:
        self.phrases = (
            [phrases] if isinstance(phrases, str) else [str(p) for p in phrases]
        )
        self.champ = champ
        super().__init__(" ".join(str(p) for p in self.phrases))


class NonAutorise(PermissionDenied):
    """The person may not do this: answered 403, with this sentence."""
