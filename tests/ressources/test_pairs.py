"""What the systems of the field taught us: one behaviour, one test, in the words of `pairs.md`.

Series, baskets and bundled letters have their behaviours beside their own tests.
"""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from organisations.refus import Refus
from ressources import disponibilite, prets
from ressources.models import Pret
from tests import fabriques

pytestmark = pytest.mark.django_db

HEURE, JOUR = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def le(horloge):
    """`le(5)`: the midnight that begins the 5th of a month to come; it is now noon on the 1st, at
    least a week before."""
    mois = (timezone.localdate().replace(day=1) + 40 * JOUR).replace(day=1)

    def minuit(jour):
        return disponibilite.minuit(mois + (jour - 1) * JOUR)

    horloge.regler(minuit(1) - 7 * JOUR + 12 * HEURE)
    return minuit


@pytest.fixture
def choses(preteur, yvon):
    return lambda nombre, **champs: fabriques.ressource(preteur, quantite=nombre, **champs)


@pytest.fixture
def accepte(emprunteur):
    """From the first day to the last one included."""

    def accepter(ressource, debut, fin, quantite=1):
        return fabriques.pret(
            ressource, emprunteur, "accepte", debut=debut, fin=fin, quantite=quantite
        )

    return accepter


@pytest.fixture
def demander(mireille, emprunteur):
    def demander(ressource, debut, fin, quantite=1, jeton=None):
        return prets.demander(
            ressource, par=mireille, emprunteur=emprunteur, debut=debut, fin=fin,
            quantite=quantite, but="Un essai.", jeton=jeton or uuid.uuid4(),
        )  # fmt: skip

    return demander


def test_7_units_3_booked_from_the_21st_to_the_31st(choses, accepte, le):
    sept = choses(7)
    accepte(sept, le(21), le(32), 3)
    libre = disponibilite.libre
    assert libre(sept, le(1), le(21)) == 7
    assert libre(sept, le(21), le(32)) == libre(sept, le(31), le(32)) == 4
    assert libre(sept, le(20), le(22)) == 4
    assert libre(sept, le(32), le(40)) == 7


def test_1_unit_booked_on_the_17th_only(choses, accepte, le):
    une = choses(1)
    accepte(une, le(17), le(18))
    attendus = {(15, 16): 1, (15, 20): 0, (16, 17): 0, (17, 17): 0, (17, 18): 0, (18, 20): 1}
    trouves = {(du, au): disponibilite.libre(une, le(du), le(au + 1)) for du, au in attendus}
    assert trouves == attendus


def test_reserved_from_the_1st_to_the_5th_and_never_handed_over(choses, accepte, le, horloge):
    une = choses(1)
    accepte(une, le(1), le(6))
    horloge.regler(le(6) + 9 * HEURE)
    assert disponibilite.libre(une, le(8), le(9)) == 1


def test_handed_over_and_not_back(choses, accepte, le, horloge, yvon):
    une = choses(1)
    pret = accepte(une, le(1), le(6))
    horloge.regler(le(1) + 9 * HEURE)
    prets.effectuer(pret, "remettre", par=yvon)
    horloge.regler(le(4) + 9 * HEURE)
    assert disponibilite.libre(une, le(8), le(9)) == 1
    horloge.regler(le(6) + 9 * HEURE)
    assert disponibilite.libre(une, le(8), le(9)) == 0


def test_maximum_2_days(choses, demander, le):
    une = choses(1, duree_max=2)
    with pytest.raises(Refus, match="au plus 2"):
        demander(une, le(1), le(4))
    assert not Pret.objects.exists()
    demander(une, le(1), le(3))


def test_ask_3_when_2_exist(choses, demander, le):
    with pytest.raises(Refus, match="Il y en a 2 en tout"):
        demander(choses(2), le(1), le(2), 3)
    assert not Pret.objects.exists() and not mail.outbox


@pytest.mark.parametrize(
    ("existant", "permis"),
    [((4, 5), True), ((8, 9), True), ((4, 6), False), ((7, 8), False)],
)
def test_buffer_60_minutes_ask_6_to_7(existant, permis, preteur, accepte, demander, le, yvon):
    salle = fabriques.ressource(preteur, sorte="local", battement=60)
    accepte(salle, le(5) + existant[0] * HEURE, le(5) + existant[1] * HEURE)
    voulu = (le(5) + 6 * HEURE, le(5) + 7 * HEURE)
    if permis:
        prets.effectuer(demander(salle, *voulu), "accepter", par=yvon)
        return
    with pytest.raises(Refus, match="déjà pris"):
        demander(salle, *voulu)


