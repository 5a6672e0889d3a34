"""What the clock does to loans: a request nobody answers expires, a reservation nobody collects is
free again. Run every hour; run twice, it does nothing more."""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import DateTimeField, F, Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from organisations.refus import Refus
from ressources import disponibilite, prets
from ressources.cycle import Etat
from ressources.models import Pret
from ressources.models.prets import PretQuerySet

SANS_REPONSE = dt.timedelta(days=14)
PAR_PASSAGE = 500  # the rest waits for the next hour: letters leave little by little
journal = logging.getLogger(__name__)


def sans_reponse(maintenant: dt.datetime) -> PretQuerySet:
    """Requests and proposals that wait for nothing any more: their first day is over, their hour
    has come, or nobody wrote anything for two weeks. What is asked in the morning for the same
    day may still be accepted that day."""
    aujourdhui = disponibilite.minuit(timezone.localdate(maintenant))
    debut = Coalesce(F("periode_proposee__startswith"), F("periode__startswith"))
    return (
        Pret.objects.filter(etat__in=[Etat.DEMANDE, Etat.PROPOSE])
        .annotate(
            debut_attendu=debut,
            dernier_signe=Coalesce(
                Max("evenements__le"), F("demande_le"), output_field=DateTimeField()
            ),
        )
        .filter(
            Q(debut_attendu__lt=aujourdhui)
            | Q(debut_attendu__lte=maintenant, ressource__unite="heure")
            | Q(dernier_signe__lt=maintenant - SANS_REPONSE)
        )
    )


def non_reclames(maintenant: dt.datetime) -> PretQuerySet:
    """Accepted, never handed over, and the dates are past."""
    return Pret.objects.filter(etat=Etat.ACCEPTE, periode__endswith__lte=maintenant)


def passer() -> int:
    """Applies both, and says how many loans moved."""
    maintenant = timezone.now()
    return sum(
        _appliquer(verbe, candidats)
        for verbe, candidats in (
            ("expirer", sans_reponse(maintenant)),
            ("liberer", non_reclames(maintenant)),
        )
    )


def _appliquer(verbe: str, candidats: PretQuerySet) -> int:
    """Each loan in its own transaction: one that fails stops no other. Somebody who holds a row
    is acting on it: it is looked at again in an hour."""
    faits = 0
    for pk in list(candidats.order_by("pk").values_list("pk", flat=True)[:PAR_PASSAGE]):
        with transaction.atomic():
            libre = Pret.objects.filter(pk=pk).select_for_update(skip_locked=True, no_key=True)
            if not libre.first() or not candidats.filter(pk=pk).exists():
                continue
            try:
                with transaction.atomic():
                    prets.effectuer(libre.get(), verbe, par=None)
            except Refus as refus:
                journal.warning("prêt %s, %s : %s", pk, verbe, refus)
            else:
                faits += 1
    return faits
