"""When a listing is open: the hours of its week, and the public holidays of Québec.

Local wall-clock hours become instants here, in UTC: 9 h stays 9 h across a change of clock, and a
length is counted in time that really passes.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays
from django.utils import timezone
from django.utils.translation import get_language

if TYPE_CHECKING:
    from ressources.models import Ressource

PAS = dt.timedelta(minutes=15)
JOUR = dt.timedelta(days=1)
MINUIT = dt.time()
Plage = tuple[dt.time, dt.time]  # the second may be midnight: until the day ends
Periode = tuple[dt.datetime, dt.datetime]  # half-open


@lru_cache(maxsize=64)
def feries(annee: int, langue: str = "fr") -> dict[dt.date, str]:
    """The public holidays of Québec of a year, by date, in « fr » or « en »."""
    return dict(
        holidays.country_holidays(
            "CA", subdiv="QC", years=annee, language="en_CA" if langue == "en" else "fr"
        )
    )


def ferie(jour: dt.date) -> str:
    """The name of the public holiday this day is, in the reader's language; "" when it is none."""
    langue = (get_language() or "fr")[:2]
    return feries(jour.year, "en" if langue == "en" else "fr").get(jour, "").replace("'", "’")


def a_linstant(jour: dt.date, heure: dt.time = MINUIT, *, fin: bool = False) -> dt.datetime:
    """That wall-clock time on that day, in UTC. In November the hour that comes twice is the first
    one; the second when it ends something (`fin`). In March the hour that does not exist is the
    one that comes next."""
    locale = dt.datetime.combine(jour, heure, tzinfo=timezone.get_default_timezone())
    instant = locale.replace(fold=int(fin)).astimezone(dt.UTC)
    return instant if se_dit(instant, heure) else locale.astimezone(dt.UTC)


def se_dit(instant: dt.datetime, heure: dt.time) -> bool:
    """Whether clocks here show that time at that instant."""
    return timezone.localtime(instant).time() == heure


def jour_de(instant: dt.datetime) -> dt.date:
    return timezone.localtime(instant).date()


def dernier_jour(fin: dt.datetime) -> dt.date:
    """The last day of a period that ends there: at midnight, the day before."""
    return jour_de(fin - dt.timedelta(seconds=1))


def jours_entre(du: dt.date, au: dt.date) -> Iterator[dt.date]:
    for n in range((au - du).days + 1):
        yield du + n * JOUR


@dataclass(frozen=True)
class Semaine:
    """The opening hours of a listing. No hours at all: open at any time, but on holidays when the
    listing is closed on those."""

    plages: dict[int, list[Plage]] = field(default_factory=dict)  # by weekday, 0 on Monday
    ferme_feries: bool = False

    def est_ouvert_le(self, jour: dt.date) -> bool:
        if self.ferme_feries and jour in feries(jour.year):
            return False
        return not self.plages or bool(self.plages.get(jour.weekday()))

    def plages_du(self, jour: dt.date) -> list[Plage]:
        if not self.est_ouvert_le(jour):
            return []
        return self.plages.get(jour.weekday()) or [(MINUIT, MINUIT)]

    def ouvertures(self, du: dt.date, au: dt.date) -> list[Periode]:
        """When it is open from the first day to the last one: what touches is one opening, across
        midnight too."""
        trouvees: list[Periode] = []
        for jour in jours_entre(du, au):
            for debut, fin in self.plages_du(jour):
                ouvre = a_linstant(jour, debut)
                ferme = a_linstant(jour, fin, fin=True) if fin > debut else a_linstant(jour + JOUR)
                if trouvees and trouvees[-1][1] >= ouvre:
                    trouvees[-1] = (trouvees[-1][0], max(trouvees[-1][1], ferme))
                elif ferme > ouvre:
                    trouvees.append((ouvre, ferme))
        return trouvees


def semaine_de(ressource: "Ressource", lignes: Iterable | None = None) -> Semaine:
    """The week of a listing: one query, unless its `horaires` are given or prefetched."""
    plages: dict[int, list[Plage]] = {}
    for ligne in ressource.horaires.all() if lignes is None else lignes:
        plages.setdefault(ligne.jour, []).append((ligne.debut, ligne.fin))
    return Semaine({j: sorted(p) for j, p in plages.items()}, ressource.ferme_feries)
