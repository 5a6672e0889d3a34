"""The two organisations the 2018 harvest names, as public sources tell them: pure data.

Nothing is here that a named source does not say. Where sources are silent, the sheet says « non
publié »; where they disagree or are old, the fact is « à confirmer ». No person is named, and no
address is given when sources disagree on it. Dates in the labels are those of publication; the
day each page was consulted was not noted.
"""

from dataclasses import dataclass

from organisations.vocabulaire import Secteur
from pratiques.vocabulaire import Echelle, Forme, Stade
from ressources.categories import Sorte


@dataclass(frozen=True)
class SourceDeFiche:
    libelle: str
    url: str = ""  # the page when it is known, else the site; empty when neither is


@dataclass(frozen=True)
class FaitDeFiche:
    quand: str
    texte: str
    source: str  # the key of one of the sheet's sources
    verifie: bool = True


@dataclass(frozen=True)
class Fiche:
    slug: str
    nom: str
    mission: str
    source_de_la_mission: str
    titre: str
    accroche: str
    formes: tuple[str, ...]
    secteurs: tuple[str, ...]
    sortes: tuple[str, ...]
    echelle: str
    stade: str
    contexte: str
    sources: dict[str, SourceDeFiche]
    faits: tuple[FaitDeFiche, ...]
    mis_en_commun: str = ""
    ombre: str = ""
    debut: int | None = None
    annee_fondation: int | None = None
    site: str = ""
    region: str = "06"  # Montréal
    dessin: str = "cercle"


LE_DEPOT = Fiche(
    slug="le-depot",
    nom="Le Dépôt centre communautaire d’alimentation",
    mission="Centre communautaire d’alimentation de Notre-Dame-de-Grâce, à Montréal.",
    source_de_la_mission="centraide",
    site="https://depotmtl.org/",
    annee_fondation=1986,
    titre="Le Dépôt : fusionner, après plusieurs tentatives",
    accroche=(
        "En 2015, après plusieurs tentatives, le Dépôt fusionne avec les Ateliers Boîte à Lunch "
        "et Action Communiterre."
    ),
    formes=(Forme.FUSION,),
    secteurs=(Secteur.SECURITE_ALIMENTAIRE,),
    sortes=(),
    echelle=Echelle.QUARTIER,
    stade=Stade.CONSOLIDEE,
    debut=2015,
    contexte=(
        "En 2015, le Dépôt fusionne avec les Ateliers Boîte à Lunch et avec Action Communiterre, "
        "pionnier du jardinage collectif. Il avait fallu plusieurs tentatives.\n\n"
        "Non publié : les économies réalisées, la part des frais d’administration, le nombre de "
        "personnes employées et ce qu’est devenu chacun des noms d’origine. Les sources ne "
        "s’accordent pas sur l’adresse : elle n’est pas donnée ici."
    ),
    ombre=(
        "Plusieurs tentatives de fusion ont précédé celle de 2015, d’après COCo. "
        "Ce qui les a fait échouer : non publié."
    ),
    dessin="legumes",
    sources={
        "centraide": SourceDeFiche(
            "Centraide, « Le Dépôt », 27 juin 2024", "https://centraide-mtl.org/"
        ),
        "coco": SourceDeFiche(
            "COCo, « Merging Organizations: 6 Insights from the Depot Community Food Centre » "
            "(vidéo, date non indiquée)",
            "https://coco-net.org/merger-nonprofits-6-insights",
        ),
        "cfcc": SourceDeFiche(
            "Community Food Centres Canada, 7 juin 2018", "https://cfccanada.ca/"
        ),
        "site": SourceDeFiche("Site du Dépôt", "https://depotmtl.org/"),
    },
    faits=(
        FaitDeFiche("1986", "Création par le Conseil communautaire NDG.", "centraide"),
        FaitDeFiche(
            "2003", "Organisme à but non lucratif autonome depuis cette année.", "centraide"
        ),
        FaitDeFiche(
            "2015",
            "Fusion avec les Ateliers Boîte à Lunch et Action Communiterre, pionnier du "
            "jardinage collectif.",
            "centraide",
        ),
        FaitDeFiche("2015", "La fusion a réussi après plusieurs tentatives.", "coco"),
        FaitDeFiche(
            "Date non indiquée",
            "Une vidéo réalisée avec COCo tire six constats de la fusion.",
            "coco",
        ),
        FaitDeFiche(
            "Juin 2018",
            "Partenariat avec Community Food Centres Canada : le nom devient Le Dépôt / "
            "The Depot. C’est le premier centre communautaire d’alimentation au Québec.",
            "cfcc",
        ),
        FaitDeFiche("Juin 2018", "La Boîte à Lunch est alors dans 18 écoles.", "cfcc"),
        FaitDeFiche("Juin 2024", "Une vingtaine de programmes.", "centraide"),
        FaitDeFiche(
            "L’année avant juin 2024",
            "43 000 repas au Resto Dépôt.",
            "centraide",
        ),
        FaitDeFiche(
            "Juin 2024",
            "Le nombre de paniers a doublé en deux ans, à près de 20 000.",
            "centraide",
        ),
        FaitDeFiche("", "Le site de l’organisme est depotmtl.org.", "site"),
    ),
)

