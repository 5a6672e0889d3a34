"""The registry's tables."""

from ressources.models.calendrier import Fermeture, Garde, Horaire, Lignee
from ressources.models.creneaux import Compte, Libre, Perime, Pris
from ressources.models.demandes import Attente, Confiance, Demande, LignePanier, Panier
from ressources.models.exemplaires import Constat, Exemplaire, PhotoConstat, PretExemplaire
from ressources.models.prets import Evaluation, EvenementPret, Pret
from ressources.models.ressources import BATTEMENT_MAX, QUANTITE_MAX, Photo, Ressource
from ressources.models.suites import Agenda, Entente, Rappel, Signature

__all__ = [
    "BATTEMENT_MAX",
    "QUANTITE_MAX",
    "Agenda",
    "Attente",
    "Compte",
    "Confiance",
    "Constat",
    "Demande",
    "Entente",
    "Evaluation",
    "EvenementPret",
    "Exemplaire",
    "Fermeture",
    "Garde",
    "Horaire",
    "Libre",
    "LignePanier",
    "Lignee",
    "Panier",
    "Perime",
    "Photo",
    "PhotoConstat",
    "Pret",
    "PretExemplaire",
    "Pris",
    "Rappel",
    "Ressource",
    "Signature",
]
