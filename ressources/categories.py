"""The categories of the registry: one line each, in the order they are shown.

Slugs are permanent, labels may change. `dessin` is the drawing shown when there is no photo.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Sorte(models.TextChoices):
    EQUIPEMENT = "equipement", _("Équipement et matériel")
    LOCAL = "local", _("Locaux et espaces")
    EXPERTISE = "expertise", _("Expertise et personnel")
    SAVOIR = "savoir", _("Outils et savoirs")


@dataclass(frozen=True)
class Categorie:
    slug: str
    libelle: Promise
    dessin: str


CATEGORIES: dict[Sorte, tuple[Categorie, ...]] = {
    Sorte.EQUIPEMENT: (
        Categorie("chaudrons-marmites", _("Chaudrons et marmites"), "chaudrons"),
        Categorie("cuisine-petit-equipement", _("Petit équipement de cuisine"), "percolateur"),
        Categorie("cuisine-gros-equipement", _("Gros équipement de cuisine"), "cuisine"),
        Categorie("froid-congelation", _("Réfrigération et congélation"), "entrepot"),
        Categorie(
            "transport-alimentaire",
            _("Bacs, glacières et boîtes isothermes"),
            "legumes",
        ),
        Categorie("tables-chaises", _("Tables et chaises"), "tables"),
        Categorie("chapiteaux-abris", _("Chapiteaux, tentes et abris"), "chapiteau"),
        Categorie("scene-estrade", _("Scène et estrade"), "chapiteau"),
        Categorie("sonorisation", _("Sonorisation"), "son"),
        Categorie("eclairage", _("Éclairage"), "projecteur"),
        Categorie("projection-ecran", _("Projecteur et écran"), "projecteur"),
        Categorie("captation-photo-video", _("Photo, vidéo et captation"), "projecteur"),
        Categorie("informatique", _("Ordinateurs, tablettes et périphériques"), "expertise"),
        Categorie("impression", _("Imprimante, photocopieur, plastifieuse"), "plastifieuse"),
        Categorie("vehicules", _("Véhicules"), "fourgonnette"),
        Categorie(
            "velos-cargos-chariots",
            _("Vélos-cargos, remorques et chariots"),
            "remorque",
        ),
        Categorie("outils-entretien", _("Outils et entretien"), "entrepot"),
        Categorie("jardinage-agriculture", _("Jardinage et agriculture urbaine"), "legumes"),
        Categorie("jeux-animation", _("Jeux et matériel d’animation"), "cercle"),
        Categorie("sport-plein-air", _("Sport et plein air"), "chapiteau"),
        Categorie("petite-enfance", _("Petite enfance"), "cercle"),
        Categorie(
            "mobilite-accessibilite",
            _("Aides à la mobilité et à l’accessibilité"),
            "fourgonnette",
        ),
        Categorie(
            "signaletique-kiosque",
            _("Kiosques, affichage et signalisation"),
            "chapiteau",
        ),
        Categorie("securite-evenement", _("Sécurité et logistique d’événement"), "chapiteau"),
        Categorie("equipement-autre", _("Autre équipement"), "chaudron-commun"),
    ),
    Sorte.LOCAL: (
        Categorie("salle-reunion", _("Salle de réunion"), "salle"),
        Categorie("salle-polyvalente", _("Salle polyvalente"), "salle"),
        Categorie("bureau-poste-travail", _("Bureau ou poste de travail"), "salle"),
        Categorie("bureau-confidentiel", _("Bureau d’intervention confidentiel"), "salle"),
        Categorie(
            "salle-formation",
            _("Salle de formation ou laboratoire informatique"),
            "projecteur",
        ),
        Categorie("cuisine-professionnelle", _("Cuisine professionnelle"), "cuisine"),
        Categorie("cuisine-collective", _("Cuisine collective"), "cuisine"),
        Categorie("chambre-froide", _("Chambre froide"), "entrepot"),
        Categorie("entrepot-rangement", _("Entrepôt et rangement"), "entrepot"),
        Categorie("quai-livraison", _("Quai de livraison"), "fourgonnette"),
        Categorie("halte-garderie", _("Halte-garderie"), "cercle"),
        Categorie("gymnase", _("Gymnase"), "salle"),
        Categorie("atelier-studio", _("Atelier ou studio"), "salle"),
        Categorie("salle-spectacle", _("Salle de spectacle ou d’exposition"), "son"),
        Categorie("jardin-terrain", _("Jardin, serre ou terrain"), "legumes"),
        Categorie("stationnement", _("Stationnement"), "fourgonnette"),
        Categorie("espace-halte-chaleur", _("Halte-chaleur ou halte-fraîcheur"), "salle"),
        Categorie("local-autre", _("Autre local"), "salle"),
    ),
    Sorte.EXPERTISE: (
        Categorie("comptabilite-paie", _("Comptabilité et paie"), "expertise"),
        Categorie("gestion-financiere", _("Gestion financière et budget"), "expertise"),
        Categorie("recherche-financement", _("Recherche de financement"), "expertise"),
        Categorie("relecture-projet", _("Relecture de projet avant dépôt"), "expertise"),
        Categorie("ressources-humaines", _("Ressources humaines"), "expertise"),
        Categorie(
            "gouvernance-vie-democratique",
            _("Gouvernance et vie démocratique"),
            "expertise",
        ),
        Categorie("juridique", _("Juridique"), "expertise"),
        Categorie("communications", _("Communications"), "expertise"),
        Categorie("graphisme", _("Graphisme et mise en page"), "expertise"),
        Categorie("numerique-ti", _("Numérique et TI"), "expertise"),
        Categorie(
            "protection-renseignements",
            _("Protection des renseignements personnels"),
            "expertise",
        ),
        Categorie("evaluation", _("Évaluation"), "expertise"),
        Categorie("animation-facilitation", _("Animation et facilitation"), "cercle"),
        Categorie("mediation", _("Médiation et gestion de conflits"), "cercle"),
        Categorie("formation", _("Formation"), "expertise"),
        Categorie("gestion-benevoles", _("Gestion des bénévoles"), "cercle"),
        Categorie("gestion-projet", _("Gestion de projet et logistique"), "expertise"),
        Categorie(
            "alimentation-nutrition",
            _("Alimentation, salubrité et nutrition"),
            "legumes",
        ),
        Categorie("batiment-entretien", _("Bâtiment et entretien"), "expertise"),
        Categorie("traduction-interpretation", _("Traduction et interprétation"), "expertise"),
        Categorie("accessibilite-inclusion", _("Accessibilité et inclusion"), "expertise"),
        Categorie("direction-interim", _("Direction ou coordination par intérim"), "expertise"),
        Categorie("benevoles-coup-de-main", _("Bénévoles et coup de main"), "cercle"),
        Categorie("expertise-autre", _("Autre expertise"), "expertise"),
    ),
    Sorte.SAVOIR: (
        Categorie("cadre-de-reference", _("Cadre de référence"), "plastifieuse"),
        Categorie("entente-type", _("Entente type"), "plastifieuse"),
        Categorie("politique-interne", _("Politique ou règlement interne"), "plastifieuse"),
        Categorie("gabarit", _("Gabarit ou formulaire"), "plastifieuse"),
        Categorie("guide-methode", _("Guide ou méthode"), "plastifieuse"),
        Categorie("outil-evaluation", _("Outil d’évaluation"), "plastifieuse"),
        Categorie("materiel-formation", _("Matériel de formation"), "plastifieuse"),
        Categorie("outil-animation", _("Outil d’animation"), "cercle"),
        Categorie("recherche-portrait", _("Recherche, portrait ou diagnostic"), "plastifieuse"),
        Categorie("donnees", _("Jeu de données"), "plastifieuse"),
        Categorie("veille", _("Veille et répertoire"), "plastifieuse"),
        Categorie("fournisseurs", _("Liste de fournisseurs"), "plastifieuse"),
        Categorie("recit-apprentissage", _("Récit d’apprentissage"), "cercle"),
        Categorie("logiciel-configuration", _("Logiciel ou configuration"), "plastifieuse"),
        Categorie("banque-images", _("Banque d’images"), "plastifieuse"),
        Categorie("savoir-autre", _("Autre ressource intangible"), "plastifieuse"),
    ),
}

PAR_SLUG = {c.slug: c for liste in CATEGORIES.values() for c in liste}
CHOIX = [(c.slug, c.libelle) for c in PAR_SLUG.values()]
CHOIX_GROUPES = [
    (sorte.label, [(c.slug, c.libelle) for c in liste]) for sorte, liste in CATEGORIES.items()
]


def slugs(sorte: str) -> list[str]:
    return [c.slug for c in CATEGORIES[Sorte(sorte)]]
