"""Reads the written part of the demonstration: one TOML file for each theme."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DONNEES = Path(__file__).parent / "donnees"


@cache
def lire(nom: str) -> dict[str, Any]:
    """Do not change what it returns: it is read once."""
    with (DONNEES / f"{nom}.toml").open("rb") as fichier:
        return _sans_bords(tomllib.load(fichier))


def _sans_bords(valeur: Any) -> Any:
    """Texts between triple quotes begin and end with a line of their own."""
    if isinstance(valeur, str):
        return valeur.strip()
    if isinstance(valeur, list):
        return [_sans_bords(v) for v in valeur]
    if isinstance(valeur, dict):
        return {cle: _sans_bords(v) for cle, v in valeur.items()}
    return valeur
