"""Printed labels of numbered copies: a QR code that leads to the copy, and words for the eye."""

from collections.abc import Sequence

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ressources.documents import en_pdf
from ressources.models import Exemplaire, Ressource

PAR_FEUILLE = 30  # US Letter, 3 × 10
NOM_MAX, ORGANISME_MAX = 44, 44  # characters that fit


def adresse(exemplaire: Exemplaire) -> str:
    """What the code says: absolute, since a phone's camera opens it."""
    return settings.ADRESSE_DU_PORTAIL + reverse("exemplaire_scan", args=[exemplaire.code])


def en_etiquettes(
    ressource: Ressource, exemplaires: Sequence[Exemplaire], *, depart: int = 1
) -> bytes:
    """The sheets as a PDF; `depart` is the first free label of the first sheet, from 1 to 30."""
    return en_pdf(
        "etiquettes.typ",
        {
            "titre": _("Étiquettes : %(nom)s") % {"nom": ressource.titre},
            "sautees": depart - 1,
            "etiquettes": [_etiquette(ressource, e) for e in exemplaires],
        },
    )


def _etiquette(ressource: Ressource, exemplaire: Exemplaire) -> dict[str, object]:
    return {
        "nom": Truncator(ressource.titre).chars(NOM_MAX),
        "numero": _("nº %(numero)s") % {"numero": exemplaire.numero},
        "code": lisible(exemplaire.code),
        "organisme": Truncator(ressource.organisation.nom).chars(ORGANISME_MAX),
        "alt": _("Code de l’exemplaire nº %(numero)s") % {"numero": exemplaire.numero},
        "qr": _rangs(adresse(exemplaire)),
    }


def _rangs(texte: str) -> list[int]:
    """The modules of the QR code, each row as one number whose bits are dark or light."""
    code = segno.make_qr(texte, error="m")
    return [int("".join("1" if module else "0" for module in rang), 2) for rang in code.matrix]


def lisible(code: str) -> str:
    """In two halves: read aloud and typed by hand."""
    return f"{code[:5]} {code[5:]}"
