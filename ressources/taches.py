"""The registry's jobs."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from ressources import disponibilite, registre


@app.task(
    name="preparer_photo",
    queue="photos",
    retry=RetryStrategy(max_attempts=4, exponential_wait=4),
)
def preparer_photo(*, photo: int) -> None:
    """Makes the sizes of an uploaded photo; run twice, it does nothing more."""
    registre.preparer_photo(photo)


@app.periodic(cron="* * * * *")
@app.task(name="ranger_les_creneaux", queueing_lock="ranger_les_creneaux")
def ranger_les_creneaux(timestamp: int) -> None:
    """Writes down again when the listings that changed are free: searches by dates stay fast."""
    disponibilite.ranger()
