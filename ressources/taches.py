"""The registry's jobs."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from ressources import attentes, constats, disponibilite, rappels, rappels_courriels, registre


@app.task(
    name="preparer_photo",
    queue="photos",
    retry=RetryStrategy(max_attempts=4, exponential_wait=4),
)
def preparer_photo(*, photo: int) -> None:
    """Makes the sizes of an uploaded photo; run twice, it does nothing more."""
    registre.preparer_photo(photo)


@app.periodic(cron="7 * * * *")
@app.task(name="passer_les_echeances", queueing_lock="passer_les_echeances")
def passer_les_echeances(timestamp: int) -> None:
    """What nobody answered expires, what nobody collected is free again."""
    rappels.passer()


@app.task(
    name="preparer_photo_constat",
    queue="photos",
    retry=RetryStrategy(max_attempts=4, exponential_wait=4),
)
def preparer_photo_constat(*, photo: int) -> None:
    """The same for a photo of a condition report."""
    constats.preparer_photo(photo)


@app.periodic(cron="5,20,35,50 * * * *")
@app.task(name="rappeler_les_prets", queueing_lock="rappeler_les_prets", lock="rappels")
def rappeler_les_prets(timestamp: int) -> None:
    """The reminders of the day, from 8 h on: often, so that a worker that was off catches up, and
    so that a loan agreed today for tomorrow is told of too."""
    rappels_courriels.rappeler()


@app.task(
    name="prevenir_attentes",
    queue="attentes",
    retry=RetryStrategy(max_attempts=4, exponential_wait=4),
)
def prevenir_attentes(*, ressource: int) -> None:
    """Tells whose turn it is; run twice, it tells nobody again."""
    attentes.prevenir(ressource)


@app.periodic(cron="11 * * * *")
@app.task(name="relire_les_attentes", queueing_lock="relire_les_attentes", queue="attentes")
def relire_les_attentes(timestamp: int) -> None:
    """The turn of the next ones comes 24 hours later; and what was freed without a verb."""
    attentes.clore_les_passees()
    for ressource in attentes.attendues():
        prevenir_attentes.defer(ressource=ressource)


@app.periodic(cron="* * * * *")
@app.task(name="ranger_les_creneaux", queueing_lock="ranger_les_creneaux")
def ranger_les_creneaux(timestamp: int) -> None:
    """Writes down again when the listings that changed are free: searches by dates stay fast."""
    disponibilite.ranger()
