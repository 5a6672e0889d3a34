"""Bad input of the verbs: a sentence that says what to change, nothing half written, never more."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from organisations.publication import Etat as Publication
from organisations.refus import NonAutorise, Refus
from ressources import prets
from ressources.models import EvenementPret, Exemplaire, Pret, PretExemplaire, Ressource
from tests import fabriques

pytestmark = pytest.mark.django_db

MINUTE, HEURE, JOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
DEMAIN = fabriques.jours(1, 1)


def an(annee, mois=6, jour=1):
    return dt.datetime(annee, mois, jour, tzinfo=dt.UTC)


@pytest.fixture
def lot(preteur, yvon):
    return fabriques.ressource(preteur, quantite=6)


@pytest.fixture
def salle(preteur, yvon):
    return fabriques.ressource(preteur, sorte="local")


def demander(ressource, mireille, emprunteur, debut, fin, quantite=1, **champs):
    return prets.demander(
        ressource, par=mireille, emprunteur=emprunteur, debut=debut, fin=fin, quantite=quantite,
        but="Un essai.", jeton=champs.get("jeton") or uuid.uuid4(),
    )  # fmt: skip


def tout():
    """What a refusal leaves as it was."""
    return (
        list(Pret.objects.order_by("pk").values()),
        list(PretExemplaire.objects.order_by("pk").values()),
        EvenementPret.objects.count(),
        len(mail.outbox),
    )


def refuse(essayer) -> list[str]:
    avant = tout()
    with pytest.raises(Refus) as refus:
        essayer()
    assert tout() == avant
    assert refus.value.phrases and all(refus.value.phrases)
    return refus.value.phrases


DATES = {
    "end before start": (DEMAIN[1], DEMAIN[0]),
    "empty": (DEMAIN[0], DEMAIN[0]),
    "1900": (an(1900), an(1900, 6, 3)),
    "year one": (an(1), an(1, 6, 3)),
    "from 1900 to now": (an(1900), DEMAIN[1]),
    "9999": (an(9999, 12, 30), an(9999, 12, 31)),
    "from now to 9999": (DEMAIN[0], an(9999, 12, 31)),
    "three years away": (DEMAIN[0] + 1100 * JOUR, DEMAIN[1] + 1100 * JOUR),
    "yesterday": (DEMAIN[0] - 2 * JOUR, DEMAIN[1] - 2 * JOUR),
    "not a quarter": (DEMAIN[0] + 7 * MINUTE, DEMAIN[1]),
    "a fraction of a second": (DEMAIN[0] + dt.timedelta(microseconds=1), DEMAIN[1]),
}


@pytest.mark.parametrize("cas", DATES)
@pytest.mark.parametrize("quoi", ["lot", "salle"])
def test_impossible_dates_are_refused_with_a_sentence(cas, quoi, request, mireille, emprunteur):
    ressource = request.getfixturevalue(quoi)
    refuse(lambda: demander(ressource, mireille, emprunteur, *DATES[cas]))


@pytest.mark.parametrize("cas", DATES)
def test_the_same_dates_are_refused_in_every_step_that_takes_dates(
    cas, salle, mireille, emprunteur, yvon
):
    debut, fin = fabriques.jours(5, 5)
    pret = fabriques.pret(salle, emprunteur, "demande", debut=debut, fin=fin)
    for verbe, par in (("proposer", yvon), ("deplacer", mireille)):
        refuse(lambda v=verbe, p=par: prets.effectuer(pret, v, par=p, periode=DATES[cas]))
    prets.effectuer(pret, "accepter", par=yvon)
    refuse(lambda: prets.effectuer(pret, "prolonger", par=mireille, periode=DATES[cas]))


@pytest.mark.parametrize("quantite", [0, -1, 7, 10_000, 10_001, 2**31, 10**30])
def test_zero_negative_and_huge_quantities_are_refused(quantite, lot, mireille, emprunteur, yvon):
    refuse(lambda: demander(lot, mireille, emprunteur, *DEMAIN, quantite=quantite))
    debut, fin = fabriques.jours(0, 2)
    pret = fabriques.pret(lot, emprunteur, "demande", debut=debut, fin=fin, quantite=2)
    refuse(lambda: prets.effectuer(pret, "proposer", par=yvon, quantite=quantite))
    refuse(lambda: prets.effectuer(pret, "deplacer", par=mireille, quantite=quantite))
    prets.effectuer(pret, "accepter", par=yvon)
    refuse(lambda: prets.effectuer(pret, "remettre", par=yvon, quantite=quantite))
    prets.effectuer(pret, "remettre", par=yvon)
    refuse(lambda: prets.effectuer(pret, "rendre", par=yvon, quantite=quantite))


def test_a_copy_of_another_listing_or_of_nobody_does_not_go_out(lot, emprunteur, yvon, preteur):
    ailleurs = Exemplaire.objects.create(ressource=fabriques.ressource(preteur), numero=1)
    ici = Exemplaire.objects.create(ressource=lot, numero=1)
    forge = Exemplaire(pk=999_999_999, ressource=lot, numero=9)
    debut, fin = fabriques.jours(0, 2)
    pret = fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=2)
    for copies in ([ailleurs], [ici, ailleurs], [forge]):
        refuse(lambda c=copies: prets.effectuer(pret, "remettre", par=yvon, exemplaires=c))
    prets.effectuer(pret, "remettre", par=yvon, exemplaires=[ici, ici])
    pret.refresh_from_db()
    assert (pret.quantite_remise, pret.sorties.count()) == (1, 1)  # ticked twice is one copy
    for copies in ([ailleurs], [ici, ailleurs], [forge]):
        refuse(lambda c=copies: prets.effectuer(pret, "rendre", par=yvon, exemplaires=c))


@pytest.mark.parametrize("etat", [Publication.ARCHIVEE, Publication.SUSPENDUE, Publication.RETIREE])
def test_a_listing_closed_or_suspended_meanwhile(etat, lot, mireille, emprunteur, yvon):
    pret = fabriques.pret(lot, emprunteur, "demande", quantite=2)
    prets.effectuer(pret, "proposer", par=yvon, quantite=1)
    Ressource.objects.filter(pk=lot.pk).update(etat=etat)
    refuse(lambda: demander(lot, mireille, emprunteur, *DEMAIN))
    refuse(lambda: prets.effectuer(pret, "convenir", par=mireille))
    refuse(lambda: prets.effectuer(pret, "deplacer", par=mireille, periode=DEMAIN))
    # What is asked can still be ended by both.
    prets.effectuer(pret, "decliner", par=mireille)


def test_an_old_page_is_answered_with_the_present_state(lot, mireille, emprunteur, yvon):
    pret = fabriques.pret(lot, emprunteur, "demande")
    vieille_page = Pret.objects.get(pk=pret.pk)
    prets.effectuer(pret, "refuser", par=yvon, mot="Elle est en réparation.")
    (phrase,) = refuse(lambda: prets.effectuer(vieille_page, "accepter", par=yvon))
    assert "Refusé" in phrase


def test_a_form_replayed_gives_back_its_loan_and_another_organisations_is_a_sentence(
    lot, mireille, emprunteur, table
):
    jeton = uuid.uuid4()
    pret = demander(lot, mireille, emprunteur, *DEMAIN, jeton=jeton)
    avant = tout()
    assert demander(lot, mireille, emprunteur, *DEMAIN, quantite=3, jeton=jeton) == pret
    assert tout() == avant
    voisin = fabriques.organisation("Accueil des Pins", table=table)
    paul = fabriques.personne("Paul", agit_pour=voisin)
    fabriques.adhesion(paul, voisin)
    (phrase,) = refuse(lambda: demander(lot, paul, voisin, *DEMAIN, jeton=jeton))
    assert "déjà servi" in phrase


def test_an_unknown_step_and_somebody_elses_step_are_refused(lot, mireille, emprunteur, passant):
    pret = fabriques.pret(lot, emprunteur, "demande")
    refuse(lambda: prets.effectuer(pret, "inventer", par=mireille))
    avant = tout()
    for verbe in ("accepter", "refuser", "annuler"):
        with pytest.raises(NonAutorise):
            prets.effectuer(pret, verbe, par=passant, mot="Non.")
    with pytest.raises(NonAutorise):
        prets.demander(
            lot, par=passant, emprunteur=emprunteur, debut=DEMAIN[0], fin=DEMAIN[1], quantite=1,
            but="Un essai.", jeton=uuid.uuid4(),
        )  # fmt: skip
    assert tout() == avant


def test_forged_numbers_in_an_address_are_a_404(lot, emprunteur, mireille, client_de, passant):
    pret = fabriques.pret(lot, emprunteur, "demande")
    for qui, numero in ((mireille, 999_999_999), (mireille, 10**30), (passant, pret.pk)):
        client = client_de(qui)
        for adresse in (f"/prets/{numero}/", f"/prets/{numero}/accepter/"):
            reponse = client.get(adresse) if adresse.endswith(f"{numero}/") else None
            reponse = reponse or client.post(adresse, {"etat": "demande"})
            assert reponse.status_code == 404, (adresse, qui)


def test_dates_asked_before_the_hand_over_and_granted_after_keep_its_start(
    salle, emprunteur, mireille, yvon
):
    quart = timezone.now().replace(minute=0, second=0, microsecond=0)
    debut, fin = quart + 2 * HEURE, quart + 3 * HEURE
    pret = fabriques.pret(salle, emprunteur, "accepte", debut=debut, fin=fin)
    plus_tard = (debut + 30 * MINUTE, fin + HEURE)
    prets.effectuer(pret, "prolonger", par=mireille, periode=plus_tard)
    pret = prets.effectuer(pret, "remettre", par=yvon)
    remis = pret.debut
    pret = prets.effectuer(pret, "accorder", par=yvon)
    pret.refresh_from_db()
    assert (pret.debut, pret.fin) == (remis, plus_tard[1])
