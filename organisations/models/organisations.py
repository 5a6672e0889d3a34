"""Member organisations, the tables that welcome them, and the people who act for them."""

import secrets
from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.models.publication import Publiable
from organisations.publication import Etat
from organisations.recherche import Cle
from organisations.vocabulaire import NatureTable, Secteur

PROXIMITE_MIN = 0.5  # trigram similarity from which two names look alike


class Table(models.Model):
    nom = models.CharField(_("nom"), max_length=120, unique=True)
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    nature = models.CharField(_("nature"), max_length=12, choices=NatureTable.choices)
    territoire = models.ForeignKey(
        "organisations.Territoire",
        verbose_name=_("territoire"),
        on_delete=models.PROTECT,
    )
    mandat = models.TextField(_("mandat"), max_length=2000)
    courriel = models.EmailField(_("courriel de fonction"))
    telephone = models.CharField(_("téléphone du bureau"), max_length=30, blank=True)
    delai_jours = models.PositiveSmallIntegerField(
        _("délai habituel de réponse, en jours ouvrables"), default=2
    )
    coordination = models.ManyToManyField(
        "organisations.Personne", through="organisations.Mandat", related_name="tables"
    )

    class Meta:
        verbose_name = _("table de concertation")
        verbose_name_plural = _("tables de concertation")
        ordering = ["nom"]
        constraints = [
            models.CheckConstraint(
                condition=Q(nature__in=NatureTable.values), name="table_nature_connue"
            )
        ]

    def __str__(self) -> str:
        return self.nom

    def get_absolute_url(self) -> str:
        return reverse("table_detail", args=[self.slug])


class MandatQuerySet(models.QuerySet["Mandat"]):
    def en_cours(self, jour: date | None = None) -> "MandatQuerySet":
        jour = jour or timezone.localdate()
        return self.filter(Q(fin=None) | Q(fin__gt=jour), debut__lte=jour)


