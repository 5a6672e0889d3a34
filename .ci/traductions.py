"""Fails when the English catalogue misses a sentence of the code, or keeps one too many.

.venv/bin/python .ci/traductions.py          checks, on a copy of the checkout
.venv/bin/python .ci/traductions.py --ecrire brings locale/en up to date, for the translator
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

RACINE = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")
IGNORES = [".venv/*", "var/*", "tests/*", "docs/*", "deploy/*", ".ci/*"]


def extraire(dossier):
    """Runs makemessages in this folder, with the code's sentences and nothing else."""
    commande = [sys.executable, "manage.py", "makemessages", "-l", "en", "-v", "0"]
    commande += ["--no-wrap", "--add-location", "file"]
    for motif in IGNORES:
        commande += ["-i", motif]
    # makemessages reads no table: any address will do.
    env = {"DEMO": "1", "DATABASE_URL": "postgresql:///aucune", "SANS_RESERVE": "1"}
    subprocess.run(commande, cwd=dossier, check=True, env=os.environ | env)
    return polib.pofile(str(dossier / CATALOGUE))


def manques() -> list[str]:
    with tempfile.TemporaryDirectory() as provisoire:
        copie = Path(provisoire)
        fichiers = subprocess.check_output(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=RACINE
        )
        for nom in fichiers.decode().split("\0"):
            if nom and (RACINE / nom).is_file():
                (copie / nom).parent.mkdir(parents=True, exist_ok=True)
                (copie / nom).write_bytes((RACINE / nom).read_bytes())
        frais = extraire(copie)
    catalogue = RACINE / CATALOGUE
    ecrits = polib.pofile(str(catalogue)) if catalogue.exists() else polib.POFile()
    connus = {(entree.msgctxt, entree.msgid) for entree in ecrits if not entree.obsolete}
    lignes = []
    for entree in frais:
        if entree.obsolete:
            lignes.append(f"n’est plus dans le code : {entree.msgid}")
        elif (entree.msgctxt, entree.msgid) not in connus:
            lignes.append(f"absente du catalogue : {entree.msgid}")
        elif entree.fuzzy:
            lignes.append(f"à revoir (fuzzy) : {entree.msgid}")
        elif not entree.translated():
            lignes.append(f"sans traduction : {entree.msgid}")
    lignes += [f"n’est plus dans le code : {entree.msgid}" for entree in ecrits.obsolete_entries()]
    return sorted(set(lignes))


if __name__ == "__main__":
    if "--ecrire" in sys.argv[1:]:
        extraire(RACINE)
    else:
        for ligne in (trouves := manques()):
            print(ligne)
        sys.exit(f"{len(trouves)} phrases à traduire ou à retirer." if trouves else 0)
