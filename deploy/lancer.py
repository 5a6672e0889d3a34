"""`make run`: one supervisor for the database, the web server and the worker.

Whatever dies is started again; Ctrl-C, SIGTERM, a closed terminal or the death of make stop
everything. Standard library only.
"""

import contextlib
import ctypes
import errno
import fcntl
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from postgres_local import PostgresLocal, Refus, dossier_court

RACINE = Path(__file__).resolve().parent.parent
PATIENCE = 10  # seconds given to a process that was asked to stop
POULS = 0.2  # seconds between two rounds


def dire(*phrases):
    with contextlib.suppress(OSError):  # the terminal may be gone, and there is work left to stop
        print(*phrases, flush=True)


# Linux tells a process that its parent was killed; elsewhere the next start sees a taken port.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _mourir_avec_le_superviseur():
    if _LIBC is not None:
        _LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Service:
    """A process that must live: started again when it dies, later and later if it insists."""

    def __init__(self, nom, commande, env):
        self.nom, self.commande, self.env = nom, commande, env
        self.processus = None
        self.attente = 0.5
        self.reprise = 0.0  # not before this instant

    def lancer(self):
        self.depart = time.monotonic()
        self.processus = subprocess.Popen(
            self.commande,
            env=self.env,
            cwd=RACINE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops in order
            preexec_fn=_mourir_avec_le_superviseur,
        )

    @property
    def vit(self):
        return self.processus is not None and self.processus.poll() is None

    def veiller(self):
        if self.vit:
            return
        maintenant = time.monotonic()
        if self.processus is not None:
            self._achever()
            if maintenant - self.depart > 30:
                self.attente = 0.5
            dire(f"{self.nom} s’est arrêté : il repart dans {self.attente:g} s.")
            self.reprise = maintenant + self.attente
            self.attente = min(self.attente * 2, 30)
            self.processus = None
        if maintenant >= self.reprise:
            self.lancer()

    def demander_l_arret(self):
        if self.vit:
            self.processus.terminate()

    def arreter(self, limite):
        if self.processus is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.processus.wait(max(0, limite - time.monotonic()))
        self._achever()

    def _achever(self):
        """Nothing of it stays, not even the children of a web server killed by force."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.processus.pid, signal.SIGKILL)
        self.processus.wait()


class Superviseur:
    def __init__(self, env):
        self.env = env
        self.port = _port(env)
        self.env["PORT"] = str(self.port)  # the links of the letters name it
        self.donnees = Path(env.get("MUTUALISATION_DATA") or RACINE / "var").resolve()
        self.postgres = None
        self.services = []
        self.fin = False
        # Only make's death stops us by itself: who runs this script alone decides for himself.
        self.parent = os.getppid() if env.get("MAKELEVEL") else None

    def doit_finir(self):
        return self.fin or (self.parent is not None and os.getppid() != self.parent)

    def demander_la_fin(self, *_):
        self.fin = True

    def tourner(self) -> int:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self.demander_la_fin)
        try:
            with _reserver_le_port(self.port):
                self._demarrer_la_base()
                if not self._mettre_en_place():
                    return 0 if self.fin else 1
                return self._servir()
        finally:
            self._tout_arreter()

    def _demarrer_la_base(self):
        try:
            self.donnees.mkdir(parents=True, exist_ok=True)
        except OSError as erreur:
            raise Refus(f"Impossible d’écrire dans {self.donnees} : {erreur.strerror}.") from None
        if self.env.get("DEMO") == "1":
            self.env.setdefault("SECRET_KEY", _cle_secrete(self.donnees))
            if not self.env.get("DATABASE_URL"):
                self.postgres = PostgresLocal(self.donnees)
                self.postgres.demarrer()
                self.env["DATABASE_URL"] = self.postgres.url()

    def _mettre_en_place(self) -> bool:
        etape = subprocess.Popen(
            [sys.executable, str(RACINE / "deploy" / "mise_en_place.py")],
            env=self.env,
            cwd=RACINE,
        )
        while etape.poll() is None:
            if self.doit_finir():
                etape.terminate()
                etape.wait()
                self.fin = True
                return False
            time.sleep(0.05)
        return etape.returncode == 0

    def _servir(self) -> int:
        web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
        web += ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "2"]
        web += ["--blocking-threads", "4", "--log-level", "warning"]
        web += ["--respawn-failed-workers"]
        web += ["--workers-kill-timeout", "5"]  # one told to stop while it loads would never stop
        travail = [sys.executable, "manage.py", "procrastinate", "worker"]
        self.services = [
            Service("Le serveur web", [*web, "mutualisation.wsgi:application"], self.env),
            Service("Le travailleur", travail, self.env),
        ]
        pret = False
        debut = time.monotonic()
        while not self.doit_finir():
            if self.postgres is not None and self.postgres.pid() is None:
                dire("PostgreSQL s’est arrêté : il repart.")
                self.postgres.demarrer()
            for service in self.services:
                service.veiller()
            if not pret:
                pret = self._repond()
                if pret:
                    dire(
                        f"\nLe portail est ouvert : http://localhost:{self.port}\n"
                        "Pour l’arrêter : Ctrl-C.\n"
                    )
                elif time.monotonic() - debut > 90 or self.services[0].attente > 4:
                    dire("Le serveur web ne répond pas : voyez les messages ci-dessus.")
                    return 1
            time.sleep(POULS)
        return 0

    def _repond(self) -> bool:
        connexion = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connexion.request("GET", "/sante/", headers={"Host": "localhost"})
            return connexion.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connexion.close()

    def _tout_arreter(self):
        if self.services:
            dire("Arrêt…")
        limite = time.monotonic() + PATIENCE
        for service in self.services:
            service.demander_l_arret()
        for service in self.services:
            service.arreter(limite)
        if self.postgres is not None:
            self.postgres.arreter()  # last: the others were still writing


def _port(env) -> int:
    texte = env.get("PORT", "").strip() or "8000"
    if not texte.isdigit() or not 1 <= int(texte) <= 65535:
        raise Refus(f"PORT doit être un nombre entre 1 et 65535, et non « {texte} ».")
    return int(texte)


@contextlib.contextmanager
def _reserver_le_port(port):
    """Keeps a second run away from this port, and says so when somebody else has it."""
    pris = Refus(
        f"Le port {port} est déjà pris, peut-être par le portail lui-même : arrêtez ce qui "
        f"l’occupe, ou choisissez-en un autre : make run PORT={port % 65535 + 1}"
    )
    with (dossier_court() / f"port-{port}").open("w") as verrou:
        try:
            fcntl.flock(verrou, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise pris from None
        # Both addresses a browser tries for "localhost".
        for famille, hote in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                with socket.socket(famille) as prise:
                    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    prise.bind((hote, port))
                    prise.listen(1)
            except PermissionError:
                raise Refus(
                    f"Le port {port} est réservé à l’administration de la machine : choisissez-en "
                    "un autre : make run PORT=8000"
                ) from None
            except OSError as erreur:
                if erreur.errno == errno.EADDRINUSE:
                    raise pris from None  # any other error: this machine has no such address
        yield


def _cle_secrete(donnees) -> str:
    fichier = donnees / "cle-secrete"
    with contextlib.suppress(FileExistsError):
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descripteur, "w") as f:
            f.write(secrets.token_urlsafe(64))
    return fichier.read_text().strip() or secrets.token_urlsafe(64)


def main() -> int:
    env = dict(os.environ, PYTHONUTF8="1")
    # A production environment names its hosts; without one, this is a demonstration.
    if not env.get("ALLOWED_HOSTS"):
        env.setdefault("DEMO", "1")
    env["DEMO"] = "1" if env.get("DEMO", "").strip().lower() in {"1", "true", "oui", "on"} else "0"
    return Superviseur(env).tourner()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refus as refus:
        sys.exit(str(refus))
