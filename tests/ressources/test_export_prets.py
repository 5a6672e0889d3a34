"""The loans of an organisation as a file for a spreadsheet."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import fabriques

pytestmark = pytest.mark.django_db


def lire(client, **choix) -> list[dict]:
    reponse = client.get(reverse("pret_exporter"), choix)
    assert reponse.status_code == 200
    octets = b"".join(reponse.streaming_content)
    assert octets.startswith(b"\xef\xbb\xbf"), "Excel reads the accents by it"
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))


def test_the_file_says_what_the_list_says(client_de, yvon, preteur, emprunteur):
    chaudrons = fabriques.ressource(preteur, "Chaudrons de 60 L; « grands »", quantite=6)
    pret = fabriques.pret(chaudrons, emprunteur, "remis", quantite=5, quantite_remise=3)
    fabriques.pret(fabriques.ressource(emprunteur, "Étuve"), preteur)
    fabriques.pret()  # somebody else's
    lignes = lire(client_de(yvon))
    assert [(ligne["Rôle"], ligne["Ressource"]) for ligne in lignes] == [
        ("Emprunt", "Étuve"),
        ("Prêt", "Chaudrons de 60 L; « grands »"),
    ]
    ligne = lignes[1]
    assert ligne["Numéro"] == pret.numero
    assert (ligne["Quantité"], ligne["Remis"], ligne["Rendus"]) == ("5", "3", "0")
    assert ligne["Autre organisme"] == emprunteur.nom
    assert ligne["État"] == "Remis"
    jours = [timezone.localdate() + timedelta(days=n) for n in (-1, 3)]
    assert [ligne["Début"], ligne["Fin"]] == [jour.isoformat() for jour in jours]
    assert len(lire(client_de(yvon), role="preteur")) == 1
    assert lire(client_de(yvon), etat="annule") == []


@pytest.mark.parametrize("debut", ["=", "+", "-", "@", "\t=", " ="])
def test_what_looks_like_a_formula_is_shown_and_never_run(
    client_de, yvon, preteur, emprunteur, debut
):
    ressource = fabriques.ressource(preteur, f"{debut}HYPERLINK(1)")
    fabriques.pret(ressource, emprunteur, but=f"{debut}cmd|' /C calc'!A0")
    (ligne,) = lire(client_de(yvon))
    assert ligne["Ressource"] == f"'{debut}HYPERLINK(1)"
    assert ligne["À quoi cela servira"].startswith(f"'{debut}")


def test_it_leaves_line_by_line_and_costs_the_same(client_de, yvon, preteur, emprunteur):
    ressource = fabriques.ressource(preteur, quantite=900)

    def cout() -> int:
        with CaptureQueriesContext(connection) as requetes:
            lire(client)
        return len(requetes)

    client = client_de(yvon)
    fabriques.pret(ressource, emprunteur)
    lire(client)
    un = cout()
    for _ in range(30):
        fabriques.pret(ressource, emprunteur, "clos")
    assert cout() == un
    reponse = client.get(reverse("pret_exporter"))
    assert reponse.streaming
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    assert ".csv" in reponse["Content-Disposition"]


def test_somebody_without_organisation_is_told(client_de):
    page = client_de(fabriques.personne()).get(reverse("pret_exporter"), follow=True)
    assert "d’un organisme à l’autre" in page.text
