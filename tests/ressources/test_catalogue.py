"""The catalogue and a listing's page: what is found, what is shown, and to whom."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from ressources.filters import RessourceFilter
from ressources.models import Ressource
from tests import fabriques

pytestmark = pytest.mark.django_db
LISTE = "/ressources/"


def titres(reponse):
    return [r.titre for r in reponse.context["page"].object_list]


def jour(n):
    return (timezone.localdate() + dt.timedelta(days=n)).isoformat()


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(preteur, "Chaudrons de 60 L, lot de 6", quantite=6)


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Salle de réunion du fond", sorte="local", resume="Calme.")


# ------------------------------------------------------------------ words
@pytest.mark.parametrize(
    "mots",
    ["chaudron", "CHAUDRONS", "chaud", "chaudrons 60", "marmite", "chaudon", "lot chaudrons"],
)
def test_pots_are_found_by_the_words_people_use(client, chaudrons, salle, mots):
    assert titres(client.get(LISTE, {"q": mots})) == [chaudrons.titre]


@pytest.mark.parametrize("mots", ["⑴", "ﷺ", "ﹰ", "½", "İ", "a&b|!(", "'", "\\", "<->", ":*"])
def test_no_character_is_read_as_the_query_s_own_language(client, chaudrons, mots):
    assert client.get(LISTE, {"q": mots}).status_code == 200


@pytest.mark.parametrize("mots", ["local", "locaux", "reunion", "réunions", '"salle de réunion"'])
def test_accents_plurals_and_neighbours_do_not_matter(client, chaudrons, salle, mots):
    assert titres(client.get(LISTE, {"q": mots})) == [salle.titre]


@pytest.mark.parametrize("mots", ["'", "!!", "a & | b", "((", "-", '"', ":*", "%", "\\", "é" * 100])
def test_no_word_breaks_the_search(client, chaudrons, mots):
    assert client.get(LISTE, {"q": mots}).status_code == 200


def test_mistypings_are_said_to_be_approximate(client, chaudrons):
    page = client.get(LISTE, {"q": "chaudon"}).content.decode()
    assert "Rien ne porte exactement" in page
    assert "Rien ne porte exactement" not in client.get(LISTE, {"q": "chaudron"}).content.decode()


# ------------------------------------------------------------------ facets
def test_facets_filter_and_count_with_the_others_as_they_are(client, preteur, chaudrons, salle):
    fabriques.ressource(preteur, "Sono", categorie="sonorisation", cout="tarif", cout_detail="20 $")
    reponse = client.get(LISTE, {"nature": "equipement", "gratuit": "1"})
    assert titres(reponse) == [chaudrons.titre]
    filtre = reponse.context["filtre"]
    assert {c.valeur: c.nombre for c in filtre.natures()} == {"equipement": 1, "local": 1}
    assert filtre.gratuites() == 1
    categories = {c.valeur: c.nombre for c in filtre.categories()}
    assert categories == {"chaudrons-marmites": 1, "sonorisation": 0, "salle-reunion": 0}


def test_a_territory_includes_what_is_inside(client, preteur, chaudrons):
    dedans = chaudrons.territoire
    dehors = fabriques.territoire("Laval", nature="region")
    fabriques.ressource(preteur, "Tente", territoire=dehors)
    for territoire in (dedans, dedans.parent, dedans.parent.parent):
        assert titres(client.get(LISTE, {"territoire": territoire.slug})) == [chaudrons.titre]
    noms = {c.libelle: c.nombre for c in client.get(LISTE).context["filtre"].territoires()}
    assert noms[dedans.parent.parent.nom] == 1
    assert noms["Laval"] == 1


def test_active_filters_are_removed_one_by_one(client, chaudrons):
    reponse = client.get(
        LISTE, {"q": "chaudron", "nature": ["equipement", "local"], "du": jour(3), "au": jour(4)}
    )
    liens = {f.libelle: f.sans for f in reponse.context["actifs"]}
    assert "nature=local" in liens["Équipement et matériel"]
    assert "nature=equipement" not in liens["Équipement et matériel"]
    assert "q=" not in liens["« chaudron »"]
    assert "du=" not in liens[""]
    assert len(liens) == 4


def test_sorting_by_name_ignores_accents(client, preteur):
    for titre in ("Zèbre", "Écran", "abri", "Estrade"):
        fabriques.ressource(preteur, titre)
    assert titres(client.get(LISTE, {"tri": "nom"})) == ["abri", "Écran", "Estrade", "Zèbre"]
    assert titres(client.get(LISTE))[0] == "Estrade"


def test_pages_of_24(client, preteur):
    for _ in range(25):
        fabriques.ressource(preteur)
    assert len(titres(client.get(LISTE))) == 24
    assert len(titres(client.get(LISTE, {"page": 2}))) == 1
    assert client.get(LISTE, {"page": "x"}).status_code == 200
    assert client.get(LISTE, {"page": 9**20}).status_code == 200


def test_nothing_found_says_what_to_do(client, chaudrons):
    page = client.get(LISTE, {"q": "friteuse"}).content.decode()
    assert "Aucune ressource" in page
    assert "Personne n’offre cela" in page


# ------------------------------------------------------------------ dates
def test_free_at_these_dates_at_least_so_many(client, chaudrons):
    fabriques.pret(
        chaudrons,
        etat="accepte",
        quantite=4,
        debut=fabriques.jours(3, 3)[0],
        fin=fabriques.jours(4, 4)[1],
    )
    dates = {"du": jour(3), "au": jour(6)}
    assert titres(client.get(LISTE, {**dates, "qte": 2})) == [chaudrons.titre]
    assert titres(client.get(LISTE, {**dates, "qte": 3})) == []
    assert titres(client.get(LISTE, {"du": jour(5), "qte": 6})) == [chaudrons.titre]
    assert "2 sur 6 libres" in client.get(LISTE, dates).content.decode()
    assert "6 sur 6 libres" in client.get(LISTE).content.decode()


@pytest.mark.parametrize(
    ("demande", "phrase"),
    [
        ({"du": "2026-13-45"}, "date valide"),
        ({"du": "2020-01-01"}, "Cette date est passée"),
        ({"du": "9999-12-31"}, "trop loin"),
        ({"du": jour(5), "au": jour(3)}, "Le dernier jour doit venir après"),
        ({"au": jour(3)}, "Choisissez aussi le premier jour"),
        ({"qte": "0"}, "1"),
        ({"qte": "beaucoup"}, "nombre entier"),
    ],
)
def test_a_bad_date_is_said_and_the_other_filters_hold(client, chaudrons, salle, demande, phrase):
    reponse = client.get(LISTE, {**demande, "nature": "local"})
    assert phrase in reponse.content.decode()
    assert titres(reponse) == [salle.titre]


def test_what_is_not_understood_breaks_nothing(client, chaudrons):
    reponse = client.get(
        LISTE, {"nature": "x", "categorie": "y", "territoire": "z", "tri": "w", "q": "\x00"}
    )
    assert reponse.status_code == 200


# ------------------------------------------------------------------ who sees what
@pytest.mark.parametrize(
    "etat", ["brouillon", "soumise", "a_corriger", "suspendue", "archivee", "retiree"]
)
def test_only_what_is_on_line_is_public(client, preteur, etat):
    ressource = fabriques.ressource(preteur, etat=etat)
    assert titres(client.get(LISTE)) == []
    assert client.get(ressource.get_absolute_url()).status_code == 404


def test_the_listings_of_a_suspended_organisation_are_hidden(client, chaudrons, preteur):
    preteur.etat = "suspendue"
    preteur.save()
    assert titres(client.get(LISTE)) == []
    assert client.get(chaudrons.get_absolute_url()).status_code == 404


def test_what_was_withdrawn_answers_gone(client, client_de, yvon, preteur):
    ressource = fabriques.ressource(preteur, etat="retiree", publiee_le=timezone.now())
    assert client.get(ressource.get_absolute_url()).status_code == 410
    assert client_de(yvon).get(ressource.get_absolute_url()).status_code == 410
    assert client.get("/ressources/jamais-vue/").status_code == 404


def test_the_public_face_has_no_person_and_no_address(client, client_de, mireille, chaudrons, yvon):
    chaudrons.adresse, chaudrons.creee_par = "240, rue des Draveurs", yvon
    chaudrons.save()
    preteur = chaudrons.organisation
    preteur.telephone = "819 555-0199"
    preteur.save()
    page = client.get(chaudrons.get_absolute_url()).content.decode()
    assert "rue des Draveurs" not in page
    assert "Côté" not in page
    assert "555-0199" not in page
    assert "Se connecter pour demander" in page
    page = client_de(mireille).get(chaudrons.get_absolute_url()).content.decode()
    assert "240, rue des Draveurs" in page


def test_another_organisation_asks_and_the_owner_manages(
    client_de, mireille, luc, chaudrons, coordonnatrice
):
    adresse = chaudrons.get_absolute_url()
    page = client_de(mireille).get(adresse).content.decode()
    assert "Envoyer la demande" in page
    assert "Votre annonce" not in page
    page = client_de(luc).get(adresse).content.decode()
    assert "Envoyer la demande" not in page
    assert reverse("ressource_modifier", args=[chaudrons.slug, 1]) in page
    assert reverse("ressource_archiver", args=[chaudrons.slug]) in page


def test_the_table_s_word_is_shown_to_its_organisation_only(
    client_de, luc, preteur, coordonnatrice
):
    ressource = fabriques.ressource(preteur, etat="a_corriger")
    fabriques.revision(ressource, etat="renvoyee", decidee_par=coordonnatrice)
    page = client_de(luc).get(ressource.get_absolute_url()).content.decode()
    assert "Dites combien de litres elle contient." in page
    page = client_de(coordonnatrice).get(ressource.get_absolute_url()).content.decode()
    assert "Dites combien" not in page


def test_the_table_may_suspend_from_the_page(
    client_de, coordonnatrice, autre_coordonnatrice, chaudrons
):
    adresse = chaudrons.get_absolute_url()
    assert "Pourquoi suspendre?" in client_de(coordonnatrice).get(adresse).content.decode()
    assert "Pourquoi suspendre?" not in client_de(autre_coordonnatrice).get(adresse).text


def test_a_tool_has_no_calendar_and_is_used_at_once(client, preteur):
    outil = fabriques.ressource(preteur, sorte="savoir", lien="https://essai.example/guide")
    page = client.get(outil.get_absolute_url()).content.decode()
    assert "Utiliser cet outil" in page
    assert "calendrier" not in page
    assert "demander" not in page


def test_trust_is_told_as_facts(client, chaudrons, preteur):
    fabriques.pret(chaudrons, etat="clos")
    fabriques.pret(chaudrons, etat="clos", rendu_le=timezone.now())
    page = client.get(chaudrons.get_absolute_url()).content.decode()
    assert "2 prêts rendus" in page
    assert "dont 1 à temps" in page
    assert f"Vérifié par sa table : {preteur.table}" in page


# ------------------------------------------------------------------ the calendar
def test_a_day_is_chosen_then_another(client, chaudrons):
    adresse = chaudrons.get_absolute_url()
    mois = client.get(adresse, {"du": jour(40)}).context["mois"]
    cases = {c.jour.date.isoformat(): c for s in mois.semaines for c in s if c}
    assert cases[jour(40)].est_choisi
    apres = min(jour(41), max(cases))
    if apres > jour(40):
        assert f"au={apres}" in cases[apres].lien


def test_taken_days_lead_nowhere(client, chaudrons):
    fabriques.pret(
        chaudrons,
        etat="accepte",
        quantite=6,
        debut=fabriques.jours(40, 40)[0],
        fin=fabriques.jours(40, 40)[1],
    )
    mois = client.get(chaudrons.get_absolute_url(), {"mois": jour(40)[:7]}).context["mois"]
    cases = {c.jour.date.isoformat(): c for s in mois.semaines for c in s if c}
    assert not cases[jour(40)].lien
    assert cases[jour(40)].jour.libre == 0


@pytest.mark.parametrize("mois", ["", "x", "2020-01", "9999-12", "2026-13", "0000-00"])
def test_no_month_breaks_the_page(client, chaudrons, mois):
    reponse = client.get(
        chaudrons.get_absolute_url(), {"mois": mois, "du": "x", "au": "9999-12-31"}
    )
    assert reponse.status_code == 200
    assert reponse.context["mois"].premier >= timezone.localdate().replace(day=1)


# ------------------------------------------------------------------ cost, htmx, media
@pytest.mark.parametrize("qui", ["visiteur", "membre"])
@pytest.mark.parametrize("demande", [{}, {"q": "marmite", "du": jour(3), "nature": "equipement"}])
def test_the_list_costs_the_same_with_1_and_30_rows(
    client_de, mireille, preteur, qui, demande, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_de(mireille if qui == "membre" else None)
    fabriques.photo(fabriques.ressource(preteur))
    client.get(LISTE, demande)
    with CaptureQueriesContext(connection) as une:
        client.get(LISTE, demande)
    for _ in range(29):
        autre = fabriques.organisation(table=preteur.table, territoire=fabriques.territoire())
        fabriques.photo(fabriques.ressource(autre, categorie="chaudrons-marmites"))
    with CaptureQueriesContext(connection) as trente:
        assert len(titres(client.get(LISTE, demande))) == 24
    assert len(trente) == len(une)


def test_htmx_gets_the_results_and_a_tidy_address(client, chaudrons):
    reponse = client.get(LISTE, {"q": "", "nature": "equipement"}, headers={"HX-Request": "true"})
    page = reponse.content.decode()
    assert page.lstrip().startswith('<div id="resultats"')
    assert 'id="n-nature-equipement" data-hx-swap-oob="true">1<' in page
    assert reponse["HX-Push-Url"] == "/ressources/?nature=equipement"
    fragment = client.get(LISTE, {"du": "2020-01-01"}, headers={"HX-Request": "true"})
    assert "Cette date est passée" in fragment.content.decode()


def test_media_serves_sized_photos_and_nothing_else(client, chaudrons):
    photo = fabriques.photo(chaudrons)
    racine = Path(settings.MEDIA_ROOT)
    for chemin in (photo.chemin(640, "webp"), "originaux/a.jpg", "logos/a.svg", "secret.webp"):
        (racine / chemin).parent.mkdir(parents=True, exist_ok=True)
        (racine / chemin).write_bytes(b"image")
    reponse = client.get(f"/medias/{photo.chemin(640, 'webp')}")
    assert (reponse.status_code, reponse["Content-Type"]) == (200, "image/webp")
    assert reponse["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in reponse["Cache-Control"]
    reponse.close()
    for chemin in (
        "originaux/a.jpg",
        "logos/a.svg",
        "secret.webp",
        "photos/../secret.webp",
        "photos/%2e%2e/secret.webp",
        "photos//etc/passwd.webp",
        "photos/absente.webp",
        "",
    ):
        assert client.get(f"/medias/{chemin}").status_code == 404


def test_the_page_shows_the_pictures_in_both_formats(client, chaudrons):
    photo = fabriques.photo(chaudrons, alt="Deux marmites bleues")
    fabriques.photo(chaudrons, etat="a_preparer", alt="Pas encore")
    page = client.get(chaudrons.get_absolute_url()).content.decode()
    assert f"/medias/{photo.chemin(1280, 'avif')} 1280w" in page
    assert 'alt="Deux marmites bleues" width="1280" height="960"' in page
    assert "Pas encore" not in page


def test_the_filter_stands_alone(preteur, chaudrons):
    from django.http import QueryDict

    filtre = RessourceFilter(QueryDict("nature=local"), Ressource.objects.publiees())
    assert (filtre.nombre, list(filtre.qs)) == (0, [])


def test_what_a_thing_is_worth_is_said_to_those_who_may_borrow(preteur, mireille, client_de):
    scie = fabriques.ressource(preteur, "Scie à onglets", valeur_declaree=850)
    assert "Valeur déclarée" not in client_de().get(scie.get_absolute_url()).text
    assert "850\u00a0$" in client_de(mireille).get(scie.get_absolute_url()).text


def test_where_things_are_kept_is_for_welcomed_organisations(client_de, preteur, mireille):
    ressource = fabriques.ressource(preteur, adresse="240, rue des Draveurs", valeur_declaree=180)
    nouvelle = fabriques.personne("Nadia")  # anybody may sign up
    attend = fabriques.personne("Odile")
    fabriques.adhesion(attend, fabriques.organisation(etat="soumise", table=preteur.table))
    for personne, voit in ((None, False), (nouvelle, False), (attend, False), (mireille, True)):
        client = client_de(personne) if personne else client_de()
        page = client.get(ressource.get_absolute_url()).text
        assert ("rue des Draveurs" in page) is voit
        assert ("Valeur déclarée" in page) is voit
