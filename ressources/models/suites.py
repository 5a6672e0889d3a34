"""What goes with a loan: its agreement, the reminders sent, the calendar addresses."""

import secrets

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation
from ressources.models.prets import Pret
from ressources.models.ressources import Ressource


class Entente(models.Model):
    """The agreement of a loan: the template it follows, its version, and what it says. The page
    and the PDF are made from this row alone; what was agreed never changes."""

    class Genre(models.TextChoices):
        PRET_A_USAGE = "pret-a-usage", _("Prêt à usage (gratuit)")
        LOCAL = "local", _("Prêt d’un local")
        EXPERTISE = "expertise", _("Prêt d’expertise")
        LOCATION = "location", _("Location")

    pret = models.OneToOneField(Pret, on_delete=models.CASCADE, related_name="entente")
    genre = models.CharField(max_length=12, choices=Genre.choices)
    version = models.PositiveSmallIntegerField()
    donnees = models.JSONField(default=dict)
    faite_le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("entente")
        verbose_name_plural = _("ententes")
        constraints = [
            models.CheckConstraint(
                condition=Q(genre__in=["pret-a-usage", "local", "expertise", "location"]),
                name="entente_genre_connu",
            )
        ]
        triggers = [pgtrigger.Protect(name="entente_fixe", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.genre} {self.version} – {self.pret_id}"

    def get_absolute_url(self) -> str:
        return reverse("entente_detail", args=[self.pret_id])

    @property
    def est_acceptee(self) -> bool:
        """By both sides."""
        return len(self.signatures.all()) == 2


class Signature(models.Model):
    """One side accepts the agreement: who, in which function, when."""

    entente = models.ForeignKey(Entente, on_delete=models.CASCADE, related_name="signatures")
    cote = models.CharField(max_length=10)
    par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    nom = models.CharField(_("nom"), max_length=121)
    fonction = models.CharField(_("fonction"), max_length=80)
    le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("acceptation d’une entente")
        verbose_name_plural = _("acceptations d’une entente")
        ordering = ["le"]
        constraints = [
            models.UniqueConstraint(
                fields=["entente", "cote"],
                name="signature_une_par_cote",
                violation_error_message=_("Votre organisme a déjà accepté cette entente."),
            ),
            models.CheckConstraint(
                condition=Q(cote__in=["preteur", "emprunteur"]), name="signature_cote_connu"
            ),
            models.CheckConstraint(
                condition=~Q(fonction=""),
                name="signature_fonction",
                violation_error_message=_("Inscrivez votre fonction."),
            ),
        ]
        # « par » may be forgotten with its account; what was accepted stays.
        triggers = [
            pgtrigger.ReadOnly(name="signature_fixe", exclude=["par"]),
        ]

    def __str__(self) -> str:
        return f"{self.cote} – {self.entente_id}"


class Rappel(models.Model):
    """A reminder that was sent: the clock never says the same thing twice."""

    pret = models.ForeignKey(Pret, on_delete=models.CASCADE, related_name="rappels")
    genre = models.CharField(max_length=20)
    pour = models.DateField()
    le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("rappel")
        verbose_name_plural = _("rappels")
        constraints = [
            models.UniqueConstraint(fields=["pret", "genre", "pour"], name="rappel_une_fois")
        ]

    def __str__(self) -> str:
        return f"{self.genre} – {self.pret_id}"


class AgendaQuerySet(models.QuerySet["Agenda"]):
    def actifs(self) -> "AgendaQuerySet":
        return self.filter(revoque_le=None, personne__is_active=True)

    def visibles_par(self, personne) -> "AgendaQuerySet":
        """One's own: an address is a secret, even from one's colleagues."""
        return self.filter(personne=personne) if personne.is_authenticated else self.none()


def jeton_neuf() -> str:
    return secrets.token_urlsafe(24)


class Agenda(models.Model):
    """A calendar at a secret address, which its owner may revoke: one's own loans, those of an
    organisation, or the dates of one listing."""

    jeton = models.CharField(max_length=40, unique=True, default=jeton_neuf, editable=False)
    personne = models.ForeignKey(
        "organisations.Personne", on_delete=models.CASCADE, related_name="agendas"
    )
    # Both empty: all the loans of this person's organisations.
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    ressource = models.ForeignKey(Ressource, null=True, on_delete=models.CASCADE, related_name="+")
    cree_le = models.DateTimeField(default=timezone.now)
    revoque_le = models.DateTimeField(null=True, blank=True)

    objects = AgendaQuerySet.as_manager()

    class Meta:
        verbose_name = _("agenda")
        verbose_name_plural = _("agendas")
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation=None) | Q(ressource=None), name="agenda_dune_chose"
            ),
            models.UniqueConstraint(
                fields=["personne", "organisation", "ressource"],
                nulls_distinct=False,
                condition=Q(revoque_le=None),
                name="agenda_un_seul",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.personne_id} : {self.organisation_id or self.ressource_id or 'tous'}"
