"""Verbs on practices: tell one, keep its parts, send it to the table, put it away.

What everything published has in common is in `organisations.moderation`; here is what belongs to
a story: its lessons, its dark side, and what it lacks before anybody may read it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations import moderation
from organisations.adresses import adresse_libre
from organisations.droits import Droit, exiger, peut
from organisations.journal import inscrire
from organisations.models import Organisation, Personne, Revision, Table, Territoire
from organisations.publication import EDITABLES, PASSAGES, Etat
from organisations.refus import Refus
from pratiques.fiches_publiques import Fiche
from pratiques.models import (
    LECONS_MIN,
    OMBRE_MIN,
    ConditionPratique,
    Difficulte,
    Fait,
    LeconPratique,
    Mesure,
    Participation,
    Pratique,
    Source,
)
from pratiques.vocabulaire import Lecon, Provenance, RolePratique
from ressources.models import Ressource

# A practice shares its address with the page where one tells a practice.
ADRESSES_PRISES = {"raconter"}

# The parts of a story kept in their own rows, by the name the practice gives them.
Partie = LeconPratique | ConditionPratique | Difficulte | Mesure | Source
PARTIES: dict[str, type[Partie]] = {
    "lecons": LeconPratique,
    "conditions": ConditionPratique,
    "difficultes": Difficulte,
    "mesures": Mesure,
    "sources": Source,
}
LIBELLES = {
    "soumettre": gettext_lazy("Soumettre à la table"),
    "reprendre": gettext_lazy("Reprendre en brouillon"),
    "archiver": gettext_lazy("Archiver"),
    "retirer": gettext_lazy("Retirer du portail"),
}
Lignes = Iterable[Mapping[str, Any]]


def est_auteur(pratique: Pratique, personne: Personne) -> bool:
    """Whether this person may write it: for the organisation that tells, or for the table."""
    if pratique.organisation is None:
        return peut(personne, Droit.MODERER, pratique.table)
    return peut(personne, Droit.PROPOSER, pratique.organisation)


def exiger_auteur(pratique: Pratique, personne: Personne) -> None:
    if pratique.organisation is None:
        exiger(personne, Droit.MODERER, pratique.table)
    else:
        exiger(personne, Droit.PROPOSER, pratique.organisation)


def possibles(pratique: Pratique) -> list[str]:
    """What its authors may do with it now: the buttons of its page."""
    return [verbe for verbe in LIBELLES if pratique.etat in PASSAGES[verbe].de]


# ------------------------------------------------------------------ what the author does
@transaction.atomic
def creer(organisation: Organisation, champs: dict[str, Any], *, par: Personne) -> Pratique:
    """A draft told by this organisation. `champs` holds at least the first step's answers."""
    exiger(par, Droit.PROPOSER, organisation)
    pratique = Pratique(
        organisation=organisation, table=organisation.table, creee_par=par, **champs
    )
    while pratique.pk is None:
        pratique.slug = adresse_libre(Pratique, pratique.titre, reservees=ADRESSES_PRISES)
        try:
            with transaction.atomic():
                pratique.save(force_insert=True)
        except IntegrityError as erreur:  # somebody took the address at the same instant
            if "slug" not in str(erreur):
                raise
    inscrire("creer", pratique, par=par, table=pratique.table, organisation=organisation)
    return pratique


@transaction.atomic
def enregistrer(
    pratique: Pratique,
    *,
    par: Personne,
    champs: Mapping[str, Any] | None = None,
    parties: Mapping[str, Lignes] | None = None,
    ressources: Iterable[Ressource] | None = None,
) -> Revision | None:
    """Keeps one step. On something public, changed facts wait for the table (the reading asked
    for is returned) and the parts stay as they are; linked listings are not facts."""
    pratique = _verrouiller(pratique)
    revision = moderation.modifier(pratique, dict(champs or {}), par=par)
    if parties:
        if pratique.etat not in EDITABLES:
            raise Refus(
                _(
                    "Pour changer les leçons, les difficultés ou les résultats d’une pratique en "
                    "ligne, écrivez à votre table."
                )
            )
        for nom, lignes in parties.items():
            _remplacer(pratique, PARTIES[nom], lignes)
        # Who reads it now is told that it changed.
        Pratique.objects.filter(pk=pratique.pk).update(modifiee_le=timezone.now())
    if ressources is not None:
        pratique.ressources.set(
            r for r in ressources if r.organisation_id == pratique.organisation_id
        )
    pratique = Pratique.objects.get(pk=pratique.pk)
    if pratique.etat in (Etat.SOUMISE, Etat.PUBLIEE):  # what is read stays fit to be read
        for nom, valeur in moderation.proposees(pratique).items():
            setattr(pratique, nom, valeur)
        if phrases := manques(pratique):
            raise Refus(phrases)
    return revision


@transaction.atomic
def soumettre(pratique: Pratique, *, par: Personne) -> Pratique:
    """To the table, which always reads it before it is public. Says at once all it lacks."""
    pratique = _verrouiller(pratique)
    if pratique.etat in PASSAGES["soumettre"].de and (phrases := manques(pratique)):
        exiger_auteur(pratique, par)
        raise Refus(phrases)
    return moderation.soumettre(pratique, par=par)


def archiver(pratique: Pratique, *, par: Personne) -> Pratique:
    return moderation.archiver(pratique, par=par)


