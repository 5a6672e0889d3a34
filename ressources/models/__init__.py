"""The registry's tables."""

from ressources.models.prets import Evaluation, EvenementPret, Garde, Pret
from ressources.models.ressources import QUANTITE_MAX, Photo, Ressource

__all__ = [
    "QUANTITE_MAX",
    "Evaluation",
    "EvenementPret",
    "Garde",
    "Photo",
    "Pret",
    "Ressource",
]
