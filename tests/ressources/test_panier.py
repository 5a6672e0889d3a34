"""The basket: the dates first, things of several organisations, one sending; nothing is lost."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from organisations.refus import Refus
from ressources import paniers
from ressources.models import Demande, LignePanier, Panier, Pret
from tests import fabriques

pytestmark = pytest.mark.django_db


def dans(jours: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=jours)


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(preteur, "Chaudrons de 60 L", quantite=6)


@pytest.fixture
def voisine(table):
    organisme = fabriques.organisation("Coopérative du Coteau", table=table)
    fabriques.adhesion(fabriques.personne("Gilles", "Roy"), organisme, "responsable")
    return organisme


@pytest.fixture
def camion(voisine):
    return fabriques.ressource(voisine, "Fourgonnette")


@pytest.fixture
def salle(voisine):
    return fabriques.ressource(voisine, "Salle du haut", sorte="local")


def ajouter(client, ressource, du=10, au=12, **champs):
    donnees = {"du": dans(du).isoformat(), "au": dans(au).isoformat()} | champs
    return client.post(reverse("panier_ajouter", args=[ressource.slug]), donnees, follow=True)


def formulaire(panier, **champs):
    """What the page of the basket sends, with this changed."""
    bornes = paniers.jours(panier)
    return {
        "jeton": str(panier.jeton),
        "ligne": [str(pk) for pk in panier.lignes.values_list("pk", flat=True)],
        "du": bornes[0].isoformat() if bornes else "",
        "au": bornes[1].isoformat() if bornes else "",
        "but": "Le souper-bénéfice.",
        "charte": "on",
    } | champs


def envoyer(client, panier, **champs):
    return client.post(reverse("panier_envoyer"), formulaire(panier, **champs), follow=True)


# ------------------------------------------------------------------ gathering


def test_dates_chosen_the_catalogue_offers_to_add_what_is_free(
    client_de, mireille, chaudrons, camion, courriels
):
    client = client_de(mireille)
    dates = {"du": dans(10).isoformat(), "au": dans(12).isoformat()}
    assert "Ajouter au panier" not in client.get(reverse("ressource_liste")).text
    catalogue = client.get(reverse("ressource_liste"), dates).text
    assert catalogue.count(reverse("panier_ajouter", args=[camion.slug])) == 1
    assert "Ajouter au panier" in client.get(chaudrons.get_absolute_url(), dates).text
    page = ajouter(client, camion)
    assert "« Fourgonnette »".replace(" ", "\u00a0") in page.text
    assert "Panier (1)" in page.text
    catalogue = client.get(reverse("ressource_liste"), dates).text
    assert "Dans le panier" in catalogue
    assert reverse("panier_ajouter", args=[camion.slug]) not in catalogue


def test_a_visitor_and_the_lender_are_offered_no_basket(client_de, yvon, chaudrons):
    dates = {"du": dans(10).isoformat(), "au": dans(12).isoformat()}
    for personne in (None, yvon):
        page = client_de(personne).get(reverse("ressource_liste"), dates).text
        assert "Ajouter au panier" not in page


def test_the_basket_goes_on_from_another_device_and_belongs_to_one_organisation(
    client_de, mireille, emprunteur, table, camion
):
    ajouter(client_de(mireille), camion)
    assert "Fourgonnette" in client_de(mireille).get(reverse("panier")).text
    autre = fabriques.organisation("Club de lecture", table=table)
    fabriques.adhesion(mireille, autre)
    mireille.agit_pour = autre
    mireille.save(update_fields=["agit_pour"])
    page = client_de(mireille).get(reverse("panier")).text
    assert "Fourgonnette" not in page and "Le panier est vide" in page and "Panier (0)" in page


def test_each_person_has_her_own_basket(client_de, mireille, ana, camion):
    ajouter(client_de(mireille), camion)
    assert "Fourgonnette" not in client_de(ana).get(reverse("panier")).text


def test_other_dates_are_said_to_change_the_whole_basket(client_de, mireille, camion, chaudrons):
    client = client_de(mireille)
    ajouter(client, camion)
    page = ajouter(client, chaudrons, 20, 21)
    assert "Les dates de tout le panier sont maintenant celles-ci." in page.text
    assert paniers.jours(Panier.objects.get()) == (dans(20), dans(21))


@pytest.mark.parametrize("champs", [{"du": "x"}, {"du": "9999-12-31"}, {"du": "2001-01-01"}, {}])
def test_dates_that_cannot_be_leave_the_basket_without_dates(client_de, mireille, camion, champs):
    donnees = {"du": "", "au": ""} | champs
    page = client_de(mireille).post(
        reverse("panier_ajouter", args=[camion.slug]), donnees, follow=True
    )
    assert page.status_code == 200 and "Choisissez d’abord les dates" in page.text


def test_what_cannot_be_gathered_is_refused(client_de, mireille, emprunteur, preteur, camion):
    sienne = fabriques.ressource(emprunteur)
    outil = fabriques.ressource(preteur, sorte="savoir")
    fermee = fabriques.ressource(preteur, etat="archivee", usure="bon")
    client = client_de(mireille)
    assert "celle de votre organisme" in ajouter(client, sienne).text
    assert "ne se réserve pas" in ajouter(client, outil).text
    assert ajouter(client, fermee).status_code == 404
    assert not LignePanier.objects.exists()


def test_the_thirty_first_line_is_refused(client_de, mireille, emprunteur, preteur, camion):
    panier = paniers.ouvrir(par=mireille, organisation=emprunteur)
    for _ in range(30):
        LignePanier.objects.create(panier=panier, ressource=fabriques.ressource(preteur))
    page = ajouter(client_de(mireille), camion)
    assert "Le panier tient 30 ressources" in page.text
    assert panier.lignes.count() == 30


# ------------------------------------------------------------------ correcting


@pytest.fixture
def panier(client_de, mireille, emprunteur, chaudrons, camion):
    client = client_de(mireille)
    ajouter(client, chaudrons)
    ajouter(client, camion)
    return Panier.objects.get()


def test_each_line_says_whether_it_is_free_with_its_reasons(client_de, mireille, panier, camion):
    fabriques.pret(camion, etat="accepte")
    camion.delai_jours = 30
    camion.save()
    page = client_de(mireille).get(reverse("panier")).text
    assert "1 ligne ne peut pas être demandée telle quelle" in page
    assert "C’est déjà pris à ces dates." in page and "Il faut demander au moins 30 jours" in page


def test_a_quantity_and_the_dates_are_changed(client_de, mireille, panier, chaudrons):
    ligne = panier.lignes.get(ressource=chaudrons)
    donnees = formulaire(panier, **{f"quantite-{ligne.pk}": "4"}, au=dans(14).isoformat())
    page = client_de(mireille).post(reverse("panier_modifier"), donnees, follow=True)
    assert "Le panier est à jour." in page.text
    ligne.refresh_from_db()
    panier.refresh_from_db()
    assert ligne.quantite == 4 and paniers.jours(panier) == (dans(10), dans(14))
    assert panier.but == "Le souper-bénéfice."


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"quantite": "0"}, "Demandez-en au moins 1."),
        ({"quantite": "99999999999999999999"}, "La quantité va de 1 à"),
        ({"au": dans(9).isoformat()}, "doit venir après le premier"),
        ({"du": "1900-01-01"}, "est passée"),
        ({"debut": "09:00"}, "les deux heures"),
        ({"debut": "09:07", "fin": "10:00"}, "quarts d’heure"),
    ],
)
def test_what_cannot_be_is_said_and_the_rest_is_kept(
    client_de, mireille, panier, chaudrons, champs, phrase
):
    ligne = panier.lignes.get(ressource=chaudrons)
    if "quantite" in champs:
        champs = {f"quantite-{ligne.pk}": champs["quantite"]}
    page = client_de(mireille).post(reverse("panier_modifier"), formulaire(panier, **champs))
    assert page.status_code == 200 and phrase in page.text
    panier.refresh_from_db()
    assert paniers.jours(panier) == (dans(10), dans(12))
    assert panier.but == "Le souper-bénéfice."  # what is right was kept


def test_a_line_is_removed_alone_and_what_was_typed_is_kept(client_de, mireille, panier, camion):
    ligne = panier.lignes.get(ressource=camion)
    client = client_de(mireille)
    for _fois in range(2):  # the form sent twice
        page = client.post(
            reverse("panier_retirer", args=[ligne.pk]), formulaire(panier), follow=True
        )
        assert page.status_code == 200
    panier.refresh_from_db()
    assert panier.lignes.count() == 1 and panier.but == "Le souper-bénéfice."


def test_somebody_elses_line_is_left_alone(client_de, ana, panier):
    ligne = panier.lignes.first()
    client_de(ana).post(reverse("panier_retirer", args=[ligne.pk]), {})
    assert panier.lignes.count() == 2


def test_by_the_hour_one_needs_the_hours(client_de, mireille, panier, salle):
    client = client_de(mireille)
    page = ajouter(client, salle)
    assert "inscrivez aussi les heures du panier" in page.text
    donnees = formulaire(panier, debut="09:00", fin="16:30", au=dans(10).isoformat())
    page = client.post(reverse("panier_modifier"), donnees, follow=True)
    assert "inscrivez aussi les heures" not in page.text
    panier.refresh_from_db()
    envoyer(client, panier, debut="09:00", fin="16:30")
    prets = {p.ressource.titre: p for p in Pret.objects.select_related("ressource")}
    assert len(prets) == 3
    locale = (
        timezone.localtime(prets["Salle du haut"].debut),
        timezone.localtime(prets["Salle du haut"].fin),
    )
    assert (locale[0].time(), locale[1].time()) == (dt.time(9), dt.time(16, 30))
    assert timezone.localtime(prets["Fourgonnette"].debut).time() == dt.time()
    assert prets["Fourgonnette"].fin - prets["Fourgonnette"].debut >= dt.timedelta(hours=23)


# ------------------------------------------------------------------ sending


def test_sent_once_it_makes_one_request_for_each_lender_and_empties_the_basket(
    client_de, mireille, panier, preteur, voisine, yvon, courriels
):
    page = envoyer(client_de(mireille), panier)
    assert "2 demandes envoyées" in page.text.replace("\u00a0", " ")
    assert {d.preteur for d in Demande.objects.all()} == {preteur, voisine}
    assert Pret.objects.count() == 2 and not panier.lignes.exists()
    assert len(courriels()) == 2
    ancien = panier.jeton
    panier.refresh_from_db()
    assert panier.jeton != ancien and panier.periode is None


def test_one_busy_listing_is_named_and_nothing_is_created(
    client_de, mireille, panier, camion, courriels
):
    rival = fabriques.pret(camion, etat="accepte")
    page = envoyer(client_de(mireille), panier)
    assert page.status_code == 200 and "Rien n’a été envoyé" in page.text
    assert "Fourgonnette, du" in page.text and "Chaudrons de 60 L, du" not in page.text
    assert list(Pret.objects.all()) == [rival] and not Demande.objects.exists()
    assert panier.lignes.count() == 2 and courriels() == []
    panier.refresh_from_db()
    assert panier.but == "Le souper-bénéfice."


def test_a_listing_closed_meanwhile_is_named_and_can_be_removed(
    client_de, mireille, panier, camion
):
    type(camion).objects.filter(pk=camion.pk).update(etat="suspendue")
    client = client_de(mireille)
    page = envoyer(client, panier)
    assert "n’est plus offerte" in page.text and not Pret.objects.exists()
    client.post(
        reverse("panier_retirer", args=[panier.lignes.get(ressource=camion).pk]), formulaire(panier)
    )
    envoyer(client, panier)
    assert Pret.objects.count() == 1


def test_the_form_sent_twice_asks_once_and_leaves_the_next_basket_alone(
    client_de, mireille, panier, camion
):
    client, donnees = client_de(mireille), formulaire(panier)
    client.post(reverse("panier_envoyer"), donnees)
    page = client.post(reverse("panier_envoyer"), donnees, follow=True)
    assert page.status_code == 200 and Pret.objects.count() == 2
    panier.refresh_from_db()
    assert panier.but == "" and panier.periode is None


def test_a_line_added_from_another_window_is_not_sent_unseen(client_de, mireille, panier, salle):
    donnees = formulaire(panier)
    LignePanier.objects.create(panier=panier, ressource=salle)
    page = client_de(mireille).post(reverse("panier_envoyer"), donnees, follow=True)
    assert "a changé dans une autre fenêtre" in page.text
    assert not Pret.objects.exists() and panier.lignes.count() == 3


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"but": ""}, "à quoi cela servira"),
        ({"charte": ""}, "Lisez la charte"),
        ({"jeton": "x"}, "a trop attendu"),
        ({"jeton": str(uuid.uuid4())}, "a trop attendu"),
        ({"du": "", "au": ""}, "Choisissez le premier jour"),
        ({"ligne": ["999999999999999999999", "x"]}, "a changé dans une autre fenêtre"),
    ],
)
def test_what_cannot_be_sent_is_said(client_de, mireille, panier, champs, phrase):
    page = envoyer(client_de(mireille), panier, **champs)
    assert page.status_code == 200 and phrase in page.text
    assert not Pret.objects.exists() and panier.lignes.count() == 2


def test_an_empty_basket_is_not_sent(client_de, mireille, emprunteur):
    page = client_de(mireille).post(reverse("panier_envoyer"), {}, follow=True)
    assert "Le panier est vide" in page.text
    vide = paniers.ouvrir(par=mireille, organisation=emprunteur)
    with pytest.raises(Refus, match="vide"):
        paniers.envoyer(vide, par=mireille, jeton=vide.jeton, vues=set())


def test_thirty_lines_cost_the_queries_of_one(client_de, mireille, emprunteur, table):
    client = client_de(mireille)
    ajouter(client, fabriques.ressource(fabriques.organisation(table=table)))
    client.get(reverse("panier"))
    panier = Panier.objects.get()
    LignePanier.objects.create(
        panier=panier, ressource=fabriques.ressource(fabriques.organisation(table=table))
    )
    couts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as requetes:
            client.get(reverse("panier"))
        couts.append(len(requetes))
        for _n in range(28 if panier.lignes.count() == 2 else 0):
            LignePanier.objects.create(
                panier=panier, ressource=fabriques.ressource(fabriques.organisation(table=table))
            )
    assert panier.lignes.count() == 30 and couts[0] == couts[1]
