"""The guarantee: PostgreSQL itself refuses to promise a thing twice, whoever writes.

Free = quantity − peak of what is held at one instant (domaine.md). Held: accepted loans over their
period and their buffer, loans handed over (late ones from their start on, for ever), copies under
repair. Closed is not free at all. A place holds the places it is part of and those it is made of.
The functions below are the one definition of « held », « peak » and « closed »: the triggers, the
pages and the calendar all call them.

How it holds at every isolation level: before it counts, a write takes its turn on the listing, by
changing the listing's row of `ressources_garde` and those of the places inside it, and by sharing
those of the places around it: sisters do not wait for each other, a house and its room do. One
whose snapshot is older than the change gets a serialization failure at REPEATABLE READ and above,
and at READ COMMITTED counts again with what was committed meanwhile. Writers on different listings
never wait for each other. See docs/decisions/0003-garantie.md.
"""

import pgtrigger

# What a loan holds: its period and buffer; handed over and past its end, on until returned.
TENUE = """
CREATE OR REPLACE FUNCTION pret_tenue(
  etat text, periode tstzrange, tenue tstzrange, maintenant timestamptz
) RETURNS tstzrange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN etat = 'remis' AND upper(periode) <= maintenant THEN tstzrange(lower(periode), NULL)
    WHEN etat IN ('accepte', 'remis') THEN tenue
  END
$$
"""

# How many: what is promised, less what is back; once late, what was never collected is free again.
NOMBRE = """
CREATE OR REPLACE FUNCTION pret_nombre(
  etat text, periode tstzrange, quantite integer, remise integer, rendue integer,
  maintenant timestamptz
) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN etat = 'remis' AND upper(periode) <= maintenant THEN remise - rendue
    ELSE quantite - rendue
  END
$$
"""

# For each listing, over a window followed by a buffer (`marge` minutes, or the listing's own): the
# peak of what is held at one instant, and whether it is closed at some instant of the window.
# Releases are counted before claims at the same instant: periods are half-open. A listing that
# nothing holds has no row. Written once, for some listings and for all.
_PICS = """
CREATE OR REPLACE FUNCTION {nom}
RETURNS TABLE (ressource_id bigint, pic integer, ferme boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH directs AS MATERIALIZED (
    SELECT p.ressource_id,
           pret_nombre(p.etat, p.periode, p.quantite, p.quantite_remise, p.quantite_rendue,
                       maintenant) AS n,
           pret_tenue(p.etat, p.periode, p.tenue, maintenant) AS tenue
    FROM ressources_pret p
    WHERE {prets} p.etat IN ('accepte', 'remis')
      AND (p.tenue && tstzrange(lower(fenetre), upper(fenetre) + interval '2 days')
           OR p.etat = 'remis' AND upper(p.periode) <= maintenant)
    UNION ALL
    SELECT e.ressource_id, 1, tstzrange(e.en_reparation_le, NULL)
    FROM ressources_exemplaire e
    WHERE {exemplaires} e.etat = 'en_reparation'
  ), tenus AS (
    SELECT d.ressource_id, d.n, d.tenue FROM directs d
    UNION ALL
    SELECT l.ressource_id, d.n, d.tenue
    FROM directs d JOIN ressources_lignee l ON l.proche_id = d.ressource_id
  ), niveaux AS (
    SELECT e.ressource_id,
           sum(e.n) OVER (PARTITION BY e.ressource_id ORDER BY e.instant, e.n) AS niveau
    FROM (
      SELECT t.ressource_id, greatest(lower(t.tenue), lower(fenetre)) AS instant, t.n
      FROM tenus t JOIN ressources_ressource r ON r.id = t.ressource_id
      WHERE t.tenue && tstzrange(lower(fenetre), upper(fenetre) + {marge} * interval '1 minute')
      UNION ALL
      SELECT t.ressource_id, upper(t.tenue), -t.n
      FROM tenus t JOIN ressources_ressource r ON r.id = t.ressource_id
      WHERE t.tenue && tstzrange(lower(fenetre), upper(fenetre) + {marge} * interval '1 minute')
        AND upper(t.tenue) IS NOT NULL
    ) e
  ), fermetures AS (
    SELECT f.ressource_id FROM ressources_fermeture f WHERE f.periode && fenetre
    UNION
    SELECT l.ressource_id
    FROM ressources_fermeture f JOIN ressources_lignee l ON l.proche_id = f.ressource_id
    WHERE f.periode && fenetre
  )
  SELECT u.ressource_id, max(u.niveau)::integer, bool_or(u.ferme)
  FROM (
    SELECT n.ressource_id, n.niveau, false AS ferme FROM niveaux n
    UNION ALL
    SELECT f.ressource_id, 0, true FROM fermetures f
  ) u
  {ou}
  GROUP BY u.ressource_id
$$
"""
_PARENTE = """{ligne}.ressource_id IN (
      SELECT unnest(ids) UNION ALL
      SELECT l.proche_id FROM ressources_lignee l WHERE l.ressource_id = ANY (ids)
    ) AND"""
