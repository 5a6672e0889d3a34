"""The directory, and the page an organisation writes about itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from organisations import adhesions, moderation
from organisations.droits import Droit, exiger
from organisations.filters import OrganisationFilter
from organisations.forms import InscrireOrganisationForm, ModifierOrganisationForm
from organisations.models import Organisation, Revision
from organisations.publication import EDITABLES, Etat
from organisations.refus import Refus

PAR_PAGE = 24


@login_not_required
@require_GET
def organisation_liste(request: HttpRequest) -> HttpResponse:
    """Everyone on line, by name: an organisation is never ranked."""
    filtre = OrganisationFilter(
        request.GET or None, queryset=Organisation.objects.publiees().pour_la_liste()
    )
    page = Paginator(filtre.qs, PAR_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "organisations/organisation_liste.html", {"filtre": filtre, "page": page}
    )


def organisation_inscrire(request: HttpRequest) -> HttpResponse:
    form = InscrireOrganisationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = adhesions.inscrire(
                form.champs(), par=request.user, fonction=form.cleaned_data["fonction"]
            )
        except Refus as refus:
            form.add_error(refus.champ, refus.phrases)
        else:
            messages.success(
                request,
                _("%(nom)s est inscrit. Sa table de concertation est prévenue.")
                % {"nom": organisation.nom},
            )
            return redirect(organisation)
    return render(request, "organisations/organisation_inscrire.html", {"form": form})


def organisation_modifier(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = get_object_or_404(
        Organisation.objects.visibles_par(request.user).select_related("table", "territoire"),
        slug=slug,
    )
    exiger(request.user, Droit.GERER, organisation)
    proposees = moderation.proposees(organisation)
    form = ModifierOrganisationForm(
        request.POST or None, request.FILES or None, instance=organisation, initial=proposees
    )
    if request.method == "POST" and form.is_valid():
        ancien_logo = organisation.logo.name
        try:
            phrase = _enregistrer(organisation, form, request)
        except Refus as refus:
            form.add_error(refus.champ, refus.phrases)
        else:
            if ancien_logo and "logo" in form.champs():
                default_storage.delete(ancien_logo)
            messages.success(request, phrase)
            return redirect(organisation)
    return render(
        request,
        "organisations/organisation_modifier.html",
        {
            "organisation": organisation,
            "form": form,
            "proposees": proposees,
            "renvoi": renvoi(organisation),
            "a_envoyer": organisation.etat in (Etat.BROUILLON, Etat.A_CORRIGER),
        },
    )


def _enregistrer(
    organisation: Organisation, form: ModifierOrganisationForm, request: HttpRequest
) -> str:
    """Writes, and says what happens next."""
    with transaction.atomic():
        revision = moderation.modifier(organisation, form.champs(), par=request.user)
        if organisation.etat in (Etat.BROUILLON, Etat.A_CORRIGER):
            moderation.soumettre(organisation, par=request.user)
            return _("Merci. Votre table relit la page et vous répond.")
    if revision:
        return _("C’est noté : votre table relit ce qui change. D’ici là, la page reste la même.")
    if organisation.etat in EDITABLES:
        return _("C’est enregistré. Votre table lira cette version.")
    return _("C’est enregistré.")


def renvoi(organisation: Organisation) -> Revision | None:
    """What the table asked to change, when its last word was to send the page back."""
    derniere = organisation.revisions.order_by("-soumise_le", "-pk").first()
    return derniere if derniere and derniere.etat == Revision.Etat.RENVOYEE else None
