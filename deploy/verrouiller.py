"""Turns the dependencies of pyproject.toml into the two hashed lock files, without any address."""

import subprocess
import sys
import tomllib
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-header",
]
OPTIONS += [
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-config",
    "--quiet",
]
# Without arguments versions stay; `--upgrade` or `--upgrade-package NAME` raises them.


def main(arguments):
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text())
    portail = projet["project"]["dependencies"]
    for nom, exigences in (
        ("requirements.txt", portail),
        ("requirements-dev.txt", portail + projet["dependency-groups"]["dev"]),
    ):
        commande = [sys.executable, "-m", "uv", "pip", "compile", "-", "-o", nom]
        # The tests run with the very versions that serve.
        if nom != "requirements.txt":
            commande += ["--constraint", "requirements.txt"]
        subprocess.run(
            [*commande, *OPTIONS, *arguments],
            input="\n".join(exigences),
            text=True,
            cwd=RACINE,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        if "http" in (RACINE / nom).read_text():
            sys.exit(f"{nom} contient une adresse.")


if __name__ == "__main__":
    main(sys.argv[1:])
