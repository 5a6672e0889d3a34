"""The calendars one subscribes to: their addresses, and what a calendar reads there."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from organisations.models import Organisation
from organisations.refus import Refus
from ressources import agendas
from ressources.models import Agenda, Ressource

GARDER = 300  # seconds


@login_not_required  # a calendar has no account: the address is the key
@require_safe
def agenda(request: HttpRequest, jeton: str) -> HttpResponseBase:
    trouve = get_object_or_404(
        Agenda.objects.actifs().select_related("personne"), jeton=jeton.replace("\x00", "")
    )
    with translation.override(trouve.personne.langue or settings.LANGUAGE_CODE):
        lecture = agendas.lire(trouve)
    if lecture is None:
        raise Http404
    reponse = HttpResponse(lecture.contenu, content_type="text/calendar; charset=utf-8")
    reponse["Content-Disposition"] = 'inline; filename="agenda.ics"'
    reponse["Cache-Control"] = f"private, max-age={GARDER}"
    reponse["X-Robots-Tag"] = "noindex"
    etag = f'"{hashlib.sha256(lecture.contenu).hexdigest()[:32]}"'
    reponse["ETag"] = etag
    # For people who look: a loan that leaves the calendar changes no date of those that stay, so
    # only the ETag may answer « not modified ».
    reponse["Last-Modified"] = http_date(lecture.modifie_le.timestamp())
    return get_conditional_response(request, etag=etag, response=reponse) or reponse


@require_GET
def agenda_liste(request: HttpRequest) -> HttpResponse:
    siens = list(
        Agenda.objects.visibles_par(request.user)
        .actifs()
        .select_related("organisation", "ressource")
        .order_by(
            F("organisation__nom").asc(nulls_first=True),
            F("ressource__titre").asc(nulls_first=True),
            "pk",
        )
    )
    organisations = list(Organisation.objects.de(request.user).order_by("nom"))
    ont = {a.organisation_id for a in siens if a.organisation_id}
    return render(
        request,
        "ressources/agenda_liste.html",
        {
            "agendas": [_fiche(request, a) for a in siens],
            "a_tous": any(not a.organisation_id and not a.ressource_id for a in siens),
            "organisations": [o for o in organisations if o.pk not in ont],
            "ressources": Ressource.objects.filter(organisation__in=organisations)
            .exclude(unite=Ressource.Unite.SANS)
            .exclude(pk__in=[a.ressource_id for a in siens if a.ressource_id])
            .order_by("titre")[:200],
        },
    )


def _fiche(request: HttpRequest, agenda: Agenda) -> dict[str, Any]:
    adresse = request.build_absolute_uri(reverse("agenda", args=[agenda.jeton]))
    return {
        "agenda": agenda,
        "nom": str(agenda.ressource or agenda.organisation or _("Tous mes prêts")),
        "adresse": adresse,
        "webcal": f"webcal:{adresse.split(':', 1)[1]}",  # a telephone opens its calendar
    }


@require_POST
def agenda_creer(request: HttpRequest) -> HttpResponse:
    """Of all one's loans, of an organisation (`organisation`), or of a listing (`ressource`)."""
    organisation = ressource = None
    if slug := request.POST.get("ressource"):
        ressource = get_object_or_404(
            Ressource.objects.visibles_par(request.user), slug=slug.replace("\x00", "")
        )
    elif slug := request.POST.get("organisation"):
        organisation = get_object_or_404(
            Organisation.objects.de(request.user), slug=slug.replace("\x00", "")
        )
    try:
        agendas.creer(request.user, organisation=organisation, ressource=ressource)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, _("L’adresse est prête : copiez-la dans votre agenda."))
    return redirect("agenda_liste")


@require_POST
def agenda_renouveler(request: HttpRequest, pk: int) -> HttpResponse:
    trouve = get_object_or_404(Agenda.objects.visibles_par(request.user), pk=pk)
    try:
        agendas.renouveler(trouve)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(
            request, _("Voici une nouvelle adresse. L’ancienne ne montre plus rien à personne.")
        )
    return redirect("agenda_liste")


@require_POST
def agenda_revoquer(request: HttpRequest, pk: int) -> HttpResponse:
    agendas.revoquer(get_object_or_404(Agenda.objects.visibles_par(request.user), pk=pk))
    messages.success(request, _("C’est révoqué : cette adresse ne montre plus rien à personne."))
    return redirect("agenda_liste")
