"""The demonstration's mailbox: letters stay in the site, and can be read there."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from mutualisation.demo.courrier import BoiteDeDemonstration
from mutualisation.demo.models import CourrielRecu
from mutualisation.demo.views import PAR_PAGE

pytestmark = pytest.mark.django_db
LISTE = "/demo/courriels/"


def _courriel(a="mireille@popote.example", sujet="Votre demande", texte="Bonjour", **champs):
    return CourrielRecu.objects.create(a=a, sujet=sujet, texte=texte, **champs)


def test_the_transport_delivers_to_each_reader():
    message = EmailMultiAlternatives(
        "Bonjour", "Le texte", to=["ana@x.example"], bcc=["luc@x.example"]
    )
    message.attach_alternative("<p>Le texte</p>", "text/html")
    assert BoiteDeDemonstration().send_messages([message]) == 1
    assert set(CourrielRecu.objects.values_list("a", "sujet", "html")) == {
        ("ana@x.example", "Bonjour", "<p>Le texte</p>"),
        ("luc@x.example", "Bonjour", "<p>Le texte</p>"),
    }


def test_the_empty_mailbox_says_what_to_do(client):
    page = client.get(LISTE)
    assert page.status_code == 200
    assert "ces courriels ne quittent pas le site" in page.text
    assert "Aucun courriel pour l’instant" in page.text
    assert reverse("account_signup") in page.text


def test_the_latest_comes_first(client):
    hier = timezone.now() - timezone.timedelta(days=1)
    _courriel(sujet="Le plus ancien", recu_le=hier)
    _courriel(sujet="Le plus récent")
    page = client.get(LISTE).text
    assert "2 courriels" in page
    assert page.index("Le plus récent") < page.index("Le plus ancien")


def test_it_is_filtered_by_address(client):
    _courriel(a="mireille@popote.example", sujet="Pour Mireille")
    _courriel(a="yvon@tablee.example", sujet="Pour Yvon")
    page = client.get(LISTE, {"a": "MIREILLE"}).text
    assert "Pour Mireille" in page
    assert "Pour Yvon" not in page
    assert "Aucun courriel à cette adresse" in client.get(LISTE, {"a": "personne@"}).text


@pytest.mark.parametrize("a", ["\x00", "%", "'", "x" * 5000])
def test_odd_filters_are_answered(client, a):
    assert client.get(LISTE, {"a": a, "page": "zéro"}).status_code == 200


def test_it_is_paginated_at_a_constant_cost(client, django_assert_num_queries):
    _courriel()
    client.get(LISTE)
    with django_assert_num_queries(3):  # count, page, accounts
        client.get(LISTE)
    for n in range(PAR_PAGE + 5):
        _courriel(sujet=f"Courriel {n}")
    with django_assert_num_queries(3):
        page = client.get(LISTE, {"a": "mireille"})
    assert "?a=mireille&amp;page=2" in page.text
    assert client.get(LISTE, {"page": 2}).text.count("/demo/courriels/") >= 6


def test_a_letter_shows_its_text_with_links_and_never_its_html(client):
    courriel = _courriel(
        texte="Voir la demande :\nhttp://localhost:8000/prets/7/\n\n<script>alert(1)</script>",
        html="<p>La version HTML</p>",
    )
    page = client.get(f"{LISTE}{courriel.pk}/")
    assert page.status_code == 200
    assert 'href="http://localhost:8000/prets/7/"' in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "La version HTML" not in page.text
    assert client.get(f"{LISTE}999999/").status_code == 404


def test_it_is_only_read(client):
    assert client.post(LISTE).status_code == 405


def test_it_has_no_address_in_production(settings):
    """The app and its addresses are there because DEMO=1: the settings decide it, once."""
    from pathlib import Path

    texte = Path(settings.BASE_DIR, "mutualisation/settings.py").read_text(encoding="utf-8")
    assert 'if DEMO:\n    INSTALLED_APPS.insert(1, "mutualisation.demo")' in texte
    adresses = Path(settings.BASE_DIR, "mutualisation/urls.py").read_text(encoding="utf-8")
    assert 'if settings.DEMO:\n    urlpatterns.append(path("demo/"' in adresses
