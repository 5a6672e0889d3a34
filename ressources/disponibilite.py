"""What is free, and when: the one place that answers. Pages, forms, verbs and calendar call it.

Free = quantity − peak of what is held at one instant of the period, never the sum. « Held » and
« peak » are defined once, in the database (`garantie.py`), so that what a page says is what the
guarantee will answer. Periods are half-open: [debut, fin).
"""

import calendar
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from ressources.models import Ressource

# What the facets of the catalogue count: kind, category, path of the territory, cost.
Groupe = tuple[str, str, str, str]


@dataclass(frozen=True)
class Jour:
    """A day of the calendar: how many are free all day long (by the hour: at some hour)."""

    date: dt.date
    libre: int
    total: int

    @property
    def etat(self) -> str:
        return "libre" if self.libre else "complet"


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


def mois(ressource: "Ressource", annee: int, numero: int) -> list[Jour]:
    """Each day of a month. One query. By the hour, a day is taken once every instant is."""
    dates = [dt.date(annee, numero, j) for j in range(1, calendar.monthrange(annee, numero)[1] + 1)]
    debuts = [minuit(d) for d in dates]
    fins = [minuit(d + dt.timedelta(days=1)) for d in dates]
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT CASE WHEN ferme THEN %s ELSE pic END, couvert"
            " FROM ressource_jours(%s, %s, %s, now())",
            [ressource.quantite, ressource.pk, debuts, fins],
        )
        lignes = curseur.fetchall()
    total = ressource.quantite
    return [
        Jour(d, max(total - pic, 1 if ressource.par_heure and not couvert else 0, 0), total)
        for d, (pic, couvert) in zip(dates, lignes, strict=True)
    ]


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
    """A date within a sentence. In French the first of a month is « 1er », which no format says."""
    texte = date_format(jour, modele)
    if jour.day == 1 and (get_language() or "").startswith("fr"):
        return re.sub(r"^1\b", "1er", texte)
    return texte
