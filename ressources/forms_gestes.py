"""What is typed with a step of a loan: a word, other dates, how many; and an evaluation."""

import datetime as dt
from typing import Any

from django import forms
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ressources import cycle
from ressources.forms_prets import HORIZON_ANS, ChampDate, ChampHeure, instant
from ressources.models import Evaluation, EvenementPret, Pret
from ressources.models.ressources import QUANTITE_MAX


class MotForm(forms.Form):
    """A word that goes with a step of a loan. `etat` and `vu` are the loan as its page showed it:
    a step is taken from what one sees."""

    etat = forms.CharField(widget=forms.HiddenInput, required=False)
    vu = forms.CharField(widget=forms.HiddenInput, required=False)
    mot = forms.CharField(
        max_length=EvenementPret._meta.get_field("mot").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Écrivez un mot."),
            "max_length": _("C’est trop long : 2 000 caractères au plus."),
        },
    )

    LIBELLES = {
        "refuser": _("Dites pourquoi à l’organisme qui demande"),
        "annuler": _("Dites pourquoi à l’autre organisme"),
        "maintenir": _("Dites pourquoi à l’organisme qui emprunte"),
        "signaler": _("Que s’est-il passé?"),
        "regler": _("Comment l’incident s’est-il réglé?"),
        "remettre": _("État constaté à la remise"),
        "rendre": _("État constaté au retour"),
    }
    # One press is enough: the conversation is beside.
    SANS_MOT = ("accepter", "convenir", "accorder", "clore")

    def __init__(self, *args: Any, pret: Pret, verbe: str, **options: Any) -> None:
        self.pret, self.verbe = pret, verbe
        options.setdefault("auto_id", f"{verbe}-%s")
        options["initial"] = {
            "etat": pret.etat,
            "vu": pret.empreinte,
            **self.proposees(pret, verbe),
            **(options.get("initial") or {}),
        }
        super().__init__(*args, **options)
        self.transition = cycle.TRANSITIONS.get(verbe)
        self.fields["mot"].required = self.transition is None or self.transition.mot_requis
        self.fields["mot"].label = self.LIBELLES.get(verbe, _("Votre message"))
        if verbe in ("remettre", "rendre"):
            self.fields["mot"].help_text = _(
                "Ce qui est fourni, ce qui est abîmé. L’autre organisme le lit aussi."
            )

    def proposees(self, pret: Pret, verbe: str) -> dict[str, Any]:
        """What is in the form when it opens."""
        return {}

    @property
    def titre(self) -> Any:
        """What opens the form."""
        if self.verbe == "prolonger" and self.pret.etat == cycle.Etat.REMIS:
            return _("Demander un délai")
        if self.verbe == "remettre" and self.pret.quantite_remise:
            return _("Remettre ce qui reste")
        return self.transition.libelle if self.transition else ""

    @property
    def est_grave(self) -> bool:
        """It ends something, or says that something went wrong."""
        fin = self.transition is not None and self.transition.vers in cycle.SANS_SUITE
        return fin or self.verbe == "signaler"

    @property
    def visibles(self) -> list[forms.BoundField]:
        return [] if self.verbe in self.SANS_MOT else self.visible_fields()

    @property
    def a_du_texte(self) -> bool:
        """Something was typed that must not be lost."""
        return any(str(self.data.get(champ.html_name, "")).strip() for champ in self.visibles)

    def est_a_jour(self, pret: Pret) -> bool:
        """Was this form drawn for the loan as it is now?"""
        if vu := self.data.get("vu"):
            return vu == pret.empreinte
        return self.data.get("etat") == pret.etat

    def mettre_a_jour(self, pret: Pret) -> None:
        """Shown again, it is about the loan as it is now."""
        self.data = self.data.copy()
        self.data["etat"], self.data["vu"] = pret.etat, pret.empreinte

    def geste(self) -> dict[str, Any]:
        """What `prets.effectuer` reads besides the step and the person."""
        return {"mot": self.cleaned_data.get("mot", "")}

    def est_deja(self, evenement: EvenementPret) -> bool:
        """Does this line of the timeline say exactly what this form asks?"""
        geste = self.geste()
        periode, quantite = geste.get("periode"), geste.get("quantite")
        return (
            (evenement.verbe, evenement.mot) == (self.verbe, geste["mot"])
            and (periode is None or evenement.periode == DateTimeTZRange(*periode))
            and (quantite is None or evenement.quantite == quantite)
        )

    def refuser(self, phrases: list[str], champ: str | None) -> None:
        """Puts a verb's refusal beside the field it is about."""
        for rang, phrase in enumerate(phrases):
            cible = self.champ_de(champ) if rang == 0 else None
            self.add_error(cible, phrase)

    def champ_de(self, champ: str | None) -> str | None:
        return champ if champ in self.fields else None


