"""The month of a listing's page: weeks of days, each with what it leads to."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ressources import disponibilite
from ressources.models import Ressource

MOIS_MAX = 24  # as far as one may look
JOURS = [
    (_("dim."), _("dimanche")),
    (_("lun."), _("lundi")),
    (_("mar."), _("mardi")),
    (_("mer."), _("mercredi")),
    (_("jeu."), _("jeudi")),
    (_("ven."), _("vendredi")),
    (_("sam."), _("samedi")),
]


@dataclass(frozen=True)
class Case:
    """A day of the month. `lien`: the query string it leads to, empty when it leads nowhere."""

    jour: disponibilite.Jour
    lien: str
    est_choisi: bool
    est_aujourdhui: bool
    est_passe: bool


@dataclass(frozen=True)
class Mois:
    premier: dt.date
    semaines: list[list[Case | None]]
    avant: dt.date | None
    lien_avant: str
    apres: dt.date | None
    lien_apres: str
    du: dt.date | None
    au: dt.date | None
    libre: int | None  # over the chosen days, once both are
    jours = JOURS  # Sunday first, as on the calendars of the walls here


def lire_date(texte: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(texte)
    except ValueError:
        return None


def _lire_mois(texte: str) -> dt.date | None:
    if re.fullmatch(r"\d{4}-\d{2}", texte):
        return lire_date(f"{texte}-01")
    return None


def _decaler(premier: dt.date, n: int) -> dt.date:
    mois = premier.year * 12 + premier.month - 1 + n
    return dt.date(mois // 12, mois % 12 + 1, 1)


def mois(ressource: Ressource, demande: QueryDict) -> Mois:
    """The month asked by ?mois=, or of the chosen dates, or today's: never past, never too far."""
    aujourdhui = timezone.localdate()
    present = aujourdhui.replace(day=1)
    dernier = _decaler(present, MOIS_MAX)
    du, au = lire_date(demande.get("du", "")), lire_date(demande.get("au", ""))
    if du is None or du < aujourdhui or (au or du) < du or max(du, au or du).year > dernier.year:
        du = au = None
    if ressource.par_heure and du:
        au = du
    premier = _lire_mois(demande.get("mois", "")) or (du or aujourdhui).replace(day=1)
    premier = min(max(premier, present), dernier)
    jours = {j.date: j for j in disponibilite.mois(ressource, premier.year, premier.month)}

    def case(jour: dt.date) -> Case | None:
        if jour.month != premier.month:
            return None
        j = jours[jour]
        lien = _lien_du_jour(jour, du, au, premier) if jour >= aujourdhui and j.libre else ""
        choisi = du is not None and du <= jour <= (au or du)
        return Case(j, lien, choisi, jour == aujourdhui, jour < aujourdhui)

    libre = None
    if du and au and not ressource.par_heure:
        fin = disponibilite.minuit(au + dt.timedelta(days=1))
        libre = disponibilite.libre(ressource, disponibilite.minuit(du), fin)
    semaines = calendar.Calendar(firstweekday=calendar.SUNDAY)
    avant = _decaler(premier, -1) if premier > present else None
    apres = _decaler(premier, 1) if premier < dernier else None
    return Mois(
        premier=premier,
        semaines=[
            [case(j) for j in semaine]
            for semaine in semaines.monthdatescalendar(premier.year, premier.month)
        ],
        avant=avant,
        lien_avant=_lien(avant, du, au) if avant else "",
        apres=apres,
        lien_apres=_lien(apres, du, au) if apres else "",
        du=du,
        au=au,
        libre=libre,
    )


def _lien_du_jour(jour: dt.date, du: dt.date | None, au: dt.date | None, premier: dt.date) -> str:
    """The first click is the start, the second one the end; another one starts again."""
    if du and not au and jour >= du:
        return _lien(premier, du, jour)
    return _lien(premier, jour, None)


def _lien(mois: dt.date, du: dt.date | None, au: dt.date | None) -> str:
    valeurs = {"mois": f"{mois:%Y-%m}"}
    if du:
        valeurs["du"] = du.isoformat()
    if au:
        valeurs["au"] = au.isoformat()
    return f"?{urlencode(valeurs)}"
