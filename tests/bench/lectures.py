"""What is read: pages against the bare page, questions against the best SQL written by hand."""

import datetime as dt
from collections.abc import Callable

import psycopg
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from ressources import disponibilite
from ressources.filters import RessourceFilter
from ressources.models import Ressource
from tests.bench.outils import base, chronometrer, ligne
from tests.bench.semer import ORDINAIRE, RARE, fenetre


def _requete(aujourdhui: dt.date, jour: dt.timedelta) -> str:
    debut = aujourdhui + jour
    return f"du={debut}&au={debut + dt.timedelta(days=2)}"


@override_settings(ROOT_URLCONF="tests.bench.urls")
def pages(taille: int, aujourdhui: dt.date) -> list[dict]:
    client = Client()
    ressource = Ressource.objects.order_by("pk").first()
    adresses = {
        "page nue": "/nue/",
        "catalogue": "/ressources/",
        "catalogue, mot-clé": "/ressources/?q=chaudron",
        "catalogue, jour ordinaire": f"/ressources/?{_requete(aujourdhui, ORDINAIRE)}",
        "catalogue, jour rare": f"/ressources/?{_requete(aujourdhui, RARE)}",
        "page d’une ressource, avec son mois": ressource.get_absolute_url(),
        "organismes": "/organisations/",
    }

    def lire(chemin: str) -> Callable[[], None]:
        def agir() -> None:
            reponse = client.get(chemin)
            assert reponse.status_code == 200, (chemin, reponse.status_code)

        return agir

    cas = {nom: lire(chemin) for nom, chemin in adresses.items()}
    temps = chronometrer(cas)
    lignes = []
    for nom in list(cas)[1:]:
        with CaptureQueriesContext(connection) as requetes:
            cas[nom]()
        lignes.append(
            ligne(
                taille,
                nom,
                temps[nom] / temps["page nue"],
                "× page nue",
                ms=round(temps[nom] * 1000, 1),
                requetes=len(requetes),
            )
        )
    return lignes


# ------------------------------------------------------------------ by hand

LIBRE = """
SELECT r.quantite - coalesce(max(n), 0) FROM ressources_ressource r LEFT JOIN LATERAL (
  SELECT sum(d) OVER (ORDER BY t, d) n FROM (
    SELECT greatest(lower(tenue), %(debut)s) t, quantite - quantite_rendue d FROM ressources_pret
      WHERE ressource_id = r.id AND etat IN ('accepte', 'remis')
        AND tenue && tstzrange(%(debut)s, %(fin)s)
    UNION ALL
    SELECT upper(tenue), quantite_rendue - quantite FROM ressources_pret
      WHERE ressource_id = r.id AND etat IN ('accepte', 'remis')
        AND tenue && tstzrange(%(debut)s, %(fin)s)
  ) e) x ON true
WHERE r.id = %(id)s GROUP BY r.quantite
"""

# The levels of the month once, then their maximum on each day.
MOIS = """
WITH tenus AS MATERIALIZED (
  SELECT tenue, quantite - quantite_rendue AS n FROM ressources_pret
  WHERE ressource_id = %(id)s AND etat IN ('accepte', 'remis')
    AND tenue && tstzrange(%(debut)s, %(fin)s)
), marches AS MATERIALIZED (
  SELECT tstzrange(t, lead(t) OVER (ORDER BY t)) AS pendant, sum(sum(n)) OVER (ORDER BY t) AS niveau
  FROM (SELECT lower(tenue) AS t, n FROM tenus UNION ALL SELECT upper(tenue), -n FROM tenus) e
  GROUP BY t
), fermees AS MATERIALIZED (
  SELECT periode FROM ressources_fermeture
  WHERE ressource_id = %(id)s AND periode && tstzrange(%(debut)s, %(fin)s)
)
SELECT j, coalesce(max(m.niveau), 0), EXISTS (SELECT FROM fermees f WHERE f.periode && x.jour)
FROM generate_series(%(debut)s, %(fin)s - interval '1 day', interval '1 day') j
CROSS JOIN LATERAL (SELECT tstzrange(j, j + interval '1 day') AS jour) x
LEFT JOIN marches m ON m.pendant && x.jour
GROUP BY j, x.jour ORDER BY j
"""

