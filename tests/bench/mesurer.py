"""`make bench`: what grows, at several sizes, as ratios to a floor measured in the same run.

Pages against the bare page (`urls.page_nue`), questions and verbs against hand-written SQL by bare
psycopg, several clients against one. Medians of alternating runs. Never a test: machines are noisy.

    python -m tests.bench.mesurer [sizes…] [parts…]     DATABASE_URL names a server it may fill

parts: pages questions verbes clients (at each size), course memoire (at the first one).
"""

import json
import os
import platform
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualisation.settings")
os.environ |= {"DEMO": "1", "STATIQUES_SIMPLES": "1", "SANS_RESERVE": "1"}

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.bench import ecritures, lectures, outils, serveur  # noqa: E402
from tests.bench.semer import semer  # noqa: E402

TAILLES = [1_000, 10_000, 100_000]
PARTIES = {
    "pages": lectures.pages,
    "questions": lectures.questions,
    "verbes": ecritures.verbes,
    "clients": ecritures.clients,
    "course": serveur.course,
    "memoire": serveur.memoire,
}
UNE_FOIS = ("course", "memoire")


def main(tailles: list[int], parties: list[str]) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    aujourdhui = timezone.localdate()
    resultats = []
    print(f"{platform.machine()}, {os.cpu_count()} cœurs, Python {platform.python_version()}")
    for taille in tailles:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            with connection.cursor() as curseur:
                curseur.execute("SHOW server_version")
                version = curseur.fetchone()[0]
            semer(taille, aujourdhui)
            lectures.facettes_vraies(aujourdhui)
            for nom in parties:
                if nom not in UNE_FOIS or taille == tailles[0]:
                    resultats += PARTIES[nom](taille, aujourdhui)
        finally:
            nom = connection.settings_dict["NAME"].removeprefix("test_")
            connection.creation.destroy_test_db(nom, verbosity=0)
    sortie = Path(os.environ.get("MUTUALISATION_DATA", "var")) / "bench.json"
    sortie.parent.mkdir(parents=True, exist_ok=True)
    conditions = {
        "postgresql": version,
        "python": platform.python_version(),
        "coeurs": os.cpu_count(),
        "charge": os.getloadavg(),
        "tours": outils.TOURS,
    }
    texte = json.dumps({**conditions, "mesures": resultats}, indent=1, ensure_ascii=False)
    sortie.write_text(texte, encoding="utf-8")
    print(f"PostgreSQL {version}, médianes de {outils.TOURS} tours alternés. Détail : {sortie}")


if __name__ == "__main__":
    inconnues = [a for a in sys.argv[1:] if not a.isdigit() and a not in PARTIES]
    if inconnues:
        sys.exit(f"Parties inconnues : {', '.join(inconnues)}. Connues : {', '.join(PARTIES)}.")
    main(
        [int(a) for a in sys.argv[1:] if a.isdigit()] or TAILLES,
        [p for p in PARTIES if p in sys.argv[1:]] or list(PARTIES),
    )
