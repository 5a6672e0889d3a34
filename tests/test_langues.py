"""French of Québec first; English by the switch or by the browser, kept with the person."""

from datetime import date

import pytest
from django.conf import settings
from django.db import transaction
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

from ressources import prets
from tests import fabriques

pytestmark = pytest.mark.django_db
PAGE = "account_login"  # a public page of the frame


def langue(reponse) -> str:
    return reponse.text.split('<html lang="', 1)[1].split('"', 1)[0]


def lire(client, **entetes):
    return client.get(reverse(PAGE), headers=entetes)


@pytest.mark.parametrize(
    ("accepte", "attendue"),
    [
        (None, "fr-CA"),
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr-CA"),
        ("fr", "fr-CA"),
        ("fr-FR,fr;q=0.9", "fr-CA"),
        ("en-CA,en;q=0.9,fr;q=0.5", "en-CA"),
        ("en", "en-CA"),
        ("es,pt;q=0.8", "fr-CA"),
        ("*", "fr-CA"),
        ("n’importe quoi;;;q=", "fr-CA"),
    ],
)
def test_the_browser_says_which_language_a_visitor_reads(client, accepte, attendue):
    entetes = {"accept-language": accepte.encode().decode("latin-1")} if accepte else {}
    assert langue(lire(client, **entetes)) == attendue


def test_a_visitors_choice_wins_over_the_browser_and_lasts(client):
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    temoin = client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert temoin.value == "en" and int(temoin["max-age"]) >= 300 * 24 * 3600
    assert langue(lire(client, **{"accept-language": "fr-CA"})) == "en-CA"
    client.post(reverse("set_language"), {"language": "fr-ca", "next": "/"})
    assert langue(lire(client, **{"accept-language": "en"})) == "fr-CA"


def test_the_switch_comes_back_to_the_page_and_never_leaves_the_site(client):
    page = reverse(PAGE)
    retour = client.post(reverse("set_language"), {"language": "en", "next": page})
    assert retour.url == page
    dehors = client.post(
        reverse("set_language"), {"language": "en", "next": "https://ailleurs.example/"}
    )
    assert "ailleurs" not in dehors.url


def test_an_unknown_language_changes_nothing(client):
    client.post(reverse("set_language"), {"language": "klingon", "next": "/"})
    assert langue(lire(client)) == "fr-CA"


def test_a_persons_choice_is_kept_and_follows_to_another_device(client_de, yvon):
    client_de(yvon).post(reverse("set_language"), {"language": "en", "next": "/"})
    yvon.refresh_from_db()
    assert yvon.langue == "en"
    autre_appareil = client_de(yvon).get(
        reverse("account_email"), headers={"accept-language": "fr-CA"}
    )
    assert langue(autre_appareil) == "en-CA"


def test_english_pages_are_in_english(client):
    page = lire(client, **{"accept-language": "en"})
    assert "Skip to content" in page.text or "Skip to main content" in page.text
    assert "Aller au contenu" not in page.text


def test_letters_are_written_in_the_language_of_each_reader(
    mireille, yvon, preteur, emprunteur, courriels, db
):
    yvon.langue = "en"
    yvon.save()
    pret = fabriques.pret(fabriques.ressource(preteur), emprunteur)
    with transaction.atomic():
        prets.ecrire(pret, par=mireille, mot="À quelle heure?")
    (message,) = courriels(yvon)
    assert "Hello" in message.body
    with transaction.atomic():
        prets.ecrire(pret, par=yvon, mot="À 9 h.")
    (message,) = courriels(mireille)
    assert "Bonjour" in message.body


def test_numbers_and_dates_follow_the_language():
    gabarit = Template("{{ n }} · {{ jour|date:'DATE_FORMAT' }}")
    contexte = Context({"n": 12345, "jour": date(2026, 12, 4)})
    with translation.override("fr-ca"):
        assert gabarit.render(contexte) == "12\u00a0345 · 4 décembre 2026"
    with translation.override("en"):
        assert gabarit.render(contexte).startswith("12,345 · ")
