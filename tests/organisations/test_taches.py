"""No fact without its message, no message without its fact; and nothing dies with a worker."""

from contextlib import suppress

import pytest
from django.db import connection, transaction
from procrastinate.exceptions import AlreadyEnqueued

from mutualisation.demo.models import CourrielRecu
from organisations.notifications import envoyer
from organisations.taches import oublier_les_taches, reprendre_les_taches
from ressources import prets
from ressources.models import Pret
from tests import fabriques

pytestmark = pytest.mark.django_db(transaction=True)


def _taches(etat: str) -> int:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE task_name = 'envoyer_courriel' AND status::text = %s",
            [etat],
        )
        return curseur.fetchone()[0]


def _demander(tache) -> None:
    with suppress(AlreadyEnqueued):  # the clock of the worker that just ran may have asked first
        tache.defer(timestamp=0)


@pytest.fixture
def demande(preteur, emprunteur, yvon, mireille):
    return fabriques.pret(fabriques.ressource(preteur), emprunteur, "demande")


def test_a_step_rolled_back_sends_nothing(demande, yvon, vraie_file):
    with pytest.raises(RuntimeError), transaction.atomic():
        prets.effectuer(demande, "accepter", par=yvon)
        raise RuntimeError("the process fails before the end")
    assert Pret.objects.get(pk=demande.pk).etat == "demande"
    assert _taches("todo") == 0


def test_a_step_and_its_message_are_committed_together(demande, yvon, vraie_file, worker):
    prets.effectuer(demande, "accepter", par=yvon)
    assert _taches("todo") > 0
    worker()
    assert _taches("todo") == 0
    assert CourrielRecu.objects.exists()


def test_a_letter_outside_a_transaction_is_refused(yvon):
    with pytest.raises(RuntimeError):
        envoyer("lecture_approuvee", [yvon], {})


def test_what_a_killed_worker_left_is_taken_up_again(demande, yvon, vraie_file, worker):
    prets.effectuer(demande, "accepter", par=yvon)
    prevus = _taches("todo")
    with connection.cursor() as curseur:
        curseur.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 hour') RETURNING id"
        )
        mort = curseur.fetchone()[0]
        curseur.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s"
            " WHERE task_name = 'envoyer_courriel'",
            [mort],
        )
    worker(queues=["courriels"])  # without the clock, which takes up what is left behind
    assert _taches("doing") == prevus, "nobody took it up yet"
    _demander(reprendre_les_taches)
    worker()
    worker()
    assert _taches("succeeded") == prevus
    assert CourrielRecu.objects.exists()


def test_finished_jobs_are_forgotten_after_a_week(demande, yvon, vraie_file, worker):
    prets.effectuer(demande, "accepter", par=yvon)
    worker()
    with connection.cursor() as curseur:
        curseur.execute("UPDATE procrastinate_events SET at = at - interval '8 days'")
    _demander(oublier_les_taches)
    worker()
    assert _taches("succeeded") == 0
