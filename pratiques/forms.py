"""The four steps that tell a practice, and the rows of its last one."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.vocabulaire import Secteur
from pratiques.models import Difficulte, Mesure, Pratique, Source
from pratiques.vocabulaire import Condition, Forme, Lecon
from ressources.categories import Sorte
from ressources.forms import ChoixTerritoire
from ressources.models import Ressource

RANGEES_VIDES = 1  # empty rows after those that are filled
RANGEES_MAX = 30

# What to answer to, lesson by lesson.
AMORCES: dict[str, Any] = {
    Lecon.MOBILISER_PARTIES_PRENANTES: gettext_lazy(
        "Qui avez-vous réuni, dans quel ordre? Qui manquait au départ?"
    ),
    Lecon.BATIR_LA_CONFIANCE: gettext_lazy(
        "Qu’est-ce qui a fait naître la confiance? Qu’est-ce qui a failli la briser?"
    ),
    Lecon.PLANIFIER_LEVALUATION: gettext_lazy(
        "Que comptez-vous, et depuis quand? Que compteriez-vous plus tôt?"
    ),
    Lecon.CENTRALISER_LES_RESSOURCES: gettext_lazy(
        "Qu’est-ce qui est devenu commun? Où passe la ligne, et qui l’a tracée?"
    ),
    Lecon.RENFORCER_LA_RESILIENCE: gettext_lazy(
        "Quand un coup dur est arrivé, qu’est-ce qui a tenu parce que vous étiez ensemble?"
    ),
    Lecon.CELEBRER_LES_SUCCES: gettext_lazy("Comment marquez-vous ce qui va bien, et avec qui?"),
}


def _inviter(formulaire: forms.Form) -> None:
    """A list with nothing chosen says « Choisissez… »."""
    for champ in formulaire.fields.values():
        if isinstance(champ, forms.TypedChoiceField) and ("", "---------") in champ.choices:
            champ.choices = [("", _("Choisissez…")), *[c for c in champ.choices if c[0]]]


class Suites(list):
    """The forms of several formsets, as one list the error summary can read."""

    def __init__(self, formulaires: Iterable[forms.BaseFormSet]) -> None:
        self.formulaires = list(formulaires)
        super().__init__(f for formulaire in self.formulaires for f in formulaire)

    @property
    def is_bound(self) -> bool:
        return any(f.is_bound for f in self.formulaires)

    def is_valid(self) -> bool:
        return all(f.is_valid() for f in self.formulaires)

    def non_form_errors(self) -> list[str]:
        return [e for f in self.formulaires for e in f.non_form_errors()]


class Etape(forms.ModelForm):
    """One step of the story. `rangees` are its formsets, by the name of the part they fill."""

    instance: Pratique
    parties_fermees = False  # the practice is public: only its own fields can be changed here

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        _inviter(self)
        self.parties_fermees = bool(self.instance.pk and self.instance.est_publiee)
        self.rangees: dict[str, forms.BaseFormSet] = {}

    @property
    def suites(self) -> Suites:
        return Suites(self.rangees.values())

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.suites.is_valid() or not self.is_bound])

    def donnees(self) -> dict[str, Any]:
        """What the verb keeps: the practice's own fields, and its parts."""
        return {"champs": self.cleaned_data}


def _plusieurs(vocabulaire: Any, libelle: Any, aide: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=libelle,
        help_text=aide,
        choices=vocabulaire.choices,
        error_messages={"required": gettext_lazy("Choisissez au moins une réponse.")},
        widget=forms.CheckboxSelectMultiple(attrs={"class": "colonnes"}),
    )


