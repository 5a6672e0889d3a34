"""The 17 administrative regions of Québec (Institut de la statistique du Québec, code géographique)."""

from django.db import migrations
from django.utils.text import slugify

REGIONS = {
    "01": "Bas-Saint-Laurent",
    "02": "Saguenay–Lac-Saint-Jean",
    "03": "Capitale-Nationale",
    "04": "Mauricie",
    "05": "Estrie",
    "06": "Montréal",
    "07": "Outaouais",
    "08": "Abitibi-Témiscamingue",
    "09": "Côte-Nord",
    "10": "Nord-du-Québec",
    "11": "Gaspésie–Îles-de-la-Madeleine",
    "12": "Chaudière-Appalaches",
    "13": "Laval",
    "14": "Lanaudière",
    "15": "Laurentides",
    "16": "Montérégie",
    "17": "Centre-du-Québec",
}


def charger(apps, schema_editor):
    apps.get_model("organisations", "Territoire").objects.bulk_create(
        apps.get_model("organisations", "Territoire")(
            code=code,
            nom=nom,
            slug=slugify(nom.replace("–", "-")),
            nature="region",
            chemin=f"{code}/",
        )
        for code, nom in REGIONS.items()
    )


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunPython(charger, migrations.RunPython.noop)]
