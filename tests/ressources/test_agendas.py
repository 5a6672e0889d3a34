"""What a calendar reads at its secret address, and the invitation that follows a loan."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from organisations.models import Adhesion, Personne
from organisations.refus import Refus
from ressources import agendas, prets
from ressources.icalendrier import fuseau
from ressources.models import Agenda, Fermeture, Pret, Ressource
from tests import fabriques

pytestmark = pytest.mark.django_db
TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def chaudrons(preteur, yvon, mireille):
    return fabriques.ressource(preteur, "Chaudrons", quantite=9, adresse="12, rue Bas")


@pytest.fixture
def salle(preteur, yvon, mireille):
    return fabriques.ressource(preteur, "Salle", sorte="local")


def adresse(agenda) -> str:
    return reverse("agenda", args=[agenda.jeton])


def lire(agenda):
    reponse = Client().get(adresse(agenda))
    assert reponse.status_code == 200, reponse.status_code
    return reponse


def evenements(agenda) -> list:
    return list(Calendar.from_ical(lire(agenda).content).walk("VEVENT"))


def ici(annee, mois, jour, heure=0, minute=0, fold=0) -> dt.datetime:
    return dt.datetime(annee, mois, jour, heure, minute, tzinfo=TORONTO, fold=fold)


@pytest.fixture
def en_2027(monkeypatch):
    """The portal's clock in February 2027."""
    monkeypatch.setattr(timezone, "now", lambda: ici(2027, 2, 1, 9).astimezone(dt.UTC))


# ------------------------------------------------------------------ what an event says


def test_a_loan_of_whole_days_is_dates_with_the_last_one_excluded(chaudrons, emprunteur, yvon):
    pret = fabriques.pret(chaudrons, emprunteur, "accepte", quantite=2)
    (e,) = evenements(agendas.creer(yvon))
    jour = timezone.localdate()
    assert e["dtstart"].to_ical() == f"{jour + dt.timedelta(10):%Y%m%d}".encode()
    assert e["dtend"].to_ical() == f"{jour + dt.timedelta(13):%Y%m%d}".encode()
    assert e["dtstart"].params["VALUE"] == "DATE"
    assert e["summary"] == "Prêt\u00a0: 2\u00a0×\u00a0Chaudrons (Maison des Forges)"
    assert e["status"] == "CONFIRMED" and e["sequence"] == 0
    assert e["uid"] == f"pret-{pret.pk}@localhost"
    assert e["url"] == f"http://localhost:8000{pret.get_absolute_url()}"


def test_an_hour_is_local_on_both_sides_of_both_changes_of_clock(
    salle, emprunteur, mireille, en_2027
):
    """9 h stays 9 h: before and after 14 March and 7 November 2027."""
    for mois, jour in ((3, 12), (3, 15), (11, 5), (11, 8)):
        fabriques.pret(
            salle,
            emprunteur,
            "accepte",
            debut=ici(2027, mois, jour, 9),
            fin=ici(2027, mois, jour, 12),
        )
    agenda = agendas.creer(mireille)
    texte = lire(agenda).content.decode()
    for date in ("20270312", "20270315", "20271105", "20271108"):
        assert f"DTSTART;TZID=America/Toronto:{date}T090000" in texte
        assert f"DTEND;TZID=America/Toronto:{date}T120000" in texte
    assert texte.index("BEGIN:VTIMEZONE") < texte.index("BEGIN:VEVENT")


def test_the_two_half_past_one_of_november_are_two_instants(salle, emprunteur, mireille, en_2027):
    for fold, fin in ((0, 0), (1, 1)):
        fabriques.pret(
            salle,
            emprunteur,
            "accepte",
            debut=ici(2027, 11, 7, 1, 30, fold=fold).astimezone(dt.UTC),
            fin=ici(2027, 11, 7, 1, 45, fold=fin).astimezone(dt.UTC),
        )
    instants = [e["dtstart"].dt.astimezone(dt.UTC) for e in evenements(agendas.creer(mireille))]
    assert instants == [
        dt.datetime(2027, 11, 7, 5, 30, tzinfo=dt.UTC),
        dt.datetime(2027, 11, 7, 6, 30, tzinfo=dt.UTC),
    ]


