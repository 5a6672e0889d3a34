"""Loans between organisations, and their timeline."""

import hashlib
import uuid

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.droits import tables_coordonnees
from organisations.models import Adhesion, Organisation
from ressources import cycle
from ressources.creneaux import PRET_PERIME
from ressources.cycle import Cote, Etat
from ressources.garantie import PRET_BATTEMENT, PRET_EXEMPLAIRES, PRET_PARTIES, PRET_TENU
from ressources.models.demandes import Demande
from ressources.models.ressources import QUANTITE_MAX, Ressource


class PretQuerySet(models.QuerySet["Pret"]):
    def visibles_par(self, personne) -> "PretQuerySet":
        """Those of one's organisations. What two organisations write stays between them: tables,
        and the network's administration, see a loan only while an incident is open."""
        if not personne.is_authenticated:
            return self.none()
        siens = Adhesion.objects.actives().filter(personne=personne).values("organisation")
        tables = tables_coordonnees(personne)
        return self.filter(
            Q(preteur__in=siens)
            | Q(emprunteur__in=siens)
            | Q(incident_le__isnull=False)
            & (Q(preteur__table__in=tables) | Q(emprunteur__table__in=tables))
        )

    def de(self, organisation: Organisation) -> "PretQuerySet":
        return self.filter(Q(preteur=organisation) | Q(emprunteur=organisation))

    def en_cours(self) -> "PretQuerySet":
        return self.exclude(etat__in=cycle.FINIS)

    def en_retard(self) -> "PretQuerySet":
        return self.filter(etat=Etat.REMIS, periode__endswith__lte=timezone.now())

    def pour_la_liste(self) -> "PretQuerySet":
        return self.select_related("ressource", "preteur", "emprunteur")


