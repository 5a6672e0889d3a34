"""Numbered copies: out once, in the stock, under repair, of their own listing."""

import datetime as dt

import psycopg
import pytest
from django.utils import timezone

from organisations.refus import Refus
from ressources import disponibilite, prets
from ressources.models import Exemplaire, Pret, PretExemplaire, Ressource
from tests import fabriques
from tests.brut import NIVEAUX, ensemble, executer, ouvrir, photographier, refuse

JOUR = dt.timedelta(days=1)


@pytest.fixture
def bacs(preteur, yvon):
    return fabriques.ressource(preteur, "Bac", quantite=3)


@pytest.fixture
def copies(bacs):
    return [Exemplaire.objects.create(ressource=bacs, numero=n) for n in (1, 2, 3)]


def pret_de(ressource, emprunteur, quantite=2, etat="accepte", jours=(0, 3), **champs):
    debut, fin = fabriques.jours(*jours)
    return fabriques.pret(
        ressource, emprunteur, etat, debut=debut, fin=fin, quantite=quantite, **champs
    )


@pytest.fixture
def dehors(bacs, copies, emprunteur, yvon):
    """A loan handed over, copies 1 and 2 with it."""
    pret = pret_de(bacs, emprunteur)
    return prets.effectuer(pret, "remettre", par=yvon, exemplaires=copies[:2])


def reparer(copie, depuis=None):
    return Exemplaire.objects.filter(pk=copie.pk).update(
        etat="en_reparation", en_reparation_le=depuis or timezone.now()
    )


# ---------------------------------------------------------------- out


@pytest.mark.django_db
def test_a_copy_is_out_once(dehors, copies, bacs, emprunteur, yvon):
    autre = pret_de(bacs, emprunteur, 1)
    with pytest.raises(Refus, match="déjà sorti"):
        prets.effectuer(autre, "remettre", par=yvon, exemplaires=[copies[0]])
    autre = prets.effectuer(autre, "remettre", par=yvon, exemplaires=[copies[2]])
    refuse(
        lambda: PretExemplaire.objects.filter(pret=autre).update(exemplaire=copies[0]),
        "exemplaire_dehors_une_fois",
    )


@pytest.mark.django_db
def test_a_copy_goes_out_with_a_loan_of_its_listing_that_is_handed_over(
    dehors, copies, bacs, emprunteur, preteur
):
    ailleurs = fabriques.ressource(preteur, quantite=3)
    etrangere = Exemplaire.objects.create(ressource=ailleurs, numero=1)
    for pret, copie in (
        (dehors, etrangere),
        (dehors, copies[2]),  # two were handed over, and two are out
        (pret_de(bacs, emprunteur, 1), copies[2]),  # accepted, not handed over
        (pret_de(ailleurs, emprunteur, 1, "remis", (-1, 2)), copies[2]),
        (pret_de(bacs, emprunteur, 1, "rendu", (-3, -2)), copies[2]),
    ):
        refuse(
            lambda p=pret, c=copie: PretExemplaire.objects.create(pret=p, exemplaire=c),
            "exemplaire_de_sa_ressource",
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ecriture",
    [
        "etat = 'rendu', rendu_le = now(), quantite_rendue = 2",
        "etat = 'clos', rendu_le = now(), clos_le = now(), quantite_rendue = 2",
        "etat = 'annule', remis_le = NULL, quantite_remise = 0",
        "etat = 'accepte', remis_le = NULL, quantite_remise = 0",
        "quantite_rendue = 1",
        "quantite_remise = 1",
    ],
)
def test_a_loan_does_not_leave_a_copy_out_behind_it(dehors, ecriture):
    refuse(
        lambda: executer(f"UPDATE ressources_pret SET {ecriture} WHERE id = %s", dehors.pk),
        "pret_exemplaires_revenus",
    )


@pytest.mark.django_db
def test_a_loan_or_a_copy_that_is_out_does_not_change_listing(dehors, copies, preteur):
    ailleurs = fabriques.ressource(preteur, quantite=9)
    refuse(
        lambda: Pret.objects.filter(pk=dehors.pk).update(ressource=ailleurs),
        "pret_exemplaires_revenus",
    )
    refuse(
        lambda: Exemplaire.objects.filter(pk=copies[0].pk).update(ressource=ailleurs, numero=9),
        "exemplaire_dehors",
    )
    Exemplaire.objects.filter(pk=copies[2].pk).update(ressource=ailleurs, numero=9)


@pytest.mark.django_db
def test_what_came_back_does_not_go_out_again_by_hand(dehors, copies, bacs, emprunteur, yvon):
    prets.effectuer(dehors, "rendre", par=yvon, exemplaires=[copies[0]])
    autre = pret_de(bacs, emprunteur, 1)
    prets.effectuer(autre, "remettre", par=yvon, exemplaires=[copies[0]])
    refuse(lambda: PretExemplaire.objects.filter(pret=dehors).update(rendu_le=None))


