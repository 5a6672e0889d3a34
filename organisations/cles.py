"""The forms of passkeys, whose names allauth leaves in English."""

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

NOM = _("Nom de la clé")
AIDE = _("Dites où elle se trouve : « téléphone du bureau », par exemple.")


class AjoutDeCleForm(AddWebAuthnForm):
    name = forms.CharField(label=NOM, help_text=AIDE, required=False)


class NomDeCleForm(EditWebAuthnForm):
    name = forms.CharField(label=NOM, help_text=AIDE)
