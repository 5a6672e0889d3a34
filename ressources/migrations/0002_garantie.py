"""The functions of the guarantee, as they first stood (now in 0004_garantie)."""

from django.db import migrations

# What a loan holds: its period; a loan handed over and past its end holds on until returned.
TENUE = """
CREATE FUNCTION pret_tenue(etat text, periode tstzrange, maintenant timestamptz)
RETURNS tstzrange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN etat = 'remis' AND upper(periode) <= maintenant THEN tstzrange(lower(periode), NULL)
    WHEN etat IN ('accepte', 'remis') THEN periode
  END
$$
"""

# The peak of what is held at one instant of a window, by listing. Releases are counted before
# claims at the same instant: periods are half-open. Written once, for some listings and for all.
_PICS = """
CREATE FUNCTION {nom}
RETURNS TABLE (ressource_id bigint, pic integer) LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH tenus AS MATERIALIZED (
    SELECT p.ressource_id, p.quantite AS n, pret_tenue(p.etat, p.periode, maintenant) AS tenue
    FROM ressources_pret p
    WHERE {ou} p.etat IN ('accepte', 'remis')
      AND (p.periode && fenetre
           OR p.etat = 'remis' AND upper(p.periode) <= maintenant
              AND (upper(fenetre) IS NULL OR lower(p.periode) < upper(fenetre)))
  ), niveaux AS (
    SELECT e.ressource_id,
           sum(e.n) OVER (PARTITION BY e.ressource_id ORDER BY e.instant, e.n) AS niveau
    FROM (
      SELECT t.ressource_id, greatest(lower(t.tenue), lower(fenetre)) AS instant, t.n FROM tenus t
      UNION ALL
      SELECT t.ressource_id, upper(t.tenue), -t.n FROM tenus t
      WHERE upper(t.tenue) IS NOT NULL
    ) e
  )
  SELECT n.ressource_id, max(n.niveau)::integer FROM niveaux n GROUP BY n.ressource_id
$$
"""
PICS_DE = _PICS.format(
    nom="ressources_pics_de(ids bigint[], fenetre tstzrange, maintenant timestamptz)",
    ou="p.ressource_id = ANY (ids) AND",
)
PICS = _PICS.format(nom="ressources_pics(fenetre tstzrange, maintenant timestamptz)", ou="")

# Called by the triggers: takes the listing's turn, then counts.
GARANTIR = """
CREATE FUNCTION ressource_garantir(id bigint, fenetre tstzrange, stock integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE tenu integer;
BEGIN
  INSERT INTO ressources_garde (ressource_id, tour) VALUES (id, 1)
    ON CONFLICT (ressource_id) DO UPDATE SET tour = ressources_garde.tour + 1;
  IF stock IS NULL THEN
    SELECT r.quantite INTO stock FROM ressources_ressource r WHERE r.id = ressource_garantir.id;
  END IF;
  SELECT pic INTO tenu FROM ressources_pics_de(ARRAY[id], fenetre, now());
  IF tenu > stock THEN
    RAISE EXCEPTION 'ressource % : % tenus pour un stock de %', id, tenu, stock
      USING ERRCODE = '23P01', CONSTRAINT = 'ressource_stock', TABLE = 'ressources_pret',
            HINT = (tenu - stock)::text;
  END IF;
END
$$
"""

FONCTIONS = [TENUE, PICS_DE, PICS, GARANTIR]
RETRAIT = [
    "DROP FUNCTION ressource_garantir",
    "DROP FUNCTION ressources_pics",
    "DROP FUNCTION ressources_pics_de",
    "DROP FUNCTION pret_tenue",
]


class Migration(migrations.Migration):
    dependencies = [("ressources", "0001_initial")]
    operations = [migrations.RunSQL(FONCTIONS, RETRAIT)]
