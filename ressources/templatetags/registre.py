"""What the catalogue shows in several places: a picture, and whether a thing is free."""

import datetime as dt
from typing import Any

from django import template
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ressources import disponibilite, phrases, registre
from ressources.categories import Sorte
from ressources.models import Photo, PhotoConstat, Pret, Ressource
from ressources.suivi import Suivi
from ressources.vis_a_vis import VisAVis, vis_a_vis

register = template.Library()

# The kind, in the one word that fits on a card.
COURTES = {
    Sorte.EQUIPEMENT: gettext_lazy("Équipement"),
    Sorte.LOCAL: gettext_lazy("Local"),
    Sorte.EXPERTISE: gettext_lazy("Expertise"),
    Sorte.SAVOIR: gettext_lazy("Outil"),
}

# How wide the picture is shown, for the browser to choose its size.
LARGEURS = {
    "fiche": "(min-width: 62em) 18rem, (min-width: 40em) 45vw, 90vw",
    "grande": "(min-width: 62em) 46rem, 92vw",
    "petite": "(min-width: 62em) 15rem, 30vw",
}


@register.inclusion_tag("composants/photo.html")
def photo(photo: Photo, place: str, alt: str | None = None) -> dict[str, Any]:
    """A prepared photo: its sizes and its proportions. `alt=""` beside its name."""
    assert photo.largeur  # a prepared photo is measured: the database says so
    largeurs = [n for n in Photo.LARGEURS if n < photo.largeur] or [Photo.LARGEURS[0]]
    if photo.largeur > largeurs[-1]:
        largeurs.append(next(n for n in Photo.LARGEURS if n >= photo.largeur))

    def adresses(format: str) -> str:
        return ", ".join(
            f"{default_storage.url(photo.chemin(n, format))} {min(n, photo.largeur or n)}w"
            for n in largeurs
        )

    return {
        "largeur": str(photo.largeur),  # not « 1 280 »
        "hauteur": str(photo.hauteur),
        "alt": photo.alt if alt is None else alt,
        "avif": adresses("avif"),
        "webp": adresses("webp"),
        "adresse": default_storage.url(photo.chemin(640, "webp")),
        "tailles": LARGEURS[place],
        "differee": place != "grande",
    }


@register.simple_tag
def libre_ou_pris(ressource: Ressource, libre: int | None) -> dict[str, str]:
    """The state of a listing over a period, in words: `etat` and `texte` of its label."""
    if libre is None:
        return {"etat": "", "texte": _("À utiliser librement")}
    if ressource.quantite > 1:
        texte = (
            _("%(libre)s sur %(total)s libres") if libre > 1 else _("%(libre)s sur %(total)s libre")
        )
        texte = (
            texte % {"libre": libre, "total": ressource.quantite} if libre else _("Tout est pris")
        )
    elif libre:
        texte = _("Libre")
    else:
        texte = _("Pris en partie") if ressource.par_heure else _("Pris")
    return {"etat": "libre" if libre else "", "texte": texte}


@register.simple_tag
def adresse_du_geste(ressource: Ressource, verbe: str) -> str:
    return reverse(f"ressource_{verbe}", args=[ressource.slug])


@register.filter
def geste(verbe: str) -> str:
    """The words of a button of the author."""
    return str(registre.LIBELLES[verbe])


@register.filter
def sorte_courte(ressource: Ressource) -> str:
    return str(COURTES[Sorte(ressource.sorte)])


@register.filter
def heure_en_mots(heure: dt.time) -> str:
    """« 9 h », « 14 h 30 »."""
    return disponibilite.heure_en_mots(heure)


@register.filter
def minutes_en_mots(minutes: int) -> str:
    """« 45 minutes », « 1 h 30 », « 2 jours »."""
    return phrases.minutes_en_mots(minutes)


@register.simple_tag
def constats_de(suivi: Suivi) -> VisAVis | None:
    """The condition reports of the loan a page follows."""
    return vis_a_vis(
        suivi.pret,
        suivi.evenements,
        est_partie=suivi.est_partie,
        est_preteur=suivi.est_preteur,
    )


@register.inclusion_tag("composants/photo_constat.html")
def photo_de_constat(photo: PhotoConstat, pret: Pret, alt: str) -> dict[str, Any]:
    """A prepared photo of a report, in small; the link opens it larger."""
    petite, grande = min(PhotoConstat.LARGEURS), max(PhotoConstat.LARGEURS)

    def adresse(largeur: int, format: str) -> str:
        return reverse("photo_constat", args=[pret.pk, photo.cle, largeur, format])

    assert photo.largeur and photo.hauteur  # a prepared photo is measured: the database says so
    return {
        "alt": alt,
        "avif": adresse(petite, "avif"),
        "webp": adresse(petite, "webp"),
        "grande": adresse(grande, "webp"),
        "largeur": str(petite),
        "hauteur": str(round(petite * photo.hauteur / photo.largeur)),
    }
