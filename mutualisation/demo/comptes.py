"""The accounts one signs in with to visit the demonstration: one for each role."""

from dataclasses import dataclass

from mutualisation.demo.lecture import lire
from organisations.models import Personne

MOT_DE_PASSE = "chaudron-demo-2026"


@dataclass(frozen=True)
class Compte:
    courriel: str
    role: str
    personne: Personne


def comptes() -> list[Compte]:
    """Those of the list that are loaded, in its order."""
    lignes = lire("reseau")["comptes"]
    personnes = {
        p.courriel: p
        for p in Personne.objects.filter(courriel__in=[ligne["courriel"] for ligne in lignes])
    }
    return [
        Compte(ligne["courriel"], ligne["role"], personnes[ligne["courriel"]])
        for ligne in lignes
        if ligne["courriel"] in personnes
    ]
