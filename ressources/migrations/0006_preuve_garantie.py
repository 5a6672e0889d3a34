"""What is counted is what is added; a hand-over looks at what is here; places, copies and instants
that cannot be are refused, whoever writes."""

import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ressources.garantie import FONCTIONS

ANCIENNES = [
    "DROP FUNCTION IF EXISTS ressource_garantir(bigint, tstzrange, integer, boolean)",
    "DROP FUNCTION IF EXISTS ressources_pics_de(bigint[], tstzrange, timestamptz)",
]


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_regions"),
        ("ressources", "0005_entente_signer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL([*ANCIENNES, *FONCTIONS]),
        pgtrigger.migrations.RemoveTrigger(
            model_name="exemplaire",
            name="stock",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="fermeture",
            name="ouverte",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pret",
            name="parties",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pret",
            name="battement",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pret",
            name="stock",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pret",
            name="exemplaires",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="ressource",
            name="stock_promis",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="ressource",
            name="emboitement",
        ),
        migrations.RemoveConstraint(
            model_name="pret",
            name="pret_quarts_dheure",
        ),
        migrations.RemoveConstraint(
            model_name="pret",
            name="pret_accepte_le_note",
        ),
        migrations.RemoveConstraint(
            model_name="pret",
            name="pret_remis_le_note",
        ),
        migrations.RemoveConstraint(
            model_name="pret",
            name="pret_rendu_le_note",
        ),
        migrations.RemoveConstraint(
            model_name="pret",
            name="pret_clos_le_note",
        ),
        migrations.AlterField(
            model_name="garde",
            name="ressource",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.DO_NOTHING,
                primary_key=True,
                serialize=False,
                to="ressources.ressource",
            ),
        ),
        migrations.AlterField(
            model_name="lignee",
            name="proche",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="ressources.ressource",
            ),
        ),
        migrations.AlterField(
            model_name="lignee",
            name="ressource",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="lignee",
                to="ressources.ressource",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exemplaire",
            trigger=pgtrigger.compiler.Trigger(
                name="stock",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      PERFORM ressource_tour(NEW.ressource_id);\n      IF (NEW.etat <> 'en_service'\n          OR TG_OP = 'UPDATE' AND NEW.ressource_id <> OLD.ressource_id) AND EXISTS (\n        SELECT FROM ressources_pretexemplaire x\n        WHERE x.exemplaire_id = NEW.id AND x.rendu_le IS NULL\n      ) THEN\n        RAISE EXCEPTION 'exemplaire % : il est sorti', NEW.id\n          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_dehors',\n                TABLE = 'ressources_exemplaire';\n      END IF;\n      IF (SELECT count(*) FROM ressources_exemplaire e\n          WHERE e.ressource_id = NEW.ressource_id AND e.etat <> 'retire')\n         > (SELECT r.quantite FROM ressources_ressource r WHERE r.id = NEW.ressource_id) THEN\n        RAISE EXCEPTION 'ressource % : plus d’exemplaires que le stock', NEW.ressource_id\n          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_dans_le_stock',\n                TABLE = 'ressources_exemplaire';\n      END IF;\n      IF NEW.etat = 'en_reparation' THEN\n        PERFORM ressource_garantir(NEW.ressource_id, tstzrange(now(), NULL), NULL, NULL, false);\n      END IF;\n      RETURN NEW;\n    ",
                    hash="f5ef057ac1299af4618c0a5c00713f2cc7fa25f9",
                    operation='INSERT OR UPDATE OF "etat", "ressource_id", "en_reparation_le"',
                    pgid="pgtrigger_stock_8454e",
                    table="ressources_exemplaire",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fermeture",
            trigger=pgtrigger.compiler.Trigger(
                name="ouverte",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE promis integer;",
                    func="\n      PERFORM ressource_tour(NEW.ressource_id);\n      SELECT count(*) INTO promis FROM ressources_pret p\n      WHERE p.ressource_id IN (\n          SELECT NEW.ressource_id UNION ALL\n          SELECT l.proche_id FROM ressources_lignee l WHERE l.ressource_id = NEW.ressource_id\n        ) AND p.etat IN ('accepte', 'remis') AND p.periode && NEW.periode;\n      IF promis > 0 THEN\n        RAISE EXCEPTION 'ressource % : % prêts acceptés pendant la fermeture',\n          NEW.ressource_id, promis\n          USING ERRCODE = '23P01', CONSTRAINT = 'ressource_fermee', TABLE = 'ressources_fermeture',\n                HINT = promis::text;\n      END IF;\n      RETURN NEW;\n    ",
                    hash="dbb8c21ba9135b738ecd9bbae5fd6ae66a84570f",
                    operation='INSERT OR UPDATE OF "periode", "ressource_id"',
                    pgid="pgtrigger_ouverte_0f3ce",
                    table="ressources_fermeture",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignee",
            trigger=pgtrigger.compiler.Trigger(
                name="gardee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      IF pg_trigger_depth() < 2 THEN\n        RAISE EXCEPTION 'la lignée suit « partie_de » : elle ne s’écrit pas'\n          USING ERRCODE = '23514', CONSTRAINT = 'lignee_gardee', TABLE = 'ressources_lignee';\n      END IF;\n      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n      RETURN NEW;\n    ",
                    hash="ad64917997637ebc8a28a8ded1bf688b3770b9a1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_gardee_e3737",
                    table="ressources_lignee",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignee",
            trigger=pgtrigger.compiler.Trigger(
                name="videe",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      IF EXISTS (SELECT FROM ressources_ressource WHERE partie_de_id IS NOT NULL) THEN\n        RAISE EXCEPTION 'la lignée suit « partie_de » : elle ne se vide pas seule'\n          USING ERRCODE = '23514', CONSTRAINT = 'lignee_gardee', TABLE = 'ressources_lignee';\n      END IF;\n      RETURN NULL;\n    ",
                    hash="af4db053e85777e1935ec0a27eeefcfc4b985764",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_videe_3eca2",
                    table="ressources_lignee",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pret",
            trigger=pgtrigger.compiler.Trigger(
                name="battement",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      IF TG_OP = 'INSERT' OR OLD.etat IN ('demande', 'propose')\n         OR NEW.ressource_id <> OLD.ressource_id OR upper(NEW.periode) > upper(OLD.periode) THEN\n        SELECT r.battement INTO NEW.battement\n        FROM ressources_ressource r WHERE r.id = NEW.ressource_id;\n      ELSE\n        NEW.battement := OLD.battement;\n      END IF;\n      NEW.tenue := tstzrange(lower(NEW.periode),\n                             upper(NEW.periode) + NEW.battement * interval '1 minute');\n      RETURN NEW;\n    ",
                    hash="33ebdbaad22a759368b34531841d1761da2c4b44",
                    operation='INSERT OR UPDATE OF "etat", "periode", "ressource_id", "battement", "tenue"',
                    pgid="pgtrigger_battement_c6dab",
                    table="ressources_pret",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pret",
            trigger=pgtrigger.compiler.Trigger(
                name="parties",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      \n      IF NOT EXISTS (\n        SELECT FROM ressources_ressource r\n        WHERE r.id = NEW.ressource_id AND r.organisation_id = NEW.preteur_id AND r.unite <> 'sans'\n      ) THEN\n        RAISE EXCEPTION 'ce prêt ne vient pas de l’organisme qui offre la ressource'\n          USING ERRCODE = '23514', CONSTRAINT = 'pret_parties', TABLE = 'ressources_pret';\n      END IF;\n      IF NEW.demande_id IS NOT NULL AND NOT EXISTS (\n        SELECT FROM ressources_demande d WHERE d.id = NEW.demande_id\n          AND d.preteur_id = NEW.preteur_id AND d.emprunteur_id = NEW.emprunteur_id\n      ) THEN\n        RAISE EXCEPTION 'ce prêt n’est pas entre les organismes de la demande'\n          USING ERRCODE = '23514', CONSTRAINT = 'pret_demande', TABLE = 'ressources_pret';\n      END IF;\n      RETURN NEW;\n    ",
                    hash="c8c2eb8f6d184663cb71583cfc2e170a79adbf59",
                    operation='INSERT OR UPDATE OF "ressource_id", "preteur_id", "emprunteur_id", "demande_id"',
                    pgid="pgtrigger_parties_c159d",
                    table="ressources_pret",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pret",
            trigger=pgtrigger.compiler.Trigger(
                name="stock",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE tenue tstzrange; deja tstzmultirange = '{}'; sortis integer = 0; partie tstzrange;",
                    func="\n      tenue := pret_tenue(NEW.etat, NEW.periode, NEW.periode, now());\n      IF tenue IS NULL THEN RETURN NEW; END IF;\n      IF TG_OP = 'UPDATE' THEN\n        IF OLD.etat IN ('accepte', 'remis') AND NEW.ressource_id = OLD.ressource_id THEN\n          IF pret_nombre(NEW.etat, NEW.periode, NEW.quantite, NEW.quantite_remise,\n                         NEW.quantite_rendue, now())\n             <= pret_nombre(OLD.etat, OLD.periode, OLD.quantite, OLD.quantite_remise,\n                            OLD.quantite_rendue, now()) THEN\n            deja := tstzmultirange(pret_tenue(OLD.etat, OLD.periode, OLD.periode, now()));\n            IF upper(tenue) IS NOT NULL AND upper_inf(deja) THEN\n              deja := tstzmultirange(tstzrange(lower(OLD.periode), now()));\n            END IF;\n          END IF;\n          IF OLD.etat = 'remis' THEN\n            sortis := OLD.quantite_remise - OLD.quantite_rendue;\n          END IF;\n        END IF;\n      END IF;\n      FOR partie IN SELECT unnest(tstzmultirange(tenue) - deja) LOOP\n        PERFORM ressource_garantir(\n          NEW.ressource_id, partie, NEW.battement, NULL, upper(tenue) IS NOT NULL\n        );\n      END LOOP;\n      IF NEW.etat = 'remis' AND NEW.quantite_remise - NEW.quantite_rendue > sortis THEN\n        PERFORM ressource_presente(NEW.ressource_id);\n      END IF;\n      IF TG_OP = 'INSERT' OR NEW.etat <> OLD.etat THEN \n      IF NOT EXISTS (\n        SELECT FROM ressources_ressource r\n        WHERE r.id = NEW.ressource_id AND r.organisation_id = NEW.preteur_id AND r.unite <> 'sans'\n      ) THEN\n        RAISE EXCEPTION 'ce prêt ne vient pas de l’organisme qui offre la ressource'\n          USING ERRCODE = '23514', CONSTRAINT = 'pret_parties', TABLE = 'ressources_pret';\n      END IF; END IF;\n      RETURN NEW;\n    ",
                    hash="983550d9caf7266d7b5d3d007c92e69b53b49c19",
                    operation='INSERT OR UPDATE OF "etat", "periode", "quantite", "quantite_remise", "quantite_rendue", "ressource_id"',
                    pgid="pgtrigger_stock_6a66a",
                    table="ressources_pret",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pret",
            trigger=pgtrigger.compiler.Trigger(
                name="exemplaires",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.etat = 'remis' AND (NEW.etat <> 'remis' OR NEW.ressource_id <> OLD.ressource_id OR NEW.quantite_remise - NEW.quantite_rendue < OLD.quantite_remise - OLD.quantite_rendue))",
                    func="\n      PERFORM ressource_tour(OLD.ressource_id);\n      IF (SELECT count(*) FROM ressources_pretexemplaire x\n          WHERE x.pret_id = NEW.id AND x.rendu_le IS NULL)\n         > (CASE WHEN NEW.etat = 'remis' AND NEW.ressource_id = OLD.ressource_id\n                 THEN NEW.quantite_remise - NEW.quantite_rendue ELSE 0 END) THEN\n        RAISE EXCEPTION 'prêt % : un exemplaire est encore sorti', NEW.id\n          USING ERRCODE = '23514', CONSTRAINT = 'pret_exemplaires_revenus',\n                TABLE = 'ressources_pret';\n      END IF;\n      RETURN NEW;\n    ",
                    hash="4ee33f5ad5257da3bf2e0d7a17722bab615ad4ec",
                    operation='UPDATE OF "etat", "ressource_id", "quantite_remise", "quantite_rendue"',
                    pgid="pgtrigger_exemplaires_c8473",
                    table="ressources_pret",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ressource",
            trigger=pgtrigger.compiler.Trigger(
                name="stock_promis",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."quantite" < (OLD."quantite"))',
                    func="\n      PERFORM ressource_garantir(NEW.id, tstzrange(now(), NULL), NULL, NEW.quantite, false);\n      IF (SELECT count(*) FROM ressources_exemplaire e\n          WHERE e.ressource_id = NEW.id AND e.etat <> 'retire') > NEW.quantite THEN\n        RAISE EXCEPTION 'ressource % : plus d’exemplaires que le stock', NEW.id\n          USING ERRCODE = '23514', CONSTRAINT = 'exemplaire_dans_le_stock',\n                TABLE = 'ressources_exemplaire';\n      END IF;\n      RETURN NEW;\n    ",
                    hash="4c144de987ce2844dfa9990d13fa4337189c775c",
                    operation='UPDATE OF "quantite"',
                    pgid="pgtrigger_stock_promis_f6dc3",
                    table="ressources_ressource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ressource",
            trigger=pgtrigger.compiler.Trigger(
                name="emboitement",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE membre bigint; dedans bigint[]; autour_de bigint[]; avant bigint[];",
                    func="\n      IF TG_OP = 'INSERT' AND NEW.partie_de_id IS NULL THEN RETURN NEW; END IF;\n      IF TG_OP = 'UPDATE' AND NEW.partie_de_id IS NULL AND OLD.partie_de_id IS NULL\n         AND NOT EXISTS (SELECT FROM ressources_lignee WHERE ressource_id = NEW.id) THEN\n        RETURN NEW;\n      END IF;\n      LOOP\n        WITH RECURSIVE parents (id, rang) AS (\n          SELECT NEW.partie_de_id, 1 WHERE NEW.partie_de_id IS NOT NULL\n          UNION ALL\n          SELECT r.partie_de_id, p.rang + 1 FROM parents p\n          JOIN ressources_ressource r ON r.id = p.id\n          WHERE r.partie_de_id IS NOT NULL AND p.rang < 6\n        ) SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO autour_de FROM parents;\n        SELECT NEW.id || array_agg(l.proche_id ORDER BY l.proche_id) INTO dedans\n        FROM ressources_lignee l WHERE l.ressource_id = NEW.id AND NOT l.autour;\n        EXIT WHEN autour_de || 0::bigint || dedans = avant;\n        IF avant IS NOT NULL THEN\n          RAISE EXCEPTION 'ressource % : les lieux changent au même instant', NEW.id\n            USING ERRCODE = '40001';\n        END IF;\n        avant := autour_de || 0::bigint || dedans;\n        IF autour_de && dedans\n           OR cardinality(autour_de) + (\n             SELECT coalesce(max(n), 0) FROM (\n               SELECT count(*) AS n FROM ressources_lignee l\n               WHERE l.ressource_id = ANY (dedans) AND l.autour AND l.proche_id = ANY (dedans)\n               GROUP BY l.ressource_id\n             ) profondeurs\n           ) > 5\n           OR EXISTS (\n             SELECT FROM ressources_ressource r\n             WHERE r.id = ANY (autour_de || dedans) AND cardinality(autour_de || dedans) > 1\n               AND (r.sorte <> 'local' OR r.organisation_id <> NEW.organisation_id)\n           ) THEN\n          RAISE EXCEPTION 'ressource % : emboîtement impossible', NEW.id\n            USING ERRCODE = '23514', CONSTRAINT = 'ressource_emboitement',\n                  TABLE = 'ressources_ressource';\n        END IF;\n        FOREACH membre IN ARRAY (\n          SELECT array_agg(i ORDER BY i) FROM unnest(autour_de || dedans) i\n        ) LOOP\n          UPDATE ressources_garde SET tour = tour + 1 WHERE ressource_id = membre;\n        END LOOP;\n      END LOOP;\n      DELETE FROM ressources_lignee\n      WHERE ressource_id = ANY (dedans) AND autour AND NOT proche_id = ANY (dedans)\n         OR proche_id = ANY (dedans) AND NOT autour AND NOT ressource_id = ANY (dedans);\n      INSERT INTO ressources_lignee (ressource_id, proche_id, autour)\n      SELECT d, a, true FROM unnest(dedans) d, unnest(autour_de) a\n      UNION ALL\n      SELECT a, d, false FROM unnest(dedans) d, unnest(autour_de) a;\n      IF EXISTS (\n        WITH tenus AS (\n          SELECT p.ressource_id, pret_tenue(p.etat, p.periode, p.tenue, now()) AS tenue, false AS f\n          FROM ressources_pret p\n          WHERE p.ressource_id = ANY (autour_de || dedans) AND p.etat IN ('accepte', 'remis')\n          UNION ALL\n          SELECT e.ressource_id, tstzrange(e.en_reparation_le, NULL), false\n          FROM ressources_exemplaire e\n          WHERE e.ressource_id = ANY (autour_de || dedans) AND e.etat = 'en_reparation'\n          UNION ALL\n          SELECT c.ressource_id, c.periode, true FROM ressources_fermeture c\n          WHERE c.ressource_id = ANY (autour_de || dedans)\n        )\n        SELECT FROM tenus t JOIN tenus u\n          ON t.tenue * u.tenue && tstzrange(now(), NULL) AND NOT (t.f AND u.f)\n        WHERE t.ressource_id = ANY (dedans) AND u.ressource_id = ANY (autour_de)\n      ) THEN\n        RAISE EXCEPTION 'ressource % : des réservations se contrediraient', NEW.id\n          USING ERRCODE = '23P01', CONSTRAINT = 'ressource_stock', TABLE = 'ressources_pret',\n                HINT = '1';\n      END IF;\n      RETURN NEW;\n    ",
                    hash="bee65f7067d1ba70c54498f47e7511c26ce7afd0",
                    operation='INSERT OR UPDATE OF "partie_de_id", "organisation_id", "sorte"',
                    pgid="pgtrigger_emboitement_669b0",
                    table="ressources_ressource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ressource",
            trigger=pgtrigger.compiler.Trigger(
                name="promise",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.organisation_id <> OLD.organisation_id OR NEW.unite = 'sans' AND OLD.unite <> 'sans')",
                    func="\n      PERFORM ressource_tour(NEW.id);\n      IF EXISTS (\n        SELECT FROM ressources_pret p WHERE p.ressource_id = NEW.id\n          AND p.etat IN ('demande', 'propose', 'accepte', 'remis', 'rendu')\n      ) THEN\n        RAISE EXCEPTION 'ressource % : des prêts sont en cours', NEW.id\n          USING ERRCODE = '23514', CONSTRAINT = 'ressource_promise',\n                TABLE = 'ressources_ressource';\n      END IF;\n      RETURN NEW;\n    ",
                    hash="457f6deb350300b467c88a9bd84553a052c8c6a2",
                    operation='UPDATE OF "organisation_id", "unite"',
                    pgid="pgtrigger_promise_ed436",
                    table="ressources_ressource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ressource",
            trigger=pgtrigger.compiler.Trigger(
                name="partie",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n      DELETE FROM ressources_lignee WHERE ressource_id = OLD.id OR proche_id = OLD.id;\n      DELETE FROM ressources_garde WHERE ressource_id = OLD.id;\n      RETURN OLD;\n    ",
                    hash="36ce8b5a5c9d503ee3a460282076e8f4c1b30b6b",
                    operation="DELETE",
                    pgid="pgtrigger_partie_3c239",
                    table="ressources_ressource",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="pret",
            constraint=models.CheckConstraint(
                condition=django.db.models.expressions.RawSQL(
                    "periode_juste(periode) AND coalesce(periode_juste(periode_proposee), true) AND coalesce(periode_juste(periode_souhaitee), true)",
                    (),
                    output_field=models.BooleanField(),
                ),
                name="pret_quarts_dheure",
                violation_error_message="Les heures vont par quarts d’heure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("incident_le", None), ("etat__in", ["remis", "rendu", "clos"]), _connector="OR"
                ),
                name="pret_incident",
            ),
        ),
        migrations.AddConstraint(
            model_name="pret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("accepte_le__isnull", False),
                        ("etat__in", ["accepte", "remis", "rendu", "clos", "non_reclame"]),
                    ),
                    ("etat__in", ["annule"]),
                    models.Q(
                        models.Q(
                            (
                                "etat__in",
                                ["accepte", "remis", "rendu", "clos", "non_reclame", "annule"],
                            ),
                            _negated=True,
                        ),
                        ("accepte_le", None),
                    ),
                    _connector="OR",
                ),
                name="pret_accepte_le_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="pret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("etat__in", ["remis", "rendu", "clos"]), ("remis_le__isnull", False)),
                    ("etat__in", []),
                    models.Q(
                        models.Q(("etat__in", ["remis", "rendu", "clos"]), _negated=True),
                        ("remis_le", None),
                    ),
                    _connector="OR",
                ),
                name="pret_remis_le_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="pret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("etat__in", ["rendu", "clos"]), ("rendu_le__isnull", False)),
                    ("etat__in", []),
                    models.Q(
                        models.Q(("etat__in", ["rendu", "clos"]), _negated=True), ("rendu_le", None)
                    ),
                    _connector="OR",
                ),
                name="pret_rendu_le_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="pret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clos_le__isnull", False), ("etat__in", ["clos"])),
                    ("etat__in", []),
                    models.Q(models.Q(("etat__in", ["clos"]), _negated=True), ("clos_le", None)),
                    _connector="OR",
                ),
                name="pret_clos_le_note",
            ),
        ),
    ]
