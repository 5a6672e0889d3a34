"""Where: regions, MRC, municipalities, boroughs and quarters, as one tree."""

from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from organisations.vocabulaire import NatureTerritoire


class TerritoireQuerySet(models.QuerySet["Territoire"]):
    def sous(self, territoire: "Territoire") -> "TerritoireQuerySet":
        """The territory itself and everything inside it."""
        return self.filter(chemin__startswith=territoire.chemin)


class Territoire(models.Model):
    code = models.CharField(_("code"), max_length=20, unique=True)
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    nature = models.CharField(_("nature"), max_length=30, choices=NatureTerritoire.choices)
    nom = models.CharField(_("nom"), max_length=120)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("dans"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enfants",
    )
    # Codes from the region down, each closed by a slash: « 04/371/ ». One prefix test answers
    # « inside »; written by save().
    chemin = models.CharField(max_length=120, editable=False)

    objects = TerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = _("territoire")
        verbose_name_plural = _("territoires")
        ordering = ["chemin"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(nature__in=NatureTerritoire.values),
                name="territoire_nature_connue",
            ),
            models.CheckConstraint(
                condition=models.Q(nature="region", parent=None)
                | models.Q(parent__isnull=False) & ~models.Q(nature="region"),
                name="territoire_region_sans_parent",
                violation_error_message=_("Seule une région n’est dans aucun autre territoire."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["chemin"],
                name="territoire_chemin",
                opclasses=["varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return self.nom

    @transaction.atomic
    def save(self, *args, **kwargs) -> None:
        """Moved or given another code, it takes what is inside along."""
        avant = Territoire.objects.filter(pk=self.pk).values_list("chemin", flat=True).first()
        self.chemin = f"{self.parent.chemin if self.parent else ''}{self.code}/"
        super().save(*args, **kwargs)
        if avant and avant != self.chemin:
            dedans = Territoire.objects.filter(chemin__startswith=avant).exclude(pk=self.pk)
            dedans.update(chemin=Concat(Value(self.chemin), Substr("chemin", len(avant) + 1)))
