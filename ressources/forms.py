"""The three steps of a listing, and its photos. The loans' forms are in `forms_prets.py`."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.models import Territoire
from organisations.publication import Etat
from ressources import categories
from ressources.categories import Sorte
from ressources.models import Photo, Ressource
from ressources.phrases import minutes_en_mots


class ChoixTerritoire(forms.ModelChoiceField):
    """The tree of territories as a list: what is inside comes after, set back."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Territoire.objects.order_by("chemin"), **options)

    def label_from_instance(self, territoire: Territoire) -> str:
        return "\u00a0\u00a0" * (territoire.chemin.count("/") - 1) + territoire.nom


def _avec_aide(choix: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(v, format_html("{}<small>{}</small>", nom, aide)) for v, nom, aide in choix]


def _sortes() -> list[tuple[str, str]]:
    return _avec_aide(
        [
            (Sorte.EQUIPEMENT, Sorte.EQUIPEMENT.label, _("Se compte et se prête à la journée")),
            (Sorte.LOCAL, Sorte.LOCAL.label, _("Se réserve à l’heure")),
            (
                Sorte.EXPERTISE,
                Sorte.EXPERTISE.label,
                _("Du temps d’une fonction, jamais la fiche d’une personne"),
            ),
            (Sorte.SAVOIR, Sorte.SAVOIR.label, _("S’utilise librement, sans réservation")),
        ]
    )


def _usures() -> list[tuple[str, str]]:
    usure = Ressource.Usure
    return _avec_aide(
        [
            (usure.NEUF, usure.NEUF.label, _("Peu servi, complet")),
            (usure.BON, usure.BON.label, _("Des marques d’usage, tout fonctionne")),
            (usure.FRAGILE, usure.FRAGILE.label, _("Vous expliquerez comment plus bas")),
        ]
    )


class EtapeForm(forms.ModelForm):
    """One step: knows the listing it changes, so as to ask only what its kind needs."""

    instance: Ressource

    def _ecarter(self, *noms: str) -> None:
        for nom in noms:
            del self.fields[nom]

    def valables(self) -> dict[str, Any]:
        """What may be kept of a form left half-way: everything but what is refused."""
        valables = {n: v for n, v in self.cleaned_data.items() if n not in self.errors}
        if "categorie" in self.fields and "categorie" not in valables:
            valables.pop("sorte", None)  # a kind goes with one of its categories
        return valables


