"""The guarantee: PostgreSQL itself refuses to promise a thing twice, whoever writes.

Free = quantity − peak of what is held at one instant (domaine.md). The functions below are the
one definition of « held » and of « peak »: the triggers, the pages and the calendar all call them.

How it holds at every isolation level: before it counts, a write takes the listing's row of
`ressources_garde` by changing it. Writers on one listing queue up there; one whose snapshot is
older than the change gets a serialization failure at REPEATABLE READ and above, and at READ
COMMITTED counts again with what was committed meanwhile. Writers on different listings never wait
for each other. See docs/decisions/0003-garantie.md.
"""

import pgtrigger

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

# Giving back, shortening, cancelling: always allowed. Everything else is counted.
PRET_TENU = pgtrigger.Trigger(
    name="stock",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("etat", "periode", "quantite", "ressource_id"),
    declare=[("tenue", "tstzrange"), ("avant", "tstzrange")],
    func="""
      tenue := pret_tenue(NEW.etat, NEW.periode, now());
      IF tenue IS NULL THEN RETURN NEW; END IF;
      IF TG_OP = 'UPDATE' AND NEW.etat = OLD.etat AND NEW.ressource_id = OLD.ressource_id THEN
        avant := pret_tenue(OLD.etat, OLD.periode, now());
        IF NEW.quantite <= OLD.quantite AND tenue <@ avant THEN RETURN NEW; END IF;
      END IF;
      PERFORM ressource_garantir(NEW.ressource_id, tenue, NULL);
      RETURN NEW;
    """,
)

# A loan is between a listing that can be lent, its organisation, and another one.
PRET_PARTIES = pgtrigger.Trigger(
    name="parties",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("ressource_id", "preteur_id"),
    func="""
      IF NOT EXISTS (
        SELECT FROM ressources_ressource r
        WHERE r.id = NEW.ressource_id AND r.organisation_id = NEW.preteur_id AND r.unite <> 'sans'
      ) THEN
        RAISE EXCEPTION 'ce prêt ne vient pas de l’organisme qui offre la ressource'
          USING ERRCODE = '23514', CONSTRAINT = 'pret_parties', TABLE = 'ressources_pret';
      END IF;
      RETURN NEW;
    """,
)

# The stock never goes below what is promised from now on.
STOCK_BAISSE = pgtrigger.Trigger(
    name="stock_promis",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("quantite"),
    condition=pgtrigger.Q(new__quantite__lt=pgtrigger.F("old__quantite")),
    func="""
      PERFORM ressource_garantir(NEW.id, tstzrange(now(), NULL), NEW.quantite);
      RETURN NEW;
    """,
)
