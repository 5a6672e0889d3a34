"""The registry's jobs."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from ressources import attentes, registre


@app.task(
    name="preparer_photo",
    queue="photos",
    retry=RetryStrategy(max_attempts=4, exponential_wait=4),
)
def preparer_photo(*, photo: int) -> None:
    """Makes the sizes of an uploaded photo; run twice, it does nothing more."""
    registre.preparer_photo(photo)


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
