"""The sheet of one day: what an organisation hands over, collects, brings back and takes back."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch, Q
from django.utils import timezone

from organisations.models import Organisation
from ressources import disponibilite
from ressources.cycle import Etat
from ressources.models import Pret, PretExemplaire

# Promised, and everything that follows: a sheet of yesterday still says what was planned.
SUIVIS = (Etat.ACCEPTE, Etat.REMIS, Etat.RENDU, Etat.CLOS)
ANNEES = 2  # how far from today a sheet may be asked for


@dataclass(frozen=True)
class Passage:
    """One hand-over or one return, seen from one's side."""

    pret: Pret
    quand: dt.datetime
    est_remise: bool
    prete: bool  # one's organisation is the lender
    fait: bool
    en_retard: bool
    combien: int
    numeros: list[int]

    @property
    def autre(self) -> Organisation:
        return self.pret.emprunteur if self.prete else self.pret.preteur

    @property
    def jour(self) -> dt.datetime:
        """The day it was planned for: a return at midnight belongs to the day it ends."""
        return self.quand if self.est_remise else self.quand - dt.timedelta(seconds=1)

    @property
    def a_heure(self) -> bool:
        """Not a midnight: the hour is worth saying."""
        return timezone.localtime(self.quand).time() != dt.time()

    @property
    def adresse(self) -> str:
        return str(self.pret.conditions.get("adresse", ""))


@dataclass(frozen=True)
class Feuille:
    remises: list[Passage]
    retours: list[Passage]

    @property
    def est_vide(self) -> bool:
        return not (self.remises or self.retours)


def jour_lu(texte: str, aujourdhui: dt.date) -> dt.date:
    """The day asked for; today when it is not one, or too far to mean anything."""
    try:
        jour = dt.date.fromisoformat(texte)
    except ValueError:
        return aujourdhui
    return jour if abs((jour - aujourdhui).days) <= 366 * ANNEES else aujourdhui


def feuille(organisation: Organisation, jour: dt.date) -> Feuille:
    """In the order of the day; what is late comes first, on today's sheet only. 3 queries."""
    debut = disponibilite.minuit(jour)
    fin = disponibilite.minuit(jour + dt.timedelta(days=1))
    est_aujourdhui = jour == timezone.localdate()
    du_jour = Q(periode__startswith__gte=debut, periode__startswith__lt=fin)
    # A midnight belongs to the day it ends.
    au_retour = Q(periode__endswith__gt=debut, periode__endswith__lte=fin)
    concernes = (
        Pret.objects.de(organisation)
        .filter(etat__in=SUIVIS)
        .select_related("ressource", "preteur", "emprunteur", "demande_par")
        .prefetch_related(Prefetch("sorties", PretExemplaire.objects.select_related("exemplaire")))
    )
    en_souffrance = Q()
    if est_aujourdhui:
        en_souffrance = Q(
            etat=Etat.ACCEPTE, periode__startswith__lt=debut, periode__endswith__gt=timezone.now()
        ) | Q(etat=Etat.REMIS, periode__endswith__lte=debut)
    remises, retours = [], []
    for pret in concernes.filter(du_jour | au_retour | en_souffrance).order_by("periode", "pk"):
        if debut <= pret.debut < fin or (
            est_aujourdhui and pret.etat == Etat.ACCEPTE and pret.debut < debut
        ):
            remises.append(_remise(pret, organisation, debut))
        if debut < pret.fin <= fin or (
            est_aujourdhui and pret.etat == Etat.REMIS and pret.fin <= debut
        ):
            retours.append(_retour(pret, organisation, debut))
    return Feuille(sorted(remises, key=lambda p: p.quand), sorted(retours, key=lambda p: p.quand))


def _remise(pret: Pret, organisation: Organisation, debut: dt.datetime) -> Passage:
    numeros = [s.exemplaire.numero for s in pret.sorties.all()]
    return Passage(
        pret=pret,
        quand=pret.debut,
        est_remise=True,
        prete=pret.preteur_id == organisation.pk,
        fait=pret.etat != Etat.ACCEPTE and not (pret.etat == Etat.REMIS and pret.a_remettre),
        en_retard=pret.etat == Etat.ACCEPTE and pret.debut < debut,
        combien=pret.quantite,
        numeros=numeros,
    )


def _retour(pret: Pret, organisation: Organisation, debut: dt.datetime) -> Passage:
    fait = pret.etat in (Etat.RENDU, Etat.CLOS)
    dehors = [s.exemplaire.numero for s in pret.sorties.all() if fait or s.rendu_le is None]
    return Passage(
        pret=pret,
        quand=pret.fin,
        est_remise=False,
        prete=pret.preteur_id == organisation.pk,
        fait=fait,
        en_retard=pret.etat == Etat.REMIS and pret.fin <= debut,
        combien=pret.dehors if pret.etat == Etat.REMIS else pret.quantite,
        numeros=dehors,
    )
