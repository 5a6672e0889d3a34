"""The cast everyone knows, and the tools of every test.

One table of concertation. `preteur` lends: Yvon is its responsable, Luc a member. `emprunteur`
borrows: Mireille is its responsable, Ana a member. `passant` belongs to a third organisation;
`coordonnatrice` coordinates their table, `autre_coordonnatrice` another one.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from organisations.publication import Etat
from tests import fabriques
from tests.horloge import horloge_reglee


@pytest.fixture
def table(db):
    return fabriques.table("Table de la Basse-Ville", slug="table-basse-ville")


@pytest.fixture
def preteur(table):
    return fabriques.organisation("Popote des Vallons", table=table)


@pytest.fixture
def yvon(preteur):
    personne = fabriques.personne("Yvon", "Côté", agit_pour=preteur)
    fabriques.adhesion(personne, preteur, "responsable")
    return personne


@pytest.fixture
def luc(preteur):
    personne = fabriques.personne("Luc", "Tremblay", agit_pour=preteur)
    fabriques.adhesion(personne, preteur)
    return personne


@pytest.fixture
def emprunteur(table):
    return fabriques.organisation("Maison des Forges", table=table)


@pytest.fixture
def mireille(emprunteur):
    personne = fabriques.personne("Mireille", "Gagnon", agit_pour=emprunteur)
    fabriques.adhesion(personne, emprunteur, "responsable")
    return personne


@pytest.fixture
def ana(emprunteur):
    personne = fabriques.personne("Ana", "Silva", agit_pour=emprunteur)
    fabriques.adhesion(personne, emprunteur)
    return personne


@pytest.fixture
def passant(table):
    """A responsable of an organisation that has nothing to do with the matter."""
    personne = fabriques.personne("Denis", "Passant")
    fabriques.adhesion(
        personne, fabriques.organisation("Club de marche", table=table), "responsable"
    )
    return personne


@pytest.fixture
def coordonnatrice(table):
    personne = fabriques.personne("Josée", "Lavoie")
    fabriques.mandat(table, personne)
    return personne


@pytest.fixture
def autre_coordonnatrice(db):
    personne = fabriques.personne("Sylvie", "Dubé")
    fabriques.mandat(fabriques.table("Table de la Haute-Ville"), personne)
    return personne


@pytest.fixture
def suspendu(table):
    """A responsable of an organisation its table suspended."""
    personne = fabriques.personne("Paul", "Simard")
    organisme = fabriques.organisation("Centre suspendu", table=table, etat=Etat.SUSPENDUE)
    fabriques.adhesion(personne, organisme, "responsable")
    return personne


@pytest.fixture
def administration(db):
    return fabriques.personne("Aline", "Réseau", is_staff=True, is_superuser=True)


# ------------------------------------------------------------------ tools


@pytest.fixture
def client_de():
    """`client_de(personne)`: a browser where this person has signed in (None: a visitor)."""

    def ouvrir(personne=None) -> Client:
        client = Client()
        if personne is not None:
            client.force_login(personne)
        return client

    return ouvrir


@pytest.fixture
def courriels(mailoutbox):
    """`courriels()`: the messages sent so far; `courriels(personne)`: those she or he received."""

    def lire(personne=None):
        return [m for m in mail.outbox if personne is None or personne.courriel in m.to]

    return lire


@pytest.fixture
def horloge(db):
    """`horloge.avancer(…)`, `horloge.regler(…)`: the moment it is, for Python and PostgreSQL."""
    with horloge_reglee(timezone.now()) as reglee:
        yield reglee


@pytest.fixture
def worker():
    """`worker()`: the real worker empties the real queue, once; `worker(queues=[…])`: these only.
    Needs `transaction=True`."""
    from procrastinate.contrib.django import app

    def travailler(queues) -> None:
        ouvrier = app.with_connector(app.connector.get_worker_connector())
        ouvrier.run_worker(
            queues=queues, wait=False, install_signal_handlers=False, listen_notify=False
        )
        connections.close_all()

    def envoyer_travailler(queues=None) -> None:
        # In its own thread: a browser test has an event loop running in this one.
        with ThreadPoolExecutor(max_workers=1) as fil:
            fil.submit(travailler, queues).result(timeout=60)

    return envoyer_travailler


def _vider_la_file() -> None:
    with connection.cursor() as curseur:
        curseur.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture
def vraie_file(transactional_db, settings):
    """Messages go the real way: a job in the transaction, then the worker, then the mailbox."""
    settings.EMAIL_BACKEND = "organisations.courrier.FileDeCourriels"
    settings.COURRIEL_TRANSPORT = "mutualisation.demo.courrier.BoiteDeDemonstration"
    _vider_la_file()  # not Django's tables: no flush empties them
    yield
    _vider_la_file()


@pytest.fixture(autouse=True)
def _compteurs_a_zero(request):
    """Rate limits live in a cache table that no flush empties."""
    marque = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marque and marque.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The worker's threads may leave a session open: close it, or the database cannot go."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as curseur:
        curseur.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connections.close_all()
