"""The forms of people and organisations."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from django import forms
from django.db.models.functions import Lower
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organisations.images import ACCEPTES, logo_pret
from organisations.models import Adhesion, Organisation, Personne, Table, Territoire
from organisations.publication import Etat
from organisations.vocabulaire import Secteur

NBSP = "\u00a0"
SECTEURS_MAX = 4


class InscriptionForm(forms.Form):
    """What sign-up asks beside the e-mail and the password (allauth adds them)."""

    prenom = forms.CharField(
        label=_("Prénom"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    nom = forms.CharField(
        label=_("Nom"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    field_order = ["prenom", "nom", "email", "password1"]

    def signup(self, request, personne) -> None:
        personne.prenom = self.cleaned_data["prenom"]
        personne.nom = self.cleaned_data["nom"]
        personne.langue = request.LANGUAGE_CODE
        personne.save()


class _ParRegion(forms.models.ModelChoiceIterator):
    """The tree of territories: a group for each region, then what it holds, set in."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        groupe: list[Any] = []
        for territoire in self.queryset:
            profondeur = territoire.chemin.count("/") - 1
            choix = (
                self.field.prepare_value(territoire),
                f"{NBSP * 4 * profondeur}{territoire.nom}",
            )
            if profondeur == 0:
                yield from self._regrouper(groupe)
                groupe = []
            groupe.append(choix)
        yield from self._regrouper(groupe)

    @staticmethod
    def _regrouper(groupe: list[Any]) -> Iterator[Any]:
        if len(groupe) > 1:
            region, *dedans = groupe
            yield (
                region[1],
                [(region[0], gettext("%(region)s, partout") % {"region": region[1]}), *dedans],
            )
        else:
            yield from groupe


class ChampTerritoire(forms.ModelChoiceField):
    """A place in the tree of territories."""

    iterator = _ParRegion

    def __init__(self, **options: Any) -> None:
        options.setdefault("queryset", Territoire.objects.order_by("chemin"))
        options.setdefault("label", _("Territoire"))
        options.setdefault("empty_label", _("Choisissez un territoire"))
        super().__init__(**options)


