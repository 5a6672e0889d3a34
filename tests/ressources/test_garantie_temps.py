"""The guarantee in time: buffers, closures, lateness, longer, shorter, handed over early."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from organisations.refus import Refus
from ressources import disponibilite, prets
from ressources.models import Fermeture, Pret, Ressource
from tests import fabriques
from tests.brut import executer, refuse

pytestmark = pytest.mark.django_db

HEURE, JOUR = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def salle(preteur, yvon):
    """A room with an hour between two loans."""
    return fabriques.ressource(preteur, sorte="local", battement=60)


@pytest.fixture
def lot(preteur, yvon):
    return fabriques.ressource(preteur, quantite=6)


@pytest.fixture
def midi():
    """A round hour, some days from now."""
    return disponibilite.minuit(timezone.localdate() + 10 * JOUR) + 12 * HEURE


def accepte(ressource, emprunteur, debut, fin, quantite=1, **champs):
    return fabriques.pret(
        ressource, emprunteur, "accepte", debut=debut, fin=fin, quantite=quantite, **champs
    )


# ---------------------------------------------------------------- buffers


@pytest.mark.parametrize(
    ("debut", "fin", "permis"),
    [(-2, -1, True), (3, 4, True), (-2, 0, False), (2, 4, False), (-2, -0.75, False)],
)
def test_an_hour_stays_free_before_and_after_each_loan(salle, emprunteur, midi, debut, fin, permis):
    accepte(salle, emprunteur, midi, midi + 2 * HEURE)
    essai = lambda: accepte(salle, emprunteur, midi + debut * HEURE, midi + fin * HEURE)  # noqa: E731
    essai() if permis else refuse(essai, "ressource_stock")


def test_a_buffer_written_by_hand_is_rewritten(salle, emprunteur, midi):
    pret = accepte(salle, emprunteur, midi, midi + HEURE)
    for colonne in ("battement = 0", "tenue = periode", "battement = 15, tenue = NULL"):
        executer(f"UPDATE ressources_pret SET {colonne} WHERE id = %s", pret.pk)
        pret.refresh_from_db()
        assert (pret.battement, pret.tenue.upper) == (60, midi + 2 * HEURE)


def test_a_buffer_changed_afterwards_keeps_what_was_promised_as_it_was(
    salle, emprunteur, midi, yvon
):
    Ressource.objects.filter(pk=salle.pk).update(battement=0)
    maintenant = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    une = accepte(salle, emprunteur, maintenant, maintenant + 2 * HEURE)
    loin = accepte(salle, emprunteur, midi + 5 * HEURE, midi + 6 * HEURE)
    accepte(salle, emprunteur, maintenant + 2 * HEURE, maintenant + 3 * HEURE)
    Ressource.objects.filter(pk=salle.pk).update(battement=60)
    # One after the other without an hour between: promised, and handed over all the same.
    prets.effectuer(une, "remettre", par=yvon)
    une.refresh_from_db()
    assert une.battement == 0
    # A new one, and a longer one, keep the hour of today.
    refuse(lambda: accepte(salle, emprunteur, midi + 4 * HEURE, loin.debut), "ressource_stock")
    seule = accepte(salle, emprunteur, midi, midi + HEURE)
    Ressource.objects.filter(pk=salle.pk).update(battement=30)
    Pret.objects.filter(pk=seule.pk).update(periode=DateTimeTZRange(midi, midi + HEURE / 2))
    seule.refresh_from_db()
    assert seule.battement == 60
    Pret.objects.filter(pk=seule.pk).update(periode=DateTimeTZRange(midi, midi + 2 * HEURE))
    seule.refresh_from_db()
    assert seule.battement == 30


def test_the_buffer_asked_with_is_the_one_of_the_day_of_the_acceptance(
    salle, emprunteur, midi, yvon
):
    pret = fabriques.pret(salle, emprunteur, "demande", debut=midi, fin=midi + HEURE)
    Ressource.objects.filter(pk=salle.pk).update(battement=120)
    pret = prets.effectuer(pret, "accepter", par=yvon)
    pret.refresh_from_db()
    assert pret.battement == 120
    refuse(lambda: accepte(salle, emprunteur, midi + 2 * HEURE, midi + 3 * HEURE))


@pytest.mark.parametrize("battement", [7, 2895, -15])
def test_an_impossible_buffer_is_refused(salle, battement):
    diag = refuse(lambda: Ressource.objects.filter(pk=salle.pk).update(battement=battement))
    assert "battement" in diag.constraint_name


# ---------------------------------------------------------------- closures


def test_nothing_is_promised_in_a_closure_and_nothing_is_closed_over_a_promise(
    lot, emprunteur, midi
):
    jour = disponibilite.minuit(midi.date())
    ferme = Fermeture.objects.create(ressource=lot, periode=(jour, jour + 3 * JOUR))
    refuse(lambda: accepte(lot, emprunteur, jour + 2 * JOUR, jour + 5 * JOUR), "ressource_fermee")
    accepte(lot, emprunteur, jour + 3 * JOUR, jour + 5 * JOUR)
    plus_longue = DateTimeTZRange(jour, jour + 4 * JOUR)
    refuse(
        lambda: Fermeture.objects.filter(pk=ferme.pk).update(periode=plus_longue),
        "ressource_fermee",
    )
    diag = refuse(
        lambda: Fermeture.objects.create(ressource=lot, periode=(jour + 4 * JOUR, jour + 6 * JOUR)),
        "ressource_fermee",
    )
    assert diag.message_hint == "1"
    # A demand holds nothing: one closes over it, and it can no longer be accepted.
    pret = fabriques.pret(lot, emprunteur, "demande", debut=jour + 8 * JOUR, fin=jour + 9 * JOUR)
    Fermeture.objects.create(ressource=lot, periode=(jour + 8 * JOUR, jour + 10 * JOUR))
    yvon = lot.organisation.personnes.get()
    with pytest.raises(Refus, match="fermé"):
        prets.effectuer(pret, "accepter", par=yvon)


def test_what_is_late_over_a_closure_is_a_fact_that_can_be_mended(lot, emprunteur, yvon, mireille):
    hier = disponibilite.minuit(timezone.localdate()) - JOUR
    retard = fabriques.pret(
        lot, emprunteur, "remis", quantite=2, debut=hier - 5 * JOUR, fin=hier - 2 * JOUR
    )
    Fermeture.objects.create(ressource=lot, periode=(hier - 2 * JOUR, hier))
    Fermeture.objects.create(ressource=lot, periode=(hier + 20 * JOUR, hier + 21 * JOUR))
    # The closure it went through is past; the next one is not.
    prets.effectuer(retard, "prolonger", par=mireille, periode=(hier, hier + 22 * JOUR))
    with pytest.raises(Refus, match="fermé"):
        prets.effectuer(retard, "accorder", par=yvon)
    prets.effectuer(retard, "maintenir", par=yvon, mot="C’est fermé.")
    prets.effectuer(retard, "prolonger", par=mireille, periode=(hier, hier + 10 * JOUR))
    prets.effectuer(retard, "accorder", par=yvon)
    prets.effectuer(retard, "rendre", par=yvon)


# ---------------------------------------------------------------- late


@pytest.fixture
def demain():
    return disponibilite.minuit(timezone.localdate() + JOUR)


@pytest.fixture
def seul(preteur, yvon):
    return fabriques.ressource(preteur, quantite=1)


def test_a_late_loan_is_not_extended_over_somebody_elses_promise(
    seul, emprunteur, horloge, yvon, mireille
):
    matin = disponibilite.minuit(timezone.localdate() + JOUR)
    horloge.regler(matin + 9 * HEURE)
    retard = accepte(seul, emprunteur, matin, matin + JOUR)
    prets.effectuer(retard, "remettre", par=yvon)
    autre = accepte(seul, emprunteur, matin + 4 * JOUR, matin + 6 * JOUR)
    horloge.avancer(2 * JOUR)

    def demander(fin):
        prets.effectuer(retard, "prolonger", par=mireille, periode=(matin, matin + fin * JOUR))

    for fin in (5, 8):
        demander(fin)
        with pytest.raises(Refus, match="déjà pris"):
            prets.effectuer(retard, "accorder", par=yvon)
        refuse(
            lambda f=fin: Pret.objects.filter(pk=retard.pk).update(
                periode=DateTimeTZRange(matin, matin + f * JOUR)
            ),
            "ressource_stock",
        )
        prets.effectuer(retard, "maintenir", par=yvon, mot="Quelqu’un l’attend.")
    demander(4)
    prets.effectuer(retard, "accorder", par=yvon)
    # The other one comes on its day: what is not back cannot be handed over.
    horloge.avancer(2 * JOUR)
    with pytest.raises(Refus, match="en retard"):
        prets.effectuer(autre, "remettre", par=yvon)
    prets.effectuer(retard, "rendre", par=yvon)
    prets.effectuer(autre, "remettre", par=yvon)


def test_a_late_loan_does_not_stop_handing_over_what_is_on_the_shelf(
    lot, emprunteur, horloge, yvon
):
    """Six: two late, four promised today, and five next week. The four are here."""
    matin = disponibilite.minuit(timezone.localdate() + JOUR)
    horloge.regler(matin + 9 * HEURE)
    retard = accepte(lot, emprunteur, matin, matin + JOUR, 2)
    prets.effectuer(retard, "remettre", par=yvon)
    promis = accepte(lot, emprunteur, matin + 2 * JOUR, matin + 9 * JOUR, 5)
    accepte(lot, emprunteur, matin + 8 * JOUR, matin + 9 * JOUR, 1)
    horloge.avancer(2 * JOUR)
    assert disponibilite.libre(lot, matin + 2 * JOUR, matin + 3 * JOUR) == 0
    with pytest.raises(Refus):
        prets.effectuer(promis, "remettre", par=yvon)  # five are not here
    prets.effectuer(promis, "remettre", par=yvon, quantite=4)
    with pytest.raises(Refus):
        prets.effectuer(promis, "remettre", par=yvon, quantite=1)
    prets.effectuer(retard, "rendre", par=yvon, quantite=1)
    prets.effectuer(promis, "remettre", par=yvon, quantite=1)


def test_nothing_new_is_promised_of_what_is_late_and_what_never_left_is_free(
    lot, emprunteur, horloge, yvon
):
    matin = disponibilite.minuit(timezone.localdate() + JOUR)
    horloge.regler(matin + 9 * HEURE)
    retard = accepte(lot, emprunteur, matin, matin + JOUR, 5)
    prets.effectuer(retard, "remettre", par=yvon, quantite=3)
    horloge.avancer(JOUR)
    loin = (matin + 300 * JOUR, matin + 301 * JOUR)
    refuse(lambda: accepte(lot, emprunteur, *loin, 4), "ressource_stock")
    accepte(lot, emprunteur, *loin, 3)
    prets.effectuer(retard, "rendre", par=yvon, quantite=2)
    assert disponibilite.libre(lot, *loin) == 2
    ligne = Pret.objects.filter(pk=retard.pk)
    # Written back by hand, it would hold again what others were promised since.
    accepte(lot, emprunteur, *loin, 2)
    refuse(lambda: ligne.update(quantite_rendue=0), "ressource_stock")
    refuse(lambda: ligne.update(quantite=4, quantite_rendue=1), "ressource_stock")
    ligne.update(quantite_rendue=3, etat="rendu", rendu_le=horloge.maintenant)
    refuse(lambda: ligne.update(quantite_rendue=0, etat="remis", rendu_le=None), "ressource_stock")


def test_a_loan_shortened_into_the_past_would_be_late_and_is_counted(
    seul, emprunteur, horloge, yvon
):
    matin = disponibilite.minuit(timezone.localdate() + JOUR)
    horloge.regler(matin + 2 * JOUR)
    pret = accepte(seul, emprunteur, matin, matin + 3 * JOUR)
    prets.effectuer(pret, "remettre", par=yvon)
    accepte(seul, emprunteur, matin + 5 * JOUR, matin + 6 * JOUR)
    refuse(
        lambda: Pret.objects.filter(pk=pret.pk).update(
            periode=DateTimeTZRange(matin, matin + JOUR)
        ),
        "ressource_stock",
    )


# ---------------------------------------------------------------- longer, shorter, earlier


def test_an_extension_is_counted_like_a_new_booking_and_shortening_never_is(
    lot, emprunteur, midi, yvon, mireille
):
    jour = disponibilite.minuit(midi.date())
    pret = accepte(lot, emprunteur, jour, jour + 2 * JOUR, 4)
    accepte(lot, emprunteur, jour + 3 * JOUR, jour + 5 * JOUR, 3)
    prets.effectuer(pret, "prolonger", par=mireille, periode=(jour, jour + 4 * JOUR))
    with pytest.raises(Refus):
        prets.effectuer(pret, "accorder", par=yvon)
    prets.effectuer(pret, "maintenir", par=yvon, mot="D’autres l’attendent.")
    for debut, fin in ((0, 3), (0, 1), (-2, 1), (6, 8)):
        prets.effectuer(
            pret, "prolonger", par=mireille, periode=(jour + debut * JOUR, jour + fin * JOUR)
        )
        prets.effectuer(pret, "accorder", par=yvon)
    verbes = list(pret.evenements.values_list("verbe", flat=True))
    assert verbes[-8:] == ["prolonger", "accorder"] * 4


def test_handed_over_before_its_date_a_loan_holds_from_that_day(lot, emprunteur, horloge, yvon):
    matin = disponibilite.minuit(timezone.localdate() + JOUR)
    horloge.regler(matin + 9 * HEURE)
    accepte(lot, emprunteur, matin, matin + 2 * JOUR, 3)
    tot, autre = (accepte(lot, emprunteur, matin + 3 * JOUR, matin + 5 * JOUR, 3) for _ in "ab")
    prets.effectuer(tot, "remettre", par=yvon)
    tot.refresh_from_db()
    assert tot.debut == matin
    with pytest.raises(Refus):
        prets.effectuer(autre, "remettre", par=yvon)  # those are promised until tomorrow
    Fermeture.objects.create(
        ressource=fabriques.ressource(lot.organisation), periode=(matin, matin + JOUR)
    )
    horloge.avancer(2 * JOUR)
    prets.effectuer(autre, "remettre", par=yvon)


def test_a_loan_moved_to_another_listing_is_counted_there(lot, seul, emprunteur, midi):
    jour = disponibilite.minuit(midi.date())
    accepte(seul, emprunteur, jour, jour + 2 * JOUR)
    pret = accepte(lot, emprunteur, jour + JOUR, jour + 3 * JOUR)
    ligne = Pret.objects.filter(pk=pret.pk)
    refuse(lambda: ligne.update(ressource=seul), "ressource_stock")
    ailleurs = fabriques.ressource()
    refuse(lambda: ligne.update(ressource=ailleurs), "pret_parties")
    ligne.update(periode=DateTimeTZRange(jour + 2 * JOUR, jour + 3 * JOUR))
    ligne.update(ressource=seul)
    assert disponibilite.libre(lot, jour, jour + 9 * JOUR) == 6
