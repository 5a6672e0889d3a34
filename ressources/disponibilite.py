"""What is free, and when: the one place that answers. Pages, forms, verbs and calendar call it.

Free = quantity − peak of what is held at one instant of the period, never the sum. « Held » and
« peak » are defined once, in the database (`garantie.py`), so that what a page says is what the
guarantee will answer. Periods are half-open: [debut, fin).
"""

import calendar
import datetime as dt
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ressources.semaine import (
    PAS,
    Periode,
    Semaine,
    a_linstant,
    feries,
    jours_entre,
    semaine_de,
)

if TYPE_CHECKING:
    from ressources.models import Ressource

# What the facets of the catalogue count: kind, category, path of the territory, cost.
Groupe = tuple[str, str, str, str]


@dataclass(frozen=True)
class Jour:
    """A day of the calendar: how many are free all day long (by the hour: at some hour)."""

    FERME: ClassVar[str] = "ferme"
    FERIE: ClassVar[str] = "ferie"

    date: dt.date
    libre: int
    total: int
    motif: str = ""  # why nobody may take it that day, when it is not taken

    @property
    def etat(self) -> str:
        return self.motif or ("libre" if self.libre else "complet")


def minuit(jour: dt.date) -> dt.datetime:
    """The local midnight that begins this day, whatever the clock does that night."""
    return dt.datetime.combine(jour, dt.time(), tzinfo=timezone.get_default_timezone())


def libres(
    ressources: Iterable["Ressource"], debut: dt.datetime, fin: dt.datetime
) -> dict[int, int]:
    """How many of each listing stay free during the whole period, by primary key. One query."""
    quantites = {r.pk: r.quantite for r in ressources}
    if not quantites:
        return {}
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT ressource_id, pic, ferme FROM ressources_pics_de(%s, tstzrange(%s, %s), now())",
            [list(quantites), debut, fin],
        )
        pics = {pk: quantites[pk] if ferme else pic for pk, pic, ferme in curseur.fetchall()}
    return {pk: max(0, quantite - pics.get(pk, 0)) for pk, quantite in quantites.items()}


def libre(ressource: "Ressource", debut: dt.datetime, fin: dt.datetime) -> int:
    return libres([ressource], debut, fin)[ressource.pk]


def restes(lignes: Sequence[tuple["Ressource", dt.datetime, dt.datetime]]) -> list[int]:
    """How many stay free for each (listing, start, end), in the same order. One query."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT coalesce(p.pic, 0), coalesce(p.ferme, false)"
            " FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY"
            " AS l (id, debut, fin, rang)"
            " LEFT JOIN LATERAL ressources_pics_de("
            "ARRAY[l.id], tstzrange(l.debut, greatest(l.debut, l.fin)), now()) p ON true"
            " ORDER BY l.rang",
            [[r.pk for r, _d, _f in lignes], [d for _r, d, _f in lignes], [f for *_r, f in lignes]],
        )
        pics = curseur.fetchall()
    return [
        0 if ferme else max(0, ressource.quantite - pic)
        for (ressource, *_bornes), (pic, ferme) in zip(lignes, pics, strict=True)
    ]


def seulement_libres(
    ressources: QuerySet, debut: dt.datetime, fin: dt.datetime, quantite: int = 1
) -> QuerySet:
    """The listings of which at least this many stay free during the whole period."""
    from ressources.models import Pris  # the models call this module

    ecrites = Pris.objects.filter(
        ressource=OuterRef("pk"),
        periode__overlap=DateTimeTZRange(debut, fin),
        plus_que__lt=quantite,
        jusqua__gte=quantite,
    ).exclude(ressource__in=RawSQL("SELECT ressources_perimees(now())", []))
    exactes = RawSQL(
        "SELECT ressources_perimees_prises(tstzrange(%s, %s), %s, now())", [debut, fin, quantite]
    )
    return ressources.filter(
        ~Q(unite="sans"), ~Exists(ecrites), ~Q(pk__in=exactes), quantite__gte=quantite
    )


def comptes(periode: tuple[dt.datetime, dt.datetime] | None = None) -> Counter[Groupe]:
    """How many listings are on line, over a period how many of them stay free, by kind, category,
    path of the territory and cost. The same as counting `publiees()`, at a fraction of its cost."""
    debut, fin = periode or (None, None)
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT c.sorte, c.categorie, t.chemin, c.cout, c.nombre FROM ressources_comptes("
            "CASE WHEN %(debut)s::timestamptz IS NOT NULL"
            " THEN tstzrange(%(debut)s, %(fin)s) END, now()) c"
            " JOIN organisations_territoire t ON t.id = c.territoire_id",
            {"debut": debut, "fin": fin},
        )
        return Counter({ligne[:4]: ligne[4] for ligne in curseur.fetchall()})


def ranger(combien: int = 1_000) -> None:
    """Writes down when the listings that changed are free, so many changes by transaction."""
    with connection.cursor() as curseur:
        pris = combien
        while pris == combien:
            curseur.execute("SELECT ressources_ranger(%s, now())", [combien])
            (pris,) = curseur.fetchone()


@dataclass(frozen=True)
class Occupation:
    """What holds and closes one listing over a window, read once: any period inside is then
    answered without a query, as the database would. `niveaux[i]` are held from `instants[i]` on."""

    quantite: int
    battement: dt.timedelta
    instants: list[dt.datetime]
    niveaux: list[int]
    fermetures: list[Periode]

    def pic(self, debut: dt.datetime, fin: dt.datetime) -> int:
        """The peak held over [debut, fin) and the listing's own buffer."""
        rang = bisect_right(self.instants, debut)
        pic = self.niveaux[rang - 1] if rang else 0
        fin = fin.astimezone(dt.UTC) + self.battement  # in time that really passes
        while rang < len(self.instants) and self.instants[rang] < fin:
            pic = max(pic, self.niveaux[rang])
            rang += 1
        return pic

    def est_fermee(self, debut: dt.datetime, fin: dt.datetime) -> bool:
        return any(d < fin and debut < f for d, f in self.fermetures)

    def libre(self, debut: dt.datetime, fin: dt.datetime) -> int:
        if self.est_fermee(debut, fin):
            return 0
        return max(0, self.quantite - self.pic(debut, fin))


