"""When each listing is free, written down: what makes a search by dates cheap in a large network.

`ressources_libre` and `ressources_pris` keep, for each listing, the periods one may ask for and
those one may not. They are made from `garantie.py`'s definitions and decide nothing. What is
written may be behind: each change leaves the listing's key in `ressources_perime`, in its own
transaction, and from then on that listing is counted exactly, until the worker has written it down
again. So an answer is always true; being behind only makes it slower. Nobody waits for anybody:
keys are added, never changed. `ressources_compte` counts what is on line by steps of +1 and −1, in
the same way. See docs/decisions/0008-creneaux.md.
"""

import pgtrigger

# Whose written periods are no longer true at this instant: they, and the places around or inside.
PERIMEES = """
CREATE FUNCTION ressources_perimees(maintenant timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT p.ressource_id FROM ressources_perime p WHERE p.des <= maintenant
  UNION
  SELECT l.ressource_id FROM ressources_perime p JOIN ressources_lignee l
    ON l.proche_id = p.ressource_id
  WHERE p.des <= maintenant
$$
"""

# The periods of some listings. For a quantity above `plus_que` and up to `jusqua`, the listing is
# free over a window that lies within one `libre` period, and is not over one that meets another.
CRENEAUX_DE = """
CREATE FUNCTION ressources_creneaux_de(ids bigint[], maintenant timestamptz)
RETURNS TABLE (ressource_id bigint, libre boolean, plus_que integer, jusqua integer,
               periode tstzrange)
LANGUAGE sql STABLE AS $$
  WITH offertes AS MATERIALIZED (
    SELECT r.id, r.quantite, r.battement * interval '1 minute' AS battement
    FROM ressources_ressource r WHERE r.id = ANY (ids) AND r.unite <> 'sans'
  ), lieux AS MATERIALIZED (
    SELECT o.id, o.id AS place FROM offertes o
    UNION ALL
    SELECT o.id, l.proche_id FROM offertes o JOIN ressources_lignee l ON l.ressource_id = o.id
  ), tenus AS MATERIALIZED (
    SELECT x.id, pret_tenue(p.etat, p.periode, p.tenue, maintenant) AS tenue,
           pret_nombre(p.etat, p.periode, p.quantite, p.quantite_remise, p.quantite_rendue,
                       maintenant) AS n
    FROM lieux x JOIN ressources_pret p ON p.ressource_id = x.place
    WHERE p.etat IN ('accepte', 'remis')
    UNION ALL
    SELECT x.id, tstzrange(e.en_reparation_le, NULL), 1
    FROM offertes x JOIN ressources_exemplaire e ON e.ressource_id = x.id
    WHERE e.etat = 'en_reparation'
  ), instants AS (
    SELECT i.id, i.t, sum(i.n) AS n
    FROM (
      SELECT o.id, '-infinity'::timestamptz AS t, 0 AS n FROM offertes o
      UNION ALL
      SELECT t.id, lower(t.tenue), t.n FROM tenus t
      UNION ALL
      SELECT t.id, upper(t.tenue), -t.n FROM tenus t WHERE upper(t.tenue) IS NOT NULL
    ) i GROUP BY i.id, i.t
  ), marches AS MATERIALIZED (
    SELECT i.id, tstzrange(i.t, lead(i.t, 1, 'infinity') OVER duree) AS pendant,
           (o.quantite - sum(i.n) OVER duree)::integer AS reste
    FROM instants i JOIN offertes o ON o.id = i.id
    WINDOW duree AS (PARTITION BY i.id ORDER BY i.t)
  ), niveaux AS (
    SELECT v.id, lag(v.reste, 1, 0) OVER (PARTITION BY v.id ORDER BY v.reste) AS plus_que,
           v.reste AS jusqua
    FROM (
      SELECT m.id, m.reste FROM marches m WHERE m.reste > 0
      UNION
      SELECT o.id, o.quantite FROM offertes o
    ) v
  ), assez AS (
    SELECT n.id, n.plus_que, n.jusqua,
           coalesce(range_agg(m.pendant) FILTER (WHERE m.reste >= n.jusqua), '{}') AS quand
    FROM niveaux n JOIN marches m ON m.id = n.id GROUP BY n.id, n.plus_que, n.jusqua
  ), fermees AS (
    SELECT x.id, range_agg(f.periode) AS quand
    FROM lieux x JOIN ressources_fermeture f ON f.ressource_id = x.place GROUP BY x.id
  ), possibles AS (
    SELECT a.id, a.plus_que, a.jusqua,
           coalesce((SELECT range_agg(tstzrange(lower(q), upper(q) - o.battement))
                     FROM unnest(a.quand) q WHERE lower(q) < upper(q) - o.battement), '{}')
           - coalesce(f.quand, '{}') AS quand
    FROM assez a JOIN offertes o ON o.id = a.id LEFT JOIN fermees f ON f.id = a.id
  )
  SELECT p.id, true, p.plus_que, p.jusqua, q FROM possibles p, unnest(p.quand) q
  UNION ALL
  SELECT p.id, false, p.plus_que, p.jusqua, q
  FROM possibles p, unnest('{[-infinity,infinity)}'::tstzmultirange - p.quand) q
$$
"""

