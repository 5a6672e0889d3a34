"""Who acts for an organisation: members, requests to join, invitations."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations import adhesions
from organisations.droits import Droit, Role, peut, roles
from organisations.forms import InvitationForm, RejoindreForm, RoleForm
from organisations.models import Adhesion, Invitation, Organisation
from organisations.refus import NonAutorise, Refus

PAR_PAGE = 24


def _organisation(request: HttpRequest, slug: str) -> Organisation:
    """One of those whose members this person may know; others do not exist for him or her."""
    organisation = get_object_or_404(
        Organisation.objects.visibles_par(request.user).select_related("table"), slug=slug
    )
    siens = roles(request.user, organisation) & {Role.MEMBRE, Role.RESPONSABLE}
    if not siens and not peut(request.user, Droit.ACCUEILLIR, organisation.table):
        raise Http404
    return organisation


def _refuser(request: HttpRequest, refus: Refus) -> None:
    for phrase in refus.phrases:
        messages.error(request, phrase)


@require_GET
def organisation_membres(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _organisation(request, slug)
    return _page_des_membres(request, organisation, InvitationForm())


def _page_des_membres(
    request: HttpRequest, organisation: Organisation, form: InvitationForm
) -> HttpResponse:
    gere = adhesions.peut_gerer(request.user, organisation)
    actives = (
        Adhesion.objects.actives()
        .filter(organisation=organisation)
        .select_related("personne")
        .order_by("personne__prenom", "personne__nom", "pk")
    )
    page = Paginator(actives, PAR_PAGE).get_page(request.GET.get("page"))
    contexte: dict[str, Any] = {
        "organisation": organisation,
        "page": page,
        "gere": gere,
        "form": form,
        "mon_adhesion": actives.filter(personne=request.user).first(),
    }
    if gere:
        contexte["membres"] = [
            (a, RoleForm(initial={"role": a.role, "fonction": a.fonction}, prefix=f"a{a.pk}"))
            for a in page
        ]
        contexte["demandes"] = (
            Adhesion.objects.demandees()
            .filter(organisation=organisation)
            .select_related("personne")
            .order_by("depuis")[:50]
        )
        contexte["invitations"] = (
            Invitation.objects.filter(organisation=organisation, acceptee_le=None, annulee_le=None)
            .select_related("par")
            .order_by("-envoyee_le")[:50]
        )
    else:
        contexte["membres"] = [(a, None) for a in page]
    return render(request, "organisations/organisation_membres.html", contexte)


@require_POST
def organisation_rejoindre(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = get_object_or_404(Organisation.objects.visibles_par(request.user), slug=slug)
    form = RejoindreForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Votre mot est trop long : 500 caractères au plus."))
        return redirect(organisation)
    try:
        adhesions.demander_a_rejoindre(organisation, par=request.user, **form.cleaned_data)
    except Refus as refus:
        _refuser(request, refus)
    else:
        messages.success(
            request,
            _("Votre demande est envoyée à %(nom)s. La réponse vous arrivera par courriel.")
            % {"nom": organisation.nom},
        )
    return redirect(organisation)


@require_POST
def adhesion_decider(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    organisation = _organisation(request, slug)
    adhesion = get_object_or_404(organisation.adhesions, pk=pk)
    decision = request.POST.get("decision")
    if decision not in ("accepter", "refuser"):
        messages.error(request, _("Choisissez une réponse."))
        return redirect("organisation_membres", organisation.slug)
    accepter = decision == "accepter"
    try:
        adhesion = adhesions.decider_adhesion(adhesion, par=request.user, accepter=accepter)
    except Refus as refus:
        _refuser(request, refus)
    else:
        phrase = (
            _("%(personne)s agit maintenant pour %(nom)s.")
            if accepter
            else _("La demande de %(personne)s est refusée. Un courriel l’en avise.")
        )
        messages.success(request, phrase % {"personne": adhesion.personne, "nom": organisation.nom})
    return redirect("organisation_membres", organisation.slug)


@require_POST
def adhesion_modifier(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Changes a role and a function, or ends a membership (one's own included)."""
    organisation = _organisation(request, slug)
    adhesion = get_object_or_404(organisation.adhesions.select_related("personne"), pk=pk)
    try:
        if request.POST.get("geste") == "terminer":
            adhesions.terminer(adhesion, par=request.user)
            if adhesion.personne == request.user:
                messages.success(
                    request, _("Vous ne faites plus partie de %(nom)s.") % {"nom": organisation.nom}
                )
                return redirect("compte")
            messages.success(
                request,
                _("%(personne)s ne fait plus partie de %(nom)s. Un courriel l’en avise.")
                % {"personne": adhesion.personne, "nom": organisation.nom},
            )
        else:
            form = RoleForm(request.POST, prefix=f"a{adhesion.pk}")
            if not form.is_valid():
                raise Refus(_("Choisissez un rôle, et une fonction de 80 caractères au plus."))
            adhesions.changer_role(adhesion, par=request.user, **form.cleaned_data)
            messages.success(
                request,
                _("Le rôle de %(personne)s est enregistré.") % {"personne": adhesion.personne},
            )
    except Refus as refus:
        _refuser(request, refus)
    return redirect("organisation_membres", organisation.slug)


# ------------------------------------------------------------------ invitations


@require_POST
def invitation_creer(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _organisation(request, slug)
    if not adhesions.peut_gerer(request.user, organisation):
        raise NonAutorise(_("Seules les personnes responsables de l’organisme invitent."))
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            invitation = adhesions.inviter(organisation, par=request.user, **form.cleaned_data)
        except Refus as refus:
            form.add_error(refus.champ, refus.phrases)
        else:
            messages.success(
                request,
                _("L’invitation est envoyée à %(courriel)s.") % {"courriel": invitation.courriel},
            )
            return redirect("organisation_membres", organisation.slug)
    return _page_des_membres(request, organisation, form)


@require_POST
def invitation_annuler(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    organisation = _organisation(request, slug)
    invitation = get_object_or_404(organisation.invitations, pk=pk)
    try:
        adhesions.annuler_invitation(invitation, par=request.user)
    except Refus as refus:
        _refuser(request, refus)
    else:
        messages.success(
            request,
            _("L’invitation de %(courriel)s est annulée.") % {"courriel": invitation.courriel},
        )
    return redirect("organisation_membres", organisation.slug)


@login_not_required
@require_GET
def invitation_detail(request: HttpRequest, jeton: str) -> HttpResponse:
    """What the link of the message opens, signed in or not: nothing is accepted by reading it."""
    invitation = get_object_or_404(
        Invitation.objects.select_related("organisation", "par"), jeton=jeton
    )
    return render(
        request,
        "organisations/invitation_detail.html",
        {
            "invitation": invitation,
            "est_la_mienne": request.user.is_authenticated
            and adhesions.est_invitee(request.user, invitation),
        },
    )


@require_POST
def invitation_accepter(request: HttpRequest, jeton: str) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.select_related("organisation"), jeton=jeton)
    try:
        adhesion = adhesions.accepter_invitation(invitation, par=request.user)
    except Refus as refus:
        _refuser(request, refus)
        return redirect(invitation)
    adhesions.choisir_organisation(request.user, adhesion.organisation)
    messages.success(
        request, _("Bienvenue! Vous agissez pour %(nom)s.") % {"nom": adhesion.organisation.nom}
    )
    return redirect(adhesion.organisation)
