"""What is typed about loans: the request to borrow, and the filters of the list."""

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation
from ressources import cycle
from ressources.models import Ressource

PAS = dt.timedelta(minutes=15)
HORIZON_ANS = 2  # nobody promises anything further than that


class ChampDate(forms.DateField):
    """A day from today to the horizon: far dates are mistypings, and overflow the calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **options: Any) -> None:
        options.setdefault("input_formats", ["%Y-%m-%d"])
        super().__init__(**options)

    def clean(self, value: Any) -> dt.date | None:
        jour = super().clean(value)
        aujourdhui = timezone.localdate()
        if jour and jour < aujourdhui:
            raise forms.ValidationError(
                _("Cette date est passée. Choisissez une date à partir d’aujourd’hui.")
            )
        if jour and jour > aujourdhui + dt.timedelta(days=365 * HORIZON_ANS):
            raise forms.ValidationError(_("Cette date est trop loin. Demandez d’ici deux ans."))
        return jour


class ChampHeure(forms.TimeField):
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 900})

    def __init__(self, **options: Any) -> None:
        options.setdefault("input_formats", ["%H:%M", "%H:%M:%S"])
        super().__init__(**options)

    def clean(self, value: Any) -> dt.time | None:
        heure = super().clean(value)
        if heure and (heure.minute % 15 or heure.second):
            raise forms.ValidationError(
                _("Les heures vont par quarts d’heure : 9 h, 9 h 15, 9 h 30, 9 h 45.")
            )
        return heure


class DemandeForm(forms.Form):
    """A request to borrow. `periode` gives the two instants, half-open, once the form is valid."""

    du = ChampDate(label=_("Du"), error_messages={"required": _("Choisissez le premier jour.")})
    au = ChampDate(
        label=_("Au, ce jour compris"),
        error_messages={"required": _("Choisissez le dernier jour.")},
    )
    date = ChampDate(label=_("Jour"), error_messages={"required": _("Choisissez le jour.")})
    debut = ChampHeure(label=_("De"), error_messages={"required": _("Inscrivez l’heure du début.")})
    fin = ChampHeure(label=_("À"), error_messages={"required": _("Inscrivez l’heure de la fin.")})
    quantite = forms.IntegerField(
        label=_("Combien?"),
        min_value=1,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("Inscrivez combien vous en voulez."),
            "min_value": _("Demandez-en au moins 1."),
        },
    )
    but = forms.CharField(
        label=_("À quoi cela servira-t-il?"),
        help_text=_("Une phrase suffit. Elle aide la personne qui prête à vous conseiller."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Dites en une phrase à quoi cela servira.")},
    )
    charte = forms.BooleanField(
        error_messages={"required": _("Lisez la charte de confiance, puis cochez la case.")}
    )
    jeton = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Cette page a trop attendu : envoyez de nouveau."),
            "invalid": _("Cette page a trop attendu : envoyez de nouveau."),
        },
    )
    emprunteur = forms.CharField(required=False, widget=forms.HiddenInput)
    periode: tuple[dt.datetime, dt.datetime] | None = None  # once the dates can be read

    def __init__(
        self, *args: Any, ressource: Ressource, organisation: Organisation, **options: Any
    ) -> None:
        options.setdefault("auto_id", "demande-%s")
        super().__init__(*args, **options)
        self.ressource, self.organisation = ressource, organisation
        for nom in ("du", "au") if ressource.par_heure else ("date", "debut", "fin"):
            del self.fields[nom]
        jours = {
            "min": timezone.localdate().isoformat(),
            "max": (timezone.localdate() + dt.timedelta(days=365 * HORIZON_ANS)).isoformat(),
        }
        for nom in {"du", "au", "date"} & self.fields.keys():
            self.fields[nom].widget.attrs.update(jours)
        if ressource.quantite == 1:
            del self.fields["quantite"]
        else:
            self.fields["quantite"].widget.attrs["max"] = ressource.quantite
        self.fields["charte"].label = format_html(
            gettext('J’ai lu la <a href="{}">charte de confiance</a>'), reverse("charte")
        )

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if donnees.get("emprunteur") != str(self.organisation.pk):
            # Shown again, the form asks in the name of today's organisation.
            self.data = {**self.data, self.add_prefix("emprunteur"): str(self.organisation.pk)}
            self.add_error(
                None,
                gettext(
                    "Vous agissez maintenant pour %(nom)s, et non plus pour l’organisme de cette "
                    "page quand elle s’est ouverte. Vérifiez, puis envoyez de nouveau."
                )
                % {"nom": self.organisation.nom},
            )
        if self.ressource.par_heure:
            self._lire_les_heures(donnees)
        else:
            self._lire_les_jours(donnees)
        return donnees

    def _lire_les_jours(self, donnees: dict[str, Any]) -> None:
        du, au = donnees.get("du"), donnees.get("au")
        if not du or not au:
            return
        if au < du:
            self.add_error("au", gettext("Le dernier jour doit venir après le premier."))
            return
        self.periode = (instant(du), instant(au + dt.timedelta(days=1)))

    def _lire_les_heures(self, donnees: dict[str, Any]) -> None:
        jour, debut, fin = (donnees.get(nom) for nom in ("date", "debut", "fin"))
        if jour is None or debut is None or fin is None:
            return
        # Until midnight: the midnight that ends the day.
        minuit = fin == dt.time() and debut != dt.time()
        bornes = instant(jour, debut), instant(jour + dt.timedelta(days=minuit), fin)
        for nom, heure, borne in (("debut", debut, bornes[0]), ("fin", fin, bornes[1])):
            if timezone.localtime(borne).time() != heure:
                self.add_error(
                    nom, gettext("Cette heure n’existe pas ce jour-là : on avance l’heure.")
                )
                return
        if bornes[1] <= bornes[0]:
            self.add_error("fin", gettext("La fin doit venir après le début."))
        elif bornes[0] <= timezone.now():
            self.add_error("debut", gettext("Cette heure est passée."))
        else:
            self.periode = bornes

    @property
    def champ_periode(self) -> str:
        return "date" if self.ressource.par_heure else "du"

    def refuser(self, raisons: list[tuple[str | None, str]]) -> None:
        """Puts each reason of a verb's refusal beside the field it is about."""
        for champ, phrase in raisons:
            self.add_error(self._champ_pour(champ), phrase)

    def _champ_pour(self, champ: str | None) -> str | None:
        periode = {"periode", "date", "du"} | ({"debut"} - self.fields.keys())
        fins = {"au"} | ({"fin"} - self.fields.keys())
        if champ in self.fields:
            return champ
        if champ in periode:
            return self.champ_periode
        return "au" if champ in fins and "au" in self.fields else None


