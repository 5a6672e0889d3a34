"""The directory's tables."""

from pratiques.models.pratiques import (
    LECONS_MIN,
    OMBRE_MIN,
    ConditionPratique,
    Difficulte,
    Fait,
    LeconPratique,
    Mesure,
    Participation,
    Pratique,
    Source,
)
from pratiques.models.questions import Question, Reponse

__all__ = [
    "LECONS_MIN",
    "OMBRE_MIN",
    "ConditionPratique",
    "Difficulte",
    "Fait",
    "LeconPratique",
    "Mesure",
    "Participation",
    "Pratique",
    "Question",
    "Reponse",
    "Source",
]