class Mandat(models.Model):
    """A person coordinates a table from `debut` until, not including, `fin`."""

    table = models.ForeignKey(Table, on_delete=models.CASCADE, related_name="mandats")
    personne = models.ForeignKey(
        "organisations.Personne", on_delete=models.PROTECT, related_name="mandats"
    )
    fonction = models.CharField(_("fonction"), max_length=80, default="Coordination")
    debut = models.DateField(_("début"), default=timezone.localdate)
    fin = models.DateField(_("fin"), null=True, blank=True)

    objects = MandatQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandat de coordination")
        verbose_name_plural = _("mandats de coordination")
        constraints = [
            models.CheckConstraint(
                condition=Q(fin=None) | Q(fin__gt=F("debut")),
                name="mandat_fin_apres_debut",
                violation_error_message=_("Le mandat doit finir après son début."),
            ),
            models.UniqueConstraint(
                fields=["table", "personne"],
                condition=Q(fin=None),
                name="mandat_ouvert_unique",
                violation_error_message=_("Cette personne coordonne déjà cette table."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.personne} – {self.table}"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def publiees(self) -> "OrganisationQuerySet":
        return self.filter(etat=Etat.PUBLIEE)

    def visibles_par(self, personne) -> "OrganisationQuerySet":
        """What is public, one's own, and what waits at the tables one coordinates."""
        if not personne.is_authenticated:
            return self.publiees()
        if personne.is_staff:
            return self.all()
        return self.filter(
            Q(etat=Etat.PUBLIEE)
            | Q(pk__in=Adhesion.objects.actives().filter(personne=personne).values("organisation"))
            | Q(table__in=Mandat.objects.en_cours().filter(personne=personne).values("table"))
        )

    def de(self, personne) -> "OrganisationQuerySet":
        """Those this person may act for."""
        return self.filter(
            pk__in=Adhesion.objects.actives().filter(personne=personne).values("organisation")
        ).exclude(etat__in=[Etat.ARCHIVEE, Etat.RETIREE])

    def pour_la_liste(self) -> "OrganisationQuerySet":
        return self.select_related("territoire", "table").order_by(Cle("nom"), "nom")

    def semblables(self, nom: str) -> "OrganisationQuerySet":
        """Those of the network whose name is nearly this one: accents, capitals, a word more."""
        return (
            self.exclude(etat__in=[Etat.BROUILLON, Etat.ARCHIVEE, Etat.RETIREE])
            .annotate(proximite=TrigramSimilarity(Cle("nom"), Cle(Value(nom))))
            .filter(proximite__gte=PROXIMITE_MIN)
            .order_by("-proximite", "pk")
        )


class Organisation(Publiable):
    """A community organisation. Its state `publiee` means: welcomed, verified by its table."""

    class Provenance(models.TextChoices):
        MEMBRE = "membre", _("Membre du réseau")
        SOURCES_PUBLIQUES = "sources-publiques", _("Sources publiques, non validée")

    CHAMPS_LUS = ("nom", "mission", "secteurs", "territoire", "courriel", "site")

    nom = models.CharField(_("nom de l’organisme"), max_length=120)
    slug = models.SlugField(_("adresse de la page"), max_length=100, unique=True, editable=False)
    mission = models.TextField(_("mission"), max_length=1500)
    secteurs = ArrayField(
        models.CharField(max_length=40, choices=Secteur.choices),
        verbose_name=_("secteurs"),
        default=list,
    )
    territoire = models.ForeignKey(
        "organisations.Territoire",
        verbose_name=_("territoire"),
        on_delete=models.PROTECT,
    )
    table = models.ForeignKey(
        Table,
        verbose_name=_("table de concertation"),
        on_delete=models.PROTECT,
        related_name="organisations",
    )
    adresse = models.CharField(_("adresse du bureau"), max_length=200, blank=True)
    heures = models.CharField(_("heures d’ouverture"), max_length=200, blank=True)
    acces = models.CharField(_("accès et accessibilité"), max_length=200, blank=True)
    courriel = models.EmailField(_("courriel général"), blank=True)
    telephone = models.CharField(_("téléphone du bureau"), max_length=30, blank=True)
    site = models.URLField(_("site web"), blank=True)
    annee_fondation = models.PositiveSmallIntegerField(
        _("année de fondation"), null=True, blank=True
    )
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True)
    provenance = models.CharField(
        _("provenance"),
        max_length=20,
        choices=Provenance.choices,
        default=Provenance.MEMBRE,
        editable=False,
    )
    source_libelle = models.CharField(_("source"), max_length=200, blank=True, editable=False)
    source_url = models.URLField(_("adresse de la source"), blank=True, editable=False)
    source_consultee_le = models.DateField(
        _("source consultée le"), null=True, blank=True, editable=False
    )
    personnes = models.ManyToManyField(
        "organisations.Personne",
        through="organisations.Adhesion",
        related_name="organisations",
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta(Publiable.Meta):
        verbose_name = _("organisme")
        verbose_name_plural = _("organismes")
        constraints = [
            *Publiable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(secteurs__contained_by=Secteur.values),
                name="organisation_secteurs_connus",
            ),
            models.CheckConstraint(
                condition=Q(provenance="membre") | ~Q(source_url=""),
                name="organisation_source_donnee",
            ),
            models.UniqueConstraint(
                Lower("nom"),
                "territoire",
                condition=~Q(etat__in=["archivee", "retiree"]),
                name="organisation_nom_unique",
                violation_error_message=_(
                    "Un organisme de ce nom existe déjà sur ce territoire : "
                    "demandez plutôt à le rejoindre."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["table", "etat"], name="organisation_table_etat"),
            GinIndex(fields=["secteurs"], name="organisation_secteurs"),
        ]

    def __str__(self) -> str:
        return self.nom

    def get_absolute_url(self) -> str:
        return reverse("organisation_detail", args=[self.slug])

    @property
    def table_moderatrice(self) -> Table:
        return self.table

    @property
    def organisation_auteur(self) -> "Organisation":
        return self

    @property
    def secteurs_affiches(self) -> str:
        libelles = dict(Secteur.choices)
        return ", ".join(str(libelles.get(s, s)) for s in self.secteurs)

    @property
    def est_membre(self) -> bool:
        return self.provenance == self.Provenance.MEMBRE

    @property
    def est_suspendue(self) -> bool:
        return self.etat == Etat.SUSPENDUE

    @property
    def est_verifiee(self) -> bool:
        return self.est_publiee and self.est_membre


class AdhesionQuerySet(models.QuerySet["Adhesion"]):
    def actives(self) -> "AdhesionQuerySet":
        return self.filter(etat=Adhesion.Etat.ACTIVE)

    def demandees(self) -> "AdhesionQuerySet":
        return self.filter(etat=Adhesion.Etat.DEMANDEE)


class Adhesion(models.Model):
    """A person acts for an organisation, in a role; the role outlives the person's departure."""

    class Role(models.TextChoices):
        MEMBRE = "membre", _("Membre")
        RESPONSABLE = "responsable", _("Responsable")

    class Etat(models.TextChoices):
        DEMANDEE = "demandee", _("Demandée")
        ACTIVE = "active", _("Active")
        REFUSEE = "refusee", _("Refusée")
        TERMINEE = "terminee", _("Terminée")

    personne = models.ForeignKey(
        "organisations.Personne", on_delete=models.CASCADE, related_name="adhesions"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="adhesions"
    )
    role = models.CharField(_("rôle"), max_length=12, choices=Role.choices, default=Role.MEMBRE)
    fonction = models.CharField(_("fonction"), max_length=80, blank=True)
    etat = models.CharField(_("état"), max_length=10, choices=Etat.choices)
    mot = models.CharField(_("mot d’accompagnement"), max_length=500, blank=True)
    depuis = models.DateTimeField(_("depuis"), default=timezone.now)

    objects = AdhesionQuerySet.as_manager()

    class Meta:
        verbose_name = _("adhésion")
        verbose_name_plural = _("adhésions")
        constraints = [
            models.UniqueConstraint(
                fields=["personne", "organisation"],
                condition=Q(etat__in=["demandee", "active"]),
                name="adhesion_unique",
                violation_error_message=_("Cette personne fait déjà partie de l’organisme."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=["membre", "responsable"]),
                name="adhesion_role_connu",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["demandee", "active", "refusee", "terminee"]),
                name="adhesion_etat_connu",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "etat"], name="adhesion_organisation")]

    def __str__(self) -> str:
        return f"{self.personne} – {self.organisation}"