PICS_DE = _PICS.format(
    nom="ressources_pics_de("
    "ids bigint[], fenetre tstzrange, maintenant timestamptz, marge integer DEFAULT NULL)",
    marge="coalesce(marge, r.battement)",
    prets=_PARENTE.format(ligne="p"),
    exemplaires=_PARENTE.format(ligne="e"),
    ou="WHERE u.ressource_id = ANY (ids)",
)
PICS = _PICS.format(
    nom="ressources_pics(fenetre tstzrange, maintenant timestamptz)",
    marge="r.battement",
    prets="",
    exemplaires="",
    ou="",
)

# Takes the turn of a listing, always in the order of the keys: nobody waits in a circle. Whoever
# waited may find that the places around or inside it have changed meanwhile: then again. A turn
# that somebody deleted is made anew.
TOUR = """
CREATE OR REPLACE FUNCTION ressource_tour(ressource bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE autour bigint[]; a_elle bigint[]; vus bigint[]; place bigint;
BEGIN
  LOOP
    SELECT array_agg(l.proche_id) FILTER (WHERE l.autour),
           ressource || array_agg(l.proche_id) FILTER (WHERE NOT l.autour)
    INTO autour, a_elle
    FROM (SELECT * FROM ressources_lignee q WHERE q.ressource_id = ressource
          ORDER BY q.proche_id) l;
    EXIT WHEN autour || 0::bigint || a_elle = vus;
    IF vus IS NOT NULL THEN
      -- Taking the others now would be out of order: two writers could wait in a circle.
      RAISE EXCEPTION 'ressource % : les lieux changent au même instant', ressource
        USING ERRCODE = '40001';
    END IF;
    vus := autour || 0::bigint || a_elle;
    FOR place IN SELECT u FROM unnest(autour || a_elle) u ORDER BY 1 LOOP
      IF place = ANY (autour) THEN
        PERFORM 1 FROM ressources_garde g WHERE g.ressource_id = place FOR SHARE;
      ELSE
        UPDATE ressources_garde g SET tour = g.tour + 1 WHERE g.ressource_id = place;
      END IF;
      IF NOT FOUND THEN
        INSERT INTO ressources_garde AS g (ressource_id, tour) VALUES (place, 1)
        ON CONFLICT (ressource_id) DO UPDATE SET tour = g.tour + 1;
      END IF;
    END LOOP;
  END LOOP;
END
$$
"""

# Called by the triggers: takes the listing's turn, then counts. `stock` NULL: the listing's own;
# `marge`: the minutes kept free after the window.
GARANTIR = """
CREATE OR REPLACE FUNCTION ressource_garantir(
  id bigint, fenetre tstzrange, marge integer, stock integer, ouverte boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE tenu integer; fermee boolean;
BEGIN
  PERFORM ressource_tour(id);
  IF stock IS NULL THEN
    SELECT r.quantite INTO stock FROM ressources_ressource r WHERE r.id = ressource_garantir.id;
  END IF;
  SELECT p.pic, p.ferme INTO tenu, fermee
  FROM ressources_pics_de(ARRAY[id], fenetre, now(), marge) p;
  IF ouverte AND fermee THEN
    RAISE EXCEPTION 'ressource % : fermée pendant %', id, fenetre
      USING ERRCODE = '23P01', CONSTRAINT = 'ressource_fermee', TABLE = 'ressources_pret';
  END IF;
  IF tenu > stock THEN
    RAISE EXCEPTION 'ressource % : % tenus pour un stock de %', id, tenu, stock
      USING ERRCODE = '23P01', CONSTRAINT = 'ressource_stock', TABLE = 'ressources_pret',
            HINT = (tenu - stock)::text;
  END IF;
END
$$
"""

