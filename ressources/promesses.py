"""The promised loans that stand in the way of a change, named with links in a refusal."""

import datetime as dt
from collections.abc import Iterable

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ressources.cycle import TENUS
from ressources.disponibilite import periode_en_mots
from ressources.models import Lignee, Pret, Ressource

PRETS_NOMMES = 5  # how many of them a sentence names


def promis_pendant(ressources: Iterable[int], debut: dt.datetime, fin: dt.datetime) -> list[Pret]:
    """The promised loans of these listings, and of the places around and inside them."""
    ids = list(ressources)
    proches = Lignee.objects.filter(ressource__in=ids).values("proche")
    return list(
        Pret.objects.filter(Q(ressource__in=ids) | Q(ressource__in=proches))
        .filter(etat__in=TENUS, periode__overlap=DateTimeTZRange(debut, fin))
        .select_related("ressource", "emprunteur")
        .order_by("periode", "pk")
    )


def liens_des_prets(prets: list[Pret]) -> SafeString:
    noms = format_html_join(
        ", ",
        '<a href="{}">{}, {} ({})</a>',
        (
            (p.get_absolute_url(), p.ressource, periode_en_mots(p.debut, p.fin), p.emprunteur)
            for p in prets[:PRETS_NOMMES]
        ),
    )
    return noms + "…" if len(prets) > PRETS_NOMMES else noms


def contradictions(ressource: Ressource, autour: Ressource) -> list[Pret]:
    """The loans that would contradict each other were this place part of that one: those of its
    places that meet those of the places around, from now on."""
    dedans = {ressource.pk, *_proches(ressource.pk, autour=False)}
    autour_de = {autour.pk, *_proches(autour.pk, autour=True)}
    prets = (
        Pret.objects.filter(ressource__in=dedans | autour_de, etat__in=TENUS)
        .filter(Q(tenue__endswith__gt=timezone.now()))
        .select_related("ressource", "emprunteur")
        .order_by("periode", "pk")
    )
    siens = [p for p in prets if p.ressource_id in dedans]
    autres = [p for p in prets if p.ressource_id in autour_de]
    return [
        p
        for p in siens
        if any(p.tenue.lower < q.tenue.upper and q.tenue.lower < p.tenue.upper for q in autres)
    ]


def _proches(pk: int, *, autour: bool) -> list[int]:
    return list(
        Lignee.objects.filter(ressource=pk, autour=autour).values_list("proche_id", flat=True)
    )
