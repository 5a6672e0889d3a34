"""The catalogue, a listing's page, and the pictures. What its authors do is in `annonces`."""

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from organisations.droits import Droit, droits
from organisations.models import Organisation, Personne, Revision, Table
from organisations.publication import Etat
from ressources import calendrier, disponibilite, registre
from ressources.categories import PAR_SLUG, Sorte
from ressources.confiance import faits
from ressources.filters import RessourceFilter
from ressources.models import Ressource
from ressources.views.prets import contexte_demande

PAR_PAGE = 24


# ------------------------------------------------------------------ the catalogue
@login_not_required
@require_GET
@vary_on_headers("HX-Request")
def ressource_liste(request: HttpRequest) -> HttpResponse:
    filtre = RessourceFilter(request.GET, Ressource.objects.publiees())
    paginateur = Paginator(filtre.qs.pour_la_liste(), PAR_PAGE)
    paginateur.count = filtre.nombre  # the facets already counted
    page = paginateur.get_page(request.GET.get("page"))
    _dire_libres(page.object_list, filtre.periode)
    contexte = {
        "filtre": filtre,
        "form": filtre.form,
        "page": page,
        "actifs": filtre.actifs(),
        "est_aujourdhui": filtre.periode is None,
    }
    if request.htmx and not request.htmx.history_restore_request:
        contexte["est_fragment"] = True
        reponse = render(request, "ressources/ressource_liste.html#resultats", contexte)
        return push_url(reponse, request.path + filtre.adresse().removesuffix("?"))
    return render(request, "ressources/ressource_liste.html", contexte)


def _aujourdhui() -> tuple[dt.datetime, dt.datetime]:
    """From now to midnight."""
    maintenant = timezone.localtime()
    return maintenant, disponibilite.minuit(maintenant.date() + dt.timedelta(days=1))


def _dire_libres(
    ressources: Iterable[Ressource], periode: tuple[dt.datetime, dt.datetime] | None = None
) -> None:
    """Gives each listing `libre`: how many are free over the period, or today. One query."""
    liste = list(ressources)
    libres = disponibilite.libres([r for r in liste if r.se_prete], *(periode or _aujourdhui()))
    for ressource in liste:
        ressource.libre = libres.get(ressource.pk)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ one listing
@login_not_required
@require_GET
def ressource_detail(request: HttpRequest, slug: str) -> HttpResponse:
    ressource = (
        Ressource.objects.visibles_par(request.user)
        .select_related("organisation__table", "organisation__territoire", "territoire")
        .prefetch_related("horaires")
        .filter(slug=slug)
        .first()
    )
    if (ressource is None or ressource.etat == Etat.RETIREE) and _est_retiree(slug):
        return render(request, "410.html", status=410)
    if ressource is None:
        raise Http404
    organisation = ressource.organisation
    siens = _droits(request.user, organisation)
    est_des_notres = request.user.is_authenticated and _est_membre(request, organisation)
    peut_moderer = Droit.MODERER in _droits(request.user, organisation.table)
    agit_pour = getattr(request, "organisation", None)
    _dire_libres([ressource])
    contexte = {
        "ressource": ressource,
        "photos": list(ressource.photos.filter(etat="prete")),
        "categorie": PAR_SLUG[ressource.categorie],
        "faits": faits(organisation),
        "est_des_notres": est_des_notres,
        "peut_moderer": peut_moderer,
        # Anybody may sign up: where things are kept is for organisations a table has welcomed.
        "voit_les_details": est_des_notres
        or peut_moderer
        or (agit_pour is not None and agit_pour.est_verifiee),
        "verbes": registre.verbes(ressource, siens),
        "peut_modifier": Droit.PROPOSER in siens and ressource.etat in registre.MODIFIABLES,
        "voisines": _voisines(ressource),
        "liens": [
            (_("Ressources"), reverse("ressource_liste")),
            (
                PAR_SLUG[ressource.categorie].libelle,
                f"{reverse('ressource_liste')}?categorie={ressource.categorie}",
            ),
        ],
    }
    if est_des_notres:
        contexte |= _lectures(ressource)
    if ressource.se_prete:
        contexte |= _ouverture(request, ressource)
    if ressource.se_prete and ressource.est_publiee:
        contexte["se_demande"] = True
        if calendrier.est_demandee(ressource, request.GET):
            contexte["semaine"] = calendrier.semaine(ressource, request.GET)
        else:
            contexte["mois"] = calendrier.mois(ressource, request.GET)
        contexte |= contexte_demande(request, ressource)
    return render(request, "ressources/ressource_detail.html", contexte)


