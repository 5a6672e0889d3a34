"""Writes the journal: one line for each decision and each change of rights."""

from django.contrib.contenttypes.models import ContentType
from django.db import models

from organisations.models import Journal, Organisation, Personne, Table


def inscrire(
    acte: str,
    objet: models.Model,
    *,
    par: Personne | None,
    table: Table | None = None,
    organisation: Organisation | None = None,
    **details,
) -> Journal:
    """Appends one line, in the caller's transaction. `details` must be JSON-ready."""
    return Journal.objects.create(
        acte=acte,
        par=par,
        objet_type=ContentType.objects.get_for_model(objet),
        objet_id=objet.pk,
        titre=str(objet)[:200],
        table=table,
        organisation=organisation,
        details=details,
    )
