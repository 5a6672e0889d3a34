"""The ground floor's tables."""

from organisations.models.organisations import (
    Adhesion,
    Invitation,
    Mandat,
    Organisation,
    Table,
)
from organisations.models.personnes import MessageRetenu, Personne
from organisations.models.publication import Journal, Publiable, Revision
from organisations.models.territoires import Territoire

__all__ = [
    "Adhesion",
    "Invitation",
    "Journal",
    "Mandat",
    "MessageRetenu",
    "Organisation",
    "Personne",
    "Publiable",
    "Revision",
    "Table",
    "Territoire",
]
