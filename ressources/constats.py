"""Condition reports: hand-over, return and in between, each with what was seen and its photos.

A report comes with its step in one transaction (`prets.effectuer`): no hand-over without it, no
report of a hand-over that was refused. Sized photos are the worker's, from files kept aside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from organisations.models import Personne
from organisations.refus import NonAutorise, Refus
from ressources import notifications, photos, prets
from ressources.cycle import LES_DEUX, Cote, Etat
from ressources.models import Constat, EvenementPret, Exemplaire, PhotoConstat, Pret

MAX_PHOTOS = photos.MAX_PHOTOS
# What is worth more than a tick: words, a photo, or the name of what is missing.
A_DIRE = (Constat.Etat.ABIME, Constat.Etat.INCOMPLET)


@dataclass(frozen=True)
class Vu:
    """What was seen: the whole, each accessory, each copy that is not as the rest."""

    etat: str = Constat.Etat.BON
    note: str = ""
    accessoires: Sequence[tuple[str, bool]] = ()  # (name, whether it is there)
    etats: dict[int, str] = field(default_factory=dict)  # number of a copy → its condition
    photos: Sequence[UploadedFile] = ()

    @property
    def absents(self) -> list[str]:
        return [nom for nom, present in self.accessoires if not present]


# ------------------------------------------------------------------ the verbs
def remettre(
    pret: Pret,
    *,
    par: Personne,
    vu: Vu,
    quantite: int | None = None,
    exemplaires: Iterable[Exemplaire] = (),
) -> Constat:
    """The hand-over and what was seen of it. Refuses as `prets.effectuer` does."""
    return _avec(pret, "remettre", Constat.Moment.REMISE, par, vu, quantite, tuple(exemplaires))


def rendre(
    pret: Pret,
    *,
    par: Personne,
    vu: Vu,
    quantite: int | None = None,
    exemplaires: Iterable[Exemplaire] = (),
) -> Constat:
    """The return, of everything or of a part, and what was seen of it."""
    return _avec(pret, "rendre", Constat.Moment.RETOUR, par, vu, quantite, tuple(exemplaires))


@transaction.atomic
def constater(
    pret: Pret, *, par: Personne, vu: Vu, exemplaires: Iterable[Exemplaire] = ()
) -> Constat:
    """What either side notices while the thing is out, or once it is back."""
    pret = (
        Pret.objects.select_for_update(no_key=True, of=("self",))
        .select_related("preteur__table", "emprunteur__table")
        .get(pk=pret.pk)
    )
    cotes = prets.cotes_de(pret, par) & LES_DEUX
    if not cotes:
        raise NonAutorise(_("Cette action revient à un autre organisme."))
    if pret.etat not in (Etat.REMIS, Etat.RENDU):
        raise Refus(
            _("Ce prêt est à l’état « %(etat)s » : un constat se note de la remise à la clôture.")
            % {"etat": pret.get_etat_display()}
        )
    if not vu.note.strip():
        raise Refus(_("Dites en une phrase ce que vous voyez."), champ="note")
    cote = Cote.PRETEUR
    if Cote.EMPRUNTEUR in cotes and (
        Cote.PRETEUR not in cotes or par.agit_pour_id == pret.emprunteur_id
    ):
        cote = Cote.EMPRUNTEUR
    moment = Constat.Moment.PENDANT if pret.etat == Etat.REMIS else Constat.Moment.RETOUR
    mot = en_mots(vu)
    EvenementPret.objects.create(pret=pret, verbe="constater", cote=cote, par=par, mot=mot)
    notifications.dire(pret, "constater", par=par, mot=mot)
    return _ecrire(pret, moment, cote, par, vu, None, tuple(exemplaires))


@transaction.atomic
def _avec(
    pret: Pret,
    verbe: str,
    moment: Constat.Moment,
    par: Personne,
    vu: Vu,
    quantite: int | None,
    exemplaires: tuple[Exemplaire, ...],
) -> Constat:
    _exiger_des_mots(vu)
    pret = prets.effectuer(
        pret, verbe, par=par, mot=en_mots(vu), quantite=quantite, exemplaires=exemplaires
    )
    evenement = pret.evenements.filter(verbe=verbe).latest("pk")
    return _ecrire(pret, moment, evenement.cote, par, vu, evenement.quantite, exemplaires)


def _exiger_des_mots(vu: Vu) -> None:
    etats = {vu.etat, *vu.etats.values()}
    if etats & set(A_DIRE) and not (vu.note.strip() or vu.photos or vu.absents):
        raise Refus(
            _("Dites en quelques mots ce qui est abîmé ou manquant, ou joignez une photo."),
            champ="note",
        )


def en_mots(vu: Vu) -> str:
    """The report as the letter and the old timeline say it."""
    lignes = []
    if vu.etat != Constat.Etat.BON:
        lignes.append(str(Constat.Etat(vu.etat).label))
    lignes += [
        _("Nº %(numero)s : %(etat)s") % {"numero": numero, "etat": Constat.Etat(etat).label}
        for numero, etat in sorted(vu.etats.items())
        if etat != vu.etat
    ]
    if vu.absents:
        lignes.append(_("Absent : %(quoi)s") % {"quoi": ", ".join(vu.absents)})
    if vu.note.strip():
        lignes.append(vu.note.strip())
    return "\n".join(lignes)[: EvenementPret._meta.get_field("mot").max_length]


def _ecrire(
    pret: Pret,
    moment: Constat.Moment,
    cote: str,
    par: Personne,
    vu: Vu,
    quantite: int | None,
    exemplaires: tuple[Exemplaire, ...],
) -> Constat:
    """The row, then its photos: judged by their content, sized by the worker once committed."""
    from ressources.taches import preparer_photo_constat as tache  # the registry needs the apps

    if len(vu.photos) > MAX_PHOTOS:
        raise Refus(
            _("Joignez %(max)s photos au plus : vous en avez choisi %(n)s.")
            % {"max": MAX_PHOTOS, "n": len(vu.photos)},
            champ="photos",
        )
    extensions = [photos.verifier(fichier) for fichier in vu.photos]
    numeros = sorted(e.numero for e in exemplaires)
    constat = Constat.objects.create(
        pret=pret,
        moment=moment,
        cote=cote,
        par=par,
        quantite=quantite,
        etat=vu.etat,
        accessoires=[{"nom": nom, "present": present} for nom, present in vu.accessoires],
        exemplaires=[{"numero": n, "etat": vu.etats.get(n, vu.etat)} for n in numeros],
        note=vu.note.strip(),
    )
    for fichier, extension in zip(vu.photos, extensions, strict=True):
        photo = PhotoConstat(constat=constat, nom=(fichier.name or "photo")[-120:])
        photo.original.save(f"{photo.cle}.{extension}", fichier, save=False)
        photo.save()
        tache.defer(photo=photo.pk)
    return constat


# ------------------------------------------------------------------ the worker
def preparer_photo(pk: int) -> None:
    """The sizes of a report's photo; run twice, it does nothing more."""
    photo = PhotoConstat.objects.filter(pk=pk).first()
    if photo is not None:
        photos.preparer(photo, _noter_preparee)


def _noter_preparee(photo: PhotoConstat, taille: tuple[int, int] | None) -> bool:
    largeur, hauteur = taille or (None, None)
    etat = PhotoConstat.Etat.PRETE if taille else PhotoConstat.Etat.ILLISIBLE
    return bool(
        PhotoConstat.objects.filter(pk=photo.pk).update(etat=etat, largeur=largeur, hauteur=hauteur)
    )
