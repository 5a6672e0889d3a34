"""What everything that is published shares: a state, and the readings its table makes of it."""

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.publication import Etat
from organisations.vocabulaire import Motif

if TYPE_CHECKING:
    from organisations.models import Organisation, Table


class Publiable(models.Model):
    """Abstract: a thing with the publication life-cycle.

    A concrete class says which table reads it (`table_moderatrice`), which organisation answers
    for it (`organisation_auteur`), and which of its fields are facts (`CHAMPS_LUS`): changing one
    of them on something public waits for the table while the public version stays as it was.
    """

    CHAMPS_LUS: ClassVar[tuple[str, ...]] = ()
    if TYPE_CHECKING:
        table_moderatrice: Table
        organisation_auteur: Organisation | None

        def get_absolute_url(self) -> str: ...

    etat = models.CharField(
        _("état"),
        max_length=12,
        choices=Etat.choices,
        default=Etat.BROUILLON,
        editable=False,
    )
    publiee_le = models.DateTimeField(_("en ligne depuis"), null=True, editable=False)
    modifiee_le = models.DateTimeField(_("modifiée le"), default=timezone.now, editable=False)
    creee_le = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    revisions = GenericRelation(
        "organisations.Revision",
        content_type_field="objet_type",
        object_id_field="objet_id",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(etat__in=Etat.values), name="%(class)s_etat_connu"
            ),
            models.CheckConstraint(
                condition=~models.Q(etat=Etat.PUBLIEE) | models.Q(publiee_le__isnull=False),
                name="%(class)s_publiee_datee",
            ),
        ]

    @property
    def est_publiee(self) -> bool:
        return self.etat == Etat.PUBLIEE


class RevisionQuerySet(models.QuerySet["Revision"]):
    def en_attente(self) -> "RevisionQuerySet":
        return self.filter(etat=Revision.Etat.EN_ATTENTE)

    def pour_la_file(self) -> "RevisionQuerySet":
        return (
            self.en_attente()
            .select_related("table", "organisation", "par")
            .prefetch_related("objet")
            .order_by("soumise_le", "pk")
        )


class Revision(models.Model):
    """One reading asked of a table: something new, something changed, or something to read
    afterwards. The queue is the list of those that wait; the others are its memory."""

    class Nature(models.TextChoices):
        NOUVELLE = "nouvelle", _("Nouvelle")
        MODIFICATION = "modification", _("Modification")
        APRES_COUP = "apres_coup", _("En ligne, à relire")

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", _("En attente")
        APPROUVEE = "approuvee", _("Approuvée")
        RENVOYEE = "renvoyee", _("Renvoyée")
        ABANDONNEE = (
            "abandonnee",
            _("Abandonnée"),
        )  # replaced by a newer one, or withdrawn

    objet_type = models.ForeignKey(ContentType, on_delete=models.PROTECT)
    objet_id = models.PositiveBigIntegerField()
    objet = GenericForeignKey("objet_type", "objet_id")
    titre = models.CharField(_("titre"), max_length=200)
    nature = models.CharField(_("nature"), max_length=12, choices=Nature.choices)
    table = models.ForeignKey("organisations.Table", on_delete=models.PROTECT)
    organisation = models.ForeignKey(
        "organisations.Organisation", null=True, blank=True, on_delete=models.PROTECT
    )
    par = models.ForeignKey(
        "organisations.Personne",
        verbose_name=_("proposée par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # {field: {"avant": …, "apres": …}} for a modification; both sides as the form would show them
    # and « valeur », the value to write once approved.
    champs = models.JSONField(_("champs"), default=dict, blank=True)
    soumise_le = models.DateTimeField(_("soumise le"), default=timezone.now)
    etat = models.CharField(_("état"), max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    motif = models.CharField(_("motif"), max_length=30, choices=Motif.choices, blank=True)
    mot = models.TextField(_("mot à l’organisme"), max_length=2000, blank=True)
    decidee_par = models.ForeignKey(
        "organisations.Personne",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decidee_le = models.DateTimeField(_("décidée le"), null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("lecture demandée")
        verbose_name_plural = _("lectures demandées")
        constraints = [
            models.UniqueConstraint(
                fields=["objet_type", "objet_id"],
                condition=models.Q(etat="en_attente"),
                name="revision_une_seule_en_attente",
                violation_error_message=_("Une lecture est déjà demandée à la table."),
            ),
            models.CheckConstraint(
                condition=models.Q(etat__in=["en_attente", "approuvee", "renvoyee", "abandonnee"]),
                name="revision_etat_connu",
            ),
            models.CheckConstraint(
                condition=models.Q(etat="en_attente", decidee_le=None)
                | ~models.Q(etat="en_attente") & models.Q(decidee_le__isnull=False),
                name="revision_decision_datee",
            ),
            models.CheckConstraint(
                condition=~models.Q(etat="renvoyee") | ~models.Q(motif=""),
                name="revision_renvoi_motive",
                violation_error_message=_("Choisissez un motif pour renvoyer."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["table", "soumise_le"],
                condition=models.Q(etat="en_attente"),
                name="revision_file",
            ),
            models.Index(fields=["objet_type", "objet_id"], name="revision_objet"),
        ]

    def __str__(self) -> str:
        return self.titre


class Journal(models.Model):
    """Who did what, when, on what, before and after. Append-only: the database refuses the rest."""

    le = models.DateTimeField(_("le"), default=timezone.now)
    par = models.ForeignKey(
        "organisations.Personne",
        verbose_name=_("par"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    acte = models.SlugField(_("acte"), max_length=60)
    objet_type = models.ForeignKey(ContentType, on_delete=models.PROTECT)
    objet_id = models.PositiveBigIntegerField()
    objet = GenericForeignKey("objet_type", "objet_id")
    titre = models.CharField(_("titre"), max_length=200, blank=True)
    table = models.ForeignKey(
        "organisations.Table",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    organisation = models.ForeignKey(
        "organisations.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    details = models.JSONField(_("détails"), default=dict, blank=True)

    class Meta:
        verbose_name = _("inscription au journal")
        verbose_name_plural = _("journal")
        ordering = ["-le", "-pk"]
        indexes = [
            models.Index(fields=["table", "-le"], name="journal_table"),
            models.Index(fields=["organisation", "-le"], name="journal_organisation"),
            models.Index(fields=["objet_type", "objet_id"], name="journal_objet"),
        ]
        triggers = [
            pgtrigger.Protect(name="ajout_seulement", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.acte} : {self.titre}"
