"""What only a real server shows: a race through the site, and the memory of its processes.

On the loopback, with its own server, and a number of requests known in advance.
"""

import datetime as dt
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from organisations.models import Organisation, Personne
from organisations.notifications import envoyer
from ressources import disponibilite
from ressources.models import Pret, Ressource
from tests import fabriques
from tests.bench.ecritures import _parties
from tests.bench.outils import ligne
from tests.bench.semer import ORDINAIRE, RARE

RACINE = Path(__file__).resolve().parents[2]
CLIENTS = int(os.environ.get("COURSE_CLIENTS", "20"))
MANCHES = int(os.environ.get("COURSE_MANCHES", "50"))
REQUETES = int(os.environ.get("REQUETES", "10000"))
JETON = "a" * 32


def _session(personne: Personne) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(personne.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = personne.get_session_auth_hash()
    session.create()
    return session.session_key


def _environnement() -> dict[str, str]:
    r = connection.get_connection_params()
    adresse = f"postgresql://{r.get('user', 'postgres')}@/{r['dbname']}?host={r['host']}"
    if r.get("port"):
        adresse += f"&port={r['port']}"
    env = {k: v for k, v in os.environ.items() if k != "SANS_RESERVE"}
    return env | {"DATABASE_URL": adresse, "DEMO": "1", "STATIQUES_SIMPLES": "1"}


@contextmanager
def _site() -> Iterator[tuple[subprocess.Popen, int]]:
    """The web server as `make run` starts it, with one worker; stopped at the end."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    commande = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    commande += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    commande += ["--blocking-threads", "4", "--log-level", "warning"]
    serveur = subprocess.Popen(
        [*commande, "mutualisation.wsgi:application"], cwd=RACINE, env=_environnement()
    )
    try:
        for _ in range(600):
            try:
                if _demander(port, "GET", "/sante/")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("Le serveur ne répond pas.")
        yield serveur, port
    finally:
        serveur.terminate()
        serveur.wait(30)


def _demander(
    port: int, methode: str, chemin: str, session: str = "", corps: str = ""
) -> tuple[int, str]:
    lien = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    entetes = {"Cookie": f"csrftoken={JETON}; sessionid={session}", "X-CSRFToken": JETON}
    if corps:
        entetes["Content-Type"] = "application/x-www-form-urlencoded"
    lien.request(methode, chemin, corps or None, entetes)
    reponse = lien.getresponse()
    texte = reponse.read().decode()
    lien.close()
    return reponse.status, texte


# ------------------------------------------------------------------ the race


def course(taille: int, _aujourdhui: dt.date) -> list[dict]:
    """One thing, one slot, twenty people of its lender who each accept another request."""
    preteur = fabriques.organisation(table=Organisation.objects.first().table)
    gens = [fabriques.personne(f"Coureur{n}") for n in range(CLIENTS)]
    for personne in gens:
        fabriques.adhesion(personne, preteur)
    sessions = [_session(p) for p in gens]
    emprunteurs = list(Organisation.objects.filter(etat="publiee").exclude(pk=preteur.pk)[:CLIENTS])
    ressource = fabriques.ressource(preteur, "Le seul chapiteau")
    gagnants: Counter[int] = Counter()
    reponses: Counter[int] = Counter()
    durees = []
    with _site() as (_serveur, port):
        for manche in range(MANCHES):
            debut = disponibilite.minuit(timezone.localdate() + dt.timedelta(days=10 + 2 * manche))
            demandes = [
                fabriques.pret(ressource, e, debut=debut, fin=debut + dt.timedelta(days=1))
                for e in emprunteurs
            ]
            depart = threading.Barrier(CLIENTS)

            def accepter(pret: Pret, session: str, depart: threading.Barrier) -> None:
                depart.wait()
                chemin = f"/prets/{pret.pk}/faire/accepter/"
                reponses[_demander(port, "POST", chemin, session, "etat=demande")[0]] += 1

            fils = [
                threading.Thread(target=accepter, args=(p, s, depart))
                for p, s in zip(demandes, sessions, strict=True)
            ]
            avant = time.perf_counter()
            for fil in fils:
                fil.start()
            for fil in fils:
                fil.join()
            durees.append(time.perf_counter() - avant)
            acceptes = Pret.objects.filter(pk__in=[d.pk for d in demandes], etat="accepte").count()
            gagnants[acceptes] += 1
    if set(gagnants) != {1} or set(reponses) != {302}:
        raise SystemExit(f"La course a mal fini : {gagnants} gagnants, réponses {reponses}.")
    return [
        ligne(
            taille,
            f"{CLIENTS} clients pour une place, {MANCHES} manches",
            gagnants[1] / MANCHES,
            "gagnant",
            manches=MANCHES,
            s_par_manche=round(sorted(durees)[len(durees) // 2], 2),
        )
    ]


# ------------------------------------------------------------------ memory


def _descendance(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for dossier in Path("/proc").glob("[0-9]*"):
        try:
            champs = (dossier / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(champs[1]), []).append(int(dossier.name))
    trouves, a_voir = [], [pid]
    while a_voir:
        courant = a_voir.pop()
        trouves.append(courant)
        a_voir += parents.get(courant, [])
    return trouves


def _memoire(pid: int) -> float:
    """The largest of a process and its children, in megabytes (VmRSS): the one that works."""
    tailles = [0]
    for p in _descendance(pid):
        try:
            texte = Path(f"/proc/{p}/status").read_text()
        except OSError:
            continue
        tailles += [int(k) for k in re.findall(r"VmRSS:\s+(\d+) kB", texte)]
    return max(tailles) / 1024


def memoire(taille: int, aujourdhui: dt.date) -> list[dict]:
    ressource = Ressource.objects.select_related("organisation").order_by("pk")[5]
    par, emprunteur = _parties(ressource)
    pret = fabriques.pret(
        ressource,
        emprunteur,
        debut=disponibilite.minuit(aujourdhui + dt.timedelta(days=900)),
        fin=disponibilite.minuit(aujourdhui + dt.timedelta(days=901)),
    )
    session = _session(par)
    jours = [(aujourdhui + e, aujourdhui + e + dt.timedelta(days=2)) for e in (ORDINAIRE, RARE)]
    chemins = [
        "/ressources/", *(f"/ressources/?du={du}&au={au}" for du, au in jours),
        "/ressources/?q=chaudron", ressource.get_absolute_url(), "/organisations/",
        pret.get_absolute_url(), "/prets/", "/a-faire/", "/",
    ]  # fmt: skip
    with _site() as (serveur, port):
        assert _demander(port, "GET", "/sante/")[0] == 200
        repos = _memoire(serveur.pid)
        statuts: Counter[int] = Counter()
        restent = iter(range(REQUETES))
        verrou = threading.Lock()

        def lire() -> None:
            while True:
                with verrou:
                    n = next(restent, None)
                if n is None:
                    return
                statuts[_demander(port, "GET", chemins[n % len(chemins)], session)[0]] += 1

        debut = time.perf_counter()
        fils = [threading.Thread(target=lire) for _ in range(4)]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join()
        duree = time.perf_counter() - debut
        apres = _memoire(serveur.pid)
    if set(statuts) != {200}:
        raise SystemExit(f"Des pages ont refusé : {statuts}.")
    web = [
        ligne(taille, "serveur web, au repos", repos, "Mo"),
        ligne(taille, f"serveur web, après {REQUETES} requêtes", apres, "Mo",
              requetes_par_s=round(REQUETES / duree)),
    ]  # fmt: skip
    return web + _travailleur(taille, pret, par)


@override_settings(EMAIL_BACKEND="organisations.courrier.FileDeCourriels")
def _travailleur(taille: int, pret: Pret, par: Personne) -> list[dict]:
    """The job worker, before and after a letter for each ten requests."""
    from django.db import transaction

    nombre = max(REQUETES // 10, 1)
    commande = [sys.executable, "manage.py", "procrastinate", "worker"]
    travailleur = subprocess.Popen(commande, cwd=RACINE, env=_environnement())
    try:
        time.sleep(15)
        _attendre()
        repos = _memoire(travailleur.pid)
        contexte = {"pret": pret, "verbe": "accepter", "par": par, "au_nom_de": "", "mot": ""}
        for _ in range(nombre):
            with transaction.atomic():
                envoyer("pret_accepter", [par], contexte)
        _attendre()
        apres = _memoire(travailleur.pid)
    finally:
        travailleur.terminate()
        travailleur.wait(60)
    return [
        ligne(taille, "travailleur, au repos", repos, "Mo"),
        ligne(taille, f"travailleur, après {nombre} lettres", apres, "Mo"),
    ]


def _attendre() -> None:
    for _ in range(600):
        with connection.cursor() as curseur:
            curseur.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status::text IN ('todo', 'doing')"
                " AND task_name = 'envoyer_courriel'"
            )
            if not curseur.fetchone()[0]:
                return
        time.sleep(1)
    raise SystemExit("Le travailleur n’a pas tout envoyé.")
