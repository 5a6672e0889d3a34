"""The numbered copies: their list for the lender, their labels, and what a scan opens."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations.droits import Droit, droits
from organisations.refus import NonAutorise, Refus
from ressources import etiquettes, exemplaires
from ressources.cycle import Cote
from ressources.forms_constats import CodeForm, EtiquettesForm, NoteForm
from ressources.models import Exemplaire, Pret, PretExemplaire, Ressource
from ressources.prets import REMISE_AVANCEE_JOURS, cotes_de

PAR_PAGE = 50


def _des_notres(request: HttpRequest, slug: str) -> tuple[Ressource, frozenset[Droit]]:
    """A listing this person sees, of an organisation she acts for; 404 or 403 otherwise."""
    ressource = get_object_or_404(
        Ressource.objects.visibles_par(request.user).select_related("organisation__table"),
        slug=slug,
    )
    siens = droits(request.user, ressource.organisation)
    if Droit.REPONDRE not in siens:
        raise NonAutorise(_("Vous n’avez pas le droit de faire cela."))
    return ressource, siens


# ------------------------------------------------------------------ the list
@require_GET
def exemplaire_liste(request: HttpRequest, slug: str) -> HttpResponse:
    ressource, siens = _des_notres(request, slug)
    return _page(request, ressource, siens)


def _page(
    request: HttpRequest,
    ressource: Ressource,
    siens: frozenset[Droit],
    refuse: tuple[int, NoteForm] | None = None,
) -> HttpResponse:
    dehors = PretExemplaire.objects.filter(rendu_le=None).select_related("pret__emprunteur")
    tous = ressource.exemplaires.prefetch_related(
        Prefetch("sorties", queryset=dehors, to_attr="sorties_ouvertes")
    )
    page = Paginator(tous.order_by("numero"), PAR_PAGE).get_page(request.GET.get("page"))
    lignes = []
    for e in page.object_list:
        sortie = e.sorties_ouvertes[0] if e.sorties_ouvertes else None
        refusee = refuse[1] if refuse and refuse[0] == e.pk else None
        lignes.append(
            {
                "exemplaire": e,
                "sortie": sortie,
                "code": etiquettes.lisible(e.code),
                "verbes": [
                    (verbe, exemplaires.LIBELLES[verbe])
                    for verbe in exemplaires.verbes(e, siens, dehors=sortie is not None)
                ],
                "note": refusee
                or NoteForm(initial={"note": e.note}, auto_id=f"e{e.pk}-%s", prefix=None),
                "ouverte": refusee is not None,
            }
        )
    return render(
        request,
        "ressources/exemplaire_liste.html",
        {
            "ressource": ressource,
            "page": page,
            "lignes": lignes,
            "form": refuse[1] if refuse else None,
            "nombre": page.paginator.count,
            "sans_numero": exemplaires.sans_numero(ressource),
            "se_numerote": exemplaires.se_numerote(ressource),
            "peut_proposer": Droit.PROPOSER in siens,
            "etiquettes": EtiquettesForm(),
            "liens": [
                (_("Mes ressources"), reverse("mes_ressources")),
                (ressource.titre, ressource.get_absolute_url()),
            ],
        },
    )


@require_POST
def exemplaire_numeroter(request: HttpRequest, slug: str) -> HttpResponse:
    ressource, _siens = _des_notres(request, slug)
    try:
        exemplaires.numeroter(ressource, par=request.user)
    except Refus as refus:
        _dire(request, refus)
    else:
        messages.success(request, _("C’est numéroté. Imprimez les étiquettes et collez-les."))
    return redirect("exemplaire_liste", slug)


@require_POST
def exemplaire_ajouter(request: HttpRequest, slug: str) -> HttpResponse:
    ressource, _siens = _des_notres(request, slug)
    vus = request.POST.get("vus", "")
    try:
        ajoute = exemplaires.ajouter(
            ressource, par=request.user, vus=int(vus) if vus.isdecimal() and len(vus) < 6 else -1
        )
    except Refus as refus:
        _dire(request, refus)
    else:
        messages.success(
            request,
            _("L’exemplaire nº %(numero)s est ajouté : la quantité offerte monte d’autant.")
            % {"numero": ajoute.numero},
        )
    return redirect("exemplaire_liste", slug)


@require_POST
def exemplaire_effectuer(request: HttpRequest, slug: str, pk: int, verbe: str) -> HttpResponse:
    """One act on one copy, from its list, from its scan, or from the loan it came back with."""
    if verbe not in exemplaires.VERBES:
        raise Http404
    ressource, _siens = _des_notres(request, slug)
    exemplaire = get_object_or_404(ressource.exemplaires, pk=pk)
    exemplaire.ressource = ressource
    try:
        exemplaires.VERBES[verbe](exemplaire, par=request.user)
    except Refus as refus:
        _dire(request, refus)
    else:
        messages.success(request, exemplaires.FAIT[verbe] % {"numero": exemplaire.numero})
    suite = request.POST.get("suite", "")
    if suite == "scan":
        return redirect("exemplaire_scan", exemplaire.code)
    if suite.isdecimal() and len(suite) < 19:
        pret = Pret.objects.visibles_par(request.user).filter(pk=int(suite)).first()
        if pret is not None:
            return redirect(f"{pret.get_absolute_url()}#constats")
    return redirect("exemplaire_liste", slug)


@require_POST
def exemplaire_noter(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    ressource, siens = _des_notres(request, slug)
    exemplaire = get_object_or_404(ressource.exemplaires, pk=pk)
    exemplaire.ressource = ressource
    form = NoteForm(request.POST, auto_id=f"e{pk}-%s")
    if not form.is_valid():
        return _page(request, ressource, siens, (pk, form))
    try:
        exemplaires.noter(exemplaire, form.cleaned_data["note"], par=request.user)
    except Refus as refus:
        _dire(request, refus)
    else:
        messages.success(request, _("La note est gardée."))
    return redirect("exemplaire_liste", slug)


@require_GET
def exemplaire_etiquettes(request: HttpRequest, slug: str) -> HttpResponse:
    """The labels of the chosen copies, of all when none is: a PDF to print at 100 %."""
    ressource, _siens = _des_notres(request, slug)
    form = EtiquettesForm(request.GET)
    form.is_valid()
    # A sheet printed from the wrong place is a sheet lost: what is wrong is said, not guessed.
    if "depart" in form.errors and "depart" in request.GET:
        messages.error(request, _("La première étiquette libre va de 1 à 30."))
        return redirect("exemplaire_liste", slug)
    choisis = ressource.exemplaires.exclude(etat=Exemplaire.Etat.RETIRE).order_by("numero")
    if numeros := [int(n) for n in request.GET.getlist("n") if n.isdecimal() and len(n) < 6]:
        choisis = choisis.filter(numero__in=numeros)
    a_imprimer = list(choisis[: exemplaires.EXEMPLAIRES_MAX])
    if not a_imprimer:
        messages.error(request, _("Aucune étiquette à imprimer : numérotez d’abord."))
        return redirect("exemplaire_liste", slug)
    pdf = etiquettes.en_etiquettes(
        ressource, a_imprimer, depart=form.cleaned_data.get("depart") or 1
    )
    reponse = HttpResponse(pdf, content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="etiquettes-{ressource.slug}.pdf"'
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def _dire(request: HttpRequest, refus: Refus) -> None:
    for phrase in refus.phrases:
        messages.error(request, phrase)


# ------------------------------------------------------------------ the scan
@login_not_required
@require_GET
def exemplaire_chercher(request: HttpRequest) -> HttpResponse:
    """A code typed by hand, when the camera will not."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_bound and form.is_valid():
        code = form.cleaned_data["code"]
        if Exemplaire.objects.filter(code=code).exists():
            return redirect("exemplaire_scan", code)
        form.add_error(
            "code", _("Aucun exemplaire ne porte ce code : vérifiez-le sur l’étiquette.")
        )
    return render(request, "ressources/exemplaire_chercher.html", {"form": form})


