"""A clock that tests set: the real verbs and the real triggers, at another moment.

Python's is the `datetime` that Django's `timezone.now` reads, so that defaults follow too.
PostgreSQL's is `now()`: a function of the same name, in a schema that this session looks up first,
answers instead. Nothing else is replaced.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone


class Horloge:
    def __init__(self, instant: dt.datetime) -> None:
        with connection.cursor() as curseur:
            curseur.execute("""
                CREATE SCHEMA IF NOT EXISTS essai;
                CREATE OR REPLACE FUNCTION essai.now() RETURNS timestamptz LANGUAGE sql STABLE
                AS $$ SELECT current_setting('essai.maintenant')::timestamptz $$;
                SET LOCAL search_path = essai, public, pg_catalog;
            """)
        self.regler(instant)

    def regler(self, instant: dt.datetime) -> None:
        self.maintenant = instant.astimezone(dt.UTC)
        with connection.cursor() as curseur:
            curseur.execute(
                "SELECT set_config('essai.maintenant', %s, true)", [self.maintenant.isoformat()]
            )

    def avancer(self, duree: dt.timedelta) -> None:
        self.regler(self.maintenant + duree)


@contextmanager
def horloge_reglee(instant: dt.datetime) -> Iterator[Horloge]:
    """Inside a transaction, which takes PostgreSQL's part of it away when it ends."""
    horloge = Horloge(instant)

    class Datetime(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return horloge.maintenant.astimezone(tz)

    timezone.datetime = Datetime
    try:
        yield horloge
    finally:
        timezone.datetime = dt.datetime


def prochains_changements(combien: int = 2) -> list[dt.date]:
    """The next days on which the clock changes here: one of 23 hours, one of 25."""
    zone, jour, trouves = timezone.get_default_timezone(), timezone.localdate(), []
    while len(trouves) < combien:
        jour += dt.timedelta(days=1)
        ici = dt.datetime.combine(jour, dt.time(), tzinfo=zone)
        demain = dt.datetime.combine(jour + dt.timedelta(days=1), dt.time(), tzinfo=zone)
        if ici.utcoffset() != demain.utcoffset():
            trouves.append(jour)
    return trouves
