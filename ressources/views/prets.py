"""Asking for a loan, following it, and what waits for one's organisation."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organisations.droits import Droit, peut
from organisations.models import Personne
from organisations.refus import NonAutorise, Refus
from ressources import (
    calendrier,
    disponibilite,
    export_prets,
    prets,
    regles,
    taches_a_faire,
)
from ressources.cycle import LES_DEUX, TRANSITIONS, Cote, Etat
from ressources.forms_gestes import EvaluationForm, MotForm, formulaire
from ressources.forms_prets import DemandeForm, FiltreForm
from ressources.models import Photo, Pret, Ressource
from ressources.suivi import Suivi

PAR_PAGE = 20
DOUBLE_ENVOI = timedelta(minutes=5)
# What is said once a step is done.
FAIT = {
    "accepter": gettext_lazy(
        "C’est accepté : la réservation est faite, l’autre organisme le sait."
    ),
    "proposer": gettext_lazy("Proposition envoyée. Rien n’est réservé avant la réponse."),
    "convenir": gettext_lazy(
        "C’est convenu : la réservation est faite, l’autre organisme le sait."
    ),
    "decliner": gettext_lazy("Réponse envoyée : la demande est close."),
    "deplacer": gettext_lazy("Votre demande est changée. L’autre organisme le sait."),
    "refuser": gettext_lazy("Réponse envoyée, avec votre mot."),
    "annuler": gettext_lazy("C’est annulé : plus rien n’est réservé."),
    "remettre": gettext_lazy("La remise est notée."),
    "liberer": gettext_lazy("C’est noté : ce qui était réservé est de nouveau libre."),
    "prolonger": gettext_lazy("Demande envoyée. Les dates prévues tiennent jusqu’à la réponse."),
    "accorder": gettext_lazy("Les nouvelles dates sont accordées, l’autre organisme le sait."),
    "maintenir": gettext_lazy("Réponse envoyée, avec votre mot. Les dates ne changent pas."),
    "rendre": gettext_lazy("Le retour est noté."),
    "clore": gettext_lazy("Le prêt est clos. Merci!"),
    "signaler": gettext_lazy("C’est signalé : l’autre organisme et les tables sont prévenus."),
    "regler": gettext_lazy("L’incident est réglé."),
}


# ---------------------------------------------------------------- asking
def contexte_demande(
    request: HttpRequest,
    ressource: Ressource,
    donnees: Any = None,
    depart: QueryDict | None = None,
) -> dict:
    """What the request form needs, wherever it is shown: `demande`, the form, or
    `empechement`, the sentence that says why there is none. `depart`: what is written in it
    already, the address's own by default."""
    depart = request.GET if depart is None else depart
    organisation = getattr(request, "organisation", None)
    empechement = ""
    if not ressource.se_prete:
        empechement = _("Cette ressource ne se réserve pas : servez-vous.")
    elif not (ressource.est_publiee and ressource.organisation.est_publiee):
        empechement = _("Cette ressource n’est pas offerte en ce moment.")
    elif request.user.is_authenticated and organisation is None:
        empechement = _("On emprunte au nom d’un organisme : rejoignez le vôtre, ou inscrivez-le.")
    elif organisation == ressource.organisation:
        empechement = _("Cette ressource est celle de votre organisme.")
    elif organisation and not peut(request.user, Droit.DEMANDER, organisation):
        empechement = (
            _("%(nom)s est suspendu : rien de nouveau ne commence. Écrivez à votre table.")
            if organisation.est_suspendue
            else _("%(nom)s attend d’être accueilli par sa table : ce sera possible ensuite.")
        ) % {"nom": organisation.nom}
    demande = None
    if organisation and not empechement:
        demande = DemandeForm(
            donnees,
            ressource=ressource,
            organisation=organisation,
            initial={
                "du": depart.get("du", ""),
                "au": depart.get("au") or depart.get("du", ""),
                "date": depart.get("date") or depart.get("du", ""),
                "debut": depart.get("debut", ""),
                "fin": depart.get("fin", ""),
                "quantite": depart.get("quantite", 1),
                "but": depart.get("but", ""),
                "charte": request.method == "POST" and depart.get("charte"),
                "jeton": uuid.uuid4(),
                "emprunteur": organisation.pk,
            },
        )
    return {"ressource": ressource, "demande": demande, "empechement": empechement}


