"""The directory: what is found, how many of each, and at what price."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pratiques.filters import AXES, PratiqueFilter
from pratiques.models import Pratique
from tests import fabriques

pytestmark = pytest.mark.django_db
LISTE = "/pratiques/"


@pytest.fixture
def cuisine(preteur):
    return fabriques.pratique(preteur, "Trois popotes, une seule cuisine")


@pytest.fixture
def comptable(emprunteur):
    return fabriques.pratique(
        emprunteur,
        "La comptable du mercredi",
        accroche="Sept organismes, une seule embauche.",
        formes=["partage-personnel", "service-partage"],
        secteurs=["developpement-social"],
        sortes=["expertise"],
        contexte="Chacun payait seul.",
        mis_en_commun="Une comptable.",
        stade="terminee",
        seule=True,
    )


def trouvees(question: str = "") -> set[str]:
    filtre = PratiqueFilter(QueryDict(question), Pratique.objects.publiees())
    return {p.titre for p in filtre.pratiques}


def nombres(question: str, facette: str) -> dict[str, int]:
    filtre = PratiqueFilter(QueryDict(question), Pratique.objects.publiees())
    options = next(f for f in filtre.facettes if f.nom == facette).options
    return {o.valeur: o.nombre for o in options if o.nombre}


# ------------------------------------------------------------------ what is found


@pytest.mark.parametrize(
    ("question", "titres"),
    [
        ("", {"cuisine", "comptable"}),
        ("sorte=local", {"cuisine"}),
        ("sorte=local&sorte=expertise", {"cuisine", "comptable"}),
        ("sorte=local&stade=terminee", set()),
        ("forme=service-partage", {"comptable"}),
        ("secteur=securite-alimentaire", {"cuisine"}),
        ("lecon=batir-la-confiance", {"cuisine"}),
        ("lecon=celebrer-les-succes", set()),
        ("enjeu=choc-des-cultures", {"cuisine"}),
        ("stade=terminee", {"comptable"}),
        ("echelle=quartier", {"cuisine", "comptable"}),
        ("preuve=evaluee", set()),
        ("q=popotes", {"cuisine"}),
        ("q=popote", {"cuisine"}),
        ("q=contable", {"comptable"}),
        ("q=introuvable", set()),
        ("sorte=inconnue", {"cuisine", "comptable"}),
    ],
)
def test_facets_add_up_inside_and_narrow_each_other(question, titres, cuisine, comptable):
    noms = {cuisine.titre: "cuisine", comptable.titre: "comptable"}
    assert {noms[t] for t in trouvees(question)} == titres


def test_a_territory_holds_what_is_inside_it(preteur, cuisine):
    region = preteur.territoire.parent.parent
    ailleurs = fabriques.territoire("Estrie", nature="region")
    assert trouvees(f"territoire={region.slug}") == {cuisine.titre}
    assert trouvees(f"territoire={ailleurs.slug}") == set()


def test_a_count_says_what_the_choice_would_show(cuisine, comptable):
    assert nombres("", "sorte") == {"local": 1, "expertise": 1}
    assert nombres("", "forme") == {
        "partage-locaux": 1,
        "partage-personnel": 1,
        "service-partage": 1,
    }
    # Its own choice does not narrow a facet; those of the others do.
    assert nombres("sorte=local", "sorte") == {"local": 1, "expertise": 1}
    assert nombres("sorte=local", "stade") == {"en-cours": 1}
    assert nombres("q=popotes", "sorte") == {"local": 1}
    assert nombres("", "enjeu") == {"choc-des-cultures": 1}


@pytest.mark.parametrize("facette", AXES)
def test_every_choice_shows_as_many_as_it_said(facette, preteur, emprunteur, cuisine, comptable):
    for valeur, nombre in nombres("", facette).items():
        assert len(trouvees(f"{facette}={valeur}")) == nombre


def test_only_what_is_on_line_is_listed_even_to_its_authors(preteur, yvon, client_de):
    for etat in ("brouillon", "soumise", "a_corriger", "suspendue", "archivee", "retiree"):
        fabriques.pratique(preteur, f"Cachée {etat}", etat=etat)
    assert "Cachée" not in client_de(yvon).get(LISTE).content.decode()


def test_the_order_is_the_one_asked_for(preteur):
    hier = timezone.now() - timedelta(days=1)
    fabriques.pratique(preteur, "Épicerie solidaire", seule=True)
    fabriques.pratique(preteur, "Zone d’entraide", seule=True, publiee_le=hier)
    fabriques.pratique(preteur, "Dépannage", seule=True, publiee_le=hier - timedelta(days=1))

    def ordre(question):
        filtre = PratiqueFilter(QueryDict(question), Pratique.objects.publiees())
        return [p.titre for p in filtre.pratiques]

    assert ordre("") == ["Épicerie solidaire", "Zone d’entraide", "Dépannage"]
    assert ordre("tri=titre") == ["Dépannage", "Épicerie solidaire", "Zone d’entraide"]


# ------------------------------------------------------------------ the page


def test_active_filters_are_chips_that_take_themselves_away(client, cuisine, comptable):
    page = client.get(LISTE + "?sorte=local&sorte=expertise&q=cuisine&tri=titre").content.decode()
    puces = re.findall(r'class="puce" href="\?([^"]*)"', page)
    assert sorted(p.replace("&amp;", "&") for p in puces) == [
        "q=cuisine&sorte=expertise&tri=titre",
        "q=cuisine&sorte=local&tri=titre",
        "sorte=local&sorte=expertise&tri=titre",
    ]


def test_a_search_without_answer_invites_to_tell(client, cuisine):
    page = client.get(LISTE + "?q=introuvable").content.decode()
    assert "En connaissez-vous une?" in page and reverse("pratique_raconter") in page


def test_htmx_gets_the_list_and_the_counts_alone(client, cuisine):
    reponse = client.get(LISTE + "?sorte=local", headers={"HX-Request": "true"})
    texte = reponse.content.decode()
    assert texte.lstrip().startswith('<div id="liste"') and "<html" not in texte
    assert 'id="n-sorte-local" data-hx-swap-oob="true">1<' in texte
    assert "HX-Request" in reponse["Vary"]
    assert reponse["HX-Push-Url"] == LISTE + "?sorte=local"


def test_twelve_to_a_page_and_the_filters_follow(client, preteur):
    for n in range(13):
        fabriques.pratique(preteur, f"Pratique {n:02}", seule=True)
    premiere = client.get(LISTE + "?sorte=local&tri=titre").content.decode()
    assert "Pratique 11" in premiere and "Pratique 12" not in premiere
    assert "sorte=local&amp;tri=titre&amp;page=2" in premiere
    assert "Pratique 12" in client.get(LISTE + "?sorte=local&tri=titre&page=2").content.decode()


@pytest.mark.parametrize(
    "question", ["", "?q=cuisine", "?sorte=local&lecon=batir-la-confiance", "?tri=titre"]
)
def test_the_directory_costs_the_same_with_one_and_with_thirty(client, preteur, question):
    def prix() -> int:
        with CaptureQueriesContext(connection) as requetes:
            assert client.get(LISTE + question).status_code == 200
        return len(requetes)

    fabriques.pratique(preteur, "Une cuisine commune")
    une = prix()
    for n in range(29):
        fabriques.pratique(preteur, f"Une cuisine commune {n}")
    assert prix() == une


def test_our_practices_cost_the_same_with_one_and_with_thirty(client_de, preteur, yvon):
    client = client_de(yvon)

    def prix() -> int:
        with CaptureQueriesContext(connection) as requetes:
            assert client.get("/mes-pratiques/").status_code == 200
        return len(requetes)

    fabriques.pratique(preteur)
    prix()  # the first page of a session costs one more
    une = prix()
    for n in range(29):
        fabriques.pratique(preteur, etat=["brouillon", "soumise", "retiree", "publiee"][n % 4])
    assert prix() == une
