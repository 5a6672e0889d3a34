"""The factories make rows that the database and the domain agree with."""

import pytest
from django.core.mail import send_mail
from django.db import transaction

from mutualisation.demo.models import CourrielRecu
from ressources import cycle
from ressources.categories import Sorte
from tests import fabriques


@pytest.mark.django_db
@pytest.mark.parametrize("etat", cycle.Etat.values)
def test_a_loan_in_any_state_tells_how_it_got_there(etat):
    pret = fabriques.pret(etat=etat)
    lignes = list(pret.evenements.all())
    assert lignes[0].verbe == "demander" and lignes[-1].vers == etat
    assert [ligne.le for ligne in lignes] == sorted(ligne.le for ligne in lignes)
    assert not pret.est_en_retard


@pytest.mark.django_db
def test_a_late_loan_is_late_and_an_incident_is_open():
    assert fabriques.pret(en_retard=True).est_en_retard
    assert fabriques.pret(etat="remis", incident=True).a_incident


@pytest.mark.django_db
@pytest.mark.parametrize("sorte", Sorte.values)
def test_a_listing_of_each_kind(sorte):
    fabriques.ressource(sorte=sorte).full_clean()


@pytest.mark.django_db
def test_practices_questions_and_readings_are_whole(coordonnatrice):
    pratique = fabriques.pratique()
    pratique.full_clean()
    assert pratique.lecons.count() == 4
    assert fabriques.pratique(provenance="sources-publiques").organisation is None
    assert fabriques.reponse(fabriques.question(), fabriques.organisation()).pk
    assert fabriques.revision(pratique, etat="renvoyee").motif


def test_the_worker_takes_a_letter_from_the_queue_to_the_mailbox(vraie_file, worker):
    with transaction.atomic():
        send_mail("Bonjour", "Un mot.", None, ["yvon@essai.example"])
    assert not CourrielRecu.objects.exists()
    worker()
    assert CourrielRecu.objects.get().sujet == "Bonjour"
