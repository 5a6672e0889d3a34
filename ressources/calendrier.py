"""The calendar of a listing's page: a month of days, a week of hours, each with what it leads to.

What is public here is only what is free: nothing says who takes the rest.
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ressources import disponibilite
from ressources.models import Ressource
from ressources.phrases import plages_en_mots
from ressources.regles import Regime, duree
from ressources.semaine import JOUR, PAS, Periode, a_linstant, ferie, jours_entre, semaine_de

MOIS_MAX = 24  # as far as one may look
HEURES = (7, 22)  # the hours shown when no opening hours say others
UNE_HEURE = dt.timedelta(hours=1)
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
    """A day of the month. `lien`: the query string it leads to, empty when it leads nowhere.
    `etat`: passe, libre, complet, ferme, ferie, tot (too early to ask for it), loin (too far)."""

    jour: disponibilite.Jour
    etat: str
    lien: str
    est_choisi: bool
    est_aujourdhui: bool


@dataclass(frozen=True)
class Mois:
    premier: dt.date
    semaines: list[list[Case | None]]
    avant: dt.date | None
    lien_avant: str
    apres: dt.date | None
    lien_apres: str
    lien_semaine: str  # by the hour: the week of the chosen day, or of the month's first days
    du: dt.date | None
    au: dt.date | None
    libre: int | None  # over the chosen days, once both are
    a_ferme: bool
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


def valeurs_de_la_demande(ressource: Ressource, debut: dt.datetime, fin: dt.datetime) -> str:
    """What the request form is filled with, as the query string of an address."""
    debut, fin = timezone.localtime(debut), timezone.localtime(fin)
    if ressource.par_heure:
        return urlencode(
            {"date": debut.date().isoformat(), "debut": f"{debut:%H:%M}", "fin": f"{fin:%H:%M}"}
        )
    dernier = (fin - dt.timedelta(seconds=1)).date()
    return urlencode({"du": debut.date().isoformat(), "au": dernier.isoformat()})


def mois(ressource: Ressource, demande: QueryDict) -> Mois:
    """The month asked by ?mois=, or of the chosen dates, or today's: never past, never too far."""
    regime = Regime(ressource, semaine_de(ressource))
    aujourdhui = regime.aujourdhui
    present = aujourdhui.replace(day=1)
    dernier = _decaler(present, MOIS_MAX)
    du, au = lire_date(demande.get("du", "")), lire_date(demande.get("au", ""))
    if du is None or du < aujourdhui or (au or du) < du or max(du, au or du).year > dernier.year:
        du = au = None
    if ressource.par_heure and du:
        au = du
    premier = _lire_mois(demande.get("mois", "")) or (du or aujourdhui).replace(day=1)
    premier = min(max(premier, present), dernier)
    vus = disponibilite.mois(ressource, premier.year, premier.month, regime.semaine)
    jours = {j.date: j for j in vus}

    def case(jour: dt.date) -> Case | None:
        if jour.month != premier.month:
            return None
        j = jours[jour]
        etat = _etat_du_jour(j, regime)
        lien = _lien_du_jour(jour, du, au, premier) if etat == "libre" else ""
        choisi = du is not None and du <= jour <= (au or du)
        return Case(j, etat, lien, choisi, jour == aujourdhui)

    libre = None
    if du and au and not ressource.par_heure:
        fin = disponibilite.minuit(au + dt.timedelta(days=1))
        libre = disponibilite.libre(ressource, disponibilite.minuit(du), fin)
    semaines = calendar.Calendar(firstweekday=calendar.SUNDAY)
    avant = _decaler(premier, -1) if premier > present else None
    apres = _decaler(premier, 1) if premier < dernier else None
    cases = [
        [case(j) for j in semaine]
        for semaine in semaines.monthdatescalendar(premier.year, premier.month)
    ]
    return Mois(
        premier=premier,
        semaines=cases,
        avant=avant,
        lien_avant=_lien(avant, du, au) if avant else "",
        apres=apres,
        lien_apres=_lien(apres, du, au) if apres else "",
        lien_semaine=_lien_semaine(du or max(premier, aujourdhui)) if ressource.par_heure else "",
        du=du,
        au=au,
        libre=libre,
        a_ferme=any(c and c.etat in ("ferme", "ferie") for ligne in cases for c in ligne),
    )


