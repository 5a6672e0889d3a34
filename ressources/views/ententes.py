"""The agreement of a loan, as a page, as a PDF, and its acceptance."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations.droits import Droit, peut
from organisations.models import Adhesion
from organisations.refus import Refus
from ressources import ententes, signatures
from ressources.forms_entente import SignatureForm
from ressources.models import Entente, Pret


def _lue(request: HttpRequest, pk: int) -> Entente:
    """The agreement of a loan one may read: of its two sides, of the tables during an incident."""
    prets = Pret.objects.visibles_par(request.user)
    return get_object_or_404(
        Entente.objects.filter(pret__in=prets)
        .select_related("pret__ressource", "pret__preteur__table", "pret__emprunteur__table")
        .prefetch_related("signatures"),
        pret=pk,
    )


def _langue(request: HttpRequest) -> str:
    return "en" if request.GET.get("langue") == "en" else "fr"


def _page(request: HttpRequest, entente: Entente, refusee: SignatureForm | None = None):
    pret, langue = entente.pret, _langue(request)
    cote = signatures.cote_a_signer(pret, entente, request.user)
    form = organisation = None
    if cote:
        organisation = signatures.organisation_du(pret, cote)
        if peut(request.user, Droit.REPONDRE, organisation):
            adhesion = Adhesion.objects.actives().filter(
                personne=request.user, organisation=organisation
            )
            fonction = adhesion.values_list("fonction", flat=True).first()
            form = refusee or SignatureForm(initial={"cote": cote, "fonction": fonction})
    return render(
        request,
        "ressources/entente_detail.html",
        {
            "entente": entente,
            "pret": pret,
            "document": ententes.document(entente, langue),
            "form": form,
            "au_nom_de": organisation,
            "sans_effet": pret.etat in ententes.SANS_EFFET,
            "liens": [
                (_("À faire"), reverse("a_faire")),
                (_("Prêts et emprunts"), reverse("pret_liste")),
                (_("Prêt nº %(numero)s") % {"numero": pret.numero}, pret.get_absolute_url()),
            ],
        },
    )


@require_GET
def entente_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _lue(request, pk))


@require_POST
def entente_signer(request: HttpRequest, pk: int) -> HttpResponse:
    """The form names the side its page was drawn for: what one accepts is what one read."""
    entente = _lue(request, pk)
    form = SignatureForm(request.POST)
    if not form.is_valid():
        if "cote" in form.errors:
            raise Http404
        return _page(request, entente, form)
    try:
        signatures.signer(entente.pret, par=request.user, **form.cleaned_data)
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
    else:
        messages.success(request, _("C’est noté : vous avez accepté l’entente."))
    return redirect(entente)


@require_GET
def entente_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    entente, langue = _lue(request, pk), _langue(request)
    nom = f"entente-{entente.pret.numero}{'-en' if langue == 'en' else ''}.pdf"
    reponse = HttpResponse(ententes.en_pdf(entente, langue), content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{nom}"'
    return reponse
