"""The dates of a series: a recurrence as RFC 5545 writes it, unrolled on the clock of the wall.

Unrolled in naive local time, then attached to the network's zone: 9 h stays 9 h across a change of
clock. Never more than `DATES_MAX` dates are computed, whatever the rule asks.
"""

import datetime as dt
import re
from dataclasses import dataclass
from itertools import islice

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations.refus import Refus

DATES_MAX = 60
INTERVALLE_MAX = 12
HORIZON = dt.timedelta(days=730)  # nobody promises anything further than that
_FREQUENCES = {"WEEKLY": WEEKLY, "MONTHLY": MONTHLY}
_JOURS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CLES = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL"}


@dataclass(frozen=True)
class Regle:
    """Every `intervalle` weeks, or months: then the same date, or the `rang`-th `jour` (0 is
    Monday; a `rang` of -1 is the last one). It ends after `nombre` dates, or on `jusqua`."""

    frequence: str
    intervalle: int = 1
    rang: int = 0
    jour: int = 0
    nombre: int | None = None
    jusqua: dt.date | None = None

    def __str__(self) -> str:
        morceaux = [f"FREQ={self.frequence}"]
        if self.intervalle > 1:
            morceaux.append(f"INTERVAL={self.intervalle}")
        if self.rang:
            morceaux.append(f"BYDAY={self.rang}{_JOURS[self.jour]}")
        if self.nombre:
            morceaux.append(f"COUNT={self.nombre}")
        elif self.jusqua:
            morceaux.append(f"UNTIL={self.jusqua:%Y%m%d}")
        return ";".join(morceaux)


def rang_du_jour(premier: dt.date) -> int:
    """Which of its weekday a date is in its month; a fifth one is the last one, -1."""
    rang = (premier.day - 1) // 7 + 1
    return -1 if rang == 5 else rang


def lire(texte: str) -> Regle:
    """A recurrence as it is kept. Only what the portal writes is understood."""
    try:
        parties = dict(morceau.split("=") for morceau in texte.split(";"))
        if parties["FREQ"] not in _FREQUENCES or parties.keys() - _CLES:
            raise ValueError
        rang, jour = 0, 0
        if "BYDAY" in parties:
            trouve = re.fullmatch(r"(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)", parties["BYDAY"])
            if trouve is None or parties["FREQ"] != "MONTHLY":
                raise ValueError
            rang, jour = int(trouve[1]), _JOURS.index(trouve[2])
        jusqua = parties.get("UNTIL")
        return Regle(
            frequence=parties["FREQ"],
            intervalle=int(parties.get("INTERVAL", 1)),
            rang=rang,
            jour=jour,
            nombre=int(parties["COUNT"]) if "COUNT" in parties else None,
            jusqua=dt.date.fromisoformat(jusqua) if jusqua else None,
        )
    except (KeyError, ValueError) as erreur:
        raise Refus(_("Cette récurrence ne se lit pas : choisissez-la de nouveau.")) from erreur


def dates(regle: Regle, premier: dt.date) -> list[dt.date]:
    """The days of the series, the first one included. Refuses what is too long, unread."""
    if not 1 <= regle.intervalle <= INTERVALLE_MAX:
        raise Refus(
            _("L’intervalle va de 1 à %(max)s.") % {"max": INTERVALLE_MAX}, champ="intervalle"
        )
    trop = _("Une série compte au plus %(max)s dates : raccourcissez-la.") % {"max": DATES_MAX}
    if regle.nombre and regle.nombre > DATES_MAX:
        raise Refus(trop, champ="nombre")
    horizon = timezone.localdate() + HORIZON
    fin = min(regle.jusqua or horizon, horizon)
    jours = rrule(
        _FREQUENCES[regle.frequence],
        dtstart=dt.datetime.combine(premier, dt.time()),
        interval=regle.intervalle,
        until=dt.datetime.combine(fin, dt.time()),
        byweekday=weekday(regle.jour, regle.rang) if regle.rang else None,
    )
    trouvees = [instant.date() for instant in islice(jours, regle.nombre or DATES_MAX + 1)]
    if len(trouvees) > DATES_MAX:
        raise Refus(trop, champ="jusqua")
    if len(trouvees) < (regle.nombre or 0):
        raise Refus(
            _("La série va trop loin : demandez d’ici deux ans. Raccourcissez-la."),
            champ="nombre",
        )
    if len(trouvees) < 2:
        raise Refus(
            _("Cela ne fait qu’une date. Prolongez la série, ou demandez un seul prêt."),
            champ="jusqua",
        )
    return trouvees


def instant(jour: dt.date, heure: dt.time = dt.time()) -> dt.datetime | None:
    """That hour of the wall on that day, here; None when the clock skips it that night."""
    ici = timezone.get_default_timezone()
    voulu = dt.datetime.combine(jour, heure, tzinfo=ici)
    vrai = voulu.astimezone(dt.UTC)
    return vrai if vrai.astimezone(ici).replace(tzinfo=None) == voulu.replace(tzinfo=None) else None
