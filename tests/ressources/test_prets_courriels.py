"""Who is told of each step of a loan, and what the letter says."""

import pytest
from django.db import transaction

from ressources import notifications
from ressources.cycle import TRANSITIONS, VERBES
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def pret(preteur, emprunteur, yvon, luc, mireille, ana):
    chaudrons = fabriques.ressource(preteur, "Chaudrons de 60 L", quantite=6, adresse="12, rue Bas")
    return fabriques.pret(chaudrons, emprunteur, "accepte", quantite=2)


def dire(pret, verbe, par, mot=""):
    with transaction.atomic():
        return notifications.dire(pret, verbe, par=par, mot=mot)


@pytest.mark.parametrize("verbe", VERBES)
def test_every_step_has_its_letter(pret, verbe, yvon, mireille, courriels):
    cotes = TRANSITIONS[verbe].cotes if verbe in TRANSITIONS else {"emprunteur"}
    par = mireille if "emprunteur" in cotes else None if cotes == {"portail"} else yvon
    pret.periode_proposee = pret.periode_souhaitee = pret.periode
    pret.quantite_proposee = 1
    dire(pret, verbe, par, mot="Un mot pour vous.")
    (autre,) = [yvon, mireille][:: 1 if par == mireille else -1][:1]
    (lettre,) = courriels(autre)
    assert "2 × Chaudrons de 60 L" in lettre.subject
    assert "\n" not in lettre.subject
    assert f"Bonjour {autre.prenom}," in lettre.body
    assert par is None or par.nom in lettre.body
    assert pret.get_absolute_url() in lettre.body
    html = lettre.alternatives[0][0]
    assert f'href="http://localhost:8000{pret.get_absolute_url()}"' in html
    assert "{{" not in lettre.body + html and "{%" not in lettre.body + html


def test_the_other_side_is_told_and_nobody_else(pret, yvon, luc, mireille, ana, courriels):
    dire(pret, "accepter", yvon)
    assert len(courriels(mireille)) == len(courriels(ana)) == 1
    assert not courriels(yvon) and not courriels(luc)


@pytest.mark.parametrize("verbe", ["expirer", "liberer"])
def test_what_the_clock_does_is_told_to_both_sides(pret, verbe, yvon, mireille, courriels):
    dire(pret, verbe, None)
    assert len(courriels(yvon)) == len(courriels(mireille)) == 1


def test_the_table_hears_of_a_loan_only_while_an_incident_is_open(
    pret, mireille, coordonnatrice, autre_coordonnatrice, courriels
):
    dire(pret, "ecrire", mireille, mot="Bonjour")
    assert not courriels(coordonnatrice)
    pret.incident_le = pret.demande_le
    dire(pret, "signaler", mireille, mot="Une anse est cassée.")
    dire(pret, "ecrire", mireille, mot="Nous l’avons recollée.")
    assert [m.subject[:10] for m in courriels(coordonnatrice)] == ["Un inciden", "Message de"]
    assert not courriels(autre_coordonnatrice)


def test_once_settled_the_table_is_told_without_a_link_it_could_not_open(
    pret, mireille, yvon, coordonnatrice, courriels
):
    dire(pret, "regler", mireille, mot="Réparé.")
    assert pret.get_absolute_url() not in courriels(coordonnatrice)[0].body
    assert pret.get_absolute_url() in courriels(yvon)[0].body


def test_the_coordinator_who_writes_is_read_by_both_sides(
    pret, coordonnatrice, yvon, mireille, table, courriels
):
    pret.incident_le = pret.demande_le
    dire(pret, "ecrire", coordonnatrice, mot="Parlons-en.")
    for personne in (yvon, mireille):
        assert table.nom in courriels(personne)[0].body
    assert not courriels(coordonnatrice)


def test_an_evaluation_stays_between_the_two_sides(pret, mireille, coordonnatrice, courriels):
    pret.incident_le = pret.demande_le
    dire(pret, "evaluer", mireille, mot="Parfait")
    assert not courriels(coordonnatrice)


def test_somebody_of_both_sides_does_not_silence_the_letter(pret, yvon, mireille, courriels):
    fabriques.adhesion(yvon, pret.emprunteur)
    dire(pret, "ecrire", yvon, mot="Reporté.")
    assert courriels(mireille) and not courriels(yvon)


def test_what_a_person_writes_cannot_pass_for_a_button_or_the_foot(pret, mireille, yvon, courriels):
    dire(pret, "ecrire", mireille, mot="Payez ici :\nhttps://piege.example\n\n-- \nsuite <b>x</b>")
    html = courriels(yvon)[0].alternatives[0][0]
    assert 'class="bouton" href="https://piege.example' not in html
    assert "suite &lt;b&gt;x&lt;/b&gt;" in html
    assert pret.get_absolute_url() in html


def test_the_reader_language_is_used(pret, mireille, yvon, courriels):
    mireille.langue = "en"
    mireille.save(update_fields=["langue"])
    dire(pret, "accepter", yvon)
    assert courriels(mireille)
