"""The directory, the page of a practice, and the steps that tell one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from organisations import moderation
from organisations.droits import Droit, droits, exiger
from organisations.models import Adhesion, Organisation, Revision
from organisations.publication import EDITABLES, Etat
from organisations.refus import Refus
from pratiques import lecture, recits
from pratiques.filters import PratiqueFilter
from pratiques.forms import ETAPES, Etape
from pratiques.models import Fait, Pratique, Reponse
from pratiques.vocabulaire import Lecon, Provenance
from ressources.models import Photo, Ressource

PAR_PAGE = 12
MODIFIABLES = (*EDITABLES, Etat.PUBLIEE)


# ------------------------------------------------------------------ reading
@login_not_required
@require_safe
@vary_on_headers("HX-Request")
def pratique_liste(request: HttpRequest) -> HttpResponse:
    publiees = Pratique.objects.publiees()
    filtre = PratiqueFilter(request.GET, publiees)
    pratiques = filtre.pratiques.pour_la_liste().prefetch_related("mesures")
    page = Paginator(pratiques, PAR_PAGE).get_page(request.GET.get("page"))
    partiel = request.htmx and not request.htmx.history_restore_request
    une = None
    if not partiel and not filtre.est_active and page.number == 1:
        une = (
            publiees.exclude(provenance=Provenance.SOURCES_PUBLIQUES)
            .pour_la_liste()
            .order_by("-publiee_le", "-pk")
            .first()
        )
    reponse = render(
        request,
        "pratiques/pratique_liste.html" + ("#liste" if partiel else ""),
        {
            "filtre": filtre,
            "page": page,
            "partiel": partiel,
            "une": une,
            "une_minutes": lecture.minutes(une) if une else 0,
            "nombre_publiees": page.paginator.count if not filtre.est_active else publiees.count(),
        },
    )
    adresse = request.path + filtre.adresse
    if partiel and request.htmx.current_url_abs_path != adresse:
        return push_url(reponse, adresse)
    return reponse


def _pratique_visible(request: HttpRequest, slug: str) -> Pratique:
    return get_object_or_404(
        Pratique.objects.visibles_par(request.user).select_related(
            "organisation", "organisation__table", "territoire", "table"
        ),
        slug=slug,
    )


@login_not_required
@require_safe
def pratique_detail(request: HttpRequest, slug: str) -> HttpResponse:
    pratique = (
        Pratique.objects.visibles_par(request.user)
        .pour_la_liste()
        .select_related("organisation__table", "table")
        .prefetch_related(
            "lecons",
            "difficultes",
            "conditions",
            "mesures",
            "sources",
            Prefetch("faits", Fait.objects.select_related("source")),
            Prefetch(
                "reponses",
                Reponse.objects.publiees().select_related("question", "organisation"),
            ),
            Prefetch(
                "ressources",
                Ressource.objects.publiees()
                .select_related("organisation", "territoire")
                .prefetch_related(Prefetch("photos", Photo.objects.filter(etat=Photo.Etat.PRETE))),
            ),
            Prefetch("participants", Organisation.objects.publiees(), to_attr="organismes_nommes"),
        )
        .filter(slug=slug)
        .first()
    )
    if pratique is None or pratique.etat == Etat.RETIREE:
        if Pratique.objects.filter(slug=slug, etat=Etat.RETIREE).exists():
            return render(request, "410.html", status=410)
        raise Http404
    racontees = {lecon.lecon: lecon for lecon in pratique.lecons.all()}
    contexte: dict[str, Any] = {
        "pratique": pratique,
        "lecons": [
            {"cle": valeur, "titre": titre, "lecon": racontees.get(valeur)}
            for valeur, titre in Lecon.choices
        ],
        "minutes": lecture.minutes(pratique),
        "pas": [ligne for ligne in pratique.commencer.splitlines() if ligne.strip()],
        "peut_moderer": Droit.MODERER in droits(request.user, pratique.table),
    }
    if request.user.is_authenticated and recits.est_auteur(pratique, request.user):
        contexte |= _pour_ses_auteurs(pratique, request)
    return render(request, "pratiques/pratique_detail.html", contexte)


def _boutons(pratique: Pratique, soumettre: str = "second") -> list[dict[str, Any]]:
    """What its authors may do with it now; how the button that submits it looks."""
    return [
        {
            "geste": recits.LIBELLES[verbe],
            "adresse": reverse(f"pratique_{verbe}", args=[pratique.slug]),
            "ton": {"soumettre": soumettre, "reprendre": "second"}.get(verbe, "discret"),
        }
        for verbe in recits.possibles(pratique)
    ]


def _pour_ses_auteurs(pratique: Pratique, request: HttpRequest) -> dict[str, Any]:
    """Its state, what the table answered, what it lacks, and what can be done now."""
    lacunes = recits.manques(pratique) if pratique.etat in (Etat.BROUILLON, Etat.A_CORRIGER) else []
    lectures = pratique.revisions.order_by("-soumise_le", "-pk")
    return {
        "est_auteur": True,
        "verbes": _boutons(pratique, soumettre="second" if lacunes else ""),
        "modifiable": pratique.etat in MODIFIABLES,
        "lacunes": lacunes,
        "renvoi": lectures.filter(etat=Revision.Etat.RENVOYEE).first()
        if pratique.etat in (Etat.A_CORRIGER, Etat.PUBLIEE)
        else None,
        "en_lecture": lectures.filter(
            etat=Revision.Etat.EN_ATTENTE, nature=Revision.Nature.MODIFICATION
        ).first(),
    }


@require_safe
def mes_pratiques(request: HttpRequest) -> HttpResponse:
    """Those of the organisation one acts for, whatever their state."""
    siens: frozenset[Droit] = frozenset()
    pratiques = Pratique.objects.none()
    if request.organisation:
        siens = droits(request.user, request.organisation)
        pratiques = Pratique.objects.filter(organisation=request.organisation)
    page = Paginator(pratiques.pour_la_liste().order_by("-modifiee_le", "-pk"), PAR_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "pratiques/mes_pratiques.html",
        {
            "page": page,
            "peut_proposer": Droit.PROPOSER in siens,
            "lignes": [
                {
                    "pratique": pratique,
                    "modifiable": Droit.PROPOSER in siens and pratique.etat in MODIFIABLES,
                    "verbes": _boutons(pratique) if Droit.PROPOSER in siens else [],
                }
                for pratique in page
            ],
        },
    )


# ------------------------------------------------------------------ telling
def _titres() -> dict[int, tuple[str, str]]:
    return {
        1: (_("L’essentiel"), _("Titre, formes, secteurs, lieu")),
        2: (_("Le récit"), _("D’où vous partiez, comment ça marche")),
        3: (_("Les six leçons"), _("Trois suffisent")),
        4: (_("Le côté obscur et la suite"), _("Difficultés, résultats, premiers pas")),
    }


def _page_d_etape(
    request: HttpRequest, form: Etape, etape: int, pratique: Pratique | None
) -> HttpResponse:
    titres = _titres()
    return render(
        request,
        "pratiques/pratique_modifier.html",
        {
            "form": form,
            "etape": etape,
            "titre": titres[etape][0],
            "pratique": pratique,
            "derniere": etape == len(ETAPES),
            "etapes": [
                {
                    "titre": titre,
                    "aide": aide,
                    "etat": "courante" if n == etape else "fait" if n < etape else "",
                    "adresse": reverse("pratique_modifier", args=[pratique.slug, n])
                    if pratique and n != etape
                    else "",
                }
                for n, (titre, aide) in titres.items()
            ],
        },
    )


def _refuser(form: Etape, refus: Refus) -> None:
    champ = refus.champ if refus.champ in form.fields else None
    form.add_error(champ, [str(phrase) for phrase in refus.phrases])


def _suite(request: HttpRequest, pratique: Pratique, etape: int) -> HttpResponse:
    """Where each of the form's buttons leads."""
    if ajoutee := request.POST.get("ajouter"):
        adresse = reverse("pratique_modifier", args=[pratique.slug, etape])
        return redirect(f"{adresse}#{ajoutee}" if ajoutee.isidentifier() else adresse)
    if "plus_tard" in request.POST:
        messages.success(request, _("Enregistré : vous reprendrez quand vous voudrez."))
        return redirect("mes_pratiques")
    if etape < len(ETAPES):
        return redirect("pratique_modifier", pratique.slug, etape + 1)
    return redirect(pratique)


