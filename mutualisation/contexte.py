"""What every page of the portal may show. What costs a query is a function: templates that do not
ask for it do not pay."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest

from organisations.models import Mandat, Revision
from ressources import paniers, taches_a_faire


def portail(request: HttpRequest) -> dict:
    theme = request.COOKIES.get("theme", "auto")
    return {
        "reseau": settings.RESEAU,
        "demo": settings.DEMO,
        "theme": theme if theme in ("clair", "sombre") else "auto",
        "organisation_active": getattr(request, "organisation", None),
        "mes_organisations": getattr(request, "organisations", []),
        "nombre_moderation": _nombre_moderation(request),
        "nombre_a_faire": _nombre_a_faire(request),
        "au_panier": _au_panier(request),
    }


def _nombre_moderation(request: HttpRequest) -> Callable[[], int | None]:
    """How many readings wait for this person; None when he or she coordinates nothing."""

    @cache
    def nombre() -> int | None:
        personne = getattr(request, "user", None)
        if personne is None or not personne.is_authenticated:
            return None
        if personne.is_staff:
            return Revision.objects.en_attente().count()
        attente = Count(
            "table__revision",
            filter=Q(table__revision__etat=Revision.Etat.EN_ATTENTE),
            distinct=True,
        )
        compte = (
            Mandat.objects.en_cours()
            .filter(personne=personne)
            .aggregate(mandats=Count("pk"), attente=attente)
        )
        return compte["attente"] if compte["mandats"] else None

    return nombre


def _nombre_a_faire(request: HttpRequest) -> Callable[[], int]:
    """How many things wait for the organisation one acts for."""

    @cache
    def nombre() -> int:
        organisation = getattr(request, "organisation", None)
        return taches_a_faire.nombre_a_faire(organisation) if organisation else 0

    return nombre


def _au_panier(request: HttpRequest) -> Callable[[], set[int]]:
    """The listings in one's basket, by primary key: the header counts them, the cards tell them
    apart."""

    @cache
    def ressources() -> set[int]:
        organisation = getattr(request, "organisation", None)
        return paniers.ressources_de(request.user, organisation) if organisation else set()

    return ressources
