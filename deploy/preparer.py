"""Makes .venv what the lock files say, and does nothing when it is already so.

    python3 deploy/preparer.py          what the portal needs
    python3 deploy/preparer.py --dev    and what its tests need

Standard library only, and readable by an old python: it must be able to say that it is too old.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys

RACINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(RACINE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
MARQUE = os.path.join(VENV, "etat.json")  # written last: an interrupted installation starts again
MINIMUM = (3, 11)


def main():
    os.chdir(RACINE)
    if sys.version_info < MINIMUM:
        _passer_a_un_python_plus_recent()
    verrous = ["requirements.txt"]
    if "--dev" in sys.argv[1:]:
        verrous.append("requirements-dev.txt")  # holds the first one too
    with open(__file__) as porte:
        fcntl.flock(porte, fcntl.LOCK_EX)  # two makes at once: the second sees it done
        _preparer(verrous)


def _preparer(verrous):
    # The interpreter itself, even when this runs inside somebody's virtual environment.
    base = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    python = [base, sys.version]
    voulus = {nom: _empreinte(nom) for nom in verrous}
    etat = _lire_etat()
    if etat.get("python") != python or not os.path.exists(PYTHON):
        # Another python made it (or nobody finished it): mixing two breaks compiled modules.
        _creer(base)
        etat = {"python": python, "verrous": {}}
    if all(etat["verrous"].get(nom) == empreinte for nom, empreinte in voulus.items()):
        return
    dernier = verrous[-1]
    print("Installation des dépendances ({})…".format(dernier), flush=True)
    commande = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--require-hashes",
    ]
    commande += ["--disable-pip-version-check", "--requirement", dernier]
    if subprocess.call(commande, env=_environnement(), stdin=subprocess.DEVNULL):
        sys.exit(
            "L’installation des dépendances a échoué (le détail est ci-dessus) : "
            "vérifiez l’accès à Internet, puis relancez."
        )
    etat["verrous"].update(voulus)
    with open(MARQUE + ".nouveau", "w") as f:
        json.dump(etat, f)
    os.replace(MARQUE + ".nouveau", MARQUE)


def _creer(base):
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it in a package
        paquet = "python3.{}-venv".format(sys.version_info.minor)
        if not (os.geteuid() == 0 and _apt("python3-venv", paquet)):
            sys.exit(
                "Le module venv de Python manque : installez-le par « sudo apt install "
                "python3-venv » ({}), puis relancez.".format(paquet)
            )
    print("Création de l’environnement Python dans .venv…", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    resultat = subprocess.run(
        [base, "-m", "venv", VENV],
        env=_environnement(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if resultat.returncode:
        lignes = resultat.stdout.decode(errors="replace").strip().splitlines() or ["sans détail"]
        sys.exit("L’environnement .venv n’a pas pu être créé : {}".format(lignes[-1]))


def _apt(*paquets):
    if shutil.which("apt-get") is None:
        return False
    print("Installation de {} par apt…".format(" ".join(paquets)), flush=True)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    options = {"env": env, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.call(["apt-get", "update", "-qq"], **options)
    installation = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *paquets]
    return subprocess.call(installation, **options) == 0


def _passer_a_un_python_plus_recent():
    for mineure in range(20, MINIMUM[1] - 1, -1):
        autre = shutil.which("python3.{}".format(mineure))
        if autre and subprocess.call([autre, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(autre, [autre, os.path.abspath(__file__), *sys.argv[1:]])
    sys.exit(
        "Python {}.{} est trop ancien : installez Python 3.11 ou plus récent (ou indiquez-le "
        "par « make run PYTHON=/chemin/vers/python3 »).".format(*sys.version_info[:2])
    )


def _lire_etat():
    try:
        with open(MARQUE) as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}


def _empreinte(nom):
    with open(nom, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def _environnement():
    """The caller's, without what would make pip install elsewhere or python look elsewhere."""
    retires = {
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_USER",
        "PIP_TARGET",
        "PIP_PREFIX",
        "VIRTUAL_ENV",
    }
    return {nom: valeur for nom, valeur in os.environ.items() if nom not in retires}


if __name__ == "__main__":
    main()