def propositions(ressource: Ressource, form: DemandeForm) -> list[dict[str, Any]]:
    """The nearest dates that would work, each with what it writes in the form."""
    if form.periode is None:
        return []
    quantite = form.cleaned_data.get("quantite") or 1
    return [
        {
            "debut": debut,
            "fin": fin,
            "valeur": calendrier.valeurs_de_la_demande(ressource, debut, fin),
        }
        for debut, fin in regles.prochaines_dates(ressource, *form.periode, quantite)
    ]


@require_http_methods(["GET", "POST"])
def pret_demander(request: HttpRequest, slug: str) -> HttpResponse:
    ressources = Ressource.objects.select_related("organisation__table")
    ressource = ressources.visibles_par(request.user).filter(slug=slug).first()
    if ressource is None:
        ferme = get_object_or_404(ressources, slug=slug, publiee_le__isnull=False)
        if request.method == "GET":
            raise Http404
        messages.error(
            request,
            _("« %(titre)s » n’est plus offerte : l’annonce a été fermée.") % {"titre": ferme},
        )
        return redirect("ressource_liste")
    if request.method == "POST" and "choisir" in request.POST:
        # Other dates, taken from those offered: what was typed stays, nothing is sent yet.
        depart = request.POST.copy()
        depart.update(QueryDict(request.POST["choisir"]))
        contexte = contexte_demande(request, ressource, depart=depart)
    else:
        donnees = request.POST if request.method == "POST" else None
        contexte = contexte_demande(request, ressource, donnees)
    form = contexte["demande"]
    raisons: list[tuple[str | None, str]] = []
    if form is not None and form.is_bound and form.is_valid():
        try:
            pret = prets.demander(
                ressource,
                par=request.user,
                emprunteur=request.organisation,
                debut=form.periode[0],
                fin=form.periode[1],
                quantite=form.cleaned_data.get("quantite", 1),
                but=form.cleaned_data["but"],
                jeton=form.cleaned_data["jeton"],
            )
        except Refus as refus:
            raisons = refus.raisons
        else:
            messages.success(
                request,
                _("Demande envoyée. %(nom)s vous répondra ici et par courriel.")
                % {"nom": ressource.organisation.nom},
            )
            return redirect(pret)
    elif form is not None and form.is_bound and form.periode:
        # Something else is missing: what is wrong with the dates is said in the same breath.
        raisons = regles.raisons_de_refuser(
            ressource, form.organisation, *form.periode, form.cleaned_data.get("quantite") or 1
        )
    if form is not None and raisons:
        form.refuser(raisons)
        contexte["prochaines"] = propositions(ressource, form)
    return render(
        request,
        "ressources/pret_demander.html",
        {
            **contexte,
            "form": form,
            "liens": [
                (_("Ressources"), reverse("ressource_liste")),
                (ressource.titre, ressource.get_absolute_url()),
            ],
        },
    )


# ---------------------------------------------------------------- one loan
def _visible(request: HttpRequest, pk: int) -> Pret:
    prets_visibles = Pret.objects.visibles_par(request.user).select_related(
        "ressource__organisation", "preteur__table", "emprunteur__table", "demande_par"
    )
    return get_object_or_404(prets_visibles, pk=pk)


def _page(request: HttpRequest, suivi: Suivi) -> HttpResponse:
    pret = suivi.pret
    libre = None
    if pret.etat == Etat.DEMANDE and suivi.est_a_vous:
        libre = disponibilite.libre(pret.ressource, pret.debut, pret.fin)
    contexte = {
        "pret": pret,
        "suivi": suivi,
        "form": suivi.refuse,  # the title then says « Erreur »
        "libre": libre,
        "photo": pret.ressource.photos.filter(etat=Photo.Etat.PRETE).first(),
        "liens": [
            (_("À faire"), reverse("a_faire")),
            (_("Prêts et emprunts"), reverse("pret_liste")),
        ],
    }
    return render(request, "ressources/pret_detail.html", contexte)