def instant(jour: dt.date, heure: dt.time = dt.time()) -> dt.datetime:
    """That wall-clock time on that day, here: a day of 23 or 25 hours keeps its midnights."""
    ici = timezone.get_default_timezone()
    return dt.datetime.combine(jour, heure, tzinfo=ici).astimezone(dt.UTC)


class FiltreForm(forms.Form):
    """The list of one's loans: what is not understood is left out, never an error."""

    role = forms.ChoiceField(
        label=_("Rôle"),
        required=False,
        choices=[
            ("", _("Prêts et emprunts")),
            ("preteur", _("Ce que nous prêtons")),
            ("emprunteur", _("Ce que nous empruntons")),
        ],
    )
    quand = forms.ChoiceField(
        label=_("Quand"),
        required=False,
        choices=[("", _("Tous")), ("en-cours", _("En cours")), ("termines", _("Terminés"))],
    )
    etat = forms.ChoiceField(
        label=_("État"),
        required=False,
        choices=[
            ("", _("Tous les états")),
            *cycle.Etat.choices,
            ("retard", _("En retard")),
            ("changement", _("Changement de dates demandé")),
            ("incident", _("Incident ouvert")),
        ],
    )

    def filtrer(self, prets: Any, organisation: Organisation) -> Any:
        self.is_valid()
        choix = self.cleaned_data
        if choix.get("role"):
            prets = prets.filter(**{choix["role"]: organisation})
        if choix.get("quand"):
            termines = choix["quand"] == "termines"
            prets = prets.filter(etat__in=cycle.FINIS) if termines else prets.en_cours()
        if choix.get("etat") == "retard":
            prets = prets.en_retard()
        elif choix.get("etat") == "changement":
            prets = prets.filter(periode_souhaitee__isnull=False)
        elif choix.get("etat") == "incident":
            prets = prets.filter(incident_le__isnull=False)
        elif choix.get("etat"):
            prets = prets.filter(etat=choix["etat"])
        return prets

    @property
    def est_actif(self) -> bool:
        return any(getattr(self, "cleaned_data", {}).values())
