"""What is written: accepting a loan through the verb against the same work written by hand, and
clients that accept at the same time. In real transactions: each one is committed."""

import datetime as dt
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from itertools import count

import psycopg
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from organisations.models import Organisation, Personne
from ressources import disponibilite, prets
from ressources.models import Pret, Ressource
from tests import fabriques
from tests.bench.outils import base, chronometrer, ligne

CLIENTS, PAR_CLIENT = 8, 12
TOURS_CLIENTS = int(os.environ.get("CLIENTS_TOURS", "3"))
_rangs = count()


def _parties(ressource: Ressource) -> tuple[Personne, Organisation]:
    """Somebody who lends it, and an organisation of two people that asks for it."""
    par = ressource.organisation.personnes.first()
    if par is None:
        par = fabriques.personne("Yvon")
        fabriques.adhesion(par, ressource.organisation)
    emprunteur = Organisation.objects.exclude(pk=ressource.organisation_id).latest("pk")
    if not emprunteur.personnes.exists():
        for prenom in ("Mireille", "Luc"):
            fabriques.adhesion(fabriques.personne(prenom), emprunteur)
    return par, emprunteur


def _demandes(ressource: Ressource, emprunteur: Organisation, nombre: int) -> list[Pret]:
    """Each on days of its own, after everything that is seeded."""

    def une() -> Pret:
        jour = timezone.localdate() + dt.timedelta(days=300 + next(_rangs))
        periode = disponibilite.minuit(jour), disponibilite.minuit(jour + dt.timedelta(days=1))
        return Pret(
            ressource=ressource,
            preteur=ressource.organisation,
            emprunteur=emprunteur,
            quantite=1,
            periode=periode,
            but="banc",
        )

    return Pret.objects.bulk_create(une() for _ in range(nombre))


# The same work: the lock, the right, who is told, the state (and the database's own guard), the
# line of the timeline, one job for each letter. The letter's words are an f-string.
VERROU = """
SELECT p.etat, p.quantite, p.periode, p.preteur_id, p.emprunteur_id, r.titre, r.etat, a.nom, b.nom
FROM ressources_pret p JOIN ressources_ressource r ON r.id = p.ressource_id
JOIN organisations_organisation a ON a.id = p.preteur_id
JOIN organisations_organisation b ON b.id = p.emprunteur_id
WHERE p.id = %s FOR NO KEY UPDATE OF p
"""
DROIT = """
SELECT role FROM organisations_adhesion
WHERE personne_id = %s AND organisation_id = %s AND etat = 'active'
"""
LECTEURS = """
SELECT p.prenom, p.courriel, p.langue FROM organisations_personne p
JOIN organisations_adhesion a ON a.personne_id = p.id
WHERE a.organisation_id = %s AND a.etat = 'active' AND p.is_active
"""
ACCEPTER = """
UPDATE ressources_pret SET etat = 'accepte', accepte_le = now(), conditions = %s WHERE id = %s
"""
ENTENTE = """
INSERT INTO ressources_entente (pret_id, genre, version, donnees, faite_le)
VALUES (%s, 'pret-a-usage', 1, %s, now())
"""
EVENEMENT = """
INSERT INTO ressources_evenementpret (pret_id, verbe, vers, cote, par_id, le, mot)
VALUES (%s, 'accepter', 'accepte', 'preteur', %s, now(), '')
"""
INVITATION = "QkVHSU46VkNBTEVOREFS" * 60  # as long as the real one
TACHES = """
SELECT procrastinate_defer_jobs_v1(ARRAY(
  SELECT ROW('courriels', 'envoyer_courriel', 0, NULL, NULL, m, NULL)::procrastinate_job_to_defer_v1
  FROM unnest(%s::jsonb[]) m))
"""


