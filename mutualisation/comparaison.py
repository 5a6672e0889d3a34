"""Two versions of a text side by side: the words that go, the words that come."""

import re
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MOTS_MAX = 2000  # beyond, the whole text is shown as changed: comparing costs the square


def _mots(texte: str) -> list[str]:
    """Words with the space that follows them: joined, they give the text back."""
    return re.findall(r"\S+\s*|\s+", texte)


def comparer(avant: str, apres: str) -> tuple[SafeString, SafeString]:
    """The old text with <del>, the new one with <ins>. Both are escaped."""
    ancien, nouveau = _mots(avant), _mots(apres)
    if len(ancien) + len(nouveau) > MOTS_MAX:
        return _marquer("del", avant), _marquer("ins", apres)
    gauche: list[tuple[bool, str]] = []
    droite: list[tuple[bool, str]] = []
    # The space after a word is not the word: « fin » and « fin, » differ, « fin » and « fin  » not.
    comparaison = SequenceMatcher(
        None, [m.strip() for m in ancien], [m.strip() for m in nouveau], autojunk=False
    )
    for geste, a1, a2, b1, b2 in comparaison.get_opcodes():
        if a1 < a2:
            gauche.append((geste != "equal", "".join(ancien[a1:a2])))
        if b1 < b2:
            droite.append((geste != "equal", "".join(nouveau[b1:b2])))
    return _assembler("del", gauche), _assembler("ins", droite)


def _assembler(balise: str, morceaux: list[tuple[bool, str]]) -> SafeString:
    return format_html_join(
        "",
        "{}",
        ((_marquer(balise, texte) if change else texte,) for change, texte in morceaux),
    )


def _marquer(balise: str, texte: str) -> SafeString:
    """The space around stays outside the mark."""
    if not texte.strip():
        return format_html("{}", texte)
    debut = texte[: len(texte) - len(texte.lstrip())]
    fin = texte[len(texte.rstrip()) :]
    return format_html("{0}<{1}>{2}</{1}>{3}", debut, balise, texte.strip(), fin)