@require_http_methods(["GET", "POST"])
def pratique_raconter(request: HttpRequest) -> HttpResponse:
    organisation = request.organisation
    if organisation is None:
        messages.info(request, _("Rejoignez d’abord un organisme, ou inscrivez le vôtre."))
        return redirect("compte")
    exiger(request.user, Droit.PROPOSER, organisation)
    form = ETAPES[1](
        request.POST if request.method == "POST" else None,
        instance=Pratique(
            organisation=organisation,
            table=organisation.table,
            territoire_id=organisation.territoire_id,
            fonction_auteur=_fonction(request),
        ),
    )
    if request.method == "POST" and form.is_valid():
        try:
            pratique = recits.creer(organisation, form.donnees()["champs"], par=request.user)
        except Refus as refus:
            _refuser(form, refus)
        else:
            return _suite(request, pratique, 1)
    return _page_d_etape(request, form, 1, None)


def _fonction(request: HttpRequest) -> str:
    adhesion = (
        Adhesion.objects.actives()
        .filter(personne=request.user, organisation=request.organisation)
        .first()
    )
    return adhesion.fonction if adhesion else ""


@require_http_methods(["GET", "POST"])
def pratique_modifier(request: HttpRequest, slug: str, etape: int) -> HttpResponse:
    if etape not in ETAPES:
        raise Http404
    pratique = _pratique_visible(request, slug)
    recits.exiger_auteur(pratique, request.user)
    if pratique.etat not in MODIFIABLES:
        messages.error(
            request,
            _("Cette pratique est à l’état « %(etat)s » : on ne peut pas la modifier.")
            % {"etat": pratique.get_etat_display()},
        )
        return redirect(pratique)
    affichee = Pratique.objects.get(pk=pratique.pk)
    for nom, valeur in moderation.proposees(pratique).items():
        setattr(affichee, nom, valeur)
    form = ETAPES[etape](request.POST if request.method == "POST" else None, instance=affichee)
    if request.method == "POST" and form.is_valid():
        try:
            revision = recits.enregistrer(pratique, par=request.user, **form.donnees())
        except Refus as refus:
            _refuser(form, refus)
        else:
            if revision:
                messages.success(
                    request,
                    _(
                        "Vos changements attendent la lecture de votre table. D’ici là, la page "
                        "en ligne reste comme elle est."
                    ),
                )
            return _suite(request, pratique, etape)
    return _page_d_etape(request, form, etape, pratique)