def _etat_du_jour(jour: disponibilite.Jour, regime: Regime) -> str:
    if jour.date < regime.aujourdhui:
        return "passe"
    if jour.etat != "libre":
        return jour.etat
    if jour.date < regime.premier_jour:
        return "tot"
    return "loin" if jour.date > regime.jour_limite else "libre"


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


# ------------------------------------------------------------------ the week, by the hour
@dataclass(frozen=True)
class Creneau:
    """An hour of a day. `etat`: libre, partie (only [debut, fin) of it), complet, ferme, passe,
    tot, loin, absente (skipped when the clock goes forward)."""

    jour: dt.date
    debut: dt.datetime
    fin: dt.datetime
    etat: str
    lien: str = ""
    est_choisi: bool = False


@dataclass(frozen=True)
class SemaineVue:
    """`lignes`: each hour, with its seven days from Monday, as ISO weeks go."""

    jours: list[dt.date]
    lignes: list[tuple[dt.time, list[Creneau]]]
    lien_avant: str
    lien_apres: str
    lien_mois: str
    choisi: Periode | None
    feries: dict[dt.date, str]


def est_demandee(ressource: Ressource, demande: QueryDict) -> bool:
    return ressource.par_heure and demande.get("vue") == "semaine"


def semaine(ressource: Ressource, demande: QueryDict) -> SemaineVue:
    """The week asked by ?semaine=, or of the chosen day, or this one. Two queries."""
    regime = Regime(ressource, semaine_de(ressource))
    choisi = _lire_choix(demande)
    present = _lundi(regime.aujourdhui)
    dernier = _lundi(regime.jour_limite)
    voulu = _lire_semaine(demande.get("semaine", ""))
    lundi = voulu or _lundi(timezone.localtime(choisi[0]).date() if choisi else regime.aujourdhui)
    lundi = min(max(lundi, present), dernier)
    jours = list(jours_entre(lundi, lundi + 6 * JOUR))
    prise = disponibilite.occupation(ressource, a_linstant(lundi), a_linstant(lundi + 7 * JOUR))
    ouvertures = {jour: regime.semaine.ouvertures(jour, jour) for jour in jours}
    tete = {"vue": "semaine", "semaine": _code(lundi)}

    def creneau(jour: dt.date, heure: int) -> Creneau:
        debut = a_linstant(jour, dt.time(heure))
        fin = a_linstant(jour, dt.time(heure + 1)) if heure < 23 else a_linstant(jour + JOUR)
        etat, libre = _etat_de_lheure((debut, fin), ouvertures[jour], prise, regime)
        if libre is None:
            return Creneau(jour, debut, fin, etat)
        fin_voulue = max(libre[1], libre[0] + (ressource.duree_min or 0) * UNE_HEURE)
        voulu = libre[0], fin_voulue
        if choisi and _prolonge(ressource, choisi, libre, prise, ouvertures[jour]):
            voulu = choisi[0], libre[1]
        valeurs = valeurs_de_la_demande(ressource, *voulu)
        est_choisi = choisi is not None and choisi[0] < libre[1] and libre[0] < choisi[1]
        return Creneau(jour, *libre, etat, f"?{urlencode(tete)}&{valeurs}", est_choisi)

    lignes = [
        (dt.time(heure), [creneau(jour, heure) for jour in jours])
        for heure in _heures_montrees(regime)
    ]
    suite = f"&{valeurs_de_la_demande(ressource, *choisi)}" if choisi else ""
    return SemaineVue(
        jours=jours,
        lignes=lignes,
        lien_avant=f"{_lien_semaine(lundi - 7 * JOUR)}{suite}" if lundi > present else "",
        lien_apres=f"{_lien_semaine(lundi + 7 * JOUR)}{suite}" if lundi < dernier else "",
        lien_mois=_lien(max(lundi, regime.aujourdhui).replace(day=1), None, None),
        choisi=choisi,
        feries={j: n for j in jours if regime.semaine.ferme_feries and (n := ferie(j))},
    )


