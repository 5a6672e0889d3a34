"""The day before, the day after, then each week: one letter for each person, never twice."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from mutualisation.demo.models import CourrielRecu
from organisations.models import Personne
from ressources import rappels_courriels
from ressources.models import Pret, Rappel
from ressources.rappels_courriels import rappeler
from ressources.taches import rappeler_les_prets
from tests import fabriques

pytestmark = pytest.mark.django_db


def a(heures: int, jours: int = 0) -> dt.datetime:
    """At this hour, local time, so many days from today."""
    jour = timezone.localdate() + dt.timedelta(days=jours)
    return timezone.make_aware(dt.datetime.combine(jour, dt.time(heures)))


@pytest.fixture
def chaudrons(preteur, yvon):
    return fabriques.ressource(preteur, "Chaudrons", quantite=50, adresse="12, rue Bas")


def pret(de, a, etat, debut, fin, **champs):
    d, f = fabriques.jours(debut, fin)
    return fabriques.pret(de, a, etat, debut=d, fin=f, **champs)


# ------------------------------------------------------------------ the day before


def test_the_day_before_a_hand_over_both_sides_are_told_once(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    pret(chaudrons, emprunteur, "accepte", 3, 5)
    assert rappeler(a(9, 1)) == 0
    assert rappeler(a(9, 2)) == 2
    for personne, geste in ((mireille, "À aller chercher chez Popote"), (yvon, "À remettre à M")):
        (lettre,) = courriels(personne)
        assert lettre.subject.startswith("C’est demain") and geste in lettre.body
        assert "retard" not in lettre.body
    assert [rappeler(a(h, 2)) for h in (9, 10, 20)] == [0, 0, 0]


def test_the_day_before_a_return_the_borrower_is_told(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    pret(chaudrons, emprunteur, "remis", -3, 2)
    assert rappeler(a(9, 1)) == 1
    (lettre,) = courriels(mireille)
    assert "C’est demain" in lettre.subject and "À rapporter à Popote" in lettre.body
    assert not courriels(yvon)


def test_by_the_hour_too(preteur, yvon, emprunteur, mireille, courriels):
    salle = fabriques.ressource(preteur, "Salle", sorte="local")
    fabriques.pret(salle, emprunteur, "accepte", debut=a(18, 1), fin=a(21, 1))
    assert rappeler(a(9)) == 2
    assert "de 18\u00a0h à 21\u00a0h" in courriels(mireille)[0].body


def test_other_dates_are_another_reminder(chaudrons, emprunteur, mireille, courriels):
    p = pret(chaudrons, emprunteur, "accepte", 1, 2)
    rappeler(a(9))
    Pret.objects.filter(pk=p.pk).update(periode=fabriques.jours(5, 6))
    assert rappeler(a(9, 4)) >= 1
    assert len(courriels(mireille)) == 2


def test_a_worker_that_was_off_the_day_before_says_today(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    pret(chaudrons, emprunteur, "accepte", 0, 2)
    pret(chaudrons, emprunteur, "remis", -3, 0)
    assert rappeler(a(9)) == 2
    (lettre,) = courriels(mireille)
    assert "C’est aujourd’hui" in lettre.subject and "demain" not in lettre.body


def test_what_was_agreed_today_for_today_needs_no_reminder(chaudrons, emprunteur, mireille):
    pret(chaudrons, emprunteur, "accepte", 0, 2, accepte_le=a(8))
    assert rappeler(a(9)) == 0


@pytest.mark.parametrize("etat", ["demande", "refuse", "annule", "propose"])
def test_nothing_is_recalled_of_what_is_not_promised(etat, chaudrons, emprunteur, mireille):
    pret(chaudrons, emprunteur, etat, 1, 2)
    assert rappeler(a(9)) == 0


def test_nothing_leaves_before_the_morning(chaudrons, emprunteur, yvon, mireille):
    pret(chaudrons, emprunteur, "accepte", 1, 2)
    assert rappeler(a(7)) == 0
    assert rappeler(a(8)) == 2


# ------------------------------------------------------------------ late


def test_late_the_day_after_then_weekly_and_no_more_once_returned(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    p = pret(chaudrons, emprunteur, "remis", -5, 0)
    Rappel.objects.create(pret=p, genre="retour", pour=timezone.localdate())
    partis = [jour for jour in range(20) if rappeler(a(9, jour))]
    assert partis == [1, 8, 15]
    assert len(courriels(mireille)) == len(courriels(yvon)) == 3
    lettre = courriels(mireille)[0]
    assert lettre.subject.startswith("En retard") and "demain" not in lettre.body
    assert "À rapporter à Popote des Vallons" in lettre.body
    assert "Chez Maison des Forges, qui a reçu le même rappel" in courriels(yvon)[0].body
    Pret.objects.filter(pk=p.pk).update(etat="rendu", rendu_le=a(12, 20), quantite_rendue=1)
    assert rappeler(a(9, 22)) == 0


def test_two_late_loans_with_the_same_owner_give_one_letter(
    chaudrons, preteur, emprunteur, yvon, mireille, ana, courriels
):
    louches = fabriques.ressource(preteur, "Louches", quantite=9)
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    fabriques.pret(louches, emprunteur, en_retard=True)
    assert rappeler(a(9)) == 3
    for personne in (yvon, mireille, ana):
        (lettre,) = courriels(personne)
        assert "Chaudrons" in lettre.body and "Louches" in lettre.body
        assert "2 prêts" in lettre.subject
    assert Rappel.objects.filter(genre="retard").count() == 2


def test_one_letter_says_what_is_late_and_what_is_tomorrow_in_their_own_words(
    chaudrons, emprunteur, yvon, mireille, courriels
):
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    pret(chaudrons, emprunteur, "accepte", 1, 2, quantite=3)
    assert rappeler(a(9)) == 2
    (lettre,) = courriels(mireille)
    assert lettre.body.index("est en retard") < lettre.body.index("C’est demain")
    html = lettre.alternatives[0][0]
    assert html.count("<h2>") == 2 and "À aller chercher" in html


def test_a_late_loan_is_told_whatever_rhythm_was_chosen(chaudrons, emprunteur, mireille, courriels):
    Personne.objects.filter(pk=mireille.pk).update(rythme="essentiel")
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    rappeler(a(9))
    (lettre,) = courriels(mireille)
    assert "List-Unsubscribe" not in lettre.extra_headers


def test_late_since_the_day_after_on_both_changes_of_clock(chaudrons, emprunteur, mireille):
    """The 14 March and the 7 November 2027: 23 and 25 hours long."""
    for mois, jour in ((3, 14), (11, 7)):
        date = dt.date(2027, mois, jour)
        p = fabriques.pret(
            chaudrons,
            emprunteur,
            "remis",
            debut=fabriques.minuit(date - dt.timedelta(days=2)),
            fin=fabriques.minuit(date + dt.timedelta(days=1)),
        )
        midi = timezone.make_aware(dt.datetime.combine(date, dt.time(12)))
        rappeler(midi - dt.timedelta(days=1))
        rappeler(midi)
        rappeler(midi + dt.timedelta(days=1))
        assert list(p.rappels.order_by("le").values_list("genre", "pour")) == [
            ("retour", date),
            ("retard", date + dt.timedelta(days=1)),
        ]


# ------------------------------------------------------------------ never twice, never lost


def test_the_cost_does_not_grow_with_the_loans(chaudrons, emprunteur, yvon, mireille):
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    with CaptureQueriesContext(connection) as un:
        rappeler(a(9))
    for _ in range(12):
        fabriques.pret(chaudrons, emprunteur, en_retard=True)
    with CaptureQueriesContext(connection) as douze:
        rappeler(a(10))
    assert len(un) == len(douze)


def test_a_run_that_fails_leaves_nothing_and_the_next_one_sends_all(
    chaudrons, emprunteur, yvon, mireille, monkeypatch, courriels
):
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    vrai = rappels_courriels.envoyer
    envois = iter([vrai, lambda *a, **k: 1 / 0])
    with monkeypatch.context() as m:
        m.setattr(rappels_courriels, "envoyer", lambda *a, **k: next(envois)(*a, **k))
        with pytest.raises(ZeroDivisionError):
            rappeler(a(9))
    assert not Rappel.objects.exists()
    assert rappeler(a(9)) == 2


def _jobs() -> int:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'envoyer_courriel'"
        )
        return curseur.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_run_killed_in_the_middle_sends_nothing(
    chaudrons, emprunteur, yvon, mireille, vraie_file
):
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        rappels_courriels._rappeler(a(9))
        raise KeyboardInterrupt  # the worker dies before the commit
    assert not Rappel.objects.exists() and _jobs() == 0
    assert rappeler(a(9)) == 2 and _jobs() == 2


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_letter_once(
    chaudrons, emprunteur, yvon, mireille, vraie_file
):
    for _ in range(5):
        fabriques.pret(chaudrons, emprunteur, en_retard=True)

    def courir(_n):
        try:
            return rappeler(a(9))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as fils:
        partis = list(fils.map(courir, range(4)))
    assert sorted(partis) == [0, 0, 0, 2] and _jobs() == 2
    assert Rappel.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_the_real_worker_runs_the_reminders_once(
    chaudrons, emprunteur, yvon, mireille, vraie_file, worker, monkeypatch
):
    monkeypatch.setattr(rappels_courriels, "A_PARTIR_DE", dt.time(0))
    fabriques.pret(chaudrons, emprunteur, en_retard=True)
    for _ in range(2):
        with suppress(AlreadyEnqueued):  # the clock of the worker that ran may have asked first
            rappeler_les_prets.defer(timestamp=0)
        worker()
        worker()
    assert CourrielRecu.objects.filter(a=mireille.courriel).count() == 1
    assert CourrielRecu.objects.filter(a=yvon.courriel).count() == 1