def _ouverture(request: HttpRequest, ressource: Ressource) -> dict[str, object]:
    """When it is open, and the places around and inside it that this person may see."""
    contexte: dict[str, object] = {"heures": calendrier.heures_en_mots(ressource)}
    if ressource.sorte == Sorte.LOCAL:
        visibles = Ressource.objects.visibles_par(request.user)
        contexte["parties"] = list(visibles.filter(partie_de=ressource).order_by("titre"))
        if ressource.partie_de_id:
            contexte["partie_de"] = visibles.filter(pk=ressource.partie_de_id).first()
    return contexte


def _est_retiree(slug: str) -> bool:
    """It was public, and is no more."""
    return Ressource.objects.filter(slug=slug, etat=Etat.RETIREE, publiee_le__isnull=False).exists()


def _droits(personne: Personne, cible: Organisation | Table) -> frozenset[Droit]:
    return droits(personne, cible) if personne.is_authenticated else frozenset()


def _est_membre(request: HttpRequest, organisation: Organisation) -> bool:
    return organisation in request.organisations


def _lectures(ressource: Ressource) -> dict[str, object]:
    """What its own people are told: the reading that waits, and the table's last word."""
    revisions = list(
        Revision.objects.filter(
            objet_type=ContentType.objects.get_for_model(Ressource), objet_id=ressource.pk
        ).order_by("-soumise_le", "-pk")[:5]
    )
    attente = next((r for r in revisions if r.etat == Revision.Etat.EN_ATTENTE), None)
    derniere = next((r for r in revisions if r.decidee_le and r.decidee_par_id), None)
    renvoi = derniere if derniere and derniere.etat == Revision.Etat.RENVOYEE else None
    changements = [
        str(Ressource._meta.get_field(nom).verbose_name).capitalize()
        for nom in (attente.champs if attente else ())
    ]
    return {
        "attente": attente,
        "changements": changements,
        "renvoi": renvoi if attente is None else None,
    }


def _voisines(ressource: Ressource) -> dict[str, object]:
    """Three others: of the same organisation when it has some, of the same category otherwise."""
    autres = Ressource.objects.publiees().exclude(pk=ressource.pk).pour_la_liste()
    autres = autres.order_by("-publiee_le", "-pk")
    titre = _("Du même organisme")
    liste = list(autres.filter(organisation=ressource.organisation)[:3])
    if not liste:
        titre = _("Dans la même catégorie")
        liste = list(autres.filter(categorie=ressource.categorie)[:3])
    _dire_libres(liste)
    return {"titre": titre, "liste": liste}


# ------------------------------------------------------------------ the pictures
MEDIAS = re.compile(r"(photos|logos)/[0-9A-Za-z][0-9A-Za-z_-]*\.(avif|webp|png|jpg|jpeg)")
TYPES = {"avif": "avif", "webp": "webp", "png": "png", "jpg": "jpeg", "jpeg": "jpeg"}


@login_not_required
@require_GET
def media(request: HttpRequest, chemin: str) -> FileResponse:
    """Sized photos and logos only; uploads are never served. A name is never used twice."""
    trouve = MEDIAS.fullmatch(chemin)
    if trouve is None:
        raise Http404
    try:
        fichier = (Path(settings.MEDIA_ROOT) / chemin).open("rb")
    except OSError:
        raise Http404 from None
    reponse = FileResponse(fichier, content_type=f"image/{TYPES[trouve[2]]}")
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Cache-Control"] = "public, max-age=31536000, immutable"
    return reponse
