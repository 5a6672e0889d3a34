"""Brings the database, the translations and the static files to what the code expects.

One process for all the steps, each of which costs almost nothing when there is nothing to do.
"""

import fcntl
import hashlib
import os
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
POSTGRES_MINIMUM = 15


def main():
    sys.path.insert(0, str(RACINE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualisation.settings")
    os.environ["SANS_RESERVE"] = "1"  # no pool: the real error of the connection, and at once
    os.environ.setdefault("PGCONNECT_TIMEOUT", "5")

    import traductions

    traductions.compiler()

    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
        from django.conf import settings
    except ImproperlyConfigured as erreur:
        sys.exit(str(erreur))

    settings.DONNEES.mkdir(parents=True, exist_ok=True)
    with (settings.DONNEES / "mise-en-place.verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)  # two starts at once: the second sees it done
        _verifier_base()
        _preparer_base()
        _statiques()
    if settings.DEMO:
        from django.core.management import call_command

        call_command("comptes_demo")


def _verifier_base():
    from django.db import DatabaseError, NotSupportedError, connection

    conseil = "Vérifiez DATABASE_URL, ou retirez-la pour utiliser la base fournie avec la démo."
    try:
        with connection.temporary_connection():
            version = connection.pg_version
    except NotSupportedError:  # older than what Django itself accepts
        version = 0
    except DatabaseError as erreur:
        sys.exit(f"La base de données ne répond pas : {_phrase(erreur)}. {conseil}")
    if version < POSTGRES_MINIMUM * 10000:
        trouvee = f" (celui-ci est la version {version // 10000})" if version else ""
        sys.exit(f"Il faut PostgreSQL {POSTGRES_MINIMUM} ou plus récent{trouvee}. {conseil}")


def _preparer_base():
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError

    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if settings.DEMO:
            call_command("charger_demo")
    except DatabaseError as erreur:
        if os.environ.get("DEBUG") == "1":
            raise
        sys.exit(f"La base de données refuse sa préparation : {_phrase(erreur)}.")


def _phrase(erreur) -> str:
    """The last line of what the server or the driver says, which holds no password."""
    lignes = [ligne.strip() for ligne in str(erreur).splitlines() if ligne.strip()]
    return (lignes[-1] if lignes else type(erreur).__name__).rstrip(".")


def _statiques():
    """Collects and compresses the static files, when one of them changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    trace = hashlib.sha256((RACINE / "requirements.txt").read_bytes())
    trace.update(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for chemin, reserve in finder.list([]):
            fichier = os.stat(reserve.path(chemin))
            trace.update(f"{chemin} {fichier.st_mtime_ns} {fichier.st_size}\n".encode())
    marque = Path(settings.STATIC_ROOT) / ".etat"
    if marque.exists() and marque.read_text() == trace.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    marque.write_text(trace.hexdigest())


if __name__ == "__main__":
    main()
