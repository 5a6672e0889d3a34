"""The directory, the tables, the account, the language."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organisations.models import Mandat
from tests import fabriques

pytestmark = pytest.mark.django_db


def noms(reponse):
    return [o.nom for o in reponse.context["page"]]


def test_the_directory_is_alphabetical_whatever_the_accents(client_de, table):
    for nom in ("Zèbre", "Éclair", "Abri", "école", "Œuvre"):
        fabriques.organisation(nom, table=table)
    fabriques.organisation("En attente", table=table, etat="soumise")
    assert noms(client_de().get("/organisations/")) == [
        "Abri",
        "Éclair",
        "école",
        "Œuvre",
        "Zèbre",
    ]


def test_the_directory_is_searched_by_name_mission_sector_place_and_table(client_de, table):
    region = table.territoire.parent.parent
    ici = fabriques.organisation(
        "École des aînés", table=table, secteurs=["aines"], mission="Prêter des chaudrons."
    )
    fabriques.organisation("Ailleurs", secteurs=["jeunesse"], mission="Danser.")
    chercher = client_de().get
    assert noms(chercher("/organisations/?q=ecole")) == ["École des aînés"]
    assert noms(chercher("/organisations/?q=chaudron")) == ["École des aînés"]
    assert noms(chercher("/organisations/?secteur=aines")) == ["École des aînés"]
    assert noms(chercher(f"/organisations/?territoire={ici.territoire.slug}")) == [
        "École des aînés"
    ]
    assert len(noms(chercher(f"/organisations/?territoire={region.slug}"))) == 2
    assert noms(chercher(f"/organisations/?table={table.slug}")) == ["École des aînés"]
    vide = chercher("/organisations/?q=introuvable").text
    assert "Aucun organisme ne répond à cette recherche" in vide
    assert chercher("/organisations/?secteur=inconnu&page=99").status_code == 200


def test_an_empty_network_says_what_to_do(client_de):
    assert "premier organisme" in client_de().get("/organisations/").text
    assert "Aucune table" in client_de().get("/tables/").text


@pytest.mark.parametrize("adresse", ["/organisations/", "/tables/"])
def test_a_list_costs_the_same_with_1_and_with_30(
    adresse, client_de, django_assert_num_queries, table
):
    fabriques.organisation(table=table)
    client = client_de()
    client.get(adresse)
    with CaptureQueriesContext(
        connection,
    ) as avant:
        client.get(adresse)
    for _n in range(30):
        if adresse == "/tables/":
            fabriques.table(territoire=fabriques.territoire())
        else:
            fabriques.organisation(table=table, territoire=fabriques.territoire())
    with django_assert_num_queries(len(avant)):
        client.get(adresse)


def test_a_table_says_functions_and_dates_never_names(client_de, table, preteur, coordonnatrice):
    Mandat.objects.update(fonction="Agente de concertation")
    partie = fabriques.personne("Berthe", "Ancienne")
    fabriques.mandat(
        table, partie, fonction="Direction", debut="2020-01-01", fin=timezone.localdate()
    )
    page = client_de().get(table.get_absolute_url()).text
    assert "Agente de concertation" in page and "Direction" in page
    assert "Popote des Vallons" in page
    assert "Lavoie" not in page and "Berthe" not in page


def test_the_profile_keeps_the_language_on_the_person_and_in_the_browser(yvon, client_de):
    client = client_de(yvon)
    reponse = client.post("/compte/", {"prenom": "Yvon", "nom": "Coté", "langue": "en"})
    yvon.refresh_from_db()
    assert (yvon.nom, yvon.langue) == ("Coté", "en")
    assert reponse.cookies["langue"].value == "en"
    assert 'lang="en-CA"' in client.get("/compte/").text


def test_the_switch_of_the_foot_is_kept_for_the_person(yvon, client_de):
    client = client_de(yvon)
    client.post("/langue/", {"language": "en", "next": "/tables/"})
    yvon.refresh_from_db()
    assert yvon.langue == "en"
    client.post("/langue/", {"language": "tlh", "next": "/tables/"})
    yvon.refresh_from_db()
    assert yvon.langue == "en"
    visite = client_de().post("/langue/", {"language": "en", "next": "/tables/"})
    assert visite.cookies["langue"].value == "en"


def test_the_account_shows_organisations_roles_and_mandates(yvon, coordonnatrice, client_de):
    page = client_de(yvon).get("/compte/").text
    assert "Popote des Vallons" in page and "Responsable" in page
    assert "Table de la Basse-Ville" in client_de(coordonnatrice).get("/compte/").text
    seule = client_de(fabriques.personne("Lise")).get("/compte/").text
    assert "Vous n’agissez pour aucun organisme" in seule


def test_a_role_that_asks_for_a_second_factor_is_led_to_it(yvon, luc, client_de, settings):
    settings.SECOND_FACTEUR_REQUIS = {"responsable"}
    assert client_de(yvon).get("/organisations/").headers["Location"] == "/compte/second-facteur/"
    assert "deuxième étape" in client_de(yvon).get("/compte/second-facteur/").text
    assert client_de(luc).get("/organisations/").status_code == 200


def test_the_administration_of_the_network_reads_its_pages(administration, client_de, preteur):
    client = client_de(administration)
    for page in ("organisation", "personne", "table", "mandat", "territoire", "journal"):
        assert client.get(f"/admin/organisations/{page}/").status_code == 200
    assert client.get(f"/admin/organisations/organisation/{preteur.pk}/change/").status_code == 200
    assert client.get("/admin/organisations/journal/add/").status_code == 403


def test_a_territory_that_moves_takes_what_is_inside_along():
    ancienne, nouvelle = fabriques.territoire("Ancienne"), fabriques.territoire("Nouvelle")
    mrc = fabriques.territoire("La MRC", parent=ancienne)
    ville = fabriques.territoire("La ville", parent=mrc)
    mrc.parent = nouvelle
    mrc.save()
    ville.refresh_from_db()
    assert ville.chemin == f"{nouvelle.chemin}{mrc.code}/{ville.code}/"


def test_an_organisation_known_from_public_sources_is_no_member_of_a_table(client, table):
    fabriques.organisation("La Grande Marmite", table=table)
    fabriques.organisation(
        "Le Garde-manger connu", table=table, provenance="sources-publiques",
        source_libelle="Un journal", source_url="https://journal.example/",
    )  # fmt: skip
    page = client.get(table.get_absolute_url()).text
    assert "La Grande Marmite" in page and "Le Garde-manger connu" not in page
