"""Loans as iCalendar (RFC 5545 and 5546): local times with their VTIMEZONE, one UID for each loan.

A loan of whole days is written as dates, the last one excluded. What people typed is one line
without control characters before it is written: it cannot open a property or an event.
"""

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, TimezoneDaylight, TimezoneStandard, vCalAddress, vText
from icalendar import Timezone as Fuseau

from organisations.notifications import Joindre, Piece

if TYPE_CHECKING:
    from organisations.models import Personne
    from ressources.models import Pret

# The steps after which the reader's calendar says something else. Each one raises SEQUENCE.
CHANGENT = ("remettre", "accorder", "annuler", "liberer")
METHODES = {
    "accepter": "REQUEST",
    "convenir": "REQUEST",
    "accorder": "REQUEST",
    "annuler": "CANCEL",
    "liberer": "CANCEL",
}


def ligne(texte: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", texte).strip()


def uid(nom: str) -> str:
    return f"{nom}@{urlsplit(settings.ADRESSE_DU_PORTAIL).hostname}"


def bornes(debut: dt.datetime, fin: dt.datetime) -> tuple[dt.date, dt.date]:
    """Dates for whole days, the end excluded; otherwise local times."""
    d, f = _local(debut), _local(fin)
    if d.time() == f.time() == dt.time():
        return d.date(), f.date()
    return _nommable(d), _nommable(f)


def _local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment, timezone.get_default_timezone())


def _nommable(local: dt.datetime) -> dt.datetime:
    """An autumn night has two 1 h 30, and iCalendar names only the first: the second is in UTC."""
    return local.astimezone(dt.UTC) if local.fold else local


# ---------------------------------------------------------------- pieces


@lru_cache(maxsize=8)
def fuseau(premiere: int, derniere: int) -> Fuseau:
    """The VTIMEZONE of the portal for these years, from the system's own rules: should the law
    change, so does it. Each onset is written in the time that it ends, as RFC 5545 asks."""
    zone = ZoneInfo(settings.TIME_ZONE)
    composant = Fuseau()
    composant.add("tzid", settings.TIME_ZONE)
    debut = dt.datetime(premiere, 1, 1, tzinfo=zone)
    passages: dict[tuple, list[dt.datetime]] = {}

    def noter(moment: dt.datetime, de: dt.timedelta) -> None:
        cle = (bool(moment.dst()), moment.tzname(), de, moment.utcoffset())
        depart = (moment.astimezone(dt.UTC) + de).replace(tzinfo=None)
        passages.setdefault(cle, []).append(depart)

    noter(debut, debut.utcoffset() or dt.timedelta())
    jours = (dt.date(derniere + 1, 1, 1) - debut.date()).days
    for veille in (debut.astimezone(dt.UTC) + dt.timedelta(days=n) for n in range(jours)):
        de = veille.astimezone(zone).utcoffset() or dt.timedelta()
        if (veille + dt.timedelta(days=1)).astimezone(zone).utcoffset() == de:
            continue
        passage = next(
            apres
            for heures in range(1, 25)
            if (apres := (veille + dt.timedelta(hours=heures)).astimezone(zone)).utcoffset() != de
        )
        noter(passage, de)
    for (dete, nom, de, vers), departs in passages.items():
        observance = TimezoneDaylight() if dete else TimezoneStandard()
        observance.add("dtstart", departs[0])
        for depart in departs[1:]:
            observance.add("rdate", depart)
        observance.add("tzname", nom)
        observance.add("tzoffsetfrom", de)
        observance.add("tzoffsetto", vers)
        composant.add_component(observance)
    return composant


def evenement(
    nom: str,
    debut: dt.datetime,
    fin: dt.datetime,
    resume: str,
    *,
    modifie_le: dt.datetime,
    sequence: int = 0,
    statut: str = "CONFIRMED",
    lieu: str = "",
    description: str = "",
    chemin: str = "",
    cree_le: dt.datetime | None = None,
) -> Event:
    """`nom` makes the UID; `modifie_le` is also DTSTAMP, so that the same loan is the same text."""
    premier, dernier = bornes(debut, fin)
    composant = Event()
    composant.add("uid", uid(nom))
    composant.add("dtstamp", modifie_le.astimezone(dt.UTC))
    composant.add("last-modified", modifie_le.astimezone(dt.UTC))
    if cree_le:
        composant.add("created", cree_le.astimezone(dt.UTC))
    composant.add("sequence", sequence)
    composant.add("dtstart", premier)
    composant.add("dtend", dernier)
    composant.add("summary", ligne(resume))
    composant.add("status", statut)
    # A pot lent for three days does not make three busy days.
    est_une_seance = isinstance(premier, dt.datetime) and fin - debut < dt.timedelta(days=1)
    composant.add("transp", "OPAQUE" if est_une_seance else "TRANSPARENT")
    if lieu:
        composant.add("location", ligne(lieu))
    if description:
        composant.add("description", ligne(description))
    if chemin:
        composant.add("url", settings.ADRESSE_DU_PORTAIL + chemin)
    return composant


