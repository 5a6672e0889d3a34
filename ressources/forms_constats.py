"""What is typed on a doorstep: which copies, what is there, in what condition, with photos."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organisations.refus import Refus
from ressources import constats, etiquettes, photos
from ressources.models import Constat, Exemplaire, Pret, PretExemplaire

COMME_LE_RESTE = ""


class PlusieursFichiers(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class ChampPhotos(forms.FileField):
    """Up to six photos, each judged by its content. No `capture`: a phone then offers both its
    camera and the pictures just taken, and several at once."""

    widget = PlusieursFichiers(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data: Any, initial: Any = None) -> list:
        fichiers = [super(ChampPhotos, self).clean(f, initial) for f in data or [] if f]
        if len(fichiers) > constats.MAX_PHOTOS:
            raise forms.ValidationError(
                gettext("Joignez %(max)s photos au plus : vous en avez choisi %(n)s.")
                % {"max": constats.MAX_PHOTOS, "n": len(fichiers)}
            )
        phrases = []
        for fichier in fichiers:
            try:
                photos.verifier(fichier)
            except Refus as refus:
                phrases += refus.phrases
        if phrases:
            raise forms.ValidationError(phrases)
        return fichiers


class ConstatForm(forms.Form):
    """A hand-over (`remettre`), a return (`rendre`) or a note in between (`constater`).

    `vu` is what its page was drawn for: a loan that moved meanwhile is not written on.
    """

    vu = forms.CharField(widget=forms.HiddenInput, required=False)
    quantite = forms.IntegerField(
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("Inscrivez combien."),
            "min_value": _("Inscrivez 1 ou plus."),
            "invalid": _("Inscrivez un nombre."),
        },
    )
    exemplaires = forms.ModelMultipleChoiceField(
        queryset=Exemplaire.objects.none(),
        error_messages={
            "invalid_choice": _("Un des exemplaires n’est plus là : cochez de nouveau."),
            "invalid_pk_value": _("Un des exemplaires n’est plus là : cochez de nouveau."),
        },
    )
    accessoires = forms.MultipleChoiceField(
        label=_("Accessoires présents"), required=False, widget=forms.CheckboxSelectMultiple
    )
    etat = forms.ChoiceField(
        label=_("En quel état?"),
        choices=Constat.Etat.choices,
        initial=Constat.Etat.BON,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez un état.")},
    )
    note = forms.CharField(
        label=_("Un mot"),
        required=False,
        max_length=Constat._meta.get_field("note").max_length,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "max_length": _("C’est trop long : 2 000 caractères au plus."),
            "required": _("Dites en une phrase ce que vous voyez."),
        },
    )
    photos = ChampPhotos(
        label=_("Photos"),
        required=False,
        help_text=_("6 au plus. Évitez d’y montrer des visages. Elles restent entre vous deux."),
    )

    LIBELLES = {
        "remettre": (_("Cochez ce que vous remettez"), _("Combien en remettez-vous?")),
        "rendre": (_("Cochez ce qui revient"), _("Combien reviennent?")),
        "constater": (_("Lesquels, s’il y a lieu"), ""),
    }

    def __init__(
        self,
        *args: Any,
        pret: Pret,
        verbe: str,
        exemplaire: Exemplaire | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.pret, self.verbe = pret, verbe
        self.possibles = _exemplaires(pret, verbe)
        self.noms = pret.ressource.liste_accessoires
        self.initial["vu"] = repere(pret)
        self._preparer_le_nombre(exemplaire)
        if self.noms:
            self.fields["accessoires"].choices = [(str(i), nom) for i, nom in enumerate(self.noms)]
            self.initial["accessoires"] = [str(i) for i in range(len(self.noms))]
        if verbe == "constater":
            self.fields["note"].required = True
            self.initial["etat"] = Constat.Etat.ABIME
        if not self.noms or verbe == "constater":
            del self.fields["accessoires"]

    def _preparer_le_nombre(self, exemplaire: Exemplaire | None) -> None:
        """Copies to tick when there are some; otherwise a number, when there is a choice."""
        exemplaires, quantite = self.fields["exemplaires"], self.fields["quantite"]
        exemplaires.label, quantite.label = self.LIBELLES[self.verbe]
        if self.possibles:
            del self.fields["quantite"]
            exemplaires.queryset = Exemplaire.objects.filter(pk__in=[e.pk for e in self.possibles])
            exemplaires.required = self.verbe != "constater"
            exemplaires.error_messages["required"] = gettext("Cochez au moins un exemplaire.")
            if exemplaire is not None:
                self.initial["exemplaires"] = [exemplaire.pk]
            elif len(self.possibles) == 1:
                self.initial["exemplaires"] = [self.possibles[0].pk]
            for e in self.possibles:
                self.fields[f"etat_{e.pk}"] = forms.ChoiceField(
                    label=gettext("État du nº %(numero)s") % {"numero": e.numero},
                    choices=[(COMME_LE_RESTE, gettext("Comme le reste")), *Constat.Etat.choices],
                    required=False,
                )
            return
        del self.fields["exemplaires"]
        possible = self.pret.a_remettre if self.verbe == "remettre" else self.pret.dehors
        if possible <= 1 or self.verbe == "constater":
            del self.fields["quantite"]
        else:
            quantite.max_value = possible
            self.initial["quantite"] = possible
            quantite.widget.attrs["max"] = possible

    @property
    def photos_a_reprendre(self) -> bool:
        """Shown again, a form has lost its files: a browser never keeps them."""
        return bool(self.is_bound and self.files)

    @property
    def rien_a_cocher(self) -> bool:
        """The listing has numbered copies, and none of them is on the shelf."""
        return (
            self.verbe == "remettre"
            and not self.possibles
            and self.pret.ressource.exemplaires.filter(etat=Exemplaire.Etat.EN_SERVICE).exists()
        )

    def lignes_exemplaires(self) -> Iterator[tuple[Exemplaire, bool, forms.BoundField]]:
        """Each copy, whether it is ticked, and the field of its own condition."""
        if "exemplaires" not in self.fields:
            return
        coches = {str(v) for v in self["exemplaires"].value() or []}
        for e in self.possibles:
            yield e, str(e.pk) in coches, self[f"etat_{e.pk}"]

    # ---------------------------------------------------------------- what the verb takes
    @property
    def choisis(self) -> tuple[Exemplaire, ...]:
        return tuple(self.cleaned_data.get("exemplaires") or ())

    def en_vu(self) -> constats.Vu:
        donnees = self.cleaned_data
        presents = set(donnees.get("accessoires") or [])
        noms = self.noms if "accessoires" in self.fields else []
        return constats.Vu(
            etat=donnees["etat"],
            note=donnees["note"],
            accessoires=[(nom, str(i) in presents) for i, nom in enumerate(noms)],
            etats={e.numero: etat for e in self.choisis if (etat := donnees.get(f"etat_{e.pk}"))},
            photos=donnees.get("photos") or [],
        )

    def refuser(self, refus: Refus) -> None:
        """A verb's refusal, beside the field it is about."""
        for rang, phrase in enumerate(refus.phrases):
            self.add_error(
                refus.champ if rang == 0 and refus.champ in self.fields else None, phrase
            )


