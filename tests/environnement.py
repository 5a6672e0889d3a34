"""The environment of every test, set before the settings are read (pytest loads it by -p)."""

import atexit
import os
import runpy
import shutil
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("DEMO", "1")
os.environ.setdefault("STATIQUES_SIMPLES", "1")  # hashed names answer 404 on a live test server
os.environ.setdefault("SANS_RESERVE", "1")  # each worker opens and drops databases: no pool
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs an event loop

# Photos and other files of the tests never mix with those of the demonstration. The process that
# starts pytest makes the folder and removes it; the parallel workers inherit its name.
if "DONNEES_DES_ESSAIS" not in os.environ:
    os.environ["DONNEES_DES_ESSAIS"] = tempfile.mkdtemp(prefix="mutualisation-essais-")
    atexit.register(shutil.rmtree, os.environ["DONNEES_DES_ESSAIS"], ignore_errors=True)
    # A fresh checkout holds no compiled catalogue.
    traductions = Path(__file__).resolve().parent.parent / "deploy" / "traductions.py"
    runpy.run_path(str(traductions), run_name="__main__")
os.environ["MUTUALISATION_DATA"] = os.environ["DONNEES_DES_ESSAIS"]
# whitenoise warns when the folder of collected files is missing, and warnings are errors.
Path(os.environ["DONNEES_DES_ESSAIS"], "statiques").mkdir(exist_ok=True)

NAVIGATEURS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SANS_NAVIGATEUR = (
    "Chromium introuvable : les tests dans un navigateur sont sautés "
    "(installez chromium, ou indiquez-le par CHROMIUM=/chemin)."
)


def _chromium() -> str:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAVIGATEURS)), "")


os.environ["CHROMIUM"] = _chromium()


def pytest_configure(config):
    if os.environ.get("E2E") == "required" and not os.environ["CHROMIUM"]:
        raise pytest.UsageError(f"E2E=required : {SANS_NAVIGATEUR}")


def pytest_collection_modifyitems(items):
    dossier = Path(__file__).parent / "e2e"
    for item in items:
        if dossier in item.path.parents:
            item.add_marker(pytest.mark.e2e)
        if item.get_closest_marker("e2e") and not os.environ["CHROMIUM"]:
            item.add_marker(pytest.mark.skip(reason=SANS_NAVIGATEUR))


def pytest_terminal_summary(terminalreporter):
    if not os.environ["CHROMIUM"]:
        terminalreporter.write_line(SANS_NAVIGATEUR, yellow=True)