def reprendre(pratique: Pratique, *, par: Personne) -> Pratique:
    return moderation.reprendre(pratique, par=par)


def retirer(pratique: Pratique, *, par: Personne) -> Pratique:
    return moderation.retirer(pratique, par=par)


def manques(pratique: Pratique) -> list[str]:
    """What it lacks before anybody may read it, each with the step where to add it."""
    phrases = []
    if not pratique.formes:
        phrases.append(_("Étape 1 : choisissez au moins une forme de mutualisation."))
    if not pratique.secteurs:
        phrases.append(_("Étape 1 : choisissez au moins un secteur."))
    if pratique.est_de_sources_publiques:  # they say what they say
        return phrases
    if not pratique.sortes:
        phrases.append(_("Étape 1 : choisissez au moins une sorte de ressources."))
    lecons = pratique.lecons.count()
    if lecons < LECONS_MIN:
        phrases.append(
            _(
                "Étape 3 : racontez au moins %(moins)s des %(toutes)s leçons; "
                "vous en avez raconté %(faites)s."
            )
            % {"moins": LECONS_MIN, "toutes": len(Lecon), "faites": lecons}
        )
    longueur = len(pratique.ombre.strip())
    if longueur < OMBRE_MIN:
        phrases.append(
            _(
                "Étape 4 : racontez le côté obscur en %(moins)s caractères ou plus; "
                "il y en a %(faits)s."
            )
            % {"moins": OMBRE_MIN, "faits": longueur}
        )
    return phrases


# ------------------------------------------------------------------ what a table writes
@transaction.atomic
def publier_fiche(fiche: Fiche, *, table: Table) -> Pratique | None:
    """Puts a sheet written from public sources on line, once: None when its address is taken."""
    if Pratique.objects.filter(slug=fiche.slug).exists():
        return None
    maintenant = timezone.now()
    territoire = Territoire.objects.get(code=fiche.region)
    organisme = Organisation.objects.filter(
        models.Q(slug=fiche.slug) | models.Q(nom__iexact=fiche.nom)
    ).first()
    organisme = organisme or Organisation.objects.create(
        nom=fiche.nom,
        slug=fiche.slug,
        mission=fiche.mission,
        secteurs=list(fiche.secteurs),
        annee_fondation=fiche.annee_fondation,
        site=fiche.site,
        territoire=territoire,
        table=table,
        provenance=Organisation.Provenance.SOURCES_PUBLIQUES,
        source_libelle=fiche.sources[fiche.source_de_la_mission].libelle,
        source_url=fiche.sources[fiche.source_de_la_mission].url,
        etat=Etat.PUBLIEE,
        publiee_le=maintenant,
    )
    pratique = Pratique.objects.create(
        titre=fiche.titre,
        slug=fiche.slug,
        accroche=fiche.accroche,
        table=table,
        territoire=territoire,
        formes=list(fiche.formes),
        secteurs=list(fiche.secteurs),
        sortes=list(fiche.sortes),
        echelle=fiche.echelle,
        stade=fiche.stade,
        debut=fiche.debut,
        contexte=fiche.contexte,
        mis_en_commun=fiche.mis_en_commun,
        ombre=fiche.ombre,
        dessin=fiche.dessin,
        provenance=Provenance.SOURCES_PUBLIQUES,
        etat=Etat.PUBLIEE,
        publiee_le=maintenant,
    )
    Participation.objects.create(
        pratique=pratique, organisation=organisme, role=RolePratique.PORTEUR
    )
    sources = {
        cle: Source.objects.create(
            pratique=pratique, ordre=ordre, libelle=source.libelle, url=source.url
        )
        for ordre, (cle, source) in enumerate(fiche.sources.items())
    }
    Fait.objects.bulk_create(
        Fait(
            pratique=pratique,
            ordre=ordre,
            quand=fait.quand,
            texte=fait.texte,
            source=sources[fait.source],
            confiance=(Fait.Confiance.VERIFIE if fait.verifie else Fait.Confiance.A_CONFIRMER),
        )
        for ordre, fait in enumerate(fiche.faits)
    )
    inscrire("publier", pratique, par=None, table=table, sources=len(sources))
    return pratique


# ------------------------------------------------------------------ pieces
def _verrouiller(pratique: Pratique) -> Pratique:
    return Pratique.objects.select_for_update(no_key=True).get(pk=pratique.pk)


def _remplacer(pratique: Pratique, modele: type[Partie], lignes: Lignes) -> None:
    """The rows become these, in this order; a row that says its `id` stays the same row."""
    lignes = list(lignes)
    actuelles = {partie.pk: partie for partie in modele._default_manager.filter(pratique=pratique)}
    perdues = actuelles.keys() - {ligne.get("id") for ligne in lignes}
    if modele is Source:
        appuyees = Source.objects.filter(pk__in=perdues, faits__isnull=False).distinct()
        if appuyees:
            raise Refus(
                _("« %(source)s » appuie des faits de cette fiche : gardez-la.")
                % {"source": source}
                for source in appuyees
            )
    modele._default_manager.filter(pk__in=perdues).delete()
    for ordre, ligne in enumerate(lignes):
        partie = actuelles.get(ligne.get("id") or 0) or modele(pratique=pratique)
        for nom, valeur in ligne.items():
            if nom != "id":
                setattr(partie, nom, valeur)
        partie.ordre = ordre
        partie.save()
