"""What every uploaded picture goes through: its content is checked, never its name."""

from dataclasses import dataclass
from io import BytesIO
from typing import IO
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
ACCEPTES = "image/jpeg,image/png,image/webp,image/avif"  # the accept attribute of file fields
PIXELS_MAX = 40_000_000  # a few kilobytes can announce a picture that fills the memory
LOGO_OCTETS = 2 * 1024 * 1024
LOGO_COTE = 512

Image.MAX_IMAGE_PIXELS = PIXELS_MAX


@dataclass(frozen=True)
class ImageVerifiee:
    format: str  # one of FORMATS
    largeur: int  # pixels, as stored: before the camera's rotation
    hauteur: int


def verifier_image(fichier: IO[bytes], max_octets: int) -> ImageVerifiee:
    """Reads the picture's own header and structure, whatever its name says; leaves the file at
    its beginning. Raises ValidationError with a sentence that says what to do."""
    if taille(fichier) > max_octets:
        raise ValidationError(
            _("Cette image est trop lourde : choisissez-en une de %(taille)s ou moins.")
            % {"taille": filesizeformat(max_octets)},
            code="trop_lourde",
        )
    try:
        fichier.seek(0)
        with Image.open(fichier, formats=FORMATS) as image:
            verifiee = ImageVerifiee(str(image.format), *image.size)
            if verifiee.largeur * verifiee.hauteur > PIXELS_MAX:
                raise Image.DecompressionBombError
            image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(
            _("Cette image est trop grande : choisissez-en une de 40 mégapixels ou moins."),
            code="trop_grande",
        ) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise ValidationError(
            _("Ce fichier n’est pas une image lisible : choisissez un JPEG, un PNG ou un WebP."),
            code="illisible",
        ) from None
    finally:
        fichier.seek(0)
    return verifiee


def taille(fichier: IO[bytes]) -> int:
    fichier.seek(0, 2)
    return fichier.tell()


def logo_pret(fichier: IO[bytes]) -> ContentFile:
    """A logo rewritten small, without what the first file carried beside its pixels. Its name is
    random: it can be served for ever. Raises ValidationError like `verifier_image`."""
    verifier_image(fichier, LOGO_OCTETS)
    sortie = BytesIO()
    try:
        with Image.open(fichier, formats=FORMATS) as image:
            image.draft("RGB", (LOGO_COTE, LOGO_COTE))
            petite = ImageOps.exif_transpose(image).convert("RGBA")
        petite.thumbnail((LOGO_COTE, LOGO_COTE))
        petite.save(sortie, "WEBP", quality=85, method=4)
    except (OSError, SyntaxError, ValueError, EOFError):
        raise ValidationError(
            _("Cette image est abîmée : enregistrez-la de nouveau et réessayez."),
            code="illisible",
        ) from None
    return ContentFile(sortie.getvalue(), name=f"{uuid4().hex}.webp")
