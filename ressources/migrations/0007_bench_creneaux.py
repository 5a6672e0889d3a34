"""The periods written down, what puts them out of date, and the counts (ressources/creneaux.py).

The next change of these functions freezes this text here, as 0002 did.
"""

import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from ressources.creneaux import FONCTIONS, REMPLIR, RETRAIT


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0003_courriels"),
        ("ressources", "0006_preuve_garantie"),
    ]

    operations = [
        migrations.CreateModel(
            name="Compte",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sorte", models.CharField(max_length=12)),
                ("categorie", models.CharField(max_length=40)),
                ("cout", models.CharField(max_length=12)),
                ("nombre", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Libre",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("plus_que", models.PositiveIntegerField()),
                ("jusqua", models.PositiveIntegerField()),
                ("periode", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("groupe", models.CharField(max_length=120)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Perime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("des", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Pris",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("plus_que", models.PositiveIntegerField()),
                ("jusqua", models.PositiveIntegerField()),
                ("periode", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("groupe", models.CharField(max_length=120)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exemplaire",
            trigger=pgtrigger.compiler.Trigger(
                name="perime",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n          INSERT INTO ressources_perime (ressource_id, des)\n          SELECT x.id, '-infinity' FROM (SELECT OLD.ressource_id UNION SELECT NEW.ressource_id) x (id)\n          WHERE x.id IS NOT NULL;\n          RETURN NULL;\n        ",
                    hash="49147a0af9df5c67007b055afd05a30935b6493c",
                    operation='INSERT OR UPDATE OF "etat", "en_reparation_le", "ressource_id" OR DELETE',
                    pgid="pgtrigger_perime_dc457",
                    table="ressources_exemplaire",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fermeture",
            trigger=pgtrigger.compiler.Trigger(
                name="perime",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n          INSERT INTO ressources_perime (ressource_id, des)\n          SELECT x.id, '-infinity' FROM (SELECT OLD.ressource_id UNION SELECT NEW.ressource_id) x (id)\n          WHERE x.id IS NOT NULL;\n          RETURN NULL;\n        ",
                    hash="c2f6d7cd6e768ca15124758f96665bffff6e7baa",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_perime_7e5f1",
                    table="ressources_fermeture",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignee",
            trigger=pgtrigger.compiler.Trigger(
                name="perime",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n          INSERT INTO ressources_perime (ressource_id, des)\n          SELECT x.id, '-infinity' FROM (SELECT OLD.ressource_id UNION SELECT NEW.ressource_id) x (id)\n          WHERE x.id IS NOT NULL;\n          RETURN NULL;\n        ",
                    hash="040bdcf6c0d6f952308b4eaf1deb2a4f2b98212a",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_perime_de524",
                    table="ressources_lignee",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pret",
            trigger=pgtrigger.compiler.Trigger(
                name="perime",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      INSERT INTO ressources_perime (ressource_id, des)\n      SELECT OLD.ressource_id, '-infinity'::timestamptz WHERE OLD.etat IN ('accepte', 'remis')\n      UNION\n      SELECT NEW.ressource_id, '-infinity'::timestamptz WHERE NEW.etat IN ('accepte', 'remis')\n      UNION\n      SELECT NEW.ressource_id, upper(NEW.periode) WHERE NEW.etat = 'remis';\n      RETURN NULL;\n    ",
                    hash="339eea92f81c57300eac2ea786f93ddfb9d657cd",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_perime_95bf5",
                    table="ressources_pret",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ressource",
            trigger=pgtrigger.compiler.Trigger(
                name="perime",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n          INSERT INTO ressources_perime (ressource_id, des)\n          SELECT x.id, '-infinity' FROM (SELECT OLD.id UNION SELECT NEW.id) x (id)\n          WHERE x.id IS NOT NULL;\n          RETURN NULL;\n        ",
                    hash="fb7e2bc2f9e7062cfa8805e95165a30d2d89dd17",
                    operation='INSERT OR UPDATE OF "quantite", "battement", "unite", "etat", "organisation_id", "sorte", "categorie", "territoire_id", "cout" OR DELETE',
                    pgid="pgtrigger_perime_474b5",
                    table="ressources_ressource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ressource",
            trigger=pgtrigger.compiler.Trigger(
                name="comptee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      INSERT INTO ressources_compte (sorte, categorie, territoire_id, cout, nombre)\n      SELECT x.sorte, x.categorie, x.territoire_id, x.cout, sum(x.n) FROM (\n        SELECT OLD.sorte, OLD.categorie, OLD.territoire_id, OLD.cout, -1\n        WHERE OLD.etat = 'publiee'\n        UNION ALL\n        SELECT NEW.sorte, NEW.categorie, NEW.territoire_id, NEW.cout, 1\n        WHERE NEW.etat = 'publiee'\n      ) x (sorte, categorie, territoire_id, cout, n)\n      GROUP BY 1, 2, 3, 4 HAVING sum(x.n) <> 0;\n      RETURN NULL;\n    ",
                    hash="ff0aea66fb5ed885c76382cf591c1d1fe9726caa",
                    operation='INSERT OR UPDATE OF "etat", "sorte", "categorie", "territoire_id", "cout" OR DELETE',
                    pgid="pgtrigger_comptee_d6be0",
                    table="ressources_ressource",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="compte",
            name="territoire",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="organisations.territoire",
            ),
        ),
        migrations.AddField(
            model_name="libre",
            name="ressource",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="ressources.ressource",
            ),
        ),
        migrations.AddField(
            model_name="perime",
            name="ressource",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="ressources.ressource",
            ),
        ),
        migrations.AddField(
            model_name="pris",
            name="ressource",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="ressources.ressource",
            ),
        ),
        migrations.AddIndex(
            model_name="libre",
            index=django.contrib.postgres.indexes.GistIndex(
                fields=["periode"],
                include=("ressource", "plus_que", "jusqua", "groupe"),
                name="libre_periode",
            ),
        ),
        migrations.AddIndex(
            model_name="perime",
            index=models.Index(fields=["des", "ressource"], name="perime_des"),
        ),
        migrations.AddIndex(
            model_name="pris",
            index=django.contrib.postgres.indexes.GistIndex(
                fields=["periode"],
                include=("ressource", "plus_que", "jusqua", "groupe"),
                name="pris_periode",
            ),
        ),
        migrations.RunSQL(FONCTIONS, RETRAIT),
        migrations.RunSQL(REMPLIR, migrations.RunSQL.noop),
    ]
