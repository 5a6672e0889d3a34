"""Asking for a series: choose the recurrence, read the list of dates, then send."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from organisations.refus import Refus
from ressources import demandes
from ressources.demandes import Ligne, RefusEnsemble
from ressources.forms_demandes import SerieForm
from ressources.models import Ressource
from ressources.views.prets import contexte_demande


@dataclass(frozen=True)
class Date:
    """One date of the list. `jour` names it in the form."""

    jour: str
    ligne: Ligne
    raisons: list[str]
    est_cochee: bool


@require_http_methods(["GET", "POST"])
def serie_demander(request: HttpRequest, slug: str) -> HttpResponse:
    """GET without a recurrence: the choices. With one: its dates. POST: the request."""
    ressource = get_object_or_404(
        Ressource.objects.visibles_par(request.user).select_related("organisation__table"),
        slug=slug,
    )
    contexte = contexte_demande(request, ressource)
    form, dates = None, []
    if contexte["demande"] is not None:
        form = _formulaire(request, ressource)
        if form.is_bound and form.etape_1_tient:
            dates = _derouler(request, form)
        if request.method == "POST" and dates and form.is_valid():
            reponse = _envoyer(request, form, dates)
            if reponse is not None:
                return reponse
    libres = sum(not d.raisons for d in dates)
    if form is not None and form.is_bound and not dates:
        # Back on the first step: what belongs to the second one is not yet asked.
        for nom in ("but", "charte", "jeton", "sauter"):
            form.errors.pop(nom, None)
    return render(
        request,
        "ressources/serie_demander.html",
        {
            "ressource": ressource,
            "empechement": contexte["empechement"],
            "form": form,
            "dates": dates,
            "libres": libres,
            "conflits": len(dates) - libres,
            "adresse_etape_1": _adresse(form) if form is not None else "",
            "liens": [
                (_("Ressources"), reverse("ressource_liste")),
                (ressource.titre, ressource.get_absolute_url()),
            ],
        },
    )


def _formulaire(request: HttpRequest, ressource: Ressource) -> SerieForm:
    donnees: QueryDict | None = None
    if request.method == "POST":
        donnees = request.POST
    elif "rythme" in request.GET and "modifier" not in request.GET:
        donnees = request.GET
    jour = request.GET.get("du", "")
    initial: dict[str, Any] = {
        "du": jour,
        "au": request.GET.get("au") or jour,
        "date": request.GET.get("date") or jour,
        "rythme": "semaines",
        "intervalle": 1,
        "quantite": 1,
        "sauter": "non",
    }
    initial |= {nom: request.GET[nom] for nom in SerieForm.CHOIX if request.GET.get(nom)}
    initial |= {"jeton": uuid.uuid4(), "emprunteur": request.organisation.pk}
    return SerieForm(
        donnees,
        ressource=ressource,
        organisation=request.organisation,
        a_envoyer=request.method == "POST",
        initial=initial,
    )


def _derouler(request: HttpRequest, form: SerieForm) -> list[Date]:
    """The dates with all their reasons; those that were unticked stay so."""
    try:
        lignes = form.derouler()
    except Refus as refus:
        form.refuser(refus.phrases, refus.champ)
        return []
    gardees = set(request.POST.getlist("gardee")) if request.method == "POST" else None
    toutes = demandes.raisons(lignes, form.organisation)
    return [
        Date(jour, ligne, raisons, gardees is None or jour in gardees)
        for ligne, raisons in zip(lignes, toutes, strict=True)
        for jour in [timezone.localtime(ligne.debut).date().isoformat()]
    ]


def _envoyer(request: HttpRequest, form: SerieForm, dates: list[Date]) -> HttpResponse | None:
    try:
        (demande,) = demandes.demander_ensemble(
            [d.ligne for d in dates if d.est_cochee],
            par=request.user,
            emprunteur=form.organisation,
            but=form.cleaned_data["but"],
            jeton=form.cleaned_data["jeton"],
            regle=str(form.regle),
            sauter=form.cleaned_data["sauter"] == "oui",
        )
    except RefusEnsemble as refus:
        form.add_error(
            None,
            _("Rien n’a été envoyé : ces dates ne sont pas libres. Décochez-les, ou sautez-les."),
        )
        for phrase in refus.phrases:
            form.add_error(None, phrase)
        return None
    except Refus as refus:
        form.refuser(refus.phrases, refus.champ)
        return None
    nombre = demande.prets.count()
    messages.success(
        request,
        ngettext(
            "Demande envoyée pour %(n)s date. %(nom)s vous répondra ici et par courriel.",
            "Demande envoyée pour %(n)s dates. %(nom)s vous répondra ici et par courriel.",
            nombre,
        )
        % {"n": nombre, "nom": demande.preteur.nom},
    )
    return redirect(demande)


def _adresse(form: SerieForm) -> str:
    """The first step, with what was chosen."""
    choix = QueryDict(mutable=True)
    for nom, valeur in form.caches():
        if valeur:
            choix[nom] = valeur
    choix["modifier"] = "1"
    return f"?{choix.urlencode()}"
