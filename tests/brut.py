"""Writing as somebody would who never heard of the verbs: raw SQL, on connections of one's own."""

import threading
import uuid
from collections.abc import Callable, Iterable

import psycopg
import pytest
from django.db import IntegrityError, connection, connections, transaction

NIVEAUX = [
    psycopg.IsolationLevel.READ_COMMITTED,
    psycopg.IsolationLevel.REPEATABLE_READ,
    psycopg.IsolationLevel.SERIALIZABLE,
]
INSERER = """
INSERT INTO ressources_pret (ressource_id, preteur_id, emprunteur_id, jeton, quantite, periode,
                             but, etat, demande_le, accepte_le, conditions)
VALUES (%s, %s, %s, %s, %s, tstzrange(%s, %s), 'course', 'accepte', now(), now(), '{}')
"""


def valeurs(ressource, emprunteur, debut, fin, quantite=1) -> list:
    """The parameters of INSERER."""
    return [
        ressource.pk, ressource.organisation_id, emprunteur.pk, uuid.uuid4(), quantite, debut, fin,
    ]  # fmt: skip


def ouvrir(niveau: psycopg.IsolationLevel | None = None) -> psycopg.Connection:
    """A connection of its own, as another process would open. It waits 5 s at most for a lock."""
    reglages = connection.get_connection_params()
    liaison = psycopg.connect(
        dbname=reglages["dbname"],
        host=reglages.get("host"),
        port=reglages.get("port"),
        user=reglages.get("user"),
        password=reglages.get("password"),
        options="-c lock_timeout=5s",
    )
    liaison.isolation_level = niveau
    return liaison


def photographier(liaison: psycopg.Connection) -> None:
    """Above READ COMMITTED, what this transaction sees is what stands now."""
    liaison.execute("SELECT count(*) FROM ressources_pret").fetchone()


def executer(requete: str, *parametres) -> int:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)
        return curseur.rowcount


def refuse(ecrire: Callable, contrainte: str | None = None):
    """The database refuses; the diagnostic, whose constraint is the one expected."""
    with pytest.raises(IntegrityError) as refus, transaction.atomic():
        ecrire()
    diag = refus.value.__cause__.diag
    assert contrainte is None or diag.constraint_name == contrainte, diag.message_primary
    return diag


def ensemble(gestes: Iterable[Callable[[], str | None]], attente: float = 60) -> list[str]:
    """Each in its thread, all at the same instant. What each gives back, or what it died of."""
    gestes = list(gestes)
    depart = threading.Barrier(len(gestes), timeout=attente)
    issues: list[str] = [""] * len(gestes)

    def courir(rang: int, geste: Callable[[], str | None]) -> None:
        try:
            depart.wait()
            issues[rang] = geste() or "gagne"
        except Exception as erreur:
            issues[rang] = f"{type(erreur).__name__}: {erreur}"
        finally:
            connections.close_all()

    fils = [threading.Thread(target=courir, args=[r, g]) for r, g in enumerate(gestes)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(attente)
    assert not any(fil.is_alive() for fil in fils), "somebody still waits"
    return issues
