"""The page of a practice: what it says, what it never says, and to whom."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from pratiques import lecture
from pratiques.models import Difficulte, LeconPratique, Mesure
from pratiques.vocabulaire import Lecon
from tests import fabriques

pytestmark = pytest.mark.django_db


def page(client, pratique) -> str:
    reponse = client.get(pratique.get_absolute_url())
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_the_six_lessons_are_there_in_order_the_untold_ones_too(client, preteur):
    texte = page(client, fabriques.pratique(preteur))
    places = [texte.index(f'id="l-{valeur}"') for valeur in Lecon.values]
    assert places == sorted(places)
    assert texte.count("Pas encore documenté.") == 2


def test_it_is_told_by_a_function_never_by_a_name(client, preteur, yvon):
    pratique = fabriques.pratique(preteur, fonction_auteur="coordination", creee_par=yvon)
    texte = page(client, pratique)
    assert "Récit de Popote des Vallons (coordination)" in texte
    assert yvon.nom not in texte and yvon.courriel not in texte


def test_years_are_years_not_amounts(client, preteur):
    assert "2019 à 2024" in page(client, fabriques.pratique(preteur, debut=2019, fin=2024))


def test_where_to_begin_is_a_numbered_list(client, preteur):
    texte = page(client, fabriques.pratique(preteur, commencer="Visitez.\n\nPrêtez."))
    assert "<ol><li>Visitez.</li><li>Prêtez.</li></ol>" in texte


def test_what_people_write_is_shown_as_text(client, preteur):
    pratique = fabriques.pratique(
        preteur, contexte="<b>gras</b> {{ reseau }}", commencer="<i>un</i>", ombre="<u>x</u>" * 60
    )
    LeconPratique.objects.filter(pratique=pratique).update(texte="<s>non</s>")
    Difficulte.objects.filter(pratique=pratique).update(texte="<em>non</em>")
    texte = page(client, pratique)
    for balise in ("<b>gras", "<i>un", "<u>x", "<s>non", "<em>non"):
        assert balise not in texte
    assert "{{ reseau }}" in texte


def test_only_listings_on_line_are_linked(client, preteur):
    pratique = fabriques.pratique(preteur)
    pratique.ressources.set(
        [
            fabriques.ressource(preteur, "Four en ligne"),
            fabriques.ressource(preteur, "Four caché", etat="brouillon"),
        ]
    )
    texte = page(client, pratique)
    assert "Four en ligne" in texte and "Four caché" not in texte


def test_answers_are_those_that_are_public(client, preteur):
    pratique = fabriques.pratique(preteur)
    question = fabriques.question("Qui paie quand ça brise?")
    fabriques.reponse(question, preteur, pratique=pratique, texte="Un pot commun.")
    fabriques.reponse(question, preteur, pratique=pratique, texte="Cachée.", etat="suspendue")
    texte = page(client, pratique)
    assert "Un pot commun." in texte and "Cachée." not in texte


def test_a_sheet_from_public_sources_says_so_and_can_be_claimed(client, table, settings):
    pratique = fabriques.pratique(
        None, "Le Comptoir", provenance="sources-publiques", table=table, ombre="", seule=True
    )
    texte = page(client, pratique)
    assert "Fiche rédigée à partir de sources publiques, non validée par l’organisme." in texte
    assert f"mailto:{settings.RESEAU['courriel']}?subject=R%C3%A9clamer%20la%20fiche" in texte
    assert "Non publié." in texte and "non publié" in texte


def test_a_story_of_a_member_has_no_such_banner(client, preteur):
    assert "sources publiques" not in page(client, fabriques.pratique(preteur))


def test_a_withdrawn_practice_is_gone_for_everybody(client, client_de, preteur, yvon):
    pratique = fabriques.pratique(preteur, etat="retiree")
    for navigateur in (client, client_de(yvon)):
        assert navigateur.get(pratique.get_absolute_url()).status_code == 410
    assert client.get("/pratiques/jamais-vue/").status_code == 404


def test_a_draft_is_not_found_by_others(client, client_de, preteur, mireille, luc):
    pratique = fabriques.pratique(preteur, etat="brouillon")
    for navigateur, code in ((client, 404), (client_de(mireille), 404), (client_de(luc), 200)):
        assert navigateur.get(pratique.get_absolute_url()).status_code == code


def test_its_authors_see_its_state_the_table_s_word_and_what_is_missing(
    client_de, preteur, luc, mireille
):
    pratique = fabriques.pratique(preteur, etat="a_corriger", ombre="Court.")
    fabriques.revision(pratique, luc, etat="renvoyee", mot="Parlez aussi du bail.")
    texte = page(client_de(luc), pratique)
    assert "Parlez aussi du bail." in texte and "Étape 4" in texte
    publique = fabriques.pratique(preteur)
    assert "Cette page est la vôtre" in page(client_de(luc), publique)
    assert "Cette page est la vôtre" not in page(client_de(mireille), publique)


def test_the_page_costs_the_same_with_one_piece_and_with_thirty(client, preteur):
    pratique = fabriques.pratique(preteur)
    question = fabriques.question()
    fabriques.reponse(question, preteur, pratique=pratique)
    pratique.ressources.add(fabriques.ressource(preteur))

    def prix() -> int:
        with CaptureQueriesContext(connection) as requetes:
            page(client, pratique)
        return len(requetes)

    un = prix()
    source = pratique.sources.get()
    for n in range(29):
        pratique.faits.create(texte=f"Fait {n}", source=source)
        pratique.difficultes.create(enjeu="choc-des-cultures", texte=f"{n}", resolue="non")
        fabriques.reponse(fabriques.question(), fabriques.organisation(), pratique=pratique)
        pratique.ressources.add(fabriques.ressource(fabriques.organisation()))
    assert prix() == un


# ------------------------------------------------------------------ figures


@pytest.mark.parametrize(
    ("indicateur", "avant", "apres", "attendu"),
    [
        ("part-administration", "21", "13", "de 21 % à 13 % (−8 points)"),
        ("part-administration", "13", "14.5", "de 13 % à 14,5 % (+1,5 point)"),
        ("loyer", "36000", "21000.50", "de 36 000 $ à 21 000,50 $ (−14 999,50 $)"),
        ("heures-liberees", "0", "340", "de 0 h à 340 h (+340 h)"),
        ("repas-paniers", "120", "120", "de 120 à 120 (0)"),
        ("loyer", None, "21000", ""),
    ],
)
def test_a_result_is_two_figures_and_what_separates_them(indicateur, avant, apres, attendu):
    mesure = Mesure(indicateur=indicateur, avant=avant and Decimal(avant), apres=Decimal(apres))
    assert lecture.ecart(mesure).replace("\u00a0", " ") == attendu


def test_figures_are_written_in_the_reader_s_language():
    with translation.override("en"):
        assert lecture.quantite(Decimal("22600.00"), "loyer") == "$22,600"
        assert lecture.quantite(Decimal("13.00"), "part-administration") == "13%"


def test_a_figure_comes_with_its_period_method_and_source(client, preteur):
    texte = page(client, fabriques.pratique(preteur))
    for morceau in ("2019 à 2025", "Somme des baux avant et après.", "États financiers"):
        assert morceau in texte


def test_reading_takes_a_minute_for_two_hundred_words(preteur):
    courte = fabriques.pratique(preteur, seule=True, ombre="mot " * 150)
    longue = fabriques.pratique(preteur, seule=True, ombre="mot " * 1000)
    assert lecture.minutes(courte) in (1, 2) and lecture.minutes(longue) in (5, 6)
