"""What waits in the queues besides what is new: changed facts on what is on line."""

from mutualisation.demo.chargement.monde import Monde
from mutualisation.demo.lecture import lire
from organisations import moderation
from organisations.models import Revision

A_PART = ("ressource", "par", "quand")


def charger(monde: Monde) -> None:
    for ligne in lire("file")["modification"]:
        ressource = monde.ressources[ligne["ressource"]]
        jour, heure = ligne["quand"].split()
        monde.lecture(
            ressource,
            par=monde.personnes[ligne["par"]],
            le=monde.passe(int(jour), *map(int, heure.split(":"))),
            nature=Revision.Nature.MODIFICATION,
            champs={
                nom: moderation.difference(ressource, nom, valeur)
                for nom, valeur in ligne.items()
                if nom not in A_PART
            },
        )
