"""The sheet of the day: what leaves, what comes back, with whom; for each side."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ressources import exemplaires, prets
from ressources.journee import feuille
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(preteur, "Chaudrons de 60 L", quantite=60, accessoires="la louche")


def le(jours: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=jours)


def accepte(chaudrons, emprunteur, du: int, au: int, etat="accepte", **champs):
    debut, fin = fabriques.jours(du, au)
    return fabriques.pret(chaudrons, emprunteur, etat, debut=debut, fin=fin, **champs)


def journee(jours: int = 0) -> str:
    return f"{reverse('pret_journee')}?date={le(jours)}"


def test_a_loan_leaves_on_its_first_day_and_comes_back_on_its_last(chaudrons, preteur, emprunteur):
    pret = accepte(chaudrons, emprunteur, 3, 5)
    for organisation in (preteur, emprunteur):
        assert [p.pret for p in feuille(organisation, le(3)).remises] == [pret]
        assert feuille(organisation, le(3)).retours == []
        assert feuille(organisation, le(4)).est_vide
        assert [p.pret for p in feuille(organisation, le(5)).retours] == [pret]
        assert feuille(organisation, le(6)).est_vide


def test_the_hours_of_a_room_are_in_order(preteur, emprunteur):
    salle = fabriques.ressource(preteur, sorte="local")
    minuit = fabriques.minuit(le(2))
    for heure in (13, 9):
        fabriques.pret(
            salle, emprunteur, "accepte",
            debut=minuit + dt.timedelta(hours=heure), fin=minuit + dt.timedelta(hours=heure + 2),
        )  # fmt: skip
    sienne = feuille(preteur, le(2))
    assert [timezone.localtime(p.quand).hour for p in sienne.remises] == [9, 13]
    assert [timezone.localtime(p.quand).hour for p in sienne.retours] == [11, 15]


def test_what_is_late_is_on_today_s_sheet_and_on_no_other(chaudrons, preteur, emprunteur):
    tard = fabriques.pret(chaudrons, emprunteur, en_retard=True)
    jamais_venu = accepte(chaudrons, emprunteur, -1, 2)
    aujourdhui = feuille(preteur, le(0))
    assert [(p.pret, p.en_retard) for p in aujourdhui.retours] == [(tard, True)]
    assert [(p.pret, p.en_retard) for p in aujourdhui.remises] == [(jamais_venu, True)]
    assert feuille(preteur, le(1)).est_vide


def test_what_is_asked_refused_or_another_s_is_not_there(chaudrons, preteur, emprunteur, passant):
    for etat in ("demande", "refuse", "annule"):
        accepte(chaudrons, emprunteur, 0, 0, etat)
    accepte(chaudrons, emprunteur, 0, 0)
    assert len(feuille(preteur, le(0)).remises) == 1
    assert feuille(passant.organisations.get(), le(0)).est_vide


def test_the_page_says_who_to_call_what_to_tick_and_which_copies(
    client_de, luc, mireille, chaudrons, emprunteur
):
    emprunteur.telephone = "819 555-0123"
    emprunteur.save(update_fields=["telephone"])
    pret = accepte(chaudrons, emprunteur, 0, 0, quantite=2)
    tous = exemplaires.numeroter(chaudrons, par=luc)
    client = client_de(luc)
    avant = client.get(journee()).text
    assert reverse("pret_remettre", args=[pret.pk]) in avant
    assert "819 555-0123" in avant and "Mireille Gagnon" in avant and "la louche" in avant
    prets.effectuer(pret, "remettre", par=luc, exemplaires=[tous[6], tous[8]])
    apres = client.get(journee()).text
    assert "nº\u00a07" in apres and "nº\u00a09" in apres
    assert reverse("pret_remettre", args=[pret.pk]) not in apres
    assert reverse("pret_rendre", args=[pret.pk]) in apres
    assert reverse("pret_rendre", args=[pret.pk]) in client_de(mireille).get(journee()).text


@pytest.mark.parametrize("date", ["", "hier", "9999-99-99", "1900-01-01", "9999-12-31", "\x00"])
def test_a_day_that_means_nothing_is_today(client_de, luc, date):
    texte = client_de(luc).get(reverse("pret_journee"), {"date": date}).text
    assert f'value="{le(0)}"' in texte
    assert "Rien ne part ni ne revient" in texte


def test_the_sheet_has_its_day_before_and_its_day_after(client_de, luc):
    texte = client_de(luc).get(journee(1)).text
    assert f"?date={le(0)}" in texte and f"?date={le(2)}" in texte


def test_who_acts_for_nobody_is_told_what_to_do(client_de):
    assert "aucun organisme" in client_de(fabriques.personne()).get(journee()).text


def test_thirty_lines_cost_as_much_as_one(client_de, luc, chaudrons, table):
    client, nombres = client_de(luc), []
    for combien in (1, 29):
        for _ in range(combien):
            accepte(chaudrons, fabriques.organisation(table=table), 0, 0)
        client.get(journee())
        with CaptureQueriesContext(connection) as requetes:
            client.get(journee())
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]
