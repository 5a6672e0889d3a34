"""An organisation's loans as a file for a spreadsheet, one line at a time."""

import csv
import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from organisations.models import Organisation
from ressources.cycle import Etat
from ressources.models import Pret
from ressources.models.prets import PretQuerySet

PAR_LOT = 500
BOM = "\ufeff"  # without it, Excel reads the accents wrong
# What a spreadsheet would run instead of showing it.
FORMULES = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, texte: str) -> str:
        return texte


def lignes(prets: PretQuerySet, organisation: Organisation) -> Iterator[str]:
    """The whole file: semicolons, as a spreadsheet set to French expects where the comma is the
    decimal sign; days and hours in ISO 8601, local time. By the day, the last day is included, as
    people say it."""
    ecrire = csv.writer(_Echo(), delimiter=";").writerow
    # Words are chosen now: the language of the reader may be another's once the lines leave.
    titres = [
        _("Numéro"), _("Rôle"), _("Ressource"), _("Quantité"), _("Remis"), _("Rendus"),
        _("Autre organisme"), _("Début"), _("Fin"), _("État"), _("En retard"), _("Demandé le"),
        _("Accepté le"), _("Remis le"), _("Rendu le"), _("Clos le"), _("À quoi cela servira"),
    ]  # fmt: skip
    mots = {"preteur": _("Prêt"), "emprunteur": _("Emprunt"), "oui": _("Oui"), "non": _("Non")}
    etats = {etat.value: str(etat.label) for etat in Etat}

    def suite() -> Iterator[str]:
        yield BOM + ecrire(titres)
        for pret in prets.iterator(chunk_size=PAR_LOT):
            yield ecrire([_sure(case) for case in _cases(pret, organisation, mots, etats)])

    return suite()


def _cases(pret: Pret, organisation: Organisation, mots: dict, etats: dict) -> list[Any]:
    prete = pret.preteur_id == organisation.pk
    return [
        pret.numero,
        mots["preteur"] if prete else mots["emprunteur"],
        pret.ressource.titre,
        pret.quantite,
        pret.quantite_remise,
        pret.quantite_rendue,
        (pret.emprunteur if prete else pret.preteur).nom,
        *_bornes(pret),
        etats[pret.etat],
        mots["oui"] if pret.est_en_retard else mots["non"],
        _instant(pret.demande_le),
        _instant(pret.accepte_le),
        _instant(pret.remis_le),
        _instant(pret.rendu_le),
        _instant(pret.clos_le),
        pret.but,
    ]


def _bornes(pret: Pret) -> tuple[str, str]:
    if pret.ressource.par_heure:
        return _instant(pret.debut), _instant(pret.fin)
    dernier = timezone.localtime(pret.fin - dt.timedelta(seconds=1))
    return f"{timezone.localtime(pret.debut):%Y-%m-%d}", f"{dernier:%Y-%m-%d}"


def _sure(case: Any) -> Any:
    """Text that looks like a formula is shown, never run: an apostrophe comes first."""
    if isinstance(case, str) and case.lstrip(" ").startswith(FORMULES):
        return f"'{case}"
    return case


def _instant(moment: dt.datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
