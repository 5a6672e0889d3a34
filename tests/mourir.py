"""A process that dies in the middle of a step: `python -m tests.mourir <loan> <verb> <person>`.

It takes the step in a child that is killed (SIGKILL) before its first statement, then in another
one before its second, and so on until one lives. After each death it writes one line of JSON:
what a new connection then sees. With `envoyer` alone, it is a worker that stops while sending.
"""

import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path

import django


def compter() -> dict:
    from django.db import connection

    from ressources.models import EvenementPret, Pret, PretExemplaire

    with connection.cursor() as curseur:
        curseur.execute("SELECT count(*) FROM procrastinate_jobs")
        lettres = curseur.fetchone()[0]
    return {
        "etats": list(Pret.objects.order_by("pk").values_list("etat", "quantite_remise")),
        "evenements": EvenementPret.objects.count(),
        "sorties": PretExemplaire.objects.count(),
        "lettres": lettres,
    }


def mourir(pk: str, verbe: str, personne: str) -> None:
    from django.db import connection, connections

    from organisations.models import Personne
    from ressources import prets
    from ressources.models import Exemplaire, Pret

    for rang in itertools.count(1):
        connections.close_all()  # the child opens its own
        enfant = os.fork()
        if enfant == 0:
            restent = rang

            def executer(execute, requete, parametres, plusieurs, contexte):
                nonlocal restent
                restent -= 1
                if restent == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return execute(requete, parametres, plusieurs, contexte)

            with connection.execute_wrapper(executer):
                pret = Pret.objects.get(pk=pk)
                copies = list(Exemplaire.objects.filter(ressource=pret.ressource_id))
                par = Personne.objects.get(pk=personne)
                prets.effectuer(pret, verbe, par=par, exemplaires=copies)
            os._exit(0)
        _pid, statut = os.waitpid(enfant, 0)
        tue = os.WIFSIGNALED(statut)
        sys.stdout.write(json.dumps({"tue": tue, **compter()}) + "\n")
        sys.stdout.flush()
        if not tue:
            sys.exit(os.waitstatus_to_exitcode(statut))


class Interminable:
    """A transport that says it has begun, and never ends."""

    def __init__(self, **options) -> None:
        pass

    def send_messages(self, messages) -> int:
        Path(os.environ["TEMOIN"]).touch()
        time.sleep(600)
        return 0


def envoyer() -> None:
    from django.conf import settings
    from procrastinate.contrib.django import app

    settings.COURRIEL_TRANSPORT = "tests.mourir.Interminable"
    app.with_connector(app.connector.get_worker_connector()).run_worker(listen_notify=False)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualisation.settings")
    django.setup()
    envoyer() if sys.argv[1] == "envoyer" else mourir(*sys.argv[1:])
