"""Photos: what comes in, what is made of it, and what never leaves."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from organisations.refus import NonAutorise, Refus
from ressources import photos, registre
from ressources.models import Photo
from tests import fabriques

pytestmark = pytest.mark.django_db


def image(taille=(1600, 1200), format="JPEG", nom="IMG_2040.jpg", mode="RGB", **options):
    tampon = io.BytesIO()
    Image.new(mode, taille, "tomato").save(tampon, format, **options)
    return SimpleUploadedFile(nom, tampon.getvalue())


def exif(orientation=6):
    donnees = Image.Exif()
    donnees[0x0112] = orientation
    donnees[0x010F] = "Telephone de Mireille"
    donnees.get_ifd(0x8825)[1] = "N"
    return donnees


@pytest.fixture
def ressource(preteur):
    return fabriques.ressource(preteur)


@pytest.fixture
def taches(monkeypatch):
    """What is asked of the worker, instead of the queue."""
    from ressources.taches import preparer_photo

    demandees = []
    monkeypatch.setattr(preparer_photo, "defer", lambda **args: demandees.append(args["photo"]))
    return demandees


def chemins(photo):
    return [
        Path(settings.MEDIA_ROOT) / photo.chemin(n, f)
        for n in Photo.LARGEURS
        for f in ("avif", "webp")
    ]


def test_the_sizes_are_made_upright_without_the_camera_s_data(ressource, luc, taches):
    photo = registre.ajouter_photo(ressource, image(exif=exif()), par=luc, alt="Un chaudron")
    original = Path(photo.original.path)
    assert original.exists()
    registre.preparer_photo(taches[0])
    photo.refresh_from_db()
    assert (photo.etat, photo.largeur, photo.hauteur) == ("prete", 1200, 1600)  # turned
    assert not original.exists()
    assert not photo.original
    for chemin in chemins(photo):
        with Image.open(chemin) as faite:
            assert faite.format in ("AVIF", "WEBP")
            assert not faite.getexif()
            assert b"Mireille" not in chemin.read_bytes()
            assert faite.width <= int(chemin.stem.rsplit("-")[-1])


def test_a_small_photo_is_not_made_larger(ressource, luc, taches):
    photo = registre.ajouter_photo(ressource, image((500, 300)), par=luc, alt="Un chaudron")
    registre.preparer_photo(taches[0])
    photo.refresh_from_db()
    assert (photo.largeur, photo.hauteur) == (500, 300)


@pytest.mark.parametrize(("format", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGBA")])
def test_transparency_becomes_white(ressource, luc, taches, format, mode):
    fichier = image((400, 300), format, "logo", "RGB") if mode == "P" else None
    fichier = fichier or SimpleUploadedFile("logo", _transparente(format))
    photo = registre.ajouter_photo(ressource, fichier, par=luc, alt="Un logo")
    registre.preparer_photo(photo.pk)
    photo.refresh_from_db()
    assert photo.etat == "prete"
    if mode != "P":
        with Image.open(chemins(photo)[1]) as faite:
            assert min(faite.convert("RGB").getpixel((5, 5))) > 245


def _transparente(format):
    tampon = io.BytesIO()
    Image.new("RGBA", (400, 300), (0, 0, 0, 0)).save(tampon, format)
    return tampon.getvalue()


def test_preparing_twice_changes_nothing(ressource, luc, taches):
    photo = registre.ajouter_photo(ressource, image(), par=luc, alt="Un chaudron")
    registre.preparer_photo(photo.pk)
    dates = [c.stat().st_mtime_ns for c in chemins(photo)]
    registre.preparer_photo(photo.pk)
    assert [c.stat().st_mtime_ns for c in chemins(photo)] == dates


def test_a_file_cut_short_is_marked_and_not_shown(ressource, luc, taches):
    entiere = image()
    coupee = SimpleUploadedFile("coupee.jpg", entiere.read()[:2000])
    photo = registre.ajouter_photo(ressource, coupee, par=luc, alt="Un chaudron")
    registre.preparer_photo(photo.pk)
    photo.refresh_from_db()
    assert photo.etat == "illisible"
    assert not any(c.exists() for c in chemins(photo))


def test_a_photo_withdrawn_while_it_is_prepared_leaves_no_file(
    ressource, luc, taches, monkeypatch, django_capture_on_commit_callbacks
):
    photo = registre.ajouter_photo(ressource, image(), par=luc, alt="Un chaudron")
    tailler = photos.tailler

    def tailler_puis_perdre(*args):
        taille = tailler(*args)
        Photo.objects.all().delete()
        return taille

    monkeypatch.setattr(photos, "tailler", tailler_puis_perdre)
    registre.preparer_photo(photo.pk)
    assert not any(c.exists() for c in chemins(photo))


def test_it_is_shown_once_described(ressource, luc, taches):
    photo = registre.ajouter_photo(ressource, image(), par=luc)
    registre.preparer_photo(photo.pk)
    photo.refresh_from_db()
    assert photo.etat == "a_decrire"
    assert registre.decrire_photo(photo, "Un chaudron bleu", par=luc).etat == "prete"
    with pytest.raises(Refus):
        registre.decrire_photo(photo, "  ", par=luc)


@pytest.mark.parametrize(
    ("fichier", "phrase"),
    [
        (SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>"), "n’est pas une photo"),
        (SimpleUploadedFile("a.jpg", b""), "n’est pas une photo"),
        (SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 50), "n’est pas une photo"),
    ],
)
def test_what_is_not_a_photo_is_refused_whatever_its_name(ressource, luc, taches, fichier, phrase):
    with pytest.raises(Refus, match=phrase):
        registre.ajouter_photo(ressource, fichier, par=luc)
    assert not taches


def test_a_gif_is_refused(ressource, luc, taches):
    with pytest.raises(Refus, match="JPEG, PNG ou WebP"):
        registre.ajouter_photo(ressource, image((9, 9), "GIF", "a.jpg", "P"), par=luc)


def test_too_many_pixels_or_bytes_are_refused(ressource, luc, taches, monkeypatch):
    with pytest.raises(Refus, match="40 millions"):
        registre.ajouter_photo(ressource, image((7000, 6000), "PNG", mode="1"), par=luc)
    with pytest.raises(Refus, match="40 millions"):
        registre.ajouter_photo(ressource, image((12000, 8000), "PNG", mode="1"), par=luc)
    monkeypatch.setattr(photos, "MAX_OCTETS", 100)
    with pytest.raises(Refus, match="10 Mo"):
        registre.ajouter_photo(ressource, image(), par=luc)


def test_six_photos_at_most(ressource, luc, taches):
    for rang in range(6):
        fabriques.photo(ressource, ordre=rang)
    with pytest.raises(Refus, match="6 photos au plus"):
        registre.ajouter_photo(ressource, image(), par=luc)


def test_removing_one_removes_its_files(
    ressource, luc, mireille, taches, django_capture_on_commit_callbacks
):
    photo = registre.ajouter_photo(ressource, image(), par=luc, alt="Un chaudron")
    registre.preparer_photo(photo.pk)
    with pytest.raises(NonAutorise):
        registre.retirer_photo(photo, par=mireille)
    with django_capture_on_commit_callbacks(execute=True):
        registre.retirer_photo(photo, par=luc)
    assert not ressource.photos.exists()
    assert not any(c.exists() for c in chemins(photo))


@pytest.mark.django_db(transaction=True)
def test_the_worker_prepares_what_was_committed(ressource, luc, vraie_file, worker):
    photo = registre.ajouter_photo(ressource, image(), par=luc, alt="Un chaudron")
    worker()
    photo.refresh_from_db()
    assert photo.etat == "prete"


def test_a_phone_s_jpeg_that_holds_two_pictures_comes_in(ressource, luc, taches):
    seconde = Image.new("RGB", (160, 120), "navy")
    fichier = image(format="MPO", save_all=True, append_images=[seconde])
    photo = registre.ajouter_photo(ressource, fichier, par=luc, alt="Un chaudron")
    registre.preparer_photo(taches[0])
    photo.refresh_from_db()
    assert photo.etat == Photo.Etat.PRETE


def test_a_photo_dates_the_listing_for_who_reads_it(ressource, luc, taches):
    def date():
        ressource.refresh_from_db()
        return ressource.modifiee_le

    dates = [date()]
    photo = registre.ajouter_photo(ressource, image(), par=luc)
    dates.append(date())
    registre.decrire_photo(photo, "Un chaudron", par=luc)
    dates.append(date())
    registre.preparer_photo(taches[0])
    dates.append(date())
    registre.retirer_photo(photo, par=luc)
    dates.append(date())
    assert dates == sorted(set(dates))
