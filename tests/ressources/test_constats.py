"""Condition reports: hand-over, return and in between; their photos; who sees them."""

import threading
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from organisations.refus import NonAutorise, Refus
from ressources import constats, exemplaires, prets
from ressources.constats import Vu
from ressources.forms_constats import repere
from ressources.models import Constat, PhotoConstat
from tests import fabriques
from tests.ressources.test_photos import exif, image

pytestmark = pytest.mark.django_db


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(
        preteur, "Chaudrons de 60 L", quantite=6, accessoires="le couvercle\nla louche"
    )


@pytest.fixture
def pret(chaudrons, emprunteur, mireille):
    debut, fin = fabriques.jours(0, 2)
    return fabriques.pret(chaudrons, emprunteur, "accepte", debut=debut, fin=fin, quantite=5)


@pytest.fixture
def numerotes(chaudrons, luc):
    return exemplaires.numeroter(chaudrons, par=luc)


@pytest.fixture
def taches(monkeypatch):
    """What is asked of the worker, instead of the queue."""
    from ressources.taches import preparer_photo_constat

    demandees = []
    monkeypatch.setattr(
        preparer_photo_constat, "defer", lambda **args: demandees.append(args["photo"])
    )
    return demandees


def page(pret, verbe):
    return reverse(f"pret_{verbe}", args=[pret.pk])


def saisie(pret, **champs) -> dict:
    pret.refresh_from_db()
    return {"vu": repere(pret), "etat": "bon", "note": "", "accessoires": ["0", "1"]} | champs


# ------------------------------------------------------------------ the hand-over


def test_a_hand_over_is_the_step_the_report_and_one_letter(
    client_de, luc, mireille, pret, taches, courriels
):
    reponse = client_de(luc).post(
        page(pret, "remettre"),
        saisie(pret, quantite="5", etat="use", note="Deux anses.", accessoires=["0"])
        | {"photos": [image(exif=exif()), image(nom="b.jpg")]},
    )
    assert reponse.url == f"{pret.get_absolute_url()}#constats"
    pret.refresh_from_db()
    assert (pret.etat, pret.quantite_remise) == ("remis", 5)
    constat = pret.constats.get()
    assert (constat.moment, constat.cote, constat.par) == ("remise", "preteur", luc)
    assert (constat.etat, constat.note, constat.quantite) == ("use", "Deux anses.", 5)
    assert constat.accessoires == [
        {"nom": "le couvercle", "present": True},
        {"nom": "la louche", "present": False},
    ]
    assert taches == list(constat.photos.values_list("pk", flat=True))
    (lettre,) = courriels(mireille)
    assert "Un peu d’usure" in lettre.body
    assert "la louche" in lettre.body and "Deux anses." in lettre.body


def test_accessories_are_ticked_and_the_whole_quantity_is_there(client_de, luc, pret):
    texte = client_de(luc).get(page(pret, "remettre")).text
    assert 'name="quantite" value="5"' in texte
    assert texte.count('name="accessoires"') == 2
    assert texte.count("checked") == 3  # the two accessories, and « comme convenu »
    assert "Vous n’avez pas" not in texte


def test_copies_are_ticked_and_go_out(client_de, luc, pret, numerotes, taches):
    choisis = [e.pk for e in numerotes[:5]]
    client_de(luc).post(page(pret, "remettre"), saisie(pret, exemplaires=choisis))
    pret.refresh_from_db()
    assert pret.quantite_remise == 5
    assert [s.exemplaire.numero for s in pret.sorties.all()] == [1, 2, 3, 4, 5]
    assert [e["numero"] for e in pret.constats.get().exemplaires] == [1, 2, 3, 4, 5]


