"""The basket: what was gathered for some dates, line by line, then one sending."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from organisations.droits import Droit, peut
from organisations.models import Organisation
from organisations.refus import NonAutorise, Refus
from ressources import demandes, paniers
from ressources.demandes import Ligne, RefusEnsemble
from ressources.forms_demandes import AjoutForm, PanierForm
from ressources.models import LignePanier, Panier, Ressource


@dataclass(frozen=True)
class Vue:
    """A line as the page shows it: free, or all the reasons it cannot be."""

    ligne: LignePanier
    demandee: Ligne
    raisons: list[str]
    champ: forms.BoundField | None


def _organisation(request: HttpRequest) -> Organisation:
    if request.organisation is None:
        raise NonAutorise(
            _("On emprunte au nom d’un organisme : rejoignez le vôtre, ou inscrivez-le.")
        )
    return request.organisation


def _page(
    request: HttpRequest,
    panier: Panier | None,
    form: PanierForm | None = None,
) -> HttpResponse:
    organisation = request.organisation
    lignes = paniers.lignes_de(panier) if panier else []
    if form is None and organisation:
        form = PanierForm(
            panier=panier or Panier(organisation=organisation, personne=request.user),
            lignes=lignes,
            a_envoyer=False,
        )
    vues = _vues(panier, lignes, form, organisation) if panier and form and organisation else []
    contexte = {
        "panier": panier,
        "form": form,
        "vues": vues,
        "empeches": sum(bool(v.raisons) for v in vues),
        "preteurs": len({v.ligne.ressource.organisation_id for v in vues}),
        "jours": paniers.jours(panier) if panier else None,
        "adresse_du_catalogue": _catalogue(panier),
        "peut_demander": organisation is not None
        and peut(request.user, Droit.DEMANDER, organisation),
        "liens": [(_("Ressources"), reverse("ressource_liste"))],
    }
    return render(request, "ressources/panier.html", contexte)


def _vues(
    panier: Panier, lignes: Iterable[LignePanier], form: PanierForm, organisation: Organisation
) -> list[Vue]:
    demandees = [paniers.a_demander(panier, ligne) for ligne in lignes]
    toutes = demandes.raisons(demandees, organisation)
    return [
        Vue(ligne, demandee, raisons, form.quantite(ligne))
        for ligne, demandee, raisons in zip(lignes, demandees, toutes, strict=True)
    ]


def _catalogue(panier: Panier | None) -> str:
    """The catalogue at the basket's dates."""
    adresse = reverse("ressource_liste")
    bornes = paniers.jours(panier) if panier else None
    if bornes is None:
        return adresse
    choix = QueryDict(mutable=True)
    choix["du"], choix["au"] = (jour.isoformat() for jour in bornes)
    return f"{adresse}?{choix.urlencode()}"


@require_GET
def panier(request: HttpRequest) -> HttpResponse:
    organisation = request.organisation
    return _page(request, paniers.courant(request.user, organisation) if organisation else None)


@require_POST
def panier_ajouter(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _organisation(request)
    ressource = get_object_or_404(
        Ressource.objects.visibles_par(request.user).select_related("organisation"), slug=slug
    )
    form = AjoutForm(request.POST)
    form.is_valid()
    try:
        _panier, changees = paniers.ajouter(
            ressource,
            par=request.user,
            organisation=organisation,
            periode=form.periode,
            quantite=form.cleaned_data.get("quantite") or 1,
        )
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
        return redirect("panier")
    messages.success(request, _("« %(titre)s » est dans le panier.") % {"titre": ressource})
    if changees:
        messages.info(request, _("Les dates de tout le panier sont maintenant celles-ci."))
    return redirect("panier")


# ---------------------------------------------------------------- what the basket's form says
def _garder(
    request: HttpRequest, courant: Panier | None, *, a_envoyer: bool
) -> tuple[Panier, PanierForm]:
    """Keeps everything that is right of what was typed, whatever the button."""
    organisation = _organisation(request)
    courant = courant or Panier(organisation=organisation, personne=request.user)
    lignes = paniers.lignes_de(courant) if courant.pk else []
    form = PanierForm(request.POST, panier=courant, lignes=lignes, a_envoyer=a_envoyer)
    form.is_valid()
    gardes: dict[str, Any] = {"periode": form.periode, "quantites": form.quantites}
    if "but" in form.cleaned_data and "but" in form.data:
        gardes["but"] = form.cleaned_data["but"]
    if a_envoyer:
        gardes["jeton"] = form.cleaned_data.get("jeton")
    if courant.pk is None:
        courant = paniers.ouvrir(par=request.user, organisation=organisation)
    return paniers.modifier(courant, **gardes), form


def _courant(request: HttpRequest) -> Panier | None:
    return paniers.courant(request.user, _organisation(request))


@require_POST
def panier_modifier(request: HttpRequest) -> HttpResponse:
    garde, form = _garder(request, _courant(request), a_envoyer=False)
    if form.errors:
        return _page(request, garde, form)
    messages.success(request, _("Le panier est à jour."))
    return redirect("panier")


@require_POST
def panier_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    organisation = _organisation(request)
    ligne = (
        LignePanier.objects.filter(panier__personne=request.user, panier__organisation=organisation)
        .select_related("ressource")
        .filter(pk=pk)
        .first()
    )
    garde, _form = _garder(request, _courant(request), a_envoyer=False)
    if ligne is not None:
        paniers.retirer(garde, ligne.pk)
        messages.success(
            request, _("« %(titre)s » n’est plus dans le panier.") % {"titre": ligne.ressource}
        )
    return redirect("panier")


def _jeton(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("jeton", ""))
    except ValueError:
        return None


@require_POST
def panier_envoyer(request: HttpRequest) -> HttpResponse:
    """One request for each lender, all or none; refused, the basket stays as it is."""
    courant = _courant(request)
    if courant is None:
        messages.error(request, _("Le panier est vide."))
        return redirect("panier")
    jeton = _jeton(request)
    if jeton and jeton != courant.jeton:
        deja = paniers.deja_envoyees(jeton, par=request.user, organisation=courant.organisation)
        if deja:
            return redirect(deja[0] if len(deja) == 1 else "pret_liste")
    garde, form = _garder(request, courant, a_envoyer=True)
    if form.errors:
        return _page(request, garde, form)
    try:
        creees = paniers.envoyer(
            garde,
            par=request.user,
            jeton=form.cleaned_data["jeton"],
            vues={
                int(pk) for pk in request.POST.getlist("ligne") if pk.isdecimal() and len(pk) < 19
            },
        )
    except RefusEnsemble as refus:
        form.add_error(
            None, _("Rien n’a été envoyé. Corrigez ou retirez ces lignes, puis envoyez de nouveau.")
        )
        for phrase in refus.phrases:
            form.add_error(None, phrase)
        return _page(request, garde, form)
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
        return redirect("panier")
    messages.success(
        request,
        ngettext(
            "Demande envoyée à %(noms)s.",
            "%(n)s demandes envoyées : %(noms)s.",
            len(creees),
        )
        % {"n": len(creees), "noms": ", ".join(d.preteur.nom for d in creees)},
    )
    return redirect(creees[0] if len(creees) == 1 else "pret_liste")
