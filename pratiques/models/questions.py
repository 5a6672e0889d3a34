"""The questions people really ask: those of the 2018 harvest, and what members answer."""

from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation
from organisations.publication import Etat
from pratiques.models.pratiques import Pratique


class QuestionQuerySet(models.QuerySet["Question"]):
    def pour_la_liste(self) -> "QuestionQuerySet":
        return self.annotate(
            nombre_de_reponses=Count("reponses", filter=Q(reponses__etat=Etat.PUBLIEE))
        )


class Question(models.Model):
    class Theme(models.TextChoices):
        MUTUALISER = "mutualiser", _("Mutualiser")
        FUSION = "fusion", _("Autour de la fusion")

    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    texte = models.CharField(_("question"), max_length=300)
    theme = models.CharField(max_length=12, choices=Theme.choices, default=Theme.MUTUALISER)
    recolte = models.CharField(
        _("ligne de la récolte de 2018"),
        max_length=4,
        blank=True,
        help_text=_("S28 : la vingt-huitième ligne de la récolte du 26 octobre 2018."),
    )
    ordre = models.PositiveSmallIntegerField(default=0)
    posee_le = models.DateTimeField(default=timezone.now)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["ordre", "pk"]

    def __str__(self) -> str:
        return self.texte

    def get_absolute_url(self) -> str:
        return reverse("question_detail", args=[self.slug])


class ReponseQuerySet(models.QuerySet["Reponse"]):
    def publiees(self) -> "ReponseQuerySet":
        return self.filter(etat=Etat.PUBLIEE)


class Reponse(models.Model):
    """What an organisation, or a practice, answers. Signed by a function, never by a name."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="reponses")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="reponses"
    )
    fonction = models.CharField(_("fonction"), max_length=80)
    pratique = models.ForeignKey(
        Pratique,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reponses",
    )
    texte = models.TextField(_("réponse"), max_length=1500)
    etat = models.CharField(max_length=12, choices=Etat.choices, default=Etat.PUBLIEE)
    publiee_le = models.DateTimeField(default=timezone.now)

    objects = ReponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("réponse")
        verbose_name_plural = _("réponses")
        ordering = ["publiee_le", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(etat__in=Etat.values), name="reponse_etat_connu")
        ]

    def __str__(self) -> str:
        return f"{self.organisation} – {self.question}"
