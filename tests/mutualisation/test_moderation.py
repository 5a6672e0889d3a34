"""The coordinators' queue: read, decide, go on; never decide on what one has not read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from organisations import moderation
from organisations.models import Revision
from organisations.refus import Refus
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def marmite(preteur, yvon):
    """A published listing with a change that waits."""
    ressource = fabriques.ressource(preteur, "Marmite de 60 litres", resume="Avec son couvercle.")
    moderation.modifier(ressource, {"resume": "Avec deux couvercles.", "quantite": 3}, par=yvon)
    ressource.refresh_from_db()
    return ressource


def ouvrir(client, revision=None):
    page = client.get(
        reverse("moderation_detail", args=[revision.pk]) if revision else "/moderation/"
    )
    return page, page.context["revision"], page.context["form"].initial["vue"]


def decider(client, revision, **donnees):
    return client.post(reverse("moderation_decider", args=[revision.pk]), donnees, follow=True)


# ------------------------------------------------------------------ reading


def test_a_change_is_shown_word_by_word_beside_what_stays(marmite, coordonnatrice, client_de):
    page, revision, _ = ouvrir(client_de(coordonnatrice))
    assert revision.nature == "modification"
    assert "Avec <del>son couvercle.</del>" in page.text
    assert "Avec <ins>deux couvercles.</ins>" in page.text
    assert "champs inchangés" in page.text
    assert marmite.quantite == 3  # not a fact that is read: written at once


def test_something_new_is_shown_whole(preteur, yvon, coordonnatrice, client_de):
    pratique = fabriques.pratique(preteur, "Une cuisine à trois", etat="brouillon")
    moderation.soumettre(pratique, par=yvon)
    page, _, _ = ouvrir(client_de(coordonnatrice))
    assert pratique.ombre[:60] in page.text
    assert pratique.lecons.first().texte in page.text
    assert "Les façons de travailler ne se ressemblaient pas." in page.text
    assert "36\u00a0000 → 21\u00a0000" in page.text


def test_the_oldest_is_open_and_its_age_is_said(preteur, yvon, coordonnatrice, client_de):
    for jours in (1, 4, 2):
        ressource = fabriques.ressource(preteur, f"Chose {jours}", etat="soumise")
        fabriques.revision(ressource, yvon, soumise_le=timezone.now() - timedelta(days=jours))
    page, revision, _ = ouvrir(client_de(coordonnatrice))
    assert revision.titre == "Chose 4"
    assert "3 éléments à examiner" in page.text
    assert "Le plus ancien attend depuis 4 jours" in page.text
    assert [r.titre for r, _a, _n in page.context["attentes"]] == ["Chose 4", "Chose 2", "Chose 1"]


def test_a_queue_is_read_by_its_own_table(marmite, autre_coordonnatrice, yvon, client_de):
    (lecture,) = Revision.objects.all()
    adresse = reverse("moderation_detail", args=[lecture.pk])
    assert client_de(autre_coordonnatrice).get(adresse).status_code == 404
    assert "La file est vide" in client_de(autre_coordonnatrice).get("/moderation/").text
    assert client_de(yvon).get("/moderation/").status_code == 403


# ------------------------------------------------------------------ deciding


def test_approving_writes_the_change_and_goes_to_the_next(
    marmite, preteur, yvon, coordonnatrice, client_de, courriels
):
    autre = fabriques.revision(fabriques.ressource(preteur, "Chapiteau", etat="soumise"), yvon)
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    reponse = decider(client, revision, decision="approuver", vue=vue)
    marmite.refresh_from_db()
    assert marmite.resume == "Avec deux couvercles."
    assert reponse.context["revision"] == autre
    assert "est approuvé" in reponse.text
    assert courriels(yvon)


def test_sending_a_change_back_keeps_what_is_public(
    marmite, yvon, coordonnatrice, client_de, courriels
):
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    decider(
        client,
        revision,
        decision="renvoyer",
        motif="manque-precision",
        mot="Lesquels?",
        vue=vue,
    )
    marmite.refresh_from_db()
    assert (marmite.etat, marmite.resume) == ("publiee", "Avec son couvercle.")
    assert "Lesquels?" in courriels(yvon)[-1].body
    assert "Il manque une précision" in courriels(yvon)[-1].body


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(
    marmite, coordonnatrice, client_de
):
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    reponse = decider(client, revision, decision="renvoyer", mot="Un mot écrit.", vue=vue)
    assert "Choisissez un motif dans la liste." in reponse.text
    assert "Un mot écrit." in reponse.text
    assert "Erreur" in reponse.text.split("</title>")[0]
    reponse = decider(client, revision, vue=vue)
    assert "Choisissez une décision." in reponse.text
    reponse = decider(client, revision, decision="suspendre", raison=" ", vue=vue)
    assert "Expliquez pourquoi" in reponse.text
    assert Revision.objects.get().etat == "en_attente"


def test_a_listing_is_suspended_from_the_queue_and_put_back_from_its_page(
    marmite, yvon, coordonnatrice, client_de, courriels
):
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    decider(client, revision, decision="suspendre", raison="Elle fuit.", vue=vue)
    marmite.refresh_from_db()
    assert marmite.etat == "suspendue"
    assert "Elle fuit." in courriels(yvon)[-1].body
    assert not Revision.objects.en_attente().exists()
    client.post(reverse("moderation_retablir", args=["ressource", marmite.pk]))
    marmite.refresh_from_db()
    assert marmite.etat == "publiee"
    assert "De nouveau en ligne" in courriels(yvon)[-1].subject


def test_suspending_from_a_page_asks_why(marmite, coordonnatrice, client_de):
    adresse = reverse("moderation_suspendre", args=["ressource", marmite.pk])
    reponse = client_de(coordonnatrice).post(adresse)
    assert reponse.status_code == 302
    marmite.refresh_from_db()
    assert marmite.etat == "publiee"
    client_de(coordonnatrice).post(adresse, {"raison": "Elle fuit."})
    marmite.refresh_from_db()
    assert marmite.etat == "suspendue"
    inconnue = adresse.replace("ressource", "personne")
    assert client_de(coordonnatrice).post(inconnue).status_code == 404


@pytest.mark.parametrize("sorte", ["organisation", "ressource", "pratique"])
def test_each_public_page_offers_it_to_its_table_only(
    sorte, preteur, coordonnatrice, autre_coordonnatrice, client_de
):
    objet = preteur if sorte == "organisation" else getattr(fabriques, sorte)(preteur)
    adresse = reverse("moderation_suspendre", args=[sorte, objet.pk])
    assert adresse in client_de(coordonnatrice).get(objet.get_absolute_url()).text
    for personne in (None, autre_coordonnatrice):
        assert adresse not in client_de(personne).get(objet.get_absolute_url()).text


# ------------------------------------------------------------------ stale pages, conflicts


def test_a_decision_already_made_is_said(marmite, table, coordonnatrice, client_de):
    collegue = fabriques.personne("Paule", "Roy")
    fabriques.mandat(table, collegue)
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    moderation.approuver(revision, par=collegue)
    reponse = decider(client, revision, decision="approuver", vue=vue)
    assert "a déjà été approuvé par Paule Roy" in reponse.text
    reponse = client.get(reverse("moderation_detail", args=[revision.pk]), follow=True)
    assert "a déjà été approuvé par Paule Roy" in reponse.text


def test_nobody_approves_what_changed_since_he_or_she_read_it(
    preteur, yvon, coordonnatrice, client_de
):
    ressource = fabriques.ressource(preteur, "Chapiteau", etat="soumise")
    fabriques.revision(ressource, yvon)
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    moderation.modifier(ressource, {"resume": "Tout autre chose."}, par=yvon)
    reponse = decider(client, revision, decision="approuver", vue=vue)
    assert "a changé depuis que vous l’avez ouvert" in reponse.text
    assert "Tout autre chose." in reponse.text
    ressource.refresh_from_db()
    assert ressource.etat == "soumise"


def test_one_does_not_decide_for_ones_own_organisation_when_there_is_somebody_else(
    marmite, preteur, table, coordonnatrice, client_de
):
    fabriques.adhesion(coordonnatrice, preteur)
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)  # alone at the table: she decides
    assert client.get("/moderation/").context["peut_decider"]

    collegue = fabriques.personne("Paule", "Roy")
    fabriques.mandat(table, collegue)
    page, _, _ = ouvrir(client)
    assert not page.context["peut_decider"]
    assert "une autre personne de la table doit décider" in page.text
    reponse = decider(client, revision, decision="approuver", vue=vue)
    assert "une autre personne de la table doit décider" in reponse.text
    with pytest.raises(Refus, match="autre personne"):
        moderation.suspendre(marmite, par=coordonnatrice, mot="Non.")
    assert Revision.objects.get().etat == "en_attente"

    fabriques.adhesion(collegue, preteur)  # she belongs to it too: nobody else is left
    assert ouvrir(client)[0].context["peut_decider"]


# ------------------------------------------------------------------ journal, count, cost


def test_the_journal_tells_who_decided_what(marmite, coordonnatrice, client_de):
    client = client_de(coordonnatrice)
    _, revision, vue = ouvrir(client)
    decider(client, revision, decision="renvoyer", motif="doublon", mot="Déjà offerte.", vue=vue)
    page = client.get("/moderation/journal/").text
    assert "Josée Lavoie (Coordination)" in page and "a renvoyé" in page
    assert "Doublon" in page and "Déjà offerte." in page
    assert "a proposé un changement" in page


def test_the_menu_counts_what_waits_in_one_query(
    marmite, coordonnatrice, autre_coordonnatrice, yvon, rf
):
    from mutualisation.contexte import portail

    for personne, attendu, requetes in (
        (coordonnatrice, 1, 1),
        (autre_coordonnatrice, 0, 1),
        (yvon, None, 1),
    ):
        demande = rf.get("/")
        demande.user = personne
        with CaptureQueriesContext(connection) as faites:
            nombre = portail(demande)["nombre_moderation"]
            assert nombre() == nombre() == attendu
        assert len(faites) == requetes


def test_the_queue_costs_the_same_with_1_and_with_30(
    marmite, preteur, yvon, coordonnatrice, client_de
):
    client = client_de(coordonnatrice)
    client.get("/moderation/")
    with CaptureQueriesContext(connection) as avant:
        client.get("/moderation/")
    for _n in range(30):
        fabriques.revision(fabriques.ressource(preteur, etat="soumise"), yvon)
    with CaptureQueriesContext(connection) as apres:
        page = client.get("/moderation/")
    # One more: « the next one » is now found in front instead of looked for at the beginning.
    assert len(apres) <= len(avant)
    assert "31 éléments à examiner" in page.text


def test_a_word_with_a_character_the_database_refuses_still_suspends(
    marmite, coordonnatrice, client_de
):
    adresse = reverse("moderation_suspendre", args=["ressource", marmite.pk])
    client_de(coordonnatrice).post(adresse, {"raison": "Photo\x00 floue"})
    marmite.refresh_from_db()
    assert marmite.etat == "suspendue"


def test_one_more_change_keeps_its_place_and_tells_the_table_once(marmite, yvon, courriels):
    avant = Revision.objects.en_attente().get()
    lettres = len(courriels())
    moderation.modifier(marmite, {"description": "Elle chauffe bien."}, par=yvon)
    apres = Revision.objects.en_attente().get()
    assert set(apres.champs) == {"resume", "description"}
    assert apres.soumise_le == avant.soumise_le
    assert len(courriels()) == lettres
