"""The life of an organisation: registered, sent back, corrected, welcomed, changed, gone."""

import pytest
from django.urls import reverse

from organisations import moderation
from organisations.models import Adhesion, Organisation, Revision
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosalie(db):
    return fabriques.personne("Rosalie", "Marchand")


@pytest.fixture
def champs(table):
    return {
        "nom": "La Ruche du quartier",
        "mission": "Un jardin collectif et une cuisine.",
        "secteurs": ["securite-alimentaire"],
        "territoire": table.territoire_id,
        "table": table.pk,
        "courriel": "bonjour@ruche.example",
        "fonction": "Coordination",
    }


def test_from_the_form_to_the_welcome(rosalie, champs, coordonnatrice, client_de, courriels):
    elle, table = client_de(rosalie), client_de(coordonnatrice)

    # Registered: a page only she and the table see.
    reponse = elle.post("/organisations/inscrire/", champs, follow=True)
    assert "En attente d’accueil" in reponse.text
    organisme = Organisation.objects.get(nom="La Ruche du quartier")
    assert organisme.etat == "soumise"
    assert organisme.adhesions.get().role == Adhesion.Role.RESPONSABLE
    assert client_de().get(organisme.get_absolute_url()).status_code == 404
    assert len(courriels(coordonnatrice)) == 1

    # Read, and sent back with a word.
    page = table.get("/moderation/")
    assert "La Ruche du quartier" in page.text and "Un jardin collectif" in page.text
    lecture = Revision.objects.get()
    decider = reverse("moderation_decider", args=[lecture.pk])
    version = page.context["form"].initial["vue"]
    table.post(
        decider,
        {
            "decision": "renvoyer",
            "motif": "manque-precision",
            "mot": "Combien de familles?",
            "vue": version,
        },
    )
    organisme.refresh_from_db()
    assert organisme.etat == "a_corriger"
    assert "Combien de familles?" in courriels(rosalie)[-1].body

    # Corrected: the same form sends it again.
    modifier = reverse("organisation_modifier", args=[organisme.slug])
    assert "Combien de familles?" in elle.get(modifier).text
    champs["mission"] = "Un jardin collectif et une cuisine, pour 40 familles."
    elle.post(modifier, champs)
    organisme.refresh_from_db()
    assert organisme.etat == "soumise"

    # Welcomed.
    page = table.get("/moderation/")
    assert "40 familles" in page.text
    table.post(
        reverse("moderation_decider", args=[page.context["revision"].pk]),
        {"decision": "approuver", "vue": page.context["form"].initial["vue"]},
    )
    organisme.refresh_from_db()
    assert organisme.est_verifiee
    assert courriels(rosalie)[-1].subject.startswith("Bienvenue")
    assert "La Ruche du quartier" in client_de().get(organisme.get_absolute_url()).text
    assert "La Ruche du quartier" in client_de().get("/organisations/").text
    assert "La file est vide" in table.get("/moderation/").text


def test_a_near_name_is_asked_about_once(rosalie, champs, preteur, client_de):
    client = client_de(rosalie)
    champs["nom"] = "La popote des Valons"
    reponse = client.post("/organisations/inscrire/", champs)
    assert reponse.status_code == 200
    assert "Est-ce l’un de ces organismes?" in reponse.text
    assert preteur.get_absolute_url() in reponse.text
    assert "bonjour@ruche.example" in reponse.text  # nothing is lost
    client.post("/organisations/inscrire/", champs | {"autre_organisme": "on"})
    assert Organisation.objects.filter(nom="La popote des Valons").exists()


def test_the_same_name_in_the_same_place_is_refused(rosalie, champs, preteur, client_de):
    champs |= {"nom": "POPOTE DES VALLONS", "autre_organisme": "on"}
    reponse = client_de(rosalie).post("/organisations/inscrire/", champs)
    assert "demandez plutôt à le rejoindre" in reponse.text


def test_what_is_public_stays_until_the_table_approves(
    yvon, preteur, coordonnatrice, client_de, courriels
):
    client = client_de(yvon)
    modifier = reverse("organisation_modifier", args=[preteur.slug])
    donnees = {
        "nom": preteur.nom,
        "mission": "Une mission nouvelle.",
        "secteurs": preteur.secteurs,
        "territoire": preteur.territoire_id,
        "courriel": preteur.courriel,
        "heures": "Du lundi au jeudi",
    }
    reponse = client.post(modifier, donnees, follow=True)
    assert "la page reste la même" in reponse.text
    page = client_de().get(preteur.get_absolute_url()).text
    assert "Une mission nouvelle." not in page and "Du lundi au jeudi" in page
    assert "Une mission nouvelle." in client.get(modifier).text

    moderation.approuver(Revision.objects.get(), par=coordonnatrice)
    assert "Une mission nouvelle." in client_de().get(preteur.get_absolute_url()).text


def test_a_name_taken_in_between_is_refused_with_a_sentence(
    yvon, preteur, emprunteur, coordonnatrice
):
    moderation.modifier(preteur, {"nom": "Nouveau nom"}, par=yvon)
    Organisation.objects.filter(pk=emprunteur.pk).update(
        nom="Nouveau nom", territoire=preteur.territoire
    )
    with pytest.raises(moderation.Refus, match="existe déjà"):
        moderation.approuver(Revision.objects.get(), par=coordonnatrice)
    assert Revision.objects.get().etat == "en_attente"


def test_a_page_withdrawn_answers_410(yvon, preteur, client_de):
    client = client_de(yvon)
    client.post(reverse("organisation_retirer", args=[preteur.slug]))
    for personne in (None, yvon):
        assert client_de(personne).get(preteur.get_absolute_url()).status_code == 410


def test_one_does_not_leave_with_a_loan_running(yvon, preteur, client_de):
    fabriques.pret(fabriques.ressource(preteur), etat="remis")
    reponse = client_de(yvon).post(
        reverse("organisation_retirer", args=[preteur.slug]), follow=True
    )
    assert "Des prêts sont en cours" in reponse.text
    preteur.refresh_from_db()
    assert preteur.est_publiee


def test_a_page_from_public_sources_says_so(client_de, table):
    organisme = fabriques.organisation(
        "Le Vieux Moulin",
        table=table,
        provenance="sources-publiques",
        source_url="https://essai.example/bilan",
        source_libelle="Bilan 2025",
        source_consultee_le="2026-11-02",
    )
    page = client_de().get(organisme.get_absolute_url()).text
    assert "non validé" in page and "Bilan 2025" in page and "https://essai.example/bilan" in page
    assert "Membre vérifié" not in page


def test_the_public_page_tells_facts_and_names_nobody(preteur, yvon, luc, client_de):
    chaudron = fabriques.ressource(preteur, "Chaudron commun")
    fabriques.pret(chaudron, etat="clos")
    fabriques.ressource(preteur, "Brouillon secret", etat="brouillon")
    fabriques.pratique(preteur, "Une cuisine à trois")
    page = client_de().get(preteur.get_absolute_url()).text
    assert "Chaudron commun" in page and "Une cuisine à trois" in page
    assert "prêt accordé et rendu, dont 1 à temps" in page
    assert "Brouillon secret" not in page
    assert "Yvon" not in page and "Tremblay" not in page


def test_an_organisation_never_takes_the_address_of_the_form(rosalie, champs, client_de):
    client_de(rosalie).post("/organisations/inscrire/", {**champs, "nom": "Inscrire"})
    assert Organisation.objects.get(nom="Inscrire").slug == "inscrire-2"
