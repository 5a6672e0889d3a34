"""The 24 questions of the harvest of October 26, 2018, each with its line."""

from django.db import migrations

QUESTIONS = [
    ("conditions-favorables", "Quelles sont les conditions favorables?", "S28"),
    (
        "mobiliser-toutes-les-parties",
        "Comment mobiliser toutes les parties prenantes?",
        "S29",
    ),
    (
        "consolider-la-concertation",
        "Comment mobiliser les acteurs pour consolider la concertation autour d’un enjeu de développement?",
        "S30",
    ),
    ("travailler-ensemble", "Comment travailler ensemble?", "S31"),
    (
        "faire-evoluer-les-mentalites",
        "Comment s’y prendre pour faire évoluer les mentalités, la résistance aux changements, la peur?",
        "S32",
    ),
    (
        "confiance-et-objectifs-communs",
        "Comment bâtir la confiance et les objectifs communs (la vision commune)?",
        "S33",
    ),
    (
        "approches-differentes",
        "Comment faire lorsque les approches en organisation ne sont pas les mêmes (synergie et vision)?",
        "S34",
    ),
    (
        "demarches-et-outils-evaluation",
        "En évaluation, quels sont les démarches et les outils?",
        "S35",
    ),
    (
        "defis-et-blocages",
        "Quels sont les défis et les blocages les plus communs?",
        "S36",
    ),
    (
        "ou-aller-chercher-de-laide",
        "Où aller chercher de l’aide pour mettre de l’avant un projet de mutualisation?",
        "S37",
    ),
    (
        "ressources-intangibles",
        "Comment mutualiser les ressources intangibles (informations, intelligences, connaissances)?",
        "S38",
    ),
    ("cote-obscur", "Quel est le côté obscur de la mutualisation?", "S39"),
    ("fusion-comment-ca-se-passe", "Concrètement, comment ça se passe?", "S41"),
    (
        "fusion-quelle-economie",
        "On parle d’une économie de quel pourcentage en frais de gestion et d’administration?",
        "S42",
    ),
    (
        "convaincre-les-employeurs",
        "Quel aspect mettre de l’avant pour convaincre les employeurs?",
        "S43",
    ),
    ("vendre-lidee", "Comment on vend l’idée de la mutualisation?", "S44"),
    (
        "depannage-alimentaire-commun",
        "Unir nos forces, nos installations, nos équipements, notre expertise, nos ressources pour offrir un dépannage alimentaire commun?",
        "S45",
    ),
    ("sans-consultant", "Si nous n’avons pas de consultant, par où commencer?", "S46"),
    ("mettre-de-lavant", "Comment on met de l’avant la mutualisation?", "S47"),
    ("formes-de-fusion", "Quelles formes existent pour la fusion?", "S48"),
    ("autres-exemples", "Quels autres exemples de mutualisation?", "S51"),
    (
        "role-de-la-table",
        "Le rôle de la table de concertation : concertation ou innovation?",
        "S26",
    ),
    (
        "pistes-pour-lavenir",
        "La mutualisation des ressources, quelles pistes pour l’avenir?",
        "S01",
    ),
    (
        "fusion-vehicule-dune-vision",
        "Et si la fusion pouvait être le véhicule d’une vision commune qui permet de mieux servir notre communauté?",
        "S55",
    ),
]


def charger(apps, schema_editor):
    Question = apps.get_model("pratiques", "Question")
    Question.objects.bulk_create(
        Question(
            slug=slug,
            texte=texte,
            recolte=ligne,
            ordre=ordre,
            theme="fusion" if "S41" <= ligne <= "S48" or ligne == "S55" else "mutualiser",
        )
        for ordre, (slug, texte, ligne) in enumerate(QUESTIONS)
    )


class Migration(migrations.Migration):
    dependencies = [("pratiques", "0001_initial")]
    operations = [migrations.RunPython(charger, migrations.RunPython.noop)]