@login_not_required
@require_GET
def exemplaire_scan(request: HttpRequest, code: str) -> HttpResponse:
    """What can be done now with this copy, by whoever scanned it."""
    exemplaire = (
        Exemplaire.objects.select_related("ressource__organisation__table")
        .filter(code=code.lower())
        .first()
    )
    if exemplaire is None:
        form = CodeForm({"code": code[:40]})
        form.is_valid()
        form.add_error(
            "code", _("Aucun exemplaire ne porte ce code : vérifiez-le sur l’étiquette.")
        )
        return render(request, "ressources/exemplaire_chercher.html", {"form": form}, status=404)
    ressource, sortie = exemplaire.ressource, exemplaires.sortie_de(exemplaire)
    siens = (
        droits(request.user, ressource.organisation)
        if request.user.is_authenticated
        else frozenset()
    )
    pret = sortie.pret if sortie else None
    cotes = cotes_de(pret, request.user) if pret and request.user.is_authenticated else set()
    visible = Ressource.objects.visibles_par(request.user).filter(pk=ressource.pk).exists()
    if Droit.REPONDRE not in siens and Cote.EMPRUNTEUR not in cotes and not visible:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    est_preteur = Droit.REPONDRE in siens
    jusqua = timezone.now() + dt.timedelta(days=REMISE_AVANCEE_JOURS)
    a_remettre = (
        exemplaires.a_remettre(ressource, jusqua)
        if est_preteur and not sortie and exemplaire.etat == Exemplaire.Etat.EN_SERVICE
        else []
    )
    return render(
        request,
        "ressources/exemplaire_scan.html",
        {
            "exemplaire": exemplaire,
            "ressource": ressource,
            "code": etiquettes.lisible(exemplaire.code),
            "est_preteur": est_preteur,
            "pret": pret if est_preteur or Cote.EMPRUNTEUR in cotes else None,
            "est_sorti": sortie is not None,
            "a_remettre": a_remettre,
            "est_visible": visible,
            "verbes": [
                (verbe, exemplaires.LIBELLES[verbe])
                for verbe in exemplaires.verbes(exemplaire, siens, dehors=sortie is not None)
            ],
        },
    )
