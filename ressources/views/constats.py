"""Hand-over, return, a note in between: a page each; their photos; the sheet of the day."""

import datetime as dt
import uuid
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from organisations.models import Personne
from organisations.refus import NonAutorise, Refus
from ressources import constats, journee, photos, prets
from ressources.cycle import LES_DEUX, TRANSITIONS
from ressources.forms_constats import ConstatForm, repere
from ressources.models import Constat, Exemplaire, PhotoConstat, Pret

DOUBLE_ENVOI = dt.timedelta(minutes=5)
FAIT = {
    "remettre": gettext_lazy("La remise est notée, avec son constat."),
    "rendre": gettext_lazy("Le retour est noté, avec son constat."),
    "constater": gettext_lazy("C’est noté : l’autre organisme le sait."),
}
TITRES = {
    "remettre": gettext_lazy("Remettre"),
    "rendre": gettext_lazy("Noter le retour"),
    "constater": gettext_lazy("Noter ce que vous voyez"),
}
BOUTONS = {
    "remettre": gettext_lazy("C’est remis"),
    "rendre": gettext_lazy("C’est revenu"),
    "constater": gettext_lazy("Noter"),
}


@require_http_methods(["GET", "POST"])
def pret_remettre(request: HttpRequest, pk: int) -> HttpResponse:
    return _noter(request, pk, "remettre")


@require_http_methods(["GET", "POST"])
def pret_rendre(request: HttpRequest, pk: int) -> HttpResponse:
    return _noter(request, pk, "rendre")


@require_http_methods(["GET", "POST"])
def pret_constater(request: HttpRequest, pk: int) -> HttpResponse:
    return _noter(request, pk, "constater")


def _noter(request: HttpRequest, pk: int, verbe: str) -> HttpResponse:
    """One page for the three: what is possible is asked of the loan as it is now."""
    pret = get_object_or_404(
        Pret.objects.visibles_par(request.user).select_related(
            "ressource__organisation", "preteur__table", "emprunteur__table"
        ),
        pk=pk,
    )
    cotes = TRANSITIONS[verbe].cotes if verbe in TRANSITIONS else LES_DEUX
    if not prets.cotes_de(pret, request.user) & cotes:
        raise NonAutorise(_("Cette action revient à un autre organisme."))
    if request.method == "GET":
        if refus := _impossible(pret, request.user, verbe):
            messages.error(request, refus)
            return redirect(pret)
        form = ConstatForm(pret=pret, verbe=verbe, exemplaire=_scanne(request, pret))
        return _page(request, pret, verbe, form)
    if _deja_fait(pret, verbe, request):
        return redirect(f"{pret.get_absolute_url()}#constats")
    if request.POST.get("vu") != repere(pret) and verbe != "constater":
        messages.error(
            request,
            _(
                "Ce prêt a changé pendant que vous notiez : il est maintenant à l’état "
                "« %(etat)s ». Rien n’a été fait."
            )
            % {"etat": pret.get_etat_display()},
        )
        return redirect(pret)
    form = ConstatForm(request.POST, request.FILES, pret=pret, verbe=verbe)
    if not form.is_valid():
        return _page(request, pret, verbe, form)
    try:
        _ecrire(form, request.user)
    except Refus as refus:
        form.refuser(refus)
        return _page(request, pret, verbe, form)
    messages.success(request, FAIT[verbe])
    return redirect(f"{pret.get_absolute_url()}#constats")


@transaction.atomic
def _ecrire(form: ConstatForm, par: Personne) -> None:
    """The row is held while it is compared with the page: two desks, one of them is first."""
    actuel = Pret.objects.select_for_update(no_key=True).get(pk=form.pret.pk)
    if form.verbe == "constater":
        constats.constater(actuel, par=par, vu=form.en_vu(), exemplaires=form.choisis)
        return
    if repere(actuel) != repere(form.pret):
        raise Refus(_("Quelqu’un vient de noter la même chose : rechargez la page du prêt."))
    verbe = constats.remettre if form.verbe == "remettre" else constats.rendre
    verbe(
        actuel,
        par=par,
        vu=form.en_vu(),
        quantite=form.cleaned_data.get("quantite"),
        exemplaires=form.choisis,
    )


