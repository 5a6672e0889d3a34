"""Seeds a network of a given size by SQL: listings, loans, an ordinary day and a scarce one."""

import datetime as dt

from django.db import connection

from ressources.disponibilite import minuit
from tests import fabriques

ORGANISATIONS = 40
PRETS_PAR_RESSOURCE = 5
# On the scarce day, two listings in a hundred are free.
RARE = dt.timedelta(days=60)
ORDINAIRE = dt.timedelta(days=30)

RESSOURCES = """
INSERT INTO ressources_ressource (organisation_id, sorte, categorie, titre, slug, resume,
  description, unite, quantite, usure, a_savoir, cout, cout_detail,
  conditions_remise, conditions_retour, conditions_bris, territoire_id, adresse, delai_jours,
  licence, version, lien, etat, publiee_le, modifiee_le, creee_le)
SELECT (%(organisations)s::bigint[])[1 + n %% %(nombre)s], 'equipement',
  (ARRAY['chaudrons-marmites', 'tables-chaises', 'sonorisation', 'vehicules'])[1 + n %% 4],
  (ARRAY['Chaudron', 'Table pliante', 'Micro', 'Remorque'])[1 + n %% 4] || ' numéro ' || n,
  'banc-' || n, 'Une ressource du banc d''essai.', 'Elle sert à mesurer.', 'jour', 1 + n %% 5,
  '', '', CASE WHEN n %% 3 = 0 THEN 'tarif' ELSE 'gratuit' END,
  CASE WHEN n %% 3 = 0 THEN '5 $' ELSE '' END,
  '', '', '', (%(territoires)s::bigint[])[1 + n %% %(nombre)s], '', 0, '', '', '', 'publiee',
  now() - n * interval '1 minute', now(), now()
FROM generate_series(1, %(taille)s) n
"""

# Loans one after the other, 12 days apart, in the states of a year.
PRETS = """
INSERT INTO ressources_pret (ressource_id, preteur_id, emprunteur_id, jeton, quantite, periode, but,
  etat, demande_le, accepte_le, remis_le, rendu_le, clos_le, conditions)
SELECT r.id, r.organisation_id, %(emprunteur)s, gen_random_uuid(), r.quantite,
  tstzrange(debut, debut + interval '2 days'), 'banc', d.etat, now(),
  now(), d.fini, d.fini, d.fini, '{}'
FROM ressources_ressource r, generate_series(1, %(prets)s) k,
  LATERAL (SELECT %(origine)s::timestamptz + (k * 12 - 48 + r.id %% 10) * interval '1 day' AS debut,
                  CASE WHEN k <= 3 THEN 'clos' ELSE 'accepte' END AS etat,
                  CASE WHEN k <= 3 THEN now() END AS fini) d
WHERE r.organisation_id <> %(emprunteur)s
"""

JOUR_RARE = """
INSERT INTO ressources_pret (ressource_id, preteur_id, emprunteur_id, jeton, quantite, periode, but,
  etat, demande_le, accepte_le, conditions)
SELECT r.id, r.organisation_id, %(emprunteur)s, gen_random_uuid(), r.quantite,
  tstzrange(%(rare)s, %(rare)s::timestamptz + interval '3 days'), 'banc', 'accepte', now(),
  now(), '{}'
FROM ressources_ressource r WHERE r.organisation_id <> %(emprunteur)s AND r.id %% 50 <> 0
"""


def semer(taille: int, origine: dt.date) -> None:
    """`taille` published listings and about six times as many loans. The triggers are off: this is
    the bench's own database, and the seed keeps the rule by construction."""
    table = fabriques.table()
    organisations = [fabriques.organisation(table=table) for _ in range(ORGANISATIONS)]
    emprunteur = fabriques.organisation(table=table)
    valeurs = {
        "organisations": [o.pk for o in organisations],
        "territoires": [o.territoire_id for o in organisations],
        "nombre": ORGANISATIONS,
        "taille": taille,
        "prets": PRETS_PAR_RESSOURCE,
        "emprunteur": emprunteur.pk,
        "origine": minuit(origine),
        "rare": minuit(origine + RARE),
    }
    with connection.cursor() as curseur:
        curseur.execute("SET session_replication_role = replica")
        for ordre in (RESSOURCES, PRETS, JOUR_RARE):
            curseur.execute(ordre, valeurs)
        curseur.execute("SET session_replication_role = origin")
        curseur.execute("VACUUM ANALYZE")