def _dire_les_refus(request: HttpRequest, refus: Refus) -> None:
    for phrase in refus.phrases:
        messages.error(request, phrase)


def _exiger_cote(pret: Pret, personne: Personne, cotes: frozenset[Cote]) -> None:
    """Refused before the form is read: what is typed changes nothing to it."""
    if not prets.cotes_de(pret, personne) & cotes:
        raise NonAutorise(_("Cette action revient à un autre organisme."))


def _deja_fait(pret: Pret, form: MotForm, par: Personne) -> bool:
    """The same gesture by the same person a moment ago: a form that was sent twice."""
    dernier = pret.evenements.order_by("-le", "-pk").first()
    return (
        dernier is not None
        and dernier.par_id == par.pk
        and form.est_deja(dernier)
        and timezone.now() - dernier.le < DOUBLE_ENVOI
    )


def _reprendre(request: HttpRequest, pk: int, form: MotForm, refus: Refus) -> HttpResponse:
    """A step was refused: what was typed is shown again, with the reason beside its field. When
    the step is no longer possible, its words are kept in the conversation's form."""
    pret = Pret.objects.visibles_par(request.user).filter(pk=pk).first()
    if pret is not None and form.a_du_texte:
        pret = _visible(request, pk)
        suivi = Suivi(pret, request.user)
        if form.verbe in {t.verbe for t in suivi.transitions}:
            form = formulaire(pret, form.verbe, form.data)
            form.is_valid()
            form.mettre_a_jour(pret)
            form.refuser(refus.phrases, refus.champ)
            return _page(request, Suivi(pret, request.user, refuse=form))
        if (mot := form.data.get("mot", "")) and suivi.ecrire:
            _dire_les_refus(request, refus)
            ecrire = MotForm({"mot": mot}, pret=pret, verbe="ecrire")
            return _page(request, Suivi(pret, request.user, refuse=ecrire))
    _dire_les_refus(request, refus)
    return redirect(pret or "a_faire")


@require_GET
def pret_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, Suivi(_visible(request, pk), request.user))


@require_POST
def pret_effectuer(request: HttpRequest, pk: int, verbe: str) -> HttpResponse:
    """One step. The form carries the state its page was drawn for: a page out of date does
    nothing, and one that was sent twice has already done it."""
    if verbe not in TRANSITIONS:
        raise Http404
    pret = _visible(request, pk)
    _exiger_cote(pret, request.user, TRANSITIONS[verbe].cotes)
    form = formulaire(pret, verbe, request.POST)
    if not form.is_valid() and form.est_a_jour(pret):
        return _page(request, Suivi(pret, request.user, refuse=form))
    try:
        with transaction.atomic():
            # The row is held while it is compared with the page.
            actuel = Pret.objects.select_for_update(no_key=True).get(pk=pret.pk)
            double = "vu" not in form.data or not form.est_a_jour(actuel)
            if double and _deja_fait(actuel, form, request.user):
                return redirect(pret)
            if not form.est_a_jour(actuel):
                raise Refus(_ce_qui_a_change(actuel))
            fait = prets.effectuer(actuel, verbe, par=request.user, **form.geste())
    except Refus as refus:
        return _reprendre(request, pk, form, refus)
    messages.success(request, _ce_qui_est_fait(fait, verbe))
    # Its incident settled, a loan is no longer the table's to see.
    visible = Pret.objects.visibles_par(request.user).filter(pk=pk).exists()
    return redirect(pret if visible and request.POST.get("suite") != "a_faire" else "a_faire")


