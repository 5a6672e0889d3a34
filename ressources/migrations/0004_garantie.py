"""The functions of the guarantee, with buffers, closures, copies and places (ressources/garantie.py).

The next change of these functions freezes this text here, as 0002 did.
"""

from django.db import migrations

from ressources.garantie import FONCTIONS, RETRAIT

ANCIENNES = [
    "DROP FUNCTION ressource_garantir(bigint, tstzrange, integer)",
    "DROP FUNCTION ressources_pics(tstzrange, timestamptz)",
    "DROP FUNCTION ressources_pics_de(bigint[], tstzrange, timestamptz)",
    "DROP FUNCTION pret_tenue(text, tstzrange, timestamptz)",
]


class Migration(migrations.Migration):
    dependencies = [("ressources", "0003_preter_complet")]
    operations = [
        migrations.RunSQL(ANCIENNES, migrations.RunSQL.noop),
        migrations.RunSQL(FONCTIONS, RETRAIT),
    ]
