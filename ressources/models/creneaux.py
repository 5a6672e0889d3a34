"""What is written down of the registry to answer fast: see `ressources/creneaux.py`.

Written by the database only. No foreign key is enforced: a deleted listing is out of date too, and
the worker forgets it.
"""

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models

from organisations.models import Territoire
from ressources.models.ressources import Ressource


class Creneau(models.Model):
    """A period of a listing, for the quantities above `plus_que` and up to `jusqua`."""

    ressource = models.ForeignKey(
        Ressource,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    plus_que = models.PositiveIntegerField()
    jusqua = models.PositiveIntegerField()
    periode = DateTimeRangeField()
    # Where the listing is counted: the keys of its facets, so that counting reads nothing else.
    groupe = models.CharField(max_length=120)

    class Meta:
        abstract = True
        indexes = [
            GistIndex(
                fields=["periode"],
                include=["ressource", "plus_que", "jusqua", "groupe"],
                name="%(class)s_periode",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ressource_id} : {self.periode}"


class Libre(Creneau):
    """One may ask for it during any part of this period."""


class Pris(Creneau):
    """One may not ask for it during any part of this period."""


class Perime(models.Model):
    """From this instant on, what is written of this listing is out of date."""

    ressource = models.ForeignKey(
        Ressource,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    des = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["des", "ressource"], name="perime_des")]

    def __str__(self) -> str:
        return f"{self.ressource_id} : {self.des}"


class Compte(models.Model):
    """How many listings are on line, in steps to add up."""

    sorte = models.CharField(max_length=12)
    categorie = models.CharField(max_length=40)
    territoire = models.ForeignKey(
        Territoire,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    cout = models.CharField(max_length=12)
    nombre = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.categorie} : {self.nombre}"
