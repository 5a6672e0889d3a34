"""The directory of inspiring practices: told through the six lessons, the dark side included."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import (
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from organisations.droits import tables_coordonnees
from organisations.models import Adhesion, Organisation, Publiable, Table
from organisations.publication import Etat
from organisations.vocabulaire import Secteur
from pratiques.vocabulaire import (
    Condition,
    Echelle,
    Enjeu,
    Forme,
    Indicateur,
    Lecon,
    NiveauDePreuve,
    Provenance,
    RolePratique,
    Stade,
)
from ressources.categories import Sorte
from ressources.models import Ressource

LECONS_MIN = 3  # documented lessons to publish; the others say « pas encore documenté »
OMBRE_MIN = 200  # characters of the dark side


def _choix_multiples(vocabulaire, libelle, **options) -> ArrayField:
    return ArrayField(
        models.CharField(max_length=40, choices=vocabulaire.choices),
        verbose_name=libelle,
        default=list,
        **options,
    )


class PratiqueQuerySet(models.QuerySet["Pratique"]):
    def publiees(self) -> "PratiqueQuerySet":
        return self.filter(etat=Etat.PUBLIEE)

    def visibles_par(self, personne) -> "PratiqueQuerySet":
        if not personne.is_authenticated:
            return self.publiees()
        if personne.is_staff:
            return self.all()
        return self.filter(
            Q(etat=Etat.PUBLIEE)
            | Q(
                organisation__in=Adhesion.objects.actives()
                .filter(personne=personne)
                .values("organisation")
            )
            | Q(table__in=tables_coordonnees(personne)) & ~Q(etat=Etat.BROUILLON)
        )

    def pour_la_liste(self) -> "PratiqueQuerySet":
        return self.select_related("organisation", "territoire")


class Pratique(Publiable):
    TOUJOURS_LUE: ClassVar[bool] = True
    CHAMPS_LUS = (
        "titre",
        "accroche",
        "formes",
        "secteurs",
        "sortes",
        "territoire",
        "echelle",
        "stade",
        "niveau_de_preuve",
        "debut",
        "fin",
        "contexte",
        "mis_en_commun",
        "garde_en_propre",
        "fonctionnement",
        "premier_pas",
        "ombre",
        "commencer",
    )

    titre = models.CharField(_("titre"), max_length=100)
    slug = models.SlugField(_("adresse de la page"), max_length=100, unique=True, editable=False)
    accroche = models.CharField(_("en une phrase"), max_length=280)
    # The organisation that tells it; none when a table writes it from public sources.
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("racontée par"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pratiques",
    )
    fonction_auteur = models.CharField(_("fonction de qui raconte"), max_length=80, blank=True)
    table = models.ForeignKey(
        Table,
        verbose_name=_("table de concertation"),
        on_delete=models.PROTECT,
        related_name="pratiques",
    )
    participants = models.ManyToManyField(
        Organisation, through="pratiques.Participation", related_name="participations"
    )
    formes = _choix_multiples(Forme, _("formes de mutualisation"))
    secteurs = _choix_multiples(Secteur, _("secteurs"))
    sortes = _choix_multiples(Sorte, _("sortes de ressources"))
    territoire = models.ForeignKey(
        "organisations.Territoire",
        verbose_name=_("territoire"),
        on_delete=models.PROTECT,
    )
    echelle = models.CharField(_("échelle"), max_length=20, choices=Echelle.choices)
    stade = models.CharField(_("stade"), max_length=20, choices=Stade.choices)
    niveau_de_preuve = models.CharField(
        _("niveau de preuve"),
        max_length=20,
        choices=NiveauDePreuve.choices,
        default=NiveauDePreuve.TEMOIGNAGE,
    )
    provenance = models.CharField(
        _("provenance"),
        max_length=30,
        choices=Provenance.choices,
        default=Provenance.REDIGEE_PAR_LORGANISME,
        editable=False,
    )
    debut = models.PositiveSmallIntegerField(
        _("année de début"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
    )
    fin = models.PositiveSmallIntegerField(
        _("année de fin"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
    )
    contexte = models.TextField(_("le contexte"), max_length=5000, blank=True)
    mis_en_commun = models.TextField(
        _("ce que nous mettons en commun"), max_length=3000, blank=True
    )
    garde_en_propre = models.TextField(
        _("ce que nous gardons en propre"), max_length=3000, blank=True
    )
    fonctionnement = models.TextField(_("comment ça marche"), max_length=5000, blank=True)
    premier_pas = models.TextField(_("notre premier petit pas"), max_length=2000, blank=True)
    ombre = models.TextField(
        _("le côté obscur"),
        max_length=5000,
        blank=True,
        help_text=_("Ce qui a été difficile, ce qui l’est encore. Au moins 200 caractères."),
    )
    commencer = models.TextField(
        _("par où commencer"),
        max_length=2000,
        blank=True,
        help_text=_("Une étape par ligne, sans consultant."),
    )
    dessin = models.CharField(_("dessin"), max_length=40, default="cercle", editable=False)
    ressources = models.ManyToManyField(
        Ressource,
        verbose_name=_("ressources de cette histoire"),
        blank=True,
        related_name="pratiques",
    )
    creee_par = models.ForeignKey(
        "organisations.Personne",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    recherche = models.GeneratedField(
        expression=SearchVector("titre", weight="A", config="fr")
        + SearchVector("accroche", weight="B", config="fr")
        + SearchVector(
            "contexte",
            "mis_en_commun",
            "fonctionnement",
            "ombre",
            weight="C",
            config="fr",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = PratiqueQuerySet.as_manager()

    class Meta(Publiable.Meta):
        verbose_name = _("pratique")
        verbose_name_plural = _("pratiques")
        constraints = [
            *Publiable.Meta.constraints,
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{champ}__contained_by": v.values}),
                    name=f"pratique_{champ}_connus",
                )
                for champ, v in (
                    ("formes", Forme),
                    ("secteurs", Secteur),
                    ("sortes", Sorte),
                )
            ],
            models.CheckConstraint(
                condition=Q(fin=None) | Q(debut=None) | Q(fin__gte=F("debut")),
                name="pratique_fin_apres_debut",
                violation_error_message=_("La fin ne peut pas venir avant le début."),
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | ~Q(provenance="redigee-par-lorganisme"),
                name="pratique_racontee_par_un_organisme",
            ),
            # No practice told by those who lived it is public without its dark side; where
            # public sources say nothing of it, the page says so.
            models.CheckConstraint(
                condition=~Q(etat="publiee")
                | Q(provenance="sources-publiques")
                | Q(GreaterThanOrEqual(Length("ombre"), OMBRE_MIN)),
                name="pratique_cote_obscur_requis",
                violation_error_message=_(
                    "Racontez aussi le côté obscur : au moins 200 caractères."
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-publiee_le", "-id"],
                condition=Q(etat="publiee"),
                name="pratique_recentes",
            ),
            GinIndex(fields=["formes"], name="pratique_formes"),
            GinIndex(fields=["secteurs"], name="pratique_secteurs"),
            GinIndex(fields=["recherche"], name="pratique_recherche"),
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("pratique_detail", args=[self.slug])

    @property
    def table_moderatrice(self) -> Table:
        return self.table

    @property
    def organisation_auteur(self) -> Organisation | None:
        return self.organisation

    @property
    def est_de_sources_publiques(self) -> bool:
        return self.provenance == Provenance.SOURCES_PUBLIQUES

    @property
    def image(self) -> str:
        return f"images/{self.dessin}.svg"


class _Partie(models.Model):
    """Abstract: a piece of a practice, in its order."""

    pratique: "models.ForeignKey[Pratique]"
    ordre = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["ordre", "pk"]


class Participation(_Partie):
    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    role = models.CharField(_("rôle"), max_length=20, choices=RolePratique.choices)

    class Meta(_Partie.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["pratique", "organisation", "role"], name="participation_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} – {self.get_role_display()}"


class LeconPratique(_Partie):
    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE, related_name="lecons")
    lecon = models.CharField(_("leçon"), max_length=40, choices=Lecon.choices)
    texte = models.TextField(_("texte"), max_length=3000)
    citation = models.CharField(_("citation"), max_length=280, blank=True)
    citation_fonction = models.CharField(_("fonction de qui parle"), max_length=120, blank=True)

    class Meta(_Partie.Meta):
        verbose_name = _("leçon d’une pratique")
        verbose_name_plural = _("leçons d’une pratique")
        constraints = [
            models.UniqueConstraint(fields=["pratique", "lecon"], name="lecon_une_fois"),
            models.CheckConstraint(condition=Q(lecon__in=Lecon.values), name="lecon_connue"),
            models.CheckConstraint(condition=~Q(texte=""), name="lecon_documentee"),
        ]

    def __str__(self) -> str:
        return self.get_lecon_display()


class Difficulte(_Partie):
    class Resolue(models.TextChoices):
        OUI = "oui", _("Résolue")
        EN_COURS = "en-cours", _("En cours")
        NON = "non", _("Non résolue")

    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE, related_name="difficultes")
    enjeu = models.CharField(_("enjeu"), max_length=40, choices=Enjeu.choices)
    texte = models.TextField(_("ce qui a été difficile"), max_length=2000)
    resolue = models.CharField(_("résolue?"), max_length=10, choices=Resolue.choices)

    class Meta(_Partie.Meta):
        verbose_name = _("difficulté")
        verbose_name_plural = _("difficultés")
        constraints = [
            models.CheckConstraint(
                condition=Q(enjeu__in=Enjeu.values), name="difficulte_enjeu_connu"
            ),
            models.CheckConstraint(
                condition=Q(resolue__in=["oui", "en-cours", "non"]),
                name="difficulte_resolue_connue",
            ),
        ]

    def __str__(self) -> str:
        return self.get_enjeu_display()


class ConditionPratique(_Partie):
    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE, related_name="conditions")
    condition = models.CharField(_("condition"), max_length=40, choices=Condition.choices)
    presente = models.CharField(
        _("présente au départ?"),
        max_length=10,
        choices=[("oui", _("Oui")), ("en-partie", _("En partie")), ("non", _("Non"))],
    )

    class Meta(_Partie.Meta):
        constraints = [
            models.UniqueConstraint(fields=["pratique", "condition"], name="condition_une_fois")
        ]

    def __str__(self) -> str:
        return self.get_condition_display()


class Source(_Partie):
    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE, related_name="sources")
    libelle = models.CharField(_("source"), max_length=200)
    url = models.URLField(_("adresse"), max_length=500, blank=True)
    consultee_le = models.DateField(_("consultée le"), null=True, blank=True)

    class Meta(_Partie.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.libelle


class Fait(_Partie):
    """A dated fact and the source that says it; « à confirmer » when sources disagree."""

    class Confiance(models.TextChoices):
        VERIFIE = "verifie", _("Vérifié à la source")
        A_CONFIRMER = "a-confirmer", _("À confirmer")

    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE, related_name="faits")
    quand = models.CharField(_("quand"), max_length=40, blank=True)
    texte = models.CharField(_("fait"), max_length=400)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="faits")
    confiance = models.CharField(
        _("confiance"),
        max_length=12,
        choices=Confiance.choices,
        default=Confiance.VERIFIE,
    )

    class Meta(_Partie.Meta):
        verbose_name = _("fait")
        verbose_name_plural = _("faits")

    def __str__(self) -> str:
        return self.texte


class Mesure(_Partie):
    """A result, before and after. A percentage is computed from both, never typed."""

    pratique = models.ForeignKey(Pratique, on_delete=models.CASCADE, related_name="mesures")
    indicateur = models.CharField(_("indicateur"), max_length=40, choices=Indicateur.choices)
    libelle = models.CharField(_("ce qui est mesuré"), max_length=160)
    avant = models.DecimalField(_("avant"), max_digits=14, decimal_places=2, null=True, blank=True)
    apres = models.DecimalField(_("après"), max_digits=14, decimal_places=2)
    periode = models.CharField(_("période"), max_length=60)
    methode = models.CharField(
        _("comment c’est mesuré"), max_length=400, validators=[MinLengthValidator(5)]
    )
    source = models.CharField(_("source du chiffre"), max_length=200)

    class Meta(_Partie.Meta):
        verbose_name = _("mesure")
        verbose_name_plural = _("mesures")
        constraints = [
            models.CheckConstraint(
                condition=~Q(methode="") & ~Q(source=""),
                name="mesure_sourcee",
                violation_error_message=_("Un chiffre se donne avec sa méthode et sa source."),
            )
        ]

    def __str__(self) -> str:
        return self.libelle