# A hand-over promises nothing new: what must be true is that the thing is here. What is out now,
# late or not, here, around and inside, and what is under repair, are not here.
PRESENTE = """
CREATE OR REPLACE FUNCTION ressource_presente(id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE absents integer; stock integer;
BEGIN
  PERFORM ressource_tour(id);
  SELECT r.quantite INTO stock FROM ressources_ressource r WHERE r.id = ressource_presente.id;
  SELECT coalesce(sum(a.n), 0) INTO absents FROM (
    SELECT ressource_presente.id AS place UNION ALL
    SELECT l.proche_id FROM ressources_lignee l WHERE l.ressource_id = ressource_presente.id
  ) lieux, LATERAL (
    SELECT p.quantite_remise - p.quantite_rendue AS n FROM ressources_pret p
    WHERE p.ressource_id = lieux.place AND p.etat = 'remis'
    UNION ALL
    SELECT 1 FROM ressources_exemplaire e
    WHERE e.ressource_id = lieux.place AND e.etat = 'en_reparation'
  ) a;
  IF absents > stock THEN
    RAISE EXCEPTION 'ressource % : % absents pour un stock de %', id, absents, stock
      USING ERRCODE = '23P01', CONSTRAINT = 'ressource_stock', TABLE = 'ressources_pret',
            HINT = (absents - stock)::text;
  END IF;
END
$$
"""

# A period of a loan: bounded, half-open, by quarters of an hour, of a year that people live in.
PERIODE = """
CREATE OR REPLACE FUNCTION periode_juste(periode tstzrange) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT NOT isempty(periode) AND lower_inc(periode) AND NOT upper_inc(periode)
    AND NOT lower_inf(periode) AND NOT upper_inf(periode)
    AND lower(periode) >= '2000-01-01 00:00+00' AND upper(periode) < '2200-01-01 00:00+00'
    AND extract(epoch FROM lower(periode)) % 900 = 0
    AND extract(epoch FROM upper(periode)) % 900 = 0
$$
"""

FONCTIONS = [PERIODE, TENUE, NOMBRE, PICS_DE, PICS, TOUR, GARANTIR, PRESENTE]
RETRAIT = [
    "DROP FUNCTION ressource_presente(bigint)",
    "DROP FUNCTION ressource_garantir(bigint, tstzrange, integer, integer, boolean)",
    "DROP FUNCTION ressource_tour(bigint)",
    "DROP FUNCTION ressources_pics(tstzrange, timestamptz)",
    "DROP FUNCTION ressources_pics_de(bigint[], tstzrange, timestamptz, integer)",
    "DROP FUNCTION pret_nombre(text, tstzrange, integer, integer, integer, timestamptz)",
    "DROP FUNCTION pret_tenue(text, tstzrange, tstzrange, timestamptz)",
    "DROP FUNCTION periode_juste(tstzrange)",
]


# ------------------------------------------------------------------ on loans

_PARTIES = """
      IF NOT EXISTS (
        SELECT FROM ressources_ressource r
        WHERE r.id = NEW.ressource_id AND r.organisation_id = NEW.preteur_id AND r.unite <> 'sans'
      ) THEN
        RAISE EXCEPTION 'ce prêt ne vient pas de l’organisme qui offre la ressource'
          USING ERRCODE = '23514', CONSTRAINT = 'pret_parties', TABLE = 'ressources_pret';
      END IF;"""

# The buffer is the listing's of today, whoever writes, until the loan is accepted; then when it
# lasts longer or moves to another listing. Shortened, it keeps the one it was promised with.
PRET_BATTEMENT = pgtrigger.Trigger(
    name="battement",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("etat", "periode", "ressource_id", "battement", "tenue"),
    func="""
      IF TG_OP = 'INSERT' OR OLD.etat IN ('demande', 'propose')
         OR NEW.ressource_id <> OLD.ressource_id OR upper(NEW.periode) > upper(OLD.periode) THEN
        SELECT r.battement INTO NEW.battement
        FROM ressources_ressource r WHERE r.id = NEW.ressource_id;
      ELSE
        NEW.battement := OLD.battement;
      END IF;
      NEW.tenue := tstzrange(lower(NEW.periode),
                             upper(NEW.periode) + NEW.battement * interval '1 minute');
      RETURN NEW;
    """,
)

