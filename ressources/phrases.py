"""What each rule of a listing says when it is not followed, and what to change."""

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ressources.disponibilite import en_mots, heure_en_mots
from ressources.semaine import MINUIT, Plage, ferie, jours_entre

if TYPE_CHECKING:
    from ressources.regles import Essai, Regime


def le_delai(essai: "Essai") -> str:
    return ngettext(
        "Il faut demander au moins %(n)s jour d’avance : à partir du %(date)s.",
        "Il faut demander au moins %(n)s jours d’avance : à partir du %(date)s.",
        essai.ressource.delai_jours,
    ) % {"n": essai.ressource.delai_jours, "date": en_mots(essai.regime.premier_jour)}


def lhorizon(essai: "Essai") -> str:
    if not essai.ressource.horizon_jours:
        return _("Cette date est trop loin. Demandez d’ici deux ans.")
    return ngettext(
        "Cette ressource se réserve au plus %(n)s jour d’avance : jusqu’au %(date)s.",
        "Cette ressource se réserve au plus %(n)s jours d’avance : jusqu’au %(date)s.",
        essai.ressource.horizon_jours,
    ) % {"n": essai.ressource.horizon_jours, "date": en_mots(essai.regime.jour_limite)}


def le_maximum(essai: "Essai") -> str:
    n = essai.ressource.duree_max or 0
    modele = (
        ngettext(
            "Cette ressource se prête au plus %(n)s heure.",
            "Cette ressource se prête au plus %(n)s heures.",
            n,
        )
        if essai.ressource.par_heure
        else ngettext(
            "Cette ressource se prête au plus %(n)s jour.",
            "Cette ressource se prête au plus %(n)s jours.",
            n,
        )
    )
    return modele % {"n": n}


def le_minimum(essai: "Essai") -> str:
    n = essai.ressource.duree_min or 0
    modele = (
        ngettext(
            "Cette ressource se prête au moins %(n)s heure.",
            "Cette ressource se prête au moins %(n)s heures.",
            n,
        )
        if essai.ressource.par_heure
        else ngettext(
            "Cette ressource se prête au moins %(n)s jour.",
            "Cette ressource se prête au moins %(n)s jours.",
            n,
        )
    )
    return modele % {"n": n}


def les_heures(essai: "Essai") -> str:
    """The opening hours of the days it touches, or that there are none."""
    phrases = []
    for jour in list(jours_entre(essai.premier, essai.dernier))[:3]:
        plages = essai.regime.semaine.plages_du(jour)
        if not plages:
            phrases.append(ferme(essai.regime, jour))
        elif plages != [(MINUIT, MINUIT)]:
            phrases.append(
                _("Le %(jour)s, c’est ouvert %(heures)s : choisissez des heures qui y tiennent.")
                % {"jour": en_mots(jour, "l j F"), "heures": plages_en_mots(plages)}
            )
    return " ".join(phrases)


def plages_en_mots(plages: list[Plage]) -> str:
    morceaux = [
        _("de %(debut)s à %(fin)s") % {"debut": heure_en_mots(debut), "fin": heure_en_mots(fin)}
        for debut, fin in plages
    ]
    return _(" et ").join(morceaux)


def minutes_en_mots(minutes: int) -> str:
    if minutes % 1440 == 0:
        return ngettext("%(n)s jour", "%(n)s jours", minutes // 1440) % {"n": minutes // 1440}
    if minutes < 60:
        return _("%(n)s minutes") % {"n": minutes}
    reste = f"\u00a0{minutes % 60:02}" if minutes % 60 else ""
    return f"{minutes // 60}\u00a0h{reste}"


def ferme(regime: "Regime", jour: dt.date) -> str:
    date = en_mots(jour, "l j F")
    if regime.ressource.ferme_feries and (nom := ferie(jour)):
        return _("C’est fermé le %(jour)s : %(ferie)s.") % {"jour": date, "ferie": nom}
    return _("C’est fermé le %(jour)s.") % {"jour": date}


def la_remise(essai: "Essai") -> str:
    phrase = ferme(essai.regime, essai.premier)
    return f"{phrase} {_('Choisissez un autre jour pour venir la chercher.')}"


def le_retour(essai: "Essai") -> str:
    phrase = ferme(essai.regime, essai.dernier)
    return f"{phrase} {_('Choisissez un autre jour pour la rapporter.')}"


def le_plafond(essai: "Essai") -> str:
    phrases = []
    for mois, reste in essai.mois_pleins():
        n = reste // dt.timedelta(hours=1)
        nom = en_mots(mois, "F Y")
        phrases.append(
            ngettext(
                "Il reste %(n)s heure en %(mois)s, sur %(total)s : demandez-en moins, ou un autre "
                "mois.",
                "Il reste %(n)s heures en %(mois)s, sur %(total)s : demandez-en moins, ou un autre "
                "mois.",
                n,
            )
            % {"n": n, "mois": nom, "total": essai.ressource.plafond_mensuel}
            if n
            else _("Les %(total)s heures de %(mois)s sont prises : choisissez un autre mois.")
            % {"mois": nom, "total": essai.ressource.plafond_mensuel}
        )
    return " ".join(phrases)
