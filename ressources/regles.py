"""When a listing may be borrowed: its rules, and the nearest dates that follow all of them.

Each rule is a line of `REGLES`: what it holds to, what it says when it is not followed, which
field the sentence is about, whether it binds the lender who proposes too. The stock is the last
word, and the database's (`disponibilite.py`, `garantie.py`).
"""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from organisations.models import Organisation
from ressources import disponibilite, phrases
from ressources.cycle import Etat
from ressources.models import Pret, Ressource
from ressources.semaine import (
    JOUR,
    PAS,
    Periode,
    Semaine,
    a_linstant,
    dernier_jour,
    jour_de,
    semaine_de,
)

HORIZON_JOURS = 730  # nobody promises anything further than two years away
AUTOUR_JOURS = 60  # how far from the dates asked others are looked for
# The hours of an expertise that count against its monthly ceiling: promised, or given.
DONNEES = (Etat.ACCEPTE, Etat.REMIS, Etat.RENDU, Etat.CLOS)

Raison = tuple[str | None, str]  # the field of the request it is about, and the sentence


@dataclass(frozen=True)
class Regime:
    """The rules of time of one listing, read once: any period is then checked without a query."""

    ressource: Ressource
    semaine: Semaine
    maintenant: dt.datetime = field(default_factory=timezone.now)
    heures_du_mois: dict[tuple[int, int], dt.timedelta] = field(default_factory=dict)

    @cached_property
    def ouvertures(self) -> Callable[[dt.date, dt.date], list[Periode]]:
        """Those of its week: dates tried one after the other fall on the same days."""
        return cache(self.semaine.ouvertures)

    @cached_property
    def aujourdhui(self) -> dt.date:
        return jour_de(self.maintenant)

    @cached_property
    def premier_jour(self) -> dt.date:
        return self.aujourdhui + self.ressource.delai_jours * JOUR

    @cached_property
    def jour_limite(self) -> dt.date:
        return self.aujourdhui + (self.ressource.horizon_jours or HORIZON_JOURS) * JOUR


def regime_de(ressource: Ressource, debut: dt.datetime, fin: dt.datetime) -> Regime:
    """The rules of this listing for what lies in [debut, fin): 1 query, 2 with a ceiling."""
    return Regime(
        ressource, semaine_de(ressource), heures_du_mois=_heures_du_mois(ressource, debut, fin)
    )


def _heures_du_mois(
    ressource: Ressource, debut: dt.datetime, fin: dt.datetime
) -> dict[tuple[int, int], dt.timedelta]:
    if ressource.plafond_mensuel is None:
        return {}
    du, au = jour_de(debut).replace(day=1), dernier_jour(fin)
    au = (au.replace(day=1) + 32 * JOUR).replace(day=1)
    total: dict[tuple[int, int], dt.timedelta] = {}
    periodes = Pret.objects.filter(
        ressource=ressource,
        etat__in=DONNEES,
        periode__overlap=(a_linstant(du), a_linstant(au)),
    ).values_list("periode", flat=True)
    for periode in periodes:
        for mois, temps in _par_mois(periode.lower, periode.upper):
            total[mois] = total.get(mois, dt.timedelta()) + temps
    return total


def _par_mois(
    debut: dt.datetime, fin: dt.datetime
) -> Iterator[tuple[tuple[int, int], dt.timedelta]]:
    """How long a period lasts in each local month it touches."""
    debut, fin = debut.astimezone(dt.UTC), fin.astimezone(dt.UTC)
    while debut < fin:
        premier = jour_de(debut).replace(day=1)
        suivant = a_linstant((premier + 32 * JOUR).replace(day=1))
        yield (premier.year, premier.month), min(fin, suivant) - debut
        debut = suivant


@dataclass(frozen=True)
class Essai:
    """A period put to the rules of a listing. Its two instants are in UTC."""

    regime: Regime
    debut: dt.datetime
    fin: dt.datetime

    @property
    def ressource(self) -> Ressource:
        return self.regime.ressource

    @cached_property
    def premier(self) -> dt.date:
        return jour_de(self.debut)

    @cached_property
    def dernier(self) -> dt.date:
        return dernier_jour(self.fin)

    @property
    def duree(self) -> int:
        return duree(self.ressource, self.debut, self.fin)

    def est_ouvert(self) -> bool:
        """By the hour: inside one opening, whole."""
        return any(
            ouvre <= self.debut and self.fin <= ferme
            for ouvre, ferme in self.regime.ouvertures(self.premier, self.dernier)
        )

    def mois_pleins(self) -> list[tuple[dt.date, dt.timedelta]]:
        """The months whose ceiling this would go beyond, each with what is left of it."""
        plafond = self.ressource.plafond_mensuel
        if plafond is None:
            return []
        pleins = []
        for (annee, numero), temps in _par_mois(self.debut, self.fin):
            reste = dt.timedelta(hours=plafond) - self.regime.heures_du_mois.get(
                (annee, numero), dt.timedelta()
            )
            if temps > reste:
                pleins.append((dt.date(annee, numero, 1), max(reste, dt.timedelta())))
        return pleins


