"""Reminders: the day before, the day after, then each week while something is late.

One run is one transaction: the lines of `Rappel` and the mail jobs are committed together, so a
worker killed in the middle sends nothing twice and loses nothing, and a second run finds nothing
left. Each person receives one letter for everything it has to say. Reminders are essential: on
the other side somebody waits, and a digest would come after the date.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from organisations.models import Adhesion, Personne
from organisations.notifications import envoyer
from ressources.cycle import Cote, Etat
from ressources.disponibilite import minuit
from ressources.models import Pret, Rappel

A_PARTIR_DE = dt.time(8)  # local
REDIRE_APRES = dt.timedelta(days=7)
REMISE, RETOUR, RETARD = "remise", "retour", "retard"


@dataclass(frozen=True)
class Ligne:
    """One loan as one reader hears of it. `jour`: the day of the hand-over or of the return."""

    pret: Pret
    genre: str
    jour: dt.date
    cote: str


@dataclass
class Lettre:
    """Everything one person is told of in a run."""

    aujourdhui: list[Ligne] = field(default_factory=list)
    demain: list[Ligne] = field(default_factory=list)
    en_retard: list[Ligne] = field(default_factory=list)


def rappeler(maintenant: dt.datetime | None = None) -> int:
    """Sends what is due and was not sent. Returns how many letters left."""
    maintenant = maintenant or timezone.now()
    if timezone.localtime(maintenant).time() < A_PARTIR_DE:
        return 0
    try:
        with transaction.atomic():
            return _rappeler(maintenant)
    except IntegrityError as erreur:
        contrainte = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", "")
        if contrainte != "rappel_une_fois":
            raise
        return 0  # another worker was writing the same letters: its transaction sends them


def _rappeler(maintenant: dt.datetime) -> int:
    aujourdhui = timezone.localtime(maintenant).date()
    dus = [*_demain(aujourdhui, maintenant), *_en_retard(aujourdhui, maintenant)]
    if not dus:
        return 0
    Rappel.objects.bulk_create(
        Rappel(
            pret=pret,
            genre=genre,
            # A late loan is told of again: the line says when it was.
            pour=aujourdhui if genre == RETARD else jour,
            le=maintenant,
        )
        for pret, genre, jour in dus
    )
    membres = _membres({o for pret, _g, _j in dus for o in (pret.preteur_id, pret.emprunteur_id)})
    lettres: dict[int, Lettre] = defaultdict(Lettre)
    for pret, genre, jour in dus:
        for personne, cote in _lecteurs(pret, genre, membres):
            ligne = Ligne(pret, genre, jour, cote)
            lettre = lettres[personne.pk]
            if genre == RETARD:
                lettre.en_retard.append(ligne)
            else:
                (lettre.aujourdhui if jour == aujourdhui else lettre.demain).append(ligne)
    gens = {p.pk: p for siens in membres.values() for p in siens}
    return sum(
        envoyer("rappels", [gens[pk]], {"lettre": lettre}) for pk, lettre in sorted(lettres.items())
    )


def _demain(aujourdhui: dt.date, maintenant: dt.datetime) -> list[tuple[Pret, str, dt.date]]:
    """What is handed over or comes back tomorrow; or today, when nobody could say it yesterday."""
    ce_matin = minuit(aujourdhui)
    demain = minuit(aujourdhui + dt.timedelta(days=1))
    apres_demain = minuit(aujourdhui + dt.timedelta(days=2))
    remises = Pret.objects.filter(etat=Etat.ACCEPTE, periode__startswith__lt=apres_demain).filter(
        Q(periode__startswith__gte=demain)
        | Q(periode__startswith__gte=ce_matin, accepte_le__lt=ce_matin)
    )
    # An end at midnight is the day before.
    retours = Pret.objects.filter(etat=Etat.REMIS, periode__endswith__lte=apres_demain).filter(
        Q(periode__endswith__gt=demain) | Q(periode__endswith__gt=maintenant, remis_le__lt=ce_matin)
    )
    dus = [
        (pret, genre, _jour(pret.debut if genre == REMISE else pret.fin - dt.timedelta(seconds=1)))
        for genre, prets in ((REMISE, remises), (RETOUR, retours))
        for pret in prets.pour_la_liste().order_by("periode", "pk")
    ]
    dits = set(
        Rappel.objects.filter(
            pret__in=[pret.pk for pret, _g, _j in dus], genre__in=[REMISE, RETOUR]
        ).values_list("pret_id", "genre", "pour")
    )
    return [du for du in dus if (du[0].pk, du[1], du[2]) not in dits]


def _en_retard(aujourdhui: dt.date, maintenant: dt.datetime) -> list[tuple[Pret, str, dt.date]]:
    """From the day after the last one, and not told of for a week."""
    dit = Rappel.objects.filter(
        pret=OuterRef("pk"), genre=RETARD, pour__gt=aujourdhui - REDIRE_APRES
    )
    prets = (
        Pret.objects.filter(etat=Etat.REMIS, periode__endswith__lte=minuit(aujourdhui))
        .exclude(Exists(dit))
        .pour_la_liste()
        .order_by("periode", "pk")
    )
    return [(pret, RETARD, _jour(pret.fin - dt.timedelta(seconds=1))) for pret in prets]


def _jour(moment: dt.datetime) -> dt.date:
    return timezone.localtime(moment).date()


def _membres(organisations: set[int]) -> dict[int, list[Personne]]:
    """The people who act for each organisation. One query."""
    trouves: dict[int, list[Personne]] = defaultdict(list)
    adhesions = (
        Adhesion.objects.actives()
        .filter(organisation__in=organisations, personne__is_active=True)
        .select_related("personne")
        .order_by("personne")
    )
    for adhesion in adhesions:
        trouves[adhesion.organisation_id].append(adhesion.personne)
    return trouves


def _lecteurs(
    pret: Pret, genre: str, membres: dict[int, list[Personne]]
) -> list[tuple[Personne, str]]:
    """The borrower hears of everything; the lender of what it hands over, and of what is late.
    Somebody of both sides hears it once, as the borrower."""
    lus = [(p, Cote.EMPRUNTEUR.value) for p in membres[pret.emprunteur_id]]
    if genre != RETOUR:
        deja = {p.pk for p, _cote in lus}
        lus += [(p, Cote.PRETEUR.value) for p in membres[pret.preteur_id] if p.pk not in deja]
    return lus
