"""What the pages of practices say in their own way: results, labels, states."""

from django import template

from organisations.publication import Etat
from pratiques import lecture
from pratiques.models import Mesure, Pratique

register = template.Library()

# How a state looks on a tag: the colour of the design system, and an icon.
ASPECTS: dict[str, tuple[str, str]] = {
    Etat.BROUILLON: ("evalue", "pencil"),
    Etat.SOUMISE: ("demande", "hourglass"),
    Etat.A_CORRIGER: ("urgent", "message-square-warning"),
    Etat.PUBLIEE: ("libre", "check"),
    Etat.SUSPENDUE: ("retard", "circle-pause"),
    Etat.ARCHIVEE: ("clos", "archive"),
    Etat.RETIREE: ("clos", "archive-x"),
}


@register.inclusion_tag("composants/etiquette.html")
def etat_de_publication(objet: Pratique) -> dict[str, str]:
    etat, icone = ASPECTS[objet.etat]
    return {"etat": etat, "icone": icone, "texte": objet.get_etat_display()}


@register.filter
def resultat(mesure: Mesure) -> str:
    return lecture.quantite(mesure.apres, mesure.indicateur)


@register.filter
def avant(mesure: Mesure) -> str:
    return "" if mesure.avant is None else lecture.quantite(mesure.avant, mesure.indicateur)


@register.filter
def ecart(mesure: Mesure) -> str:
    return lecture.ecart(mesure)


@register.filter
def libelles(pratique: Pratique, champ: str) -> list[str]:
    """The labels of a field that holds several terms."""
    noms = dict(pratique._meta.get_field(champ).base_field.flatchoices)
    return [noms.get(valeur, valeur) for valeur in getattr(pratique, champ)]