def _jeton() -> str:
    return secrets.token_urlsafe(32)


def _dans_deux_semaines():
    return timezone.now() + timedelta(days=14)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def ouvertes(self) -> "InvitationQuerySet":
        return self.filter(acceptee_le=None, annulee_le=None, expire_le__gt=timezone.now())


class Invitation(models.Model):
    courriel = models.EmailField(_("courriel professionnel"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(
        _("rôle"),
        max_length=12,
        choices=Adhesion.Role.choices,
        default=Adhesion.Role.MEMBRE,
    )
    jeton = models.CharField(max_length=64, unique=True, default=_jeton, editable=False)
    par = models.ForeignKey(
        "organisations.Personne",
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
    )
    envoyee_le = models.DateTimeField(_("envoyée le"), default=timezone.now, editable=False)
    expire_le = models.DateTimeField(_("expire le"), default=_dans_deux_semaines, editable=False)
    acceptee_le = models.DateTimeField(_("acceptée le"), null=True, editable=False)
    annulee_le = models.DateTimeField(_("annulée le"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                Lower("courriel"),
                "organisation",
                condition=Q(acceptee_le=None, annulee_le=None),
                name="invitation_unique",
                violation_error_message=_("Cette personne est déjà invitée."),
            ),
            models.CheckConstraint(
                condition=Q(acceptee_le=None) | Q(annulee_le=None),
                name="invitation_acceptee_ou_annulee",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courriel} – {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("invitation_detail", args=[self.jeton])

    @property
    def est_ouverte(self) -> bool:
        return (
            self.acceptee_le is None and self.annulee_le is None and self.expire_le > timezone.now()
        )
