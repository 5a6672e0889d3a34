"""`make test`: the whole suite, in parallel, on its own throw-away PostgreSQL, browser included.

DATABASE_URL names another server to test on; CHROMIUM another browser; E2E=required refuses to
go without one. Arguments are pytest's. Standard library only.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from postgres_local import Refus, executer

RACINE = Path(__file__).resolve().parent.parent
NAVIGATEURS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def chromium() -> str:
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    trouve = next(filter(None, map(shutil.which, NAVIGATEURS)), "")
    return trouve or (MAC if os.path.exists(MAC) else "")


def installer_chromium() -> str:
    """Only root may install; on others the browser tests are skipped, with the reason printed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return ""
    print(
        "Installation de Chromium par apt, pour les tests dans un navigateur…",
        flush=True,
    )
    options = {
        "env": dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
    }
    subprocess.call(["apt-get", "update", "-qq"], **options)
    subprocess.call(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        **options,
    )
    return chromium()


def main(arguments) -> int:
    os.chdir(RACINE)
    env = {"CHROMIUM": chromium() or installer_chromium(), "PYTHONUTF8": "1"}
    # One worker per core; beyond six, making databases costs more than it brings.
    coeurs = min(os.cpu_count() or 2, 6)
    commande = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        str(coeurs),
        "--dist",
        "worksteal",
        *arguments,
    ]
    if os.environ.get("DATABASE_URL"):
        os.execve(sys.executable, commande, dict(os.environ, **env))
    return executer(RACINE / "var", commande, env=env)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refus as refus:
        sys.exit(str(refus))
