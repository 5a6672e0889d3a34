"""`make bench`: what grows, at several sizes, as ratios to a floor measured in the same run.

Pages against the bare page (`urls.page_nue`), questions and verbs against hand-written SQL by bare
psycopg. Medians of alternating runs, in this process. Never a test: machines are noisy.

    python -m tests.bench.mesurer [sizes…]        DATABASE_URL names a server it may fill
"""

import datetime as dt
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualisation.settings")
os.environ |= {"DEMO": "1", "STATIQUES_SIMPLES": "1", "SANS_RESERVE": "1"}

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    override_settings,
    setup_test_environment,
)
from django.utils import timezone  # noqa: E402

from organisations.models import Organisation  # noqa: E402
from ressources import disponibilite, prets  # noqa: E402
from ressources.models import Pret, Ressource  # noqa: E402
from tests import fabriques  # noqa: E402
from tests.bench.semer import ORDINAIRE, RARE, semer  # noqa: E402

TAILLES = (200, 2_000, 20_000)
TOURS = 15


def chronometrer(cas: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each case, in alternating runs; the first turn warms up."""
    temps: dict[str, list[float]] = {nom: [] for nom in cas}
    for tour in range(TOURS + 1):
        for nom, agir in cas.items():
            debut = time.perf_counter()
            agir()
            if tour:
                temps[nom].append(time.perf_counter() - debut)
    return {nom: statistics.median(t) for nom, t in temps.items()}


def ligne(taille: int, nom: str, plancher: str, duree: float, du_plancher: float, requetes=None):
    rapport = duree / du_plancher
    note = "" if requetes is None else f"{requetes} requêtes"
    print(f"{taille:>7}  {nom:<46} {rapport:>6.1f} × {plancher:<12} {note}", flush=True)
    return {"taille": taille, "cas": nom, "rapport": round(rapport, 2), "plancher": plancher,
            "requetes": requetes}  # fmt: skip


def pages(taille: int, aujourdhui: dt.date) -> list[dict]:
    client = Client()

    def adresse(jour: dt.timedelta) -> str:
        debut = aujourdhui + jour
        return f"/ressources/?du={debut}&au={debut + dt.timedelta(days=2)}"

    ressource = Ressource.objects.order_by("pk").first()
    adresses = {
        "page nue": "/nue/",
        "catalogue": "/ressources/",
        "catalogue, mot-clé": "/ressources/?q=chaudron",
        "catalogue, libre un jour ordinaire": adresse(ORDINAIRE),
        "catalogue, libre un jour rare (2 % libres)": adresse(RARE),
        "page d’une ressource, avec son mois": ressource.get_absolute_url(),
        "organismes": "/organisations/",
    }

    def lire(chemin: str) -> Callable[[], object]:
        def agir():
            reponse = client.get(chemin)
            assert reponse.status_code == 200, (chemin, reponse.status_code)

        return agir

    cas = {nom: lire(chemin) for nom, chemin in adresses.items()}
    temps = chronometrer(cas)
    lignes = []
    for nom in list(cas)[1:]:
        with CaptureQueriesContext(connection) as requetes:
            cas[nom]()
        lignes.append(ligne(taille, nom, "page nue", temps[nom], temps["page nue"], len(requetes)))
    return lignes


LIBRE_SQL = """
SELECT r.quantite - coalesce(max(n), 0) FROM ressources_ressource r LEFT JOIN LATERAL (
  SELECT sum(d) OVER (ORDER BY t, d) n FROM (
    SELECT greatest(lower(periode), %(a)s) t, quantite d FROM ressources_pret
      WHERE ressource_id = r.id AND etat IN ('accepte', 'remis')
        AND periode && tstzrange(%(a)s, %(b)s)
    UNION ALL
    SELECT upper(periode), -quantite FROM ressources_pret
      WHERE ressource_id = r.id AND etat IN ('accepte', 'remis')
        AND periode && tstzrange(%(a)s, %(b)s)
  ) e) x ON true
WHERE r.id = %(id)s GROUP BY r.quantite
"""


def verbes(taille: int, aujourdhui: dt.date) -> list[dict]:
    """The question « how many are free », and accepting, against the same work by hand."""
    ressource = Ressource.objects.select_related("organisation").order_by("pk").first()
    yvon = fabriques.personne("Yvon")
    fabriques.adhesion(yvon, ressource.organisation)
    emprunteur = Organisation.objects.exclude(pk=ressource.organisation_id).first()
    debut = disponibilite.minuit(aujourdhui + dt.timedelta(days=300))
    fin = debut + dt.timedelta(days=2)
    nue = connection.connection

    def a_la_main():
        with nue.cursor() as c:
            c.execute(LIBRE_SQL, {"id": ressource.pk, "a": debut, "b": fin}).fetchone()

    temps = chronometrer(
        {
            "sql": a_la_main,
            "libre": lambda: disponibilite.libre(ressource, debut, fin),
        }
    )
    lignes = [ligne(taille, "quantité libre d’une ressource", "SQL", temps["libre"], temps["sql"])]

    def demande() -> Pret:
        return fabriques.pret(ressource, emprunteur, "demande", debut=debut, fin=fin, quantite=1)

    def accepter(agir: Callable[[Pret], object]) -> float:
        with transaction.atomic():
            pret = demande()
            depart = time.perf_counter()
            agir(pret)
            duree = time.perf_counter() - depart
            transaction.set_rollback(True)
        return duree

    def sql(pret: Pret) -> None:
        """The same writes: lock, check (the trigger), state, timeline. No mail."""
        with nue.cursor() as c:
            c.execute("SELECT etat FROM ressources_pret WHERE id = %s FOR NO KEY UPDATE", [pret.pk])
            c.execute(
                "UPDATE ressources_pret SET etat = 'accepte', accepte_le = now() WHERE id = %s",
                [pret.pk],
            )
            c.execute(
                "INSERT INTO ressources_evenementpret (pret_id, verbe, vers, cote, par_id, le, mot)"
                " VALUES (%s, 'accepter', 'accepte', 'preteur', %s, now(), '')",
                [pret.pk, yvon.pk],
            )

    mesures: dict[str, list[float]] = {"verbe": [], "sql": []}
    for _ in range(TOURS):
        mesures["sql"].append(accepter(sql))
        mesures["verbe"].append(accepter(lambda p: prets.effectuer(p, "accepter", par=yvon)))
    lignes.append(
        ligne(
            taille,
            "accepter un prêt, courriels compris",
            "SQL",
            statistics.median(mesures["verbe"]),
            statistics.median(mesures["sql"]),
        )
    )
    return lignes


def main(tailles: list[int]) -> None:
    setup_test_environment(debug=False)
    aujourdhui = timezone.localdate()
    resultats = []
    print(f"{platform.machine()}, {os.cpu_count()} cœurs, Python {platform.python_version()}")
    for taille in tailles:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            with connection.cursor() as curseur:
                curseur.execute("SHOW server_version")
                version = curseur.fetchone()[0]
            semer(taille, aujourdhui)
            with override_settings(ROOT_URLCONF="tests.bench.urls"):
                resultats += pages(taille, aujourdhui)
            resultats += verbes(taille, aujourdhui)
        finally:
            nom = connection.settings_dict["NAME"].removeprefix("test_")
            connection.creation.destroy_test_db(nom, verbosity=0)
    sortie = Path(os.environ.get("MUTUALISATION_DATA", "var")) / "bench.json"
    sortie.parent.mkdir(parents=True, exist_ok=True)
    sortie.write_text(
        json.dumps({"postgresql": version, "tours": TOURS, "mesures": resultats}, indent=1)
    )
    print(f"PostgreSQL {version}, médianes de {TOURS} tours alternés. Détail : {sortie}")


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or list(TAILLES))
