"""The site, and the bare page: the floor every page is measured against."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from mutualisation.urls import urlpatterns as du_portail
from ressources.models import Ressource

PAGE_NUE = engines["django"].from_string(
    "<ul>{% for r in lignes %}<li>{{ r.titre }}</li>{% endfor %}</ul>"
)


@login_not_required
def page_nue(request: HttpRequest) -> HttpResponse:
    """One indexed query, a plain template of 20 rows."""
    lignes = Ressource.objects.filter(etat="publiee").order_by("-publiee_le", "-id")[:20]
    return HttpResponse(PAGE_NUE.render({"lignes": lignes.only("titre")}))


urlpatterns = [*du_portail, path("nue/", page_nue)]
