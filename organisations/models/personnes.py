"""The people who sign in. Work contact data only: nothing about private life is kept."""

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PersonneManager(BaseUserManager["Personne"]):
    def create_user(self, courriel: str, password: str | None = None, **champs) -> "Personne":
        personne = self.model(courriel=self.normalize_email(courriel), **champs)
        personne.set_password(password)
        personne.save(using=self._db)
        return personne

    def create_superuser(self, courriel: str, password: str | None = None, **champs) -> "Personne":
        return self.create_user(courriel, password, is_staff=True, is_superuser=True, **champs)

    def get_by_natural_key(self, courriel: str) -> "Personne":
        return self.get(courriel__iexact=courriel)


class Personne(AbstractBaseUser, PermissionsMixin):
    class Rythme(models.TextChoices):
        """When what is not essential is written. What is essential always leaves at once."""

        AUSSITOT = "aussitot", _("Tout de suite")
        QUOTIDIEN = "quotidien", _("Un résumé par jour")
        ESSENTIEL = "essentiel", _("L’essentiel seulement")

    courriel = models.EmailField(_("courriel professionnel"), max_length=254)
    prenom = models.CharField(_("prénom"), max_length=60)
    nom = models.CharField(_("nom"), max_length=60)
    langue = models.CharField(
        _("langue"),
        max_length=5,
        choices=[("fr-ca", _("Français")), ("en", _("English"))],
        blank=True,
        default="",
    )
    rythme = models.CharField(
        _("rythme des courriels"),
        max_length=10,
        choices=Rythme.choices,
        default=Rythme.AUSSITOT,
        db_default=Rythme.AUSSITOT,
    )
    agit_pour = models.ForeignKey(
        "organisations.Organisation",
        verbose_name=_("organisme au nom duquel elle agit"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_active = models.BooleanField(_("compte actif"), default=True)
    is_staff = models.BooleanField(_("administration du réseau"), default=False)
    date_joined = models.DateTimeField(_("inscrite le"), default=timezone.now)

    objects = PersonneManager()

    USERNAME_FIELD = EMAIL_FIELD = "courriel"
    REQUIRED_FIELDS = ["prenom", "nom"]

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        constraints = [
            models.UniqueConstraint(
                Lower("courriel"),
                name="personne_courriel_unique",
                violation_error_message=_("Un compte existe déjà avec ce courriel."),
            ),
            models.CheckConstraint(
                condition=models.Q(langue__in=["", "fr-ca", "en"]),
                name="personne_langue_connue",
            ),
            models.CheckConstraint(
                condition=models.Q(rythme__in=["aussitot", "quotidien", "essentiel"]),
                name="personne_rythme_connu",
            ),
        ]

    def __str__(self) -> str:
        return self.nom_complet or self.courriel

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's permissions serve the administration only, and go to the network's staff whole:
        what people may do in the portal is `droits.py`."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    def get_full_name(self) -> str:
        return self.nom_complet

    def get_short_name(self) -> str:
        return self.prenom

    @property
    def nom_court(self) -> str:
        """« Mireille G. »: how a person is named in the header."""
        return f"{self.prenom} {self.nom[:1]}.".strip() if self.nom else self.prenom


class MessageRetenu(models.Model):
    """A message kept for the day's digest of the person who chose one: its words, without greeting
    or foot. Deleted a week after it was sent."""

    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="retenus")
    sujet = models.CharField(max_length=300)
    texte = models.TextField()
    cree_le = models.DateTimeField(default=timezone.now)
    envoye_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message retenu")
        verbose_name_plural = _("messages retenus")
        ordering = ["cree_le", "pk"]
        indexes = [
            models.Index(
                fields=["personne"], condition=models.Q(envoye_le=None), name="retenu_a_envoyer"
            ),
            models.Index(fields=["personne", "envoye_le"], name="retenu_envoye"),
        ]

    def __str__(self) -> str:
        return f"{self.personne_id} : {self.sujet}"


def nom_affiche(personne: Personne) -> str:
    return str(personne)
