"""The forms of people and organisations."""

from django import forms
from django.utils.translation import gettext_lazy as _


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
        personne.langue = getattr(request, "LANGUAGE_CODE", "") if not personne.langue else ""
        personne.save()
