"""The ground floor's jobs: sending mail, and picking up what a killed worker left."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from organisations import courrier, resumes


@app.task(
    name="envoyer_courriel",
    queue="courriels",
    retry=RetryStrategy(max_attempts=8, exponential_wait=5),
)
def envoyer_courriel(*, message: dict) -> None:
    """Sends one message (see `courrier.en_json`); tries again for about 20 minutes."""
    courrier.transport().send_messages([courrier.depuis_json(message)])


@app.periodic(cron="*/2 * * * *")
@app.task(name="reprendre_les_taches", queueing_lock="reprendre_les_taches", pass_context=True)
async def reprendre_les_taches(context, timestamp: int) -> None:
    """Puts back in the queue the jobs of workers that died without a word."""
    gestion = context.app.job_manager
    for tache in await gestion.get_stalled_jobs(seconds_since_heartbeat=60):
        await gestion.retry_job(tache)


@app.periodic(cron="20 4 * * *")
@app.task(name="oublier_les_taches", queueing_lock="oublier_les_taches", pass_context=True)
async def oublier_les_taches(context, timestamp: int) -> None:
    """Deletes finished jobs after a week: a mail's text is not kept longer than needed."""
    await context.app.job_manager.delete_old_jobs(nb_hours=7 * 24)


@app.periodic(cron="7,22,37,52 * * * *")
@app.task(name="envoyer_les_resumes", queueing_lock="envoyer_les_resumes", lock="resumes")
def envoyer_les_resumes(timestamp: int) -> None:
    """The day's digests, from 8 h on: often, so that a worker that was off catches up."""
    resumes.envoyer_les_resumes()
