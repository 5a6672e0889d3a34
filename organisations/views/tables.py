"""The tables de concertation: who welcomes, who reads, in how many days."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from organisations.models import Mandat, Organisation, Table
from organisations.publication import Etat
from organisations.recherche import Cle

PAR_PAGE = 24


@login_not_required
@require_GET
def table_liste(request: HttpRequest) -> HttpResponse:
    tables = (
        Table.objects.select_related("territoire")
        .annotate(
            membres=Count(
                "organisations",
                filter=Q(
                    organisations__etat=Etat.PUBLIEE,
                    organisations__provenance=Organisation.Provenance.MEMBRE,
                ),
            )
        )
        .order_by(Cle("nom"), "nom")
    )
    page = Paginator(tables, PAR_PAGE).get_page(request.GET.get("page"))
    return render(request, "organisations/table_liste.html", {"page": page})


@login_not_required
@require_GET
def table_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Who holds a mandate is said by function and dates: no name is public."""
    table = get_object_or_404(Table.objects.select_related("territoire"), slug=slug)
    # Those known only from public sources are not its members: the directory shows them.
    membres = (
        Organisation.objects.publiees()
        .filter(table=table, provenance=Organisation.Provenance.MEMBRE)
        .pour_la_liste()
    )
    return render(
        request,
        "organisations/table_detail.html",
        {
            "table": table,
            "mandats": Mandat.objects.en_cours().filter(table=table).order_by("debut", "pk"),
            "anciens": Mandat.objects.filter(table=table, fin__lte=timezone.localdate()).order_by(
                "-fin", "pk"
            )[:10],
            "page": Paginator(membres, PAR_PAGE * 2).get_page(request.GET.get("page")),
        },
    )
