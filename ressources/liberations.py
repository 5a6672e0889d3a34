"""What frees something says so; what is asked is no longer waited for. The verbs call it.

Telling who waits is a job, deferred in the transaction that frees: rolled back, nobody is told.
"""

from django.db.models import Q
from django.utils import timezone

from ressources.models import Attente, Lignee, Pret

# The steps after which a loan may hold less than before.
LIBERENT = frozenset(
    {"refuser", "annuler", "decliner", "deplacer", "expirer", "liberer", "accorder", "rendre"}
)


def apres(pret: Pret, verbe: str) -> None:
    if verbe in LIBERENT:
        signaler(pret.ressource_id)


def signaler(ressource_id: int) -> None:
    """Something of this listing may be free: a loan, a closure, a repair, a larger stock. One
    query when nobody waits for it, nor for the places around it and inside it."""
    from ressources.taches import prevenir_attentes  # the task registry needs the apps

    proches = Lignee.objects.filter(ressource=ressource_id).values("proche")
    attendue = Q(ressource=ressource_id) | Q(ressource__in=proches)
    if Attente.objects.ouvertes().filter(attendue).exists():
        prevenir_attentes.defer(ressource=ressource_id)


def conclure(pret: Pret) -> None:
    """Whoever asks for what they waited for waits no longer."""
    Attente.objects.ouvertes().filter(
        ressource=pret.ressource_id,
        organisation=pret.emprunteur_id,
        periode__overlap=pret.periode,
    ).update(close_le=timezone.now())