class Pret(models.Model):
    ressource = models.ForeignKey(Ressource, on_delete=models.PROTECT, related_name="prets")
    preteur = models.ForeignKey(
        Organisation,
        verbose_name=_("prêteur"),
        on_delete=models.PROTECT,
        related_name="prets_accordes",
    )
    emprunteur = models.ForeignKey(
        Organisation,
        verbose_name=_("emprunteur"),
        on_delete=models.PROTECT,
        related_name="emprunts",
    )
    demande_par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The form's token: sent twice, it makes one loan.
    jeton = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quantite = models.PositiveIntegerField(
        _("quantité"), validators=[MinValueValidator(1, _("Demandez-en au moins 1."))]
    )
    # Half-open. By the day: local midnight to the local midnight after the last day.
    periode = DateTimeRangeField(_("période"))
    # Minutes kept free afterwards, and the period with them: written by the database.
    battement = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    tenue = DateTimeRangeField(null=True, editable=False)
    quantite_remise = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    quantite_rendue = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # What the lender proposes instead, while the borrower has not answered.
    periode_proposee = DateTimeRangeField(null=True, blank=True, editable=False)
    quantite_proposee = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # The dates the borrower would rather have, while the lender has not answered.
    periode_souhaitee = DateTimeRangeField(null=True, blank=True, editable=False)
    # What was asked together: a basket, a series.
    demande = models.ForeignKey(
        Demande, null=True, blank=True, on_delete=models.SET_NULL, related_name="prets"
    )
    but = models.TextField(_("à quoi cela servira"), max_length=1000)
    etat = models.CharField(_("état"), max_length=12, choices=Etat.choices, default=Etat.DEMANDE)
    demande_le = models.DateTimeField(default=timezone.now)
    accepte_le = models.DateTimeField(null=True, blank=True)
    remis_le = models.DateTimeField(null=True, blank=True)
    rendu_le = models.DateTimeField(null=True, blank=True)
    clos_le = models.DateTimeField(null=True, blank=True)
    incident_le = models.DateTimeField(_("incident ouvert le"), null=True, blank=True)
    # What was promised is kept as it was, from the acceptance on.
    conditions = models.JSONField(_("conditions à l’acceptation"), default=dict, blank=True)

    objects = PretQuerySet.as_manager()

    class Meta:
        verbose_name = _("prêt")
        verbose_name_plural = _("prêts")
        constraints = [
            models.CheckConstraint(condition=Q(etat__in=Etat.values), name="pret_etat_connu"),
            models.CheckConstraint(
                condition=Q(quantite__gte=1, quantite__lte=QUANTITE_MAX),
                name="pret_quantite",
                violation_error_message=_("La quantité va de 1 à 10 000."),
            ),
            models.CheckConstraint(
                condition=~Q(preteur=F("emprunteur")),
                name="pret_entre_deux_organismes",
                violation_error_message=_("Un organisme ne s’emprunte pas à lui-même."),
            ),
            models.CheckConstraint(
                condition=Q(
                    periode__isempty=False,
                    periode__lower_inc=True,
                    periode__upper_inc=False,
                    periode__lower_inf=False,
                    periode__upper_inf=False,
                ),
                name="pret_periode_bornee",
                violation_error_message=_("La fin doit venir après le début."),
            ),
            models.CheckConstraint(
                condition=RawSQL(
                    "periode_juste(periode)"
                    " AND coalesce(periode_juste(periode_proposee), true)"
                    " AND coalesce(periode_juste(periode_souhaitee), true)",
                    (),
                    output_field=models.BooleanField(),
                ),
                name="pret_quarts_dheure",
                violation_error_message=_("Les heures vont par quarts d’heure."),
            ),
            # The database writes it before this is checked; a raw NULL never passes.
            models.CheckConstraint(
                condition=Q(tenue__isnull=False)
                & RawSQL("tenue @> periode", (), output_field=models.BooleanField()),
                name="pret_tenue_couvre",
            ),
            models.CheckConstraint(
                condition=Q(
                    etat="propose",
                    periode_proposee__isnull=False,
                    periode_proposee__isempty=False,
                    quantite_proposee__gte=1,
                    quantite_proposee__lte=QUANTITE_MAX,
                )
                | ~Q(etat="propose") & Q(periode_proposee=None, quantite_proposee=None),
                name="pret_proposition",
            ),
            models.CheckConstraint(
                condition=Q(periode_souhaitee=None)
                | Q(etat__in=["accepte", "remis"], periode_souhaitee__isempty=False),
                name="pret_souhait",
            ),
            models.CheckConstraint(
                condition=Q(etat="remis", quantite_remise__gte=1)
                & Q(quantite_remise__lte=F("quantite"), quantite_rendue__lt=F("quantite_remise"))
                | Q(etat__in=["rendu", "clos"], quantite_remise__gte=1)
                & Q(quantite_remise__lte=F("quantite"), quantite_rendue=F("quantite_remise"))
                | ~Q(etat__in=["remis", "rendu", "clos"]) & Q(quantite_remise=0, quantite_rendue=0),
                name="pret_quantites",
                violation_error_message=_(
                    "On ne remet pas plus que ce qui est promis, et on ne rend pas plus que ce "
                    "qui est sorti."
                ),
            ),
            models.CheckConstraint(
                condition=Q(incident_le=None) | Q(etat__in=["remis", "rendu", "clos"]),
                name="pret_incident",
            ),
            # An instant is noted in the states it leads to, and in no other. Cancelled, a loan may
            # have been accepted before.
            *[
                models.CheckConstraint(
                    condition=Q(etat__in=etats, **{f"{champ}__isnull": False})
                    | Q(etat__in=sinon)
                    | ~Q(etat__in=[*etats, *sinon]) & Q(**{champ: None}),
                    name=f"pret_{champ}_note",
                )
                for champ, etats, sinon in (
                    (
                        "accepte_le",
                        ["accepte", "remis", "rendu", "clos", "non_reclame"],
                        ["annule"],
                    ),
                    ("remis_le", ["remis", "rendu", "clos"], []),
                    ("rendu_le", ["rendu", "clos"], []),
                    ("clos_le", ["clos"], []),
                )
            ],
        ]
        indexes = [
            GistIndex(
                fields=["ressource", "tenue"],
                condition=Q(etat__in=["accepte", "remis"]),
                name="pret_tenus",
            ),
            models.Index(fields=["ressource"], condition=Q(etat="remis"), name="pret_remis"),
            models.Index(fields=["preteur", "etat"], name="pret_preteur"),
            models.Index(fields=["emprunteur", "etat"], name="pret_emprunteur"),
        ]
        triggers = [PRET_BATTEMENT, PRET_PARTIES, PRET_TENU, PRET_EXEMPLAIRES, PRET_PERIME]

    def __str__(self) -> str:
        return (
            f"{self.quantite}\u00a0×\u00a0{self.ressource}"
            if self.quantite > 1
            else str(self.ressource)
        )

    def get_absolute_url(self) -> str:
        return reverse("pret_detail", args=[self.pk])

    @property
    def numero(self) -> str:
        return f"{timezone.localtime(self.demande_le):%Y}-{self.pk:04d}"

    @property
    def debut(self):
        return self.periode.lower

    @property
    def fin(self):
        return self.periode.upper

    @property
    def est_en_retard(self) -> bool:
        """Derived, never stored: handed over, and past its end."""
        return self.etat == Etat.REMIS and self.fin <= timezone.now()

    @property
    def dehors(self) -> int:
        """How many are out: handed over and not back."""
        return self.quantite_remise - self.quantite_rendue

    @property
    def a_remettre(self) -> int:
        return self.quantite - self.quantite_remise

    @property
    def a_incident(self) -> bool:
        return self.incident_le is not None

    @property
    def empreinte(self) -> str:
        """Changes with every step: it tells a page that was drawn before one."""
        periodes = (self.periode, self.periode_proposee, self.periode_souhaitee)
        vu = [
            self.etat,
            self.quantite,
            self.quantite_proposee,
            self.quantite_remise,
            self.quantite_rendue,
            self.a_incident,
            *((p.lower.timestamp(), p.upper.timestamp()) if p else None for p in periodes),
        ]
        return hashlib.blake2s(repr(vu).encode(), digest_size=8).hexdigest()


