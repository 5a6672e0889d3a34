"""Offers to wait where the stock is lacking: on the request page and on a listing."""

import datetime as dt
from typing import Any

from django import template
from django.utils.dateparse import parse_date

from ressources import attentes, disponibilite

register = template.Library()


@register.inclusion_tag("ressources/_attendre.html", takes_context=True)
def offre_dattendre(context: template.Context) -> dict[str, Any]:
    """The form that says « tell me », when the dates and the quantity of the request form (sent
    and refused, or chosen in the calendar) lack nothing but stock. Nothing otherwise."""
    form = context.get("demande")
    periode = _periode(form) if form is not None else None
    if periode is None:
        return {}
    quantite = _quantite(form)
    raisons, manque = attentes.ce_qui_empeche(form.ressource, form.organisation, *periode, quantite)
    if raisons or not manque:
        return {}
    return {
        "ressource": form.ressource,
        "organisation": form.organisation,
        "debut": periode[0],
        "fin": periode[1],
        "quantite": quantite,
        "csrf_token": context.get("csrf_token"),
    }


def _periode(form: Any) -> tuple[dt.datetime, dt.datetime] | None:
    if form.is_bound:
        return getattr(form, "periode", None) if form.errors else None
    jours = [_jour(form.initial.get(nom)) for nom in ("du", "au")]
    if form.ressource.par_heure or None in jours or jours[1] < jours[0]:
        return None
    try:
        lendemain = jours[1] + dt.timedelta(days=1)
        return disponibilite.minuit(jours[0]), disponibilite.minuit(lendemain)
    except OverflowError:
        return None


def _jour(texte: Any) -> dt.date | None:
    try:
        return texte if isinstance(texte, dt.date) else parse_date(str(texte))
    except ValueError:
        return None


def _quantite(form: Any) -> int:
    """As it was typed, even refused."""
    if "quantite" not in form.fields:
        return 1
    try:
        return int(form["quantite"].value())
    except (TypeError, ValueError):
        return 0