class EssentielForm(Etape):
    territoire = ChoixTerritoire(
        label=gettext_lazy("Territoire"),
        empty_label=gettext_lazy("Choisissez…"),
        error_messages={"required": gettext_lazy("Choisissez un territoire.")},
    )
    sortes = _plusieurs(Sorte, gettext_lazy("Qu’est-ce qui est partagé?"))
    formes = _plusieurs(
        Forme,
        gettext_lazy("Sous quelle forme?"),
        gettext_lazy("De la plus légère à la plus engageante. Plusieurs réponses possibles."),
    )
    secteurs = _plusieurs(Secteur, gettext_lazy("Dans quels secteurs?"))

    class Meta:
        model = Pratique
        fields = [
            "titre",
            "accroche",
            "fonction_auteur",
            "sortes",
            "formes",
            "secteurs",
            "territoire",
            "echelle",
            "stade",
            "niveau_de_preuve",
            "debut",
            "fin",
        ]
        widgets = {"accroche": forms.Textarea(attrs={"rows": 2})}
        labels = {
            "stade": gettext_lazy("Où en est le projet?"),
            "echelle": gettext_lazy("À quelle échelle?"),
            "fonction_auteur": gettext_lazy("Votre fonction"),
        }
        help_texts = {
            "titre": gettext_lazy("En peu de mots : « Trois popotes, une seule cuisine »."),
            "accroche": gettext_lazy(
                "Ce que vous y avez gagné, et ce que vous avez failli y perdre."
            ),
            "fonction_auteur": gettext_lazy(
                "La page dit une fonction, comme « coordination », jamais un nom."
            ),
            "niveau_de_preuve": gettext_lazy(
                "Un témoignage suffit. Les autres niveaux demandent des chiffres, à l’étape 4."
            ),
            "fin": gettext_lazy("Si le projet est terminé."),
        }
        error_messages = {
            "titre": {"required": gettext_lazy("Donnez un titre à la pratique.")},
            "accroche": {"required": gettext_lazy("Résumez la pratique en une phrase.")},
            "echelle": {"required": gettext_lazy("Choisissez une échelle.")},
            "stade": {"required": gettext_lazy("Dites où en est le projet.")},
        }

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        if self.instance.est_de_sources_publiques:  # they may not say what is shared
            self.fields["sortes"].required = False


class RecitForm(Etape):
    class Meta:
        model = Pratique
        fields = ["contexte", "mis_en_commun", "garde_en_propre", "fonctionnement", "premier_pas"]
        widgets = {
            nom: forms.Textarea(attrs={"rows": rangs})
            for nom, rangs in (
                ("contexte", 7),
                ("mis_en_commun", 5),
                ("garde_en_propre", 5),
                ("fonctionnement", 7),
                ("premier_pas", 4),
            )
        }
        labels = {
            "contexte": gettext_lazy("D’où partiez-vous?"),
            "mis_en_commun": gettext_lazy("Que mettez-vous en commun?"),
            "garde_en_propre": gettext_lazy("Que gardez-vous en propre?"),
            "fonctionnement": gettext_lazy("Comment ça marche, concrètement?"),
            "premier_pas": gettext_lazy("Quel a été votre premier petit pas?"),
        }
        help_texts = {
            "contexte": gettext_lazy("Le problème que vous aviez, chacun de votre côté."),
            "garde_en_propre": gettext_lazy(
                "Le nom, les menus, les bénévoles : ce qui reste à chacun."
            ),
            "fonctionnement": gettext_lazy("Qui décide, qui paie, qui range? Avec quelle entente?"),
            "premier_pas": gettext_lazy("Même minuscule : se prêter un chaudron."),
        }

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        if self.parties_fermees:
            return
        presentes = (
            {c.condition: c.presente for c in self.instance.conditions.all()}
            if self.instance.pk
            else {}
        )
        reponses = [
            ("", _("Sans réponse")),
            ("oui", _("Oui")),
            ("en-partie", _("En partie")),
            ("non", _("Non")),
        ]
        for valeur, libelle in Condition.choices:
            self.fields[f"condition-{valeur}"] = forms.ChoiceField(
                label=libelle,
                choices=reponses,
                required=False,
                initial=presentes.get(valeur, ""),
            )

    def recit(self) -> list[forms.BoundField]:
        return [self[nom] for nom in self.Meta.fields]

    def conditions(self) -> list[forms.BoundField]:
        return [self[nom] for nom in self.fields if nom.startswith("condition-")]

    def donnees(self) -> dict[str, Any]:
        donnees: dict[str, Any] = {
            "champs": {nom: self.cleaned_data[nom] for nom in self.Meta.fields}
        }
        if not self.parties_fermees:
            donnees["parties"] = {
                "conditions": [
                    {"condition": valeur, "presente": presente}
                    for valeur in Condition.values
                    if (presente := self.cleaned_data[f"condition-{valeur}"])
                ]
            }
        return donnees


