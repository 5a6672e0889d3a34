"""The registry's jobs."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from ressources import constats, rappels, registre


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
