"""What is asked at once (a basket, a series), what one waits for, and whom one trusts."""

import uuid

from django.contrib.postgres.fields import DateTimeRangeField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.models import Adhesion, Organisation
from ressources.models.ressources import QUANTITE_MAX, Ressource


class DemandeQuerySet(models.QuerySet["Demande"]):
    def visibles_par(self, personne) -> "DemandeQuerySet":
        """Those of one's organisations: an incident opens one loan to the tables, not its group."""
        if not personne.is_authenticated:
            return self.none()
        siens = Adhesion.objects.actives().filter(personne=personne).values("organisation")
        return self.filter(Q(preteur__in=siens) | Q(emprunteur__in=siens))


class Demande(models.Model):
    """Loans asked of one lender at once: several listings for the same dates, or, with a `regle`,
    one listing on the dates of a series. Each loan lives its own life; they are answered together.
    """

    preteur = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    emprunteur = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    demande_par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The form's token: one sending makes one request for each lender, sent twice as well.
    jeton = models.UUIDField(default=uuid.uuid4, editable=False)
    # The recurrence as RFC 5545 writes it (FREQ=WEEKLY;COUNT=8), empty for a basket.
    regle = models.CharField(_("récurrence"), max_length=200, blank=True)
    but = models.TextField(_("à quoi cela servira"), max_length=1000)
    cree_le = models.DateTimeField(default=timezone.now)

    objects = DemandeQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande")
        verbose_name_plural = _("demandes")
        constraints = [
            models.UniqueConstraint(fields=["jeton", "preteur"], name="demande_une_par_preteur"),
            models.CheckConstraint(
                condition=~Q(preteur=F("emprunteur")),
                name="demande_entre_deux_organismes",
                violation_error_message=_("Un organisme ne s’emprunte pas à lui-même."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("demande_detail", args=[self.pk])

    @property
    def est_serie(self) -> bool:
        return bool(self.regle)


class Panier(models.Model):
    """What a person gathers for an organisation before asking: the dates first, then the things."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    personne = models.ForeignKey(
        "organisations.Personne", on_delete=models.CASCADE, related_name="paniers"
    )
    jeton = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    periode = DateTimeRangeField(_("période"), null=True, blank=True)
    but = models.TextField(_("à quoi cela servira"), max_length=1000, blank=True)
    modifie_le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("panier")
        verbose_name_plural = _("paniers")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "personne"], name="panier_un_seul")
        ]

    def __str__(self) -> str:
        return f"{self.personne_id} – {self.organisation_id}"


class LignePanier(models.Model):
    panier = models.ForeignKey(Panier, on_delete=models.CASCADE, related_name="lignes")
    ressource = models.ForeignKey(Ressource, on_delete=models.CASCADE, related_name="+")
    quantite = models.PositiveIntegerField(_("quantité"), default=1)

    class Meta:
        verbose_name = _("ligne du panier")
        verbose_name_plural = _("lignes du panier")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["panier", "ressource"], name="ligne_une_par_ressource"),
            models.CheckConstraint(
                condition=Q(quantite__gte=1, quantite__lte=QUANTITE_MAX),
                name="ligne_quantite",
                violation_error_message=_("La quantité va de 1 à 10 000."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantite} × {self.ressource_id}"


class AttenteQuerySet(models.QuerySet["Attente"]):
    def visibles_par(self, personne) -> "AttenteQuerySet":
        """Those of one's organisations: who waits is nobody else's business."""
        if not personne.is_authenticated:
            return self.none()
        siens = Adhesion.objects.actives().filter(personne=personne).values("organisation")
        return self.filter(organisation__in=siens)

    def ouvertes(self) -> "AttenteQuerySet":
        return self.filter(close_le=None)

    def pour_la_liste(self) -> "AttenteQuerySet":
        """With `devant`: how many other organisations have waited longer for the same thing over
        these dates."""
        devant = (
            Attente.objects.ouvertes()
            .filter(
                ressource=models.OuterRef("ressource"),
                periode__overlap=models.OuterRef("periode"),
            )
            .filter(
                Q(cree_le__lt=models.OuterRef("cree_le"))
                | Q(cree_le=models.OuterRef("cree_le"), pk__lt=models.OuterRef("pk"))
            )
            .exclude(organisation=models.OuterRef("organisation"))
            .order_by()
            .annotate(tous=models.Value(1))
            .values("tous")
            .annotate(nombre=models.Count("organisation", distinct=True))
            .values("nombre")
        )
        return self.select_related("ressource__organisation", "personne").annotate(
            devant=Coalesce(models.Subquery(devant), 0)
        )


class Attente(models.Model):
    """« Tell me if it becomes free »: told in the order of asking."""

    ressource = models.ForeignKey(Ressource, on_delete=models.CASCADE, related_name="attentes")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    personne = models.ForeignKey(
        "organisations.Personne", on_delete=models.CASCADE, related_name="attentes"
    )
    periode = DateTimeRangeField(_("période"))
    quantite = models.PositiveIntegerField(
        _("quantité"), default=1, validators=[MinValueValidator(1)]
    )
    cree_le = models.DateTimeField(default=timezone.now)
    prevenue_le = models.DateTimeField(null=True, blank=True)
    close_le = models.DateTimeField(null=True, blank=True)

    objects = AttenteQuerySet.as_manager()

    class Meta:
        verbose_name = _("attente")
        verbose_name_plural = _("attentes")
        ordering = ["cree_le", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantite__gte=1, quantite__lte=QUANTITE_MAX), name="attente_quantite"
            ),
            models.UniqueConstraint(
                fields=["ressource", "organisation", "periode"],
                condition=Q(close_le=None),
                name="attente_une_fois",
                violation_error_message=_("Votre organisme attend déjà cela à ces dates."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ressource", "cree_le"],
                condition=Q(close_le=None),
                name="attente_ouvertes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ressource_id} – {self.organisation_id}"

    @property
    def debut(self):
        return self.periode.lower

    @property
    def fin(self):
        return self.periode.upper


class Confiance(models.Model):
    """An organisation this lender accepts without waiting. Private to the lender."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    envers = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("confiance")
        verbose_name_plural = _("confiances")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "envers"], name="confiance_une_fois"),
            models.CheckConstraint(
                condition=~Q(organisation=F("envers")), name="confiance_en_un_autre"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} → {self.envers_id}"
