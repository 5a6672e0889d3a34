"""What the authors of a listing do: the three-step form, its photos, its states, their list."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organisations import moderation
from organisations.droits import Droit, droits, exiger
from organisations.models import Revision
from organisations.publication import PASSAGES, Etat
from organisations.refus import Refus
from ressources import photos, registre
from ressources.categories import Sorte
from ressources.forms import ETAPES, EssentielForm, EtapeForm, PhotosForm
from ressources.models import Ressource

PAR_PAGE = 24
TITRES = {
    1: (gettext_lazy("L’essentiel"), gettext_lazy("Nom, nature, catégorie, lieu")),
    2: (gettext_lazy("Quantité, état et photos"), gettext_lazy("Environ 2 minutes")),
    3: (gettext_lazy("Conditions"), gettext_lazy("Puis la table relit l’annonce")),
}
TITRES_2 = {
    Sorte.LOCAL: gettext_lazy("Capacité et photos"),
    Sorte.EXPERTISE: gettext_lazy("Précisions et photos"),
    Sorte.SAVOIR: gettext_lazy("Licence, adresse et photos"),
}


def des_notres(request: HttpRequest, slug: str) -> Ressource:
    """A listing this person sees and may change; 404 or 403 otherwise."""
    ressource = get_object_or_404(
        Ressource.objects.visibles_par(request.user).select_related("organisation__table"),
        slug=slug,
    )
    exiger(request.user, Droit.PROPOSER, ressource.organisation)
    return ressource


# ------------------------------------------------------------------ the form
@require_http_methods(["GET", "POST"])
def ressource_creer(request: HttpRequest) -> HttpResponse:
    organisation = request.organisation
    if organisation is None:
        messages.info(request, _("Rejoignez d’abord un organisme, ou inscrivez le vôtre."))
        return redirect("compte")
    exiger(request.user, Droit.PROPOSER, organisation)
    depart = {"territoire": organisation.territoire_id, "adresse": organisation.adresse}
    form = EssentielForm(request.POST or None, initial=depart)
    if request.method == "POST" and form.is_valid():
        try:
            ressource = registre.creer(organisation, form.cleaned_data, par=request.user)
        except Refus as refus:
            _reporter(form, refus)
        else:
            messages.success(
                request,
                _(
                    "Le brouillon de « %(titre)s » est gardé : "
                    "vous le retrouverez dans vos ressources."
                )
                % {"titre": ressource},
            )
            if request.POST.get("geste") == "plus-tard":
                return redirect("mes_ressources")
            return redirect("ressource_modifier", ressource.slug, 2)
    return _page(request, None, 1, form)


@require_http_methods(["GET", "POST"])
def ressource_modifier(request: HttpRequest, slug: str, etape: int) -> HttpResponse:
    ressource = des_notres(request, slug)
    if etape not in ETAPES:
        raise Http404
    if ressource.etat not in registre.MODIFIABLES:
        messages.error(
            request,
            _("« %(titre)s » est à l’état « %(etat)s » : on ne peut plus la modifier.")
            % {"titre": ressource, "etat": ressource.get_etat_display()},
        )
        return redirect("mes_ressources")
    if request.method == "POST":
        return _enregistrer(request, ressource, etape, request.POST.get("geste", "continuer"))
    form = ETAPES[etape](instance=ressource, initial=moderation.proposees(ressource))
    return _page(request, ressource, etape, form, _photos(ressource, etape))


@require_POST
def photo_ajouter(request: HttpRequest, slug: str) -> HttpResponse:
    """The uploads of step 2; what else was typed on the page is kept too."""
    return _enregistrer(request, des_notres(request, slug), 2, "photos")


@require_POST
def photo_retirer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    ressource = des_notres(request, slug)
    photo = get_object_or_404(ressource.photos, pk=pk)
    try:
        registre.retirer_photo(photo, par=request.user)
    except Refus as refus:
        return _refuser(request, ressource, refus)
    messages.success(request, _("La photo « %(nom)s » est retirée.") % {"nom": photo.nom})
    return _enregistrer(request, ressource, 2, "photos")


def _enregistrer(
    request: HttpRequest, ressource: Ressource, etape: int, geste: str
) -> HttpResponse:
    """Keeps what was typed, then goes where the button says.

    Whoever leaves half-way keeps what is right; only what is wrong holds one back, and what is
    merely missing does not.
    """
    refus_photos = _recevoir(request, ressource) if etape == 2 else []
    if "etape" not in request.POST:  # a gesture alone, without the page's fields
        for phrase in refus_photos:
            messages.error(request, phrase)
        return _suivre(request, ressource, etape, "photos")
    if request.FILES and geste == "continuer":
        geste = "photos"  # the photos that came are described before going on
    form = ETAPES[etape](request.POST, instance=ressource, initial=moderation.proposees(ressource))
    mots = _photos(ressource, etape, request)
    formulaires = [f for f in (form, mots) if f is not None]
    valides = all(not f.errors for f in formulaires) and not refus_photos
    quitte = geste in ("photos", "precedente", "plus-tard")
    if quitte and not refus_photos:
        valides = all(_n_attend_que_des_reponses(f) for f in formulaires)
    if not valides:
        return _page(request, ressource, etape, form, mots, refus_photos)
    try:
        revision = registre.modifier(ressource, form.valables(), par=request.user)
        for photo, alt in mots.descriptions() if mots else ():
            registre.decrire_photo(photo, alt, par=request.user)
        if geste == "soumettre":
            ressource = registre.soumettre(ressource, par=request.user)
    except Refus as refus:
        _reporter(form, refus)
        return _page(request, ressource, etape, form, mots)
    if revision:
        messages.info(
            request, _("La table relit vos changements; la version en ligne reste affichée.")
        )
    return _suivre(request, ressource, etape, geste)


def _n_attend_que_des_reponses(form: EtapeForm | PhotosForm) -> bool:
    """Nothing typed is wrong; at most, something is still to fill in."""
    return all(e.code == "required" for liste in form.errors.as_data().values() for e in liste)


def _recevoir(request: HttpRequest, ressource: Ressource) -> list[str]:
    """Takes in the uploads, each on its own: one that is refused does not lose the others."""
    phrases: list[str] = []
    for fichier in request.FILES.getlist("photos")[: 2 * photos.MAX_PHOTOS]:
        try:
            registre.ajouter_photo(ressource, fichier, par=request.user)
        except Refus as refus:
            phrases += [p for p in refus.phrases if p not in phrases]
    return phrases


def _photos(
    ressource: Ressource, etape: int, request: HttpRequest | None = None
) -> PhotosForm | None:
    if etape != 2:
        return None
    liste = list(ressource.photos.all())
    return PhotosForm(request.POST if request else None, photos=liste)


def _suivre(request: HttpRequest, ressource: Ressource, etape: int, geste: str) -> HttpResponse:
    if geste == "soumettre":
        annoncer(request, ressource)
        return redirect(ressource)
    if geste == "photos":
        return redirect(reverse("ressource_modifier", args=[ressource.slug, 2]) + "#photos")
    if geste == "plus-tard":
        messages.success(request, _("C’est gardé : vous pourrez reprendre ici."))
        return redirect("mes_ressources")
    suivante = etape - 1 if geste == "precedente" else etape + 1
    if suivante not in ETAPES:
        return redirect(ressource)
    return redirect("ressource_modifier", ressource.slug, suivante)


def _reporter(form: EtapeForm, refus: Refus) -> None:
    """A rule's refusal, said beside its field."""
    for rang, phrase in enumerate(refus.phrases):
        form.add_error(refus.champ if rang == 0 and refus.champ in form.fields else None, phrase)


