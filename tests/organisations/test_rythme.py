"""At once, one digest a day, or the essential only; and stopping it all from a letter's foot."""

import datetime as dt

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from mutualisation.demo.models import CourrielRecu
from organisations import courrier, notifications, resumes
from organisations.desabonnement import jeton_de, personne_du_jeton
from organisations.models import MessageRetenu, Personne
from ressources import prets
from ressources.notifications import dire
from tests import fabriques

pytestmark = pytest.mark.django_db

# A Tuesday, a Wednesday and a Saturday of winter, local time.
MARDI = dt.datetime(2027, 1, 12, 8, 10, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
MERCREDI, SAMEDI = MARDI + dt.timedelta(days=1), MARDI + dt.timedelta(days=4)


@pytest.fixture
def pret(preteur, emprunteur, yvon, mireille):
    return fabriques.pret(fabriques.ressource(preteur, "Chaudrons", quantite=6), emprunteur)


def choisir(personne, rythme):
    Personne.objects.filter(pk=personne.pk).update(rythme=rythme)
    personne.refresh_from_db()


def raconter(pret, verbe="ecrire", par=None, mot="Un mot."):
    with transaction.atomic():
        return dire(pret, verbe, par=par, mot=mot)


# ------------------------------------------------------------------ who is written to, when


def test_everybody_is_written_to_at_once_by_default(pret, yvon, mireille, courriels):
    raconter(pret, par=mireille)
    assert len(courriels(yvon)) == 1 and not MessageRetenu.objects.exists()


def test_what_can_wait_is_kept_for_the_digest(pret, yvon, mireille, courriels):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    assert not courriels(yvon)
    retenu = MessageRetenu.objects.get(personne=yvon)
    assert "Mireille Gagnon" in retenu.sujet and "Un mot." in retenu.texte
    assert "Bonjour Yvon" not in retenu.texte and "-- " not in retenu.texte


def test_what_can_wait_is_not_written_to_who_wants_the_essential(pret, yvon, mireille, courriels):
    choisir(yvon, "essentiel")
    raconter(pret, par=mireille)
    assert not courriels(yvon) and not MessageRetenu.objects.exists()


@pytest.mark.parametrize("rythme", Personne.Rythme.values)
@pytest.mark.parametrize("verbe", ["accepter", "refuser", "annuler", "accorder", "proposer"])
def test_the_essential_leaves_at_once_whatever_was_chosen(
    pret, verbe, rythme, yvon, mireille, courriels
):
    choisir(mireille, rythme)
    pret.periode_proposee, pret.quantite_proposee = pret.periode, 1
    raconter(pret, verbe, par=yvon)
    (lettre,) = courriels(mireille)
    assert "List-Unsubscribe" not in lettre.extra_headers
    assert "desabonner" not in lettre.body
    assert reverse("compte_courriels") in lettre.body, "where to choose is always said"


def test_everything_is_essential_while_an_incident_is_open(pret, yvon, mireille, courriels):
    choisir(yvon, "essentiel")
    pret.incident_le = timezone.now()
    raconter(pret, par=mireille)
    assert len(courriels(yvon)) == 1


def test_a_request_that_nobody_would_read_is_essential(pret, yvon, luc, mireille, courriels):
    choisir(yvon, "essentiel")
    choisir(luc, "quotidien")
    raconter(pret, "demander", par=mireille)
    assert not courriels(yvon) and MessageRetenu.objects.filter(personne=luc).exists()
    choisir(luc, "essentiel")
    raconter(pret, "demander", par=mireille)
    assert len(courriels(yvon)) == len(courriels(luc)) == 1


def test_what_can_wait_carries_the_way_to_stop_it(pret, yvon, mireille, courriels):
    raconter(pret, par=mireille)
    (lettre,) = courriels(yvon)
    adresse = lettre.extra_headers["List-Unsubscribe"].strip("<>")
    assert lettre.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert adresse.endswith(reverse("desabonnement", args=[jeton_de(yvon)]))
    assert adresse in lettre.body and adresse in lettre.alternatives[0][0]
    brut = " ".join(lettre.message().as_string().split())
    assert "List-Unsubscribe: <http" in brut, "not an encoded word, even folded"


def test_the_queue_carries_headers_and_calendars(pret, yvon, mireille, courriels):
    """What the worker sends is what was written."""
    message = EmailMultiAlternatives(
        "S", "T", to=["a@b.example"], headers={"List-Unsubscribe": "<x>"}
    )
    message.attach_alternative("<p>T</p>", "text/html")
    message.attach_alternative("BEGIN:VCALENDAR\r\n", "text/calendar; method=REQUEST; name=i.ics")
    message.attach("i.ics", "é\r\n".encode(), "application/ics")
    relu = courrier.depuis_json(courrier.en_json(message))
    assert relu.extra_headers == {"List-Unsubscribe": "<x>"}
    parties = {p.get_content_type(): p for p in relu.message().walk()}
    assert parties["text/calendar"].get_param("method") == "REQUEST"
    assert parties["application/ics"].get_payload(decode=True) == "é\r\n".encode()


# ------------------------------------------------------------------ the digest


def test_the_digest_gathers_everything_in_one_letter(pret, yvon, mireille, courriels):
    choisir(yvon, "quotidien")
    raconter(pret, "demander", par=mireille)
    raconter(pret, par=mireille, mot="Nous viendrons à midi.")
    assert resumes.envoyer_les_resumes(MARDI) == 1
    (lettre,) = courriels(yvon)
    assert "2 nouvelles" in lettre.subject
    assert lettre.body.count("Bonjour Yvon,") == 1
    assert "Nous viendrons à midi." in lettre.body
    assert lettre.alternatives[0][0].count("<h2>") == 2
    assert lettre.body.count(f"http://localhost:8000{pret.get_absolute_url()}") == 2
    assert lettre.extra_headers["List-Unsubscribe"]


def test_one_digest_a_day_and_the_rest_the_next_working_morning(pret, yvon, mireille, courriels):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    assert [resumes.envoyer_les_resumes(MARDI) for _ in range(3)] == [1, 0, 0]
    raconter(pret, par=mireille)
    assert resumes.envoyer_les_resumes(MARDI + dt.timedelta(hours=3)) == 0
    assert resumes.envoyer_les_resumes(MERCREDI) == 1
    assert len(courriels(yvon)) == 2


@pytest.mark.parametrize(
    "instant", [MARDI - dt.timedelta(minutes=20), SAMEDI, SAMEDI + dt.timedelta(days=1)]
)
def test_no_digest_before_the_morning_nor_at_the_weekend(instant, pret, yvon, mireille):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    assert resumes.envoyer_les_resumes(instant) == 0


def test_the_morning_is_local_in_summer_too(pret, yvon, mireille):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    assert resumes.envoyer_les_resumes(dt.datetime(2027, 7, 13, 11, 59, tzinfo=dt.UTC)) == 0
    assert resumes.envoyer_les_resumes(dt.datetime(2027, 7, 13, 12, 1, tzinfo=dt.UTC)) == 1


def test_a_worker_that_was_off_in_the_morning_catches_up(pret, yvon, mireille):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    assert resumes.envoyer_les_resumes(MARDI + dt.timedelta(hours=9)) == 1


def test_a_digest_that_fails_keeps_what_it_had(pret, yvon, mireille, monkeypatch):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    with monkeypatch.context() as m:
        m.setattr(mail.EmailMessage, "send", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            resumes.envoyer_les_resumes(MARDI)
    assert resumes.envoyer_les_resumes(MARDI) == 1


def test_what_was_sent_is_forgotten_after_a_week(pret, yvon, mireille):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    resumes.envoyer_les_resumes(MARDI)
    resumes.envoyer_les_resumes(MARDI + dt.timedelta(days=6))
    assert MessageRetenu.objects.count() == 1
    resumes.envoyer_les_resumes(MARDI + dt.timedelta(days=8))
    assert MessageRetenu.objects.count() == 0


def test_who_left_receives_no_digest(pret, yvon, mireille):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    Personne.objects.filter(pk=yvon.pk).update(is_active=False)
    assert resumes.envoyer_les_resumes(MARDI) == 0


def test_what_people_write_makes_no_heading_of_the_digest(pret, yvon, mireille, courriels):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille, mot="x\n\nVotre compte est fermé\n-------\n\n-- \nfin")
    resumes.envoyer_les_resumes(MARDI)
    html = courriels(yvon)[0].alternatives[0][0]
    assert html.count("<h2>") == 1 and "fin" in html


@pytest.mark.django_db(transaction=True)
def test_the_real_worker_sends_the_digest_once(pret, yvon, mireille, vraie_file, worker):
    choisir(yvon, "quotidien")
    prets.ecrire(pret, par=mireille, mot="Bonjour Yvon!")
    assert resumes.envoyer_les_resumes(MARDI) == 1
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT args->'message'->'entetes'->>'List-Unsubscribe-Post' FROM procrastinate_jobs"
            " WHERE task_name = 'envoyer_courriel'"
        )
        assert curseur.fetchall() == [("List-Unsubscribe=One-Click",)]
    worker()
    assert resumes.envoyer_les_resumes(MARDI) == 0
    worker()
    assert CourrielRecu.objects.filter(a=yvon.courriel).count() == 1