class LeconsForm(Etape):
    """The six lessons: three are enough, the others say « pas encore documenté »."""

    class Meta:
        model = Pratique
        fields: list[str] = []

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        if self.parties_fermees:
            return
        racontees = (
            {lecon.lecon: lecon for lecon in self.instance.lecons.all()} if self.instance.pk else {}
        )
        for valeur, libelle in Lecon.choices:
            lecon = racontees.get(valeur)
            self.fields[f"texte-{valeur}"] = forms.CharField(
                label=libelle,
                help_text=AMORCES[valeur],
                max_length=3000,
                required=False,
                initial=lecon.texte if lecon else "",
                widget=forms.Textarea(attrs={"rows": 4}),
            )
            self.fields[f"citation-{valeur}"] = forms.CharField(
                label=format_lazy(_("Une parole à retenir ({lecon})"), lecon=libelle),
                max_length=280,
                required=False,
                initial=lecon.citation if lecon else "",
            )
            self.fields[f"fonction-{valeur}"] = forms.CharField(
                label=format_lazy(_("Fonction de qui parle ({lecon})"), lecon=libelle),
                max_length=120,
                required=False,
                initial=lecon.citation_fonction if lecon else "",
            )

    def lecons(self) -> Iterator[dict[str, Any]]:
        if not self.parties_fermees:
            for valeur in Lecon.values:
                citation, fonction = self[f"citation-{valeur}"], self[f"fonction-{valeur}"]
                yield {
                    "texte": self[f"texte-{valeur}"],
                    "citation": citation,
                    "fonction": fonction,
                    "ouverte": citation.value() or fonction.value() or citation.errors,
                }

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        for valeur, libelle in Lecon.choices:
            if not donnees.get(f"texte-{valeur}") and donnees.get(f"citation-{valeur}"):
                self.add_error(
                    f"texte-{valeur}",
                    _("Racontez la leçon « %(lecon)s » avant d’en retenir une parole.")
                    % {"lecon": libelle},
                )
        return donnees

    def donnees(self) -> dict[str, Any]:
        if self.parties_fermees:
            return {}
        return {
            "parties": {
                "lecons": [
                    {
                        "lecon": valeur,
                        "texte": texte,
                        "citation": self.cleaned_data[f"citation-{valeur}"],
                        "citation_fonction": self.cleaned_data[f"fonction-{valeur}"],
                    }
                    for valeur in Lecon.values
                    if (texte := self.cleaned_data[f"texte-{valeur}"])
                ]
            }
        }


