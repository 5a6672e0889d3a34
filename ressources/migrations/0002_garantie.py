"""The functions of the guarantee (see ressources/garantie.py)."""

from django.db import migrations

from ressources.garantie import FONCTIONS, RETRAIT


class Migration(migrations.Migration):
    dependencies = [("ressources", "0001_initial")]
    operations = [migrations.RunSQL(FONCTIONS, RETRAIT)]
