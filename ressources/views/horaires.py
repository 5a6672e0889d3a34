"""When a listing is open, for those who lend it: the hours of the week and the closures."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from organisations.refus import Refus
from ressources import ouverture
from ressources.forms_horaires import FermetureForm, SemaineForm
from ressources.models import Ressource
from ressources.registre import MODIFIABLES
from ressources.semaine import semaine_de
from ressources.views.annonces import des_notres


@require_http_methods(["GET", "POST"])
def ressource_horaires(request: HttpRequest, slug: str) -> HttpResponse:
    ressource = des_notres(request, slug)
    if ressource.etat not in MODIFIABLES or not ressource.se_prete:
        messages.error(
            request, _("« %(titre)s » n’a pas d’heures à changer.") % {"titre": ressource}
        )
        return redirect("mes_ressources")
    form = SemaineForm(request.POST or None, semaine=semaine_de(ressource))
    if request.method == "POST" and form.is_valid():
        try:
            ouverture.ouvrir(ressource, form.plages(), par=request.user)
        except Refus as refus:
            for phrase in refus.phrases:
                form.add_error(None, phrase)
        else:
            messages.success(request, _("Les heures sont enregistrées."))
            return redirect("ressource_horaires", ressource.slug)
    return _page(request, ressource, form, FermetureForm(ressource=ressource))


@require_POST
def fermeture_ajouter(request: HttpRequest, slug: str) -> HttpResponse:
    ressource = des_notres(request, slug)
    form = FermetureForm(request.POST, ressource=ressource)
    if form.is_valid() and form.periode:
        try:
            creees = ouverture.fermer(
                ressource,
                *form.periode,
                par=request.user,
                motif=form.cleaned_data["motif"],
                partout=form.cleaned_data["partout"],
            )
        except Refus as refus:
            form.refuser(refus.raisons)
        else:
            messages.success(
                request,
                ngettext(
                    "C’est fermé à ces dates.",
                    "%(n)s ressources sont fermées à ces dates.",
                    len(creees),
                )
                % {"n": len(creees)}
                if creees
                else _("C’était déjà fermé à ces dates."),
            )
            return redirect(reverse("ressource_horaires", args=[ressource.slug]) + "#fermetures")
    return _page(request, ressource, SemaineForm(semaine=semaine_de(ressource)), form)


@require_POST
def fermeture_retirer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    ressource = des_notres(request, slug)
    fermeture = ressource.fermetures.filter(pk=pk).first()
    try:
        if fermeture is not None:
            ouverture.rouvrir(fermeture, par=request.user)
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
    else:
        messages.success(request, _("La fermeture est retirée : ces dates peuvent se demander."))
    return redirect(reverse("ressource_horaires", args=[ressource.slug]) + "#fermetures")


def _page(
    request: HttpRequest, ressource: Ressource, semaine: SemaineForm, fermeture: FermetureForm
) -> HttpResponse:
    return render(
        request,
        "ressources/ressource_horaires.html",
        {
            "ressource": ressource,
            "semaine": semaine,
            "fermeture": fermeture,
            # The one sent back, for the summary and the title.
            "form": fermeture if fermeture.is_bound else semaine,
            "fermetures": ressource.fermetures.filter(periode__endswith__gt=timezone.now()),
            "liens": [
                (_("Mes ressources"), reverse("mes_ressources")),
                (ressource.titre, ressource.get_absolute_url()),
            ],
        },
    )