class Rangee(forms.ModelForm):
    """One row of a part. It says which row it was, so that what points to it still does."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _inviter(self)

    def ligne(self) -> dict[str, Any]:
        return {n: v for n, v in self.cleaned_data.items() if n != "DELETE"}

    def est_remplie(self) -> bool:
        return any(self.cleaned_data.get(nom) not in (None, "") for nom in self._meta.fields)


class DifficulteForm(Rangee):
    class Meta:
        model = Difficulte
        fields = ["enjeu", "texte", "resolue"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 3})}
        labels = {"enjeu": gettext_lazy("Ce qui était en jeu")}
        help_texts = {
            "texte": gettext_lazy(
                "Ce qui s’est passé, et comment vous l’avez traversé. Sans nommer personne."
            )
        }


class MesureForm(Rangee):
    class Meta:
        model = Mesure
        fields = ["indicateur", "libelle", "avant", "apres", "periode", "methode", "source"]
        widgets = {nom: forms.NumberInput(attrs={"step": "0.01"}) for nom in ("avant", "apres")}
        help_texts = {
            "libelle": gettext_lazy("« Temps consacré à la gestion, pour les trois organismes »."),
            "avant": gettext_lazy("L’écart est calculé pour vous."),
            "periode": gettext_lazy("« Exercice 2025-2026 »."),
            "methode": gettext_lazy("Une estimation est permise, si elle le dit."),
            "source": gettext_lazy("« États financiers des trois organismes »."),
        }


class SourceForm(Rangee):
    url = forms.URLField(
        label=gettext_lazy("Adresse de la page"),
        max_length=500,
        required=False,
        assume_scheme="https",
    )

    class Meta:
        model = Source
        fields = ["libelle", "url", "consultee_le"]
        widgets = {"consultee_le": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "libelle": gettext_lazy("Un document, une page, une rencontre."),
        }


class BaseRangees(forms.BaseFormSet):
    """Rows to fill, with an empty one after."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Retirer cette ligne")

    def lignes(self) -> list[dict[str, Any]]:
        return [
            form.ligne()
            for form in self.forms
            if form.cleaned_data and form not in self.deleted_forms and form.est_remplie()
        ]


def _rangees(formulaire: type[Rangee]) -> type[BaseRangees]:
    return forms.formset_factory(
        formulaire,
        formset=BaseRangees,
        extra=RANGEES_VIDES,
        can_delete=True,
        max_num=RANGEES_MAX,
        absolute_max=RANGEES_MAX + 10,
    )


RANGEES: dict[str, type[BaseRangees]] = {
    "difficultes": _rangees(DifficulteForm),
    "mesures": _rangees(MesureForm),
    "sources": _rangees(SourceForm),
}


class OmbreForm(Etape):
    ressources = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Ressources de cette histoire"),
        help_text=gettext_lazy("Celles de vos annonces en ligne qui en sont nées."),
        queryset=Ressource.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "colonnes"}),
    )

    class Meta:
        model = Pratique
        fields = ["ombre", "commencer", "ressources"]
        widgets = {
            "ombre": forms.Textarea(attrs={"rows": 7}),
            "commencer": forms.Textarea(attrs={"rows": 5}),
        }
        labels = {
            "ombre": gettext_lazy("Qu’est-ce qui a été difficile, et qu’est-ce qui l’est encore?"),
            "commencer": gettext_lazy("Par où commencer, sans consultant?"),
        }
        help_texts = {
            "ombre": gettext_lazy(
                "Au moins 200 caractères. C’est souvent la partie la plus utile aux autres : "
                "personne ne l’adoucira."
            ),
            "commencer": gettext_lazy("Une étape par ligne : elles seront numérotées."),
        }

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["ombre"].required = not self.instance.est_de_sources_publiques
        self.fields["ombre"].error_messages["required"] = _(
            "Racontez aussi le côté obscur : une phrase suffit pour garder le brouillon."
        )
        if self.instance.organisation_id:
            self.fields["ressources"].queryset = (
                Ressource.objects.publiees()
                .filter(organisation=self.instance.organisation_id)
                .order_by("titre")
            )
        if not self.fields["ressources"].queryset.exists():
            del self.fields["ressources"]
        if not self.parties_fermees:
            for nom, rangees in RANGEES.items():
                self.rangees[nom] = rangees(
                    data,
                    prefix=nom,
                    initial=[
                        {"id": p.pk} | {c: getattr(p, c) for c in rangees.form.Meta.fields}
                        for p in getattr(self.instance, nom).all()
                    ],
                )

    def donnees(self) -> dict[str, Any]:
        donnees: dict[str, Any] = {
            "champs": {nom: self.cleaned_data[nom] for nom in ("ombre", "commencer")},
            "parties": {nom: rangees.lignes() for nom, rangees in self.rangees.items()},
        }
        if "ressources" in self.fields:
            donnees["ressources"] = self.cleaned_data["ressources"]
        return donnees


ETAPES: dict[int, type[Etape]] = {1: EssentielForm, 2: RecitForm, 3: LeconsForm, 4: OmbreForm}