def calendrier(evenements: Iterable[Event], *, methode: str, nom: str = "") -> bytes:
    composant = Calendar()
    composant.add("prodid", f"-//{ligne(str(settings.RESEAU['nom']))}//Mutualisation//FR")
    composant.add("version", "2.0")
    composant.add("calscale", "GREGORIAN")
    composant.add("method", methode)
    if nom:
        composant.add("name", ligne(nom))
        composant.add("x-wr-calname", ligne(nom))
        composant.add("x-published-ttl", vText("PT1H"))
        composant.add("refresh-interval", dt.timedelta(hours=1), {"value": "DURATION"})
    evenements = list(evenements)
    annees = {borne.year for e in evenements for borne in (e.start, e.end)}
    annees.add(timezone.localdate().year)
    # An invitation for whole days names no time: it goes without, lighter.
    if methode == "PUBLISH" or any(isinstance(e.start, dt.datetime) for e in evenements):
        composant.add_component(fuseau(min(annees) - 1, max(annees) + 1))
    for e in evenements:
        composant.add_component(e)
    return composant.to_ical()


# ---------------------------------------------------------------- invitations


def invitation(pret: "Pret", verbe: str) -> Joindre | None:
    """What a letter about this step carries for the reader's calendar; None when it carries
    nothing. To be called once the step is in the timeline."""
    methode = METHODES.get(verbe)
    if methode is None or pret.accepte_le is None:
        return None
    sequence, maintenant = _sequence(pret), timezone.now()

    def joindre(_personne: "Personne | None", courriel: str) -> Piece:
        composant = _du_pret(pret, sequence, maintenant, annule=methode == "CANCEL")
        # Already agreed, in the portal: the calendar has nothing to answer.
        composant.add(
            "attendee",
            _adresse(courriel, role="REQ-PARTICIPANT", partstat="ACCEPTED", rsvp="FALSE"),
        )
        return Piece(calendrier([composant], methode=methode).decode(), methode)

    return joindre


def publication(prets: Iterable["Pret"], verbe: str) -> Joindre | None:
    """The same for several loans at once. An invitation is about one event only: these are
    published, which a calendar takes in without asking anything."""
    promis = [(p, _sequence(p)) for p in prets if p.accepte_le is not None]
    if verbe not in METHODES or not promis:
        return None
    maintenant = timezone.now()

    def joindre(_personne: "Personne | None", _courriel: str) -> Piece:
        composants = [
            _du_pret(pret, sequence, maintenant, annule=METHODES[verbe] == "CANCEL")
            for pret, sequence in promis
        ]
        return Piece(calendrier(composants, methode="PUBLISH").decode(), "PUBLISH")

    return joindre


def _sequence(pret: "Pret") -> int:
    return pret.evenements.filter(verbe__in=CHANGENT).count()


def _du_pret(pret: "Pret", sequence: int, maintenant: dt.datetime, *, annule: bool) -> Any:
    composant = evenement(
        f"pret-{pret.pk}",
        pret.debut,
        pret.fin,
        _("Prêt\u00a0: %(quoi)s (%(preteur)s → %(emprunteur)s)")
        % {"quoi": pret, "preteur": pret.preteur, "emprunteur": pret.emprunteur},
        modifie_le=maintenant,
        sequence=sequence,
        statut="CANCELLED" if annule else "CONFIRMED",
        lieu="" if annule else pret.conditions.get("adresse", ""),
        chemin=pret.get_absolute_url(),
        cree_le=pret.demande_le,
    )
    composant.add("organizer", _adresse(settings.RESEAU["courriel"], settings.RESEAU["nom"]))
    return composant


def _adresse(courriel: Any, nom: Any = "", **parametres: str) -> vCalAddress:
    adresse = vCalAddress(f"mailto:{courriel}")
    champs: dict[str, Any] = {"cn": ligne(str(nom)).replace('"', "")} if nom else {}
    for cle, valeur in (champs | parametres).items():
        adresse.params[cle] = vText(valeur)
    return adresse
