"""Numbered copies of a listing, what goes out with a loan, and the condition reports."""

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ressources.creneaux import EXEMPLAIRE_PERIME
from ressources.cycle import Cote
from ressources.garantie import EXEMPLAIRE_SORTI, EXEMPLAIRE_STOCK
from ressources.models.prets import Pret
from ressources.models.ressources import Ressource

# Read aloud and typed by hand when the camera fails: no letter that looks like a figure.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def code_neuf() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


class Exemplaire(models.Model):
    """One numbered copy. A loan reserves a quantity; copies are chosen at the hand-over."""

    class Etat(models.TextChoices):
        EN_SERVICE = "en_service", _("En service")
        EN_REPARATION = "en_reparation", _("En réparation")
        RETIRE = "retire", _("Retiré")

    ressource = models.ForeignKey(Ressource, on_delete=models.CASCADE, related_name="exemplaires")
    numero = models.PositiveSmallIntegerField(_("numéro"))
    code = models.CharField(max_length=10, unique=True, default=code_neuf, editable=False)
    etat = models.CharField(_("état"), max_length=14, choices=Etat.choices, default=Etat.EN_SERVICE)
    en_reparation_le = models.DateTimeField(null=True, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("exemplaire")
        verbose_name_plural = _("exemplaires")
        ordering = ["numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["ressource", "numero"],
                name="exemplaire_numero",
                violation_error_message=_("Ce numéro est déjà pris."),
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["en_service", "en_reparation", "retire"]),
                name="exemplaire_etat_connu",
            ),
            models.CheckConstraint(
                condition=Q(etat="en_reparation", en_reparation_le__isnull=False)
                | ~Q(etat="en_reparation") & Q(en_reparation_le=None),
                name="exemplaire_en_reparation_depuis",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ressource"],
                condition=Q(etat="en_reparation"),
                name="exemplaire_en_reparation",
            )
        ]
        triggers = [EXEMPLAIRE_STOCK, EXEMPLAIRE_PERIME]

    def __str__(self) -> str:
        return f"{self.ressource}, nº\u00a0{self.numero}"


class PretExemplaire(models.Model):
    """A copy that went out with a loan. Out until `rendu_le`: never with two at once."""

    pret = models.ForeignKey(Pret, on_delete=models.CASCADE, related_name="sorties")
    exemplaire = models.ForeignKey(Exemplaire, on_delete=models.PROTECT, related_name="sorties")
    remis_le = models.DateTimeField(default=timezone.now)
    rendu_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("exemplaire sorti")
        verbose_name_plural = _("exemplaires sortis")
        ordering = ["exemplaire__numero", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exemplaire"],
                condition=Q(rendu_le=None),
                name="exemplaire_dehors_une_fois",
                violation_error_message=_("Cet exemplaire est déjà sorti."),
            ),
            models.CheckConstraint(
                condition=Q(rendu_le=None) | Q(rendu_le__gte=models.F("remis_le")),
                name="exemplaire_rendu_apres",
            ),
        ]
        triggers = [EXEMPLAIRE_SORTI]

    def __str__(self) -> str:
        return f"{self.exemplaire_id} – {self.pret_id}"


class Constat(models.Model):
    """What was seen of the thing: handed over, brought back, or in between."""

    class Moment(models.TextChoices):
        REMISE = "remise", _("À la remise")
        PENDANT = "pendant", _("Pendant le prêt")
        RETOUR = "retour", _("Au retour")

    class Etat(models.TextChoices):
        BON = "bon", _("Comme convenu")
        USE = "use", _("Un peu d’usure")
        ABIME = "abime", _("Abîmé")
        INCOMPLET = "incomplet", _("Il manque quelque chose")

    pret = models.ForeignKey(Pret, on_delete=models.CASCADE, related_name="constats")
    moment = models.CharField(max_length=8, choices=Moment.choices)
    cote = models.CharField(max_length=10, choices=Cote.choices)
    par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    le = models.DateTimeField(default=timezone.now)
    quantite = models.PositiveIntegerField(_("quantité"), null=True, blank=True)
    etat = models.CharField(_("état"), max_length=10, choices=Etat.choices, default=Etat.BON)
    # [{"nom": "le couvercle", "present": true}], as the listing named them that day.
    accessoires = models.JSONField(_("accessoires"), default=list, blank=True)
    # [{"numero": 3, "etat": "abime"}]: the copies seen, each with its condition.
    exemplaires = models.JSONField(_("exemplaires"), default=list, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("constat")
        verbose_name_plural = _("constats")
        ordering = ["le", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(moment__in=["remise", "pendant", "retour"]), name="constat_moment_connu"
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["bon", "use", "abime", "incomplet"]),
                name="constat_etat_connu",
            ),
            models.CheckConstraint(
                condition=Q(cote__in=["preteur", "emprunteur"]), name="constat_cote_connu"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment} – {self.pret_id}"


class PhotoConstat(models.Model):
    """A picture of a condition report. The upload is kept aside until the worker has sized it."""

    class Etat(models.TextChoices):
        A_PREPARER = "a_preparer", _("En préparation")
        PRETE = "prete", _("Prête")
        ILLISIBLE = "illisible", _("Illisible")

    LARGEURS = (320, 1280)

    constat = models.ForeignKey(Constat, on_delete=models.CASCADE, related_name="photos")
    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    original = models.FileField(upload_to="originaux/", blank=True, editable=False)
    nom = models.CharField(_("nom du fichier"), max_length=120, editable=False)
    largeur = models.PositiveIntegerField(null=True, editable=False)
    hauteur = models.PositiveIntegerField(null=True, editable=False)
    etat = models.CharField(
        max_length=10, choices=Etat.choices, default=Etat.A_PREPARER, editable=False
    )
    ajoutee_le = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("photo d’un constat")
        verbose_name_plural = _("photos d’un constat")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat__in=["a_preparer", "prete", "illisible"]),
                name="photo_constat_etat_connu",
            ),
            models.CheckConstraint(
                condition=~Q(etat="prete") | Q(largeur__gt=0, hauteur__gt=0),
                name="photo_constat_mesuree",
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    def chemin(self, largeur: int, format: str) -> str:
        """Where a size lies under MEDIA_ROOT: never served but through the loan it is of."""
        return f"constats/{self.cle}-{largeur}.{format}"
