"""What is free: the peak against a naive model on random calendars, and the behaviours of peers."""

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ressources import disponibilite
from ressources.models import Ressource
from tests import fabriques

HORIZON = 12  # days
PAS = dt.timedelta(hours=6)
CASES = HORIZON * 4


def jours(dans, nombre):
    """[start, end) of so many days, so many days from now."""
    return fabriques.jours(dans, dans + nombre - 1)


@st.composite
def calendriers(draw):
    """(stock, loans): each loan (state, quantity, first case, cases) on a grid of six hours,
    never above the stock, as the guarantee would have it."""
    stock = draw(st.integers(1, 5))
    niveaux = [0] * CASES
    retenus = []
    dehors = 0
    for _ in range(draw(st.integers(0, 8))):
        etat = draw(st.sampled_from(["demande", "accepte", "remis", "rendu", "annule"]))
        quantite = draw(st.integers(1, stock))
        debut = draw(st.integers(0, CASES - 1))
        longueur = draw(st.integers(1, CASES - debut))
        if etat in ("accepte", "remis"):
            if any(n + quantite > stock for n in niveaux[debut : debut + longueur]):
                continue
            if etat == "remis" and dehors + quantite > stock:
                continue  # what is out now is out whatever the dates
            dehors += quantite if etat == "remis" else 0
            for i in range(debut, debut + longueur):
                niveaux[i] += quantite
        retenus.append((etat, quantite, debut, longueur))
    return stock, retenus, niveaux


class TestPic(TestCase):
    """Against counting, case by case. A class: Hypothesis rolls back each example."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(calendriers(), st.data())
    def test_the_peak_is_what_counting_each_quarter_of_day_finds(self, calendrier, data):
        stock, retenus, niveaux = calendrier
        preteur, emprunteur = fabriques.organisation(), fabriques.organisation()
        ressource = fabriques.ressource(preteur, quantite=stock)
        origine = disponibilite.minuit(timezone.localdate() + dt.timedelta(days=1))

        def instant(case):
            return origine + case * PAS

        for etat, quantite, debut, longueur in retenus:
            fabriques.pret(
                ressource, emprunteur, etat, quantite=quantite,
                debut=instant(debut), fin=instant(debut + longueur),
            )  # fmt: skip
        for _ in range(4):
            debut = data.draw(st.integers(0, CASES - 1))
            fin = data.draw(st.integers(debut + 1, CASES))
            attendu = stock - max(niveaux[debut:fin])
            libre = disponibilite.libre(ressource, instant(debut), instant(fin))
            assert libre == attendu
            for n in (1, attendu, attendu + 1):
                trouve = Ressource.objects.libres(instant(debut), instant(fin), max(n, 1))
                assert trouve.filter(pk=ressource.pk).exists() is (attendu >= max(n, 1))


@pytest.fixture
def sept(preteur):
    return fabriques.ressource(preteur, quantite=7)


def test_seven_with_three_out_leaves_four_then_seven(sept, emprunteur):
    debut, fin = jours(10, 11)
    fabriques.pret(sept, emprunteur, "accepte", quantite=3, debut=debut, fin=fin)
    jour = dt.timedelta(days=1)
    assert disponibilite.libre(sept, debut - jour, debut) == 7
    assert disponibilite.libre(sept, debut, fin) == 4
    assert disponibilite.libre(sept, debut - jour, debut + jour) == 4
    assert disponibilite.libre(sept, fin, fin + jour) == 7


def test_the_month_shows_what_remains_each_day(sept, emprunteur):
    prochain = (timezone.localdate().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    debut = disponibilite.minuit(prochain.replace(day=10))
    fin = disponibilite.minuit(prochain.replace(day=13))
    fabriques.pret(sept, emprunteur, "accepte", quantite=7, debut=debut, fin=fin)
    jours = disponibilite.mois(sept, prochain.year, prochain.month)
    assert [j.date.day for j in jours if j.libre == 0] == [10, 11, 12]
    assert {j.libre for j in jours if j.date.day not in (10, 11, 12)} == {7}


def test_by_the_hour_a_day_is_taken_only_when_every_hour_is(preteur, emprunteur):
    salle = fabriques.ressource(preteur, sorte="local")
    jour = timezone.localdate().replace(day=1) + dt.timedelta(days=40)
    minuit = disponibilite.minuit(jour)
    demain = disponibilite.minuit(jour + dt.timedelta(days=1))
    midi = minuit + dt.timedelta(hours=12)
    fabriques.pret(salle, emprunteur, "accepte", debut=minuit, fin=midi)
    cases = {j.date: j for j in disponibilite.mois(salle, jour.year, jour.month)}
    assert cases[jour].libre == 1
    fabriques.pret(salle, emprunteur, "accepte", debut=midi, fin=demain)
    cases = {j.date: j for j in disponibilite.mois(salle, jour.year, jour.month)}
    assert cases[jour].libre == 0


@pytest.mark.parametrize(("annee", "mois"), [(2027, 3), (2027, 11)])
def test_a_month_with_a_clock_change_has_all_its_days(annee, mois, sept, emprunteur):
    """The day of 23 hours and the day of 25 are days like others."""
    changement = dt.date(2027, 3, 14) if mois == 3 else dt.date(2027, 11, 7)
    debut = disponibilite.minuit(changement)
    fin = disponibilite.minuit(changement + dt.timedelta(days=1))
    assert (fin - debut).total_seconds() == 86400  # the wall clock…
    heures = (fin.astimezone(dt.UTC) - debut.astimezone(dt.UTC)).total_seconds() / 3600
    assert heures == (23 if mois == 3 else 25)  # …and the time that passes
    fabriques.pret(sept, emprunteur, "accepte", quantite=7, debut=debut, fin=fin)
    jours = disponibilite.mois(sept, annee, mois)
    assert [j.date for j in jours if j.libre == 0] == [changement]


def test_many_listings_cost_one_query(preteur, django_assert_num_queries):
    ressources = [fabriques.ressource(preteur) for _ in range(30)]
    debut, fin = jours(3, 2)
    with django_assert_num_queries(1):
        assert len(disponibilite.libres(ressources, debut, fin)) == 30
    with django_assert_num_queries(0):
        assert disponibilite.libres([], debut, fin) == {}


def test_the_first_of_a_month_is_said_as_people_say_it():
    with override("fr-ca"):
        assert disponibilite.en_mots(dt.date(2026, 12, 1)).startswith("1er")
        assert disponibilite.en_mots(dt.date(2026, 12, 11)).startswith("11")
    with override("en"):
        assert "1er" not in disponibilite.en_mots(dt.date(2026, 12, 1))
