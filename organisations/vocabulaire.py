"""The words organisations are classified by. Slugs are permanent; labels may change."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Secteur(models.TextChoices):
    SECURITE_ALIMENTAIRE = "securite-alimentaire", _("Sécurité alimentaire")
    SANTE_MENTALE = "sante-mentale", _("Santé mentale")
    SANTE_SERVICES_SOCIAUX = "sante-services-sociaux", _("Santé et services sociaux")
    HABITATION_ITINERANCE = "habitation-itinerance", _("Habitation et itinérance")
    FAMILLE = "famille-petite-enfance", _("Famille et petite enfance")
    JEUNESSE = "jeunesse", _("Jeunesse")
    AINES = "aines", _("Personnes aînées")
    FEMMES = "femmes", _("Femmes et égalité")
    IMMIGRATION = (
        "immigration-interculturel",
        _("Immigration et relations interculturelles"),
    )
    PERSONNES_HANDICAPEES = "personnes-handicapees", _("Personnes handicapées")
    DIVERSITE = "diversite-sexuelle-genre", _("Diversité sexuelle et de genre")
    AUTOCHTONES = "autochtones", _("Communautés autochtones")
    EDUCATION = "education-alphabetisation", _("Éducation et alphabétisation")
    EMPLOYABILITE = "employabilite", _("Employabilité et insertion")
    DEFENSE_DES_DROITS = "defense-des-droits", _("Défense collective des droits")
    CONSOMMATION = "consommation-budget", _("Consommation et budget")
    JUSTICE = "justice-securite", _("Justice et sécurité")
    ENVIRONNEMENT = "environnement", _("Environnement et transition")
    AMENAGEMENT = "amenagement-transport", _("Aménagement et transport")
    CULTURE = "culture", _("Culture et patrimoine")
    LOISIR = "loisir-sport", _("Loisir et sport")
    ACTION_BENEVOLE = "action-benevole", _("Action bénévole")
    MEDIAS = "medias-communautaires", _("Médias communautaires")
    ECONOMIE_SOCIALE = "economie-sociale", _("Économie sociale")
    DEVELOPPEMENT_SOCIAL = (
        "developpement-social",
        _("Développement social et concertation"),
    )
    MULTISECTORIEL = "multisectoriel", _("Multisectoriel")


class NatureTerritoire(models.TextChoices):
    REGION = "region", _("Région administrative")
    MRC = "mrc", _("MRC")
    TERRITOIRE_EQUIVALENT = (
        "territoire-equivalent",
        _("Territoire équivalent à une MRC"),
    )
    MUNICIPALITE = "municipalite", _("Municipalité")
    ARRONDISSEMENT = "arrondissement", _("Arrondissement")
    QUARTIER = "quartier", _("Quartier")
    COMMUNAUTE_AUTOCHTONE = "communaute-autochtone", _("Communauté autochtone")


class NatureTable(models.TextChoices):
    QUARTIER = "quartier", _("Table de quartier")
    MRC = "mrc", _("Table de MRC")
    REGIONALE = "regionale", _("Table régionale")
    SECTORIELLE = "sectorielle", _("Table sectorielle")
    CDC = "cdc", _("Corporation de développement communautaire")
    AUTRE = "autre", _("Autre regroupement")


class Motif(models.TextChoices):
    """The closed list of reasons for sending something back (repertoire.md, C4)."""

    MANQUE_PRECISION = "manque-precision", _("Il manque une précision")
    COUT_PAS_CLAIR = "cout-pas-clair", _("Le coût ou les conditions ne sont pas clairs")
    MANQUE_SOURCE = "manque-source", _("Source manquante")
    RENSEIGNEMENTS = "renseignements-personnels", _("Renseignements personnels")
    DIFFICULTES_ABSENTES = "difficultes-absentes", _("Difficultés absentes")
    NON_CONSULTE = "organisme-non-consulte", _("Organisme non consulté")
    CHIFFRE = "chiffre-sans-methode", _("Chiffre sans méthode")
    DOUBLON = "doublon", _("Doublon")
    HORS_SUJET = "hors-sujet", _("Hors sujet")
    LANGUE = "langue-a-simplifier", _("Langue à simplifier")
    DROITS_IMAGE = "droits-image", _("Droits d’image")
    TEXTE_ALTERNATIF = "texte-alternatif", _("Texte alternatif manquant")
