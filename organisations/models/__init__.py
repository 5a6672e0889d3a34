"""The ground floor's tables."""

from organisations.models.organisations import (
    Adhesion,
    Invitation,
    Mandat,
    Organisation,
    Table,
)
from organisations.models.personnes import Personne
from organisations.models.publication import Journal, Publiable, Revision
from organisations.models.territoires import Territoire

__all__ = [
    "Adhesion",
    "Invitation",
    "Journal",
    "Mandat",
    "Organisation",
    "Personne",
    "Publiable",
    "Revision",
    "Table",
    "Territoire",
]