def _lire_choix(demande: QueryDict) -> Periode | None:
    """The hours already chosen, when the address says them well."""
    jour = lire_date(demande.get("date", ""))
    try:
        debut = dt.time.fromisoformat(demande.get("debut", ""))
        fin = dt.time.fromisoformat(demande.get("fin", ""))
    except ValueError:
        return None
    if jour is None or not 2000 < jour.year < 2200 or debut.tzinfo or fin.tzinfo:
        return None
    bornes = a_linstant(jour, debut), a_linstant(jour, fin)
    if fin == dt.time() != debut:
        bornes = bornes[0], a_linstant(jour + JOUR)
    return bornes if bornes[0] < bornes[1] else None


def _lire_semaine(texte: str) -> dt.date | None:
    trouve = re.fullmatch(r"(\d{4})-W(\d{2})", texte)
    if trouve is None:
        return None
    try:
        return dt.date.fromisocalendar(int(trouve[1]), int(trouve[2]), 1)
    except ValueError:
        return None


def _lundi(jour: dt.date) -> dt.date:
    return jour - jour.weekday() * JOUR


def _code(jour: dt.date) -> str:
    annee, semaine, _jour = jour.isocalendar()
    return f"{annee}-W{semaine:02}"


def _lien_semaine(jour: dt.date) -> str:
    return f"?{urlencode({'vue': 'semaine', 'semaine': _code(jour)})}"


def _heures_montrees(regime: Regime) -> range:
    """From the first opening of its week to the last closing."""
    plages = [p for du_jour in regime.semaine.plages.values() for p in du_jour]
    if not plages:
        return range(*HEURES)
    fins = [24 if fin == dt.time() else fin.hour + (fin.minute > 0) for _debut, fin in plages]
    return range(min(debut.hour for debut, _fin in plages), max(fins))


def _etat_de_lheure(
    heure: Periode, ouvertures: list[Periode], prise: disponibilite.Occupation, regime: Regime
) -> tuple[str, Periode | None]:
    """The state of an hour, and the first stretch of it that may be asked for."""
    debut, fin = heure
    if debut >= fin:
        return "absente", None
    if fin <= regime.maintenant:
        return "passe", None
    jour = timezone.localtime(debut).date()
    libres, pris = [], False
    quart = debut
    while quart < fin:
        suivant = quart + PAS
        if quart >= regime.maintenant and any(d <= quart and suivant <= f for d, f in ouvertures):
            if prise.libre(quart, suivant):
                libres.append(quart)
            pris = pris or not prise.est_fermee(quart, suivant)
        quart = suivant
    if not libres:
        return ("complet" if pris else "ferme"), None
    if jour < regime.premier_jour:
        return "tot", None
    if jour > regime.jour_limite:
        return "loin", None
    jusqua = libres[0] + PAS
    while jusqua in libres:
        jusqua += PAS
    if (libres[0], jusqua) == heure:
        return "libre", heure
    return "partie", (libres[0], jusqua)


def _prolonge(
    ressource: Ressource,
    choisi: Periode,
    libre: Periode,
    prise: disponibilite.Occupation,
    ouvertures: list[Periode],
) -> bool:
    """After a first hour of the same day, another click is the end; then another starts again."""
    entier = choisi[0], libre[1]
    return (
        libre[0] >= choisi[1]
        and duree(ressource, *choisi) <= max(1, ressource.duree_min or 1)
        and any(d <= entier[0] and entier[1] <= f for d, f in ouvertures)
        and prise.libre(*entier) > 0
    )


# ------------------------------------------------------------------ the opening hours, in words
def heures_en_mots(ressource: Ressource) -> list[tuple[str, str]]:
    """Days that follow each other with the same hours make one line: « lundi au vendredi »."""
    noms = [str(JOURS[(n + 1) % 7][1]) for n in range(7)]
    plages = semaine_de(ressource).plages
    lignes: list[tuple[int, int, list]] = []
    for jour in range(7):
        siennes = plages.get(jour, [])
        if lignes and lignes[-1][1] == jour - 1 and lignes[-1][2] == siennes:
            lignes[-1] = (lignes[-1][0], jour, siennes)
        else:
            lignes.append((jour, jour, siennes))
    return [
        (
            noms[premier]
            if premier == dernier
            else gettext("%(premier)s au %(dernier)s")
            % {"premier": noms[premier], "dernier": noms[dernier]},
            plages_en_mots(siennes),
        )
        for premier, dernier, siennes in lignes
        if siennes
    ]
