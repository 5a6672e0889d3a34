"""One's own account: name, language, organisations, the one he or she acts for."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as poser_la_langue

from organisations import adhesions, comptes
from organisations.forms import ProfilForm
from organisations.models import Adhesion, Mandat, Organisation, Personne
from organisations.refus import Refus


def _suite(request: HttpRequest, defaut: str) -> str:
    """Where the form says to go back to, when it is a page of this site."""
    suite = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        suite, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return suite
    return resolve_url(defaut)


def _garder_la_langue(reponse: HttpResponse, langue: str) -> None:
    reponse.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        langue,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


def compte(request: HttpRequest) -> HttpResponse:
    moi = Personne.objects.get(pk=request.user.pk)
    form = ProfilForm(
        request.POST or None,
        instance=moi,
        initial={"langue": moi.langue or translation.get_language()},
    )
    if request.method == "POST" and form.is_valid():
        comptes.modifier_profil(request.user, **form.cleaned_data)
        langue = form.cleaned_data["langue"]
        with translation.override(langue):
            messages.success(request, _("C’est enregistré."))
        reponse = redirect("compte")
        _garder_la_langue(reponse, langue)
        return reponse
    adhesions_a_moi = (
        Adhesion.objects.filter(personne=request.user)
        .filter(etat__in=[Adhesion.Etat.ACTIVE, Adhesion.Etat.DEMANDEE])
        .select_related("organisation")
        .order_by("organisation__nom")
    )
    return render(
        request,
        "organisations/compte.html",
        {
            "form": form,
            "adhesions": [a for a in adhesions_a_moi if a.etat == Adhesion.Etat.ACTIVE],
            "demandes": [a for a in adhesions_a_moi if a.etat == Adhesion.Etat.DEMANDEE],
            "mandats": Mandat.objects.en_cours()
            .filter(personne=request.user)
            .select_related("table"),
        },
    )


@require_GET
def second_facteur(request: HttpRequest) -> HttpResponse:
    """Where someone is led whose role asks for a second factor, and why."""
    return render(request, "organisations/second_facteur.html")


@require_POST
def organisation_choisir(request: HttpRequest) -> HttpResponse:
    pk = request.POST.get("organisation", "")
    if not pk.isdecimal() or len(pk) > 18:  # past that, Python itself refuses to read it
        raise Http404
    organisation = get_object_or_404(Organisation.objects.de(request.user), pk=pk)
    try:
        adhesions.choisir_organisation(request.user, organisation)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, _("Vous agissez pour %(nom)s.") % {"nom": organisation.nom})
    return redirect(_suite(request, settings.LOGIN_REDIRECT_URL))


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own switch, kept for the person who is signed in."""
    reponse = poser_la_langue(request)
    langue = request.POST.get("language", "")
    if request.user.is_authenticated and langue in dict(settings.LANGUAGES):
        comptes.choisir_langue(request.user, langue)
    return reponse
