"""What templates need and Django does not give: dates, money and links in the network's manner."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

register = template.Library()

NBSP = "\u00a0"
MOIS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}
MOIS_COURTS = {
    "fr": "janv. févr. mars avr. mai juin juill. août sept. oct. nov. déc.",
    "en": "Jan. Feb. March April May June July Aug. Sept. Oct. Nov. Dec.",
}
PETITS_MOTS = {
    "la",
    "le",
    "les",
    "l",
    "de",
    "du",
    "des",
    "d",
    "et",
    "à",
    "au",
    "aux",
    "en",
    "sur",
}


def _langue() -> str:
    return "fr" if (translation.get_language() or "fr").startswith("fr") else "en"


# ---------------------------------------------------------------- language, network
@register.filter
def langue_html(code: str) -> str:
    """The lang attribute of this Django code: « fr-ca » is fr-CA, « en » is the Canadian one."""
    return "fr-CA" if str(code).startswith("fr") else "en-CA"


@register.simple_tag
def reseau_des_reglages() -> dict[str, str]:
    """The network's identity for pages made without a context, such as the error 500."""
    return settings.RESEAU


@register.inclusion_tag("composants/lien_nav.html", takes_context=True)
def lien_nav(
    context: template.Context,
    nom: str,
    texte: str,
    compte: int = 0,
    icone: str = "",
    precision: str = "",
    dessous: bool = True,
) -> dict[str, Any]:
    """A link of a menu, marked when it leads to this page or (`dessous`) to one above it."""
    adresse = reverse(nom)
    chemin = context["request"].path if "request" in context else ""
    ici = "page" if chemin == adresse else "true" if dessous and chemin.startswith(adresse) else ""
    return {
        "adresse": adresse,
        "texte": texte,
        "compte": compte,
        "icone": icone,
        "precision": precision,
        "ici": ici,
    }