def test_the_time_zone_is_the_one_of_the_system_each_hour_of_two_years():
    """Read back from the VTIMEZONE alone, against the system's."""
    lu = fuseau(2026, 2028).to_tz(lookup_tzid=False)
    instant = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    while instant.year < 2028:
        vrai = instant.astimezone(TORONTO)
        if not vrai.fold:  # written in UTC, see the test above
            assert vrai.replace(tzinfo=lu).utcoffset() == vrai.utcoffset(), instant
        instant += dt.timedelta(hours=1 if vrai.month in (3, 11) else 24)


def test_each_onset_is_written_in_the_time_that_it_ends():
    texte = fuseau(2027, 2027).to_ical().decode()
    assert "DTSTART:20270314T020000" in texte and "DTSTART:20271107T020000" in texte


@pytest.mark.parametrize(
    ("etat", "statut"),
    [
        ("demande", "TENTATIVE"),
        ("propose", "TENTATIVE"),
        ("accepte", "CONFIRMED"),
        ("remis", "CONFIRMED"),
        ("rendu", "CONFIRMED"),
        ("clos", "CONFIRMED"),
        ("refuse", None),
        ("annule", None),
        ("expire", None),
        ("non_reclame", None),
    ],
)
def test_the_status_says_what_is_promised(etat, statut, chaudrons, emprunteur, yvon):
    fabriques.pret(chaudrons, emprunteur, etat)
    assert [e["status"] for e in evenements(agendas.creer(yvon))] == ([statut] if statut else [])


def test_a_late_loan_is_said_late_however_old(chaudrons, emprunteur, yvon):
    debut, fin = fabriques.jours(-400, -390)
    fabriques.pret(chaudrons, emprunteur, "remis", debut=debut, fin=fin)
    assert [e["summary"][:9] for e in evenements(agendas.creer(yvon))] == ["En retard"]


def test_the_past_is_ninety_days_and_the_future_two_years(chaudrons, emprunteur, yvon):
    for debut in (-100, -80, 700, 740):
        d, f = fabriques.jours(debut, debut + 1)
        fabriques.pret(chaudrons, emprunteur, "clos" if debut < 0 else "accepte", debut=d, fin=f)
    assert len(evenements(agendas.creer(yvon))) == 2


def test_a_change_of_dates_raises_the_sequence_and_keeps_the_uid(
    chaudrons, emprunteur, yvon, mireille
):
    pret = fabriques.pret(chaudrons, emprunteur, "accepte")
    agenda = agendas.creer(yvon)
    (avant,) = evenements(agenda)
    prets.effectuer(pret, "prolonger", par=mireille, periode=fabriques.jours(10, 14))
    prets.effectuer(pret, "accorder", par=yvon)
    (apres,) = evenements(agenda)
    assert apres["uid"] == avant["uid"] and apres["sequence"] == avant["sequence"] + 1
    assert apres["dtend"].dt == avant["dtend"].dt + dt.timedelta(days=2)
    assert apres["last-modified"].dt > avant["last-modified"].dt


def test_what_people_type_opens_nothing(preteur, emprunteur, yvon, mireille):
    piege = "Marmite\r\nEND:VEVENT\rBEGIN:VALARM\nATTACH:x\u2028y;z,\\w\x07"
    annonce = fabriques.ressource(preteur, "Marmite", adresse=piege, quantite=2)
    Ressource.objects.filter(pk=annonce.pk).update(titre=piege)
    fabriques.pret(annonce, emprunteur, "accepte", conditions={"adresse": piege})
    agenda = agendas.creer(yvon)
    texte = lire(agenda).content.decode()
    assert texte.count("BEGIN:VEVENT") == 1 and "\r\nBEGIN:VALARM" not in texte
    assert "\x07" not in texte and "\u2028" not in texte
    assert all(len(ligne) <= 75 for ligne in lire(agenda).content.split(b"\r\n"))
    (e,) = evenements(agenda)
    assert "Marmite END:VEVENT BEGIN:VALARM ATTACH:x y;z,\\w" in e["summary"]
    assert e["location"].startswith("Marmite END:VEVENT")


def test_it_speaks_the_language_of_its_owner(chaudrons, emprunteur, mireille, client_de):
    Personne.objects.filter(pk=mireille.pk).update(langue="en")
    agenda = agendas.creer(mireille)
    client = Client(headers={"accept-language": "fr"})
    assert client.get(adresse(agenda)).status_code == 200


# ------------------------------------------------------------------ who reads what