def _page(
    request: HttpRequest,
    ressource: Ressource | None,
    etape: int,
    form: EtapeForm,
    mots: PhotosForm | None = None,
    refus_photos: list[str] | None = None,
) -> HttpResponse:
    titre_2 = TITRES_2.get(Sorte(ressource.sorte)) if ressource else None
    etapes = [
        {
            "titre": titre_2 if rang == 2 and titre_2 else titre,
            "aide": aide,
            "etat": "courante" if rang == etape else "fait" if rang < etape else "",
            "adresse": reverse("ressource_modifier", args=[ressource.slug, rang])
            if ressource and rang != etape
            else "",
        }
        for rang, (titre, aide) in TITRES.items()
    ]
    return render(
        request,
        "ressources/ressource_modifier.html",
        {
            "ressource": ressource,
            "organisation": ressource.organisation if ressource else request.organisation,
            "form": form,
            "photos": mots,
            "refus_photos": refus_photos or [],
            "etape": etape,
            "titre_etape": etapes[etape - 1]["titre"],
            "etapes": etapes,
            "a_soumettre": ressource is None or ressource.etat in PASSAGES["soumettre"].de,
            "liens": [(_("Mes ressources"), reverse("mes_ressources"))],
        },
    )


# ------------------------------------------------------------------ the states
def annoncer(request: HttpRequest, ressource: Ressource) -> None:
    """What happens next, once submitted."""
    if ressource.est_publiee:
        phrase = _("« %(titre)s » est en ligne. Votre table la relira ensuite.")
    else:
        phrase = _("« %(titre)s » est envoyée. Votre table la relit, puis elle sera en ligne.")
    messages.success(request, phrase % {"titre": ressource})


