"""The local PostgreSQL starter survives what a developer's machine does to it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
sys.path.insert(0, str(DEPLOY))

from postgres_local import PORT, PostgresLocal, Refus, dossier_court  # noqa: E402


@pytest.fixture
def donnees(tmp_path):
    """A folder whose name holds a space and whose depth exceeds what a socket's path can."""
    profond = tmp_path / "un dossier" / "/".join(["assez profond"] * 9)
    profond.mkdir(parents=True)
    assert len(str(profond)) > 107
    return profond


@pytest.fixture
def serveur(donnees):
    serveur = PostgresLocal(donnees, "essai", ephemere=True)
    yield serveur
    serveur.arreter()


def demander(serveur, sql, base="mutualisation"):
    commande = [serveur._binaires_lisibles() / "psql", "-X", "-h", serveur.socket, "-p", str(PORT)]
    commande += ["-U", "postgres", "-Atc", sql, base]
    return subprocess.run(
        commande, capture_output=True, text=True, timeout=20, check=True, **serveur._options()
    ).stdout.strip()


def test_it_starts_in_a_deep_path_with_spaces_and_leaves_nothing(serveur, donnees):
    serveur.demarrer()
    assert demander(serveur, "SELECT 1 + 1") == "2"
    serveur.arreter()
    assert serveur.pid() is None
    assert not serveur.pgdata.exists()
    assert not serveur.socket.exists()


def test_french_letters_do_not_depend_on_the_callers_language(serveur, monkeypatch):
    for nom in ("LANG", "LC_ALL", "LC_CTYPE", "LANGUAGE"):
        monkeypatch.delenv(nom, raising=False)
    serveur.demarrer()
    assert demander(serveur, "SELECT upper('é'), 'ÉCOLE' ILIKE 'école', 'É' ~ '\\w'") == "É|t|t"


def test_only_its_owner_reaches_the_socket_and_no_port_is_open(serveur):
    serveur.demarrer()
    assert serveur.socket.stat().st_mode & 0o077 == 0
    assert dossier_court().stat().st_mode & 0o066 == 0
    assert demander(serveur, "SHOW listen_addresses") == ""


def test_a_killed_server_starts_again_with_its_data(serveur):
    serveur.ephemere = False  # those trade the last instants before a crash for speed
    serveur.demarrer()
    demander(serveur, "CREATE TABLE t AS SELECT 7 AS n")
    os.kill(serveur.pid(), signal.SIGKILL)
    time.sleep(0.1)
    assert serveur.pid() is None
    serveur.demarrer()
    assert demander(serveur, "SELECT n FROM t") == "7"
    serveur.ephemere = True


def test_a_pid_taken_by_somebody_else_is_not_our_server(serveur):
    serveur.demarrer()
    os.kill(serveur.pid(), signal.SIGKILL)
    time.sleep(0.1)
    autre = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        marque = serveur.pgdata / "postmaster.pid"
        lignes = marque.read_text().split("\n")
        marque.write_text("\n".join([str(autre.pid), *lignes[1:]]))
        assert serveur.pid() is None
        serveur.demarrer()
        assert serveur.pid() not in (None, autre.pid)
        assert autre.poll() is None
    finally:
        autre.kill()
        autre.wait()


def test_a_spoiled_pid_file_does_not_prevent_the_start(serveur):
    for contenu in ("", "pas un nombre", "999999999\n/x\n", "-1\n"):
        serveur.demarrer()
        serveur._arreter()
        (serveur.pgdata / "postmaster.pid").write_text(contenu)
        assert serveur.pid() is None
    serveur.demarrer()
    assert demander(serveur, "SELECT 1") == "1"


def test_several_may_start_it_at_once_and_the_last_one_stops_it(donnees):
    code = (
        f"import sys; sys.path.insert(0, {str(DEPLOY)!r})\n"
        "from postgres_local import PostgresLocal\n"
        f"s = PostgresLocal({str(donnees)!r}, 'essai', ephemere=True)\n"
        "s.demarrer(); print(s.pid(), flush=True); sys.stdin.readline(); s.arreter()\n"
    )
    tuyaux = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    lances = [subprocess.Popen([sys.executable, "-c", code], **tuyaux) for _ in range(3)]
    pids = {p.stdout.readline().strip() for p in lances}
    assert len(pids) == 1
    temoin = PostgresLocal(donnees, "essai", ephemere=True)
    for p in lances[:-1]:
        p.communicate("\n", timeout=30)
    assert str(temoin.pid()) == pids.pop()  # somebody still works with it
    lances[-1].communicate("\n", timeout=30)
    assert temoin.pid() is None


def test_two_checkouts_side_by_side_do_not_meet(tmp_path):
    with (
        PostgresLocal(tmp_path / "un", "essai", ephemere=True) as un,
        PostgresLocal(tmp_path / "deux", "essai", ephemere=True) as deux,
    ):
        assert un.pid() != deux.pid()
        demander(un, "CREATE TABLE chez_un ()")
        assert demander(deux, "SELECT to_regclass('chez_un') IS NULL") == "t"


def test_its_user_killed_without_notice_leaves_a_server_the_next_one_takes_over(donnees):
    code = (
        f"import os, sys; sys.path.insert(0, {str(DEPLOY)!r})\n"
        "from postgres_local import PostgresLocal\n"
        f"s = PostgresLocal({str(donnees)!r}, 'durable'); s.demarrer()\n"
        "print(s.pid(), flush=True); os.kill(os.getpid(), 9)\n"
    )
    tue = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    serveur = PostgresLocal(donnees, "durable")
    try:
        assert serveur.pid() == int(tue.stdout)
        serveur.demarrer()
        assert serveur.pid() == int(tue.stdout)
    finally:
        serveur.arreter()
        assert serveur.pid() is None
        if serveur.compte:
            subprocess.run(["rm", "-rf", serveur.dossier], check=True)


def test_data_of_another_major_version_are_explained(donnees, serveur):
    serveur.demarrer()
    serveur._arreter()
    (serveur.pgdata / "PG_VERSION").write_text("12\n")
    serveur.ephemere = False  # an ephemeral server would start from nothing
    with pytest.raises(Refus, match="viennent de PostgreSQL 12"):
        serveur.demarrer()
    serveur.ephemere = True


def test_a_command_runs_on_its_own_database_and_gives_its_exit_code(donnees):
    commande = [sys.executable, str(DEPLOY / "postgres_local.py"), "executer", "--"]
    commande += [sys.executable, "-c", "import os; print(os.environ['DATABASE_URL']); exit(3)"]
    env = os.environ | {"MUTUALISATION_DATA": str(donnees)}
    resultat = subprocess.run(commande, capture_output=True, text=True, env=env, timeout=60)
    assert resultat.returncode == 3
    assert resultat.stdout.startswith("postgresql://postgres@/essais_")