class QuantiteForm(MotForm):
    """A hand-over or a return, whole or in part."""

    quantite = forms.IntegerField(
        min_value=1,
        max_value=QUANTITE_MAX,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("Inscrivez un nombre."),
            "min_value": _("Inscrivez au moins 1."),
            "max_value": _("C’est plus que ce que prévoit le prêt."),
        },
    )
    field_order = ("etat", "vu", "quantite", "mot")

    def __init__(self, *args: Any, pret: Pret, verbe: str, **options: Any) -> None:
        super().__init__(*args, pret=pret, verbe=verbe, **options)
        possible = self._possible(pret, verbe)
        champ = self.fields["quantite"]
        if possible <= 1 and "quantite" not in self.data:
            del self.fields["quantite"]
            return
        champ.required = False  # nothing written: all of them
        champ.widget.attrs["max"] = possible
        if verbe == "remettre":
            champ.label = _("Combien en remettez-vous?")
            champ.help_text = gettext("%(promis)s en tout, dont %(remis)s déjà remis.") % {
                "promis": pret.quantite,
                "remis": pret.quantite_remise,
            }
        else:
            champ.label = _("Combien sont revenus?")
            champ.help_text = gettext(
                "%(dehors)s sont sortis. S’il en manque, notez ce qui est revenu : le reste du "
                "prêt continue."
            ) % {"dehors": possible}

    @staticmethod
    def _possible(pret: Pret, verbe: str) -> int:
        return pret.a_remettre if verbe == "remettre" else pret.dehors

    def proposees(self, pret: Pret, verbe: str) -> dict[str, Any]:
        return {"quantite": self._possible(pret, verbe)}

    @property
    def a_du_texte(self) -> bool:
        return super().a_du_texte or "quantite" in self.data

    def geste(self) -> dict[str, Any]:
        return super().geste() | {"quantite": self.cleaned_data.get("quantite")}