def occupation(ressource: "Ressource", debut: dt.datetime, fin: dt.datetime) -> Occupation:
    """One query, whatever the length of the window. « Held » is the database's own definition."""
    with connection.cursor() as curseur:
        curseur.execute(
            """
            WITH places AS (SELECT %(id)s::bigint AS id UNION ALL
                            SELECT proche_id FROM ressources_lignee WHERE ressource_id = %(id)s)
            SELECT t.n, lower(t.tenue), upper(t.tenue) FROM (
              SELECT pret_nombre(p.etat, p.periode, p.quantite, p.quantite_remise,
                                 p.quantite_rendue, now()) AS n,
                     pret_tenue(p.etat, p.periode, p.tenue, now()) AS tenue
              FROM ressources_pret p
              WHERE p.ressource_id IN (SELECT id FROM places) AND p.etat IN ('accepte', 'remis')
                AND (p.tenue && tstzrange(%(debut)s, %(fin)s::timestamptz
                                                     + %(battement)s * interval '1 minute')
                     OR p.etat = 'remis' AND upper(p.periode) <= now())
              UNION ALL
              SELECT 1, tstzrange(e.en_reparation_le, NULL)
              FROM ressources_exemplaire e
              WHERE e.ressource_id = %(id)s AND e.etat = 'en_reparation'
            ) t
            UNION ALL
            SELECT 0, lower(f.periode), upper(f.periode)
            FROM ressources_fermeture f
            WHERE f.ressource_id IN (SELECT id FROM places)
              AND f.periode && tstzrange(%(debut)s, %(fin)s)
            """,
            {"id": ressource.pk, "debut": debut, "fin": fin, "battement": ressource.battement},
        )
        lignes = curseur.fetchall()
    ecarts: dict[dt.datetime, int] = {}
    for n, commence, finit in lignes:
        if n:
            ecarts[commence] = ecarts.get(commence, 0) + n
            if finit is not None:
                ecarts[finit] = ecarts.get(finit, 0) - n
    instants = sorted(ecarts)
    return Occupation(
        ressource.quantite,
        dt.timedelta(minutes=ressource.battement),
        instants,
        list(accumulate(ecarts[i] for i in instants)),
        [(commence, finit) for n, commence, finit in lignes if not n],
    )


def mois(
    ressource: "Ressource", annee: int, numero: int, semaine: Semaine | None = None
) -> list[Jour]:
    """Each day of a month. Two queries, one when its week is given."""
    dernier = dt.date(annee, numero, calendar.monthrange(annee, numero)[1])
    return jours(ressource, dt.date(annee, numero, 1), dernier, semaine or semaine_de(ressource))


def jours(
    ressource: "Ressource", premier: dt.date, dernier: dt.date, semaine: Semaine
) -> list[Jour]:
    """Each day between two. By the hour, a day is taken once every open quarter of it is. By the
    day, nothing is collected or brought back when it is closed. One query."""
    prise = occupation(ressource, minuit(premier), minuit(dernier + dt.timedelta(days=1)))
    vus = []
    for date in jours_entre(premier, dernier):
        debut, fin = a_linstant(date), a_linstant(date + dt.timedelta(days=1))
        plages = semaine.ouvertures(date, date) if ressource.par_heure else [(debut, fin)]
        if not semaine.est_ouvert_le(date):
            ferie = semaine.ferme_feries and date in feries(date.year)
            libre, motif = 0, Jour.FERIE if ferie else Jour.FERME
        elif plages and all(_couverte(prise.fermetures, p) for p in plages):
            libre, motif = 0, Jour.FERME
        elif ressource.par_heure:
            libre, motif = max((_au_mieux(prise, p) for p in plages), default=0), ""
        else:
            libre, motif = prise.libre(debut, fin), ""
            if prise.est_fermee(debut, fin):
                motif = Jour.FERME
        vus.append(Jour(date, libre, ressource.quantite, motif))
    return vus