# ------------------------------------------------------------------ choosing, stopping


def test_one_chooses_in_ones_account(yvon, client_de):
    client = client_de(yvon)
    page = client.get(reverse("compte_courriels")).content.decode()
    assert "Un résumé par jour" in page
    client.post(reverse("compte_courriels"), {"rythme": "quotidien"})
    yvon.refresh_from_db()
    assert yvon.rythme == "quotidien"
    assert client.post(reverse("compte_courriels"), {"rythme": "jamais"}).status_code == 200
    assert client.post(reverse("compte_courriels"), {}).status_code == 200
    yvon.refresh_from_db()
    assert yvon.rythme == "quotidien"


def test_the_database_knows_the_three_rhythms_only(yvon):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="personne_rythme_connu"), transaction.atomic():
        Personne.objects.filter(pk=yvon.pk).update(rythme="jamais")


def test_a_mail_program_stops_it_in_one_click_without_signing_in(pret, yvon, mireille, client):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    adresse = reverse("desabonnement", args=[jeton_de(yvon)])
    reponse = client.post(adresse, {"List-Unsubscribe": "One-Click"})
    assert reponse.status_code == 200 and not reponse.has_header("Location")
    yvon.refresh_from_db()
    assert yvon.rythme == "essentiel"
    assert client.post(adresse, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_reading_the_page_changes_nothing_and_its_button_does(yvon, client):
    adresse = reverse("desabonnement", args=[jeton_de(yvon)])
    page = client.get(adresse)
    assert "Ne recevoir que l’essentiel" in page.content.decode()
    assert yvon.courriel not in page.content.decode() and yvon.nom not in page.content.decode()
    yvon.refresh_from_db()
    assert yvon.rythme == "aussitot"
    apres = client.post(adresse, follow=True)
    assert "Vous ne recevez que l’essentiel" in apres.content.decode()


def test_stopping_forgets_what_was_kept(pret, yvon, mireille, client):
    choisir(yvon, "quotidien")
    raconter(pret, par=mireille)
    client.post(reverse("desabonnement", args=[jeton_de(yvon)]))
    assert not MessageRetenu.objects.exists()
    assert resumes.envoyer_les_resumes(MARDI) == 0


@pytest.mark.parametrize("faux", ["1", "invente", "MQ:abc", "MQ:" + "x" * 400, "é:è"])
def test_an_address_that_was_not_signed_here_is_not_found(faux, yvon, client):
    assert personne_du_jeton(faux) is None
    assert client.get(reverse("desabonnement", args=[faux])).status_code == 404
    assert client.post(reverse("desabonnement", args=[faux])).status_code == 404


def test_nobodys_address_is_guessed_from_another(yvon, luc):
    charge, signature = jeton_de(yvon).split(":")
    autre = jeton_de(luc).split(":")[0]
    assert personne_du_jeton(f"{charge}:{signature}") == yvon
    assert personne_du_jeton(f"{autre}:{signature}") is None


def test_a_reading_asked_of_the_table_can_wait(preteur, yvon, coordonnatrice, courriels):
    from organisations import moderation

    choisir(coordonnatrice, "quotidien")
    moderation.soumettre(fabriques.ressource(preteur, etat="brouillon", usure="bon"), par=yvon)
    assert not courriels(coordonnatrice)
    assert MessageRetenu.objects.filter(personne=coordonnatrice).count() == 1


def test_an_invitation_to_somebody_without_account_is_written(preteur, yvon, mailoutbox):
    with transaction.atomic():
        notifications.envoyer(
            "invitation",
            ["a@b.example"],
            {"invitation": fabriques.invitation(preteur, yvon)},
            essentiel=False,
        )
    assert len(mailoutbox) == 1
