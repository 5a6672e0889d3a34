"""A series: its dates on the clock of the wall, all or none, or those in conflict skipped."""

import datetime as dt
import re
import uuid
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from organisations.refus import Refus
from ressources import demandes, recurrence, regles
from ressources.cycle import Etat
from ressources.models import Demande, Pret
from ressources.recurrence import Regle
from tests import fabriques

ICI = ZoneInfo("America/Toronto")


def premier(semaine: int = 1) -> dt.date:
    """A day some weeks from now, never past."""
    return timezone.localdate() + dt.timedelta(weeks=semaine)


# ------------------------------------------------------------------ the dates


def test_every_week_every_other_week_and_every_month():
    lundi = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())
    chaque = recurrence.dates(Regle("WEEKLY", nombre=4), lundi)
    assert chaque == [lundi + dt.timedelta(weeks=n) for n in range(4)]
    une_sur_deux = recurrence.dates(
        Regle("WEEKLY", intervalle=2, jusqua=lundi + dt.timedelta(weeks=5)), lundi
    )
    assert une_sur_deux == [lundi + dt.timedelta(weeks=n) for n in (0, 2, 4)]


@pytest.fixture
def en_2026(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *a: dt.date(2026, 11, 24))


def test_every_month_at_the_same_date_skips_the_months_that_do_not_have_it(en_2026):
    jours = recurrence.dates(Regle("MONTHLY", nombre=3), dt.date(2027, 1, 31))
    assert jours == [dt.date(2027, 1, 31), dt.date(2027, 3, 31), dt.date(2027, 5, 31)]


def test_every_month_on_the_same_weekday(en_2026):
    deuxieme_mardi = dt.date(2027, 1, 12)
    assert recurrence.rang_du_jour(deuxieme_mardi) == 2
    regle = Regle("MONTHLY", rang=2, jour=1, nombre=3)
    assert recurrence.dates(regle, deuxieme_mardi) == [
        dt.date(2027, 1, 12),
        dt.date(2027, 2, 9),
        dt.date(2027, 3, 9),
    ]
    cinquieme_vendredi = dt.date(2027, 1, 29)
    assert recurrence.rang_du_jour(cinquieme_vendredi) == -1  # the last one
    regle = Regle("MONTHLY", rang=-1, jour=4, nombre=3)
    assert recurrence.dates(regle, cinquieme_vendredi)[1] == dt.date(2027, 2, 26)


@pytest.mark.parametrize(
    "regle",
    [
        Regle("WEEKLY", nombre=8),
        Regle("WEEKLY", intervalle=3, jusqua=dt.date(2027, 6, 30)),
        Regle("MONTHLY", rang=-1, jour=6, nombre=12),
        Regle("MONTHLY", jusqua=dt.date(2028, 1, 1)),
    ],
)
def test_a_recurrence_is_kept_as_the_standard_writes_it(regle):
    from dateutil.rrule import rrulestr

    assert recurrence.lire(str(regle)) == regle
    assert rrulestr(str(regle), dtstart=dt.datetime(2027, 1, 1)).after(  # noqa: DTZ001
        dt.datetime(2027, 1, 1)  # noqa: DTZ001
    )


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "FREQ=SECONDLY;COUNT=10000",
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=9XX",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=WEEKLY;COUNT=x",
        "FREQ=WEEKLY;UNTIL=99991399",
        "n’importe quoi",
    ],
)
def test_what_the_portal_does_not_write_it_does_not_read(texte):
    with pytest.raises(Refus, match="ne se lit pas"):
        recurrence.lire(texte)