def duree(ressource: Ressource, debut: dt.datetime, fin: dt.datetime) -> int:
    """In the listing's unit, rounded up: days of the calendar, or hours that really pass."""
    if ressource.par_heure:
        passe = fin.astimezone(dt.UTC) - debut.astimezone(dt.UTC)
        return math.ceil(passe / dt.timedelta(hours=1))
    return (dernier_jour(fin) - jour_de(debut)).days + 1


# ------------------------------------------------------------------ the table of rules
def est_au_pas(ressource: Ressource, instant: dt.datetime) -> bool:
    """A loan starts and ends on a quarter of an hour; by the day, at a local midnight."""
    if ressource.par_heure:
        return not instant.timestamp() % PAS.total_seconds()
    return instant == a_linstant(jour_de(instant))


def phrase_du_pas(ressource: Ressource) -> str:
    if ressource.par_heure:
        return _("Les heures vont par quarts d’heure : 9 h, 9 h 15, 9 h 30, 9 h 45.")
    return _("Cette ressource se prête à la journée : choisissez des jours entiers.")


def _est_entiere(essai: Essai) -> bool:
    return all(est_au_pas(essai.ressource, i) for i in (essai.debut, essai.fin))


def _nest_pas_passee(essai: Essai) -> bool:
    return essai.fin > essai.regime.maintenant and essai.premier >= essai.regime.aujourdhui


def _est_connue_a_temps(essai: Essai) -> bool:
    return essai.premier >= essai.regime.premier_jour or not _nest_pas_passee(essai)


@dataclass(frozen=True)
class Regle:
    champ: str
    tient: Callable[[Essai], bool]
    phrase: Callable[[Essai], str]
    lie_le_preteur: bool = False  # the lender keeps to it when proposing other dates


REGLES = (
    Regle(
        "debut",
        _est_entiere,
        lambda e: phrase_du_pas(e.ressource),
        lie_le_preteur=True,
    ),
    Regle(
        "debut",
        _nest_pas_passee,
        lambda e: _("Ces dates sont passées. Choisissez-en d’autres à partir d’aujourd’hui."),
        lie_le_preteur=True,
    ),
    Regle("debut", _est_connue_a_temps, phrases.le_delai),
    Regle("fin", lambda e: e.dernier <= e.regime.jour_limite, phrases.lhorizon),
    Regle("fin", lambda e: e.duree >= (e.ressource.duree_min or 1), phrases.le_minimum),
    Regle(
        "fin",
        lambda e: e.duree <= (e.ressource.duree_max or math.inf),
        phrases.le_maximum,
    ),
    Regle(
        "debut",
        lambda e: not e.ressource.par_heure or e.est_ouvert(),
        phrases.les_heures,
    ),
    Regle(
        "debut",
        lambda e: e.ressource.par_heure or e.regime.semaine.est_ouvert_le(e.premier),
        phrases.la_remise,
    ),
    Regle(
        "fin",
        lambda e: (
            e.ressource.par_heure
            or e.dernier == e.premier
            or e.regime.semaine.est_ouvert_le(e.dernier)
        ),
        phrases.le_retour,
    ),
    Regle("fin", lambda e: not e.mois_pleins(), phrases.le_plafond),
)


# ------------------------------------------------------------------ the answers
def raisons_de_refuser(
    ressource: Ressource,
    emprunteur: Organisation,
    debut: dt.datetime,
    fin: dt.datetime,
    quantite: int,
    *,
    du_preteur: bool = False,
    reste: int | None = None,
    regime: Regime | None = None,
) -> list[Raison]:
    """Every reason a request cannot be made, each with the form's field it is about. The lender
    who proposes is not bound by what it asks of others (`du_preteur`): delays, lengths, hours.
    `reste` (how many are free) and `regime`: read once by who puts many periods to the rules."""
    if not ressource.se_prete:
        return [(None, _("Cette ressource ne se réserve pas : servez-vous."))]
    if not (ressource.est_publiee and ressource.organisation.est_publiee):
        return [(None, _("Cette ressource n’est plus offerte : l’annonce a été fermée."))]
    if emprunteur == ressource.organisation:
        return [(None, _("Cette ressource est celle de votre organisme."))]
    if fin <= debut:
        return [("fin", _("La fin doit venir après le début."))]
    maintenant = timezone.now()
    if debut < maintenant - HORIZON_JOURS * JOUR:
        return [
            ("debut", _("Ces dates sont passées. Choisissez-en d’autres à partir d’aujourd’hui."))
        ]
    if fin > maintenant + (HORIZON_JOURS + 1) * JOUR:
        return [("fin", _("Cette date est trop loin. Demandez d’ici deux ans."))]
    essai = Essai(
        regime or regime_de(ressource, debut, fin), debut.astimezone(dt.UTC), fin.astimezone(dt.UTC)
    )
    raisons: list[Raison] = [
        (regle.champ, regle.phrase(essai))
        for regle in REGLES
        if (regle.lie_le_preteur or not du_preteur) and not regle.tient(essai)
    ]
    if quantite < 1:
        raisons.append(("quantite", _("Demandez-en au moins 1.")))
    elif quantite > ressource.quantite:
        raisons.append(
            (
                "quantite",
                _("Il y en a %(total)s en tout : demandez-en %(total)s ou moins.")
                % {"total": ressource.quantite},
            )
        )
    else:
        if reste is None:
            reste = disponibilite.libre(ressource, debut, fin)
        if reste < quantite:
            champ = "quantite" if reste else "debut"
            raisons.append((champ, disponibilite.phrase_de_refus(ressource, debut, fin, reste)))
    return raisons