def _impossible(pret: Pret, personne: Personne, verbe: str) -> str:
    """Why there is no form now, said before anything is typed."""
    if verbe == "constater":
        if pret.etat in ("remis", "rendu"):
            return ""
    elif any(t.verbe == verbe for t in prets.boutons(pret, personne)):
        return ""
    return _("Ce prêt est à l’état « %(etat)s » : cette action n’est pas possible.") % {
        "etat": pret.get_etat_display()
    }


def _deja_fait(pret: Pret, verbe: str, request: HttpRequest) -> bool:
    """The same form, sent twice: what it wrote a moment ago is there."""
    moments = {
        "remettre": [Constat.Moment.REMISE],
        "rendre": [Constat.Moment.RETOUR],
        "constater": [Constat.Moment.PENDANT, Constat.Moment.RETOUR],
    }[verbe]
    if verbe != "constater" and request.POST.get("vu") == repere(pret):
        return False
    note = "\n".join(request.POST.get("note", "").strip().splitlines())
    recents = pret.constats.filter(
        par=request.user, moment__in=moments, le__gt=timezone.now() - DOUBLE_ENVOI
    )
    return any(
        "\n".join(c.note.splitlines()) == note and c.etat == request.POST.get("etat")
        for c in recents
    )


def _scanne(request: HttpRequest, pret: Pret) -> Exemplaire | None:
    """The copy whose label led here."""
    code = request.GET.get("exemplaire", "")[:20]
    return pret.ressource.exemplaires.filter(code=code).first() if code else None


def _page(request: HttpRequest, pret: Pret, verbe: str, form: ConstatForm) -> HttpResponse:
    return render(
        request,
        "ressources/pret_constater.html",
        {
            "pret": pret,
            "form": form,
            "titre": TITRES[verbe],
            "bouton": BOUTONS[verbe],
            "liens": [
                (_("Prêts et emprunts"), reverse("pret_liste")),
                (str(pret), pret.get_absolute_url()),
            ],
        },
    )


# ------------------------------------------------------------------ the photos
@require_GET
def photo_constat(
    request: HttpRequest, pk: int, cle: uuid.UUID, largeur: int, format: str
) -> FileResponse:
    """A sized photo, for those who see its loan: the two sides, the tables during an incident."""
    pret = get_object_or_404(Pret.objects.visibles_par(request.user), pk=pk)
    photo = get_object_or_404(
        PhotoConstat, cle=cle, constat__pret=pret, etat=PhotoConstat.Etat.PRETE
    )
    if largeur not in PhotoConstat.LARGEURS or format not in photos.SORTIES:
        raise Http404
    try:
        fichier = (Path(settings.MEDIA_ROOT) / photo.chemin(largeur, format)).open("rb")
    except OSError:
        raise Http404 from None
    reponse = FileResponse(fichier, content_type=f"image/{format}")
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Cache-Control"] = "private, no-store"
    reponse["X-Robots-Tag"] = "noindex"
    return reponse


# ------------------------------------------------------------------ the sheet of the day
@require_GET
def pret_journee(request: HttpRequest) -> HttpResponse:
    """What leaves and what comes back on one day, for the organisation one acts for."""
    aujourdhui = timezone.localdate()
    jour = journee.jour_lu(request.GET.get("date", ""), aujourdhui)
    organisation = request.organisation
    return render(
        request,
        "ressources/pret_journee.html",
        {
            "jour": jour,
            "est_aujourdhui": jour == aujourdhui,
            "avant": jour - dt.timedelta(days=1),
            "apres": jour + dt.timedelta(days=1),
            "feuille": journee.feuille(organisation, jour) if organisation else None,
            "liens": [
                (_("À faire"), reverse("a_faire")),
                (_("Prêts et emprunts"), reverse("pret_liste")),
            ],
        },
    )
