"""Compiles the translations whose source is newer, without asking for gettext."""

from pathlib import Path

import polib

RACINE = Path(__file__).resolve().parent.parent


def compiler(racine=RACINE) -> int:
    """Returns how many catalogues were compiled."""
    compiles = 0
    for source in sorted(Path(racine, "locale").glob("*/LC_MESSAGES/*.po")):
        cible = source.with_suffix(".mo")
        if cible.exists() and cible.stat().st_mtime >= source.stat().st_mtime:
            continue
        provisoire = cible.with_suffix(".mo.nouveau")
        polib.pofile(str(source)).save_as_mofile(str(provisoire))
        provisoire.replace(cible)  # a server reading it never meets half a file
        compiles += 1
    return compiles


if __name__ == "__main__":
    compiler()
