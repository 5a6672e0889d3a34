"""The day's digest: one letter, on working mornings, for those who chose it.

Each person's is one transaction: what was kept is marked and the mail becomes a job together, so a
worker killed in between sends nothing twice and loses nothing.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from organisations import notifications
from organisations.models import MessageRetenu, Personne

A_PARTIR_DE = dt.time(8)  # local
GARDER = dt.timedelta(days=7)  # a sent mail's text is not kept longer than needed


def envoyer_les_resumes(maintenant: dt.datetime | None = None) -> int:
    """Sends what is due; called again, it sends nothing more that day. Returns how many left."""
    maintenant = maintenant or timezone.now()
    MessageRetenu.objects.filter(envoye_le__lt=maintenant - GARDER).delete()
    ici = timezone.localtime(maintenant)
    if ici.weekday() >= 5 or ici.time() < A_PARTIR_DE:
        return 0
    ce_matin = ici.replace(hour=0, minute=0, second=0, microsecond=0)
    attendent = (
        Personne.objects.filter(is_active=True, retenus__envoye_le=None, retenus__isnull=False)
        .exclude(retenus__envoye_le__gte=ce_matin)
        .distinct()
        .order_by("pk")
    )
    return sum(_envoyer(personne, ce_matin, maintenant) for personne in attendent)


@transaction.atomic
def _envoyer(personne: Personne, ce_matin: dt.datetime, maintenant: dt.datetime) -> bool:
    # Its turn: two workers never write the same digest.
    Personne.objects.select_for_update(no_key=True).get(pk=personne.pk)
    siens = MessageRetenu.objects.filter(personne=personne)
    retenus = list(siens.filter(envoye_le=None))
    if not retenus or siens.filter(envoye_le__gte=ce_matin).exists():
        return False
    siens.filter(pk__in=[m.pk for m in retenus]).update(envoye_le=maintenant)
    notifications.envoyer_resume(personne, retenus)
    return True
