"""What is typed about when a listing is open: the hours of its week, and a closure."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ressources.forms_prets import ChampDate, ChampHeure
from ressources.models import Fermeture, Horaire, Ressource
from ressources.semaine import JOUR, MINUIT, Plage, Semaine, a_linstant

PLAGES = (0, 1)  # one or two openings in a day: morning and afternoon


class SemaineForm(forms.Form):
    """Two ranges for each day. An empty week means open at any time."""

    def __init__(self, *args: Any, semaine: Semaine, **options: Any) -> None:
        super().__init__(*args, **options)
        for jour, nom in Horaire.Jour.choices:
            plages = semaine.plages.get(jour, [])
            for rang in PLAGES:
                plage = plages[rang] if rang < len(plages) else (None, None)
                for bout, heure in zip(("de", "a"), plage, strict=True):
                    champ = ChampHeure(required=False, initial=heure)
                    champ.label = self._libelle(str(nom), rang, bout)
                    self.fields[f"{bout}-{jour}-{rang}"] = champ

    @staticmethod
    def _libelle(jour: str, rang: int, bout: str) -> str:
        if bout == "de":
            modele = (
                gettext("%(jour)s, ouverture") if not rang else gettext("%(jour)s, réouverture")
            )
        else:
            modele = (
                gettext("%(jour)s, fermeture")
                if not rang
                else gettext("%(jour)s, seconde fermeture")
            )
        return modele % {"jour": jour.capitalize()}

    def jours(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        """The rows of the table: the day, and its ranges."""
        return [
            (
                str(nom).capitalize(),
                [(self[f"de-{jour}-{rang}"], self[f"a-{jour}-{rang}"]) for rang in PLAGES],
            )
            for jour, nom in Horaire.Jour.choices
        ]

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        for jour, _nom in Horaire.Jour.choices:
            fermeture = None
            for rang in PLAGES:
                noms = f"de-{jour}-{rang}", f"a-{jour}-{rang}"
                if self.errors.keys() & set(noms):
                    continue
                debut, fin = (donnees.get(nom) for nom in noms)
                if debut is None and fin is None:
                    continue
                if debut is None:
                    self.add_error(noms[0], gettext("Inscrivez aussi l’heure d’ouverture."))
                elif fin is None:
                    self.add_error(noms[1], gettext("Inscrivez aussi l’heure de fermeture."))
                elif fin != MINUIT and fin <= debut:
                    self.add_error(noms[1], gettext("La fermeture doit venir après l’ouverture."))
                elif fermeture is not None and (fermeture == MINUIT or debut < fermeture):
                    self.add_error(
                        noms[0], gettext("La seconde plage commence après la fin de la première.")
                    )
                else:
                    fermeture = fin
        return donnees

    def plages(self) -> dict[int, list[Plage]]:
        trouvees: dict[int, list[Plage]] = {}
        for jour, _nom in Horaire.Jour.choices:
            for rang in PLAGES:
                debut = self.cleaned_data[f"de-{jour}-{rang}"]
                if debut is not None:
                    trouvees.setdefault(jour, []).append(
                        (debut, self.cleaned_data[f"a-{jour}-{rang}"])
                    )
        return trouvees


class FermetureForm(forms.Form):
    """A closure, whole days unless hours are given. `periode`: the two instants once valid."""

    du = ChampDate(label=_("Du"), error_messages={"required": _("Choisissez le premier jour.")})
    de = ChampHeure(label=_("À partir de"), required=False)
    au = ChampDate(
        label=_("Au, ce jour compris"),
        error_messages={"required": _("Choisissez le dernier jour.")},
    )
    a = ChampHeure(label=pgettext_lazy("heure", "Jusqu’à"), required=False)
    motif = forms.CharField(
        label=_("Pourquoi"),
        help_text=_("Lu par les organismes qui demandent ces dates : « vacances », « travaux »."),
        max_length=Fermeture._meta.get_field("motif").max_length,
        required=False,
    )
    partout = forms.BooleanField(
        label=_("Fermer aussi tout ce que prête notre organisme"), required=False
    )
    periode: tuple[dt.datetime, dt.datetime] | None = None

    def __init__(self, *args: Any, ressource: Ressource, **options: Any) -> None:
        options.setdefault("auto_id", "fermeture-%s")
        super().__init__(*args, **options)
        if not ressource.par_heure:
            del self.fields["de"], self.fields["a"]

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        du, au = donnees.get("du"), donnees.get("au")
        if du and au and not self.errors:
            fin = donnees.get("a")
            debut = a_linstant(du, donnees.get("de") or MINUIT)
            jusqua = a_linstant(au, fin, fin=True) if fin else a_linstant(au + JOUR)
            if au < du:
                self.add_error("au", gettext("Le dernier jour doit venir après le premier."))
            elif jusqua <= debut:
                self.add_error("a", gettext("La fin doit venir après le début."))
            else:
                self.periode = debut, jusqua
        return donnees

    def refuser(self, raisons: list[tuple[str | None, str]]) -> None:
        for champ, phrase in raisons:
            self.add_error(champ if champ in self.fields else None, phrase)