# Where a listing is counted, once on line; empty otherwise.
GROUPE = """
CREATE FUNCTION ressource_groupe(r ressources_ressource) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN r.etat = 'publiee' THEN
    concat_ws('|', r.organisation_id, r.sorte, r.categorie, r.territoire_id, r.cout) ELSE '' END
$$
"""

# Of those counted exactly, the ones of which less than `combien` stay free over the window.
PERIMEES_PRISES = """
CREATE FUNCTION ressources_perimees_prises(
  fenetre tstzrange, combien integer, maintenant timestamptz
) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT r.id
  FROM ressources_pics_de(ARRAY(SELECT ressources_perimees(maintenant)), fenetre, maintenant) p
  JOIN ressources_ressource r ON r.id = p.ressource_id
  WHERE r.unite <> 'sans' AND r.quantite >= combien AND (p.ferme OR r.quantite - p.pic < combien)
$$
"""

# Of all, those of which `combien` stay free over the window, and the others that have as many.
LIBRES = """
CREATE FUNCTION ressources_libres(fenetre tstzrange, combien integer, maintenant timestamptz)
RETURNS TABLE (ressource_id bigint, groupe text) LANGUAGE sql STABLE AS $$
  SELECT c.ressource_id, c.groupe FROM ressources_libre c
  WHERE c.periode @> fenetre AND c.plus_que < combien AND c.jusqua >= combien
    AND c.ressource_id NOT IN (SELECT ressources_perimees(maintenant))
  UNION ALL
  SELECT r.id, ressource_groupe(r)
  FROM ressources_perimees(maintenant) x (id) JOIN ressources_ressource r ON r.id = x.id
  WHERE r.unite <> 'sans' AND r.quantite >= combien
    AND r.id NOT IN (SELECT ressources_perimees_prises(fenetre, combien, maintenant))
$$
"""
PRISES = """
CREATE FUNCTION ressources_prises(fenetre tstzrange, combien integer, maintenant timestamptz)
RETURNS TABLE (ressource_id bigint, groupe text) LANGUAGE sql STABLE AS $$
  SELECT DISTINCT c.ressource_id, c.groupe FROM ressources_pris c
  WHERE c.periode && fenetre AND c.plus_que < combien AND c.jusqua >= combien
    AND c.ressource_id NOT IN (SELECT ressources_perimees(maintenant))
  UNION ALL
  SELECT r.id, ressource_groupe(r)
  FROM ressources_perimees_prises(fenetre, combien, maintenant) x (id)
  JOIN ressources_ressource r ON r.id = x.id
$$
"""

# Whether fewer listings are free than taken: a guess of the planner, which only decides the way.
RARE = """
CREATE FUNCTION ressources_rare(fenetre tstzrange) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE libres json; prises json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM ressources_libre'
                 ' WHERE plus_que < 1 AND periode @> %L::tstzrange', fenetre) INTO libres;
  EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM ressources_pris'
                 ' WHERE plus_que < 1 AND periode && %L::tstzrange', fenetre)
    INTO prises;
  RETURN (libres #>> '{0,Plan,Plan Rows}')::float < (prises #>> '{0,Plan,Plan Rows}')::float;
END
$$
"""