@pytest.mark.parametrize(
    ("texte", "phrase"),
    [
        ("FREQ=WEEKLY;COUNT=10000", "au plus 60"),
        ("FREQ=WEEKLY;UNTIL=99991231", "au plus 60"),
        ("FREQ=WEEKLY", "au plus 60"),
        ("FREQ=MONTHLY;COUNT=60", "trop loin"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=3", "de 1 à 12"),
        ("FREQ=WEEKLY;INTERVAL=100000;COUNT=3", "de 1 à 12"),
        ("FREQ=WEEKLY;COUNT=1", "qu’une date"),
        ("FREQ=WEEKLY;UNTIL=20000101", "qu’une date"),
    ],
)
def test_too_long_a_recurrence_is_refused_without_being_computed(texte, phrase, monkeypatch):
    comptees = []
    vraie = recurrence.rrule.__iter__

    def compter(regle):
        for jour in vraie(regle):
            comptees.append(jour)
            yield jour

    monkeypatch.setattr(recurrence.rrule, "__iter__", compter)
    with pytest.raises(Refus, match=phrase):
        recurrence.dates(recurrence.lire(texte), premier())
    assert len(comptees) <= recurrence.DATES_MAX + 1


def test_nine_stays_nine_across_both_changes_of_clock():
    printemps, automne = dt.date(2027, 3, 14), dt.date(2027, 11, 7)
    for jour in (printemps, automne):
        for ecart in (-7, 0, 7):
            instant = recurrence.instant(jour + dt.timedelta(days=ecart), dt.time(9))
            assert instant.astimezone(ICI).time() == dt.time(9)
    veille, apres = (
        recurrence.instant(printemps + dt.timedelta(days=n), dt.time(9)) for n in (-1, 1)
    )
    assert apres - veille == dt.timedelta(hours=47)


def test_an_hour_the_clock_skips_does_not_exist():
    assert recurrence.instant(dt.date(2027, 3, 14), dt.time(2, 30)) is None
    assert recurrence.instant(dt.date(2027, 3, 15), dt.time(2, 30)) is not None


# ------------------------------------------------------------------ asking for one


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Salle du rez-de-chaussée", sorte="local")


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(preteur, "Chaudrons de 60 L", quantite=6)


def adresse(ressource):
    return reverse("serie_demander", args=[ressource.slug])


def choix(emprunteur, **champs):
    return {
        "date": premier().isoformat(),
        "debut": "09:00",
        "fin": "11:00",
        "rythme": "semaines",
        "intervalle": "1",
        "nombre": "3",
        "jusqua": "",
        "emprunteur": str(emprunteur.pk),
    } | champs


def envoi(emprunteur, jours=None, **champs):
    jours = jours or [premier(n).isoformat() for n in (1, 2, 3)]
    return (
        choix(emprunteur)
        | {
            "gardee": jours,
            "sauter": "non",
            "but": "L’aide aux devoirs.",
            "charte": "on",
            "jeton": str(uuid.uuid4()),
        }
        | champs
    )


def occuper(ressource, jour, debut=9, fin=11):
    return fabriques.pret(
        ressource,
        etat="accepte",
        debut=recurrence.instant(jour, dt.time(debut)),
        fin=recurrence.instant(jour, dt.time(fin)),
    )


@pytest.mark.django_db
def test_the_first_step_then_the_list_of_all_dates(salle, mireille, emprunteur, client_de):
    client = client_de(mireille)
    assert "Voir toutes les dates" in client.get(adresse(salle)).text
    occuper(salle, premier(2))
    page = client.get(adresse(salle), choix(emprunteur)).text
    assert page.count('name="gardee"') == 3
    assert "1 date sur 3 n’est pas libre." in page
    assert "C’est déjà pris à ces dates." in page
    assert "(facultatif)" not in page
    assert re.search(r'value="non"[^>]* id="serie-sauter_0"', page), "the choice comes back"
    jeton = re.search(r'name="jeton" value="([0-9a-f-]{36})"', page)
    assert jeton, "the second step can be sent"
    assert not Demande.objects.exists()
    retour = client.get(adresse(salle), choix(emprunteur, modifier="1")).text
    assert 'value="09:00"' in retour and 'value="3"' in retour


@pytest.mark.django_db
def test_a_weekly_series_makes_one_request(salle, mireille, emprunteur, yvon, client_de, courriels):
    reponse = client_de(mireille).post(adresse(salle), envoi(emprunteur))
    demande = Demande.objects.get()
    assert reponse.url == demande.get_absolute_url()
    assert demande.regle == "FREQ=WEEKLY;COUNT=3"
    debuts = [timezone.localtime(p.debut) for p in demande.prets.order_by("pk")]
    assert [d.date() for d in debuts] == [premier(n) for n in (1, 2, 3)]
    assert {d.time() for d in debuts} == {dt.time(9)}
    assert len(courriels(yvon)) == 1


@pytest.mark.django_db
def test_one_date_unticked_makes_one_loan_less(salle, mireille, emprunteur, client_de):
    """Weekly from the 1st to the 15th, without the 8th: two bookings."""
    jours = [premier(1).isoformat(), premier(3).isoformat()]
    client_de(mireille).post(adresse(salle), envoi(emprunteur, jours))
    assert Pret.objects.count() == 2


@pytest.mark.django_db
def test_one_conflict_creates_nothing_and_names_exactly_the_date_and_hours(
    salle, mireille, emprunteur, client_de
):
    occuper(salle, premier(2))
    page = client_de(mireille).post(adresse(salle), envoi(emprunteur))
    assert page.status_code == 200
    ligne = demandes.Ligne(
        salle,
        recurrence.instant(premier(2), dt.time(9)),
        recurrence.instant(premier(2), dt.time(11)),
    )
    attendu = demandes.quand(ligne.debut, ligne.fin)
    assert "de 9\u00a0h\u00a000 à 11\u00a0h\u00a000" in attendu
    assert page.text.count(attendu) == 1 and "Rien n’a été envoyé" in page.text
    assert not Demande.objects.exists() and Pret.objects.count() == 1
    assert "L’aide aux devoirs." in page.text


@pytest.mark.django_db
def test_skipping_the_dates_in_conflict_asks_for_the_others(salle, mireille, emprunteur, client_de):
    occuper(salle, premier(2))
    client_de(mireille).post(adresse(salle), envoi(emprunteur, sauter="oui"))
    demande = Demande.objects.get()
    assert [timezone.localtime(p.debut).date() for p in demande.prets.order_by("pk")] == [
        premier(1),
        premier(3),
    ]


@pytest.mark.django_db
def test_every_date_in_conflict_asks_for_nothing(salle, mireille, emprunteur, client_de):
    for n in (1, 2, 3):
        occuper(salle, premier(n))
    page = client_de(mireille).post(adresse(salle), envoi(emprunteur, sauter="oui"))
    assert "Aucune de ces dates n’est libre" in page.text and not Demande.objects.exists()


@pytest.mark.django_db
def test_a_rival_between_the_check_and_the_save_is_the_only_one_left(
    salle, mireille, emprunteur, monkeypatch
):
    """The dates were free when the page was drawn; the check is made again in the transaction."""
    lignes = [
        demandes.Ligne(
            salle,
            recurrence.instant(premier(n), dt.time(9)),
            recurrence.instant(premier(n), dt.time(11)),
        )
        for n in (1, 2)
    ]
    assert demandes.raisons(lignes, emprunteur) == [[], []]
    rival = occuper(salle, premier(2))
    with pytest.raises(demandes.RefusEnsemble):
        demandes.demander_ensemble(
            lignes, par=mireille, emprunteur=emprunteur, but="Un atelier.", jeton=uuid.uuid4()
        )
    assert list(Pret.objects.all()) == [rival]


@pytest.mark.django_db
def test_the_same_series_sent_twice_is_asked_once(
    salle, mireille, emprunteur, client_de, courriels
):
    client, donnees = client_de(mireille), envoi(emprunteur)
    une, deux = client.post(adresse(salle), donnees), client.post(adresse(salle), donnees)
    assert une.url == deux.url
    assert Pret.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nombre": "10000"}, "au plus 60 dates"),
        ({"nombre": "", "jusqua": "9999-12-31"}, "trop loin"),
        ({"nombre": "", "jusqua": premier(70).isoformat()}, "au plus 60 dates"),
        ({"nombre": "40", "rythme": "date"}, "va trop loin"),
        ({"nombre": "1"}, "au moins 2 dates"),
        ({"nombre": "", "jusqua": ""}, "Dites quand la série s’arrête"),
        ({"jusqua": "2027-01-01"}, "Choisissez le nombre"),
        ({"intervalle": "0"}, "supérieure ou égale à"),
        ({"intervalle": "99"}, "inférieure ou égale à"),
        ({"rythme": "jours"}, "Sélectionnez un choix valide"),
        ({"date": "1900-01-01"}, "est passée"),
        ({"date": "9999-12-31"}, "trop loin"),
        ({"debut": "11:00", "fin": "09:00"}, "La fin doit venir après le début"),
        ({"debut": "09:07"}, "quarts d’heure"),
    ],
)
def test_what_cannot_be_is_said_on_the_first_step(
    salle, mireille, emprunteur, client_de, champs, phrase
):
    if champs.get("jusqua") == "2027-01-01":
        champs = {"jusqua": premier(3).isoformat()}
    for reponse in (
        client_de(mireille).get(adresse(salle), choix(emprunteur) | champs),
        client_de(mireille).post(adresse(salle), envoi(emprunteur) | champs),
    ):
        assert reponse.status_code == 200
        assert phrase in reponse.text and "Voir toutes les dates" in reponse.text
    assert not Demande.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"gardee": []}, "au moins une date"),
        ({"gardee": ["2000-01-01", "x"]}, "au moins une date"),
        ({"but": ""}, "à quoi cela servira"),
        ({"charte": ""}, "Lisez la charte"),
        ({"jeton": "x"}, "a trop attendu"),
        ({"sauter": "peut-être"}, "Sélectionnez un choix valide"),
        ({"emprunteur": "0"}, "Vous agissez maintenant pour"),
    ],
)
def test_what_cannot_be_is_said_on_the_second_step(
    salle, mireille, emprunteur, client_de, champs, phrase
):
    reponse = client_de(mireille).post(adresse(salle), envoi(emprunteur) | champs)
    assert reponse.status_code == 200 and phrase in reponse.text
    assert not Demande.objects.exists()