def test_a_copy_of_another_listing_or_out_elsewhere_cannot_be_ticked(
    client_de, luc, pret, preteur, numerotes, emprunteur
):
    (ailleurs,) = exemplaires.numeroter(fabriques.ressource(preteur), par=luc)
    debut, fin = fabriques.jours(0, 0)
    autre = fabriques.pret(pret.ressource, emprunteur, "accepte", debut=debut, fin=fin)
    prets.effectuer(autre, "remettre", par=luc, exemplaires=[numerotes[0]])
    for pk in (ailleurs.pk, numerotes[0].pk, 10**12, "x"):
        reponse = client_de(luc).post(page(pret, "remettre"), saisie(pret, exemplaires=[pk]))
        assert "cochez de nouveau" in reponse.text, pk
    with pytest.raises(Refus, match="d’une autre ressource"):
        constats.remettre(pret, par=luc, vu=Vu(), exemplaires=[ailleurs])
    with pytest.raises(Refus, match="déjà sorti"):
        constats.remettre(pret, par=luc, vu=Vu(), exemplaires=[numerotes[0]])
    assert not pret.constats.exists()
    pret.refresh_from_db()
    assert pret.etat == "accepte"


def test_a_hand_over_without_a_tick_says_so(client_de, luc, pret, numerotes):
    texte = client_de(luc).post(page(pret, "remettre"), saisie(pret, note="Bleu.")).text
    assert "Cochez au moins un exemplaire." in texte and "Bleu." in texte


@pytest.mark.parametrize("quantite", ["0", "6", "-2", "9" * 30, "deux", ""])
def test_a_quantity_that_cannot_be_is_a_sentence(client_de, luc, pret, quantite):
    reponse = client_de(luc).post(
        page(pret, "remettre"), saisie(pret, quantite=quantite, note="Tout est propre.")
    )
    assert reponse.status_code == 200
    assert "Il reste quelque chose à corriger" in reponse.text
    assert "Tout est propre." in reponse.text
    assert not Constat.objects.exists()


def test_damage_is_told_in_words_or_in_pictures(luc, pret, taches):
    with pytest.raises(Refus, match="abîmé ou manquant"):
        constats.remettre(pret, par=luc, vu=Vu(etat="abime"))
    constats.remettre(pret, par=luc, vu=Vu(etat="abime", photos=[image()]))
    assert pret.constats.get().photos.count() == 1


def test_nothing_is_left_of_a_hand_over_that_was_refused(luc, pret, taches):
    with pytest.raises(Refus, match="n’est pas une photo"):
        constats.remettre(
            pret, par=luc, vu=Vu(photos=[SimpleUploadedFile("a.jpg", b"BEGIN:VCALENDAR")])
        )
    pret.refresh_from_db()
    assert pret.etat == "accepte"
    assert not pret.constats.exists() and not taches
    assert not pret.evenements.filter(verbe="remettre").exists()


# ------------------------------------------------------------------ bad files


