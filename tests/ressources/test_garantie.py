"""PostgreSQL itself refuses to promise a thing twice: raw SQL, every isolation level, races."""

from datetime import timedelta

import pgtrigger
import psycopg
import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils import timezone

from organisations.refus import Refus
from ressources import prets
from ressources.models import Pret, Ressource
from tests import fabriques
from tests.brut import INSERER, NIVEAUX, ensemble, executer, ouvrir, photographier, refuse, valeurs

CLIENTS = 20


def jours(dans, nombre):
    """[start, end) of so many days, so many days from now."""
    return fabriques.jours(dans, dans + nombre - 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda niveau: niveau.name)
def test_twenty_clients_for_the_whole_stock_make_one_winner(niveau, preteur, emprunteur):
    ressource = fabriques.ressource(preteur, quantite=3)
    debut, fin = jours(5, 2)
    liaisons = [ouvrir(niveau) for _ in range(CLIENTS)]

    def courir(liaison):
        try:
            liaison.execute(INSERER, valeurs(ressource, emprunteur, debut, fin, 3))
            liaison.commit()
        except psycopg.Error as erreur:
            liaison.rollback()
            return type(erreur).__name__

    for liaison in liaisons:
        # The snapshot is taken before anyone writes: the hardest case above READ COMMITTED.
        photographier(liaison)
    issues = ensemble(lambda c=liaison: courir(c) for liaison in liaisons)
    for liaison in liaisons:
        liaison.close()
    attendue = (
        "ExclusionViolation"
        if niveau == psycopg.IsolationLevel.READ_COMMITTED
        else "SerializationFailure"
    )
    assert sorted(issues) == sorted(["gagne", *[attendue] * (CLIENTS - 1)])


@pytest.mark.django_db(transaction=True)
def test_twenty_people_accepting_at_once_make_one_promise(preteur, emprunteur, yvon):
    ressource = fabriques.ressource(preteur, quantite=1)
    debut, fin = jours(5, 2)
    demandes = [
        fabriques.pret(ressource, emprunteur, "demande", debut=debut, fin=fin)
        for _ in range(CLIENTS)
    ]

    def accepter(pret):
        try:
            prets.effectuer(pret, "accepter", par=yvon)
        except Refus as refus:
            return refus.phrases[0]

    issues = ensemble(lambda p=pret: accepter(p) for pret in demandes)
    assert issues.count("gagne") == 1, issues
    assert len([i for i in issues if i.startswith("C’est déjà pris")]) == CLIENTS - 1, issues
    assert Pret.objects.filter(etat="accepte").count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_on_different_listings_do_not_wait_for_each_other(preteur, emprunteur):
    une, autre = (fabriques.ressource(preteur, quantite=1) for _ in range(2))
    debut, fin = jours(5, 2)
    with ouvrir() as premiere, ouvrir() as seconde:
        premiere.execute(INSERER, valeurs(une, emprunteur, debut, fin))  # left open
        seconde.execute("SET lock_timeout = '2s'")
        seconde.execute(INSERER, valeurs(autre, emprunteur, debut, fin))
        seconde.commit()
        premiere.commit()
    assert Pret.objects.filter(etat="accepte").count() == 2


# ---------------------------------------------------------------- rules, by raw writes


@pytest.fixture
def lot(preteur):
    return fabriques.ressource(preteur, quantite=6)


def test_the_peak_counts_and_not_the_sum(lot, emprunteur):
    for decalage in (1, 3, 5):  # one after the other
        debut, fin = jours(decalage, 2)
        fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=4)
    debut, fin = jours(1, 6)
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=2)
    diag = refuse(
        lambda: fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=1)
    )
    assert (diag.sqlstate, diag.constraint_name, diag.message_hint) == (
        "23P01",
        "ressource_stock",
        "1",
    )