# Only what is held more than before is counted: giving back, shortening, cancelling are always
# allowed, and what lateness upset elsewhere is no reason to refuse. A late loan held everything
# and was promised nothing: extended, it is counted from now on like a new one.
PRET_TENU = pgtrigger.Trigger(
    name="stock",
    when=pgtrigger.After,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf(
        "etat", "periode", "quantite", "quantite_remise", "quantite_rendue", "ressource_id"
    ),
    declare=[
        ("tenue", "tstzrange"),
        ("deja", "tstzmultirange = '{}'"),
        ("sortis", "integer = 0"),
        ("partie", "tstzrange"),
    ],
    func=f"""
      tenue := pret_tenue(NEW.etat, NEW.periode, NEW.periode, now());
      IF tenue IS NULL THEN RETURN NEW; END IF;
      IF TG_OP = 'UPDATE' THEN
        IF OLD.etat IN ('accepte', 'remis') AND NEW.ressource_id = OLD.ressource_id THEN
          IF pret_nombre(NEW.etat, NEW.periode, NEW.quantite, NEW.quantite_remise,
                         NEW.quantite_rendue, now())
             <= pret_nombre(OLD.etat, OLD.periode, OLD.quantite, OLD.quantite_remise,
                            OLD.quantite_rendue, now()) THEN
            deja := tstzmultirange(pret_tenue(OLD.etat, OLD.periode, OLD.periode, now()));
            IF upper(tenue) IS NOT NULL AND upper_inf(deja) THEN
              deja := tstzmultirange(tstzrange(lower(OLD.periode), now()));
            END IF;
          END IF;
          IF OLD.etat = 'remis' THEN
            sortis := OLD.quantite_remise - OLD.quantite_rendue;
          END IF;
        END IF;
      END IF;
      FOR partie IN SELECT unnest(tstzmultirange(tenue) - deja) LOOP
        PERFORM ressource_garantir(
          NEW.ressource_id, partie, NEW.battement, NULL, upper(tenue) IS NOT NULL
        );
      END LOOP;
      IF NEW.etat = 'remis' AND NEW.quantite_remise - NEW.quantite_rendue > sortis THEN
        PERFORM ressource_presente(NEW.ressource_id);
      END IF;
      IF TG_OP = 'INSERT' OR NEW.etat <> OLD.etat THEN {_PARTIES} END IF;
      RETURN NEW;
    """,
)

# A loan is between a listing that can be lent, its organisation, and another one; what was asked
# together is between the same two.
PRET_PARTIES = pgtrigger.Trigger(
    name="parties",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("ressource_id", "preteur_id", "emprunteur_id", "demande_id"),
    func=f"""
      {_PARTIES}
      IF NEW.demande_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM ressources_demande d WHERE d.id = NEW.demande_id
          AND d.preteur_id = NEW.preteur_id AND d.emprunteur_id = NEW.emprunteur_id
      ) THEN
        RAISE EXCEPTION 'ce prêt n’est pas entre les organismes de la demande'
          USING ERRCODE = '23514', CONSTRAINT = 'pret_demande', TABLE = 'ressources_pret';
      END IF;
      RETURN NEW;
    """,
)

