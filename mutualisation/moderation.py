"""The coordinators' queue: what waits for their table, read and decided one item after another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from mutualisation.comparaison import comparer
from mutualisation.templatetags.chaudron import argent
from organisations import moderation
from organisations.droits import tables_coordonnees
from organisations.models import Journal, Mandat, Organisation, Personne, Publiable, Revision
from organisations.publication import Etat
from organisations.refus import NonAutorise, Refus
from organisations.vocabulaire import Motif
from pratiques.models import Pratique
from ressources.models import Ressource

PAR_PAGE = 20
SORTES: dict[str, type[Publiable]] = {
    "organisation": Organisation,
    "ressource": Ressource,
    "pratique": Pratique,
}
# What a reader sees beside the facts that are read again when they change.
LUS_AUSSI = {
    Organisation: ("table", "adresse", "heures", "acces", "telephone", "annee_fondation"),
    Ressource: (
        "sorte",
        "quantite",
        "unite",
        "adresse",
        "delai_jours",
        "duree_max",
        "valeur_declaree",
    ),
    Pratique: ("fonction_auteur",),
}


# ------------------------------------------------------------------ what is read


@dataclass(frozen=True)
class Changement:
    libelle: str
    avant: SafeString
    apres: SafeString


@dataclass(frozen=True)
class Champ:
    libelle: str
    texte: str


def _libelle(modele: type[Publiable], nom: str) -> str:
    return capfirst(str(modele._meta.get_field(nom).verbose_name))


def changements(revision: Revision) -> list[Changement]:
    """Field by field, how the public page is and how it would be."""
    modele = revision.objet_type.model_class()
    lus = list(modele.CHAMPS_LUS)
    return [
        Changement(_libelle(modele, nom), *comparer(valeurs["avant"], valeurs["apres"]))
        for nom, valeurs in sorted(revision.champs.items(), key=lambda paire: lus.index(paire[0]))
    ]


def champs(objet: Publiable, *, sauf: Iterable[str] = ()) -> list[Champ]:
    """The item as people read it: its fields that say something."""
    modele = type(objet)
    noms = [n for n in (*objet.CHAMPS_LUS, *LUS_AUSSI.get(modele, ())) if n not in set(sauf)]
    lus = ((nom, _texte(objet, nom)) for nom in noms)
    return [Champ(_libelle(modele, nom), texte) for nom, texte in lus if texte]


def _texte(objet: Publiable, nom: str) -> str:
    valeur = getattr(objet, nom)
    return argent(valeur) if isinstance(valeur, Decimal) else moderation.affichage(objet, nom)


def recit(objet: Publiable) -> list[Champ]:
    """What a practice tells beside its own fields: lessons, difficulties, results, sources."""
    if not isinstance(objet, Pratique):
        return []
    return [
        *(Champ(lecon.get_lecon_display(), lecon.texte) for lecon in objet.lecons.all()),
        *(
            Champ(
                f"{d.get_enjeu_display()} ({d.get_resolue_display().lower()})",
                d.texte,
            )
            for d in objet.difficultes.all()
        ),
        *(
            Champ(
                m.libelle,
                _("%(avant)s → %(apres)s, %(periode)s. Méthode : %(methode)s Source : %(source)s")
                % {
                    "avant": _("non publié") if m.avant is None else _nombre(m.avant),
                    "apres": _nombre(m.apres),
                    "periode": m.periode,
                    "methode": m.methode,
                    "source": m.source,
                },
            )
            for m in objet.mesures.all()
        ),
        *(Champ(_("Source"), f"{s.libelle} {s.url}".strip()) for s in objet.sources.all()),
    ]


def _nombre(valeur: Decimal) -> str:
    return number_format(valeur, decimal_pos=0 if valeur == int(valeur) else 2, force_grouping=True)


def attente(depuis: datetime) -> str:
    """How long something has waited, in words: « depuis hier »."""
    jours = (timezone.localdate() - timezone.localtime(depuis).date()).days
    if jours <= 0:
        return _("depuis aujourd’hui")
    if jours == 1:
        return _("depuis hier")
    return ngettext("depuis %(n)d jour", "depuis %(n)d jours", jours) % {"n": jours}


# ------------------------------------------------------------------ the decision


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[("approuver", "approuver"), ("renvoyer", "renvoyer"), ("suspendre", "suspendre")],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez une décision.")},
    )
    motif = forms.ChoiceField(
        label=gettext_lazy("Motif"),
        choices=lambda: [("", _("Choisissez un motif")), *Motif.choices],
        error_messages={"required": gettext_lazy("Choisissez un motif dans la liste.")},
    )
    mot = forms.CharField(
        label=gettext_lazy("Votre mot à l’organisme"),
        help_text=gettext_lazy("Dites ce qu’il faut changer et comment. Votre nom sera affiché."),
        max_length=2000,
        error_messages={
            "required": gettext_lazy("Écrivez un mot : dites ce qu’il faut changer et comment.")
        },
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    raison = forms.CharField(
        label=gettext_lazy("Pourquoi suspendre?"),
        help_text=gettext_lazy("Votre mot est envoyé à l’organisme."),
        max_length=2000,
        error_messages={
            "required": gettext_lazy("Expliquez pourquoi : votre mot est envoyé à l’organisme.")
        },
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    vue = forms.CharField(required=False, widget=forms.HiddenInput)

    # What only one decision asks for; the browser must not ask for it with the others.
    use_required_attribute = False
    SUITES = {"renvoyer": ("motif", "mot"), "suspendre": ("raison",)}

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        for decision, noms in self.SUITES.items():
            if decision != donnees.get("decision"):
                for nom in noms:
                    self.errors.pop(nom, None)
        return donnees


def _decider(revision: Revision, donnees: dict[str, Any], par: Personne) -> str:
    """Calls the verb; returns the sentence of success."""
    titre = {"titre": revision.titre}
    if donnees["decision"] == "approuver":
        moderation.approuver(revision, par=par)
        return _("« %(titre)s » est approuvé. L’organisme reçoit la nouvelle.") % titre
    if donnees["decision"] == "renvoyer":
        moderation.renvoyer(revision, par=par, motif=donnees["motif"], mot=donnees["mot"])
        return _("« %(titre)s » est renvoyé à l’organisme avec votre mot.") % titre
    moderation.suspendre(revision.objet, par=par, mot=donnees["raison"])
    return _("« %(titre)s » est suspendu. L’organisme reçoit votre mot.") % titre


# ------------------------------------------------------------------ the pages


def _file(request: HttpRequest):
    if not tables_coordonnees(request.user).exists():
        raise NonAutorise(_("Cette page est celle des personnes qui coordonnent une table."))
    return moderation.file_de(request.user)


@require_GET
def moderation_file(request: HttpRequest) -> HttpResponse:
    """The oldest first, open; or the good news that nothing waits."""
    file = _file(request)
    premiere = file.first()
    if premiere is None:
        return render(
            request,
            "mutualisation/moderation_file.html",
            {"tables": tables_coordonnees(request.user)},
        )
    return _ouverte(request, file, premiere)


@require_GET
def moderation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    file = _file(request)
    revision = _revision(request, file, pk)
    if revision is None:
        return redirect("moderation_file")
    return _ouverte(request, file, revision)


@require_POST
def moderation_decider(request: HttpRequest, pk: int) -> HttpResponse:
    file = _file(request)
    revision = _revision(request, file, pk)
    if revision is None:
        return redirect("moderation_file")
    form = DecisionForm(request.POST)
    if form.is_valid():
        suivante = _suivante(file, revision)
        try:
            with transaction.atomic():
                # The item is held while it is compared with the page that was read.
                objet = type(revision.objet)._default_manager.select_for_update(no_key=True)
                if form.cleaned_data["vue"] != _version(objet.get(pk=revision.objet_id)):
                    messages.error(
                        request,
                        _(
                            "« %(titre)s » a changé depuis que vous l’avez ouvert : "
                            "relisez avant de décider."
                        )
                        % {"titre": revision.titre},
                    )
                    return redirect("moderation_detail", revision.pk)
                phrase = _decider(revision, form.cleaned_data, request.user)
        except Refus as refus:
            form.add_error(refus.champ if refus.champ in form.fields else None, refus.phrases)
            if not file.filter(pk=pk).exists():  # somebody else decided in between
                messages.error(request, " ".join(refus.phrases))
                return redirect("moderation_file")
        else:
            messages.success(request, phrase)
            if suivante is None:
                return redirect("moderation_file")
            return redirect("moderation_detail", suivante.pk)
    return _ouverte(request, file, revision, form)


def _revision(request: HttpRequest, file, pk: int) -> Revision | None:
    """The one that waits; None, with a sentence, when it has been decided; 404 when not one's."""
    revision = file.filter(pk=pk).first()
    if revision is None:
        passee = get_object_or_404(
            Revision.objects.select_related("decidee_par"),
            pk=pk,
            table__in=tables_coordonnees(request.user),
        )
        details = {"titre": passee.titre, "personne": passee.decidee_par}
        phrases = {
            Revision.Etat.APPROUVEE: _("« %(titre)s » a déjà été approuvé par %(personne)s."),
            Revision.Etat.RENVOYEE: _("« %(titre)s » a déjà été renvoyé par %(personne)s."),
        }
        phrase = phrases.get(passee.etat, _("« %(titre)s » n’attend plus de décision."))
        messages.info(request, phrase % details)
    elif revision.objet is None:
        raise Http404
    return revision


