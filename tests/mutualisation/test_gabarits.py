"""Dates, money and small words in templates, in both languages."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.utils import timezone, translation

from mutualisation.templatetags import chaudron


def sans_insecable(texte: str) -> str:
    return texte.replace("\u00a0", " ")


def jour(mois, jour, an=2026):
    return dt.date(an, mois, jour)


def heure(mois, jour, heure, minute=0):
    return dt.datetime(2026, mois, jour, heure, minute, tzinfo=timezone.get_current_timezone())


@pytest.mark.parametrize(
    ("debut", "fin", "fr", "en"),
    [
        (jour(12, 4), jour(12, 6), "du 4 au 6 décembre 2026", "from December 4 to 6, 2026"),
        (jour(12, 1), jour(12, 1), "le 1er décembre 2026", "on December 1, 2026"),
        (
            jour(11, 28),
            jour(12, 2),
            "du 28 novembre au 2 décembre 2026",
            "from November 28 to December 2, 2026",
        ),
        (
            jour(12, 28),
            jour(1, 2, 2027),
            "du 28 décembre 2026 au 2 janvier 2027",
            "from December 28, 2026 to January 2, 2027",
        ),
        (jour(12, 4), None, "à partir du 4 décembre 2026", "from December 4, 2026"),
        (
            heure(12, 4, 14, 30),
            heure(12, 4, 16),
            "le 4 décembre 2026, de 14 h 30 à 16 h",
            "on December 4, 2026, from 2:30 p.m. to 4 p.m.",
        ),
        (heure(12, 4, 0), heure(12, 7, 0), "du 4 au 6 décembre 2026", "from December 4 to 6, 2026"),
        (
            heure(12, 4, 9, 5),
            heure(12, 6, 10),
            "du 4 décembre 2026, 9 h 05, au 6 décembre 2026, 10 h",
            "from December 4, 2026, 9:05 a.m. to December 6, 2026, 10 a.m.",
        ),
    ],
)
def test_a_period_reads_like_a_sentence(debut, fin, fr, en):
    with translation.override("fr-ca"):
        assert sans_insecable(chaudron.periode(debut, fin)) == fr
    with translation.override("en"):
        assert sans_insecable(chaudron.periode(debut, fin)) == en


def test_a_short_period_drops_the_preposition_and_the_year_when_it_is_this_one():
    an = timezone.localdate().year
    with translation.override("fr-ca"):
        court = chaudron.periode(jour(12, 4, an), jour(12, 6, an), court=True)
        assert sans_insecable(court) == "4 au 6 déc."
        assert sans_insecable(chaudron.date_courte(jour(12, 4))) == "4 déc. 2026"


@pytest.mark.parametrize(
    ("montant", "fr", "en"),
    [
        (Decimal("1234.56"), "1 234,56 $", "$1,234.56"),
        (86300, "86 300 $", "$86,300"),
        (Decimal("0.45"), "0,45 $", "$0.45"),
        (None, "", ""),
    ],
)
def test_money_is_written_as_the_reader_writes_it(montant, fr, en):
    with translation.override("fr-ca"):
        assert chaudron.argent(montant) == fr.replace(" ", "\u00a0")
    with translation.override("en"):
        assert chaudron.argent(montant) == en


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("La Tablée du Bas-du-Cap", "TB"),
        ("Popote des Vallons", "PV"),
        ("L’Entraide de la Haute-Rivière", "EH"),
        ("Yvon", "Y"),
        ("La", "L"),
    ],
)
def test_initials_skip_small_words(nom, attendu):
    assert chaudron.initiales(nom) == attendu


def test_a_menu_link_marks_the_page_and_the_pages_below(rf: RequestFactory):
    def ici(chemin, **options):
        return chaudron.lien_nav({"request": rf.get(chemin)}, "account_email", "x", **options)[
            "ici"
        ]

    assert ici("/compte/email/") == "page"
    assert ici("/compte/email/autre/") == "true"
    assert ici("/compte/email/autre/", dessous=False) == ""
    assert ici("/compte/") == ""


def test_a_browser_has_a_name():
    agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    assert chaudron.navigateur(agent) == "Firefox, Windows"