class EssentielForm(EtapeForm):
    sorte = forms.ChoiceField(
        label=gettext_lazy("Qu’offrez-vous?"), choices=_sortes, widget=forms.RadioSelect
    )
    categorie = forms.ChoiceField(
        label=gettext_lazy("Catégorie"),
        choices=lambda: [("", _("Choisissez…")), *categories.CHOIX_GROUPES],
    )
    territoire = ChoixTerritoire(
        label=gettext_lazy("Territoire"), empty_label=gettext_lazy("Choisissez…")
    )

    class Meta:
        model = Ressource
        fields = [
            "sorte",
            "categorie",
            "titre",
            "resume",
            "description",
            "territoire",
            "adresse",
        ]
        widgets = {
            "resume": forms.Textarea(attrs={"rows": 2}),
            "description": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "titre": gettext_lazy("Le nom courant et la taille : « Chaudrons de 60 L, lot de 6 »."),
            "resume": gettext_lazy("Ce que c’est et à quoi cela sert. C’est lu en premier."),
            "adresse": gettext_lazy("Montré aux personnes connectées seulement, jamais au public."),
        }
        error_messages = {
            "titre": {"required": gettext_lazy("Donnez un nom à la ressource.")},
            "resume": {"required": gettext_lazy("Décrivez la ressource en une phrase.")},
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sorte"].error_messages["required"] = _("Choisissez ce que vous offrez.")
        self.fields["categorie"].error_messages["required"] = _("Choisissez une catégorie.")
        self.fields["territoire"].error_messages["required"] = _("Choisissez un territoire.")
        if self.instance.a_sa_sorte:
            self._ecarter("sorte")
            self.fields["categorie"].choices = [
                (c.slug, c.libelle) for c in categories.CATEGORIES[Sorte(self.instance.sorte)]
            ]

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        sorte = donnees.get("sorte", self.instance.sorte)
        categorie = donnees.get("categorie")
        if sorte and categorie and categorie not in categories.slugs(sorte):
            self.add_error(
                "categorie",
                _("Cette catégorie n’est pas de la nature « %(sorte)s » : choisissez-en une autre.")
                % {"sorte": Sorte(sorte).label},
            )
        return donnees


class QuantiteForm(EtapeForm):
    usure = forms.ChoiceField(
        label=gettext_lazy("Dans quel état est-ce?"),
        help_text=gettext_lazy("Une usure normale n’empêche pas de prêter."),
        choices=_usures,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez l’état de la ressource.")},
    )
    licence = forms.ChoiceField(
        label=gettext_lazy("Licence"),
        help_text=gettext_lazy("Ce que les autres organismes peuvent en faire."),
        choices=Ressource.Licence.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez une licence.")},
    )
    lien = forms.URLField(
        label=gettext_lazy("Adresse où trouver cet outil"),
        max_length=500,
        assume_scheme="https",
        error_messages={"required": gettext_lazy("Donnez l’adresse où trouver cet outil.")},
    )

    class Meta:
        model = Ressource
        fields = ["quantite", "capacite", "usure", "licence", "version", "lien", "a_savoir"]
        labels = {
            "quantite": gettext_lazy("Combien en offrez-vous?"),
        }
        help_texts = {
            "quantite": gettext_lazy("Si les morceaux vont ensemble, comptez 1 lot."),
            "version": gettext_lazy("Un numéro ou une année."),
            "a_savoir": gettext_lazy(
                "Poids, branchement, transport, bruit : ce que vous diriez de vive voix."
            ),
        }
        widgets = {"a_savoir": forms.Textarea(attrs={"rows": 4})}
        error_messages = {
            "quantite": {"required": gettext_lazy("Inscrivez une quantité de 1 ou plus.")},
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sorte = self.instance.sorte
        self.fields["capacite"].label = _("Combien de personnes la salle peut-elle accueillir?")
        if sorte != Sorte.EQUIPEMENT:
            self._ecarter("quantite", "usure")
        if sorte != Sorte.LOCAL:
            self._ecarter("capacite")
        if sorte == Sorte.SAVOIR:
            self.fields["a_savoir"].label = _("Ce qu’il faut savoir avant de l’utiliser")
        else:
            self._ecarter("licence", "version", "lien")


class SommeField(forms.DecimalField):
    """A sum as it is typed here: « 1 250,50 », with or without its « $ »."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("$", "") if isinstance(value, str) else value)


def _acceptations() -> list[tuple[str, str]]:
    acceptation = Ressource.Acceptation
    return _avec_aide(
        [
            (acceptation.DEMANDER, acceptation.DEMANDER.label, _("Une personne répond")),
            (
                acceptation.PETITS_PAS,
                acceptation.PETITS_PAS.label,
                _("Gratuit, une semaine au plus, 200\u00a0$ au plus"),
            ),
            (
                acceptation.CONFIANCE,
                acceptation.CONFIANCE.label,
                _("Ceux que vous avez choisis, et eux seuls"),
            ),
        ]
    )


BATTEMENTS_EN_HEURES = (0, 15, 30, 45, 60, 90, 120, 180, 240, 480, 1440)
BATTEMENTS_EN_JOURS = (0, 1440, 2880)


def _champ_battement(ressource: Ressource) -> forms.TypedChoiceField:
    """The time kept between two loans, in the unit that suits; what it is already stays offered."""
    offerts = {*(BATTEMENTS_EN_HEURES if ressource.par_heure else BATTEMENTS_EN_JOURS)}
    return forms.TypedChoiceField(
        label=_("Battement entre deux prêts"),
        help_text=_("Le temps de nettoyer, de ranger, de vérifier."),
        coerce=int,
        choices=[
            (n, minutes_en_mots(n) if n else _("Aucun"))
            for n in sorted(offerts | {ressource.battement})
        ],
    )


class ConditionsForm(EtapeForm):
    class Meta:
        model = Ressource
        field_classes = {"valeur_declaree": SommeField}
        fields = [
            "cout",
            "cout_detail",
            "acceptation",
            "delai_jours",
            "horizon_jours",
            "duree_min",
            "duree_max",
            "battement",
            "ferme_feries",
            "plafond_mensuel",
            "partie_de",
            "accessoires",
            "conditions_remise",
            "conditions_retour",
            "conditions_bris",
            "valeur_declaree",
        ]
        localized_fields = ["valeur_declaree"]
        widgets = {
            "cout": forms.RadioSelect,
            "acceptation": forms.RadioSelect,
            "accessoires": forms.Textarea(attrs={"rows": 3}),
            "conditions_remise": forms.Textarea(attrs={"rows": 3}),
            "conditions_retour": forms.Textarea(attrs={"rows": 3}),
            "conditions_bris": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "cout_detail": gettext_lazy("Le montant, et pour quoi : « 0,45 $ le kilomètre »."),
            "delai_jours": gettext_lazy("De combien de jours avez-vous besoin pour vous préparer?"),
            "horizon_jours": gettext_lazy("Laissez vide pour deux ans."),
            "plafond_mensuel": gettext_lazy(
                "Le temps que vous donnez en tout chaque mois. Laissez vide pour ne pas le limiter."
            ),
            "partie_de": gettext_lazy(
                "Réserver l’ensemble réserve ses parties, et l’inverse : la salle et sa maison."
            ),
            "conditions_remise": gettext_lazy(
                "Qui vient la chercher, quand, avec quoi. L’adresse a son propre champ à l’étape 1."
            ),
            "conditions_retour": gettext_lazy("Dans quel état vous voulez la revoir."),
            "conditions_bris": gettext_lazy("Ce que vous ferez ensemble si quelque chose casse."),
            "valeur_declaree": gettext_lazy(
                "Ce qu’il en coûterait de la remplacer, en dollars. Montré à l’emprunteur."
            ),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["cout"].choices = Ressource.Cout.choices
        self.fields["valeur_declaree"].widget.attrs["inputmode"] = "decimal"
        if not self.instance.se_prete:
            self._ecarter(*(nom for nom in self.fields if nom not in ("cout", "cout_detail")))
            return
        self._dire_lunite()
        self.fields["delai_jours"].required = False
        self.fields["acceptation"].choices = _acceptations()
        self.fields["battement"] = _champ_battement(self.instance)
        if self.instance.sorte != Sorte.EXPERTISE:
            self._ecarter("plafond_mensuel")
        if self.instance.sorte == Sorte.EXPERTISE:
            self._ecarter("accessoires")
        self._offrir_les_lieux()

    def _dire_lunite(self) -> None:
        par_heure = self.instance.par_heure
        self.fields["duree_min"].label = (
            _("Durée minimale, en heures") if par_heure else _("Durée minimale, en jours")
        )
        self.fields["duree_max"].label = (
            _("Durée maximale, en heures") if par_heure else _("Durée maximale, en jours")
        )

    def _offrir_les_lieux(self) -> None:
        """The organisation's other places, without those that lie inside this one."""
        if self.instance.sorte != Sorte.LOCAL:
            self._ecarter("partie_de")
            return
        lieux = (
            Ressource.objects.filter(organisation=self.instance.organisation_id, sorte=Sorte.LOCAL)
            .exclude(etat=Etat.RETIREE)
            .exclude(pk=self.instance.pk)
            .exclude(lignee__proche=self.instance.pk, lignee__autour=True)
            .order_by("titre")
        )
        champ = self.fields["partie_de"]
        champ.queryset, champ.empty_label = lieux, _("Aucun autre lieu")

    def clean_delai_jours(self) -> int:
        return self.cleaned_data.get("delai_jours") or 0

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        gratuit = donnees.get("cout") == Ressource.Cout.GRATUIT
        mini, maxi = donnees.get("duree_min"), donnees.get("duree_max")
        if mini and maxi and mini > maxi:
            self.add_error("duree_min", _("La durée minimale dépasse la durée maximale."))
        if donnees.get("cout") and not gratuit and not donnees.get("cout_detail"):
            self.add_error("cout_detail", _("Précisez le coût : le montant, et pour quoi."))
        return donnees


ETAPES: dict[int, type[EtapeForm]] = {1: EssentielForm, 2: QuantiteForm, 3: ConditionsForm}


class PhotosForm(forms.Form):
    """The words of each photo. Uploads are read by the view: several under one name."""

    def __init__(self, *args: Any, photos: list[Photo], **options: Any) -> None:
        super().__init__(*args, **options)
        self.photos = photos
        for photo in photos:
            self.fields[f"alt-{photo.pk}"] = forms.CharField(
                label=_("Description de « %(nom)s »") % {"nom": photo.nom},
                max_length=200,
                initial=photo.alt,
                required=photo.etat != Photo.Etat.ILLISIBLE,
                error_messages={
                    "required": _("Décrivez la photo « %(nom)s ».") % {"nom": photo.nom}
                },
            )

    def lignes(self) -> list[tuple[Photo, forms.BoundField]]:
        return [(photo, self[f"alt-{photo.pk}"]) for photo in self.photos]

    def descriptions(self) -> list[tuple[Photo, str]]:
        """Those that are filled in and changed."""
        return [
            (photo, self.cleaned_data[f"alt-{photo.pk}"])
            for photo in self.photos
            if self.cleaned_data.get(f"alt-{photo.pk}", photo.alt) not in ("", photo.alt)
        ]