@pytest.mark.django_db
def test_by_the_day_a_series_keeps_its_number_of_days(chaudrons, mireille, emprunteur, client_de):
    donnees = envoi(
        emprunteur,
        du=premier().isoformat(),
        au=(premier() + dt.timedelta(days=1)).isoformat(),
        quantite="2",
    )
    client_de(mireille).post(adresse(chaudrons), donnees)
    assert {regles.duree(p.ressource, p.debut, p.fin) for p in Pret.objects.all()} == {2}
    assert Pret.objects.count() == 3


@pytest.mark.django_db
def test_loans_longer_than_their_interval_are_refused(chaudrons, mireille, emprunteur, client_de):
    donnees = envoi(emprunteur, du=premier().isoformat(), au=premier(2).isoformat(), quantite="1")
    page = client_de(mireille).post(adresse(chaudrons), donnees)
    assert "chevauchent" in page.text and not Pret.objects.exists()


@pytest.mark.django_db
def test_sixty_free_dates_cost_the_queries_of_three(salle, mireille, emprunteur, client_de):
    client = client_de(mireille)
    client.get(adresse(salle), choix(emprunteur))
    couts = []
    for nombre in (3, 60):
        with CaptureQueriesContext(connection) as requetes:
            client.get(adresse(salle), choix(emprunteur, nombre=str(nombre)))
        couts.append(len(requetes))
    assert couts[0] == couts[1]


