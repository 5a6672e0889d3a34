"""Which letters one receives: the setting, and the address at the foot of each letter."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from organisations import comptes
from organisations.desabonnement import personne_du_jeton
from organisations.forms import RythmeForm
from organisations.models import Personne


@require_http_methods(["GET", "POST"])
def compte_courriels(request: HttpRequest) -> HttpResponse:
    moi = Personne.objects.get(pk=request.user.pk)
    form = RythmeForm(request.POST or None, initial={"rythme": moi.rythme})
    if request.method == "POST" and form.is_valid():
        comptes.choisir_rythme(moi, form.cleaned_data["rythme"])
        messages.success(request, _("C’est enregistré."))
        return redirect("compte_courriels")
    return render(
        request,
        "organisations/compte_courriels.html",
        {"form": form, "retenus": moi.retenus.filter(envoye_le=None).count()},
    )


@csrf_exempt  # a mail program posts here for the reader: the signed address is the proof
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def desabonnement(request: HttpRequest, jeton: str) -> HttpResponse:
    """Reading shows a button; posting stops what is not essential (RFC 8058), signed in or not."""
    personne = personne_du_jeton(jeton)
    if personne is None:
        raise Http404
    if request.method == "POST":
        comptes.choisir_rythme(personne, Personne.Rythme.ESSENTIEL)
        if request.POST.get("List-Unsubscribe") == "One-Click":  # answered without a redirect
            return HttpResponse()
        return redirect("desabonnement", jeton)
    return render(
        request,
        "organisations/desabonnement.html",
        {"est_fait": personne.rythme == Personne.Rythme.ESSENTIEL},
    )
