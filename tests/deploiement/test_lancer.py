"""The supervisor opens a portal, brings back what dies, and leaves nothing when it stops.

What runs here is a portal of one page in a folder of its own, with the real scripts of deploy/.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

RACINE = Path(__file__).parents[2]
sys.path.insert(0, str(RACINE / "deploy"))

from postgres_local import PostgresLocal  # noqa: E402

REGLAGES = """
from pathlib import Path
from mutualisation import environnement as env

BASE_DIR = Path(__file__).resolve().parent.parent
DONNEES = BASE_DIR / "var"
DEMO = env.booleen("DEMO")
SECRET_KEY = env.exige("SECRET_KEY", "secret.")
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS = [
    "mutualisation", "django.contrib.contenttypes", "django.contrib.staticfiles",
    "procrastinate.contrib.django",
]
ROOT_URLCONF = "mutualisation.urls"
DATABASES = {"default": env.base_de_donnees(env.exige("DATABASE_URL", "base."))}
STATIC_URL, STATIC_ROOT, STATICFILES_DIRS = "/s/", DONNEES / "statiques", [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
USE_TZ = True
"""
PAGES = """
from django.db import connection
from django.http import HttpResponse
from django.urls import path

def page(request):
    with connection.cursor() as curseur:
        curseur.execute("SELECT count(*) FROM procrastinate_jobs")
    return HttpResponse("bonjour")

urlpatterns = [path("sante/", page)]
"""
COMMANDE = """
from django.core.management import BaseCommand

class Command(BaseCommand):
    def handle(self, **options):
        self.stdout.write("{nom}")
"""


@pytest.fixture
def portail(tmp_path):
    dossier = tmp_path / "un portail"
    commandes = dossier / "mutualisation" / "management" / "commands"
    commandes.mkdir(parents=True)
    shutil.copytree(
        RACINE / "deploy", dossier / "deploy", ignore=shutil.ignore_patterns("__pycache__")
    )
    for nom in ("manage.py", "requirements.txt"):
        shutil.copy(RACINE / nom, dossier)
    for nom in ("wsgi.py", "environnement.py"):
        shutil.copy(RACINE / "mutualisation" / nom, dossier / "mutualisation")
    for paquet in (commandes, commandes.parent, commandes.parent.parent):
        (paquet / "__init__.py").touch()
    (dossier / "mutualisation" / "settings.py").write_text(REGLAGES)
    (dossier / "mutualisation" / "urls.py").write_text(PAGES)
    for nom in ("charger_demo", "comptes_demo"):
        (commandes / f"{nom}.py").write_text(COMMANDE.format(nom=nom))
    (dossier / "static").mkdir()
    (dossier / "static" / "page.css").write_text("body { color: black }")
    return dossier


@pytest.fixture
def port():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def lancer(portail, port, **env):
    return subprocess.Popen(
        [sys.executable, "deploy/lancer.py"],
        cwd=portail,
        # Almost nothing: no LANG, no HOME, and none of what the tests set.
        env={"PATH": "/usr/bin:/bin", "PORT": str(port), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def repond(port) -> bool:
    with contextlib.suppress(OSError):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/sante/", timeout=2).status == 200
    return False


def attendre(condition, secondes=40):
    limite = time.monotonic() + secondes
    while not (valeur := condition()):
        assert time.monotonic() < limite, "rien ne vient"
        time.sleep(0.05)
    return valeur


def descendants(pid) -> dict[int, str]:
    """Every process below this one, with its command."""
    ps = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True
    )
    lignes = [ligne.split(None, 2) for ligne in ps.stdout.splitlines()]
    trouves, parents = {}, {str(pid)}
    while parents:
        niveau = {p: c for p, parent, c in lignes if parent in parents}
        trouves |= {int(p): c for p, c in niveau.items()}
        parents = set(niveau)
    return trouves


def vivant(pid) -> bool:
    ps = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(ps.stdout.strip()) and not ps.stdout.startswith("Z")


def test_what_dies_comes_back_and_a_stop_leaves_nothing(portail, port):
    processus = lancer(portail, port)
    tous = set()
    try:
        attendre(lambda: repond(port))
        for quoi in ("bin/postgres -D", "-m granian", "procrastinate worker"):
            vivants = descendants(processus.pid)
            tous |= set(vivants)
            tue = min(pid for pid, commande in vivants.items() if quoi in commande)
            os.kill(tue, signal.SIGKILL)
            attendre(
                lambda tue=tue, quoi=quoi: any(
                    quoi in commande and pid != tue and vivant(pid)
                    for pid, commande in descendants(processus.pid).items()
                )
            )
            attendre(lambda: repond(port))

        second = lancer(portail, port)
        sortie, _ = second.communicate(timeout=20)
        assert second.returncode == 1
        assert sortie.startswith(f"Le port {port} est déjà pris")
        assert len(sortie.splitlines()) == 1

        tous |= set(descendants(processus.pid))
        processus.send_signal(signal.SIGTERM)
        sortie, _ = processus.communicate(timeout=20)
        assert processus.returncode == 0
    finally:
        processus.kill()
        _nettoyer(portail, tous)
    attendre(lambda: not any(map(vivant, tous)), 5)
    assert "charger_demo\ncomptes_demo\n" in sortie
    assert f"Le portail est ouvert : http://localhost:{port}\n" in sortie
    assert "PostgreSQL s’est arrêté : il repart." in sortie
    assert "Traceback" not in sortie


def _nettoyer(portail, pids):
    for pid in filter(vivant, pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if os.geteuid() == 0:  # then the data lie outside the checkout
        shutil.rmtree(PostgresLocal(portail / "var").dossier)


def test_a_reserved_port_or_a_wrong_one_is_explained(portail, port):
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", port))
        prise.listen()
        for valeur, phrase in ((port, f"Le port {port} est déjà pris"), ("abc", "PORT doit être")):
            processus = lancer(portail, valeur)
            sortie, _ = processus.communicate(timeout=20)
            assert processus.returncode == 1
            assert sortie.startswith(phrase)
            assert len(sortie.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "phrase"),
    [
        ("postgresql://personne:motdepasse@127.0.0.1:1/rien", "La base de données ne répond pas"),
        ("mysql://localhost/rien", "DATABASE_URL doit commencer par postgresql://"),
    ],
)
def test_a_database_that_cannot_serve_is_explained(portail, port, url, phrase):
    processus = lancer(portail, port, DATABASE_URL=url)
    sortie, _ = processus.communicate(timeout=30)
    assert processus.returncode == 1
    assert sortie.startswith(phrase)
    assert len(sortie.splitlines()) == 1
    assert "motdepasse" not in sortie


def test_a_server_too_old_is_explained(portail, port):
    etape = portail / "deploy" / "mise_en_place.py"
    etape.write_text(etape.read_text().replace("POSTGRES_MINIMUM = 15", "POSTGRES_MINIMUM = 99"))
    processus = lancer(portail, port, DATABASE_URL=os.environ["DATABASE_URL"])
    sortie, _ = processus.communicate(timeout=30)
    assert processus.returncode == 1
    assert sortie.startswith("Il faut PostgreSQL 99 ou plus récent (celui-ci est la version 1")
    assert len(sortie.splitlines()) == 1


def test_production_without_its_secret_is_explained(portail, port):
    processus = lancer(portail, port, DEMO="0", DATABASE_URL="postgresql:///rien")
    sortie, _ = processus.communicate(timeout=30)
    assert processus.returncode == 1
    assert sortie.startswith("La variable d’environnement SECRET_KEY manque")
    assert len(sortie.splitlines()) == 1