def test_the_place_is_for_the_two_sides_once_it_is_promised(chaudrons, emprunteur, yvon, mireille):
    attend = fabriques.pret(chaudrons, emprunteur)
    a_moi, a_elle = agendas.creer(yvon), agendas.creer(mireille)
    assert evenements(a_moi)[0]["location"] == "12, rue Bas"
    assert "location" not in evenements(a_elle)[0]
    prets.effectuer(attend, "accepter", par=yvon)
    assert evenements(a_elle)[0]["location"] == "12, rue Bas"


def test_one_reads_the_loans_of_ones_organisations_only(
    chaudrons, emprunteur, yvon, mireille, passant
):
    fabriques.pret(chaudrons, emprunteur, "accepte")
    assert len(evenements(agendas.creer(yvon))) == 1
    assert len(evenements(agendas.creer(mireille))) == 1
    assert evenements(agendas.creer(passant)) == []


def test_of_one_organisation_among_two(chaudrons, preteur, emprunteur, yvon, mireille, table):
    autre = fabriques.organisation("Atelier", table=table)
    fabriques.adhesion(mireille, autre)
    fabriques.pret(chaudrons, emprunteur, "accepte")
    fabriques.pret(chaudrons, autre, "accepte")
    assert len(evenements(agendas.creer(mireille))) == 2
    assert len(evenements(agendas.creer(mireille, organisation=autre))) == 1


def test_who_leaves_an_organisation_reads_nothing_of_it_any_more(
    chaudrons, emprunteur, yvon, mireille, client
):
    fabriques.pret(chaudrons, emprunteur, "accepte")
    tous, le_sien = agendas.creer(mireille), agendas.creer(mireille, organisation=emprunteur)
    Adhesion.objects.filter(personne=mireille).update(etat="terminee")
    assert client.get(adresse(le_sien)).status_code == 404
    assert evenements(tous) == []
    Personne.objects.filter(pk=mireille.pk).update(is_active=False)
    assert client.get(adresse(tous)).status_code == 404


def test_of_a_listing_others_read_what_is_taken_and_by_nobody(
    chaudrons, emprunteur, yvon, mireille, passant, client
):
    fabriques.pret(chaudrons, emprunteur, "accepte", quantite=2)
    fabriques.pret(chaudrons, emprunteur, "demande")
    Fermeture.objects.create(
        ressource=chaudrons, periode=fabriques.jours(20, 22), motif="Inventaire de Lucie"
    )
    texte = lire(agendas.creer(passant, ressource=chaudrons)).content.decode()
    assert texte.count("BEGIN:VEVENT") == 2
    assert "Pris\u00a0: 2\u00a0×\u00a0Chaudrons" in texte and "Fermé" in texte
    for secret in ("Forges", "Lucie", "/prets/", "rue Bas", "Mireille"):
        assert secret not in texte, secret
    a_soi = lire(agendas.creer(yvon, ressource=chaudrons)).content.decode()
    assert "Maison des Forges" in a_soi.replace("\r\n ", "") and "Lucie" in a_soi


def test_of_a_room_one_reads_what_the_house_takes(preteur, yvon, emprunteur, mireille, passant):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    chambre = fabriques.ressource(
        preteur, "Pièce secrète", sorte="local", partie_de=maison, etat="brouillon"
    )
    soeur = fabriques.ressource(preteur, "Cuisine", sorte="local", partie_de=maison)
    jour = timezone.localdate() + dt.timedelta(days=5)
    heures = [timezone.make_aware(dt.datetime.combine(jour, dt.time(h))) for h in (9, 11)]
    fabriques.pret(chambre, emprunteur, "accepte", debut=heures[0], fin=heures[1])
    (e,) = evenements(agendas.creer(passant, ressource=maison))
    assert "secrète" not in e.to_ical().decode() and "Maison" in e["summary"]
    assert evenements(agendas.creer(passant, ressource=soeur)) == []


def test_a_late_loan_takes_the_listing_until_it_is_back(chaudrons, emprunteur, passant):
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    (e,) = evenements(agendas.creer(passant, ressource=chaudrons))
    assert e["dtend"].dt == timezone.localdate() + dt.timedelta(days=1)
    assert e["summary"].startswith("Pris jusqu’au retour")