def _version(objet: Publiable) -> str:
    """Changes when the item does: nobody approves what he or she has not read."""
    return objet.modifiee_le.isoformat()


def _suivante(file, revision: Revision) -> Revision | None:
    le, pk = revision.soumise_le, revision.pk
    apres = file.filter(Q(soumise_le__gt=le) | Q(soumise_le=le, pk__gt=pk)).first()
    return apres or file.exclude(pk=pk).first()


def _page_de(file, revision: Revision) -> tuple[Page, int]:
    """The page of the queue that holds this one, and its place in the queue (from 1)."""
    le, pk = revision.soumise_le, revision.pk
    avant = file.filter(Q(soumise_le__lt=le) | Q(soumise_le=le, pk__lt=pk)).count()
    paginateur = Paginator(file.prefetch_related(None), PAR_PAGE)
    return paginateur.get_page(avant // PAR_PAGE + 1), avant + 1


def _ouverte(
    request: HttpRequest, file, revision: Revision, form: DecisionForm | None = None
) -> HttpResponse:
    page, rang = _page_de(file, revision)
    objet = revision.objet
    est_modification = revision.nature == Revision.Nature.MODIFICATION
    premiere = page[0] if page.number == 1 else file.first()
    contexte = {
        "page": page,
        "rang": rang,
        "attentes": [(r, attente(r.soumise_le), len(r.champs)) for r in page],
        "plus_ancienne": attente(premiere.soumise_le) if premiere else "",
        "revision": revision,
        "objet": objet,
        "sorte": revision.objet_type.model,
        "quoi": capfirst(str(objet._meta.verbose_name)),
        "changements": changements(revision) if est_modification else [],
        "champs": champs(objet, sauf=revision.champs),
        "recit": recit(objet),
        "photos": list(objet.photos.filter(etat="prete")) if isinstance(objet, Ressource) else [],
        "passe": _passe(revision),
        "form": form or DecisionForm(initial={"vue": _version(objet)}),
        "peut_decider": moderation.peut_decider(revision, request.user),
        "peut_suspendre": objet.etat == Etat.PUBLIEE,
        "suivante": _suivante(file, revision),
    }
    return render(request, "mutualisation/moderation_detail.html", contexte)


def _passe(revision: Revision) -> dict[str, int]:
    """What the table already knows of this organisation: facts, in two numbers."""
    if revision.organisation_id is None:
        return {}
    passees = Revision.objects.filter(organisation=revision.organisation)
    return {
        "approuvees": passees.filter(etat=Revision.Etat.APPROUVEE).count(),
        "renvoyees": passees.filter(etat=Revision.Etat.RENVOYEE).count(),
    }


# ------------------------------------------------------------------ away from the queue


def _objet(sorte: str, pk: int, personne: Personne) -> Publiable:
    if sorte not in SORTES:
        raise Http404
    return get_object_or_404(SORTES[sorte].objects.visibles_par(personne), pk=pk)  # type: ignore[attr-defined]


@require_POST
def moderation_suspendre(request: HttpRequest, sorte: str, pk: int) -> HttpResponse:
    objet = _objet(sorte, pk, request.user)
    mot = request.POST.get("raison", "").replace("\x00", "")[:2000]  # PostgreSQL refuses NUL
    try:
        moderation.suspendre(objet, par=request.user, mot=mot)
    except Refus as refus:
        messages.error(request, " ".join(refus.phrases))
    else:
        messages.success(
            request,
            _("« %(titre)s » est suspendu. L’organisme reçoit votre mot.") % {"titre": objet},
        )
    return redirect(objet.get_absolute_url())


@require_POST
def moderation_retablir(request: HttpRequest, sorte: str, pk: int) -> HttpResponse:
    objet = _objet(sorte, pk, request.user)
    try:
        moderation.retablir(objet, par=request.user)
    except Refus as refus:
        messages.error(request, " ".join(refus.phrases))
    else:
        messages.success(request, _("« %(titre)s » est de nouveau en ligne.") % {"titre": objet})
    return redirect(objet.get_absolute_url())


ACTES = {
    "soumettre": gettext_lazy("a demandé une lecture"),
    "publier": gettext_lazy("a mis en ligne"),
    "modifier": gettext_lazy("a proposé un changement"),
    "approuver": gettext_lazy("a approuvé"),
    "renvoyer": gettext_lazy("a renvoyé"),
    "suspendre": gettext_lazy("a suspendu"),
    "retablir": gettext_lazy("a rétabli"),
    "archiver": gettext_lazy("a archivé"),
    "reprendre": gettext_lazy("a repris en brouillon"),
    "retirer": gettext_lazy("a retiré"),
}


@require_GET
def moderation_journal(request: HttpRequest) -> HttpResponse:
    """Who decided what, the newest first. Only the tables one coordinates."""
    tables = list(tables_coordonnees(request.user))
    if not tables:
        raise NonAutorise(_("Cette page est celle des personnes qui coordonnent une table."))
    lignes = Journal.objects.filter(table__in=tables, acte__in=ACTES).select_related(
        "par", "organisation", "table"
    )
    page = Paginator(lignes, PAR_PAGE * 2).get_page(request.GET.get("page"))
    fonctions = dict(
        Mandat.objects.filter(table__in=tables, personne__in=[ligne.par_id for ligne in page])
        .order_by("debut")
        .values_list("personne", "fonction")
    )
    motifs = dict(Motif.choices)
    return render(
        request,
        "mutualisation/moderation_journal.html",
        {
            "page": page,
            "plusieurs_tables": len(tables) > 1,
            "lignes": [
                {
                    "ligne": ligne,
                    "acte": ACTES[ligne.acte],
                    "fonction": fonctions.get(ligne.par_id, ""),
                    "motif": motifs.get(ligne.details.get("motif", ""), ""),
                    "mot": ligne.details.get("mot", ""),
                }
                for ligne in page
            ],
        },
    )