def repere(pret: Pret) -> str:
    """What of a loan its pages are drawn for: it moves with each hand-over and return."""
    return f"{pret.etat}-{pret.quantite_remise}-{pret.quantite_rendue}"


def _exemplaires(pret: Pret, verbe: str) -> list[Exemplaire]:
    """The copies there are to choose from: on the shelf, or out with this loan."""
    if verbe == "remettre":
        return list(
            pret.ressource.exemplaires.filter(etat=Exemplaire.Etat.EN_SERVICE).exclude(
                pk__in=PretExemplaire.objects.filter(rendu_le=None).values("exemplaire")
            )
        )
    return [s.exemplaire for s in pret.sorties.filter(rendu_le=None).select_related("exemplaire")]


class NoteForm(forms.Form):
    """A word on a copy, for the lender's own people."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=Exemplaire._meta.get_field("note").max_length
    )


class EtiquettesForm(forms.Form):
    """From which place of the first sheet on: one that was started is used to its end."""

    depart = forms.IntegerField(
        label=_("Première étiquette libre de la feuille"),
        min_value=1,
        max_value=etiquettes.PAR_FEUILLE,
        initial=1,
    )


class CodeForm(forms.Form):
    """A code typed by hand: spaces and capitals do not matter."""

    code = forms.CharField(
        label=_("Code écrit sous le carré"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": _("Écrivez le code de l’étiquette.")},
    )

    def clean_code(self) -> str:
        return "".join(c for c in self.cleaned_data["code"].lower() if c.isalnum())
