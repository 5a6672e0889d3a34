"""The controlled vocabularies practices are told and found with. Slugs are permanent.

The terms of lessons, conditions and stakes are the words of the 2018 harvest.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lecon(models.TextChoices):
    """The six lessons, in the harvest's order."""

    MOBILISER_PARTIES_PRENANTES = (
        "mobiliser-parties-prenantes",
        _("Mobiliser les parties prenantes"),
    )
    BATIR_LA_CONFIANCE = "batir-la-confiance", _("Bâtir la confiance")
    PLANIFIER_LEVALUATION = "planifier-levaluation", _("Planifier l’évaluation")
    CENTRALISER_LES_RESSOURCES = (
        "centraliser-les-ressources",
        _("Centralisation des ressources"),
    )
    RENFORCER_LA_RESILIENCE = "renforcer-la-resilience", _("Renforcer la résilience")
    CELEBRER_LES_SUCCES = "celebrer-les-succes", _("Célébrer les succès")


class Condition(models.TextChoices):
    OUVERTURE_AU_CHANGEMENT = (
        "ouverture-au-changement",
        _("Avoir une ouverture au changement"),
    )
    CULTIVER_LA_TRANSPARENCE = "cultiver-la-transparence", _("Cultiver la transparence")
    CULTIVER_LA_CONFIANCE = "cultiver-la-confiance", _("Cultiver la confiance")
    METTRE_EN_COMMUN_LES_ENJEUX = (
        "mettre-en-commun-les-enjeux",
        _("Mettre en commun nos enjeux"),
    )
    OUTILS_ET_BASE_COMMUNE = (
        "outils-et-base-commune",
        _("Se partager des outils et des cadres de référence, créer une base commune"),
    )
    VISION_COMMUNE = "vision-commune", _("Développer une vision commune")
    PRENDRE_LE_TEMPS = "prendre-le-temps", _("Prendre le temps")
    CONDITIONS_EN_AMONT = (
        "conditions-en-amont",
        _("Créer les conditions favorables en amont"),
    )
    PETITS_PAS = "petits-pas", _("Stratégie des petits pas")


class Enjeu(models.TextChoices):
    IDENTITE_DES_ORGANISATIONS = (
        "identite-des-organisations",
        _("L’identité des organisations"),
    )
    MISSION_ET_PROJET_COMMUN = (
        "mission-et-projet-commun",
        _("L’équilibre entre sa mission et le projet commun"),
    )
    CENTRALISATION_ET_LEADERSHIP = (
        "centralisation-et-leadership",
        _("La centralisation et le leadership"),
    )
    CHOC_DES_CULTURES = "choc-des-cultures", _("Le choc des cultures")
    COMPLEMENTARITE_ET_COMPETITION = (
        "complementarite-et-competition",
        _("La complémentarité et la compétition"),
    )
    ROLE_DE_LA_TABLE = (
        "role-de-la-table",
        _("Le rôle de la table de concertation (concertation et innovation)"),
    )


class Forme(models.TextChoices):
    """From exchange of information to fusion."""

    ECHANGE_INFORMATION = "echange-information", _("Échange d’information et entraide")
    PRET = "pret", _("Prêt")
    DON_CESSION = "don-cession", _("Don ou cession")
    ECHANGE_RECIPROQUE = (
        "echange-reciproque",
        _("Échange réciproque (troc de services)"),
    )
    PARTAGE_SAVOIRS = "partage-savoirs", _("Partage de savoirs et d’outils")
    FORMATION_COMMUNE = "formation-commune", _("Formation commune")
    PARTAGE_EQUIPEMENT = "partage-equipement", _("Partage ou achat commun d’équipement")
    PARTAGE_LOCAUX = "partage-locaux", _("Partage de locaux")
    PARTAGE_PERSONNEL = "partage-personnel", _("Partage de personnel")
    PARTAGE_EXPERTISE = (
        "partage-expertise",
        _("Partage d’expertise (banque d’heures, mentorat)"),
    )
    GROUPEMENT_ACHATS = "groupement-achats", _("Groupement d’achats et de fournisseurs")
    PROJET_COMMUN = (
        "projet-commun",
        _("Projet commun (événement, campagne, collecte de fonds)"),
    )
    SERVICE_PARTAGE = (
        "service-partage",
        _("Service partagé (comptabilité, paie, TI, communications)"),
    )
    DIRECTION_PARTAGEE = "direction-partagee", _("Direction partagée")
    IMMOBILIER_COLLECTIF = "immobilier-collectif", _("Immobilier collectif")
    REGROUPEMENT_FEDERATION = (
        "regroupement-federation",
        _("Regroupement, réseau ou fédération"),
    )
    INTEGRATION_PROGRAMME = (
        "integration-programme",
        _("Intégration ou transfert de programme"),
    )
    ABSORPTION = "absorption", _("Absorption (transfert d’actifs, puis dissolution)")
    FUSION = "fusion", _("Fusion")
    NOUVEL_ORGANISME = "nouvel-organisme", _("Nouvel organisme issu du regroupement")


