"""What one's organisation waits for, and the two gestures."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations.refus import Refus
from ressources import attentes
from ressources.models import Attente, Ressource


class AttenteForm(forms.Form):
    """What the page offered to wait for; `emprunteur` is the organisation it was drawn for."""

    debut = forms.DateTimeField()
    fin = forms.DateTimeField()
    quantite = forms.IntegerField(min_value=1)
    emprunteur = forms.IntegerField()


@require_GET
def attente_liste(request: HttpRequest) -> HttpResponse:
    organisation, liste = request.organisation, []
    if organisation:
        siennes = Attente.objects.visibles_par(request.user).filter(organisation=organisation)
        ouvertes = siennes.ouvertes().pour_la_liste().order_by("periode", "pk")
        liste = [(attente, attentes.adresse(attente)) for attente in ouvertes]
    return render(
        request,
        "ressources/attente_liste.html",
        {
            "attentes": liste,
            "heures": attentes.PRIORITE.days * 24,
            "liens": [
                (_("À faire"), reverse("a_faire")),
                (_("Prêts et emprunts"), reverse("pret_liste")),
            ],
        },
    )


@require_POST
def attente_creer(request: HttpRequest, slug: str) -> HttpResponse:
    ressource = get_object_or_404(
        Ressource.objects.visibles_par(request.user).select_related("organisation__table"),
        slug=slug,
    )
    form, organisation = AttenteForm(request.POST), request.organisation
    try:
        if organisation is None:
            raise Refus(_("On attend au nom d’un organisme : rejoignez le vôtre, ou inscrivez-le."))
        if not form.is_valid():
            raise Refus(_("Choisissez les dates et la quantité sur la page, puis recommencez."))
        choix = form.cleaned_data
        if choix.pop("emprunteur") != organisation.pk:
            raise Refus(
                _("Vous agissez maintenant pour %(nom)s. Vérifiez, puis recommencez.")
                % {"nom": organisation.nom}
            )
        attentes.attendre(ressource, par=request.user, organisation=organisation, **choix)
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
        return redirect(ressource)
    messages.success(
        request,
        _("C’est noté : nous vous écrirons si cela se libère. D’ici là, rien n’est promis."),
    )
    return redirect("attente_liste")


@require_POST
def attente_renoncer(request: HttpRequest, pk: int) -> HttpResponse:
    attente = get_object_or_404(Attente.objects.visibles_par(request.user), pk=pk)
    attentes.renoncer(attente, par=request.user)
    messages.success(request, _("Vous n’attendez plus cette ressource."))
    return redirect("attente_liste")