def prochaines_dates(
    ressource: Ressource,
    debut: dt.datetime,
    fin: dt.datetime,
    quantite: int = 1,
    combien: int = 3,
) -> list[Periode]:
    """The nearest periods as long as this one that would really work, the nearest first, on both
    sides of it, 60 days at most from it, and from the first dates one may ask for.

    Two queries, three with a ceiling, whatever is held and however many dates are tried: 60 days of
    quarters at most. By the hour, what is offered never overlaps, and what fits in a day stays in
    one.
    """
    if not ressource.se_prete or fin <= debut or not 1 <= quantite <= ressource.quantite:
        return []
    demande = Essai(Regime(ressource, Semaine()), debut.astimezone(dt.UTC), fin.astimezone(dt.UTC))
    longueur = demande.fin - demande.debut
    if longueur > HORIZON_JOURS * JOUR:
        return []
    depart = _au_plus_pres(demande)
    autour = AUTOUR_JOURS * JOUR
    fenetre = depart - autour - JOUR, depart + autour + longueur + JOUR
    regime = regime_de(ressource, *fenetre)
    prise = disponibilite.occupation(ressource, *fenetre)
    trouvees: list[Periode] = []
    for essai in _autour(demande, depart, regime):
        if (
            prise.libre(essai.debut, essai.fin) >= quantite
            and all(regle.tient(essai) for regle in REGLES)
            and not (ressource.par_heure and _chevauche(essai, trouvees))
        ):
            trouvees.append((essai.debut, essai.fin))
            if len(trouvees) == combien:
                break
    return trouvees


def _au_plus_pres(demande: Essai) -> dt.datetime:
    """The start that was asked, or the nearest one that is neither too early nor too far."""
    regime, longueur = demande.regime, demande.fin - demande.debut
    if not demande.ressource.par_heure:
        tard = regime.jour_limite - (demande.dernier - demande.premier)
        return a_linstant(max(min(demande.premier, tard), regime.premier_jour))
    tot = max(regime.maintenant, a_linstant(regime.premier_jour))
    tard = a_linstant(regime.jour_limite + JOUR) - longueur
    quart = max(min(demande.debut, tard), tot).timestamp() / PAS.total_seconds()
    return dt.datetime.fromtimestamp(math.ceil(quart) * PAS.total_seconds(), dt.UTC)


def _autour(demande: Essai, depart: dt.datetime, regime: Regime) -> Iterator[Essai]:
    """Periods as long as the one asked, from the nearest to the furthest: the later one first."""
    if demande.ressource.par_heure:
        longueur, dans_un_jour = demande.fin - demande.debut, demande.premier == demande.dernier
        for n in range(AUTOUR_JOURS * (JOUR // PAS) + 1):
            for debut in {depart + n * PAS: None, depart - n * PAS: None}:
                essai = Essai(regime, debut, debut + longueur)
                if dans_un_jour and essai.premier != essai.dernier:
                    continue
                # The hour that comes twice is only written once: its second time is not offered.
                if not any(timezone.localtime(i).fold for i in (essai.debut, essai.fin)):
                    yield essai
        return
    jours, premier = (demande.dernier - demande.premier).days + 1, jour_de(depart)
    for n in range(AUTOUR_JOURS + 1):
        for jour in {premier + n * JOUR: None, premier - n * JOUR: None}:
            yield Essai(regime, a_linstant(jour), a_linstant(jour + jours * JOUR))


def _chevauche(essai: Essai, periodes: list[Periode]) -> bool:
    return any(debut < essai.fin and essai.debut < fin for debut, fin in periodes)
