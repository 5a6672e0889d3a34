"""What was asked together, answered together; and whom one's organisation trusts."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from organisations.droits import Droit, peut
from organisations.refus import NonAutorise, Refus
from ressources import acceptation, demandes
from ressources.cycle import Cote, Etat
from ressources.forms_demandes import ConfianceForm, EnsembleForm
from ressources.models import Confiance, Demande, Pret

COTES = {
    "accepter": {Cote.PRETEUR},
    "refuser": {Cote.PRETEUR},
    "annuler": {Cote.PRETEUR, Cote.EMPRUNTEUR},
}
FAIT = {
    "accepter": gettext_lazy("C’est accepté : les réservations sont faites."),
    "refuser": gettext_lazy("Réponse envoyée, avec votre mot."),
    "annuler": gettext_lazy("C’est annulé : l’autre organisme est prévenu, une seule fois."),
}


# ---------------------------------------------------------------- one request
def _visible(request: HttpRequest, pk: int) -> Demande:
    return get_object_or_404(
        Demande.objects.visibles_par(request.user).select_related(
            "preteur__table", "emprunteur__table", "demande_par"
        ),
        pk=pk,
    )


def _page(
    request: HttpRequest, demande: Demande, refuse: EnsembleForm | None = None
) -> HttpResponse:
    suivis = list(demande.prets.pour_la_liste().order_by("periode", "pk"))
    cotes = demandes.cotes_de(demande, request.user)
    contexte = {
        "demande": demande,
        "prets": suivis,
        "est_preteur": Cote.PRETEUR in cotes,
        "attendent": sum(p.etat == Etat.DEMANDE for p in suivis),
        "formulaires": _formulaires(request, demande, suivis, cotes, refuse),
        "form": refuse,  # the title then says « Erreur »
        "liens": [
            (_("À faire"), reverse("a_faire")),
            (_("Prêts et emprunts"), reverse("pret_liste")),
        ],
    }
    return render(request, "ressources/demande_detail.html", contexte)


def _formulaires(
    request: HttpRequest,
    demande: Demande,
    suivis: list[Pret],
    cotes: set[Cote],
    refuse: EnsembleForm | None,
) -> list[EnsembleForm]:
    """The steps this person may take on all of it: a button shown works."""
    etats = {p.etat for p in suivis}
    verbes = []
    if Cote.PRETEUR in cotes:
        if Etat.DEMANDE in etats and peut(request.user, Droit.PROPOSER, demande.preteur):
            verbes.append("accepter")
        if etats & set(demandes.EN_ATTENTE):
            verbes.append("refuser")
    if etats & set(demandes.ANNULABLES):
        verbes.append("annuler")
    return [
        refuse
        if refuse is not None and refuse.verbe == verbe
        else EnsembleForm(
            verbe=verbe, est_serie=demande.est_serie, initial={"vu": demandes.empreinte(suivis)}
        )
        for verbe in verbes
    ]


@require_GET
def demande_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _visible(request, pk))


@require_POST
def demande_effectuer(request: HttpRequest, pk: int, verbe: str) -> HttpResponse:
    """One step on all the loans that can take it; a page out of date does nothing."""
    if verbe not in COTES:
        raise Http404
    demande = _visible(request, pk)
    if not demandes.cotes_de(demande, request.user) & COTES[verbe]:
        raise NonAutorise(_("Cette action revient à un autre organisme."))
    form = EnsembleForm(request.POST, verbe=verbe, est_serie=demande.est_serie)
    if not form.is_valid():
        return _page(request, demande, form)
    choix, commun = form.cleaned_data, {"par": request.user, "vu": form.cleaned_data["vu"] or None}
    try:
        match verbe:
            case "accepter":
                demandes.accepter_tout(demande, sauter=choix["sauter"], **commun)
            case "refuser":
                demandes.refuser_tout(demande, mot=choix["mot"], **commun)
            case "annuler":
                demandes.annuler_la_suite(
                    demande, mot=choix["mot"], a_partir_de=choix.get("a_partir_de"), **commun
                )
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
    else:
        messages.success(request, FAIT[verbe])
    return redirect(demande)


# ---------------------------------------------------------------- trust
@require_GET
def confiance_liste(request: HttpRequest) -> HttpResponse:
    return _page_confiance(request)


def _page_confiance(request: HttpRequest, form: ConfianceForm | None = None) -> HttpResponse:
    """Between the people of one organisation: nobody else knows whom it trusts."""
    organisation = request.organisation
    confiances, peut_changer = [], False
    if organisation:
        confiances = list(
            Confiance.objects.filter(organisation=organisation)
            .select_related("envers__territoire", "par")
            .order_by("envers__nom")
        )
        peut_changer = peut(request.user, Droit.PROPOSER, organisation)
        if peut_changer:
            form = form or ConfianceForm(organisation=organisation)
    return render(
        request,
        "ressources/confiance_liste.html",
        {
            "confiances": confiances,
            "peut_changer": peut_changer,
            "form": form,
            "liens": [
                (_("À faire"), reverse("a_faire")),
                (_("Vos ressources"), reverse("mes_ressources")),
            ],
        },
    )


@require_POST
def confiance_ajouter(request: HttpRequest) -> HttpResponse:
    organisation = request.organisation
    if organisation is None:
        raise NonAutorise(_("Cela se fait au nom d’un organisme."))
    form = ConfianceForm(request.POST, organisation=organisation)
    if not form.is_valid():
        return _page_confiance(request, form)
    envers = form.cleaned_data["envers"]
    try:
        acceptation.faire_confiance(organisation, envers, par=request.user)
    except Refus as refus:
        form.add_error(refus.champ, refus.phrases)
        return _page_confiance(request, form)
    messages.success(
        request, _("C’est noté : vous faites confiance à %(nom)s.") % {"nom": envers.nom}
    )
    return redirect("confiance_liste")


@require_POST
def confiance_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    confiance = get_object_or_404(
        Confiance.objects.select_related("organisation", "envers"),
        organisation__in=request.organisations,
        pk=pk,
    )
    acceptation.ne_plus_faire_confiance(confiance, par=request.user)
    messages.success(
        request,
        _("%(nom)s devra attendre votre réponse. Ce qui est accepté le reste.")
        % {"nom": confiance.envers.nom},
    )
    return redirect("confiance_liste")