def test_stock_8_existing_2_and_2_ask_5(choses, accepte, demander, le):
    huit = choses(8)
    for _ in range(2):
        accepte(huit, le(1), le(4), 2)
    with pytest.raises(Refus, match="Il n’en reste que 4 sur 8"):
        demander(huit, le(2), le(3), 5)
    demander(huit, le(2), le(3), 4)


def test_stock_5_ask_4_over_six_days_with_four_successive_loans_of_1(
    choses, accepte, demander, le, yvon
):
    cinq = choses(5)
    for jour in (1, 2, 3, 4):
        accepte(cinq, le(jour), le(jour + 1))
    prets.effectuer(demander(cinq, le(1), le(7), 4), "accepter", par=yvon)


def test_a_rival_appears_between_check_and_save(choses, demander, le, yvon):
    une = choses(1)
    premier, rival = demander(une, le(1), le(3)), demander(une, le(2), le(4))
    assert disponibilite.libre(une, le(1), le(3)) == 1  # what the page says while one reads it
    prets.effectuer(rival, "accepter", par=yvon)
    with pytest.raises(Refus, match="C’est déjà pris à ces dates"):
        prets.effectuer(premier, "accepter", par=yvon)
    assert Pret.objects.filter(etat="accepte").get() == rival


@pytest.mark.parametrize(
    ("prets_existants", "pic"),
    [
        ([(3, 0, 5), (3, 10, 15)], 3),
        ([(4, 0, 5), (5, 5, 10)], 5),
        ([(3, 0, 10), (4, 5, 15)], 7),
    ],
)
def test_peak(prets_existants, pic, choses, accepte, le):
    dix = choses(10)
    for quantite, debut, fin in prets_existants:
        accepte(dix, le(1 + debut), le(1 + fin), quantite)
    assert 10 - disponibilite.libre(dix, le(1), le(16)) == pic


def test_overdue_occupies_the_future_and_5_borrowed_2_returned_holds_3(
    choses, accepte, demander, le, horloge, yvon
):
    cinq = choses(5)
    pret = accepte(cinq, le(1), le(3), 5)
    horloge.regler(le(1) + 9 * HEURE)
    prets.effectuer(pret, "remettre", par=yvon)
    horloge.regler(le(3) + 9 * HEURE)
    for jour in (4, 200):
        assert disponibilite.libre(cinq, le(jour), le(jour + 1)) == 0
    prets.effectuer(pret, "rendre", par=yvon, quantite=2)
    for jour in (4, 200):
        assert disponibilite.libre(cinq, le(jour), le(jour + 1)) == 2
    with pytest.raises(Refus, match="en retard"):
        demander(cinq, le(200), le(201), 3)
    prets.effectuer(demander(cinq, le(200), le(201), 2), "accepter", par=yvon)


def test_hand_over_5_of_50(choses, accepte, le, horloge, yvon, client_de):
    cinquante = choses(50)
    pret = accepte(cinquante, le(1), le(3), 50)
    horloge.regler(le(1) + 9 * HEURE)
    client, page = client_de(yvon), pret.get_absolute_url()
    formulaire = client.get(page).context["suivi"].formulaire("remettre")
    envoi = {nom: formulaire.initial.get(nom) or "" for nom in formulaire.fields}
    envoi |= {"quantite": 5}
    for _ in range(2):  # the same form, sent again
        reponse = client.post(f"{page}remettre/", envoi)
        assert reponse.status_code in (200, 302)
        pret.refresh_from_db()
        assert (pret.quantite_remise, pret.a_remettre) == (5, 45)
    assert pret.evenements.filter(verbe="remettre").count() == 1
    with pytest.raises(Refus, match="Il reste 45 à remettre"):
        prets.effectuer(pret, "remettre", par=yvon, quantite=46)
    prets.effectuer(pret, "remettre", par=yvon, quantite=45)
    # Two desks at once: tests/ressources/test_courses.py.


def test_reserving_twice_from_a_stale_tab_sends_one_letter(
    choses, le, yvon, mireille, emprunteur, demander
):
    jeton, une = uuid.uuid4(), choses(1)
    pret = demander(une, le(1), le(3), jeton=jeton)
    assert len(mail.outbox) == 1
    assert demander(une, le(1), le(3), jeton=jeton) == pret
    assert len(mail.outbox) == 1
    # The lender's second tab, too.
    onglet = Pret.objects.get(pk=pret.pk)
    prets.effectuer(pret, "accepter", par=yvon)
    lettres = len(mail.outbox)
    with pytest.raises(Refus, match="Accepté"):
        prets.effectuer(onglet, "accepter", par=yvon)
    with pytest.raises(Refus, match="déjà pris"):
        demander(une, le(1), le(3))
    assert len(mail.outbox) == lettres
