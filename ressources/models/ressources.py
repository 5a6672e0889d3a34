"""The registry: what organisations lend, share or give in time."""

import datetime as dt
import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.droits import tables_coordonnees
from organisations.models import Adhesion, Organisation, Publiable, Table
from organisations.publication import Etat
from ressources import categories, disponibilite
from ressources.categories import Sorte
from ressources.creneaux import RESSOURCE_COMPTEE, RESSOURCE_PERIME
from ressources.garantie import (
    EMBOITEMENT,
    GARDE,
    RESSOURCE_PARTIE,
    RESSOURCE_PROMISE,
    STOCK_BAISSE,
)

QUANTITE_MAX = 10_000
PETIT_PAS_JOURS = 7
PETIT_PAS_VALEUR = 200  # dollars
BATTEMENT_MAX = 2880  # minutes: the guarantee looks two days around a period, not further


class RessourceQuerySet(models.QuerySet["Ressource"]):
    def publiees(self) -> "RessourceQuerySet":
        """On line, of an organisation that is on line too."""
        return self.filter(etat=Etat.PUBLIEE, organisation__etat=Etat.PUBLIEE)

    def visibles_par(self, personne) -> "RessourceQuerySet":
        if not personne.is_authenticated:
            return self.publiees()
        if personne.is_staff:
            return self.all()
        return self.filter(
            Q(etat=Etat.PUBLIEE, organisation__etat=Etat.PUBLIEE)
            | Q(
                organisation__in=Adhesion.objects.actives()
                .filter(personne=personne)
                .values("organisation")
            )
            | Q(organisation__table__in=tables_coordonnees(personne)) & ~Q(etat=Etat.BROUILLON)
        )

    def libres(
        self, debut: dt.datetime, fin: dt.datetime, quantite: int = 1
    ) -> "RessourceQuerySet":
        """Those of which at least this many stay free during the whole [debut, fin)."""
        return disponibilite.seulement_libres(self, debut, fin, quantite)

    def pour_la_liste(self) -> "RessourceQuerySet":
        return self.select_related("organisation", "territoire").prefetch_related(
            models.Prefetch("photos", Photo.objects.filter(etat=Photo.Etat.PRETE))
        )