# What is on line, by kind, category, territory and cost; over a window, what is free of it. Counts
# what is rare: the free on a day when everything is taken, otherwise the taken.
COMPTES = """
CREATE FUNCTION ressources_comptes(fenetre tstzrange, maintenant timestamptz)
RETURNS TABLE (sorte text, categorie text, territoire_id bigint, cout text, nombre bigint)
LANGUAGE plpgsql AS $$
BEGIN
  IF fenetre IS NOT NULL AND ressources_rare(fenetre) THEN
    RETURN QUERY
      SELECT split_part(x.groupe, '|', 2), split_part(x.groupe, '|', 3),
             split_part(x.groupe, '|', 4)::bigint, split_part(x.groupe, '|', 5), sum(x.n)::bigint
      FROM (SELECT l.groupe, count(*) AS n FROM ressources_libres(fenetre, 1, maintenant) l
            WHERE l.groupe <> '' GROUP BY l.groupe) x
      JOIN organisations_organisation o
        ON o.id = split_part(x.groupe, '|', 1)::bigint AND o.etat = 'publiee'
      GROUP BY 1, 2, 3, 4;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT c.sorte, c.categorie, c.territoire_id, c.cout, sum(c.n)::bigint
    FROM (
      SELECT k.sorte::text, k.categorie::text, k.territoire_id, k.cout::text, k.nombre
      FROM ressources_compte k WHERE fenetre IS NULL OR k.sorte <> 'savoir'
      UNION ALL
      SELECT r.sorte, r.categorie, r.territoire_id, r.cout, -1
      FROM organisations_organisation o JOIN ressources_ressource r ON r.organisation_id = o.id
      WHERE o.etat <> 'publiee' AND r.etat = 'publiee'
        AND (fenetre IS NULL OR r.sorte <> 'savoir')
      UNION ALL
      SELECT split_part(x.groupe, '|', 2), split_part(x.groupe, '|', 3),
             split_part(x.groupe, '|', 4)::bigint, split_part(x.groupe, '|', 5), -x.n
      FROM (SELECT p.groupe, count(*) AS n FROM ressources_prises(fenetre, 1, maintenant) p
            WHERE fenetre IS NOT NULL AND p.groupe <> '' GROUP BY p.groupe) x
      JOIN organisations_organisation o
        ON o.id = split_part(x.groupe, '|', 1)::bigint AND o.etat = 'publiee'
    ) c (sorte, categorie, territoire_id, cout, n)
    GROUP BY 1, 2, 3, 4 HAVING sum(c.n) > 0;
END
$$
"""

# The worker's: writes down again what is out of date, and adds up the counts. How many it took.
RANGER = """
CREATE FUNCTION ressources_ranger(combien integer, maintenant timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE nombre bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ressources_ranger'));
  WITH sortis AS (
    DELETE FROM ressources_perime p WHERE p.id IN (
      SELECT q.id FROM ressources_perime q WHERE q.des <= maintenant ORDER BY q.id LIMIT combien
    ) RETURNING p.ressource_id
  ), ids AS MATERIALIZED (
    SELECT s.ressource_id AS id FROM sortis s
    UNION
    SELECT l.ressource_id FROM sortis s JOIN ressources_lignee l ON l.proche_id = s.ressource_id
  ), creneaux AS MATERIALIZED (
    SELECT * FROM ressources_creneaux_de(ARRAY(SELECT id FROM ids), maintenant)
  ), rangees AS MATERIALIZED (
    SELECT r.id, ressource_groupe(r) AS groupe FROM ressources_ressource r
    WHERE r.id IN (SELECT id FROM ids)
  ), plus_libres AS (
    DELETE FROM ressources_libre c WHERE c.ressource_id IN (SELECT id FROM ids)
  ), plus_pris AS (
    DELETE FROM ressources_pris c WHERE c.ressource_id IN (SELECT id FROM ids)
  ), libres AS (
    INSERT INTO ressources_libre (ressource_id, plus_que, jusqua, periode, groupe)
    SELECT c.ressource_id, c.plus_que, c.jusqua, c.periode, r.groupe
    FROM creneaux c JOIN rangees r ON r.id = c.ressource_id WHERE c.libre
  ), pris AS (
    INSERT INTO ressources_pris (ressource_id, plus_que, jusqua, periode, groupe)
    SELECT c.ressource_id, c.plus_que, c.jusqua, c.periode, r.groupe
    FROM creneaux c JOIN rangees r ON r.id = c.ressource_id WHERE NOT c.libre
  ) SELECT count(*) INTO nombre FROM sortis;
  WITH vieux AS (
    DELETE FROM ressources_compte k RETURNING k.sorte, k.categorie, k.territoire_id, k.cout,
                                              k.nombre
  ) INSERT INTO ressources_compte (sorte, categorie, territoire_id, cout, nombre)
  SELECT v.sorte, v.categorie, v.territoire_id, v.cout, sum(v.nombre) FROM vieux v
  GROUP BY 1, 2, 3, 4 HAVING sum(v.nombre) <> 0;
  RETURN nombre;
END
$$
"""

