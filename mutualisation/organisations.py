"""An organisation's public page, composed from the three floors; and its leaving the network."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations import moderation
from organisations.droits import Droit, Role, droits, exiger, peut, roles
from organisations.forms import RejoindreForm
from organisations.models import Adhesion, Organisation
from organisations.publication import Etat
from organisations.refus import Refus
from organisations.views.organisations import renvoi
from pratiques.models import Pratique
from ressources.confiance import faits
from ressources.models import Pret, Ressource

PAR_PAGE = 12


@login_not_required
@require_GET
def organisation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = (
        Organisation.objects.select_related("table", "territoire").filter(slug=slug).first()
    )
    if organisation is not None and organisation.etat == Etat.RETIREE:
        return render(request, "410.html", status=410)
    if organisation is None or (
        not organisation.est_publiee
        and not Organisation.objects.visibles_par(request.user).filter(slug=slug).exists()
    ):
        raise Http404
    ressources = (
        Ressource.objects.publiees()
        .filter(organisation=organisation)
        .pour_la_liste()
        .order_by("-publiee_le", "-pk")
    )
    pratiques = (
        Pratique.objects.publiees()
        .filter(organisation=organisation)
        .pour_la_liste()
        .order_by("-publiee_le", "-pk")[:6]
    )
    contexte = {
        "organisation": organisation,
        "faits": faits(organisation),
        "page": Paginator(ressources, PAR_PAGE).get_page(request.GET.get("page")),
        "pratiques": pratiques,
        "peut_moderer": False,
        **(_pour_moi(request, organisation) if request.user.is_authenticated else {}),
    }
    return render(request, "organisations/organisation_detail.html", contexte)


def _pour_moi(request: HttpRequest, organisation: Organisation) -> dict[str, Any]:
    """What a signed-in person may do here."""
    siens = droits(request.user, organisation)
    est_membre = bool(roles(request.user, organisation) & {Role.MEMBRE, Role.RESPONSABLE})
    coordonne = peut(request.user, Droit.MODERER, organisation.table)
    demande = None
    if not est_membre:
        demande = (
            Adhesion.objects.demandees()
            .filter(personne=request.user, organisation=organisation)
            .first()
        )
    return {
        "est_membre": est_membre,
        "peut_gerer": est_membre and Droit.GERER in siens,
        "voit_membres": est_membre or coordonne,
        "peut_moderer": coordonne,
        "demande": demande,
        "form": RejoindreForm()
        if organisation.est_publiee and not est_membre and not demande
        else None,
        "renvoi": renvoi(organisation) if est_membre else None,
        "lecture": organisation.revisions.filter(etat="en_attente").first()
        if est_membre or coordonne
        else None,
    }


@require_POST
def organisation_retirer(request: HttpRequest, slug: str) -> HttpResponse:
    """Leaves the network; refused while a loan runs, so that nothing stays out for ever."""
    organisation = get_object_or_404(Organisation.objects.visibles_par(request.user), slug=slug)
    try:
        exiger(request.user, Droit.GERER, organisation)
        if Pret.objects.de(organisation).en_cours().exists():
            raise Refus(_("Des prêts sont en cours : terminez-les ou annulez-les avant de partir."))
        moderation.retirer(organisation, par=request.user)
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
        return redirect("organisation_modifier", organisation.slug)
    messages.success(
        request,
        _("%(nom)s ne fait plus partie du réseau. Sa page est retirée.")
        % {"nom": organisation.nom},
    )
    return redirect("compte")
