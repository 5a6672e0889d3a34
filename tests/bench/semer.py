"""Seeds a network of a given size by SQL: listings, loans, an ordinary day and a scarce one."""

import datetime as dt

from django.db import connection

from ressources import disponibilite
from ressources.creneaux import REMPLIR
from tests import fabriques

ORGANISATIONS = 60
PASSES, A_VENIR = 6, 4  # loans of each listing
# Twelve listings in a hundred are taken over three ordinary days; on the scarce ones, two in a
# hundred are free.
ORDINAIRE, RARE = dt.timedelta(days=25), dt.timedelta(days=45)

# Equipment, and one place in ten by the hour; some things keep a day free after each loan.
RESSOURCES = """
INSERT INTO ressources_ressource (organisation_id, sorte, categorie, titre, slug, resume,
  description, unite, quantite, usure, a_savoir, cout, cout_detail, battement,
  conditions_remise, conditions_retour, conditions_bris, territoire_id, adresse, delai_jours,
  ferme_feries, acceptation, accessoires, licence, version, lien, etat, publiee_le, modifiee_le,
  creee_le)
SELECT (%(organisations)s::bigint[])[1 + n %% %(nombre)s],
  CASE WHEN n %% 10 = 0 THEN 'local' ELSE 'equipement' END,
  CASE WHEN n %% 10 = 0 THEN 'salle-reunion' ELSE
  (ARRAY['chaudrons-marmites', 'tables-chaises', 'sonorisation', 'vehicules'])[1 + n %% 4] END,
  (ARRAY['Chaudron', 'Table pliante', 'Micro', 'Remorque'])[1 + n %% 4] || ' numéro ' || n,
  'banc-' || n, 'Une ressource du banc d''essai.', 'Elle sert à mesurer.',
  CASE WHEN n %% 10 = 0 THEN 'heure' ELSE 'jour' END,
  CASE WHEN n %% 10 = 0 THEN 1 ELSE 1 + n %% 5 END,
  '', '', CASE WHEN n %% 3 = 0 THEN 'tarif' ELSE 'gratuit' END,
  CASE WHEN n %% 3 = 0 THEN '5 $' ELSE '' END, CASE WHEN n %% 11 = 0 THEN 1440 ELSE 0 END,
  '', '', '', (%(territoires)s::bigint[])[1 + n %% %(nombre)s], '', 0, false, 'demander', '',
  '', '', '', 'publiee', now() - n * interval '1 minute', now(), now()
FROM generate_series(1, %(taille)s) n
"""
GARDES = "INSERT INTO ressources_garde SELECT id, 0 FROM ressources_ressource"

# Loans in the states of a year, never two at once; one listing in fifty has something out, one in
# two hundred of them late. The whole stock each time.
PRETS = """
INSERT INTO ressources_pret (ressource_id, preteur_id, emprunteur_id, jeton, quantite, periode,
  battement, tenue, but, etat, demande_le, accepte_le, remis_le, rendu_le, clos_le,
  quantite_remise, quantite_rendue, conditions)
SELECT r.id, r.organisation_id, %(emprunteur)s, gen_random_uuid(), r.quantite,
  tstzrange(d.debut, d.fin), r.battement,
  tstzrange(d.debut, d.fin + r.battement * interval '1 minute'), 'banc', d.etat, now(), now(),
  CASE WHEN d.etat <> 'accepte' THEN now() END, CASE WHEN d.etat = 'clos' THEN now() END,
  CASE WHEN d.etat = 'clos' THEN now() END, CASE WHEN d.etat = 'accepte' THEN 0 ELSE r.quantite END,
  CASE WHEN d.etat = 'clos' THEN r.quantite ELSE 0 END, '{}'
FROM ressources_ressource r, LATERAL (
  SELECT 'clos' AS etat, jour - k * interval '20 days' AS debut,
         jour - k * interval '20 days' + interval '2 days' AS fin
  FROM generate_series(1, %(passes)s) k
  UNION ALL
  SELECT 'accepte', jour + a, jour + a + interval '2 days'
  FROM generate_series(1, %(a_venir)s) k,
       LATERAL (SELECT ((k - 1) * 50 + 1 + r.id * 7 %% 40) * interval '1 day' AS a) x
  UNION ALL
  SELECT 'remis', jour - interval '3 days',
         jour - CASE WHEN r.id %% 200 = 1 THEN interval '1 day' ELSE interval '-1 day' END
  WHERE r.id %% 50 = 1
  UNION ALL
  SELECT 'accepte', %(rare)s, %(rare)s::timestamptz + interval '3 days' WHERE r.id %% 50 <> 0
) d
WHERE r.organisation_id <> %(emprunteur)s
""".replace("jour ", "%(origine)s::timestamptz ")