class EvenementPret(models.Model):
    """One line of the timeline: a step or a word. Written by the verbs, never changed."""

    pret = models.ForeignKey(Pret, on_delete=models.CASCADE, related_name="evenements")
    verbe = models.CharField(max_length=12)
    vers = models.CharField(max_length=12, choices=Etat.choices, blank=True)
    # A rule of the listing answered, not a person.
    automatique = models.BooleanField(default=False, db_default=False)
    # What the step was about: how many, which dates.
    quantite = models.PositiveIntegerField(null=True, blank=True)
    periode = DateTimeRangeField(null=True, blank=True)
    cote = models.CharField(max_length=10, choices=Cote.choices)
    par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    le = models.DateTimeField(default=timezone.now)
    mot = models.TextField(_("mot"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("événement d’un prêt")
        verbose_name_plural = _("événements d’un prêt")
        ordering = ["le", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verbe__in=cycle.VERBES), name="evenement_verbe_connu"
            ),
            models.CheckConstraint(condition=Q(cote__in=Cote.values), name="evenement_cote_connu"),
            models.CheckConstraint(
                condition=~Q(
                    verbe__in=[
                        "ecrire",
                        *(t.verbe for t in cycle.TRANSITIONS.values() if t.mot_requis),
                    ]
                )
                | ~Q(mot=""),
                name="evenement_mot_requis",
                violation_error_message=_("Écrivez un mot."),
            ),
        ]
        indexes = [models.Index(fields=["pret", "le"], name="evenement_fil")]

    def __str__(self) -> str:
        return f"{self.verbe} – {self.pret_id}"

    @property
    def transition(self) -> cycle.Transition | None:
        return cycle.TRANSITIONS.get(self.verbe)


class Evaluation(models.Model):
    """A word of each side on the exchange, private to the two of them; never a score."""

    class Avis(models.TextChoices):
        OUI = "oui", _("Oui, comme convenu")
        EN_PARTIE = "en-partie", _("En partie")
        NON = "non", _("Non")

    pret = models.ForeignKey(Pret, on_delete=models.CASCADE, related_name="evaluations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    par = models.ForeignKey(
        "organisations.Personne", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    comme_convenu = models.CharField(
        _("tout s’est-il passé comme convenu?"), max_length=10, choices=Avis.choices
    )
    mot = models.TextField(_("un mot à l’autre organisme"), max_length=1000, blank=True)
    le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("évaluation d’un prêt")
        verbose_name_plural = _("évaluations d’un prêt")
        constraints = [
            models.UniqueConstraint(
                fields=["pret", "organisation"],
                name="evaluation_une_par_cote",
                violation_error_message=_("Votre organisme a déjà évalué ce prêt."),
            ),
            models.CheckConstraint(
                condition=Q(comme_convenu__in=["oui", "en-partie", "non"]),
                name="evaluation_avis_connu",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} – {self.pret_id}"
