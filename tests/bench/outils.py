"""What the parts of the bench share: medians of alternating runs, and one line of the table."""

import os
import statistics
import time
from collections.abc import Callable

from django.db import connection

TOURS = int(os.environ.get("TOURS", "15"))


def chronometrer(cas: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each case, in alternating runs; the first turn warms up. What a case
    returns, when it is a number, is its own measure."""
    temps: dict[str, list[float]] = {nom: [] for nom in cas}
    for tour in range(TOURS + 1):
        for nom, agir in cas.items():
            debut = time.perf_counter()
            mesure = agir()
            duree = mesure if isinstance(mesure, float) else time.perf_counter() - debut
            if tour:
                temps[nom].append(duree)
    return {nom: statistics.median(t) for nom, t in temps.items()}


def ligne(taille: int, nom: str, valeur: float, unite: str, **plus: object) -> dict[str, object]:
    """`unite`: « × SQL », « × page nue », « Mo » …"""
    note = ", ".join(f"{n} {v}" for n, v in plus.items() if v is not None)
    print(f"{taille:>7}  {nom:<56} {valeur:>7.2f} {unite:<14} {note}", flush=True)
    return {"taille": taille, "cas": nom, "valeur": round(valeur, 3), "unite": unite, **plus}


def base() -> str:
    """The connection string of the bench's own database, for bare psycopg and other processes."""
    import psycopg

    r = connection.get_connection_params()
    cles = ("dbname", "host", "port", "user", "password")
    return psycopg.conninfo.make_conninfo(**{c: r[c] for c in cles if r.get(c)})
