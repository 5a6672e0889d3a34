"""Addresses of pages: a readable slug nobody has yet."""

from collections.abc import Set

from django.db import models
from django.utils.text import slugify


def adresse_libre(
    modele: type[models.Model],
    texte: str,
    longueur: int = 80,
    *,
    reservees: Set[str] = frozenset(),
) -> str:
    """« La Tablée » → `la-tablee`, or `la-tablee-2` when it is taken, by a row or by a page of
    the portal (`reservees`)."""
    base = slugify(texte)[:longueur].strip("-") or "page"
    prises = reservees | set(
        modele._default_manager.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    if base not in prises:
        return base
    return next(f"{base}-{n}" for n in range(2, len(prises) + 3) if f"{base}-{n}" not in prises)