def test_a_listing_that_closes_is_read_no_more(chaudrons, passant, yvon, client):
    agenda, a_soi = (agendas.creer(p, ressource=chaudrons) for p in (passant, yvon))
    Ressource.objects.filter(pk=chaudrons.pk).update(etat="archivee")
    assert client.get(adresse(agenda)).status_code == 404
    assert client.get(adresse(a_soi)).status_code == 200


# ------------------------------------------------------------------ the address


def test_the_address_is_long_and_its_own(yvon, luc):
    jetons = {agendas.creer(p).jeton for p in (yvon, luc)}
    assert len(jetons) == 2 and all(len(j) >= 32 for j in jetons)


@pytest.mark.parametrize("jeton", ["x", "a" * 300, "%00", "é"])
def test_an_unknown_address_is_not_found(jeton, client, db):
    assert client.get(f"/agenda/{jeton}.ics").status_code == 404


def test_a_revoked_address_is_not_found_and_another_may_be_made(yvon, client, client_de):
    agenda = agendas.creer(yvon)
    assert agendas.creer(yvon) == agenda, "asked for twice, it is the same"
    neuf = agendas.renouveler(agenda)
    assert neuf.jeton != agenda.jeton
    assert client.get(adresse(agenda)).status_code == 404
    assert client.get(adresse(neuf)).status_code == 200
    with pytest.raises(Refus):
        agendas.renouveler(agenda)
    agendas.revoquer(neuf)
    agendas.revoquer(neuf)
    assert client.get(adresse(neuf)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_asked_for_six_times_at_once_it_is_one_address(yvon):
    def demander(_n):
        try:
            return agendas.creer(yvon).jeton
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as fils:
        assert len(set(fils.map(demander, range(6)))) == 1
    assert Agenda.objects.count() == 1


def test_what_did_not_change_is_not_sent_again(chaudrons, emprunteur, yvon, client):
    pret = fabriques.pret(chaudrons, emprunteur, "accepte")
    agenda = agendas.creer(yvon)
    reponse = lire(agenda)
    assert reponse["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in reponse["Cache-Control"] and reponse["Last-Modified"]
    encore = client.get(adresse(agenda), headers={"if-none-match": reponse["ETag"]})
    assert encore.status_code == 304 and encore.content == b""
    Pret.objects.filter(pk=pret.pk).update(etat="annule")
    parti = client.get(adresse(agenda), headers={"if-none-match": reponse["ETag"]})
    assert parti.status_code == 200 and b"BEGIN:VEVENT" not in parti.content
    assert client.head(adresse(agenda)).status_code == 200
    assert client.post(adresse(agenda)).status_code == 405


def test_the_page_gives_the_addresses_to_their_owner_only(chaudrons, preteur, yvon, luc, client_de):
    client = client_de(yvon)
    vide = client.get(reverse("agenda_liste")).content.decode()
    assert "aucune adresse" in vide
    client.post(reverse("agenda_creer"))
    client.post(reverse("agenda_creer"), {"organisation": preteur.slug})
    client.post(reverse("agenda_creer"), {"ressource": chaudrons.slug})
    page = client.get(reverse("agenda_liste")).content.decode()
    for agenda in Agenda.objects.all():
        assert f"http://testserver{adresse(agenda)}" in page
        assert f"webcal://testserver{adresse(agenda)}" in page
        assert agenda.jeton not in client_de(luc).get(reverse("agenda_liste")).content.decode()
    client.post(reverse("agenda_revoquer", args=[agenda.pk]))
    assert agenda.jeton not in client.get(reverse("agenda_liste")).content.decode()


def test_a_forged_form_gives_no_calendar(preteur, passant, client_de):
    client = client_de(passant)
    brouillon = fabriques.ressource(preteur, etat="brouillon")
    outil = fabriques.ressource(preteur, sorte="savoir")
    for envoi in (
        {"organisation": preteur.slug},
        {"organisation": "\x00"},
        {"ressource": brouillon.slug},
        {"ressource": "inconnue"},
    ):
        assert client.post(reverse("agenda_creer"), envoi).status_code == 404, envoi
    client.post(reverse("agenda_creer"), {"ressource": outil.slug})
    assert not Agenda.objects.exists()


def test_the_listing_offers_to_follow_its_dates(chaudrons, mireille, client_de):
    geste = f'action="{reverse("agenda_creer")}"'
    page = chaudrons.get_absolute_url()
    assert geste in client_de(mireille).get(page).content.decode()
    assert geste not in client_de().get(page).content.decode()


# ------------------------------------------------------------------ invitations


def invitation(lettre):
    """The calendar a letter carries, read the way a mail program does."""
    parties = [p for p in lettre.message().walk() if p.get_content_type() == "text/calendar"]
    if not parties:
        return None
    (partie,) = parties
    calendrier = Calendar.from_ical(partie.get_payload(decode=True))
    assert partie.get_param("method") == calendrier["method"]
    (fichier,) = [p for p in lettre.message().walk() if p.get_filename()]
    assert fichier.get_payload(decode=True) == partie.get_payload(decode=True)
    (e,) = calendrier.walk("VEVENT")
    return calendrier["method"], e


def test_the_acceptance_carries_the_invitation(chaudrons, emprunteur, yvon, mireille, courriels):
    pret = fabriques.pret(chaudrons, emprunteur)
    prets.effectuer(pret, "accepter", par=yvon)
    (lettre,) = courriels(mireille)
    methode, e = invitation(lettre)
    assert methode == "REQUEST" and e["status"] == "CONFIRMED" and e["sequence"] == 0
    assert e["uid"] == f"pret-{pret.pk}@localhost"
    assert e["attendee"] == f"mailto:{mireille.courriel}"
    assert str(e["organizer"]).startswith("mailto:") and e["location"] == "12, rue Bas"


def test_new_dates_update_it_and_a_cancellation_takes_it_away(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    pret = fabriques.pret(chaudrons, emprunteur)
    prets.effectuer(pret, "accepter", par=yvon)
    prets.effectuer(pret, "prolonger", par=mireille, periode=fabriques.jours(10, 14))
    prets.effectuer(pret, "accorder", par=yvon)
    prets.effectuer(pret, "annuler", par=yvon, mot="Le chaudron est fendu.")
    suites = [i for lettre in courriels(mireille) if (i := invitation(lettre))]
    assert [(m, e["sequence"]) for m, e in suites] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert len({e["uid"] for _m, e in suites}) == 1
    assert suites[2][1]["status"] == "CANCELLED" and "location" not in suites[2][1]


def test_whoever_cancels_the_calendars_that_hold_it_are_told(
    chaudrons, emprunteur, yvon, mireille, ana, courriels
):
    pret = fabriques.pret(chaudrons, emprunteur)
    prets.effectuer(pret, "accepter", par=yvon)
    prets.effectuer(pret, "annuler", par=mireille, mot="Reporté.")
    for personne in (mireille, ana):
        assert invitation(courriels(personne)[-1])[0] == "CANCEL"
    assert courriels(ana)[-1].subject.startswith("Pour votre agenda")
    assert invitation(courriels(yvon)[-1])[0] == "CANCEL"


def test_a_proposal_accepted_invites_the_lender(chaudrons, emprunteur, yvon, mireille, courriels):
    pret = fabriques.pret(chaudrons, emprunteur)
    prets.effectuer(pret, "proposer", par=yvon, quantite=2)
    assert invitation(courriels(mireille)[-1]) is None
    prets.effectuer(pret, "convenir", par=mireille)
    assert invitation(courriels(yvon)[-1])[0] == "REQUEST"
    prets.effectuer(pret, "annuler", par=yvon, mot="Désolé.")
    assert invitation(courriels(yvon)[-1])[0] == "CANCEL"
    assert invitation(courriels(mireille)[-1])[0] == "CANCEL"


def test_a_request_called_off_before_an_answer_carries_nothing(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    pret = fabriques.pret(chaudrons, emprunteur)
    prets.effectuer(pret, "annuler", par=mireille, mot="Plus besoin.")
    assert invitation(courriels(yvon)[-1]) is None and not courriels(mireille)


def test_the_table_receives_no_invitation(
    chaudrons, emprunteur, yvon, mireille, coordonnatrice, courriels
):
    pret = fabriques.pret(chaudrons, emprunteur, "remis", incident=True)
    prets.effectuer(pret, "prolonger", par=mireille, periode=fabriques.jours(-1, 6))
    prets.effectuer(pret, "accorder", par=yvon)
    assert [invitation(m) for m in courriels(coordonnatrice)] == [None, None]
    assert invitation(courriels(mireille)[-1])[0] == "REQUEST"
