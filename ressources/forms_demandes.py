"""What is typed to ask several loans at once: a series, a basket, an answer to all of them."""

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation
from ressources import paniers, recurrence
from ressources.demandes import Ligne
from ressources.forms_prets import HORIZON_ANS, ChampDate, ChampHeure, DemandeForm
from ressources.models import QUANTITE_MAX, EvenementPret, LignePanier, Panier
from ressources.recurrence import DATES_MAX, INTERVALLE_MAX, Regle


def _charte() -> Any:
    return format_html(
        gettext('J’ai lu la <a href="{}">charte de confiance</a>'), reverse("charte")
    )


class SerieForm(DemandeForm):
    """The first loan, then how it comes back. `a_envoyer`: the dates were seen, and the purpose,
    the charter and the token come with them."""

    rythme = forms.ChoiceField(
        label=_("Cela revient"),
        initial="semaines",
        choices=[
            ("semaines", _("Chaque semaine, le même jour")),
            ("date", _("Chaque mois, à la même date (le 15, par exemple)")),
            ("rang", _("Chaque mois, le même jour (le 2e mardi, par exemple)")),
        ],
        widget=forms.RadioSelect,
    )
    intervalle = forms.IntegerField(
        label=_("Une fois sur"),
        help_text=_("1 : chaque semaine ou chaque mois. 2 : une semaine ou un mois sur deux."),
        initial=1,
        min_value=1,
        max_value=INTERVALLE_MAX,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    nombre = forms.IntegerField(
        label=_("Combien de dates en tout?"),
        help_text=_("Ou inscrivez plutôt la dernière date."),
        required=False,
        min_value=2,
        max_value=DATES_MAX,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "min_value": _("Une série compte au moins 2 dates."),
            "max_value": _("Une série compte au plus 60 dates : raccourcissez-la."),
        },
    )
    jusqua = ChampDate(label=_("Jusqu’au"), required=False)
    sauter = forms.ChoiceField(
        label=_("Si une date n’est pas libre"),
        initial="non",
        required=False,
        choices=[
            ("non", _("N’envoyer que si toutes les dates cochées sont libres")),
            ("oui", _("Sauter les dates en conflit, et envoyer les autres")),
        ],
        widget=forms.RadioSelect,
    )
    # What the address of the second step carries; the rest is typed on that step.
    CHOIX = (
        "du", "au", "date", "debut", "fin", "quantite",
        "rythme", "intervalle", "nombre", "jusqua", "emprunteur",
    )  # fmt: skip

    def __init__(self, *args: Any, a_envoyer: bool, **options: Any) -> None:
        options.setdefault("auto_id", "serie-%s")
        super().__init__(*args, **options)
        self.lignes: list[Ligne] = []
        self.regle: Regle | None = None
        self.fields["jusqua"].widget.attrs["max"] = (
            timezone.localdate() + dt.timedelta(days=365 * HORIZON_ANS)
        ).isoformat()
        if not a_envoyer:
            for nom in ("but", "charte", "jeton", "sauter"):
                self.fields[nom].required = False

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        nombre, jusqua = donnees.get("nombre"), donnees.get("jusqua")
        if nombre and jusqua:
            self.add_error("jusqua", gettext("Choisissez le nombre de dates, ou la dernière."))
        elif not nombre and not jusqua and not {"nombre", "jusqua"} & self.errors.keys():
            self.add_error("nombre", gettext("Dites quand la série s’arrête."))
        return donnees

    @property
    def etape_1_tient(self) -> bool:
        """What was chosen on the first step holds: the dates can be listed."""
        self.is_valid()
        ailleurs = {"but", "charte", "jeton", "sauter"}
        return hasattr(self, "periode") and not self.errors.keys() - ailleurs

    def derouler(self) -> list[Ligne]:
        """The loans of the series, in order. Raises Refus when the rule is too long."""
        choix = self.cleaned_data
        premier = choix.get("date") or choix["du"]
        rang = recurrence.rang_du_jour(premier) if choix["rythme"] == "rang" else 0
        self.regle = Regle(
            frequence="WEEKLY" if choix["rythme"] == "semaines" else "MONTHLY",
            intervalle=choix["intervalle"],
            rang=rang,
            jour=premier.weekday() if rang else 0,
            nombre=choix["nombre"],
            jusqua=choix["jusqua"],
        )
        self.lignes = [self._ligne(jour) for jour in recurrence.dates(self.regle, premier)]
        return self.lignes

    def _ligne(self, jour: dt.date) -> Ligne:
        choix = self.cleaned_data
        quantite = choix.get("quantite") or 1
        if not self.ressource.par_heure:
            dernier = jour + (choix["au"] - choix["du"])
            debut = recurrence.instant(jour)
            fin = recurrence.instant(dernier + dt.timedelta(days=1))
        else:
            minuit = choix["fin"] == dt.time()
            debut = recurrence.instant(jour, choix["debut"])
            fin = recurrence.instant(jour + dt.timedelta(days=minuit), choix["fin"])
        if debut is None or fin is None:
            debut = recurrence.instant(jour)
            fin = recurrence.instant(jour + dt.timedelta(days=1))
            empechement = gettext("Cette heure n’existe pas ce jour-là : on avance l’heure.")
            return Ligne(self.ressource, debut, fin, quantite, empechement)
        return Ligne(self.ressource, debut, fin, quantite)

    def caches(self) -> list[tuple[str, str]]:
        """What the second step sends back of the first."""
        return [(nom, self.data.get(nom, "")) for nom in self.CHOIX if nom in self.fields]


