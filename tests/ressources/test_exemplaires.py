"""Numbered copies: numbering, repair, stock, labels, and what a scan opens."""

import re
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from organisations.models import Journal
from organisations.refus import NonAutorise, Refus
from ressources import documents, etiquettes, exemplaires, prets, registre
from ressources.models import Exemplaire
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(preteur, "Chaudrons de 60 L", quantite=5)


@pytest.fixture
def numerotes(chaudrons, luc):
    exemplaires.numeroter(chaudrons, par=luc)
    return list(chaudrons.exemplaires.all())


def accepte(chaudrons, emprunteur, **champs):
    debut, fin = fabriques.jours(0, 2)
    return fabriques.pret(chaudrons, emprunteur, "accepte", debut=debut, fin=fin, **champs)


def page(ressource):
    return reverse("exemplaire_liste", args=[ressource.slug])


def geste(exemplaire, verbe):
    return reverse("exemplaire_effectuer", args=[exemplaire.ressource.slug, exemplaire.pk, verbe])


# ------------------------------------------------------------------ numbering and the stock


def test_numbering_gives_each_of_the_stock_its_number_once(chaudrons, luc):
    assert [e.numero for e in exemplaires.numeroter(chaudrons, par=luc)] == [1, 2, 3, 4, 5]
    assert exemplaires.numeroter(chaudrons, par=luc) == []
    assert chaudrons.exemplaires.count() == 5
    assert len({e.code for e in chaudrons.exemplaires.all()}) == 5
    assert Journal.objects.get(acte="numeroter-exemplaire").details["numeros"] == [1, 2, 3, 4, 5]


def test_only_the_lender_s_people_number(chaudrons, mireille, coordonnatrice):
    for personne in (mireille, coordonnatrice):
        with pytest.raises(NonAutorise):
            exemplaires.numeroter(chaudrons, par=personne)


def test_a_room_has_no_copies(preteur, luc):
    with pytest.raises(Refus, match="Seul l’équipement"):
        exemplaires.numeroter(fabriques.ressource(preteur, sorte="local"), par=luc)


def test_ten_thousand_are_not_numbered_by_mistake(preteur, luc):
    with pytest.raises(Refus, match="jusqu’à 300"):
        exemplaires.numeroter(fabriques.ressource(preteur, quantite=10_000), par=luc)


def test_adding_a_copy_raises_the_stock_and_a_form_sent_twice_adds_one(chaudrons, numerotes, luc):
    assert exemplaires.ajouter(chaudrons, par=luc, vus=5).numero == 6
    with pytest.raises(Refus, match="a changé"):
        exemplaires.ajouter(chaudrons, par=luc, vus=5)
    chaudrons.refresh_from_db()
    assert (chaudrons.quantite, chaudrons.exemplaires.count()) == (6, 6)


def test_withdrawing_a_copy_lowers_the_stock_and_its_number_is_not_given_again(
    chaudrons, numerotes, luc
):
    exemplaires.retirer(numerotes[4], par=luc)
    chaudrons.refresh_from_db()
    assert chaudrons.quantite == 4
    assert exemplaires.ajouter(chaudrons, par=luc, vus=5).numero == 6


def test_the_last_copy_is_not_withdrawn(preteur, luc):
    seul = fabriques.ressource(preteur)
    (exemplaire,) = exemplaires.numeroter(seul, par=luc)
    with pytest.raises(Refus, match="C’est le dernier"):
        exemplaires.retirer(exemplaire, par=luc)


def test_a_copy_under_repair_is_not_lent_and_comes_back(chaudrons, numerotes, luc, emprunteur):
    exemplaires.reparer(numerotes[0], par=luc, note="Le fond est percé.")
    numerotes[0].refresh_from_db()
    assert (numerotes[0].etat, numerotes[0].note) == ("en_reparation", "Le fond est percé.")
    with pytest.raises(Refus, match=r"libre|reste"):
        prets.effectuer(fabriques.pret(chaudrons, emprunteur, quantite=5), "accepter", par=luc)
    exemplaires.remettre_en_service(numerotes[0], par=luc)
    numerotes[0].refresh_from_db()
    assert (numerotes[0].etat, numerotes[0].note) == ("en_service", "")


