"""PostgreSQL itself refuses to promise a thing twice: raw SQL, every isolation level, races."""

import threading
import uuid
from datetime import timedelta

import pgtrigger
import psycopg
import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    connection,
    connections,
    transaction,
)
from django.utils import timezone

from organisations.refus import Refus
from ressources import prets
from ressources.models import Pret, Ressource
from tests import fabriques

CLIENTS = 20
INSERER = """
INSERT INTO ressources_pret (ressource_id, preteur_id, emprunteur_id, jeton, quantite, periode,
                             but, etat, demande_le, accepte_le, conditions)
VALUES (%s, %s, %s, %s, %s, tstzrange(%s, %s), 'course', 'accepte', now(), now(), '{}')
"""


def jours(dans, nombre):
    """[start, end) of so many days, so many days from now."""
    return fabriques.jours(dans, dans + nombre - 1)


def _brut() -> psycopg.Connection:
    """A connection of its own, as another process would open."""
    reglages = connection.get_connection_params()
    return psycopg.connect(
        dbname=reglages["dbname"],
        host=reglages.get("host"),
        port=reglages.get("port"),
        user=reglages.get("user"),
        password=reglages.get("password"),
    )


def _inserer(ressource, emprunteur, quantite, debut, fin):
    return [
        ressource.pk, ressource.organisation_id, emprunteur.pk, uuid.uuid4(), quantite, debut, fin,
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "niveau",
    [
        psycopg.IsolationLevel.READ_COMMITTED,
        psycopg.IsolationLevel.REPEATABLE_READ,
        psycopg.IsolationLevel.SERIALIZABLE,
    ],
    ids=lambda niveau: niveau.name,
)
def test_twenty_clients_for_the_whole_stock_make_one_winner(niveau, preteur, emprunteur):
    ressource = fabriques.ressource(preteur, quantite=3)
    debut, fin = jours(5, 2)
    depart = threading.Barrier(CLIENTS, timeout=60)
    issues: list[str] = []

    def courir():
        with _brut() as liaison:
            liaison.isolation_level = niveau
            # The snapshot is taken before anyone writes: the hardest case above READ COMMITTED.
            liaison.execute("SELECT count(*) FROM ressources_pret").fetchone()
            depart.wait()
            try:
                liaison.execute(INSERER, _inserer(ressource, emprunteur, 3, debut, fin))
                liaison.commit()
                issues.append("gagne")
            except psycopg.Error as erreur:
                liaison.rollback()
                issues.append(type(erreur).__name__)

    fils = [threading.Thread(target=courir) for _ in range(CLIENTS)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(60)
    assert len(issues) == CLIENTS
    assert issues.count("gagne") == 1, issues
    attendue = (
        "ExclusionViolation"
        if niveau == psycopg.IsolationLevel.READ_COMMITTED
        else "SerializationFailure"
    )
    assert issues.count(attendue) == CLIENTS - 1, issues
    assert "DeadlockDetected" not in issues


@pytest.mark.django_db(transaction=True)
def test_twenty_people_accepting_at_once_make_one_promise(preteur, emprunteur, yvon):
    ressource = fabriques.ressource(preteur, quantite=1)
    debut, fin = jours(5, 2)
    demandes = [
        fabriques.pret(ressource, emprunteur, "demande", debut=debut, fin=fin)
        for _ in range(CLIENTS)
    ]
    depart = threading.Barrier(CLIENTS, timeout=60)
    issues: list[str] = []

    def accepter(pret):
        try:
            depart.wait()
            prets.effectuer(pret, "accepter", par=yvon)
            issues.append("gagne")
        except Refus as refus:
            issues.append(refus.phrases[0])
        except Exception as erreur:
            issues.append(repr(erreur))
        finally:
            connections.close_all()

    fils = [threading.Thread(target=accepter, args=[p]) for p in demandes]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(60)
    assert issues.count("gagne") == 1, issues
    assert len([i for i in issues if i.startswith("C’est déjà pris")]) == CLIENTS - 1, issues
    assert Pret.objects.filter(etat="accepte").count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_on_different_listings_do_not_wait_for_each_other(preteur, emprunteur):
    une, autre = (fabriques.ressource(preteur, quantite=1) for _ in range(2))
    debut, fin = jours(5, 2)
    with _brut() as premiere, _brut() as seconde:
        premiere.execute(INSERER, _inserer(une, emprunteur, 1, debut, fin))  # left open
        seconde.execute("SET lock_timeout = '2s'")
        seconde.execute(INSERER, _inserer(autre, emprunteur, 1, debut, fin))
        seconde.commit()
        premiere.commit()
    assert Pret.objects.filter(etat="accepte").count() == 2


# ---------------------------------------------------------------- rules, by raw writes


@pytest.fixture
def lot(preteur):
    return fabriques.ressource(preteur, quantite=6)


def _refuse(ecrire):
    with pytest.raises(IntegrityError) as refus, transaction.atomic():
        ecrire()
    return refus.value.__cause__.diag


def test_the_peak_counts_and_not_the_sum(lot, emprunteur):
    for decalage in (1, 3, 5):  # one after the other
        debut, fin = jours(decalage, 2)
        fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=4)
    debut, fin = jours(1, 6)
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=2)
    diag = _refuse(
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
    _refuse(lambda: fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=2))
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
    _refuse(lambda: lignes.update(quantite=6))
    _refuse(lambda: lignes.update(periode=type(pret.periode)(debut, fin + timedelta(days=1))))
    lignes.update(etat="annule")