LA_CANTINE = Fiche(
    slug="la-cantine-pour-tous",
    nom="La Cantine pour tous",
    mission=(
        "Des organismes y mettent en commun des ressources, comme le financement et le "
        "développement des affaires."
    ),
    source_de_la_mission="lapresse",
    titre="La Cantine pour tous : un peu comme une fédération",
    accroche=(
        "Des organismes mettent en commun le financement, le développement des affaires, "
        "l’équipement et une plateforme de commande."
    ),
    formes=(
        Forme.REGROUPEMENT_FEDERATION,
        Forme.PARTAGE_EQUIPEMENT,
        Forme.ECHANGE_RECIPROQUE,
    ),
    secteurs=(Secteur.SECURITE_ALIMENTAIRE,),
    sortes=(Sorte.EQUIPEMENT, Sorte.LOCAL),
    echelle=Echelle.PROVINCE,
    stade=Stade.EN_COURS,
    debut=2016,
    contexte=(
        "La Cantine pour tous existe sous sa forme actuelle depuis 2016. Elle vient du Collectif "
        "de la Table des écoliers, né en 2010.\n\n"
        "Non publié : les économies réalisées par les membres et l’état actuel de MutuAli, "
        "sa plateforme de partage d’équipement."
    ),
    mis_en_commun=(
        "Le financement et le développement des affaires, selon La Presse (27 avril 2024). "
        "De l’équipement, des infrastructures et une plateforme de commande en ligne, selon "
        "La Presse+ (contenu commandité par Desjardins)."
    ),
    dessin="cuisine",
    sources={
        "lapresse": SourceDeFiche("La Presse, 27 avril 2024", "https://lapresse.ca/"),
        "lapresseplus": SourceDeFiche(
            "La Presse+, contenu commandité par Desjardins (date non notée)"
        ),
        "centdegres": SourceDeFiche("centdegres.ca (date non notée)", "https://centdegres.ca/"),
        "pme": SourceDeFiche("pmemtl.com (date non notée)", "https://pmemtl.com/"),
        "cnw2025": SourceDeFiche("Communiqué CNW, 2 décembre 2025", "https://newswire.ca/"),
        "cnw2026": SourceDeFiche("Communiqué CNW, 21 janvier 2026", "https://newswire.ca/"),
        "cnw": SourceDeFiche("Communiqués CNW (2025 et 2026)", "https://newswire.ca/"),
        "medium": SourceDeFiche(
            "medium.com/lab-mtl, à propos de MutuAli (date non notée)", "https://medium.com/lab-mtl"
        ),
        "jdm": SourceDeFiche(
            "Le Journal de Montréal, vers l’automne 2018", "https://journaldemontreal.com/"
        ),
        "article2018": SourceDeFiche("Article de presse, vers décembre 2018 (titre non noté)"),
        "ensemble": SourceDeFiche("L’ensemble des sources de cette fiche"),
    },
    faits=(
        FaitDeFiche(
            "2010 à 2016",
            "Le Collectif de la Table des écoliers (2010) devient, en 2016, La Cantine pour tous "
            "sous sa forme actuelle.",
            "lapresse",
        ),
        FaitDeFiche(
            "Avril 2024",
            "Des organismes mettent en commun des ressources : financement, développement des "
            "affaires. « Un peu un modèle de fédération. »",
            "lapresse",
        ),
        FaitDeFiche(
            "2016 à avril 2024",
            "De 14 membres en 2016 à 76 en avril 2024, dans une douzaine de régions.",
            "lapresse",
            verifie=False,
        ),
        FaitDeFiche("Vers décembre 2018", "18 membres.", "article2018", verifie=False),
        FaitDeFiche(
            "Date non notée",
            "Les membres partagent de l’équipement, des infrastructures et une plateforme de "
            "commande en ligne.",
            "lapresseplus",
        ),
        FaitDeFiche(
            "Vers l’automne 2018",
            "La Loggia Le Pélican prête ses cuisines au Groupe PART, qui baisse le prix de "
            "ses repas.",
            "jdm",
        ),
        FaitDeFiche(
            "Octobre 2019", "Projet pilote de La Cantine dans les écoles, dans 3 écoles.", "cnw"
        ),
        FaitDeFiche(
            "Décembre 2021",
            "Projet pilote de MutuAli, plateforme de partage d’équipement, avec Montréal en "
            "commun.",
            "medium",
        ),
        FaitDeFiche("", "L’état actuel de MutuAli n’est pas connu.", "medium", verifie=False),
        FaitDeFiche("2025", "Prix Innovation sociale 2025 de l’ADRIQ.", "cnw"),
        FaitDeFiche(
            "2 décembre 2025", "La Cantine dans les écoles est dans 171 écoles.", "cnw2025"
        ),
        FaitDeFiche(
            "21 janvier 2026",
            "9,3 M$ sur deux ans du ministère de l’Éducation du Québec pour La Cantine dans "
            "les écoles.",
            "cnw2026",
        ),
        FaitDeFiche(
            "",
            "Organisme à but non lucratif, « entreprise d’économie sociale » ou « organisme de "
            "bienfaisance », selon les sources.",
            "ensemble",
            verifie=False,
        ),
    ),
)

FICHES = (LE_DEPOT, LA_CANTINE)
