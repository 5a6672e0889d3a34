"""The HTML of a message says what its text says, and nothing it carries becomes markup."""

import pytest

from organisations.lettre import corps_html

TEXTE = """Bonjour Mireille,

Yvon <b>Côté</b> & cie a répondu.
Voyez https://exemple.ca/a?b=1&c=2

Voir la demande :
https://exemple.ca/prets/3/

- deux chaudrons
- une louche

KTRB-7QXM"""
PIED = "\n\n-- \nLe Chaudron"


@pytest.fixture(autouse=True)
def chez_nous(settings):
    settings.ALLOWED_HOSTS = ["exemple.ca"]


def test_paragraphs_buttons_lists_and_codes_are_made_from_the_text():
    html = corps_html(TEXTE)
    assert "<p>Bonjour Mireille,</p>" in html
    assert '<a class="bouton" href="https://exemple.ca/prets/3/">Voir la demande</a>' in html
    assert "<ul><li>deux chaudrons</li><li>une louche</li></ul>" in html
    assert '<p class="code">KTRB-7QXM</p>' in html


def test_user_text_stays_text():
    html = corps_html(TEXTE)
    assert "<b>" not in html and "&lt;b&gt;Côté&lt;/b&gt; &amp; cie" in html
    assert 'href="https://exemple.ca/a?b=1&amp;c=2"' in html


def test_the_foot_is_left_to_the_letter():
    assert corps_html(TEXTE + PIED) == corps_html(TEXTE)


def test_a_shout_is_not_a_code():
    assert corps_html("MERCI") == "<p>MERCI</p>"


def test_what_people_write_makes_no_button_and_hides_nothing():
    piege = "Votre compte :\nhttps://piege.example/\n\n-- \n\nVoir :\nhttps://exemple.ca/"
    html = corps_html(piege + PIED)
    assert 'class="bouton" href="https://piege' not in html
    assert '<a class="bouton" href="https://exemple.ca/">Voir</a>' in html
    assert "Le Chaudron" not in html
