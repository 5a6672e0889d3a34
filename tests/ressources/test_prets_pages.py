"""The pages of a loan: asking, following, what is left to do; and who sees what of it."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from organisations.publication import Etat as EtatPublication
from ressources.cycle import Cote, Etat
from ressources.forms_prets import DemandeForm
from ressources.models import Evaluation, EvenementPret, Pret
from ressources.taches_a_faire import resume
from tests import fabriques

pytestmark = pytest.mark.django_db
ICI = ZoneInfo("America/Toronto")


@pytest.fixture
def chaudrons(preteur):
    preteur.telephone = "819 555-0177"
    preteur.save(update_fields=["telephone"])
    return fabriques.ressource(
        preteur, "Chaudrons de 60 L", quantite=6, adresse="240, rue des Draveurs"
    )


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Salle du haut", sorte="local")


def dans(jours: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=jours)


def saisie(emprunteur, **champs) -> dict:
    return {
        "du": dans(10).isoformat(),
        "au": dans(12).isoformat(),
        "quantite": "2",
        "but": "La soupe de la guignolée.",
        "charte": "on",
        "jeton": str(uuid.uuid4()),
        "emprunteur": str(emprunteur.pk),
    } | champs


def demande(ressource) -> str:
    return reverse("pret_demander", args=[ressource.slug])


def faire(pret, verbe) -> str:
    return reverse("pret_effectuer", args=[pret.pk, verbe])


# ------------------------------------------------------------------ asking


def test_asking_by_the_day_runs_from_midnight_to_the_midnight_after_the_last_day(
    client_de, mireille, emprunteur, chaudrons
):
    reponse = client_de(mireille).post(demande(chaudrons), saisie(emprunteur))
    pret = Pret.objects.get()
    assert reponse.url == pret.get_absolute_url()
    assert (pret.etat, pret.quantite, pret.emprunteur) == (Etat.DEMANDE, 2, emprunteur)
    assert timezone.localtime(pret.debut) == fabriques.minuit(dans(10))
    assert timezone.localtime(pret.fin) == fabriques.minuit(dans(13))


def test_asking_by_the_hour(client_de, mireille, emprunteur, salle):
    donnees = saisie(emprunteur, date=dans(3).isoformat(), debut="13:15", fin="16:00")
    client_de(mireille).post(demande(salle), donnees)
    pret = Pret.objects.get()
    assert timezone.localtime(pret.debut).time() == dt.time(13, 15)
    assert pret.fin - pret.debut == dt.timedelta(hours=2, minutes=45)


def test_the_dates_of_the_calendar_are_already_there(client_de, mireille, chaudrons):
    page = client_de(mireille).get(
        demande(chaudrons), {"du": dans(4).isoformat(), "au": dans(6).isoformat()}
    )
    assert f'value="{dans(4).isoformat()}"' in page.text
    assert f'value="{dans(6).isoformat()}"' in page.text
    assert "Rien n’est réservé avant la réponse." in page.text


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"du": "1900-01-01"}, "Cette date est passée."),
        ({"au": "9999-12-31"}, "Cette date est trop loin."),
        ({"du": dans(12).isoformat(), "au": dans(10).isoformat()}, "doit venir après le premier"),
        ({"du": "hier"}, "Saisissez une date valide"),
        ({"du": ""}, "Choisissez le premier jour."),
        ({"quantite": "0"}, "Demandez-en au moins 1."),
        ({"quantite": "99999999999999999999"}, "6"),
        ({"but": "  "}, "Dites en une phrase"),
        ({"charte": ""}, "Lisez la charte de confiance"),
        ({"jeton": "x"}, "envoyez de nouveau"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    client_de, mireille, emprunteur, chaudrons, champs, phrase
):
    page = client_de(mireille).post(demande(chaudrons), saisie(emprunteur) | champs)
    assert phrase in page.text
    assert "Il reste quelque chose à corriger" in page.text
    assert not Pret.objects.exists()
    if "but" not in champs:
        assert "La soupe de la guignolée." in page.text


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"debut": "13:10"}, "debut"),
        ({"debut": "16:00", "fin": "13:00"}, "fin"),
        ({"debut": "", "fin": "24:00"}, "fin"),
        ({"date": timezone.localdate().isoformat(), "debut": "00:00", "fin": "00:15"}, "debut"),
    ],
)
def test_hours_that_cannot_be(emprunteur, salle, champs, champ):
    donnees = saisie(emprunteur, date=dans(3).isoformat(), debut="13:00", fin="14:00") | champs
    form = DemandeForm(donnees, ressource=salle, organisation=emprunteur)
    assert not form.is_valid()
    assert champ in form.errors


def test_a_day_that_changes_clock_keeps_its_midnights_and_its_hours(
    emprunteur, chaudrons, salle, monkeypatch
):
    def lire(ressource, jour, **champs):
        donnees = saisie(emprunteur, du=jour, au=jour, date=jour, **champs)
        form = DemandeForm(donnees, ressource=ressource, organisation=emprunteur)
        form.is_valid()
        return form

    monkeypatch.setattr(timezone, "localdate", lambda: dt.date(2026, 1, 15))
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 1, 15, 12, tzinfo=ICI))
    for jour, heures in (("2026-03-08", 23), ("2026-11-01", 25)):
        debut, fin = lire(chaudrons, jour).periode
        assert fin.astimezone(dt.UTC) - debut.astimezone(dt.UTC) == dt.timedelta(hours=heures)
    debut, _fin = lire(salle, "2026-03-08", debut="09:00", fin="10:00").periode
    assert debut.astimezone(ICI).hour == 9
    absente = lire(salle, "2026-03-08", debut="02:30", fin="04:00")
    assert "on avance l’heure" in str(absente.errors["debut"])
    # Midnight ends the evening.
    debut, fin = lire(salle, "2026-05-04", debut="22:00", fin="00:00").periode
    assert fin - debut == dt.timedelta(hours=2)


def test_what_is_taken_is_said_beside_the_dates(client_de, mireille, emprunteur, chaudrons):
    debut, fin = fabriques.jours(9, 11)
    fabriques.pret(chaudrons, etat="accepte", debut=debut, fin=fin, quantite=5)
    page = client_de(mireille).post(demande(chaudrons), saisie(emprunteur))
    assert not Pret.objects.filter(emprunteur=emprunteur).exists()
    assert page.context["form"].errors and "La soupe de la guignolée." in page.text


def test_the_rules_of_the_listing_are_said(client_de, mireille, emprunteur, chaudrons):
    chaudrons.duree_max, chaudrons.delai_jours = 2, 30
    chaudrons.save(update_fields=["duree_max", "delai_jours"])
    page = client_de(mireille).post(demande(chaudrons), saisie(emprunteur))
    assert page.context["form"].errors
    assert not Pret.objects.exists()


def test_sent_twice_it_is_one_loan(client_de, mireille, emprunteur, chaudrons):
    client, donnees = client_de(mireille), saisie(emprunteur)
    adresses = {client.post(demande(chaudrons), donnees).url for _ in range(2)}
    assert adresses == {Pret.objects.get().get_absolute_url()}


def test_somebody_who_changed_organisation_meanwhile_is_told(
    client_de, mireille, emprunteur, chaudrons
):
    autre = fabriques.organisation("Relais de la Baie", table=emprunteur.table)
    fabriques.adhesion(mireille, autre)
    mireille.agit_pour = autre
    mireille.save(update_fields=["agit_pour"])
    client, donnees = client_de(mireille), saisie(emprunteur)
    page = client.post(demande(chaudrons), donnees)
    assert "Vous agissez maintenant pour Relais de la Baie" in page.text
    assert not Pret.objects.exists()
    # The page now asks for the other one: sent again, it goes.
    client.post(
        demande(chaudrons), donnees | {"emprunteur": page.context["form"]["emprunteur"].value()}
    )
    assert Pret.objects.get().emprunteur == autre


def test_a_listing_closed_meanwhile_says_so(client_de, mireille, emprunteur, chaudrons):
    chaudrons.etat = EtatPublication.ARCHIVEE
    chaudrons.save(update_fields=["etat"])
    client = client_de(mireille)
    page = client.post(demande(chaudrons), saisie(emprunteur), follow=True)
    assert "« Chaudrons de 60 L » n’est plus offerte" in page.text
    assert client.get(demande(chaudrons)).status_code == 404
    assert not Pret.objects.exists()


@pytest.mark.parametrize("qui", ["yvon", "suspendu", "sans_organisme"])
def test_those_who_may_not_ask_are_told_why(qui, request, client_de, chaudrons, emprunteur):
    personne = fabriques.personne() if qui == "sans_organisme" else request.getfixturevalue(qui)
    client = client_de(personne)
    page = client.get(demande(chaudrons))
    assert page.context["empechement"] and "Envoyer la demande" not in page.text
    client.post(demande(chaudrons), saisie(emprunteur))
    assert not Pret.objects.exists()


# ------------------------------------------------------------------ who sees what


@pytest.mark.parametrize("etat", Etat.values)
@pytest.mark.parametrize("qui", ["yvon", "luc", "mireille", "ana"])
def test_both_sides_read_the_loan_in_every_state(
    request, client_de, chaudrons, emprunteur, etat, qui
):
    pret = fabriques.pret(chaudrons, emprunteur, etat)
    page = client_de(request.getfixturevalue(qui)).get(pret.get_absolute_url())
    assert page.status_code == 200
    assert pret.get_etat_display() in page.text


def test_nobody_else_does(
    client_de, chaudrons, emprunteur, passant, coordonnatrice, autre_coordonnatrice, administration
):
    pret = fabriques.pret(chaudrons, emprunteur, "remis")
    for personne in (passant, coordonnatrice, autre_coordonnatrice, administration):
        client = client_de(personne)
        assert client.get(pret.get_absolute_url()).status_code == 404
        for adresse in (faire(pret, "rendre"), reverse("pret_ecrire", args=[pret.pk])):
            assert client.post(adresse, {"etat": "remis", "mot": "x"}).status_code == 404
    assert client_de().get(pret.get_absolute_url()).status_code == 302


def test_address_and_phone_are_for_the_borrower_once_accepted(
    client_de, mireille, chaudrons, emprunteur
):
    client = client_de(mireille)
    attend = client.get(fabriques.pret(chaudrons, emprunteur).get_absolute_url()).text
    assert "rue des Draveurs" not in attend and "819 555-0177" not in attend
    accepte = client.get(fabriques.pret(chaudrons, emprunteur, "accepte").get_absolute_url()).text
    assert "rue des Draveurs" in accepte and "819 555-0177" in accepte


def test_with_an_incident_the_coordination_reads_writes_and_settles(
    client_de, coordonnatrice, autre_coordonnatrice, chaudrons, emprunteur, yvon
):
    pret = fabriques.pret(chaudrons, emprunteur, "remis", incident=True)
    Evaluation.objects.create(pret=pret, organisation=emprunteur, comme_convenu="non", mot="Secret")
    client = client_de(coordonnatrice)
    page = client.get(pret.get_absolute_url()).text
    assert "Un incident est ouvert" in page and "L’incident est réglé" in page
    assert "Noter le retour" not in page and "Secret" not in page
    assert "rue des Draveurs" not in page
    client.post(reverse("pret_ecrire", args=[pret.pk]), {"mot": "Parlons-en."})
    assert "Parlons-en." in client_de(yvon).get(pret.get_absolute_url()).text
    assert client.post(faire(pret, "rendre"), {"etat": "remis"}).status_code == 403
    client.post(faire(pret, "regler"), {"etat": "remis", "mot": "Réparé."})
    pret.refresh_from_db()
    assert not pret.a_incident
    assert client.get(pret.get_absolute_url()).status_code == 404
    assert client_de(autre_coordonnatrice).get(pret.get_absolute_url()).status_code == 404


# ------------------------------------------------------------------ the steps


def test_a_whole_loan_from_the_pages(client_de, yvon, mireille, chaudrons, emprunteur):
    preteur, emprunte = client_de(yvon), client_de(mireille)
    dates = {"du": dans(2).isoformat(), "au": dans(3).isoformat()}
    emprunte.post(demande(chaudrons), saisie(emprunteur) | dates)
    pret = Pret.objects.get()
    page = preteur.get(pret.get_absolute_url()).text
    assert "C’est à votre tour" in page and "Accepter" in page and "sont libres à ces dates" in page
    preteur.post(faire(pret, "accepter"), {"etat": "demande"})
    page = emprunte.get(pret.get_absolute_url()).text
    assert "C’est réservé pour vous" in page
    preteur.post(faire(pret, "remettre"), {"etat": "accepte", "mot": "Un éclat sur une anse."})
    assert "Un éclat sur une anse." in emprunte.get(pret.get_absolute_url()).text
    emprunte.post(faire(pret, "rendre"), {"etat": "remis"})
    page = emprunte.get(pret.get_absolute_url()).text
    assert "Rien à signaler" in page and "Comment cela s’est passé" in page
    emprunte.post(
        reverse("pret_evaluer", args=[pret.pk]), {"comme_convenu": "oui", "mot": "Merci Yvon!"}
    )
    page = emprunte.get(pret.get_absolute_url()).text
    assert "Merci Yvon!" in page and "Envoyer l’évaluation" not in page
    preteur.post(faire(pret, "clore"), {"etat": "rendu"})
    pret.refresh_from_db()
    assert pret.etat == Etat.CLOS
    page = preteur.get(pret.get_absolute_url()).text
    assert "Merci Yvon!" in page and "Envoyer l’évaluation" in page


def test_a_page_out_of_date_does_nothing_and_says_so(client_de, yvon, luc, chaudrons, emprunteur):
    pret = fabriques.pret(chaudrons, emprunteur)
    client_de(luc).post(faire(pret, "refuser"), {"etat": "demande", "mot": "Déjà promis."})
    page = client_de(yvon).post(faire(pret, "accepter"), {"etat": "demande"}, follow=True)
    assert "a changé pendant que vous lisiez" in page.text
    pret.refresh_from_db()
    assert pret.etat == Etat.REFUSE
    # A step that would still be possible is not taken from an old page either.
    accepte = fabriques.pret(chaudrons, emprunteur, "accepte")
    client_de(yvon).post(faire(accepte, "annuler"), {"etat": "demande", "mot": "Non."})
    accepte.refresh_from_db()
    assert accepte.etat == Etat.ACCEPTE


def test_a_form_sent_twice_does_it_once_and_complains_of_nothing(
    client_de, yvon, mireille, chaudrons, emprunteur
):
    pret = fabriques.pret(chaudrons, emprunteur)
    client = client_de(yvon)
    client.post(faire(pret, "accepter"), {"etat": "demande"})
    page = client.post(faire(pret, "accepter"), {"etat": "demande"}, follow=True)
    assert "a changé" not in page.text
    for _ in range(2):
        client.post(reverse("pret_ecrire", args=[pret.pk]), {"mot": "À vendredi!"})
    assert pret.evenements.filter(verbe="accepter").count() == 1
    assert pret.evenements.filter(verbe="ecrire").count() == 1


def test_a_reason_is_asked_on_the_page_itself(client_de, yvon, chaudrons, emprunteur):
    pret = fabriques.pret(chaudrons, emprunteur)
    page = client_de(yvon).post(faire(pret, "refuser"), {"etat": "demande", "mot": ""})
    assert "Écrivez un mot." in page.text and "<title>Erreur" in page.text
    pret.refresh_from_db()
    assert pret.etat == Etat.DEMANDE


def test_the_other_side_s_steps_are_refused(client_de, mireille, chaudrons, emprunteur):
    pret = fabriques.pret(chaudrons, emprunteur)
    assert client_de(mireille).post(faire(pret, "accepter"), {}).status_code == 403
    assert client_de(mireille).post(faire(pret, "inconnu"), {}).status_code == 404


def test_no_longer_enough_is_a_sentence(client_de, yvon, chaudrons, emprunteur):
    fabriques.pret(chaudrons, etat="accepte", quantite=5)
    pret = fabriques.pret(chaudrons, emprunteur, quantite=2)
    client = client_de(yvon)
    assert "vous ne pouvez pas accepter" in client.get(pret.get_absolute_url()).text
    page = client.post(faire(pret, "accepter"), {"etat": "demande"}, follow=True)
    assert 'data-ton="erreur"' in page.text
    pret.refresh_from_db()
    assert pret.etat == Etat.DEMANDE


def test_what_people_write_is_text(client_de, yvon, mireille, chaudrons, emprunteur):
    pret = fabriques.pret(chaudrons, emprunteur, but="<script>alert(1)</script>")
    client_de(mireille).post(reverse("pret_ecrire", args=[pret.pk]), {"mot": "<b>gras</b>"})
    page = client_de(yvon).get(pret.get_absolute_url()).text
    assert "&lt;b&gt;gras&lt;/b&gt;" in page and "<script>alert" not in page


# ------------------------------------------------------------------ what is left to do


def test_what_waits_is_told_in_words(emprunteur):
    assert resume(5, 1, emprunteur) == (
        "Cinq choses attendent Maison des Forges, dont une en retard."
    )
    assert resume(1, 1, emprunteur) == "Une chose attend Maison des Forges, et elle est en retard."
    assert resume(12, 0, emprunteur) == "12 choses attendent Maison des Forges."
    assert "Rien n’attend" in resume(0, 0, emprunteur)


def test_to_do_shows_the_late_ones_first_and_accepts_at_once(
    client_de, yvon, mireille, chaudrons, emprunteur
):
    demande_ = fabriques.pret(chaudrons, emprunteur)
    retard = fabriques.pret(chaudrons, emprunteur, en_retard=True)
    page = client_de(yvon).get(reverse("a_faire"))
    assert "Bonjour, Yvon" in page.text and "dont une en retard" in page.text
    assert page.text.index(retard.get_absolute_url()) < page.text.index(demande_.get_absolute_url())
    reponse = client_de(yvon).post(
        faire(demande_, "accepter"), {"etat": "demande", "suite": "a_faire"}
    )
    assert reponse.url == reverse("a_faire")
    demande_.refresh_from_db()
    assert demande_.etat == Etat.ACCEPTE
    assert "Rapporter" in client_de(mireille).get(reverse("a_faire")).text


def test_somebody_without_organisation_is_shown_the_ways_in(client_de, preteur, yvon):
    personne = fabriques.personne("Nadia")
    fabriques.invitation(preteur, yvon, personne.courriel)
    page = client_de(personne).get(reverse("a_faire")).text
    assert "Popote des Vallons vous invite" in page
    assert reverse("organisation_inscrire") in page and reverse("organisation_liste") in page


def test_a_coordinator_finds_the_queue_and_the_open_incidents(
    client_de, coordonnatrice, chaudrons, emprunteur
):
    pret = fabriques.pret(chaudrons, emprunteur, "remis", incident=True)
    client = client_de(coordonnatrice)
    page = client.get(reverse("a_faire")).text
    assert pret.get_absolute_url() in page and reverse("moderation_file") in page
    assert reverse("organisation_inscrire") not in page
    # Once settled the loan is the two sides' own again: nobody is sent to a page now closed.
    reponse = client.post(faire(pret, "regler"), {"etat": "remis", "mot": "Réparé."})
    assert reponse.url == reverse("a_faire")
    assert pret.get_absolute_url() not in client.get(reverse("a_faire")).text


def test_an_organisation_that_may_not_borrow_is_told_so(client_de, mireille, emprunteur):
    emprunteur.etat = EtatPublication.SUSPENDUE
    emprunteur.save()
    page = client_de(mireille).get(reverse("a_faire")).text
    assert "est suspendu" in page and reverse("ressource_creer") not in page
    refus = client_de(mireille).get(reverse("ressource_creer"))
    assert refus.status_code == 403 and "est suspendu" in refus.text
    emprunteur.etat = EtatPublication.SOUMISE
    emprunteur.save()
    assert "attend l’accueil de sa table" in client_de(mireille).get(reverse("a_faire")).text


@pytest.mark.parametrize("page", ["a_faire", "pret_liste"])
def test_one_loan_or_thirty_cost_the_same(
    client_de, yvon, chaudrons, page, django_assert_num_queries, emprunteur
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cout() -> int:
        client.get(reverse(page))
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            assert client.get(reverse(page)).status_code == 200
        return len(requetes)

    client = client_de(yvon)
    for etat in ("demande", "rendu"):
        fabriques.pret(chaudrons, emprunteur, etat)
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    un = cout()
    for rang in range(30):
        autre = fabriques.organisation(table=emprunteur.table)
        fabriques.pret(chaudrons, autre, ["demande", "rendu", "clos", "propose"][rang % 4])
        fabriques.ressource(chaudrons.organisation)
    assert cout() == un


# ------------------------------------------------------------------ the list


def test_the_list_shows_only_the_loans_of_one_s_organisation_and_filters_them(
    client_de, yvon, chaudrons, emprunteur, preteur
):
    prete = fabriques.pret(chaudrons, emprunteur, "remis")
    clos = fabriques.pret(chaudrons, emprunteur, "clos")
    emprunte = fabriques.pret(fabriques.ressource(emprunteur), preteur)
    fabriques.pret()
    client = client_de(yvon)

    def trouves(**choix):
        return set(client.get(reverse("pret_liste"), choix).context["page"].object_list)

    assert trouves() == {prete, clos, emprunte}
    assert trouves(role="preteur") == {prete, clos}
    assert trouves(role="emprunteur") == {emprunte}
    assert trouves(quand="termines") == {clos}
    assert trouves(quand="en-cours", role="preteur") == {prete}
    assert trouves(etat="demande") == {emprunte}
    assert trouves(etat="retard") == set()
    assert trouves(role="n-importe", page="zzz") == {prete, clos, emprunte}
    vide = client.get(reverse("pret_liste"), {"etat": "annule"}).text
    assert "Aucun prêt ne répond à ces choix" in vide


def test_an_empty_list_says_where_to_begin(client_de, mireille):
    assert "Voir les ressources" in client_de(mireille).get(reverse("pret_liste")).text


def test_the_timeline_names_people_and_sides(client_de, mireille, yvon, chaudrons, emprunteur):
    pret = fabriques.pret(chaudrons, emprunteur, "accepte")
    EvenementPret.objects.create(pret=pret, verbe="ecrire", cote=Cote.PRETEUR, par=yvon, mot="Oui!")
    page = client_de(mireille).get(pret.get_absolute_url()).text
    assert "Yvon Côté" in page and "Yvon a accepté la demande" in page