FONCTIONS = [PERIMEES, GROUPE, PERIMEES_PRISES, LIBRES, PRISES, RARE, COMPTES, CRENEAUX_DE, RANGER]
RETRAIT = [
    "DROP FUNCTION ressources_ranger(integer, timestamptz)",
    "DROP FUNCTION ressources_comptes(tstzrange, timestamptz)",
    "DROP FUNCTION ressources_rare(tstzrange)",
    "DROP FUNCTION ressources_prises(tstzrange, integer, timestamptz)",
    "DROP FUNCTION ressources_libres(tstzrange, integer, timestamptz)",
    "DROP FUNCTION ressources_creneaux_de(bigint[], timestamptz)",
    "DROP FUNCTION ressources_perimees_prises(tstzrange, integer, timestamptz)",
    "DROP FUNCTION ressource_groupe(ressources_ressource)",
    "DROP FUNCTION ressources_perimees(timestamptz)",
]

# What already exists: everything is to be written down, and counted.
REMPLIR = """
INSERT INTO ressources_perime (ressource_id, des)
  SELECT id, '-infinity' FROM ressources_ressource;
INSERT INTO ressources_compte (sorte, categorie, territoire_id, cout, nombre)
  SELECT sorte, categorie, territoire_id, cout, count(*) FROM ressources_ressource
  WHERE etat = 'publiee' GROUP BY 1, 2, 3, 4;
"""

# ------------------------------------------------------------------ what puts it out of date

# A loan handed over will change what it holds at its end, without being written: said in advance.
PRET_PERIME = pgtrigger.Trigger(
    name="perime",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
      INSERT INTO ressources_perime (ressource_id, des)
      SELECT OLD.ressource_id, '-infinity'::timestamptz WHERE OLD.etat IN ('accepte', 'remis')
      UNION
      SELECT NEW.ressource_id, '-infinity'::timestamptz WHERE NEW.etat IN ('accepte', 'remis')
      UNION
      SELECT NEW.ressource_id, upper(NEW.periode) WHERE NEW.etat = 'remis';
      RETURN NULL;
    """,
)


def _perime(operation, cle: str = "ressource_id") -> pgtrigger.Trigger:
    """A row of this table says something of the listing it names."""
    return pgtrigger.Trigger(
        name="perime",
        when=pgtrigger.After,
        operation=operation,
        func=f"""
          INSERT INTO ressources_perime (ressource_id, des)
          SELECT x.id, '-infinity' FROM (SELECT OLD.{cle} UNION SELECT NEW.{cle}) x (id)
          WHERE x.id IS NOT NULL;
          RETURN NULL;
        """,
    )


_TOUT = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
FERMETURE_PERIME = _perime(_TOUT)
LIGNEE_PERIME = _perime(_TOUT)
EXEMPLAIRE_PERIME = _perime(
    pgtrigger.Insert
    | pgtrigger.UpdateOf("etat", "en_reparation_le", "ressource_id")
    | pgtrigger.Delete
)
RESSOURCE_PERIME = _perime(
    pgtrigger.Insert
    | pgtrigger.UpdateOf(
        "quantite",
        "battement",
        "unite",
        "etat",
        "organisation_id",
        "sorte",
        "categorie",
        "territoire_id",
        "cout",
    )
    | pgtrigger.Delete,
    "id",
)

# What is on line, up and down.
RESSOURCE_COMPTEE = pgtrigger.Trigger(
    name="comptee",
    when=pgtrigger.After,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("etat", "sorte", "categorie", "territoire_id", "cout")
    | pgtrigger.Delete,
    func="""
      INSERT INTO ressources_compte (sorte, categorie, territoire_id, cout, nombre)
      SELECT x.sorte, x.categorie, x.territoire_id, x.cout, sum(x.n) FROM (
        SELECT OLD.sorte, OLD.categorie, OLD.territoire_id, OLD.cout, -1
        WHERE OLD.etat = 'publiee'
        UNION ALL
        SELECT NEW.sorte, NEW.categorie, NEW.territoire_id, NEW.cout, 1
        WHERE NEW.etat = 'publiee'
      ) x (sorte, categorie, territoire_id, cout, n)
      GROUP BY 1, 2, 3, 4 HAVING sum(x.n) <> 0;
      RETURN NULL;
    """,
)
