"""Uploaded pictures: their content decides, not their name."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from organisations import images


def fichier(format: str = "PNG", taille: tuple[int, int] = (60, 40), **options) -> BytesIO:
    sortie = BytesIO()
    Image.new("RGB", taille, "#b03a0a").save(sortie, format, **options)
    return sortie


@pytest.mark.parametrize("format", images.FORMATS)
def test_a_known_picture_is_measured(format):
    verifiee = images.verifier_image(fichier(format), 10_000)
    assert (verifiee.format, verifiee.largeur, verifiee.hauteur) == (format, 60, 40)


@pytest.mark.parametrize(
    "contenu", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", fichier().getvalue()[:50]]
)
def test_what_is_not_a_picture_is_refused(contenu):
    with pytest.raises(ValidationError, match="pas une image lisible"):
        images.verifier_image(BytesIO(contenu), 10_000)


def test_a_format_that_is_not_expected_is_refused():
    with pytest.raises(ValidationError, match="pas une image lisible"):
        images.verifier_image(fichier("BMP"), 100_000)


def test_a_heavy_picture_is_refused():
    with pytest.raises(ValidationError, match="trop lourde"):
        images.verifier_image(fichier(), 10)


def test_a_small_file_that_announces_a_huge_picture_is_refused():
    with pytest.raises(ValidationError, match="trop grande"):
        images.verifier_image(fichier("PNG", (30_000, 2_000)), 10_000_000)


def test_a_logo_loses_what_the_camera_said():
    exif = Image.Exif()
    exif[0x010E] = "une adresse privée"
    logo = images.logo_pret(fichier("JPEG", (900, 300), exif=exif))
    assert logo.name.endswith(".webp")
    with Image.open(logo) as image:
        assert image.size == (512, 171)
        assert not image.getexif()