@pytest.mark.parametrize("verbe", ["reparer", "retirer"])
def test_what_is_promised_stays_in_stock_and_the_loans_are_named(
    chaudrons, numerotes, luc, emprunteur, verbe
):
    ailleurs = fabriques.organisation("Club de marche", table=emprunteur.table)
    premier = accepte(chaudrons, emprunteur, quantite=3)
    second = accepte(chaudrons, ailleurs, quantite=2)
    debut, fin = fabriques.jours(20, 21)
    loin = fabriques.pret(chaudrons, ailleurs, "accepte", debut=debut, fin=fin, quantite=4)
    with pytest.raises(Refus) as refus:
        exemplaires.VERBES[verbe](numerotes[0], par=luc)
    phrase = str(refus.value)
    assert "Il en manquerait 1" in phrase
    assert premier.numero in phrase and second.numero in phrase and "Maison des Forges" in phrase
    assert loin.numero not in phrase
    numerotes[0].refresh_from_db()
    chaudrons.refresh_from_db()
    assert (numerotes[0].etat, chaudrons.quantite) == ("en_service", 5)


def test_a_copy_that_is_out_is_not_repaired_and_the_loan_is_named(
    chaudrons, numerotes, luc, emprunteur
):
    pret = accepte(chaudrons, emprunteur)
    prets.effectuer(pret, "remettre", par=luc, exemplaires=[numerotes[2]])
    with pytest.raises(Refus, match=rf"sorti avec le prêt nº {pret.numero}, à Maison des Forges"):
        exemplaires.reparer(numerotes[2], par=luc)


def test_lowering_the_listing_below_its_copies_says_what_to_do(chaudrons, numerotes, luc):
    with pytest.raises(Refus, match="Des exemplaires numérotés comptent dessus"):
        registre.modifier(chaudrons, {"quantite": 3}, par=luc)


def test_a_note_is_for_the_lender_and_fits(numerotes, luc, mireille):
    exemplaires.noter(numerotes[0], " Éclat sur une anse. ", par=luc)
    numerotes[0].refresh_from_db()
    assert numerotes[0].note == "Éclat sur une anse."
    with pytest.raises(NonAutorise):
        exemplaires.noter(numerotes[0], "x", par=mireille)
    with pytest.raises(Refus, match="200"):
        exemplaires.noter(numerotes[0], "x" * 201, par=luc)


# ------------------------------------------------------------------ two desks