# ------------------------------------------------------------------ gestures
def _geste(request: HttpRequest, slug: str, verbe: str, succes: str) -> HttpResponse:
    pratique = _pratique_visible(request, slug)
    try:
        getattr(recits, verbe)(pratique, par=request.user)
    except Refus as refus:
        for phrase in refus.phrases:
            messages.error(request, phrase)
    else:
        messages.success(request, succes)
        if verbe == "retirer":  # its page is gone
            return redirect("mes_pratiques")
    return redirect(pratique)


@require_POST
def pratique_soumettre(request: HttpRequest, slug: str) -> HttpResponse:
    return _geste(
        request, slug, "soumettre", _("Envoyée à votre table, qui la lira avant de la publier.")
    )


@require_POST
def pratique_archiver(request: HttpRequest, slug: str) -> HttpResponse:
    return _geste(request, slug, "archiver", _("La pratique est archivée et n’est plus publique."))


@require_POST
def pratique_reprendre(request: HttpRequest, slug: str) -> HttpResponse:
    return _geste(request, slug, "reprendre", _("La pratique est de nouveau un brouillon."))


@require_POST
def pratique_retirer(request: HttpRequest, slug: str) -> HttpResponse:
    return _geste(request, slug, "retirer", _("La pratique est retirée du portail."))
