"""The set-up says in one sentence what is missing, and does nothing twice."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

RACINE = Path(__file__).parents[2]


@pytest.fixture
def depot(tmp_path):
    """A checkout with an empty lock: what is tried here is the set-up, not pip."""
    depot = tmp_path / "un dépôt"
    (depot / "deploy").mkdir(parents=True)
    shutil.copy(RACINE / "deploy" / "preparer.py", depot / "deploy")
    shutil.copy(RACINE / "Makefile", depot)
    (depot / "requirements.txt").write_text("")
    return depot


def preparer(depot, *options, python=sys.executable, **env):
    return subprocess.run(
        [python, *options, "deploy/preparer.py"],
        cwd=depot,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **env},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.skipif(
    not os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "ensurepip")),
    reason="python3-venv manque",
)
def test_what_is_done_is_not_done_again_and_what_changed_is(depot):
    premier = preparer(depot)
    assert premier.returncode == 0, premier.stderr
    assert "Création" in premier.stdout and "Installation" in premier.stdout
    assert preparer(depot).stdout == ""

    # A failed installation says so, and is tried again.
    verrou = depot / "requirements.txt"
    verrou.write_text("n-existe-pas==1 --hash=sha256:" + "0" * 64 + "\n")
    rate = preparer(depot, PIP_NO_INDEX="1")
    assert rate.returncode == 1
    assert rate.stderr.strip().splitlines()[-1].startswith("L’installation des dépendances")
    verrou.write_text("# changed\n")
    change = preparer(depot).stdout
    assert "Installation" in change and "Création" not in change

    # Another python makes its own environment.
    etat = depot / ".venv" / "etat.json"
    etat.write_text(etat.read_text().replace(sys.version.split()[0], "3.0.0"))
    assert "Création" in preparer(depot).stdout


def test_the_missing_venv_module_is_named(depot):
    # What Debian has without python3-venv: the module venv, but no ensurepip.
    (depot / "sitecustomize.py").write_text(
        "import importlib.util as u, os\n"
        "vrai = u.find_spec\n"
        "u.find_spec = lambda nom, *a: None if nom == 'ensurepip' else vrai(nom, *a)\n"
        "os.geteuid = lambda: 1000\n"
    )
    resultat = preparer(depot, PYTHONPATH=str(depot))
    assert resultat.returncode == 1
    assert "sudo apt install python3-venv" in resultat.stderr
    assert len(resultat.stderr.strip().splitlines()) == 1


def test_a_python_too_old_is_named(depot):
    (depot / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 9, 2)\n")
    resultat = preparer(depot, PYTHONPATH=str(depot), PATH=str(depot))
    assert resultat.returncode == 1
    assert resultat.stderr.startswith("Python 3.9 est trop ancien")
    assert len(resultat.stderr.strip().splitlines()) == 1