class PanierForm(forms.Form):
    """The basket as one form: its dates, a quantity for each line, and the purpose.

    Every button keeps what is right of what was typed. `periode` and `quantites` are what may be
    kept; `a_envoyer` asks for the purpose and the charter too.
    """

    du = ChampDate(label=_("Du"), required=False)
    au = ChampDate(label=_("Au, ce jour compris"), required=False)
    debut = ChampHeure(label=_("De"), required=False)
    fin = ChampHeure(label=_("À"), required=False)
    but = DemandeForm.declared_fields["but"]
    charte = DemandeForm.declared_fields["charte"]
    jeton = DemandeForm.declared_fields["jeton"]

    def __init__(
        self, *args: Any, panier: Panier, lignes: list[LignePanier], a_envoyer: bool, **options: Any
    ) -> None:
        options.setdefault("auto_id", "panier-%s")
        options.setdefault("initial", self._initial(panier, lignes))
        super().__init__(*args, **options)
        self.panier, self.lignes, self.a_envoyer = panier, lignes, a_envoyer
        self.periode: tuple[dt.datetime, dt.datetime] | None = None
        self.fields["charte"].label = _charte()
        aujourdhui = timezone.localdate()
        for nom in ("du", "au"):
            self.fields[nom].widget.attrs.update(
                min=aujourdhui.isoformat(),
                max=(aujourdhui + dt.timedelta(days=365 * HORIZON_ANS)).isoformat(),
            )
        for nom in ("but", "charte", "jeton"):
            self.fields[nom].required = a_envoyer
        for ligne in lignes:
            if ligne.ressource.quantite > 1 or ligne.quantite > 1:
                self.fields[f"quantite-{ligne.pk}"] = forms.IntegerField(
                    label=_("Combien?"),
                    required=False,
                    min_value=1,
                    max_value=QUANTITE_MAX,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                    error_messages={
                        "min_value": _("Demandez-en au moins 1."),
                        "max_value": _("La quantité va de 1 à 10 000."),
                    },
                )

    @staticmethod
    def _initial(panier: Panier, lignes: list[LignePanier]) -> dict[str, Any]:
        valeurs: dict[str, Any] = {f"quantite-{li.pk}": li.quantite for li in lignes}
        valeurs |= {"but": panier.but, "jeton": panier.jeton}
        if bornes := paniers.jours(panier):
            valeurs |= {"du": bornes[0], "au": bornes[1]}
        if paniers.a_des_heures(panier) and panier.periode:
            valeurs["debut"] = timezone.localtime(panier.periode.lower).time()
            valeurs["fin"] = timezone.localtime(panier.periode.upper).time()
        return valeurs

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if not {"du", "au", "debut", "fin"} & self.errors.keys():
            self._lire_la_periode(donnees)
        return donnees

    def _lire_la_periode(self, donnees: dict[str, Any]) -> None:
        du, au = donnees.get("du"), donnees.get("au") or donnees.get("du")
        debut, fin = donnees.get("debut"), donnees.get("fin")
        if du is None or au is None:
            if self.a_envoyer or au:
                self.add_error("du", gettext("Choisissez le premier jour."))
            return
        if au < du:
            self.add_error("au", gettext("Le dernier jour doit venir après le premier."))
            return
        if (debut is None) != (fin is None):
            manque = "debut" if debut is None else "fin"
            self.add_error(manque, gettext("Inscrivez les deux heures, ou aucune."))
            return
        if debut is None or fin is None:
            bornes = recurrence.instant(du), recurrence.instant(au + dt.timedelta(days=1))
        else:
            minuit = fin == dt.time()
            bornes = (
                recurrence.instant(du, debut),
                recurrence.instant(au + dt.timedelta(days=minuit), fin),
            )
        for nom, instant in zip(("debut", "fin"), bornes, strict=True):
            if instant is None:
                self.add_error(
                    nom, gettext("Cette heure n’existe pas ce jour-là : on avance l’heure.")
                )
                return
        if bornes[1] <= bornes[0]:
            self.add_error("fin", gettext("La fin doit venir après le début."))
            return
        self.periode = bornes

    @property
    def quantites(self) -> dict[int, int]:
        """Those that were typed and are right."""
        return {
            ligne.pk: quantite
            for ligne in self.lignes
            if (quantite := self.cleaned_data.get(f"quantite-{ligne.pk}"))
        }

    def quantite(self, ligne: LignePanier) -> forms.BoundField | None:
        nom = f"quantite-{ligne.pk}"
        return self[nom] if nom in self.fields else None


