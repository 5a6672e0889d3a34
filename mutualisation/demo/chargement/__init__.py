"""Loads the demonstration network: who, what they offer, what they exchanged, what they tell.

Rows are written with the dates they would have had, not through the verbs: a verb happens now, and
writes to people. What the verbs leave behind (readings, journal, timeline) is written the same.
"""

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from mutualisation.demo.chargement import echanges, files, recits, registre, reseau, suites
from mutualisation.demo.chargement.monde import Monde
from organisations.models import Organisation, Table, Territoire

# Truncated to load again; what refers to them goes too. Regions and questions stay.
_A_VIDER = (
    "organisations_personne",
    "organisations_organisation",
    "organisations_table",
    "organisations_journal",
    "organisations_revision",
    "demo_courrielrecu",
    "procrastinate_jobs",
)


def est_charge() -> bool:
    """Whether there is a network already, this one or another."""
    return Organisation.objects.exists() or Table.objects.exists()


@transaction.atomic
def charger(*, refaire: bool = False) -> Monde | None:
    """All or nothing; None when there was nothing to do."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(hashtext('charger_demo'))")
    if est_charge():
        if not refaire:
            return None
        _vider()
    monde = Monde()
    with translation.override(settings.LANGUAGE_CODE):  # dates told in words
        for piece in (reseau, registre, echanges, suites, recits, files):
            piece.charger(monde)
    monde.ecrire_la_memoire()
    return monde


def _vider() -> None:
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        curseur.execute(f"TRUNCATE {', '.join(_A_VIDER)} RESTART IDENTITY CASCADE")
        curseur.execute("SET CONSTRAINTS ALL DEFERRED")
    for nature in ("quartier", "municipalite"):
        Territoire.objects.filter(nature=nature).delete()
    Territoire.objects.exclude(nature="region").delete()