@pytest.mark.django_db(transaction=True)
def test_a_copy_given_at_two_desks_at_once_goes_out_once(preteur, yvon, luc, emprunteur):
    chaudrons = fabriques.ressource(preteur, quantite=2)
    premier, _ = exemplaires.numeroter(chaudrons, par=luc)
    ailleurs = fabriques.organisation(table=emprunteur.table)
    demandes = [accepte(chaudrons, emprunteur), accepte(chaudrons, ailleurs)]
    depart, issues = threading.Barrier(2), []

    def guichet(pret, personne):
        depart.wait()
        try:
            prets.effectuer(pret, "remettre", par=personne, exemplaires=[premier])
            issues.append("remis")
        except Refus as refus:
            issues.append(str(refus))
        finally:
            connections.close_all()

    fils = [
        threading.Thread(target=guichet, args=paire)
        for paire in zip(demandes, (yvon, luc), strict=True)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert issues.count("remis") == 1, issues
    assert any("déjà sorti" in i for i in issues), issues
    assert premier.sorties.filter(rendu_le=None).count() == 1
    assert sorted(p.etat for p in chaudrons.prets.all()) == ["accepte", "remis"]


# ------------------------------------------------------------------ the list


def test_the_list_numbers_adds_notes_repairs_and_says_who_has_each(
    client_de, luc, chaudrons, emprunteur
):
    client = client_de(luc)
    assert "Numéroter les exemplaires" in client.get(page(chaudrons)).text
    client.post(reverse("exemplaire_numeroter", args=[chaudrons.slug]))
    client.post(reverse("exemplaire_ajouter", args=[chaudrons.slug]), {"vus": "5"})
    un, deux, *_ = chaudrons.exemplaires.all()
    prets.effectuer(accepte(chaudrons, emprunteur), "remettre", par=luc, exemplaires=[un])
    client.post(geste(deux, "reparer"))
    client.post(
        reverse("exemplaire_noter", args=[chaudrons.slug, un.pk]), {"note": "Anse réparée."}
    )
    texte = client.get(page(chaudrons)).text
    assert "6 en tout" in texte
    assert "chez Maison des Forges" in texte
    assert "En réparation" in texte and "Anse réparée." in texte
    refus = client.post(geste(un, "reparer"), follow=True).text
    assert "notez d’abord son retour" in refus


def test_a_note_too_long_is_given_back_with_a_sentence(client_de, luc, numerotes):
    adresse = reverse("exemplaire_noter", args=[numerotes[0].ressource.slug, numerotes[0].pk])
    reponse = client_de(luc).post(adresse, {"note": "y" * 201})
    assert reponse.status_code == 200
    assert "y" * 201 in reponse.text and "Il reste quelque chose à corriger" in reponse.text


def test_a_forged_number_of_copies_is_a_sentence(client_de, luc, numerotes, chaudrons):
    for vus in ("", "x", "9" * 40, "-1", "²"):
        reponse = client_de(luc).post(
            reverse("exemplaire_ajouter", args=[chaudrons.slug]), {"vus": vus}, follow=True
        )
        assert "La liste a changé" in reponse.text, vus


def test_a_copy_of_another_listing_is_not_reached_through_this_one(
    client_de, luc, preteur, numerotes, chaudrons
):
    autre = fabriques.ressource(preteur)
    (ailleurs,) = exemplaires.numeroter(autre, par=luc)
    adresse = reverse("exemplaire_effectuer", args=[chaudrons.slug, ailleurs.pk, "reparer"])
    assert client_de(luc).post(adresse).status_code == 404


def test_thirty_copies_cost_as_much_as_one(client_de, luc, preteur, emprunteur):
    peu = fabriques.ressource(preteur, quantite=2)
    plusieurs = fabriques.ressource(preteur, quantite=30)
    client = client_de(luc)
    nombres = []
    for ressource in (peu, plusieurs):
        tous = exemplaires.numeroter(ressource, par=luc)
        pret = accepte(ressource, emprunteur, quantite=len(tous))
        prets.effectuer(pret, "remettre", par=luc, exemplaires=tous)
        client.get(page(ressource))
        with CaptureQueriesContext(connection) as requetes:
            client.get(page(ressource))
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]


# ------------------------------------------------------------------ labels


def pages(pdf: bytes) -> int:
    return max(map(int, re.findall(rb"/Count (\d+)", pdf)), default=0)


def test_labels_are_a_tagged_pdf_of_thirty_to_a_sheet(client_de, luc, preteur):
    marmites = fabriques.ressource(preteur, 'Marmite #read("/etc/passwd") $x$', quantite=31)
    exemplaires.numeroter(marmites, par=luc)
    adresse = reverse("exemplaire_etiquettes", args=[marmites.slug])
    reponse = client_de(luc).get(adresse)
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse.content.startswith(b"%PDF")
    assert b"pdfuaid" in reponse.content
    assert pages(reponse.content) == 2
    assert pages(client_de(luc).get(adresse, {"n": [1, 2]}).content) == 1
    assert pages(client_de(luc).get(adresse, {"n": [1, 2], "depart": 30}).content) == 2


@pytest.mark.parametrize("depart", ["0", "31", "x", "9" * 30])
def test_a_place_that_is_not_on_the_sheet_is_a_sentence(client_de, luc, numerotes, depart):
    adresse = reverse("exemplaire_etiquettes", args=[numerotes[0].ressource.slug])
    reponse = client_de(luc).get(adresse, {"depart": depart}, follow=True)
    assert "va de 1 à 30" in reponse.text


def test_no_label_without_a_copy(client_de, luc, chaudrons):
    adresse = reverse("exemplaire_etiquettes", args=[chaudrons.slug])
    assert "numérotez d’abord" in client_de(luc).get(adresse, follow=True).text