# The numbered copies that are out are part of what the loan has out, and of its own listing.
PRET_EXEMPLAIRES = pgtrigger.Trigger(
    name="exemplaires",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("etat", "ressource_id", "quantite_remise", "quantite_rendue"),
    condition=pgtrigger.Condition(
        "OLD.etat = 'remis' AND (NEW.etat <> 'remis' OR NEW.ressource_id <> OLD.ressource_id"
        " OR NEW.quantite_remise - NEW.quantite_rendue"
        " < OLD.quantite_remise - OLD.quantite_rendue)"
    ),
    func="""
      PERFORM ressource_tour(OLD.ressource_id);
      IF (SELECT count(*) FROM ressources_pretexemplaire x
          WHERE x.pret_id = NEW.id AND x.rendu_le IS NULL)
         > (CASE WHEN NEW.etat = 'remis' AND NEW.ressource_id = OLD.ressource_id
                 THEN NEW.quantite_remise - NEW.quantite_rendue ELSE 0 END) THEN
        RAISE EXCEPTION 'prêt % : un exemplaire est encore sorti', NEW.id
          USING ERRCODE = '23514', CONSTRAINT = 'pret_exemplaires_revenus',
                TABLE = 'ressources_pret';
      END IF;
      RETURN NEW;
    """,
)

# ------------------------------------------------------------------ on listings

# Each listing has its turn from the start.
GARDE = pgtrigger.Trigger(
    name="garde",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    func="""
      INSERT INTO ressources_garde (ressource_id, tour) VALUES (NEW.id, 0);
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
      PERFORM ressource_garantir(NEW.id, tstzrange(now(), NULL), NULL, NEW.quantite, false);
      IF (SELECT count(*) FROM ressources_exemplaire e
          WHERE e.ressource_id = NEW.id AND e.etat <> 'retire') > NEW.quantite THEN
        RAISE EXCEPTION 'ressource % : plus d’exemplaires que le stock', NEW.id
          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_dans_le_stock',
                TABLE = 'ressources_exemplaire';
      END IF;
      RETURN NEW;
    """,
)

# A listing with loans that are not finished stays its organisation's, and something that is lent.
RESSOURCE_PROMISE = pgtrigger.Trigger(
    name="promise",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("organisation_id", "unite"),
    condition=pgtrigger.Condition(
        "NEW.organisation_id <> OLD.organisation_id OR NEW.unite = 'sans' AND OLD.unite <> 'sans'"
    ),
    func="""
      PERFORM ressource_tour(NEW.id);
      IF EXISTS (
        SELECT FROM ressources_pret p WHERE p.ressource_id = NEW.id
          AND p.etat IN ('demande', 'propose', 'accepte', 'remis', 'rendu')
      ) THEN
        RAISE EXCEPTION 'ressource % : des prêts sont en cours', NEW.id
          USING ERRCODE = '23514', CONSTRAINT = 'ressource_promise',
                TABLE = 'ressources_ressource';
      END IF;
      RETURN NEW;
    """,
)

# A listing that goes takes its turn and its places along.
RESSOURCE_PARTIE = pgtrigger.Trigger(
    name="partie",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func="""
      DELETE FROM ressources_lignee WHERE ressource_id = OLD.id OR proche_id = OLD.id;
      DELETE FROM ressources_garde WHERE ressource_id = OLD.id;
      RETURN OLD;
    """,
)