class OrganisationForm(forms.ModelForm):
    """The page of an organisation. `champs()` gives the verb what it writes."""

    secteurs = forms.MultipleChoiceField(
        label=_("Secteurs"),
        choices=Secteur.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "colonnes"}),
        help_text=_("De 1 à 4 secteurs."),
    )
    territoire = ChampTerritoire(
        help_text=_("Là où se trouve votre bureau : on s’en sert pour les recherches par lieu.")
    )
    site = forms.URLField(
        label=_("Site web"),
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("Un JPEG, un PNG ou un WebP de 2 Mo ou moins."),
        widget=forms.FileInput(attrs={"accept": ACCEPTES}),
    )

    class Meta:
        model = Organisation
        fields = (
            "nom",
            "mission",
            "secteurs",
            "territoire",
            "courriel",
            "telephone",
            "site",
            "adresse",
            "heures",
            "acces",
            "annee_fondation",
        )
        labels = {
            "nom": _("Nom de l’organisme"),
            "mission": _("Mission"),
            "courriel": _("Courriel général"),
            "telephone": _("Téléphone du bureau"),
            "adresse": _("Adresse du bureau"),
            "heures": _("Heures d’ouverture"),
            "acces": _("Accès et accessibilité"),
            "annee_fondation": _("Année de fondation"),
        }
        help_texts = {
            "mission": _("Ce que vous faites et avec qui, en quelques phrases simples."),
            "courriel": _("Une adresse de fonction : elle est publique."),
            "telephone": _("Il est public."),
            "heures": _("Par exemple : du mardi au vendredi, de 8 h 30 à 16 h."),
            "acces": _("Marches, ascenseur, toilette adaptée, stationnement, autobus."),
        }
        widgets = {
            "nom": forms.TextInput(attrs={"autocomplete": "organization"}),
            "mission": forms.Textarea(attrs={"rows": 5}),
            "telephone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.est_nouvelle = self.instance.pk is None
        self.doublons: list[Organisation] = []
        # The person's page keeps showing what is on line, whatever is typed here.
        self.instance = copy(self.instance)

    def clean_secteurs(self) -> list[str]:
        secteurs = self.cleaned_data["secteurs"]
        if len(secteurs) > SECTEURS_MAX:
            raise forms.ValidationError(_("Choisissez au plus 4 secteurs."))
        return secteurs

    def clean_annee_fondation(self) -> int | None:
        annee = self.cleaned_data["annee_fondation"]
        if annee is not None and not 1600 <= annee <= 2100:
            raise forms.ValidationError(_("Inscrivez une année, en quatre chiffres."))
        return annee

    def clean_logo(self) -> Any:
        fichier = self.cleaned_data["logo"]
        return logo_pret(fichier) if fichier else None

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        nom, territoire = donnees.get("nom"), donnees.get("territoire")
        if nom and territoire and "nom" in self.changed_data:
            memes = (
                Organisation.objects.alias(minuscules=Lower("nom"))
                .filter(minuscules=nom.lower(), territoire=territoire)
                .exclude(etat__in=[Etat.ARCHIVEE, Etat.RETIREE])
                .exclude(pk=self.instance.pk)
            )
            if memes.exists():
                self.doublons = list(memes.select_related("territoire"))
                self.add_error(
                    "nom",
                    _(
                        "Un organisme de ce nom existe déjà sur ce territoire : "
                        "demandez plutôt à le rejoindre."
                    ),
                )
        return donnees

    def champs(self) -> dict[str, Any]:
        champs = {nom: self.cleaned_data[nom] for nom in self._meta.fields}
        if self.cleaned_data["logo"]:
            champs["logo"] = self.cleaned_data["logo"]
        return champs


class ModifierOrganisationForm(OrganisationForm):
    retirer_logo = forms.BooleanField(label=_("Retirer le logo actuel"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.instance.logo:
            del self.fields["retirer_logo"]

    def champs(self) -> dict[str, Any]:
        champs = super().champs()
        if self.cleaned_data.get("retirer_logo") and "logo" not in champs:
            champs["logo"] = ""
        return champs


class InscrireOrganisationForm(OrganisationForm):
    table = forms.ModelChoiceField(
        label=_("Table de concertation"),
        queryset=Table.objects.select_related("territoire"),
        empty_label=_("Choisissez votre table"),
        help_text=_("C’est elle qui vous accueille et qui lit ce que vous publiez."),
    )
    fonction = forms.CharField(
        label=_("Votre fonction dans l’organisme"),
        max_length=80,
        help_text=_("Par exemple : direction, coordination, adjointe administrative."),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    autre_organisme = forms.BooleanField(
        label=_("Ce n’est aucun de ceux-là : notre organisme n’est pas encore inscrit."),
        required=False,
    )

    class Meta(OrganisationForm.Meta):
        fields = (
            "nom",
            "mission",
            "secteurs",
            "territoire",
            "table",
            "courriel",
            "telephone",
            "site",
        )

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        nom = donnees.get("nom")
        if nom and not self.doublons and not donnees.get("autre_organisme"):
            self.doublons = list(
                Organisation.objects.semblables(nom).select_related("territoire")[:5]
            )
            if self.doublons:
                self.add_error(
                    "autre_organisme",
                    _("Des organismes ont un nom semblable : dites si c’est le vôtre."),
                )
        return donnees

    @property
    def demande_confirmation(self) -> bool:
        """A near name was found, now or the time before: the box is shown."""
        return "autre_organisme" in self.errors or bool(self.data.get("autre_organisme"))


def roles_expliques() -> list[tuple[str, Any]]:
    """The roles, each with what it allows, in the reader's language."""
    aides = {
        Adhesion.Role.MEMBRE: gettext("Propose, emprunte, répond et raconte pour l’organisme."),
        Adhesion.Role.RESPONSABLE: gettext(
            "Fait de même, et s’occupe de la page, des membres et des invitations."
        ),
    }
    return [(r.value, format_html("{}<small>{}</small>", r.label, aides[r])) for r in Adhesion.Role]


class InvitationForm(forms.Form):
    courriel = forms.EmailField(
        label=_("Courriel professionnel"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("La personne recevra un lien valable 14 jours."),
    )
    role = forms.ChoiceField(
        label=_("Rôle"),
        choices=roles_expliques,
        initial=Adhesion.Role.MEMBRE,
        widget=forms.RadioSelect,
    )


class RejoindreForm(forms.Form):
    fonction = forms.CharField(
        label=_("Votre fonction dans l’organisme"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    mot = forms.CharField(
        label=_("Un mot pour vous présenter"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RoleForm(forms.Form):
    """The role and the function of one member; each form of the page has its own ids."""

    role = forms.ChoiceField(label=_("Rôle"), choices=Adhesion.Role.choices)
    fonction = forms.CharField(label=_("Fonction"), max_length=80, required=False)


class ProfilForm(forms.ModelForm):
    class Meta:
        model = Personne
        fields = ("prenom", "nom", "langue")
        labels = {
            "prenom": _("Prénom"),
            "nom": _("Nom"),
            "langue": _("Langue du site et des courriels"),
        }
        widgets = {
            "prenom": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "nom": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "langue": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["langue"].choices = [("fr-ca", "Français"), ("en", "English")]
        self.fields["langue"].required = True


def rythmes_expliques() -> list[tuple[str, Any]]:
    aides = {
        Personne.Rythme.AUSSITOT: gettext("Chaque nouvelle part dès qu’elle arrive."),
        Personne.Rythme.QUOTIDIEN: gettext(
            "Un seul courriel, du lundi au vendredi à 8 h, s’il y a du nouveau."
        ),
        Personne.Rythme.ESSENTIEL: gettext(
            "Les nouvelles demandes et les messages vous attendent alors dans « À faire » et sur "
            "la page de chaque prêt."
        ),
    }
    return [
        (r.value, format_html("{}<small>{}</small>", r.label, aides[r])) for r in Personne.Rythme
    ]


class RythmeForm(forms.Form):
    rythme = forms.ChoiceField(
        label=_("Ce qui peut attendre"),
        choices=rythmes_expliques,
        widget=forms.RadioSelect,
    )
