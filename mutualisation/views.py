"""The roof's own pages: home, health, the network's rules, appearance."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from organisations.models import Organisation
from pratiques.models import Pratique, Question
from ressources.cycle import Etat
from ressources.models import Pret, Ressource

PRATIQUES_MONTREES = 4
ORGANISMES_MONTRES = 16
THEMES = ("auto", "clair", "sombre")


@login_not_required
@require_GET
def accueil(request: HttpRequest) -> HttpResponse:
    """What the network has, what it learned, what it lent this year: counted now."""
    annee = timezone.localdate().year
    rendus = Pret.objects.filter(etat__in=[Etat.RENDU, Etat.CLOS], rendu_le__year=annee)
    membres = Organisation.objects.publiees().filter(provenance=Organisation.Provenance.MEMBRE)
    return render(
        request,
        "mutualisation/accueil.html",
        {
            "nombre_ressources": Ressource.objects.publiees().count(),
            "nombre_pratiques": Pratique.objects.publiees().count(),
            "nombre_organismes": membres.count(),
            "organismes": membres.pour_la_liste()[:ORGANISMES_MONTRES],
            "pratiques": Pratique.objects.publiees()
            .pour_la_liste()
            .order_by("-publiee_le", "-pk")[:PRATIQUES_MONTREES],
            # A question without an answer is an invitation.
            "questions": Question.objects.pour_la_liste()
            .filter(nombre_de_reponses=0)
            .order_by("ordre")[:3],
            "annee": annee,
            "prets_rendus": rendus.count(),
            "prets_a_temps": rendus.annotate(prevu=F("periode__endswith"))
            .filter(rendu_le__lte=F("prevu"))
            .count(),
            "organismes_prets": rendus.values("preteur").distinct().count(),
        },
    )


@login_not_required
@require_GET
def sante(request: HttpRequest) -> HttpResponse:
    """For the supervisor and the proxy: the site answers, and so does its database."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_GET
def charte(request: HttpRequest) -> HttpResponse:
    return render(request, "mutualisation/charte.html")


@login_not_required
@require_GET
def confidentialite(request: HttpRequest) -> HttpResponse:
    return render(request, "mutualisation/confidentialite.html")


@login_not_required
@require_GET
def accessibilite(request: HttpRequest) -> HttpResponse:
    return render(request, "mutualisation/accessibilite.html")


@login_not_required
@require_POST
def apparence_choisir(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen theme in this browser, and comes back to the page."""
    suite = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        suite, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        suite = "/"
    reponse = HttpResponseRedirect(suite)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        reponse.set_cookie(
            "theme",
            theme,
            max_age=365 * 24 * 3600,
            secure=settings.SECURISE,
            httponly=True,
            samesite="Lax",
        )
    return reponse


@login_not_required
def formulaire_perime(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
