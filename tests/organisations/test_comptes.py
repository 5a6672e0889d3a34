"""Signing up, confirming, signing in by code, finding one's account again: pages and messages."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from organisations.models import Personne

pytestmark = pytest.mark.django_db
MOT_DE_PASSE = "chaudron-bleu-42"


@pytest.fixture
def mireille():
    personne = Personne.objects.create_user(
        "mireille@popote.example", MOT_DE_PASSE, prenom="Mireille", nom="Gagnon"
    )
    personne.emailaddress_set.create(email=personne.courriel, verified=True, primary=True)
    return personne


def lien(message) -> str:
    return re.search(r"http://\S+", message.body).group(0)


def code(message) -> str:
    return re.search(r"^[A-Z0-9]+-[A-Z0-9]+$", message.body, re.MULTILINE).group(0)


def html(message) -> str:
    return next(contenu for contenu, genre in message.alternatives if genre == "text/html")


def est_connectee(client) -> bool:
    return "_auth_user_id" in client.session


def test_a_person_signs_up_and_enters_by_the_link_received(client):
    page = client.get(reverse("account_signup"))
    assert '<html lang="fr-CA"' in page.text
    assert page.text.count("<h1") == 1

    reponse = client.post(
        reverse("account_signup"),
        {
            "prenom": "Yvon",
            "nom": "Côté",
            "email": "yvon@forges.example",
            "password1": MOT_DE_PASSE,
        },
    )
    assert reponse.url == reverse("account_email_verification_sent")
    assert not est_connectee(client)

    (message,) = mail.outbox
    assert message.subject == "Confirmez votre adresse courriel – Le Chaudron"
    assert message.to == ["yvon@forges.example"]
    assert "Bonjour Yvon Côté," in message.body
    assert f'<a class="bouton" href="{lien(message)}">Confirmer mon adresse</a>' in html(message)
    assert "<h1>Confirmez votre adresse courriel</h1>" in html(message)

    assert client.get(lien(message)).status_code == 200
    assert not Personne.objects.get().emailaddress_set.get().verified  # a GET changes nothing
    client.post(lien(message))
    assert est_connectee(client)
    assert Personne.objects.get().emailaddress_set.get().verified


def test_an_address_that_already_has_an_account_is_told_only_by_mail(client, mireille):
    reponse = client.post(
        reverse("account_signup"),
        {"prenom": "M", "nom": "G", "email": mireille.courriel, "password1": MOT_DE_PASSE},
    )
    assert reponse.url == reverse("account_email_verification_sent")
    assert mail.outbox[0].subject == "Vous avez déjà un compte – Le Chaudron"
    assert Personne.objects.count() == 1


def test_a_person_enters_with_a_code_received_by_mail(client, mireille):
    client.post(reverse("account_request_login_code"), {"email": mireille.courriel})
    (message,) = mail.outbox
    assert message.subject == "Votre code de connexion – Le Chaudron"
    assert f'<p class="code">{code(message)}</p>' in html(message)

    refus = client.post(reverse("account_confirm_login_code"), {"code": "FAUX-CODE"})
    assert 'class="erreurs"' in refus.text and 'aria-invalid="true"' in refus.text
    assert not est_connectee(client)
    client.post(reverse("account_confirm_login_code"), {"code": code(message)})
    assert est_connectee(client)


def test_a_code_asked_for_an_unknown_address_answers_the_same(client):
    reponse = client.post(
        reverse("account_request_login_code"), {"email": "personne@ailleurs.example"}
    )
    assert reponse.url == reverse("account_confirm_login_code")
    assert mail.outbox[0].subject == "Aucun compte à cette adresse – Le Chaudron"
    assert reverse("account_signup") in mail.outbox[0].body


def test_a_forgotten_password_is_replaced_and_the_change_is_told(client, mireille):
    client.post(reverse("account_reset_password"), {"email": mireille.courriel})
    (demande,) = mail.outbox
    assert demande.subject == "Choisissez un nouveau mot de passe – Le Chaudron"

    page = client.get(lien(demande), follow=True)
    nouveau = "marmite-rouge-77"
    client.post(page.redirect_chain[-1][0], {"password1": nouveau, "password2": nouveau})
    mireille.refresh_from_db()
    assert mireille.check_password(nouveau)
    assert mail.outbox[1].subject == "Votre mot de passe a changé – Le Chaudron"
    assert "Ce n’était pas vous?" in mail.outbox[1].body

    again = client.get(lien(demande), follow=True)
    assert reverse("account_reset_password") in again.text  # the link served once


def test_a_wrong_password_says_what_to_do_at_the_top_and_in_the_title(client, mireille):
    page = client.post(
        reverse("account_login"), {"login": mireille.courriel, "password": "pas-celui-la"}
    )
    assert re.search(r"<title>\s*Erreur", page.text)
    assert 'class="erreurs"' in page.text


@pytest.mark.parametrize(
    "nom",
    [
        "account_email",
        "account_change_password",
        "account_logout",
        "account_reauthenticate",
        "mfa_index",
        "usersessions_list",
    ],
)
def test_the_pages_of_ones_own_account_are_in_the_frame(client, mireille, nom):
    client.post(reverse("account_login"), {"login": mireille.courriel, "password": MOT_DE_PASSE})
    page = client.get(reverse(nom))
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert 'id="contenu"' in page.text and "Mireille G." in page.text
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*(src=|application/json))", page.text)


def test_the_network_keeps_its_language_for_a_visitor_who_chooses_english(client):
    client.post(reverse("set_language"), {"language": "en", "next": "/compte/login/"})
    page = client.get(reverse("account_login"))
    assert '<html lang="en-CA"' in page.text
    assert "Sign In" in page.text
