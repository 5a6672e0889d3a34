"""What is known of the person before a view answers: language, second factor, organisation."""

from django.conf import settings
from django.shortcuts import redirect
from django.utils import translation

from organisations.droits import Role
from organisations.models import Adhesion, Mandat, Organisation


def langue_de_la_personne(get_response):
    """The language a person chose follows him or her from one device to the next."""

    def repondre(request):
        langue = getattr(request.user, "langue", "")
        if langue:
            translation.activate(langue)
            request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return repondre


def _roles_de(personne) -> set[Role]:
    roles = {
        Role(r)
        for r in Adhesion.objects.actives().filter(personne=personne).values_list("role", flat=True)
    }
    if Mandat.objects.en_cours().filter(personne=personne).exists():
        roles.add(Role.COORDINATION)
    if personne.is_staff:
        roles.add(Role.ADMINISTRATION)
    return roles


def second_facteur(get_response):
    """Roles the settings name cannot act before they have a second factor."""

    def repondre(request):
        requis = settings.SECOND_FACTEUR_REQUIS
        if (
            requis
            and request.user.is_authenticated
            and not request.path.startswith(("/compte/", settings.STATIC_URL, "/langue/"))
            and not request.user.authenticator_set.exclude(type="recovery_codes").exists()
            and requis & _roles_de(request.user)
        ):
            return redirect("second_facteur")
        return get_response(request)

    return repondre


def au_nom_de(get_response):
    """request.organisations: those the person may act for; request.organisation: the one chosen."""

    def repondre(request):
        request.organisation, request.organisations = None, []
        if request.user.is_authenticated:
            request.organisations = list(
                Organisation.objects.de(request.user).select_related("table").order_by("nom")
            )
            request.organisation = next(
                (o for o in request.organisations if o.pk == request.user.agit_pour_id),
                request.organisations[0] if request.organisations else None,
            )
        return get_response(request)

    return repondre