def test_the_code_says_the_address_of_the_copy(numerotes, settings):
    settings.ADRESSE_DU_PORTAIL = "https://chaudron.example"
    assert etiquettes.adresse(numerotes[0]) == f"https://chaudron.example/e/{numerotes[0].code}/"
    with pytest.raises(ValueError):
        documents.en_pdf("etiquettes.typ", {"titre": ["x" * 4000] * 200})


# ------------------------------------------------------------------ the scan


def scan(exemplaire):
    return reverse("exemplaire_scan", args=[exemplaire.code])


def test_the_lender_hands_over_what_is_scanned(client_de, luc, numerotes, chaudrons, emprunteur):
    pret = accepte(chaudrons, emprunteur)
    debut, fin = fabriques.jours(40, 41)
    fabriques.pret(chaudrons, emprunteur, "accepte", debut=debut, fin=fin)
    client = client_de(luc)
    texte = client.get(scan(numerotes[3])).text
    lien = f"{reverse('pret_remettre', args=[pret.pk])}?exemplaire={numerotes[3].code}"
    assert lien in texte
    assert texte.count("/remettre/") == 1  # not the one in forty days
    assert f'value="{numerotes[3].pk}" checked' in client.get(lien).text


def test_the_lender_takes_back_what_is_scanned(client_de, luc, numerotes, chaudrons, emprunteur):
    pret = accepte(chaudrons, emprunteur)
    prets.effectuer(pret, "remettre", par=luc, exemplaires=[numerotes[1]])
    texte = client_de(luc).get(scan(numerotes[1])).text
    assert f"{reverse('pret_rendre', args=[pret.pk])}?exemplaire={numerotes[1].code}" in texte
    assert "Mettre en réparation" not in texte


def test_the_borrower_sees_its_loan_and_others_the_listing(
    client_de, luc, ana, passant, numerotes, chaudrons, emprunteur
):
    pret = accepte(chaudrons, emprunteur)
    prets.effectuer(pret, "remettre", par=luc, exemplaires=[numerotes[1]])
    chez_ana = client_de(ana).get(scan(numerotes[1])).text
    assert reverse("pret_rendre", args=[pret.pk]) in chez_ana
    assert "Mettre en réparation" not in chez_ana
    for personne in (passant, None):
        texte = client_de(personne).get(scan(numerotes[1])).text
        assert chaudrons.get_absolute_url() in texte
        assert "Maison des Forges" not in texte and "/prets/" not in texte
        assert "En réparation" not in texte
    assert f"?next={scan(numerotes[1])}" in client_de(None).get(scan(numerotes[1])).text


def test_a_copy_of_a_closed_listing_is_for_its_people(client_de, luc, passant, numerotes):
    annonce = numerotes[0].ressource
    registre.archiver(annonce, par=luc)
    assert client_de(luc).get(scan(numerotes[0])).status_code == 200
    assert client_de(passant).get(scan(numerotes[0])).status_code == 404
    assert "/login/" in client_de(None).get(scan(numerotes[0])).url


def test_a_repair_from_the_scan_comes_back_to_the_scan(client_de, luc, numerotes):
    reponse = client_de(luc).post(geste(numerotes[0], "reparer"), {"suite": "scan"})
    assert reponse.url == scan(numerotes[0])
    assert "Remettre en service" in client_de(luc).get(reponse.url).text


def test_a_code_is_typed_with_its_space_and_in_capitals(client, numerotes):
    code = etiquettes.lisible(numerotes[0].code).upper()
    assert client.get(reverse("exemplaire_chercher"), {"code": code}).url == scan(numerotes[0])
    assert client.get(scan(numerotes[0]).upper().replace("/E/", "/e/")).status_code == 200


@pytest.mark.parametrize("code", ["", "zzzzzzzzzz", "é" * 30, "a" * 500, "\x00"])
def test_a_code_nobody_bears_is_a_sentence(client, numerotes, code):
    reponse = client.get(reverse("exemplaire_chercher"), {"code": code})
    assert reponse.status_code == 200
    assert "Il reste quelque chose à corriger" in reponse.text


def test_a_scan_of_nothing_is_a_404_that_helps(client):
    reponse = client.get("/e/zzzzzzzzzz/")
    assert reponse.status_code == 404
    assert "Aucun exemplaire ne porte ce code" in reponse.text
    assert Exemplaire.objects.count() == 0