# The pairs of places are written by the triggers on listings, and by nobody else.
LIGNEE_GARDEE = pgtrigger.Trigger(
    name="gardee",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
      IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'la lignée suit « partie_de » : elle ne s’écrit pas'
          USING ERRCODE = '23514', CONSTRAINT = 'lignee_gardee', TABLE = 'ressources_lignee';
      END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      RETURN NEW;
    """,
)
LIGNEE_VIDEE = pgtrigger.Trigger(
    name="videe",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Truncate,
    func="""
      IF EXISTS (SELECT FROM ressources_ressource WHERE partie_de_id IS NOT NULL) THEN
        RAISE EXCEPTION 'la lignée suit « partie_de » : elle ne se vide pas seule'
          USING ERRCODE = '23514', CONSTRAINT = 'lignee_gardee', TABLE = 'ressources_lignee';
      END IF;
      RETURN NULL;
    """,
)

# A place inside another: of the same organisation, never inside itself, six levels at most. The
# pairs « place, place around or inside it » are written here and nowhere else; what is already
# promised must still hold once they conflict. Whoever waited for its turn and finds the places
# moved meanwhile starts again: that race is too rare for more.
EMBOITEMENT = pgtrigger.Trigger(
    name="emboitement",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("partie_de_id", "organisation_id", "sorte"),
    declare=[
        ("membre", "bigint"),
        ("dedans", "bigint[]"),
        ("autour_de", "bigint[]"),
        ("avant", "bigint[]"),
    ],
    func="""
      IF TG_OP = 'INSERT' AND NEW.partie_de_id IS NULL THEN RETURN NEW; END IF;
      IF TG_OP = 'UPDATE' AND NEW.partie_de_id IS NULL AND OLD.partie_de_id IS NULL
         AND NOT EXISTS (SELECT FROM ressources_lignee WHERE ressource_id = NEW.id) THEN
        RETURN NEW;
      END IF;
      LOOP
        WITH RECURSIVE parents (id, rang) AS (
          SELECT NEW.partie_de_id, 1 WHERE NEW.partie_de_id IS NOT NULL
          UNION ALL
          SELECT r.partie_de_id, p.rang + 1 FROM parents p
          JOIN ressources_ressource r ON r.id = p.id
          WHERE r.partie_de_id IS NOT NULL AND p.rang < 6
        ) SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO autour_de FROM parents;
        SELECT NEW.id || array_agg(l.proche_id ORDER BY l.proche_id) INTO dedans
        FROM ressources_lignee l WHERE l.ressource_id = NEW.id AND NOT l.autour;
        EXIT WHEN autour_de || 0::bigint || dedans = avant;
        IF avant IS NOT NULL THEN
          RAISE EXCEPTION 'ressource % : les lieux changent au même instant', NEW.id
            USING ERRCODE = '40001';
        END IF;
        avant := autour_de || 0::bigint || dedans;
        IF autour_de && dedans
           OR cardinality(autour_de) + (
             SELECT coalesce(max(n), 0) FROM (
               SELECT count(*) AS n FROM ressources_lignee l
               WHERE l.ressource_id = ANY (dedans) AND l.autour AND l.proche_id = ANY (dedans)
               GROUP BY l.ressource_id
             ) profondeurs
           ) > 5
           OR EXISTS (
             SELECT FROM ressources_ressource r
             WHERE r.id = ANY (autour_de || dedans) AND cardinality(autour_de || dedans) > 1
               AND (r.sorte <> 'local' OR r.organisation_id <> NEW.organisation_id)
           ) THEN
          RAISE EXCEPTION 'ressource % : emboîtement impossible', NEW.id
            USING ERRCODE = '23514', CONSTRAINT = 'ressource_emboitement',
                  TABLE = 'ressources_ressource';
        END IF;
        FOREACH membre IN ARRAY (
          SELECT array_agg(i ORDER BY i) FROM unnest(autour_de || dedans) i
        ) LOOP
          UPDATE ressources_garde SET tour = tour + 1 WHERE ressource_id = membre;
        END LOOP;
      END LOOP;
      DELETE FROM ressources_lignee
      WHERE ressource_id = ANY (dedans) AND autour AND NOT proche_id = ANY (dedans)
         OR proche_id = ANY (dedans) AND NOT autour AND NOT ressource_id = ANY (dedans);
      INSERT INTO ressources_lignee (ressource_id, proche_id, autour)
      SELECT d, a, true FROM unnest(dedans) d, unnest(autour_de) a
      UNION ALL
      SELECT a, d, false FROM unnest(dedans) d, unnest(autour_de) a;
      IF EXISTS (
        WITH tenus AS (
          SELECT p.ressource_id, pret_tenue(p.etat, p.periode, p.tenue, now()) AS tenue, false AS f
          FROM ressources_pret p
          WHERE p.ressource_id = ANY (autour_de || dedans) AND p.etat IN ('accepte', 'remis')
          UNION ALL
          SELECT e.ressource_id, tstzrange(e.en_reparation_le, NULL), false
          FROM ressources_exemplaire e
          WHERE e.ressource_id = ANY (autour_de || dedans) AND e.etat = 'en_reparation'
          UNION ALL
          SELECT c.ressource_id, c.periode, true FROM ressources_fermeture c
          WHERE c.ressource_id = ANY (autour_de || dedans)
        )
        SELECT FROM tenus t JOIN tenus u
          ON t.tenue * u.tenue && tstzrange(now(), NULL) AND NOT (t.f AND u.f)
        WHERE t.ressource_id = ANY (dedans) AND u.ressource_id = ANY (autour_de)
      ) THEN
        RAISE EXCEPTION 'ressource % : des réservations se contrediraient', NEW.id
          USING ERRCODE = '23P01', CONSTRAINT = 'ressource_stock', TABLE = 'ressources_pret',
                HINT = '1';
      END IF;
      RETURN NEW;
    """,
)

# ------------------------------------------------------------------ on closures and copies

# Nothing accepted lies in a closure. What is late already is a fact, and no reason to refuse.
FERMETURE = pgtrigger.Trigger(
    name="ouverte",
    when=pgtrigger.Before,  # before the exclusion constraint: two at once wait, never in a circle
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("periode", "ressource_id"),
    declare=[("promis", "integer")],
    func="""
      PERFORM ressource_tour(NEW.ressource_id);
      SELECT count(*) INTO promis FROM ressources_pret p
      WHERE p.ressource_id IN (
          SELECT NEW.ressource_id UNION ALL
          SELECT l.proche_id FROM ressources_lignee l WHERE l.ressource_id = NEW.ressource_id
        ) AND p.etat IN ('accepte', 'remis') AND p.periode && NEW.periode;
      IF promis > 0 THEN
        RAISE EXCEPTION 'ressource % : % prêts acceptés pendant la fermeture',
          NEW.ressource_id, promis
          USING ERRCODE = '23P01', CONSTRAINT = 'ressource_fermee', TABLE = 'ressources_fermeture',
                HINT = promis::text;
      END IF;
      RETURN NEW;
    """,
)

# A copy under repair leaves the stock: refused while what is left would not cover the promises.
EXEMPLAIRE_STOCK = pgtrigger.Trigger(
    name="stock",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("etat", "ressource_id", "en_reparation_le"),
    func="""
      PERFORM ressource_tour(NEW.ressource_id);
      IF (NEW.etat <> 'en_service'
          OR TG_OP = 'UPDATE' AND NEW.ressource_id <> OLD.ressource_id) AND EXISTS (
        SELECT FROM ressources_pretexemplaire x
        WHERE x.exemplaire_id = NEW.id AND x.rendu_le IS NULL
      ) THEN
        RAISE EXCEPTION 'exemplaire % : il est sorti', NEW.id
          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_dehors',
                TABLE = 'ressources_exemplaire';
      END IF;
      IF (SELECT count(*) FROM ressources_exemplaire e
          WHERE e.ressource_id = NEW.ressource_id AND e.etat <> 'retire')
         > (SELECT r.quantite FROM ressources_ressource r WHERE r.id = NEW.ressource_id) THEN
        RAISE EXCEPTION 'ressource % : plus d’exemplaires que le stock', NEW.ressource_id
          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_dans_le_stock',
                TABLE = 'ressources_exemplaire';
      END IF;
      IF NEW.etat = 'en_reparation' THEN
        PERFORM ressource_garantir(NEW.ressource_id, tstzrange(now(), NULL), NULL, NULL, false);
      END IF;
      RETURN NEW;
    """,
)

# A copy goes out with a loan of its own listing that is handed over, when it is in service.
EXEMPLAIRE_SORTI = pgtrigger.Trigger(
    name="sorti",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("pret_id", "exemplaire_id", "rendu_le"),
    func="""
      PERFORM ressource_tour(e.ressource_id) FROM ressources_exemplaire e
      WHERE e.id = NEW.exemplaire_id;
      IF NEW.rendu_le IS NULL AND NOT EXISTS (
        SELECT FROM ressources_exemplaire e JOIN ressources_pret p
          ON p.ressource_id = e.ressource_id
        WHERE e.id = NEW.exemplaire_id AND e.etat = 'en_service'
          AND p.id = NEW.pret_id AND p.etat = 'remis'
          AND (SELECT count(*) FROM ressources_pretexemplaire x
               WHERE x.pret_id = p.id AND x.rendu_le IS NULL AND x.id IS DISTINCT FROM NEW.id)
              < p.quantite_remise - p.quantite_rendue
      ) THEN
        RAISE EXCEPTION 'exemplaire % : il ne peut pas sortir avec le prêt %',
          NEW.exemplaire_id, NEW.pret_id
          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_de_sa_ressource',
                TABLE = 'ressources_pretexemplaire';
      END IF;
      RETURN NEW;
    """,
)