def _refuser(request: HttpRequest, ressource: Ressource, refus: Refus) -> HttpResponse:
    for phrase in refus.phrases:
        messages.error(request, phrase)
    return redirect("mes_ressources" if ressource.etat == Etat.RETIREE else ressource)


def _agir(
    request: HttpRequest, slug: str, verbe: Callable[..., Ressource], phrase: str
) -> HttpResponse:
    ressource = get_object_or_404(Ressource.objects.visibles_par(request.user), slug=slug)
    try:
        ressource = verbe(ressource, par=request.user)
    except Refus as refus:
        return _refuser(request, ressource, refus)
    messages.success(request, phrase % {"titre": ressource})
    return redirect("mes_ressources" if ressource.etat == Etat.RETIREE else ressource)


@require_POST
def ressource_soumettre(request: HttpRequest, slug: str) -> HttpResponse:
    ressource = get_object_or_404(Ressource.objects.visibles_par(request.user), slug=slug)
    try:
        ressource = registre.soumettre(ressource, par=request.user)
    except Refus as refus:
        return _refuser(request, ressource, refus)
    annoncer(request, ressource)
    return redirect(ressource)


@require_POST
def ressource_archiver(request: HttpRequest, slug: str) -> HttpResponse:
    return _agir(request, slug, registre.archiver, _("« %(titre)s » est archivée."))


@require_POST
def ressource_reprendre(request: HttpRequest, slug: str) -> HttpResponse:
    return _agir(request, slug, registre.reprendre, _("« %(titre)s » est de nouveau un brouillon."))


@require_POST
def ressource_retirer(request: HttpRequest, slug: str) -> HttpResponse:
    return _agir(request, slug, registre.retirer, _("« %(titre)s » est retirée du portail."))


# ------------------------------------------------------------------ the list
@require_GET
def mes_ressources(request: HttpRequest) -> HttpResponse:
    organisation = request.organisation
    ressources = Ressource.objects.none()
    siens: frozenset[Droit] = frozenset()
    if organisation is not None:
        siens = droits(request.user, organisation)
        ressources = Ressource.objects.filter(organisation=organisation)
    etat = request.GET.get("etat", "")
    if etat in Etat.values:
        ressources = ressources.filter(etat=etat)
    page = Paginator(ressources.order_by("-modifiee_le", "-pk"), PAR_PAGE).get_page(
        request.GET.get("page")
    )
    en_attente = set(
        Revision.objects.en_attente()
        .filter(
            objet_type=ContentType.objects.get_for_model(Ressource),
            objet_id__in=[r.pk for r in page.object_list],
            nature=Revision.Nature.MODIFICATION,
        )
        .values_list("objet_id", flat=True)
    )
    lignes = [
        {
            "ressource": ressource,
            "verbes": registre.verbes(ressource, siens),
            "peut_modifier": Droit.PROPOSER in siens and ressource.etat in registre.MODIFIABLES,
            "est_relue": ressource.pk in en_attente,
        }
        for ressource in page.object_list
    ]
    return render(
        request,
        "ressources/mes_ressources.html",
        {
            "page": page,
            "lignes": lignes,
            "etats": Etat.choices,
            "etat": etat,
            "peut_proposer": Droit.PROPOSER in siens,
        },
    )
