"""Printed documents: a template of ours, the data beside it, a tagged PDF.

What people wrote only ever reaches the template as data (`sys.inputs.d`, JSON), never as source:
`#read("/etc/passwd")` or `$x$` come out as they were typed. Templates lie in `gabarits_typst/`,
which is all they can read; nothing is fetched from the network.
"""

import json
import unicodedata
from pathlib import Path
from typing import Any

import typst

GABARITS = Path(__file__).parent / "gabarits_typst"
TEXTE_MAX = 4_000  # characters of one text: the time to set a page grows with it
DONNEES_MAX = 400_000  # characters of the whole, as JSON
INVISIBLES = ("Cc", "Cs")  # control characters, and halves of a character


def en_pdf(gabarit: str, donnees: dict, **options: Any) -> bytes:
    """The PDF/UA-1 that `gabarits_typst/<gabarit>` makes of `donnees`. `options` go to
    `typst.compile` (format, ppi, timestamp). Raises ValueError when there is too much to print."""
    texte = json.dumps(_propre(donnees))
    if len(texte) > DONNEES_MAX:
        raise ValueError("Trop de contenu pour un document.")
    choix = {"pdf_standards": ["ua-1"], **options}
    try:
        return _composer(gabarit, texte, **choix)
    except typst.TypstError as erreur:
        if "could not be displayed" not in str(erreur):
            raise
        # No font here has a drawing for a character somebody typed (an emoji, a syllabary). The
        # standard forbids the empty box, which is still better than no document: its tags stay.
        return _composer(gabarit, texte, **{**choix, "pdf_standards": []})


def _composer(gabarit: str, donnees: str, **options: Any) -> bytes:
    return typst.compile(
        str(GABARITS / gabarit), root=str(GABARITS), sys_inputs={"d": donnees}, **options
    )


def _propre(valeur: Any) -> Any:
    """The same data with no control character, and no text without end."""
    if valeur is None or isinstance(valeur, bool | int | float):
        return valeur
    if isinstance(valeur, dict):
        return {str(cle): _propre(v) for cle, v in valeur.items()}
    if isinstance(valeur, list | tuple):
        return [_propre(v) for v in valeur]
    texte = "".join(
        c for c in str(valeur) if c == "\n" or unicodedata.category(c) not in INVISIBLES
    )
    return texte if len(texte) <= TEXTE_MAX else f"{texte[:TEXTE_MAX]}…"
