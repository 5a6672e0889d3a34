"""The mailbox of the demonstration: everybody's letters, open to everybody.

It can be: the people are invented, and the demonstration answers on this machine only.
"""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mutualisation.demo.comptes import MOT_DE_PASSE, comptes
from mutualisation.demo.models import CourrielRecu

PAR_PAGE = 20


@login_not_required
@require_GET
def demo_courriels(request: HttpRequest) -> HttpResponse:
    a = request.GET.get("a", "").replace("\x00", "").strip()[:254]
    recus = CourrielRecu.objects.filter(a__icontains=a) if a else CourrielRecu.objects.all()
    page = Paginator(recus.defer("texte", "html"), PAR_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "demo/demo_courriels.html",
        {"page": page, "a": a, "comptes": comptes(), "mot_de_passe": MOT_DE_PASSE},
    )


@login_not_required
@require_GET
def demo_courriel(request: HttpRequest, pk: int) -> HttpResponse:
    """Its text version, with links that can be followed; never its HTML."""
    courriel = get_object_or_404(CourrielRecu, pk=pk)
    liens = [(_("Courriels de démonstration"), reverse("demo_courriels"))]
    return render(request, "demo/demo_courriel.html", {"courriel": courriel, "liens": liens})