def _ce_qui_a_change(pret: Pret) -> str:
    return _(
        "Ce prêt a changé pendant que vous lisiez : il est maintenant à l’état « %(etat)s ». "
        "Rien n’a été fait : vérifiez, puis recommencez."
    ) % {"etat": pret.get_etat_display()}


def _ce_qui_est_fait(pret: Pret, verbe: str) -> str:
    if verbe == "remettre" and pret.a_remettre:
        return _("La remise est notée : %(remis)s sur %(total)s. Le reste attend.") % {
            "remis": pret.quantite_remise,
            "total": pret.quantite,
        }
    if verbe == "rendre" and pret.dehors:
        return _(
            "Le retour est noté : %(rendus)s sur %(total)s. Le prêt continue pour le reste."
        ) % {
            "rendus": pret.quantite_rendue,
            "total": pret.quantite_remise,
        }
    return str(FAIT[verbe])


@require_POST
def pret_ecrire(request: HttpRequest, pk: int) -> HttpResponse:
    pret = _visible(request, pk)
    _exiger_cote(pret, request.user, frozenset(Cote))
    form = MotForm(request.POST, pret=pret, verbe="ecrire")
    if not form.is_valid():
        return _page(request, Suivi(pret, request.user, refuse=form))
    mot = form.cleaned_data["mot"]
    try:
        with transaction.atomic():
            # Held while the last words are compared: the same form sent twice writes once.
            actuel = Pret.objects.select_for_update(no_key=True).get(pk=pret.pk)
            if not _deja_fait(actuel, form, request.user):
                prets.ecrire(actuel, par=request.user, mot=mot)
    except Refus as refus:
        _dire_les_refus(request, refus)
    return redirect(f"{pret.get_absolute_url()}#ecrire")


@require_POST
def pret_evaluer(request: HttpRequest, pk: int) -> HttpResponse:
    pret = _visible(request, pk)
    _exiger_cote(pret, request.user, LES_DEUX)
    form = EvaluationForm(request.POST)
    if not form.is_valid():
        return _page(request, Suivi(pret, request.user, refuse=form))
    try:
        prets.evaluer(pret, par=request.user, **form.cleaned_data)
    except Refus as refus:
        _dire_les_refus(request, refus)
    else:
        messages.success(request, _("Merci. L’autre organisme lira votre mot."))
    return redirect(pret)


# ---------------------------------------------------------------- lists
@require_GET
def pret_liste(request: HttpRequest) -> HttpResponse:
    """The loans of the organisation one acts for."""
    organisation = request.organisation
    filtre = FiltreForm(request.GET)
    page = None
    if organisation:
        siens = Pret.objects.visibles_par(request.user).de(organisation).pour_la_liste()
        trouves = filtre.filtrer(siens, organisation).order_by("-demande_le", "-pk")
        page = Paginator(trouves, PAR_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "ressources/pret_liste.html",
        {"filtre": filtre, "page": page, "liens": [(_("À faire"), reverse("a_faire"))]},
    )


@require_GET
def pret_exporter(request: HttpRequest) -> HttpResponseBase:
    """The same list, whole, for a spreadsheet."""
    organisation = request.organisation
    if organisation is None:
        messages.error(request, _("Les prêts se font d’un organisme à l’autre."))
        return redirect("pret_liste")
    siens = Pret.objects.visibles_par(request.user).de(organisation).pour_la_liste()
    trouves = FiltreForm(request.GET).filtrer(siens, organisation).order_by("-demande_le", "-pk")
    reponse = StreamingHttpResponse(
        export_prets.lignes(trouves, organisation), content_type="text/csv; charset=utf-8"
    )
    nom = f"prets-{organisation.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    return reponse


@require_GET
def a_faire(request: HttpRequest) -> HttpResponse:
    """What waits for one's organisation, in the order it matters."""
    if request.organisation is None:
        contexte = taches_a_faire.accueil(request.user)
    else:
        contexte = taches_a_faire.tableau(request.organisation)
    contexte["incidents"] = taches_a_faire.incidents(request.user)
    return render(request, "ressources/a_faire.html", contexte)