# ------------------------------------------------------------------ shortening


@pytest.fixture
def serie(salle, mireille, emprunteur, mailoutbox):
    lignes = [
        demandes.Ligne(
            salle,
            recurrence.instant(premier(n), dt.time(9)),
            recurrence.instant(premier(n), dt.time(11)),
        )
        for n in (1, 2, 3, 4)
    ]
    (demande,) = demandes.demander_ensemble(
        lignes,
        par=mireille,
        emprunteur=emprunteur,
        but="L’aide aux devoirs.",
        jeton=uuid.uuid4(),
        regle="FREQ=WEEKLY;COUNT=4",
    )
    mailoutbox.clear()
    return demande


@pytest.mark.django_db
def test_shortening_a_series_cancels_what_follows_and_tells_once(
    serie, mireille, yvon, luc, courriels, client_de, mailoutbox
):
    demandes.accepter_tout(serie, par=yvon)
    mailoutbox.clear()
    page = client_de(mireille).get(serie.get_absolute_url()).text
    assert "Annuler la suite" in page and "À partir du" in page
    client_de(mireille).post(
        reverse("demande_effectuer", args=[serie.pk, "annuler"]),
        {
            "vu": demandes.empreinte(serie.prets.all()),
            "a_partir_de": premier(3).isoformat(),
            "mot": "Le projet finit plus tôt.",
        },
    )
    etats = [p.etat for p in serie.prets.order_by("pk")]
    assert etats == [Etat.ACCEPTE, Etat.ACCEPTE, Etat.ANNULE, Etat.ANNULE]
    # Yvon and Luc, once each; and Mireille for her calendar, which had taken them in.
    assert [len(courriels(p)) for p in (yvon, luc, mireille)] == [1, 1, 1]
    assert "agenda" in courriels(mireille)[0].subject
    (piece,) = [c for _nom, c, genre in courriels(yvon)[0].attachments if "ics" in genre]
    assert piece.count(b"BEGIN:VEVENT") == 2 and piece.count(b"STATUS:CANCELLED") == 2
    (lettre,) = courriels(yvon)
    assert "annule 2" in lettre.subject.replace("\u00a0", " ")
    assert "finit plus tôt" in lettre.body


@pytest.mark.django_db
def test_shortening_twice_does_nothing_more(serie, mireille, yvon, courriels):
    for _fois in range(2):
        demandes.annuler_la_suite(serie, par=mireille, mot="Fini.", a_partir_de=premier(3))
    assert len(courriels(yvon)) == 1
    assert serie.prets.filter(etat=Etat.DEMANDE).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("jour", ["", "x", "0001-01-01", "9999-12-31"])
def test_a_date_that_cannot_be_shortens_nothing(serie, mireille, client_de, jour):
    page = client_de(mireille).post(
        reverse("demande_effectuer", args=[serie.pk, "annuler"]),
        {"a_partir_de": jour, "mot": "Fini."},
    )
    assert page.status_code == 200
    assert not serie.prets.filter(etat=Etat.ANNULE).exists()