@register.filter
def numeros_de_page(page: Page) -> Iterator[int | str]:
    """The numbers worth showing around this page, with ellipses."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


# ---------------------------------------------------------------- money, names
@register.filter
def argent(montant: Decimal | float | str | None) -> str:
    """« 1 234,56 $ » or « $1,234.56 »; cents are shown only when there are some."""
    if montant is None or montant == "":
        return ""
    valeur = Decimal(str(montant)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    texte = f"{abs(valeur):,.2f}".removesuffix(".00")
    signe = "−" if valeur < 0 else ""
    if _langue() == "en":
        return f"{signe}${texte}"
    return signe + texte.replace(",", NBSP).replace(".", ",") + f"{NBSP}$"


@register.filter
def initiales(nom: str) -> str:
    """Two letters for a name: « La Tablée du Bas-du-Cap » is TB."""
    mots = [m for m in re.split(r"[\s’']+", str(nom)) if m and m[0].isalnum()]
    forts = [m for m in mots if m.lower() not in PETITS_MOTS] or mots
    return "".join(m[0] for m in forts[:2]).upper()


@register.filter
def souligne(titre: str) -> str:
    """A heading in a letter written as text (`organisations/lettre.py`)."""
    titre = re.sub(r"[\r\n]+", " ", titre)
    return f"{titre}\n{'-' * min(max(len(titre), 3), 60)}"


@register.filter
def navigateur(agent: str) -> str:
    """A browser and its system, from the header it sends: « Firefox, Windows »."""
    # The order matters: every browser also claims to be the ones that follow it here.
    noms = {
        "Edg": "Edge",
        "OPR/": "Opera",
        "Firefox": "Firefox",
        "CriOS": "Chrome",
        "FxiOS": "Firefox",
        "Chrom": "Chrome",
        "Safari": "Safari",
    }
    systemes = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "CrOS": "ChromeOS",
        "Linux": "Linux",
    }
    trouves = [
        next((t for cle, t in table.items() if cle in agent), "") for table in (noms, systemes)
    ]
    return ", ".join(filter(None, trouves)) or translation.gettext("Navigateur inconnu")


# ---------------------------------------------------------------- dates
def _local(moment: dt.date) -> dt.date:
    if isinstance(moment, dt.datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


def _jour(moment: dt.date, *, mois: bool = True, annee: bool = True, court: bool = False) -> str:
    langue = _langue()
    nom = (MOIS_COURTS if court else MOIS)[langue].split()[moment.month - 1]
    if langue == "fr":
        morceaux = ["1er" if moment.day == 1 else str(moment.day)]
        morceaux += [nom] if mois else []
        morceaux += [str(moment.year)] if annee else []
        return NBSP.join(morceaux)
    texte = f"{nom}{NBSP}{moment.day}" if mois else str(moment.day)
    return f"{texte}, {moment.year}" if annee else texte


def _heure(moment: dt.datetime) -> str:
    if _langue() == "fr":
        minutes = f"{NBSP}{moment.minute:02}" if moment.minute else ""
        return f"{moment.hour}{NBSP}h{minutes}"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{NBSP}{'a.m.' if moment.hour < 12 else 'p.m.'}"


@register.filter
def date_courte(moment: dt.date | None) -> str:
    """« 4 déc. 2026 »."""
    return _jour(_local(moment), court=True) if moment else ""


@register.filter
def date_longue(moment: dt.date | None) -> str:
    """« mardi 24 novembre »; the year is said when it is not the current one."""
    if not moment:
        return ""
    moment = _local(moment)
    jour = _jour(moment, annee=moment.year != timezone.localdate().year)
    semaine = date_format(moment, "l")
    return f"{semaine}{NBSP}{jour}" if _langue() == "fr" else f"{semaine}, {jour}"


@register.filter
def heure(moment: dt.datetime | None) -> str:
    """« 9 h 12 »."""
    return _heure(_local(moment)) if moment else ""


@register.simple_tag
def periode(debut: dt.date | None, fin: dt.date | None = None, court: bool = False) -> str:
    """A stretch of time in words, to follow a verb: « du 4 au 6 décembre 2026 ».

    A pair of dates includes the last day. A pair of datetimes says the hours, unless both are
    midnights: it then means whole days, and the last midnight belongs to nobody.
    `court` is for lists: short months, no preposition, no year when it is the current one.
    """
    if debut is None:
        return ""
    debut = _local(debut)
    fin = _local(fin) if fin is not None else None
    minuit = dt.time()
    if isinstance(debut, dt.datetime) and isinstance(fin, dt.datetime):
        if debut.time() != minuit or fin.time() != minuit:
            return _heures(debut, fin, court)
        fin -= dt.timedelta(days=1)
    return _jours(debut, fin, court)


def _jours(debut: dt.date, fin: dt.date | None, court: bool) -> str:
    fr = _langue() == "fr"
    annee = not court or debut.year != timezone.localdate().year
    if fin is None:
        jour = _jour(debut, annee=annee, court=court)
        return f"à partir du {jour}" if fr else f"from {jour}"
    a_fin = annee or fin.year != debut.year
    meme_annee, meme_mois = (
        fin.year == debut.year,
        (fin.year, fin.month) == (debut.year, debut.month),
    )
    if meme_mois and fin.day <= debut.day:
        jour = _jour(debut, annee=annee, court=court)
        return jour if court else f"le {jour}" if fr else f"on {jour}"
    if fr:
        premier = _jour(debut, mois=not meme_mois, annee=a_fin and not meme_annee, court=court)
        dernier = _jour(fin, annee=a_fin, court=court)
        return f"{premier} au {dernier}" if court else f"du {premier} au {dernier}"
    premier = _jour(debut, annee=a_fin and not meme_annee, court=court)
    dernier = _jour(fin, mois=not meme_mois, annee=a_fin, court=court)
    return f"{premier} to {dernier}" if court else f"from {premier} to {dernier}"


def _heures(debut: dt.datetime, fin: dt.datetime, court: bool) -> str:
    fr = _langue() == "fr"
    annee = not court or debut.year != timezone.localdate().year
    jour, h1, h2 = _jour(debut, annee=annee, court=court), _heure(debut), _heure(fin)
    if debut.date() == fin.date():
        if fr:
            return f"{jour}, {h1} à {h2}" if court else f"le {jour}, de {h1} à {h2}"
        return f"{jour}, {h1} to {h2}" if court else f"on {jour}, from {h1} to {h2}"
    jour_fin = _jour(fin, annee=annee or fin.year != debut.year, court=court)
    if fr:
        return (
            f"{jour}, {h1}, au {jour_fin}, {h2}"
            if court
            else f"du {jour}, {h1}, au {jour_fin}, {h2}"
        )
    return (
        f"{jour}, {h1} to {jour_fin}, {h2}" if court else f"from {jour}, {h1} to {jour_fin}, {h2}"
    )
