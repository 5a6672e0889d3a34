"""What the clock does to loans: what nobody answers expires, what nobody collects is free again."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ressources import disponibilite, prets, rappels
from ressources.cycle import Cote, Etat
from ressources.models import Pret
from tests import fabriques


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(preteur, "Chaudrons", quantite=6)


@pytest.fixture
def gens(yvon, mireille):
    """Somebody on each side reads the letters."""


def etat(pret) -> str:
    return Pret.objects.get(pk=pret.pk).etat


def muet_depuis(pret, jours: int) -> None:
    le = timezone.now() - dt.timedelta(days=jours)
    Pret.objects.filter(pk=pret.pk).update(demande_le=le)
    pret.evenements.update(le=le)


@pytest.mark.django_db
def test_a_request_expires_once_its_first_day_is_over(chaudrons, emprunteur, gens):
    debut, fin = fabriques.jours(-1, 3)
    passee = fabriques.pret(chaudrons, emprunteur, debut=debut, fin=fin)
    debut, fin = fabriques.jours(0, 3)
    du_jour = fabriques.pret(chaudrons, emprunteur, debut=debut, fin=fin)
    assert rappels.passer() == 1
    assert (etat(passee), etat(du_jour)) == (Etat.EXPIRE, Etat.DEMANDE)
    ligne = passee.evenements.last()
    assert (ligne.verbe, ligne.cote, ligne.par) == ("expirer", Cote.PORTAIL, None)


@pytest.mark.django_db
def test_by_the_hour_a_request_expires_when_its_hour_comes(preteur, emprunteur, gens):
    salle = fabriques.ressource(preteur, "Salle", sorte="local")
    quart = dt.timedelta(minutes=15)
    maintenant = timezone.now()
    ici = maintenant - (maintenant - maintenant.replace(minute=0, second=0, microsecond=0)) % quart
    passee = fabriques.pret(salle, emprunteur, debut=ici, fin=ici + 8 * quart)
    suivante = fabriques.pret(salle, emprunteur, debut=ici + quart, fin=ici + 8 * quart)
    rappels.passer()
    assert (etat(passee), etat(suivante)) == (Etat.EXPIRE, Etat.DEMANDE)


@pytest.mark.django_db
@pytest.mark.parametrize("situation", ["demande", "propose"])
def test_two_weeks_without_a_word_is_no_answer(chaudrons, emprunteur, gens, situation):
    muet = fabriques.pret(chaudrons, emprunteur, situation)
    parle = fabriques.pret(chaudrons, emprunteur, situation)
    for pret, jours in ((muet, 15), (parle, 13)):
        muet_depuis(pret, jours)
    assert rappels.passer() == 1
    assert (etat(muet), etat(parle)) == (Etat.EXPIRE, situation)


@pytest.mark.django_db
def test_people_who_talk_are_not_without_answer(chaudrons, emprunteur, yvon, mireille):
    pret = fabriques.pret(chaudrons, emprunteur)
    muet_depuis(pret, 20)
    prets.ecrire(pret, par=yvon, mot="Je vérifie avec Luc.")
    assert rappels.passer() == 0
    assert etat(pret) == Etat.DEMANDE


@pytest.mark.django_db
def test_a_proposal_waits_until_what_it_proposes(chaudrons, emprunteur, gens):
    """The dates first asked are past: it is the proposal that waits."""
    debut, fin = fabriques.jours(-3, -1)
    champs = {"debut": debut, "fin": fin}
    plus_tard = fabriques.pret(
        chaudrons, emprunteur, "propose", periode_proposee=fabriques.jours(4, 6), **champs
    )
    passee = fabriques.pret(
        chaudrons, emprunteur, "propose", periode_proposee=fabriques.jours(-1, 2), **champs
    )
    rappels.passer()
    assert (etat(plus_tard), etat(passee)) == (Etat.PROPOSE, Etat.EXPIRE)


@pytest.mark.django_db
def test_what_nobody_collected_is_free_again_once_the_dates_are_past(chaudrons, emprunteur, gens):
    debut, fin = fabriques.jours(-3, -1)
    passe = fabriques.pret(chaudrons, emprunteur, "accepte", debut=debut, fin=fin, quantite=6)
    debut, fin = fabriques.jours(-3, 0)
    encore = fabriques.pret(
        fabriques.ressource(chaudrons.organisation), emprunteur, "accepte", debut=debut, fin=fin
    )
    sorti = fabriques.pret(fabriques.ressource(chaudrons.organisation), emprunteur, en_retard=True)
    assert rappels.passer() == 1
    assert (etat(passe), etat(encore), etat(sorti)) == (
        Etat.NON_RECLAME,
        Etat.ACCEPTE,
        Etat.REMIS,
    )
    assert disponibilite.libre(chaudrons, *fabriques.jours(0, 1)) == 6


@pytest.mark.django_db
def test_both_sides_are_told_and_told_once(chaudrons, emprunteur, yvon, mireille, courriels):
    fabriques.pret(chaudrons, emprunteur, debut=fabriques.jours(-2, 0)[0])
    debut, fin = fabriques.jours(-3, -1)
    fabriques.pret(chaudrons, emprunteur, "accepte", debut=debut, fin=fin)
    assert [rappels.passer(), rappels.passer()] == [2, 0]
    for personne in (yvon, mireille):
        sujets = sorted(message.subject[:8] for message in courriels(personne))
        assert sujets == ["Demande ", "Personne"]


@pytest.mark.django_db
def test_an_organisation_suspended_meanwhile_stops_nothing(chaudrons, emprunteur, preteur, gens):
    pret = fabriques.pret(chaudrons, emprunteur, debut=fabriques.jours(-2, 0)[0])
    preteur.etat = "suspendue"
    preteur.save()
    assert rappels.passer() == 1
    assert etat(pret) == Etat.EXPIRE


@pytest.mark.django_db(transaction=True)
def test_a_loan_somebody_holds_is_left_for_the_next_hour(chaudrons, emprunteur, gens):
    debut = fabriques.jours(-2, 0)[0]
    tenu = fabriques.pret(chaudrons, emprunteur, debut=debut)
    libre = fabriques.pret(chaudrons, emprunteur, debut=debut)

    def passer() -> int:
        try:
            return rappels.passer()
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as fil:
        Pret.objects.select_for_update(no_key=True).get(pk=tenu.pk)
        assert fil.submit(passer).result(timeout=20) == 1
    assert (etat(tenu), etat(libre)) == (Etat.DEMANDE, Etat.EXPIRE)
    assert rappels.passer() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_it_once(chaudrons, emprunteur, gens):
    for _ in range(6):
        fabriques.pret(chaudrons, emprunteur, debut=fabriques.jours(-2, 0)[0])

    def passer(_rang) -> int:
        try:
            return rappels.passer()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as fils:
        faits = sum(fils.map(passer, range(3)))
    rappels.passer()
    assert faits <= 6
    assert set(Pret.objects.values_list("etat", flat=True)) == {Etat.EXPIRE}
    for pret in Pret.objects.all():
        assert pret.evenements.filter(verbe="expirer").count() == 1


def test_the_clock_runs_every_hour():
    from procrastinate.contrib.django import app

    from ressources import taches

    periodiques = app.periodic_registry.periodic_tasks.values()
    (reglage,) = [p for p in periodiques if p.task is taches.passer_les_echeances]
    assert reglage.cron == "7 * * * *"