def test_the_stock_never_goes_below_what_is_promised(lot, emprunteur):
    debut, fin = jours(2, 4)
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=4)
    diag = _refuse(lambda: Ressource.objects.filter(pk=lot.pk).update(quantite=1))
    assert diag.constraint_name == "ressource_stock" and diag.message_hint == "3"
    Ressource.objects.filter(pk=lot.pk).update(quantite=4)


def test_many_rows_in_one_statement_are_counted_together(lot, emprunteur):
    debut, fin = jours(2, 4)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as curseur:
        curseur.executemany(INSERER, [_inserer(lot, emprunteur, 3, debut, fin) for _ in range(3)])


def test_a_loan_is_between_the_owner_and_another_organisation(lot, emprunteur, preteur):
    debut, fin = jours(2, 4)

    def inserer(preteur_id, emprunteur_id):
        with connection.cursor() as curseur:
            curseur.execute(
                INSERER,
                [lot.pk, preteur_id, emprunteur_id, uuid.uuid4(), 1, debut, fin],
            )

    assert _refuse(lambda: inserer(emprunteur.pk, preteur.pk)).constraint_name == "pret_parties"
    assert (
        _refuse(lambda: inserer(preteur.pk, preteur.pk)).constraint_name
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
    ],
)
def test_impossible_periods_are_refused(lot, emprunteur, debut, fin):
    minuit = jours(5, 1)[0]
    bornes = [None if b is None else minuit + timedelta(days=b) for b in (debut, fin)]
    with pytest.raises(DatabaseError) as refus, transaction.atomic(), connection.cursor() as c:
        c.execute(INSERER, _inserer(lot, emprunteur, 1, *bornes))
    assert isinstance(refus.value, IntegrityError | DataError)


def test_what_the_timeline_says_is_constrained(lot, emprunteur):
    pret = fabriques.pret(lot, emprunteur, "demande")
    with pytest.raises(IntegrityError), transaction.atomic():
        pret.evenements.create(verbe="inventer", cote="preteur")
    with pytest.raises(IntegrityError), transaction.atomic():
        pret.evenements.create(verbe="refuser", cote="preteur", mot="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Pret.objects.filter(pk=pret.pk).update(etat="remis")  # never accepted, never handed over
