"""Sorting and searching French text the same way on every PostgreSQL, with or without ICU."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import CharField, Func


class Cle(Func):
    """The sorting key of a name: no accents, no capitals (`f_cle`, made by the first migration)."""

    function = "f_cle"
    output_field = CharField()


def requete(texte: str) -> SearchQuery:
    """What a person types in a search field, as PostgreSQL reads it: words, "a phrase", -not."""
    return SearchQuery(texte, config="fr", search_type="websearch")