# The counts, then 24 listings: from the loans themselves, on the tables of the portal.
TAUX = """
WITH prises AS MATERIALIZED (
  SELECT DISTINCT p.ressource_id FROM ressources_pret p
  JOIN ressources_ressource r ON r.id = p.ressource_id
  WHERE p.etat IN ('accepte', 'remis') AND (
    p.tenue && tstzrange(%(debut)s, %(fin)s::timestamptz + r.battement * interval '1 minute')
    AND p.quantite - p.quantite_rendue >= r.quantite
    OR p.etat = 'remis' AND upper(p.periode) <= now())
  UNION
  SELECT ressource_id FROM ressources_fermeture WHERE periode && tstzrange(%(debut)s, %(fin)s)
)
SELECT r.sorte, r.categorie, r.territoire_id, r.cout, count(*)
FROM ressources_ressource r JOIN organisations_organisation o ON o.id = r.organisation_id
WHERE r.etat = 'publiee' AND o.etat = 'publiee' AND r.unite <> 'sans'
  AND NOT EXISTS (SELECT FROM prises x WHERE x.ressource_id = r.id)
GROUP BY 1, 2, 3, 4
"""


def questions(taille: int, aujourdhui: dt.date) -> list[dict]:
    """How many are free, the month, and the counts of the catalogue's page by dates."""
    ressource = Ressource.objects.order_by("pk")[4]
    debut, fin = fenetre(aujourdhui, ORDINAIRE)
    mois = (aujourdhui.replace(day=1) + dt.timedelta(days=40)).replace(day=1)
    valeurs = {"id": ressource.pk, "debut": debut, "fin": fin}
    du_mois = {
        "id": ressource.pk,
        "debut": disponibilite.minuit(mois),
        "fin": disponibilite.minuit((mois + dt.timedelta(days=40)).replace(day=1)),
    }
    with psycopg.connect(base(), autocommit=True) as nue:

        def main(ordre: str, valeurs: dict) -> Callable[[], None]:
            return lambda: nue.execute(ordre, valeurs).fetchall() and None

        cas: dict[str, Callable[[], object]] = {
            "libre, SQL": main(LIBRE, valeurs),
            "libre": lambda: disponibilite.libre(ressource, debut, fin),
            "mois, SQL": main(MOIS, du_mois),
            "mois": lambda: disponibilite.mois(ressource, mois.year, mois.month),
        }
        for jour, ecart in (("ordinaire", ORDINAIRE), ("rare", RARE)):
            periode = fenetre(aujourdhui, ecart)
            bornes = {"debut": periode[0], "fin": periode[1]}
            cas[f"{jour}, SQL"] = main(TAUX, bornes)
            cas[jour] = lambda periode=periode: disponibilite.comptes(periode)
        temps = chronometrer(cas)
    return [
        ligne(
            taille,
            nom,
            temps[cle] / temps[f"{cle}, SQL"],
            "× SQL",
            ms=round(temps[cle] * 1000, 1),
            sql_ms=round(temps[f"{cle}, SQL"] * 1000, 1),
        )
        for cle, nom in (
            ("libre", "quantité libre d’une ressource"),
            ("mois", "mois d’une ressource"),
            ("ordinaire", "comptes du catalogue, jour ordinaire"),
            ("rare", "comptes du catalogue, jour rare"),
        )
    ]


def facettes_vraies(aujourdhui: dt.date) -> None:
    """The page's counts are those of the definition."""
    for ecart in (ORDINAIRE, RARE):
        periode = fenetre(aujourdhui, ecart)
        libres = Ressource.objects.publiees().libres(*periode)
        assert disponibilite.comptes(periode) == RessourceFilter._compter(libres)
