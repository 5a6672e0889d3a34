"""The three-step form: kept at each step, nothing typed is lost, and the table reads."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from organisations.models import Revision
from ressources.models import Ressource
from tests import fabriques

pytestmark = pytest.mark.django_db
PROPOSER, MES = "/ressources/proposer/", "/mes-ressources/"


def essentiel(organisation, **autres):
    return {
        "etape": "1",
        "sorte": "equipement",
        "categorie": "chaudrons-marmites",
        "titre": "Chauffe-plats en inox",
        "resume": "Trois chauffe-plats pour un buffet.",
        "description": "",
        "territoire": organisation.territoire_id,
        "adresse": "240, rue des Draveurs",
        **autres,
    }


def deuxieme(**autres):
    return {"etape": "2", "quantite": "3", "usure": "bon", "a_savoir": "15 ampères.", **autres}


def troisieme(**autres):
    return {
        "etape": "3",
        "cout": "gratuit",
        "acceptation": "demander",
        "battement": "0",
        "cout_detail": "",
        "delai_jours": "2",
        "duree_max": "7",
        "conditions_remise": "Deux personnes.",
        "conditions_retour": "",
        "conditions_bris": "",
        "valeur_declaree": "150,50\u00a0$",
        **autres,
    }


def image(nom="IMG_2041.jpg"):
    tampon = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(tampon, "JPEG")
    return SimpleUploadedFile(nom, tampon.getvalue(), "image/jpeg")


def etape(ressource, n):
    return f"/ressources/{ressource.slug}/modifier/{n}/"


@pytest.fixture
def client(client_de, luc):
    return client_de(luc)


@pytest.fixture
def brouillon(preteur):
    return fabriques.ressource(preteur, "Chauffe-plats", etat="brouillon", quantite=1)


def test_from_nothing_to_the_table(client, preteur, coordonnatrice, courriels):
    assert client.get(PROPOSER).status_code == 200
    reponse = client.post(PROPOSER, essentiel(preteur))
    ressource = Ressource.objects.get()
    assert reponse.url == etape(ressource, 2)
    assert client.post(etape(ressource, 2), deuxieme()).url == etape(ressource, 3)
    reponse = client.post(etape(ressource, 3), troisieme(geste="soumettre"))
    ressource.refresh_from_db()
    assert (ressource.etat, ressource.quantite, ressource.duree_max) == ("soumise", 3, 7)
    assert str(ressource.valeur_declaree) == "150.50"
    assert reponse.url == ressource.get_absolute_url()
    assert courriels(coordonnatrice)


def test_what_is_wrong_is_said_and_what_was_typed_stays(client, preteur):
    reponse = client.post(
        PROPOSER, essentiel(preteur, titre="", categorie="gymnase", resume="Trois chauffe-plats.")
    )
    page = reponse.content.decode()
    assert "Donnez un nom à la ressource." in page
    assert "Cette catégorie n’est pas de la nature" in page
    assert "Trois chauffe-plats." in page
    assert "<title>Erreur\u00a0: Proposer" in page
    assert not Ressource.objects.exists()


def test_a_draft_is_left_half_way_and_found_again(client, brouillon):
    reponse = client.post(
        etape(brouillon, 2), {"etape": "2", "quantite": "4", "a_savoir": "", "geste": "plus-tard"}
    )
    assert reponse.url == MES
    brouillon.refresh_from_db()
    assert brouillon.quantite == 4
    assert "Chauffe-plats" in client.get(MES).content.decode()
    reponse = client.post(etape(brouillon, 2), deuxieme(geste="precedente"))
    assert reponse.url == etape(brouillon, 1)


def test_leaving_does_not_excuse_what_is_wrong(client, brouillon):
    reponse = client.post(etape(brouillon, 2), deuxieme(quantite="0", geste="plus-tard"))
    assert "Inscrivez une quantité de 1 ou plus." in reponse.content.decode()


def test_a_kind_left_without_its_category_changes_nothing(client, brouillon, preteur):
    donnees = essentiel(preteur, sorte="local", categorie="", geste="plus-tard")
    assert client.post(etape(brouillon, 1), donnees).url == MES
    brouillon.refresh_from_db()
    assert brouillon.sorte == "equipement"


def test_a_cost_is_told(client, brouillon):
    page = client.post(etape(brouillon, 3), troisieme(cout="tarif")).content.decode()
    assert "Précisez le coût" in page


@pytest.mark.parametrize(
    ("sorte", "champs"),
    [
        ("equipement", {"quantite", "usure", "a_savoir"}),
        ("local", {"capacite", "a_savoir"}),
        ("expertise", {"a_savoir"}),
        ("savoir", {"licence", "version", "lien", "a_savoir"}),
    ],
)
def test_each_kind_is_asked_what_it_needs(client, preteur, sorte, champs):
    ressource = fabriques.ressource(preteur, sorte=sorte, etat="brouillon")
    assert set(client.get(etape(ressource, 2)).context["form"].fields) == champs


def test_submitting_what_lacks_something_names_the_step(client, brouillon):
    page = client.post(etape(brouillon, 3), troisieme(geste="soumettre")).content.decode()
    assert "Étape 2 : choisissez l’état de la ressource." in page
    brouillon.refresh_from_db()
    assert brouillon.duree_max == 7  # kept all the same


# ------------------------------------------------------------------ photos
def test_photos_are_sent_then_described(client, brouillon):
    donnees = deuxieme(photos=[image("a.jpg"), image("b.jpg")])
    reponse = client.post(etape(brouillon, 2), donnees)
    assert reponse.url == etape(brouillon, 2) + "#photos"
    brouillon.refresh_from_db()
    assert (brouillon.photos.count(), brouillon.quantite) == (2, 3)
    page = client.post(etape(brouillon, 2), deuxieme()).content.decode()
    assert "Décrivez la photo « a.jpg »." in page
    mots = {f"alt-{p.pk}": f"Vue de {p.nom}" for p in brouillon.photos.all()}
    assert client.post(etape(brouillon, 2), deuxieme(**mots)).url == etape(brouillon, 3)
    assert sorted(brouillon.photos.values_list("alt", flat=True)) == [
        "Vue de a.jpg",
        "Vue de b.jpg",
    ]


def test_a_refused_file_does_not_lose_the_good_one_nor_the_words(client, brouillon):
    mauvais = SimpleUploadedFile("notes.jpg", b"du texte")
    donnees = deuxieme(photos=[mauvais, image("bonne.jpg")], a_savoir="Très lourd.")
    page = client.post(f"/ressources/{brouillon.slug}/photos/", donnees).content.decode()
    assert "« notes.jpg » n’est pas une photo lisible" in page
    assert "Très lourd." in page
    assert brouillon.photos.get().nom == "bonne.jpg"


def test_withdrawing_a_photo_keeps_what_was_typed(client, brouillon):
    photo = fabriques.photo(brouillon)
    adresse = f"/ressources/{brouillon.slug}/photos/{photo.pk}/retirer/"
    assert client.post(adresse, deuxieme(quantite="5")).status_code == 302
    brouillon.refresh_from_db()
    assert (brouillon.photos.count(), brouillon.quantite) == (0, 5)
    assert client.post(adresse).status_code == 404


def test_a_gesture_alone_erases_nothing(client, brouillon):
    brouillon.a_savoir = "Lourd."
    brouillon.save()
    client.post(f"/ressources/{brouillon.slug}/photos/", {"photos": image()})
    brouillon.refresh_from_db()
    assert (brouillon.photos.count(), brouillon.a_savoir) == (1, "Lourd.")


# ------------------------------------------------------------------ what is on line
def test_changed_facts_of_a_public_listing_wait(client, preteur):
    ressource = fabriques.ressource(preteur, "Marmite", usure="bon")
    donnees = essentiel(preteur, titre="Grande marmite", resume=ressource.resume)
    reponse = client.post(etape(ressource, 1), donnees, follow=True)
    assert "La table relit vos changements" in reponse.content.decode()
    ressource.refresh_from_db()
    assert (ressource.titre, ressource.sorte) == ("Marmite", "equipement")
    assert "titre" in Revision.objects.en_attente().get().champs
    assert 'value="Grande marmite"' in client.get(etape(ressource, 1)).content.decode()


def test_too_low_a_stock_is_said_beside_the_quantity(client, preteur):
    ressource = fabriques.ressource(preteur, quantite=6, usure="bon")
    fabriques.pret(ressource, etat="accepte", quantite=4)
    reponse = client.post(etape(ressource, 2), deuxieme(quantite="1"))
    assert "Il en manque 3" in reponse.context["form"].errors["quantite"][0]


@pytest.mark.parametrize("etat", ["archivee", "suspendue"])
def test_what_is_put_away_is_not_changed(client, preteur, etat):
    ressource = fabriques.ressource(preteur, etat=etat)
    assert client.get(etape(ressource, 1)).url == MES
    assert client.post(etape(ressource, 1), essentiel(preteur)).url == MES


# ------------------------------------------------------------------ who
def test_others_do_not_come_in(client_de, mireille, passant, suspendu, preteur, brouillon):
    publiee = fabriques.ressource(preteur)
    for personne in (mireille, passant):
        client = client_de(personne)
        assert client.get(etape(brouillon, 1)).status_code == 404
        assert client.get(etape(publiee, 1)).status_code == 403
        assert client.post(etape(publiee, 1), essentiel(preteur)).status_code == 403
        assert client.post(f"/ressources/{publiee.slug}/retirer/").status_code == 403
        assert client.post(f"/ressources/{brouillon.slug}/soumettre/").status_code == 404
    assert client_de(suspendu).get(PROPOSER).status_code == 403


def test_without_an_organisation_one_is_told_to_join(client_de, coordonnatrice):
    client = client_de(coordonnatrice)
    assert client.get(PROPOSER).status_code == 302
    assert "Vous n’agissez pour aucun organisme" in client.get(MES).content.decode()


# ------------------------------------------------------------------ states and list
def test_the_author_s_gestures(client, preteur):
    ressource = fabriques.ressource(preteur)
    for verbe, etat in (("archiver", "archivee"), ("reprendre", "brouillon")):
        client.post(f"/ressources/{ressource.slug}/{verbe}/")
        ressource.refresh_from_db()
        assert ressource.etat == etat
    reponse = client.post(f"/ressources/{ressource.slug}/retirer/", follow=True)
    assert "cette action n’est plus possible" in reponse.content.decode()


def test_my_listings_in_every_state(client, preteur, emprunteur):
    for etat in ("brouillon", "soumise", "a_corriger", "publiee", "archivee", "retiree"):
        fabriques.ressource(preteur, f"Chose {etat}", etat=etat)
    fabriques.ressource(emprunteur, "Pas à nous")
    page = client.get(MES).content.decode()
    assert "6 annonces" in page
    assert "Pas à nous" not in page
    assert "1 annonce" in client.get(MES, {"etat": "brouillon"}).content.decode()
    assert "6 annonces" in client.get(MES, {"etat": "x"}).content.decode()


def test_my_list_costs_the_same_with_1_and_30_rows(client, preteur):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    fabriques.revision(fabriques.ressource(preteur), nature="modification")
    client.get(MES)
    with CaptureQueriesContext(connection) as une:
        client.get(MES)
    for _ in range(29):
        fabriques.revision(fabriques.ressource(preteur), nature="modification")
    with CaptureQueriesContext(connection) as trente:
        assert len(client.get(MES).context["lignes"]) == 24
    assert len(trente) == len(une)


def test_the_kind_stays_once_somebody_asked_for_it(preteur, luc, client_de):
    pret = fabriques.pret(fabriques.ressource(preteur, etat="brouillon"), etat="remis")
    chaudron, client = pret.ressource, client_de(luc)
    assert "sorte" not in client.get(etape(chaudron, 1)).context["form"].fields
    client.post(etape(chaudron, 1), essentiel(preteur, sorte="savoir", categorie="gabarit"))
    chaudron.refresh_from_db()
    assert chaudron.sorte == "equipement"
