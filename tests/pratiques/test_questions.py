"""The 24 questions of the harvest."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pratiques.models import Question
from tests import fabriques

pytestmark = pytest.mark.django_db


def test_the_twenty_four_questions_have_their_page_even_without_an_answer(client):
    questions = list(Question.objects.exclude(recolte=""))
    assert len(questions) == 24
    for question in questions:
        reponse = client.get(question.get_absolute_url())
        assert reponse.status_code == 200
        texte = reponse.content.decode()
        assert f"ligne {question.recolte}" in texte
        assert "Répondre en racontant une pratique" in texte


def test_they_are_grouped_by_theme_and_say_which_wait_for_an_answer(client, preteur):
    fabriques.reponse(Question.objects.get(slug="cote-obscur"), preteur)
    page = client.get("/questions/")
    themes = {theme.value: len(questions) for theme, questions in page.context["themes"]}
    assert themes == {"mutualiser": 15, "fusion": 9}
    texte = page.content.decode()
    assert texte.count("Sans réponse") == 23 and "1 réponse<" in texte


def test_an_answer_is_signed_by_an_organisation_and_a_function(client, preteur, yvon):
    question = fabriques.question()
    pratique = fabriques.pratique(preteur)
    fabriques.reponse(question, preteur, pratique=pratique, fonction="direction")
    fabriques.reponse(question, preteur, texte="Cachée.", etat="suspendue")
    texte = client.get(question.get_absolute_url()).content.decode()
    assert "Popote des Vallons" in texte and "direction" in texte and yvon.nom not in texte
    assert pratique.get_absolute_url() in texte and "Cachée." not in texte


def test_an_answer_does_not_lead_to_a_practice_that_is_not_public(client, preteur):
    question = fabriques.question()
    pratique = fabriques.pratique(preteur, etat="archivee")
    fabriques.reponse(question, preteur, pratique=pratique)
    assert (
        pratique.get_absolute_url() not in client.get(question.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize("adresse", ["/questions/", "/questions/cote-obscur/"])
def test_questions_cost_the_same_with_one_answer_and_with_thirty(client, preteur, adresse):
    question = Question.objects.get(slug="cote-obscur")
    pratique = fabriques.pratique(preteur)

    def prix() -> int:
        with CaptureQueriesContext(connection) as requetes:
            assert client.get(adresse).status_code == 200
        return len(requetes)

    fabriques.reponse(question, preteur, pratique=pratique)
    une = prix()
    for _ in range(29):
        fabriques.reponse(question, fabriques.organisation(), pratique=pratique)
    assert prix() == une
