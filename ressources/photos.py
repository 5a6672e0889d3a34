"""What a photo must be to come in, and the sizes that are made of it.

The upload is judged by its content, never by its name. What is shown is encoded again from the
pixels alone: where and when the picture was taken, and by which phone, does not survive.
"""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from organisations.refus import Refus
from ressources.models import Photo, PhotoConstat

MAX_PHOTOS = 6
MAX_OCTETS = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LUS = ("JPEG", "PNG", "WEBP")
# A phone may put a second picture (depth, a thumbnail) after its JPEG: Pillow then says MPO.
EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp"}
SORTIES = {"avif": {"quality": 55, "speed": 8}, "webp": {"quality": 78, "method": 4}}

# A small file may unfold into gigabytes of pixels: Pillow only warns up to twice its limit.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

TROP_GRANDE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
ABIMEE = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError)


# Of a listing, or of a condition report: what each shows and keeps is its own.
Une = TypeVar("Une", Photo, PhotoConstat)


class PhotoIllisible(Exception):
    """The pixels cannot be read."""


def verifier(fichier: UploadedFile) -> str:
    """Reads the header of an upload and returns its extension, or refuses with a sentence."""
    nom = {"nom": fichier.name}
    if (fichier.size or 0) > MAX_OCTETS:
        raise Refus(
            _("« %(nom)s » dépasse 10 Mo. Choisissez une photo plus légère.") % nom, champ="photos"
        )
    try:
        fichier.seek(0)
        with Image.open(fichier, formats=LUS) as image:
            trop = image.width * image.height > MAX_PIXELS
            extension = EXTENSIONS[image.format or ""]
            image.verify()
    except TROP_GRANDE:
        trop = True
    except ABIMEE:
        raise Refus(
            _("« %(nom)s » n’est pas une photo lisible. Envoyez un fichier JPEG, PNG ou WebP.")
            % nom,
            champ="photos",
        ) from None
    finally:
        fichier.seek(0)
    if trop:
        raise Refus(
            _("« %(nom)s » dépasse 40 millions de pixels. Réduisez ses dimensions.") % nom,
            champ="photos",
        )
    return extension


def lire(fichier: BinaryIO | File, plus_grande: int) -> Image.Image:
    """The picture upright, in RGB, without its metadata; raises PhotoIllisible."""
    try:
        with Image.open(fichier, formats=LUS) as ouverte:
            ouverte.draft("RGB", (2 * plus_grande, 2 * plus_grande))  # a JPEG is read half-size
            image = ImageOps.exif_transpose(ouverte)
            if image.mode in ("RGBA", "LA", "PA", "P") or "transparency" in image.info:
                image = image.convert("RGBA")
                fond = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(fond, image)
            return image.convert("RGB")
    except (*TROP_GRANDE, *ABIMEE) as erreur:
        raise PhotoIllisible(str(erreur)) from erreur


def tailler(image: Image.Image, photo: Photo | PhotoConstat) -> tuple[int, int]:
    """Writes every size in every format (never larger than the picture); returns the largest.

    Written beside and then renamed: a reader never meets half a file, and doing it twice is safe.
    """
    taille = image.size
    for largeur in sorted(photo.LARGEURS, reverse=True):
        image = image.copy()
        image.thumbnail((largeur, 4 * largeur), Image.Resampling.LANCZOS)
        if largeur == max(photo.LARGEURS):
            taille = image.size
        for format, options in SORTIES.items():
            chemin = Path(default_storage.path(photo.chemin(largeur, format)))
            chemin.parent.mkdir(parents=True, exist_ok=True)
            provisoire = chemin.with_suffix(f".{os.getpid()}.tmp")
            image.save(provisoire, format=format.upper(), exif=b"", icc_profile=None, **options)
            provisoire.replace(chemin)
    return taille


def preparer(photo: Une, noter: Callable[[Une, tuple[int, int] | None], bool]) -> None:
    """The worker's part: the sizes, then the state, then the upload goes. `noter` writes what
    became of it (None: it cannot be read), and answers False when it is no more."""
    if photo.etat == photo.Etat.A_PREPARER:
        taille = None
        try:
            with photo.original.open("rb") as fichier:
                image = lire(fichier, max(photo.LARGEURS))
            taille = tailler(image, photo)
        except (PhotoIllisible, FileNotFoundError):
            pass
        if not noter(photo, taille):
            effacer(photo)  # withdrawn meanwhile
            return
    if photo.original:
        photo.original.delete(save=False)
        type(photo).objects.filter(pk=photo.pk).update(original="")


def effacer(photo: Photo | PhotoConstat) -> None:
    """Removes every file of a photo that is no more."""
    for largeur in photo.LARGEURS:
        for format in SORTIES:
            default_storage.delete(photo.chemin(largeur, format))
    if photo.original:
        default_storage.delete(photo.original.name)
