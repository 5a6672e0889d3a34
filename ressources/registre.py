"""Verbs on listings: propose, change, submit, put away, and the photos.

What everything published has in common is in `organisations.moderation`; here is what belongs to
a listing: what it lacks before it is read, its stock, its unit, its photos.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations import moderation
from organisations.adresses import adresse_libre
from organisations.droits import Droit, exiger
from organisations.journal import inscrire
from organisations.models import Organisation, Personne, Revision
from organisations.publication import EDITABLES, PASSAGES, Cote, Etat
from organisations.refus import Refus
from ressources import liberations, photos, promesses
from ressources.categories import Sorte
from ressources.models import Photo, Ressource

UNITES = {
    Sorte.EQUIPEMENT: Ressource.Unite.JOUR,
    Sorte.LOCAL: Ressource.Unite.HEURE,
    Sorte.EXPERTISE: Ressource.Unite.HEURE,
    Sorte.SAVOIR: Ressource.Unite.SANS,
}
# Listings share their address with the pages of the catalogue.
ADRESSES_PRISES = {"proposer"}
# What may be changed while it is shown or on its way to be.
MODIFIABLES = (*EDITABLES, Etat.PUBLIEE)

LIBELLES = {
    "soumettre": gettext_lazy("Soumettre à la table"),
    "archiver": gettext_lazy("Archiver"),
    "reprendre": gettext_lazy("Reprendre en brouillon"),
    "retirer": gettext_lazy("Retirer du portail"),
}


def verbes(ressource: Ressource, droits: frozenset[Droit]) -> list[str]:
    """What somebody with these rights on its organisation may do now: the buttons."""
    if Droit.PROPOSER not in droits:
        return []
    return [
        verbe
        for verbe in LIBELLES
        if PASSAGES[verbe].cote == Cote.AUTEUR and ressource.etat in PASSAGES[verbe].de
    ]


# ------------------------------------------------------------------ the listing
def creer(organisation: Organisation, champs: dict[str, Any], *, par: Personne) -> Ressource:
    """A draft of this organisation. `champs` holds at least titre, sorte, categorie, territoire."""
    champs = _accorder(champs)
    with transaction.atomic():
        exiger(par, Droit.PROPOSER, organisation)
        ressource = Ressource(organisation=organisation, creee_par=par, **champs)
        while ressource.pk is None:
            ressource.slug = adresse_libre(Ressource, ressource.titre, reservees=ADRESSES_PRISES)
            try:
                with transaction.atomic():
                    ressource.save(force_insert=True)
            except IntegrityError as erreur:  # somebody took the address at the same instant
                if "slug" not in str(erreur):
                    raise
        inscrire("creer", ressource, par=par, table=organisation.table, organisation=organisation)
    return ressource


def modifier(ressource: Ressource, champs: dict[str, Any], *, par: Personne) -> Revision | None:
    """Writes new values; on a public listing, facts wait for the table (see moderation.modifier).

    The database refuses a stock lower than what is promised: the missing number comes with it.
    """
    champs = _accorder(champs)
    try:
        with transaction.atomic():
            revision = moderation.modifier(ressource, champs, par=par)
            if "quantite" in champs:
                liberations.signaler(ressource.pk)
            return revision
    except Refus as refus:
        # moderation turned the database's refusal into a sentence; these deserve their own.
        diag = getattr(getattr(refus.__cause__, "__cause__", None), "diag", None)
        contrainte = getattr(diag, "constraint_name", "")
        if contrainte == "ressource_emboitement":
            raise Refus(
                _(
                    "Ce lieu ne peut pas faire partie de celui-là : choisissez un autre de vos "
                    "locaux, qui n’est pas déjà à l’intérieur de celui-ci."
                ),
                champ="partie_de",
            ) from refus
        if contrainte == "exemplaire_dans_le_stock":
            raise Refus(
                _("Des exemplaires numérotés comptent dessus : retirez-les d’abord, un à un."),
                champ="quantite",
            ) from refus
        if diag is None or contrainte != "ressource_stock":
            raise
        if "quantite" not in champs:
            raise Refus(_phrase_des_contradictions(ressource, champs["partie_de"])) from refus
        manque = int(diag.message_hint)
        raise Refus(
            _(
                "Il en manque %(manque)s : des prêts acceptés comptent dessus. "
                "Gardez-en au moins %(moins)s."
            )
            % {"manque": manque, "moins": champs["quantite"] + manque},
            champ="quantite",
        ) from refus
    except OperationalError as erreur:
        raise Refus(
            _("Quelqu’un réservait cette ressource au même instant : enregistrez de nouveau.")
        ) from erreur


def _phrase_des_contradictions(ressource: Ressource, autour: Ressource) -> SafeString:
    return format_html(
        _(
            "Des prêts promis se contrediraient : {}. Convenez d’autres dates avec ces organismes, "
            "puis recommencez."
        ),
        promesses.liens_des_prets(promesses.contradictions(ressource, autour)),
    )


def soumettre(ressource: Ressource, *, par: Personne) -> Ressource:
    """To the table, or on line at once for an organisation it already knows."""
    with transaction.atomic():
        verrouillee = Ressource.objects.select_for_update(no_key=True).get(pk=ressource.pk)
        phrases = manques(verrouillee)
        if phrases and verrouillee.etat in PASSAGES["soumettre"].de:
            raise Refus(phrases)
        return moderation.soumettre(verrouillee, par=par)


def archiver(ressource: Ressource, *, par: Personne) -> Ressource:
    return moderation.archiver(ressource, par=par)


def reprendre(ressource: Ressource, *, par: Personne) -> Ressource:
    return moderation.reprendre(ressource, par=par)


def retirer(ressource: Ressource, *, par: Personne) -> Ressource:
    return moderation.retirer(ressource, par=par)


def manques(ressource: Ressource) -> list[str]:
    """What a listing lacks before anybody can read it, each with the step where to add it."""
    phrases = []
    if ressource.sorte == Sorte.EQUIPEMENT and not ressource.usure:
        phrases.append(_("Étape 2 : choisissez l’état de la ressource."))
    if ressource.sorte == Sorte.SAVOIR and not ressource.lien:
        phrases.append(_("Étape 2 : donnez l’adresse où trouver cet outil."))
    if ressource.sorte == Sorte.SAVOIR and not ressource.licence:
        phrases.append(_("Étape 2 : choisissez la licence de cet outil."))
    phrases += [
        _("Étape 2 : décrivez la photo « %(nom)s ».") % {"nom": photo.nom}
        for photo in ressource.photos.filter(alt="").exclude(etat=Photo.Etat.ILLISIBLE)
    ]
    return phrases


def _accorder(champs: dict[str, Any]) -> dict[str, Any]:
    """The unit follows the kind, and only equipment is counted."""
    if "sorte" not in champs:
        return champs
    champs = {**champs, "unite": UNITES[Sorte(champs["sorte"])]}
    if champs["sorte"] != Sorte.EQUIPEMENT:
        champs["quantite"] = 1
    return champs


# ------------------------------------------------------------------ its photos
@transaction.atomic
def ajouter_photo(
    ressource: Ressource, fichier: UploadedFile, *, par: Personne, alt: str = ""
) -> Photo:
    """Keeps an upload aside and asks the worker for its sizes. Shown once sized and described."""
    from ressources.taches import preparer_photo as tache  # the task registry needs the apps

    ressource = _verrouiller_pour_photos(ressource, par)
    if ressource.photos.count() >= photos.MAX_PHOTOS:
        raise Refus(
            _("Une annonce montre %(n)s photos au plus : retirez-en une avant d’en ajouter.")
            % {"n": photos.MAX_PHOTOS},
            champ="photos",
        )
    extension = photos.verifier(fichier)
    dernier = ressource.photos.order_by("-ordre").values_list("ordre", flat=True).first()
    photo = Photo(
        ressource=ressource,
        nom=(fichier.name or "photo")[-120:],
        alt=alt.strip(),
        ordre=0 if dernier is None else dernier + 1,
    )
    photo.original.save(f"{photo.cle}.{extension}", fichier, save=False)
    photo.save()
    tache.defer(photo=photo.pk)
    _noter("ajouter_photo", ressource, photo, par)
    return photo


@transaction.atomic
def decrire_photo(photo: Photo, alt: str, *, par: Personne) -> Photo:
    """Gives a photo the words of those who do not see it; they are never taken away."""
    alt = alt.strip()
    if not alt:
        raise Refus(_("Décrivez la photo « %(nom)s ».") % {"nom": photo.nom})
    ressource = _verrouiller_pour_photos(photo.ressource, par)
    photo = ressource.photos.select_for_update(no_key=True).get(pk=photo.pk)
    if photo.alt == alt:
        return photo
    photo.alt = alt
    if photo.etat == Photo.Etat.A_DECRIRE:
        photo.etat = Photo.Etat.PRETE
    photo.save(update_fields=["alt", "etat"])
    _noter("decrire_photo", ressource, photo, par)
    return photo


@transaction.atomic
def retirer_photo(photo: Photo, *, par: Personne) -> None:
    ressource = _verrouiller_pour_photos(photo.ressource, par)
    _noter("retirer_photo", ressource, photo, par)
    photo.delete()
    transaction.on_commit(lambda: photos.effacer(photo))


def preparer_photo(pk: int) -> None:
    """The worker's part; run twice, it does nothing more."""
    photo = Photo.objects.filter(pk=pk).first()
    if photo is not None:
        photos.preparer(photo, _noter_preparee)