def accepter_a_la_main(nue: psycopg.Connection, pret: int, par: int) -> None:
    with nue.transaction():
        (_etat, nombre, periode, preteur, emprunteur, titre, _en_ligne, a, b) = nue.execute(
            VERROU, [pret]
        ).fetchone()  # type: ignore[misc]
        assert nue.execute(DROIT, [par, preteur]).fetchone()
        conditions = json.dumps({"titre": titre, "cout": "gratuit"})
        nue.execute(ENTENTE, [pret, conditions])
        nue.execute(ACCEPTER, [conditions, pret])
        nue.execute(EVENEMENT, [pret, par])
        lettres = [
            json.dumps(
                {
                    "message": {
                        "sujet": f"C’est accepté : {titre}",
                        "corps": f"Bonjour {prenom},\n\nYvon ({a}) a accepté votre demande. C’est "
                        f"réservé pour vous.\n\n- Quoi : {nombre} × {titre}\n- Quand : {periode}"
                        f"\n- Prêteur : {a}\n- Emprunteur : {b}\n\nConvenez du moment dans la "
                        f"conversation du prêt.\n\nVoir le prêt :\nhttp://localhost/prets/{pret}/",
                        "a": [courriel],
                        "langue": langue,
                        "pieces": [["invitation.ics", INVITATION, "text/calendar"]],
                    }
                }
            )
            for prenom, courriel, langue in nue.execute(LECTEURS, [emprunteur]).fetchall()
        ]
        nue.execute(TACHES, [lettres])


@override_settings(EMAIL_BACKEND="organisations.courrier.FileDeCourriels")
def verbes(taille: int, _aujourdhui: dt.date) -> list[dict]:
    ressource = Ressource.objects.select_related("organisation").order_by("pk")[3]
    par, emprunteur = _parties(ressource)

    def mesure(agir: Callable[[Pret], object]) -> Callable[[], float]:
        def un() -> float:
            (pret,) = _demandes(ressource, emprunteur, 1)
            debut = time.perf_counter()
            agir(pret)
            return time.perf_counter() - debut

        return un

    with psycopg.connect(base(), autocommit=True) as nue:
        temps = chronometrer(
            {
                "sql": mesure(lambda p: accepter_a_la_main(nue, p.pk, par.pk)),
                "verbe": mesure(lambda p: prets.effectuer(p, "accepter", par=par)),
            }
        )
    return [
        ligne(
            taille,
            "accepter un prêt, deux lettres comprises",
            temps["verbe"] / temps["sql"],
            "× SQL",
            ms=round(temps["verbe"] * 1000, 1),
            sql_ms=round(temps["sql"] * 1000, 1),
        )
    ]


# ------------------------------------------------------------------ at the same time


def _client(travail: list[tuple[int, int]], depart, fini) -> None:
    """One process: accepts its loans one after the other, as fast as it can."""
    prets_et_par = [
        (Pret.objects.get(pk=pret), Personne.objects.get(pk=par)) for pret, par in travail
    ]
    depart.wait()
    debut = time.perf_counter()
    for pret, par in prets_et_par:
        prets.effectuer(pret, "accepter", par=par)
    fini.put((debut, time.perf_counter()))
    connections.close_all()


def _debit(travaux: list[list[tuple[int, int]]]) -> float:
    """Loans accepted per second by so many clients. One that fails makes the bench fail."""
    connections.close_all()  # a connection is never shared with a child
    processus = multiprocessing.get_context("fork")
    depart, fini = processus.Barrier(len(travaux)), processus.Queue()
    clients = [processus.Process(target=_client, args=(t, depart, fini)) for t in travaux]
    for client in clients:
        client.start()
    bornes = [fini.get(timeout=300) for _ in clients]
    for client in clients:
        client.join()
    return sum(map(len, travaux)) / (max(b for _, b in bornes) - min(a for a, _ in bornes))


@override_settings(EMAIL_BACKEND="organisations.courrier.FileDeCourriels")
def clients(taille: int, _aujourdhui: dt.date) -> list[dict]:
    toutes = list(
        Ressource.objects.filter(sorte="equipement")
        .select_related("organisation")
        .order_by("pk")[10 : 10 + CLIENTS]
    )

    def travail(ressource: Ressource) -> list[tuple[int, int]]:
        par, emprunteur = _parties(ressource)
        return [(p.pk, par.pk) for p in _demandes(ressource, emprunteur, PAR_CLIENT)]

    debits: dict[str, list[float]] = {"un": [], "différentes": [], "même": []}
    for _ in range(TOURS_CLIENTS):
        debits["un"].append(_debit([travail(toutes[0])]))
        debits["différentes"].append(_debit([travail(r) for r in toutes]))
        debits["même"].append(_debit([travail(toutes[0]) for _ in range(CLIENTS)]))
    un, autres, meme = (statistics.median(d) for d in debits.values())
    return [
        ligne(taille, "huit clients, ressources différentes", autres / un, "× un client",
              par_s=round(autres), un_client=round(un)),
        ligne(taille, "huit clients, même ressource", meme / un, "× un client",
              par_s=round(meme), un_client=round(un)),
    ]  # fmt: skip