def _couverte(fermetures: list[Periode], plage: Periode) -> bool:
    return any(d <= plage[0] and plage[1] <= f for d, f in fermetures)


def _au_mieux(prise: Occupation, plage: Periode) -> int:
    """The most that is free at once during one of the quarters of an opening."""
    libre = prise.libre(*plage)
    quart = plage[0]
    while libre < prise.quantite and quart + PAS <= plage[1]:
        libre = max(libre, prise.libre(quart, quart + PAS))
        quart += PAS
    return libre


def phrase_de_refus(
    ressource: "Ressource", debut: dt.datetime, fin: dt.datetime, reste: int
) -> str:
    """What is taken, and until when: `reste` is how many are still free."""
    with connection.cursor() as curseur:
        curseur.execute(
            """
            WITH places AS (SELECT %(id)s::bigint AS id UNION ALL
                            SELECT proche_id FROM ressources_lignee WHERE ressource_id = %(id)s)
            SELECT max(upper(tenue)),
                   bool_or(upper(pret_tenue(etat, periode, tenue, now())) IS NULL),
                   (SELECT min(f.motif) FROM ressources_fermeture f
                    WHERE f.ressource_id IN (SELECT id FROM places)
                      AND f.periode && tstzrange(%(debut)s, %(fin)s))
            FROM ressources_pret
            WHERE ressource_id IN (SELECT id FROM places) AND etat IN ('accepte', 'remis')
              AND pret_tenue(etat, periode, tenue, now())
                  && tstzrange(%(debut)s, %(fin)s::timestamptz
                                          + %(battement)s * interval '1 minute')
            """,
            {
                "id": ressource.pk,
                "debut": debut,
                "fin": fin,
                "battement": ressource.battement,
            },
        )
        jusqua, en_retard, fermeture = curseur.fetchone()
    if fermeture is not None:
        phrase = _("C’est fermé à ces dates.")
        return f"{phrase} ({fermeture})" if fermeture else phrase
    if ressource.quantite == 1:
        phrase = _("C’est déjà pris à ces dates.")
    elif reste <= 0:
        phrase = _("Tout est pris à ces dates.")
    else:
        phrase = ngettext(
            "Il n’en reste que %(reste)s sur %(total)s à ces dates.",
            "Il n’en reste que %(reste)s sur %(total)s à ces dates.",
            reste,
        ) % {"reste": reste, "total": ressource.quantite}
    if en_retard:
        return f"{phrase} {_('Un prêt en retard en retient : ce sera libre à son retour.')}"
    if jusqua is None:
        return phrase
    return "{} {}".format(
        phrase, _("C’est pris jusqu’au %(fin)s.") % {"fin": _fin(jusqua, ressource.par_heure)}
    )


def _fin(instant: dt.datetime, par_heure: bool) -> str:
    """A half-open end as people say it: a loan by the day ends the day before its midnight."""
    local = timezone.localtime(instant)
    if par_heure:
        return en_mots(local, "DATETIME_FORMAT")
    return en_mots(local - dt.timedelta(seconds=1))


def en_mots(jour: dt.date, modele: str = "DATE_FORMAT") -> str:
    """A date within a sentence. In French the first of a month is « 1er », which no format says."""
    texte = date_format(jour, modele)
    if jour.day == 1 and (get_language() or "").startswith("fr"):
        return re.sub(r"^1\b", "1er", texte)
    return texte


def heure_en_mots(heure: dt.time) -> str:
    """An hour as people say it here: « 9 h », « 14 h 30 », « minuit »; « 2:30 p.m. » in English."""
    if heure == dt.time():
        return _("minuit")
    if heure.minute or not (get_language() or "").startswith("fr"):
        return time_format(heure)
    return f"{heure.hour}\u00a0h"


def periode_en_mots(debut: dt.datetime, fin: dt.datetime) -> str:
    """A period within a sentence: whole days, or hours when one of its ends is no midnight."""
    debut, fin = timezone.localtime(debut), timezone.localtime(fin)
    if debut.time() == fin.time() == dt.time():
        fin -= dt.timedelta(days=1)
        if debut.date() == fin.date():
            return _("le %(jour)s") % {"jour": en_mots(debut)}
        return _("du %(debut)s au %(fin)s") % {"debut": en_mots(debut), "fin": en_mots(fin)}
    heures = {"de": heure_en_mots(debut.time()), "a": heure_en_mots(fin.time())}
    if (fin - dt.timedelta(seconds=1)).date() == debut.date():
        return _("le %(jour)s, de %(de)s à %(a)s") % {"jour": en_mots(debut), **heures}
    return _("du %(debut)s, %(de)s, au %(fin)s, %(a)s") % {
        "debut": en_mots(debut),
        "fin": en_mots(fin),
        **heures,
    }
