"""When a listing is open, closed, and which places lie inside which."""

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ressources.creneaux import FERMETURE_PERIME, LIGNEE_PERIME
from ressources.garantie import FERMETURE, LIGNEE_GARDEE, LIGNEE_VIDEE
from ressources.models.ressources import Ressource


class Horaire(models.Model):
    """Opening hours of one day of the week. By the hour, loans lie inside them; by the day, they
    say on which days things are collected and brought back. None at all: open at any time."""

    class Jour(models.IntegerChoices):
        LUNDI = 0, _("lundi")
        MARDI = 1, _("mardi")
        MERCREDI = 2, _("mercredi")
        JEUDI = 3, _("jeudi")
        VENDREDI = 4, _("vendredi")
        SAMEDI = 5, _("samedi")
        DIMANCHE = 6, _("dimanche")

    ressource = models.ForeignKey(Ressource, on_delete=models.CASCADE, related_name="horaires")
    jour = models.PositiveSmallIntegerField(_("jour"), choices=Jour.choices)
    debut = models.TimeField(_("ouverture"))
    fin = models.TimeField(_("fermeture"), help_text=_("00:00 : minuit"))

    class Meta:
        verbose_name = _("heures d’ouverture")
        verbose_name_plural = _("heures d’ouverture")
        ordering = ["jour", "debut"]
        constraints = [
            models.CheckConstraint(condition=Q(jour__lte=6), name="horaire_jour_connu"),
            models.CheckConstraint(
                condition=Q(debut__lt=F("fin")) | Q(fin=dt.time()),
                name="horaire_dans_lordre",
                violation_error_message=_("L’heure de fermeture doit venir après l’ouverture."),
            ),
            models.UniqueConstraint(
                fields=["ressource", "jour", "debut"],
                name="horaire_une_fois",
                violation_error_message=_("Ces heures sont déjà inscrites."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_jour_display()}, {self.debut:%H:%M}-{self.fin:%H:%M}"


class Fermeture(models.Model):
    """A period when a listing is not lent at all, with the places inside and around it."""

    ressource = models.ForeignKey(Ressource, on_delete=models.CASCADE, related_name="fermetures")
    periode = DateTimeRangeField(_("période"))
    motif = models.CharField(_("motif"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("fermeture")
        verbose_name_plural = _("fermetures")
        ordering = ["periode"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    periode__isempty=False,
                    periode__lower_inc=True,
                    periode__upper_inc=False,
                    periode__lower_inf=False,
                    periode__upper_inf=False,
                ),
                name="fermeture_bornee",
                violation_error_message=_("La fin doit venir après le début."),
            ),
            ExclusionConstraint(
                name="fermeture_une_fois",
                expressions=[
                    ("ressource", RangeOperators.EQUAL),
                    ("periode", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Une autre fermeture couvre une partie de ces dates."),
            ),
        ]
        triggers = [FERMETURE, FERMETURE_PERIME]

    def __str__(self) -> str:
        return f"{self.ressource_id} : {self.motif}"


class Garde(models.Model):
    """The turn writers take on a listing: see `garantie.py`. Written by the database only."""

    # A trigger on listings deletes the row: nobody else has to.
    ressource = models.OneToOneField(Ressource, primary_key=True, on_delete=models.DO_NOTHING)
    tour = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.ressource_id} : {self.tour}"


class Lignee(models.Model):
    """« proche » lies around « ressource », or inside it. Written by the database only."""

    ressource = models.ForeignKey(Ressource, on_delete=models.DO_NOTHING, related_name="lignee")
    proche = models.ForeignKey(Ressource, on_delete=models.DO_NOTHING, related_name="+")
    autour = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ressource", "proche"], name="lignee_une_fois")
        ]
        triggers = [LIGNEE_GARDEE, LIGNEE_VIDEE, LIGNEE_PERIME]

    def __str__(self) -> str:
        return f"{self.ressource_id} – {self.proche_id}"
