"""What the database must know before any table: extensions, the French search, the sorting key.

The first migration begins with SOCLE.
"""

from django.contrib.postgres.operations import (
    BtreeGistExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations

FRANCAIS = """
CREATE TEXT SEARCH CONFIGURATION fr (COPY = french);
ALTER TEXT SEARCH CONFIGURATION fr
  ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
"""

# unaccent() is only STABLE: naming its dictionary makes the result depend on the text alone.
CLE = """
CREATE FUNCTION f_cle(texte text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(public.unaccent('public.unaccent'::regdictionary, texte))
"""

SOCLE = [
    UnaccentExtension(),
    TrigramExtension(),
    BtreeGistExtension(),
    migrations.RunSQL(FRANCAIS, "DROP TEXT SEARCH CONFIGURATION fr"),
    migrations.RunSQL(CLE, "DROP FUNCTION f_cle"),
]