class Stade(models.TextChoices):
    IDEE = "idee", _("Idée")
    EN_DEMARRAGE = "en-demarrage", _("En démarrage")
    EN_COURS = "en-cours", _("En cours")
    CONSOLIDEE = "consolidee", _("Consolidée")
    TERMINEE = "terminee", _("Terminée")
    EN_PAUSE = "en-pause", _("En pause")
    ABANDONNEE = "abandonnee", _("Abandonnée")


class Echelle(models.TextChoices):
    DEUX_ORGANISMES = "deux-organismes", _("Deux organismes")
    QUARTIER = "quartier", _("Quartier")
    MUNICIPALITE = "municipalite", _("Municipalité")
    MRC = "mrc", _("MRC")
    REGION = "region", _("Région")
    PROVINCE = "province", _("Québec")


class NiveauDePreuve(models.TextChoices):
    TEMOIGNAGE = "temoignage", _("Témoignage")
    RESULTATS_SUIVIS = "resultats-suivis", _("Résultats suivis")
    EVALUEE = "evaluee", _("Évaluée")


class Provenance(models.TextChoices):
    REDIGEE_PAR_LORGANISME = "redigee-par-lorganisme", _("Rédigée par l’organisme")
    REDIGEE_PAR_LA_TABLE = "redigee-par-la-table", _("Rédigée par la table")
    SOURCES_PUBLIQUES = "sources-publiques", _("Sources publiques non validées")


class Indicateur(models.TextChoices):
    FRAIS_ADMINISTRATION = "frais-administration", _("Frais d’administration")
    PART_ADMINISTRATION = "part-administration", _("Part des frais d’administration")
    LOYER = "loyer", _("Loyer")
    ASSURANCES = "assurances", _("Assurances")
    SERVICES_PROFESSIONNELS = (
        "services-professionnels",
        _("Comptabilité, audit et services professionnels"),
    )
    COUT_EVITE = "cout-evite", _("Coût évité déclaré")
    HEURES_LIBEREES = "heures-liberees", _("Heures libérées")
    TAUX_UTILISATION = "taux-utilisation", _("Taux d’utilisation d’une ressource")
    PERSONNES_REJOINTES = (
        "personnes-rejointes",
        _("Personnes rejointes (ordre de grandeur)"),
    )
    REPAS_PANIERS = "repas-paniers", _("Repas ou paniers")
    PROGRAMMES = "programmes", _("Programmes ou services offerts")
    POSTES_STABILISES = "postes-stabilises", _("Postes stabilisés")
    DECHETS_EVITES = "dechets-evites", _("Achats ou déchets évités")


class RolePratique(models.TextChoices):
    PORTEUR = "porteur", _("Porteur")
    PARTENAIRE = "partenaire", _("Partenaire")
    BAILLEUR = "bailleur", _("Bailleur de fonds")
    ACCOMPAGNATEUR = "accompagnateur", _("Accompagnateur")
    ORGANISME_DORIGINE = "organisme-dorigine", _("Organisme d’origine")


# How deep the integration goes, from 1 (light) to 5 (one organisation).
NIVEAUX: dict[str, int] = {
    "echange-information": 1,
    "pret": 1,
    "don-cession": 1,
    "echange-reciproque": 2,
    "partage-savoirs": 2,
    "formation-commune": 2,
    "partage-equipement": 3,
    "partage-locaux": 3,
    "partage-personnel": 3,
    "partage-expertise": 3,
    "groupement-achats": 3,
    "projet-commun": 3,
    "service-partage": 4,
    "direction-partagee": 4,
    "immobilier-collectif": 4,
    "regroupement-federation": 4,
    "integration-programme": 5,
    "absorption": 5,
    "fusion": 5,
    "nouvel-organisme": 5,
}

UNITES: dict[str, str] = {
    "frais-administration": "$",
    "part-administration": "%",
    "loyer": "$",
    "assurances": "$",
    "services-professionnels": "$",
    "cout-evite": "$",
    "heures-liberees": "h",
    "taux-utilisation": "%",
    "personnes-rejointes": "pers.",
    "repas-paniers": "nb",
    "programmes": "nb",
    "postes-stabilises": "ETP",
    "dechets-evites": "nb",
}