@pytest.mark.parametrize(
    ("fichiers", "phrase"),
    [
        ([SimpleUploadedFile("agenda.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR")], "agenda.ics"),
        ([SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>")], "n’est pas une photo"),
        ([SimpleUploadedFile("vide.jpg", b"")], "vide"),
    ],
)
def test_what_is_not_a_photo_is_a_sentence_and_what_was_typed_stays(
    client_de, luc, pret, taches, fichiers, phrase
):
    envoi = saisie(pret, quantite="3", note="Un éclat.", etat="use") | {"photos": fichiers}
    texte = client_de(luc).post(page(pret, "remettre"), envoi).text
    assert phrase in texte
    assert "choisissez-les de nouveau" in texte
    assert "Un éclat." in texte and 'value="3"' in texte
    pret.refresh_from_db()
    assert pret.etat == "accepte" and not taches


def test_seven_photos_are_too_many(client_de, luc, pret, taches):
    sept = [image((40, 30), nom=f"{n}.jpg") for n in range(7)]
    envoi = saisie(pret, quantite="5") | {"photos": sept}
    texte = client_de(luc).post(page(pret, "remettre"), envoi).text
    assert "6 photos au plus" in texte and "choisi 7" in texte
    pret.refresh_from_db()
    assert pret.etat == "accepte"


# ------------------------------------------------------------------ stale and twice


def test_the_same_form_sent_twice_hands_over_once(client_de, luc, pret, taches, courriels):
    envoi = saisie(pret, quantite="2", note="Ligne 1\r\nLigne 2")
    client = client_de(luc)
    client.post(page(pret, "remettre"), envoi)
    reponse = client.post(page(pret, "remettre"), envoi, follow=True)
    assert "Rien n’a été fait" not in reponse.text
    pret.refresh_from_db()
    assert (pret.quantite_remise, pret.constats.count()) == (2, 1)


def test_a_page_out_of_date_does_nothing_and_says_so(client_de, luc, yvon, pret, taches):
    envoi = saisie(pret, quantite="2")
    client_de(yvon).post(page(pret, "remettre"), envoi)
    reponse = client_de(luc).post(page(pret, "remettre"), envoi, follow=True)
    assert "Rien n’a été fait" in reponse.text
    pret.refresh_from_db()
    assert (pret.quantite_remise, pret.constats.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_two_desks_note_the_same_hand_over_and_one_is_first(client_de, luc, yvon, pret):
    envoi = saisie(pret, quantite="5")
    depart, reponses = threading.Barrier(2), []

    def guichet(client):
        depart.wait()
        reponses.append(client.post(page(pret, "remettre"), envoi).status_code)
        connections.close_all()

    fils = [threading.Thread(target=guichet, args=[client_de(p)]) for p in (luc, yvon)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert set(reponses) <= {200, 302}
    pret.refresh_from_db()
    assert (pret.quantite_remise, pret.constats.count()) == (5, 1)
    assert pret.evenements.filter(verbe="remettre").count() == 1


def test_a_page_asked_too_early_or_too_late_leads_back_to_the_loan(client_de, luc, pret):
    reponse = client_de(luc).get(page(pret, "rendre"), follow=True)
    assert "n’est pas possible" in reponse.text
    assert "n’est pas possible" in client_de(luc).get(page(pret, "constater"), follow=True).text


# ------------------------------------------------------------------ in between, and the return


@pytest.fixture
def remis(pret, luc, numerotes, taches):
    constats.remettre(
        pret, par=luc, vu=Vu(accessoires=[("le couvercle", True)]), exemplaires=numerotes[:5]
    )
    pret.refresh_from_db()
    return pret


def test_the_borrower_notes_a_damage_meanwhile_and_the_lender_is_told(
    client_de, mireille, luc, remis, numerotes, courriels, taches
):
    envoi = saisie(
        remis, etat="abime", note="La poignée du nº 2 a cédé.", exemplaires=[numerotes[1].pk]
    )
    for _ in range(2):  # sent twice, it is noted once
        client_de(mireille).post(page(remis, "constater"), envoi | {"photos": [image()]})
    constat = remis.constats.get(moment="pendant")
    assert (constat.cote, constat.exemplaires) == ("emprunteur", [{"numero": 2, "etat": "abime"}])
    assert remis.evenements.filter(verbe="constater").count() == 1
    (lettre,) = [m for m in courriels(luc) if "constat" in m.subject]
    assert "La poignée du nº 2 a cédé." in lettre.body
    assert "a noté l’état de ce qui est prêté" in client_de(luc).get(remis.get_absolute_url()).text


def test_a_note_in_between_needs_words(client_de, mireille, remis, taches):
    envoi = saisie(remis, etat="abime") | {"photos": [image()]}
    texte = client_de(mireille).post(page(remis, "constater"), envoi).text
    assert "Dites en une phrase" in texte


def test_two_of_five_come_back_and_the_rest_stays_out(client_de, luc, remis, numerotes, taches):
    deux = [numerotes[1].pk, numerotes[3].pk]
    client_de(luc).post(page(remis, "rendre"), saisie(remis, exemplaires=deux))
    remis.refresh_from_db()
    assert (remis.etat, remis.quantite_rendue, remis.dehors) == ("remis", 2, 3)
    dehors = remis.sorties.filter(rendu_le=None).values_list("exemplaire__numero", flat=True)
    assert list(dehors) == [1, 3, 5]
    texte = client_de(luc).get(remis.get_absolute_url()).text
    assert texte.count("Encore sorti") == 3
    reste = [numerotes[n].pk for n in (0, 2, 4)]
    client_de(luc).post(page(remis, "rendre"), saisie(remis, exemplaires=reste))
    remis.refresh_from_db()
    assert (remis.etat, remis.constats.filter(moment="retour").count()) == ("rendu", 2)


def test_a_copy_back_damaged_is_offered_to_repair_which_is_another_act(
    client_de, luc, mireille, remis, numerotes, taches
):
    tous = [e.pk for e in numerotes[:5]]
    envoi = saisie(remis, exemplaires=tous, note="Fond percé.")
    envoi[f"etat_{numerotes[2].pk}"] = "abime"
    client_de(mireille).post(page(remis, "rendre"), envoi)
    constat = remis.constats.get(moment="retour")
    assert [e["etat"] for e in constat.exemplaires] == ["bon", "bon", "abime", "bon", "bon"]
    numerotes[2].refresh_from_db()
    assert numerotes[2].etat == "en_service"
    adresse = remis.get_absolute_url()
    assert "Mettre le nº\u00a03 en réparation" in client_de(luc).get(adresse).text
    assert "en réparation" not in client_de(mireille).get(adresse).text
    reponse = client_de(luc).post(
        reverse("exemplaire_effectuer", args=[remis.ressource.slug, numerotes[2].pk, "reparer"]),
        {"suite": remis.pk},
        follow=True,
    )
    assert reponse.redirect_chain[0][0] == f"{adresse}#constats"
    assert "Mettre le nº" not in reponse.text
    numerotes[2].refresh_from_db()
    assert numerotes[2].etat == "en_reparation"


def test_the_two_ends_stand_side_by_side(client_de, luc, mireille, pret, taches):
    constats.remettre(
        pret, par=luc, quantite=5,
        vu=Vu(note="Un éclat.", accessoires=[("le couvercle", True), ("la louche", True)]),
    )  # fmt: skip
    constats.rendre(
        pret, par=mireille, quantite=5,
        vu=Vu(
            etat="incomplet", note="On la cherche.",
            accessoires=[("le couvercle", True), ("la louche", False)], photos=[image()],
        ),
    )  # fmt: skip
    constats.preparer_photo(taches[0])
    texte = client_de(luc).get(pret.get_absolute_url()).text
    for mot in ("Un éclat.", "On la cherche.", "Il manque quelque chose", "La louche", "Absent"):
        assert mot in texte, mot
    assert "Pendant le prêt" not in texte
    assert 'alt="Photo' in texte


def test_a_loan_of_before_still_shows_its_words(client_de, luc, pret):
    prets.effectuer(pret, "remettre", par=luc, mot="Deux couvercles.")
    prets.effectuer(pret, "rendre", par=luc, mot="Un couvercle bosselé.")
    texte = client_de(luc).get(pret.get_absolute_url()).text
    assert "Deux couvercles." in texte and "Un couvercle bosselé." in texte


def test_others_cannot_note_anything(luc, passant, mireille, pret, remis):
    with pytest.raises(NonAutorise):
        constats.constater(remis, par=passant, vu=Vu(note="x"))
    with pytest.raises(NonAutorise):
        constats.remettre(remis, par=mireille, vu=Vu())


def test_thirty_reports_cost_as_much_as_one(client_de, luc, remis):
    client = client_de(luc)
    nombres = []
    for combien in (1, 29):
        for _ in range(combien):
            constat = Constat.objects.create(
                pret=remis, moment="pendant", cote="preteur", par=fabriques.personne(), note="Vu."
            )
            PhotoConstat.objects.create(
                constat=constat, nom="a.jpg", etat="prete", largeur=800, hauteur=600
            )
        client.get(remis.get_absolute_url())
        with CaptureQueriesContext(connection) as requetes:
            client.get(remis.get_absolute_url())
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]


# ------------------------------------------------------------------ the photos


@pytest.fixture
def photo(pret, luc, taches):
    constats.remettre(pret, par=luc, vu=Vu(photos=[image(exif=exif())]))
    original = Path(PhotoConstat.objects.get().original.path)
    assert original.exists()
    constats.preparer_photo(taches[0])
    assert not original.exists()
    return PhotoConstat.objects.get()


def adresse(photo, largeur=320, format="webp", pret=None):
    pk = photo.constat.pret_id if pret is None else pret
    return reverse("photo_constat", args=[pk, photo.cle, largeur, format])


def test_the_sizes_keep_nothing_of_the_camera(photo):
    assert (photo.etat, photo.largeur, photo.hauteur) == ("prete", 1200, 1600)  # turned
    for largeur in PhotoConstat.LARGEURS:
        for format in ("avif", "webp"):
            chemin = Path(settings.MEDIA_ROOT) / photo.chemin(largeur, format)
            assert b"Mireille" not in chemin.read_bytes()


def test_a_photo_is_for_the_two_sides_and_for_the_tables_during_an_incident(
    client_de, luc, ana, passant, coordonnatrice, administration, photo
):
    for personne in (luc, ana):
        reponse = client_de(personne).get(adresse(photo))
        assert reponse.status_code == 200
        assert reponse["Content-Type"] == "image/webp"
        assert reponse["X-Content-Type-Options"] == "nosniff"
        assert reponse["Cache-Control"] == "private, no-store"
        reponse.getvalue()  # read to its end, the file is closed
    for personne in (passant, coordonnatrice, administration):
        assert client_de(personne).get(adresse(photo)).status_code == 404
    assert "/login/" in client_de(None).get(adresse(photo)).url
    prets.effectuer(photo.constat.pret, "signaler", par=ana, mot="Le fond est percé.")
    reponse = client_de(coordonnatrice).get(adresse(photo))
    assert reponse.status_code == 200
    reponse.getvalue()  # read to its end, the file is closed


def test_a_photo_is_not_served_like_a_public_one_nor_through_another_loan(
    client_de, luc, photo, emprunteur
):
    client = client_de(luc)
    assert client.get(f"/medias/{photo.chemin(320, 'webp')}").status_code == 404
    autre = fabriques.pret(photo.constat.pret.ressource, emprunteur)
    assert client.get(adresse(photo, pret=autre.pk)).status_code == 404
    assert client.get(adresse(photo, largeur=9999)).status_code == 404
    assert client.get(adresse(photo, format="php")).status_code == 404
    inconnue = reverse("photo_constat", args=[photo.constat.pret_id, uuid.uuid4(), 320, "webp"])
    assert client.get(inconnue).status_code == 404


def test_a_photo_cut_short_is_said_and_not_shown(client_de, luc, pret, taches):
    coupee = SimpleUploadedFile("coupee.jpg", image().read()[:2000])
    constats.remettre(pret, par=luc, vu=Vu(photos=[coupee]))
    assert "Photo en préparation" in client_de(luc).get(pret.get_absolute_url()).text
    constats.preparer_photo(taches[0])
    texte = client_de(luc).get(pret.get_absolute_url()).text
    assert "« coupee.jpg » n’a pas pu être lue" in texte.replace("«\u00a0", "« ").replace(
        "\u00a0»", " »"
    )


@pytest.mark.django_db(transaction=True)
def test_the_worker_prepares_what_was_committed(pret, luc, vraie_file, worker):
    constats.remettre(pret, par=luc, vu=Vu(photos=[image()]))
    worker()
    assert PhotoConstat.objects.get().etat == "prete"