@transaction.atomic
def _noter_preparee(photo: Photo, taille: tuple[int, int] | None) -> bool:
    """Writes what became of a photo, which may have been described or withdrawn meanwhile."""
    actuelle = Photo.objects.select_for_update(no_key=True).filter(pk=photo.pk).first()
    if actuelle is None:
        return False
    if taille is None:
        actuelle.etat = Photo.Etat.ILLISIBLE
    else:
        actuelle.largeur, actuelle.hauteur = taille
        actuelle.etat = Photo.Etat.PRETE if actuelle.alt else Photo.Etat.A_DECRIRE
    actuelle.save(update_fields=["etat", "largeur", "hauteur"])
    _dater(actuelle.ressource_id)
    return True


def _dater(ressource_id: int) -> None:
    """Who reads the listing now is told that it changed: its photos are read with it."""
    Ressource.objects.filter(pk=ressource_id).update(modifiee_le=timezone.now())


def _verrouiller_pour_photos(ressource: Ressource, par: Personne) -> Ressource:
    ressource = (
        Ressource.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation__table")
        .get(pk=ressource.pk)
    )
    if ressource.etat not in MODIFIABLES:
        raise Refus(
            _("« %(titre)s » est à l’état « %(etat)s » : on ne peut plus en changer les photos.")
            % {"titre": ressource, "etat": ressource.get_etat_display()}
        )
    exiger(par, Droit.PROPOSER, ressource.organisation)
    return ressource


def _noter(acte: str, ressource: Ressource, photo: Photo, par: Personne) -> None:
    _dater(ressource.pk)
    inscrire(
        acte,
        ressource,
        par=par,
        table=ressource.organisation.table,
        organisation=ressource.organisation,
        photo=photo.nom,
        description=photo.alt,
    )