# One listing in a hundred is closed for a week.
FERMETURES = """
INSERT INTO ressources_fermeture (ressource_id, periode, motif)
SELECT id, tstzrange(%(origine)s::timestamptz + interval '95 days',
                     %(origine)s::timestamptz + interval '102 days'), 'Inventaire'
FROM ressources_ressource WHERE id %% 100 = 3
"""

# The answers written down, against the definition.
ECART = """
WITH definition AS (
  SELECT r.id FROM ressources_ressource r
  LEFT JOIN ressources_pics(tstzrange(%(debut)s, %(fin)s), now()) p ON p.ressource_id = r.id
  WHERE p.ferme IS NOT TRUE AND r.quantite - coalesce(p.pic, 0) >= 1
), ecrit AS (
  SELECT ressource_id AS id FROM ressources_libres(tstzrange(%(debut)s, %(fin)s), 1, now())
)
SELECT (SELECT count(*) FROM ecrit),
       (SELECT count(*) FROM ecrit FULL JOIN definition USING (id)
        WHERE ecrit.id IS NULL OR definition.id IS NULL)
"""


def fenetre(origine: dt.date, jour: dt.timedelta) -> tuple[dt.datetime, dt.datetime]:
    """Three days."""
    debut = origine + jour
    return disponibilite.minuit(debut), disponibilite.minuit(debut + dt.timedelta(days=3))


def semer(taille: int, origine: dt.date) -> None:
    """`taille` published listings and about eleven times as many loans. The triggers are off: this
    is the bench's own database, the seed keeps the rule by construction, and what is derived is
    then written down by the worker's own function, and verified."""
    table = fabriques.table()
    organisations = [fabriques.organisation(table=table) for _ in range(ORGANISATIONS)]
    emprunteur = fabriques.organisation(table=table)
    valeurs = {
        "organisations": [o.pk for o in organisations],
        "territoires": [o.territoire_id for o in organisations],
        "nombre": ORGANISATIONS,
        "taille": taille,
        "passes": PASSES,
        "a_venir": A_VENIR,
        "emprunteur": emprunteur.pk,
        "origine": disponibilite.minuit(origine),
        "rare": disponibilite.minuit(origine + RARE),
    }
    with connection.cursor() as curseur:
        curseur.execute("SET session_replication_role = replica")
        for ordre in (RESSOURCES, GARDES, PRETS, FERMETURES):
            curseur.execute(ordre, valeurs if "%(" in ordre else None)
        curseur.execute("SET session_replication_role = origin")
        curseur.execute("ANALYZE")
        curseur.execute(REMPLIR)
        disponibilite.ranger(5_000)
        curseur.execute("VACUUM ANALYZE")
        for jour, part in ((ORDINAIRE, 0.88), (RARE, 0.02)):
            debut, fin = fenetre(origine, jour)
            curseur.execute(ECART, {"debut": debut, "fin": fin})
            libres, ecart = curseur.fetchone()
            if ecart:
                raise SystemExit(f"{ecart} ressources : ce qui est écrit n’est pas ce qui est.")
            print(f"{taille:>7}  {libres / taille:.1%} libres du {debut:%Y-%m-%d} ({part:.0%})")
