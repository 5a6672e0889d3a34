"""Finding a listing with the words people use: beginnings of words, neighbours, mistypings."""

import re
import unicodedata

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import F, Value

from organisations.recherche import Cle, requete
from ressources.models.ressources import RessourceQuerySet

# Words that mean the same thing here, without accents, in their shortest form.
VOISINS = (
    ("chaudron", "marmite", "casserole"),
    ("local", "locau", "salle", "espace"),
    ("camion", "fourgonnette", "vehicule", "auto"),
    ("chapiteau", "tente", "abri"),
    ("frigo", "refrigerateur", "froid"),
    ("congelateur", "congelation", "froid"),
    ("cafetiere", "percolateur"),
    ("micro", "sono", "sonorisation"),
    ("ordinateur", "portable", "informatique"),
    ("photocopieur", "imprimante"),
    ("comptable", "comptabilite", "paie"),
    ("subvention", "financement"),
    ("benevole", "benevolat"),
)
MOTS_MAX = 8
# Near enough to be a mistyping of a word of the title (0 to 1).
RESSEMBLANCE = 0.45


def _cle(mot: str) -> str:
    decompose = unicodedata.normalize("NFKD", mot.lower())
    return "".join(c for c in decompose if not unicodedata.combining(c))


def _singulier(mot: str) -> str:
    return mot[:-1] if len(mot) > 3 and mot[-1] in "sx" else mot


def _requete(texte: str) -> SearchQuery | None:
    """Each word or one of its neighbours, from its beginning. Quotes and minus keep their sense."""
    if '"' in texte or re.search(r"(^|\s)-\w", texte):
        return requete(texte)
    groupes = []
    # One character may stand for several words: « ⑴ » would write a parenthesis in the query.
    texte = unicodedata.normalize("NFKC", texte)
    for mot in re.findall(r"[^\W_]+", texte)[:MOTS_MAX]:
        cle = _singulier(_cle(mot))
        mots = {mot.lower(), cle}
        mots.update(*(v for v in VOISINS if cle in v))
        groupes.append("(" + " | ".join(f"{m}:*" for m in sorted(mots)) + ")")
    if not groupes:
        return None
    return SearchQuery(" & ".join(groupes), config="fr", search_type="raw")


def chercher(ressources: RessourceQuerySet, texte: str) -> tuple[RessourceQuerySet, bool]:
    """Those that answer, to be sorted by `-rang`; and whether they are only close to the words.

    One query more when there is a text: nothing exact makes it look for mistypings.
    """
    demande = _requete(texte)
    if demande is None:
        return ressources.alias(rang=Value(0.0)), False
    exactes = ressources.filter(recherche=demande)
    if exactes.exists():
        return exactes.alias(rang=SearchRank(F("recherche"), demande)), False
    proches = ressources.alias(rang=TrigramWordSimilarity(_cle(texte)[:60], Cle("titre"))).filter(
        rang__gte=RESSEMBLANCE
    )
    return proches, True