class Ressource(Publiable):
    class Unite(models.TextChoices):
        JOUR = "jour", _("à la journée")
        HEURE = "heure", _("à l’heure")
        SANS = "sans", _("sans calendrier")

    class Cout(models.TextChoices):
        GRATUIT = "gratuit", _("Gratuit")
        DON = "don", _("Don suggéré")
        PARTAGE = "cout-partage", _("À coût partagé")
        TARIF = "tarif", _("Tarif")

    class Usure(models.TextChoices):
        NEUF = "comme-neuf", _("Comme neuf")
        BON = "bon", _("Bon état")
        FRAGILE = "fragile", _("À manipuler avec soin")

    class Acceptation(models.TextChoices):
        """Who is accepted without waiting. Somebody of the lender is always named."""

        DEMANDER = "demander", _("Toujours nous demander")
        PETITS_PAS = "petits-pas", _("Accepter d’office les petits pas")
        CONFIANCE = "confiance", _("Accepter d’office les organismes à qui nous faisons confiance")

    class Licence(models.TextChoices):
        CC_BY = "cc-by", _("CC BY : réutiliser en citant la source")
        CC_BY_SA = "cc-by-sa", _("CC BY-SA : réutiliser et partager de la même façon")
        CC_BY_NC = "cc-by-nc", _("CC BY-NC : réutiliser sans en tirer profit")
        RESEAU = "reseau", _("Réservé aux organismes du réseau")

    CHAMPS_LUS = (
        "titre",
        "categorie",
        "resume",
        "description",
        "capacite",
        "usure",
        "cout",
        "cout_detail",
        "a_savoir",
        "conditions_remise",
        "conditions_retour",
        "conditions_bris",
        "territoire",
        "licence",
        "lien",
    )

    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisme"),
        on_delete=models.PROTECT,
        related_name="ressources",
    )
    sorte = models.CharField(_("nature"), max_length=12, choices=Sorte.choices)
    categorie = models.CharField(_("catégorie"), max_length=40, choices=categories.CHOIX)
    titre = models.CharField(_("nom de la ressource"), max_length=100)
    slug = models.SlugField(_("adresse de la page"), max_length=100, unique=True, editable=False)
    resume = models.CharField(_("en une phrase"), max_length=280)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    unite = models.CharField(
        _("se réserve"),
        max_length=5,
        choices=Unite.choices,
        default=Unite.JOUR,
        editable=False,
    )
    quantite = models.PositiveIntegerField(
        _("quantité"),
        default=1,
        validators=[
            MinValueValidator(1, _("Inscrivez une quantité de 1 ou plus.")),
            MaxValueValidator(QUANTITE_MAX),
        ],
    )
    capacite = models.PositiveIntegerField(
        _("nombre de places"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    usure = models.CharField(_("état"), max_length=12, choices=Usure.choices, blank=True)
    a_savoir = models.TextField(
        _("ce qu’il faut savoir avant d’emprunter"), max_length=2000, blank=True
    )
    cout = models.CharField(_("coût"), max_length=12, choices=Cout.choices, default=Cout.GRATUIT)
    cout_detail = models.CharField(_("précision sur le coût"), max_length=200, blank=True)
    conditions_remise = models.TextField(_("à la remise"), max_length=1000, blank=True)
    conditions_retour = models.TextField(_("au retour"), max_length=1000, blank=True)
    conditions_bris = models.TextField(_("en cas de bris"), max_length=1000, blank=True)
    territoire = models.ForeignKey(
        "organisations.Territoire",
        verbose_name=_("territoire"),
        on_delete=models.PROTECT,
    )
    adresse = models.CharField(_("lieu de la remise"), max_length=200, blank=True)
    delai_jours = models.PositiveSmallIntegerField(
        _("délai avant l’emprunt, en jours"),
        default=0,
        validators=[MaxValueValidator(365)],
    )
    duree_max = models.PositiveSmallIntegerField(
        _("durée maximale"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    duree_min = models.PositiveSmallIntegerField(
        _("durée minimale"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    horizon_jours = models.PositiveSmallIntegerField(
        _("jusqu’à combien de jours d’avance"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
    )
    # Minutes kept free after each loan, and so before the next one.
    battement = models.PositiveSmallIntegerField(
        _("battement entre deux prêts, en minutes"),
        default=0,
        validators=[MaxValueValidator(BATTEMENT_MAX)],
    )
    ferme_feries = models.BooleanField(
        _("fermé les jours fériés du Québec"),
        default=False,
    )
    plafond_mensuel = models.PositiveSmallIntegerField(
        _("plafond par mois, en heures"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(744)],
    )
    acceptation = models.CharField(
        _("acceptation"),
        max_length=10,
        choices=Acceptation.choices,
        default=Acceptation.DEMANDER,
    )
    accessoires = models.TextField(
        _("accessoires à vérifier"),
        max_length=1000,
        blank=True,
        help_text=_("Un par ligne : le couvercle, le câble, la clé."),
    )
    # A room of a house: lending the one takes the other, sisters are free.
    partie_de = models.ForeignKey(
        "self",
        verbose_name=_("fait partie de"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="parties",
    )
    valeur_declaree = models.DecimalField(
        _("valeur déclarée"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    licence = models.CharField(_("licence"), max_length=10, choices=Licence.choices, blank=True)
    version = models.CharField(_("version"), max_length=40, blank=True)
    lien = models.URLField(_("adresse où la trouver"), max_length=500, blank=True)
    creee_par = models.ForeignKey(
        "organisations.Personne",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    recherche = models.GeneratedField(
        expression=SearchVector("titre", weight="A", config="fr")
        + SearchVector("resume", "categorie", weight="B", config="fr")
        + SearchVector("description", "a_savoir", weight="C", config="fr"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = RessourceQuerySet.as_manager()

    class Meta(Publiable.Meta):
        verbose_name = _("ressource")
        verbose_name_plural = _("ressources")
        constraints = [
            *Publiable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    *[Q(sorte=s, categorie__in=categories.slugs(s)) for s in Sorte.values],
                    _connector=Q.OR,
                ),
                name="ressource_categorie_de_sa_sorte",
                violation_error_message=_("Choisissez une catégorie de cette nature."),
            ),
            models.CheckConstraint(
                condition=Q(quantite__gte=1, quantite__lte=QUANTITE_MAX),
                name="ressource_quantite",
                violation_error_message=_("La quantité va de 1 à 10 000."),
            ),
            models.CheckConstraint(
                condition=Q(sorte="equipement") | Q(quantite=1),
                name="ressource_une_seule",
                violation_error_message=_("Seul l’équipement a une quantité."),
            ),
            models.CheckConstraint(
                condition=Q(sorte="equipement", unite__in=["jour", "heure"])
                | Q(sorte__in=["local", "expertise"], unite="heure")
                | Q(sorte="savoir", unite="sans"),
                name="ressource_unite_de_sa_sorte",
            ),
            models.CheckConstraint(
                condition=Q(cout__in=["gratuit", "don", "cout-partage", "tarif"]),
                name="ressource_cout_connu",
            ),
            models.CheckConstraint(
                condition=Q(cout="gratuit") | ~Q(cout_detail=""),
                name="ressource_cout_precise",
                violation_error_message=_("Précisez le coût : le montant, et pour quoi."),
            ),
            models.CheckConstraint(
                condition=Q(valeur_declaree=None) | Q(valeur_declaree__gte=0),
                name="ressource_valeur_positive",
            ),
            models.CheckConstraint(
                condition=Q(acceptation__in=["demander", "petits-pas", "confiance"]),
                name="ressource_acceptation_connue",
            ),
            models.CheckConstraint(
                condition=Q(battement__lte=BATTEMENT_MAX)
                & RawSQL("battement %% 15 = 0", (), output_field=models.BooleanField()),
                name="ressource_battement",
                violation_error_message=_("Le battement va par quarts d’heure : 2 jours au plus."),
            ),
            models.CheckConstraint(
                condition=Q(duree_min=None)
                | Q(duree_max=None)
                | Q(duree_min__lte=models.F("duree_max")),
                name="ressource_durees",
                violation_error_message=_("La durée minimale dépasse la durée maximale."),
            ),
            models.CheckConstraint(
                condition=Q(plafond_mensuel=None) | Q(sorte="expertise"),
                name="ressource_plafond_expertise",
                violation_error_message=_("Seule l’expertise a un plafond par mois."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-publiee_le", "-id"],
                condition=Q(etat="publiee"),
                name="ressource_recentes",
            ),
            models.Index(fields=["organisation", "etat"], name="ressource_organisation"),
            GinIndex(fields=["recherche"], name="ressource_recherche"),
        ]
        triggers = [
            STOCK_BAISSE,
            GARDE,
            EMBOITEMENT,
            RESSOURCE_PROMISE,
            RESSOURCE_PARTIE,
            RESSOURCE_PERIME,
            RESSOURCE_COMPTEE,
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("ressource_detail", args=[self.slug])

    @property
    def table_moderatrice(self) -> Table:
        return self.organisation.table

    @property
    def organisation_auteur(self) -> Organisation:
        return self.organisation

    def get_categorie_display(self) -> str:
        """Django's own compares all the categories, translated, at each call: slow in a list."""
        return str(categories.PAR_SLUG[self.categorie].libelle)

    @property
    def se_prete(self) -> bool:
        return self.unite != self.Unite.SANS

    @property
    def par_heure(self) -> bool:
        return self.unite == self.Unite.HEURE

    @property
    def est_gratuite(self) -> bool:
        return self.cout == self.Cout.GRATUIT

    @property
    def liste_accessoires(self) -> list[str]:
        return [ligne.strip() for ligne in self.accessoires.splitlines() if ligne.strip()]

    def est_petit_pas(self, jours: float) -> bool:
        """Free, a week at most, and worth 200 $ at most (domaine.md)."""
        return (
            self.est_gratuite
            and jours <= PETIT_PAS_JOURS
            and (self.valeur_declaree or 0) <= PETIT_PAS_VALEUR
        )

    @property
    def a_sa_sorte(self) -> bool:
        """Its kind is what others count on, once it is shown or was asked for."""
        return self.pk is not None and (self.est_publiee or self.prets.exists())

    @property
    def dessin(self) -> str:
        """The static path of the drawing of its category."""
        return f"images/{categories.PAR_SLUG[self.categorie].dessin}.svg"


class Photo(models.Model):
    """A picture of a listing. The upload is kept aside, never served; the worker makes the sizes
    that are shown, without the camera's data, and deletes it. Only a described one is `prete`."""

    class Etat(models.TextChoices):
        A_PREPARER = "a_preparer", _("En préparation")
        A_DECRIRE = "a_decrire", _("À décrire")  # sized, and without words: not shown
        PRETE = "prete", _("Prête")
        ILLISIBLE = "illisible", _("Illisible")

    LARGEURS = (320, 640, 1280)

    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ressource = models.ForeignKey(Ressource, on_delete=models.CASCADE, related_name="photos")
    original = models.FileField(upload_to="originaux/", blank=True, editable=False)
    nom = models.CharField(_("nom du fichier"), max_length=120, editable=False)
    alt = models.CharField(_("description de la photo"), max_length=200, blank=True)
    ordre = models.PositiveSmallIntegerField(default=0)
    largeur = models.PositiveIntegerField(null=True, editable=False)
    hauteur = models.PositiveIntegerField(null=True, editable=False)
    etat = models.CharField(
        max_length=10, choices=Etat.choices, default=Etat.A_PREPARER, editable=False
    )
    ajoutee_le = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["ordre", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(etat="prete") | ~Q(alt=""),
                name="photo_prete_decrite",
                violation_error_message=_("Décrivez la photo."),
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["a_preparer", "a_decrire", "prete", "illisible"]),
                name="photo_etat_connu",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["a_decrire", "prete"]) | Q(largeur__gt=0, hauteur__gt=0),
                name="photo_prete_mesuree",
            ),
        ]

    def __str__(self) -> str:
        return self.alt or self.nom

    def chemin(self, largeur: int, format: str) -> str:
        """Where a size lies under MEDIA_ROOT: random, so it can be served for ever."""
        return f"photos/{self.cle}-{largeur}.{format}"
