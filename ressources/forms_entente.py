"""What is typed to accept an agreement."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ressources.cycle import LES_DEUX
from ressources.models import Signature


class SignatureForm(forms.ModelForm):
    """A function of work, never anything of one's private life. `cote`: the side of the page."""

    cote = forms.ChoiceField(
        choices=[(c.value, c.label) for c in sorted(LES_DEUX)], widget=forms.HiddenInput
    )

    class Meta:
        model = Signature
        fields = ["cote", "fonction"]
        labels = {"fonction": _("Votre fonction dans l’organisme")}
        help_texts = {
            "fonction": _(
                "Par exemple : direction, coordination. Elle paraît sur l’entente avec votre nom."
            )
        }
        error_messages = {
            "fonction": {
                "required": _("Inscrivez votre fonction."),
                "max_length": _("C’est trop long : 80 caractères au plus."),
            }
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "signer-%s")
        super().__init__(*args, **options)
        self.fields["fonction"].widget.attrs["autocomplete"] = "organization-title"