def test_a_late_loan_holds_everything_until_it_comes_back(lot, emprunteur):
    maintenant = jours(0, 1)[0]
    retard = fabriques.pret(
        lot, emprunteur, "remis", quantite=5,
        debut=maintenant - timedelta(days=10), fin=maintenant - timedelta(days=3),
    )  # fmt: skip
    debut, fin = jours(90, 2)
    refuse(lambda: fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=2))
    Pret.objects.filter(pk=retard.pk).update(
        etat="rendu", rendu_le=timezone.now(), quantite_rendue=5
    )
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=2)


def test_accepted_and_never_collected_holds_nothing_after_its_end(lot, emprunteur):
    hier = jours(0, 1)[0]
    fabriques.pret(lot, emprunteur, "accepte", quantite=6, debut=hier - timedelta(days=3), fin=hier)
    debut, fin = jours(0, 2)
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=6)


def test_shortening_lowering_and_giving_back_are_always_allowed(lot, emprunteur):
    debut, fin = jours(2, 4)
    pret = fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=6)
    # Over-promised by somebody who switched the guarantee off: it must still be possible to mend.
    with pgtrigger.ignore("ressources.Ressource:stock_promis"):
        Ressource.objects.filter(pk=lot.pk).update(quantite=2)
    lignes = Pret.objects.filter(pk=pret.pk)
    lignes.update(quantite=5)
    lignes.update(periode=type(pret.periode)(debut, fin - timedelta(days=1)))
    refuse(lambda: lignes.update(quantite=6))
    refuse(lambda: lignes.update(periode=type(pret.periode)(debut, fin + timedelta(days=1))))
    lignes.update(etat="annule")


def test_the_stock_never_goes_below_what_is_promised(lot, emprunteur):
    debut, fin = jours(2, 4)
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=4)
    diag = refuse(lambda: Ressource.objects.filter(pk=lot.pk).update(quantite=1))
    assert diag.constraint_name == "ressource_stock" and diag.message_hint == "3"
    Ressource.objects.filter(pk=lot.pk).update(quantite=4)


def test_many_rows_in_one_statement_are_counted_together(lot, emprunteur):
    debut, fin = jours(2, 4)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as curseur:
        curseur.executemany(INSERER, [valeurs(lot, emprunteur, debut, fin, 3) for _ in range(3)])


def test_a_loan_is_between_the_owner_and_another_organisation(lot, emprunteur, preteur):
    debut, fin = jours(2, 4)

    def inserer(preteur_id, emprunteur_id):
        ligne = valeurs(lot, emprunteur, debut, fin)
        ligne[1:3] = [preteur_id, emprunteur_id]
        executer(INSERER, *ligne)

    assert refuse(lambda: inserer(emprunteur.pk, preteur.pk)).constraint_name == "pret_parties"
    assert (
        refuse(lambda: inserer(preteur.pk, preteur.pk)).constraint_name
        == "pret_entre_deux_organismes"
    )


@pytest.mark.parametrize(
    ("debut", "fin"),
    [
        (0, 0),
        (3, 1),
        (None, 2),
        (1, None),
        (0.001, 1),
        (0.000_001, 1),  # a fraction of a second is not a quarter of an hour
        (-20_000, 1),
        (1, 100_000),
    ],
)
def test_impossible_periods_are_refused(lot, emprunteur, debut, fin):
    minuit = jours(5, 1)[0]
    bornes = [None if b is None else minuit + timedelta(days=b) for b in (debut, fin)]
    with pytest.raises(DatabaseError) as refus, transaction.atomic(), connection.cursor() as c:
        c.execute(INSERER, valeurs(lot, emprunteur, *bornes))
    assert isinstance(refus.value, IntegrityError | DataError)


def test_what_the_timeline_says_is_constrained(lot, emprunteur):
    pret = fabriques.pret(lot, emprunteur, "demande")
    with pytest.raises(IntegrityError), transaction.atomic():
        pret.evenements.create(verbe="inventer", cote="preteur")
    with pytest.raises(IntegrityError), transaction.atomic():
        pret.evenements.create(verbe="refuser", cote="preteur", mot="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Pret.objects.filter(pk=pret.pk).update(etat="remis")  # never accepted, never handed over