class DatesForm(MotForm):
    """Other dates, and another quantity where that is open: proposed by the lender, or asked by
    the borrower. Once it is handed over, only the end of a loan can change."""

    du = ChampDate(label=_("Du"), error_messages={"required": _("Choisissez le premier jour.")})
    debut = ChampHeure(label=_("De"), error_messages={"required": _("Inscrivez l’heure du début.")})
    au = ChampDate(error_messages={"required": _("Choisissez le dernier jour.")})
    fin = ChampHeure(label=_("À"), error_messages={"required": _("Inscrivez l’heure de la fin.")})
    quantite = forms.IntegerField(
        label=_("Combien?"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("Inscrivez combien."),
            "min_value": _("Inscrivez au moins 1."),
        },
    )
    field_order = ("etat", "vu", "du", "debut", "au", "fin", "quantite", "mot")
    periode: tuple[dt.datetime, dt.datetime] | None = None

    def __init__(self, *args: Any, pret: Pret, verbe: str, **options: Any) -> None:
        super().__init__(*args, pret=pret, verbe=verbe, **options)
        self.fin_seule = pret.etat == cycle.Etat.REMIS
        self.par_heure = pret.ressource.par_heure
        self.fields["au"].label = (
            _("Nouveau jour de retour, compris")
            if self.fin_seule and not self.par_heure
            else _("Jour de la fin")
            if self.par_heure
            else _("Au, ce jour compris")
        )
        if self.par_heure:
            self.fields["du"].label = _("Jour du début")
        else:
            del self.fields["debut"], self.fields["fin"]
        if self.fin_seule:
            self.fields.pop("du")
            self.fields.pop("debut", None)
        if verbe == "prolonger" or pret.ressource.quantite == 1:
            del self.fields["quantite"]
        else:
            self.fields["quantite"].widget.attrs["max"] = pret.ressource.quantite
        self.fields["mot"].label = _("Un mot à l’autre organisme")
        aujourdhui = timezone.localdate()
        jours = {
            "min": aujourdhui.isoformat(),
            "max": (aujourdhui + dt.timedelta(days=365 * HORIZON_ANS)).isoformat(),
        }
        for nom in {"du", "au"} & self.fields.keys():
            self.fields[nom].widget.attrs.update(jours)

    def proposees(self, pret: Pret, verbe: str) -> dict[str, Any]:
        periode = pret.periode_proposee if verbe == "proposer" else None
        periode = periode or pret.periode
        debut, fin = timezone.localtime(periode.lower), timezone.localtime(periode.upper)
        dernier = fin if pret.ressource.par_heure else fin - dt.timedelta(seconds=1)
        return {
            "du": debut.date(),
            "debut": debut.time(),
            "au": dernier.date(),
            "fin": fin.time(),
            "quantite": (pret.quantite_proposee if verbe == "proposer" else None) or pret.quantite,
        }

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        bornes = {nom for nom in ("du", "debut", "au", "fin") if nom in self.fields}
        if any(donnees.get(nom) is None for nom in bornes):
            return donnees
        debut = self.pret.debut if self.fin_seule else self._instant(donnees, "du", "debut")
        fin = self._instant(donnees, "au", "fin")
        if debut is None or fin is None:
            return donnees
        if fin <= debut:
            self.add_error("fin" if "fin" in self.fields else "au", gettext(
                "La fin doit venir après le début."
            ))  # fmt: skip
        else:
            self.periode = (debut, fin)
        return donnees

    def _instant(self, donnees: dict[str, Any], jour: str, heure: str) -> dt.datetime | None:
        if not self.par_heure:
            return instant(donnees[jour] + dt.timedelta(days=jour == "au"))
        trouve = instant(donnees[jour], donnees[heure])
        if timezone.localtime(trouve).time() != donnees[heure]:
            self.add_error(
                heure, gettext("Cette heure n’existe pas ce jour-là : on avance l’heure.")
            )
            return None
        return trouve

    @property
    def dates(self) -> list[list[forms.BoundField]]:
        """The start, then the end, each with its hour beside it."""
        groupes = (("du", "debut"), ("au", "fin")) if self.par_heure else (("du", "au"),)
        rangs = [[self[nom] for nom in groupe if nom in self.fields] for groupe in groupes]
        return [rang for rang in rangs if rang]

    @property
    def autres(self) -> list[forms.BoundField]:
        return [champ for champ in self.visibles if champ.name in ("quantite", "mot")]

    def geste(self) -> dict[str, Any]:
        return super().geste() | {
            "periode": self.periode,
            "quantite": self.cleaned_data.get("quantite"),
        }

    def champ_de(self, champ: str | None) -> str | None:
        if champ in ("periode", "debut", "date", "du"):
            return next(nom for nom in ("du", "au") if nom in self.fields)
        if champ in ("fin", "au"):
            return "fin" if "fin" in self.fields and champ == "fin" else "au"
        return super().champ_de(champ)


FORMES: dict[str, type[MotForm]] = {
    "proposer": DatesForm,
    "deplacer": DatesForm,
    "prolonger": DatesForm,
    "remettre": QuantiteForm,
    "rendre": QuantiteForm,
}


def formulaire(pret: Pret, verbe: str, donnees: Any = None) -> MotForm:
    """The form of one step."""
    return FORMES.get(verbe, MotForm)(donnees, pret=pret, verbe=verbe)


class EvaluationForm(forms.ModelForm):
    comme_convenu = forms.ChoiceField(
        label=_("Tout s’est-il passé comme convenu?"),
        choices=Evaluation.Avis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )

    class Meta:
        model = Evaluation
        fields = ["comme_convenu", "mot"]
        labels = {"mot": _("Un mot à l’autre organisme")}
        widgets = {"mot": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "evaluer-%s")
        super().__init__(*args, **options)