class AjoutForm(forms.Form):
    """What the catalogue says with « Ajouter au panier »: the dates that were looked for."""

    du = ChampDate(required=False)
    au = ChampDate(required=False)
    quantite = forms.IntegerField(required=False, min_value=1, max_value=QUANTITE_MAX)

    @property
    def periode(self) -> tuple[dt.datetime, dt.datetime] | None:
        du = self.cleaned_data.get("du")
        au = self.cleaned_data.get("au") or du
        if du is None or au is None or au < du:
            return None
        bornes = recurrence.instant(du), recurrence.instant(au + dt.timedelta(days=1))
        return None if None in bornes else bornes


class EnsembleForm(forms.Form):
    """An answer to all the loans of a request; `vu` is what its page showed of them."""

    vu = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    sauter = forms.BooleanField(
        label=_("S’il y a des conflits, accepter seulement les dates libres et refuser les autres"),
        required=False,
    )
    a_partir_de = forms.DateField(
        label=_("À partir du"),
        help_text=_("Les prêts d’avant ne changent pas."),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _("Choisissez la première date à annuler.")},
    )
    mot = forms.CharField(
        max_length=EvenementPret._meta.get_field("mot").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Écrivez un mot."),
            "max_length": _("C’est trop long : 2 000 caractères au plus."),
        },
    )

    MOTS = {
        "refuser": _("Dites pourquoi à l’organisme qui demande"),
        "annuler": _("Dites pourquoi à l’autre organisme"),
    }

    def __init__(self, *args: Any, verbe: str, est_serie: bool, **options: Any) -> None:
        options.setdefault("auto_id", f"{verbe}-%s")
        super().__init__(*args, **options)
        self.verbe = verbe
        if verbe == "accepter":
            del self.fields["mot"]
        else:
            del self.fields["sauter"]
            self.fields["mot"].label = self.MOTS[verbe]
        if verbe != "annuler" or not est_serie:
            del self.fields["a_partir_de"]

    def clean_a_partir_de(self) -> dt.date:
        jour = self.cleaned_data["a_partir_de"]
        limite = timezone.localdate() + dt.timedelta(days=365 * (HORIZON_ANS + 1))
        if not dt.date(2000, 1, 1) <= jour <= limite:
            raise forms.ValidationError(gettext("Choisissez une date de la série."))
        return jour


class ConfianceForm(forms.Form):
    envers = forms.ModelChoiceField(
        label=_("Organisme"),
        queryset=Organisation.objects.none(),
        empty_label=_("Choisissez un organisme"),
        error_messages={
            "required": _("Choisissez un organisme."),
            "invalid_choice": _("Choisissez un organisme du réseau."),
        },
    )

    def __init__(self, *args: Any, organisation: Organisation, **options: Any) -> None:
        options.setdefault("auto_id", "confiance-%s")
        super().__init__(*args, **options)
        self.fields["envers"].queryset = (
            Organisation.objects.publiees().exclude(pk=organisation.pk).order_by("nom")
        )
