"""How a practice reads: how long it takes, and its results in words. Nothing here writes."""

import math
from decimal import Decimal

from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pratiques.models import Mesure, Pratique
from pratiques.vocabulaire import UNITES

MOTS_PAR_MINUTE = 200
NBSP = "\u00a0"


def minutes(pratique: Pratique) -> int:
    """The time it takes to read the whole page, at least one minute."""
    textes = [
        getattr(pratique, nom)
        for nom in (
            "accroche",
            "contexte",
            "mis_en_commun",
            "garde_en_propre",
            "fonctionnement",
            "premier_pas",
            "ombre",
            "commencer",
        )
    ]
    textes += [f"{lecon.texte} {lecon.citation}" for lecon in pratique.lecons.all()]
    textes += [partie.texte for partie in pratique.difficultes.all()]
    textes += [partie.texte for partie in pratique.faits.all()]
    return max(1, math.ceil(sum(len(t.split()) for t in textes) / MOTS_PAR_MINUTE))


def _nombre(nombre: Decimal, *, cents: bool = False) -> str:
    """Without its sign, and with no more decimals than it has; an amount has two, or none."""
    decimales = max(0, -int(nombre.normalize().as_tuple().exponent))
    if cents and decimales:
        decimales = 2
    return number_format(abs(nombre), decimal_pos=decimales, force_grouping=True)


def quantite(nombre: Decimal, indicateur: str) -> str:
    """« 22 600 $ », « 13 % », « 3,5 ETP » : the number with the unit of what it measures."""
    unite = UNITES[indicateur]
    texte = _nombre(nombre, cents=unite == "$")
    signe = "−" if nombre < 0 else ""
    if unite == "nb":
        return signe + texte
    if unite in ("$", "%") and (translation.get_language() or "").startswith("en"):
        return f"{signe}${texte}" if unite == "$" else f"{signe}{texte}%"
    return f"{signe}{texte}{NBSP}{unite}"


def ecart(mesure: Mesure) -> str:
    """« de 21 % à 13 % (−8 points) »; empty without a figure from before. No percentage is
    computed here: both figures are shown, and what separates them."""
    if mesure.avant is None:
        return ""
    difference = mesure.apres - mesure.avant
    signe = "+" if difference > 0 else ""
    if UNITES[mesure.indicateur] == "%":
        nombre = abs(difference)
        points = ngettext("%(n)s point", "%(n)s points", 1 if nombre < 2 else 2)
        variation = ("−" if difference < 0 else signe) + points % {"n": _nombre(nombre)}
    else:
        variation = signe + quantite(difference, mesure.indicateur)
    return _("de %(avant)s à %(apres)s (%(variation)s)") % {
        "avant": quantite(mesure.avant, mesure.indicateur),
        "apres": quantite(mesure.apres, mesure.indicateur),
        "variation": variation,
    }