@pytest.mark.django_db
def test_copies_come_back_one_by_one(dehors, copies, bacs, yvon):
    with pytest.raises(Refus, match="Cochez"):
        prets.effectuer(dehors, "rendre", par=yvon, quantite=1)
    prets.effectuer(dehors, "rendre", par=yvon, exemplaires=[copies[1]])
    dehors.refresh_from_db()
    assert (dehors.etat, dehors.quantite_rendue) == ("remis", 1)
    with pytest.raises(Refus, match="pas sorti avec ce prêt"):
        prets.effectuer(dehors, "rendre", par=yvon, exemplaires=[copies[1]])
    prets.effectuer(dehors, "rendre", par=yvon)
    assert not PretExemplaire.objects.filter(rendu_le=None).exists()
    assert disponibilite.libre(bacs, *fabriques.jours(0, 3)) == 3


# ---------------------------------------------------------------- under repair


@pytest.mark.django_db
def test_a_copy_under_repair_leaves_the_stock_and_not_below_what_is_promised(
    dehors, copies, bacs, emprunteur, yvon
):
    demain = fabriques.jours(1, 1)
    assert disponibilite.libre(bacs, *demain) == 1
    reparer(copies[2])
    assert disponibilite.libre(bacs, *demain) == 0
    refuse(lambda: pret_de(bacs, emprunteur, 1), "ressource_stock")
    refuse(lambda: reparer(copies[0]), "exemplaire_dehors")
    prets.effectuer(dehors, "rendre", par=yvon, exemplaires=[copies[0]])
    pret_de(bacs, emprunteur, 2, jours=(40, 41))
    diag = refuse(lambda: reparer(copies[0]), "ressource_stock")
    assert diag.message_hint == "1"


@pytest.mark.django_db
def test_a_repair_is_counted_from_when_it_is_said_to_start(copies, bacs, emprunteur):
    """Said for next year, it holds nothing until then; brought back to today, it is counted."""
    pret_de(bacs, emprunteur, 3, jours=(2, 4))
    reparer(copies[0], timezone.now() + 300 * JOUR)
    refuse(lambda: reparer(copies[0]), "ressource_stock")
    refuse(lambda: pret_de(bacs, emprunteur, 3, jours=(299, 302)), "ressource_stock")


@pytest.mark.django_db
def test_a_copy_that_breaks_while_promised_is_not_handed_over(copies, bacs, emprunteur, yvon):
    pret = pret_de(bacs, emprunteur, 1)
    reparer(copies[0])
    with pytest.raises(Refus, match="en réparation"):
        prets.effectuer(pret, "remettre", par=yvon, exemplaires=[copies[0]])
    prets.effectuer(pret, "remettre", par=yvon, exemplaires=[copies[1]])


@pytest.mark.django_db
def test_there_are_never_more_copies_than_the_stock(copies, bacs):
    refuse(lambda: Exemplaire.objects.create(ressource=bacs, numero=4), "exemplaire_dans_le_stock")
    refuse(
        lambda: Ressource.objects.filter(pk=bacs.pk).update(quantite=2),
        "exemplaire_dans_le_stock",
    )
    Exemplaire.objects.filter(pk=copies[0].pk).update(etat="retire")
    Ressource.objects.filter(pk=bacs.pk).update(quantite=2)
    refuse(
        lambda: Exemplaire.objects.filter(pk=copies[0].pk).update(etat="en_service"),
        "exemplaire_dans_le_stock",
    )


# ---------------------------------------------------------------- at once


@pytest.mark.django_db(transaction=True)
def test_two_desks_with_the_same_copy_hand_it_over_once(copies, bacs, emprunteur, yvon):
    demandes = [pret_de(bacs, emprunteur, 1) for _ in range(3)]

    def remettre(pret):
        try:
            prets.effectuer(pret, "remettre", par=yvon, exemplaires=[copies[0]])
        except Refus as refus:
            return refus.phrases[0]

    issues = ensemble(lambda p=p: remettre(p) for p in demandes)
    assert issues.count("gagne") == 1, issues
    assert sum("déjà sorti" in i for i in issues) == 2, issues


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda n: n.name)
def test_a_copy_does_not_go_out_with_a_loan_that_ends_meanwhile(niveau, copies, bacs, emprunteur):
    pret = pret_de(bacs, emprunteur, 1, "remis", (-1, 2))
    fini = "UPDATE ressources_pret SET etat = 'rendu', rendu_le = now(), quantite_rendue = 1"
    sortir = "INSERT INTO ressources_pretexemplaire (pret_id, exemplaire_id, remis_le)"
    with ouvrir(niveau) as une, ouvrir(niveau) as autre:
        photographier(autre)
        une.execute(f"{sortir} VALUES ({pret.pk}, {copies[0].pk}, now())")
        autre.execute("SET LOCAL lock_timeout = '1s'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            autre.execute(fini)  # it waits for its turn
        autre.rollback()
        photographier(autre)
        une.commit()
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.SerializationFailure)):
            autre.execute(fini)
        autre.rollback()
