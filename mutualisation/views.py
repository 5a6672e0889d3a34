"""The roof's own pages."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@login_not_required
@require_GET
def accueil(request: HttpRequest) -> HttpResponse:
    return render(request, "mutualisation/accueil.html")


@login_not_required
@require_GET
def sante(request: HttpRequest) -> HttpResponse:
    """For the supervisor and the proxy: the site answers, and so does its database."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def formulaire_perime(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
