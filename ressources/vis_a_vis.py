"""The condition reports of a loan side by side: the hand-over, what came in between, the return."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from organisations.models import Personne
from ressources.cycle import Etat
from ressources.models import Constat, EvenementPret, Exemplaire, PhotoConstat, Pret
from ressources.models.exemplaires import PretExemplaire

# A step taken without its page has words and no report: what is further apart is another gesture.
MEME_GESTE = dt.timedelta(seconds=5)
ABIMES = (Constat.Etat.ABIME, Constat.Etat.INCOMPLET)


@dataclass(frozen=True)
class Releve:
    """One report as a column shows it; from a step of before, only its words."""

    le: dt.datetime
    qui: str
    note: str
    constat: Constat | None = None
    quantite: int | None = None

    @property
    def etat(self) -> str:
        return self.constat.get_etat_display() if self.constat else ""

    @property
    def photos(self) -> list[PhotoConstat]:
        return list(self.constat.photos.all()) if self.constat else []


@dataclass(frozen=True)
class Colonne:
    moment: str
    titre: str
    releves: list[Releve]
    attendu: str  # what is said where nothing is noted yet

    def exemplaire(self, numero: int) -> str:
        """The last condition noted of this copy, in words."""
        for releve in reversed(self.releves):
            for ligne in releve.constat.exemplaires if releve.constat else ():
                if ligne["numero"] == numero:
                    return str(Constat.Etat(ligne["etat"]).label)
        return ""

    def accessoire(self, nom: str) -> str:
        """There at last, even when it came with the second half."""
        vus = [
            ligne["present"]
            for releve in self.releves
            if releve.constat
            for ligne in releve.constat.accessoires
            if ligne["nom"] == nom
        ]
        return (_("Présent") if any(vus) else _("Absent")) if vus else ""


@dataclass
class VisAVis:
    """What `_pret_constats.html` draws. `colonnes` are two, or three when something was noted in
    between; `lignes` are (name, one text for each column)."""

    pret: Pret
    colonnes: list[Colonne]
    exemplaires: list[tuple[int, list[str]]] = field(default_factory=list)
    accessoires: list[tuple[str, list[str]]] = field(default_factory=list)
    a_reparer: list[Exemplaire] = field(default_factory=list)
    peut_constater: bool = False

    @property
    def nombre_de_photos(self) -> int:
        return sum(len(r.photos) for c in self.colonnes for r in c.releves)


def vis_a_vis(
    pret: Pret, evenements: Iterable[EvenementPret], *, est_partie: bool, est_preteur: bool
) -> VisAVis | None:
    """None while nothing was handed over. Four queries at most, whatever was noted."""
    if pret.remis_le is None:
        return None
    constats = list(pret.constats.select_related("par").prefetch_related("photos"))
    colonnes = [
        Colonne(
            Constat.Moment.REMISE,
            str(Constat.Moment.REMISE.label),
            _releves(constats, evenements, Constat.Moment.REMISE, "remettre"),
            "",
        )
    ]
    pendant = _releves(constats, (), Constat.Moment.PENDANT, "")
    if pendant:
        colonnes.append(
            Colonne(Constat.Moment.PENDANT, str(Constat.Moment.PENDANT.label), pendant, "")
        )
    colonnes.append(
        Colonne(
            Constat.Moment.RETOUR,
            str(Constat.Moment.RETOUR.label),
            _releves(constats, evenements, Constat.Moment.RETOUR, "rendre"),
            "" if pret.rendu_le else _("À noter"),
        )
    )
    sorties = list(pret.sorties.select_related("exemplaire"))
    page = VisAVis(
        pret, colonnes, peut_constater=est_partie and pret.etat in (Etat.REMIS, Etat.RENDU)
    )
    page.exemplaires = [
        (numero, [_de_lexemplaire(c, numero, sorties) for c in colonnes])
        for numero in sorted({s.exemplaire.numero for s in sorties})
    ]
    noms = dict.fromkeys(a["nom"] for c in constats for a in c.accessoires)
    page.accessoires = [(nom, [c.accessoire(nom) or c.attendu for c in colonnes]) for nom in noms]
    if est_preteur:
        page.a_reparer = _a_reparer(constats, sorties)
    return page


def _releves(
    constats: list[Constat], evenements: Iterable[EvenementPret], moment: str, verbe: str
) -> list[Releve]:
    """The reports of this moment, and the steps that were taken without one."""
    siens = [c for c in constats if c.moment == moment]
    releves = [Releve(c.le, _nom(c.par, c.cote, c.pret), c.note, c, c.quantite) for c in siens]
    releves += [
        Releve(e.le, _nom(e.par, e.cote, e.pret), e.mot, None, e.quantite)
        for e in evenements
        if e.verbe == verbe and all(abs(c.le - e.le) > MEME_GESTE for c in siens)
    ]
    return sorted(releves, key=lambda r: r.le)


def _nom(par: Personne | None, cote: str, pret: Pret) -> str:
    return str(par or (pret.emprunteur if cote == "emprunteur" else pret.preteur))


def _de_lexemplaire(colonne: Colonne, numero: int, sorties: list[PretExemplaire]) -> str:
    if colonne.moment == Constat.Moment.PENDANT:
        return colonne.exemplaire(numero)
    revenu = any(s.exemplaire.numero == numero and s.rendu_le for s in sorties)
    if colonne.moment == Constat.Moment.RETOUR and not revenu:
        return _("Encore sorti")
    return colonne.exemplaire(numero) or _("Sans constat")


def _a_reparer(constats: list[Constat], sorties: list[PretExemplaire]) -> list[Exemplaire]:
    """Copies that came back damaged and still lend: putting them under repair is another act."""
    derniers: dict[int, str] = {}
    for constat in constats:
        derniers |= {ligne["numero"]: ligne["etat"] for ligne in constat.exemplaires}
    revenus = {
        s.exemplaire for s in sorties if s.rendu_le and derniers.get(s.exemplaire.numero) in ABIMES
    }
    if not revenus:
        return []
    sortis = PretExemplaire.objects.filter(rendu_le=None).values("exemplaire")
    return list(
        Exemplaire.objects.filter(
            pk__in=[e.pk for e in revenus], etat=Exemplaire.Etat.EN_SERVICE
        ).exclude(pk__in=sortis)
    )
