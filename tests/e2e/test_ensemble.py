"""A basket and a series in a real browser, on a telephone, from both sides."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from ressources.models import Demande, Pret
from tests import fabriques
from tests.e2e.test_pages import DEBORDE
from tests.e2e.test_parcours import cliquer, dit

pytestmark = pytest.mark.django_db(transaction=True)


def jour(dans: int) -> str:
    return (timezone.localdate() + timedelta(days=dans)).isoformat()


@pytest.mark.parametrize("javascript", [True, False])
def test_un_panier_chez_deux_organismes(
    ouvrir_fenetre, table, preteur, mireille, emprunteur, yvon, javascript
):
    voisine = fabriques.organisation("Coopérative du Coteau", table=table)
    chaudrons = fabriques.ressource(preteur, "Chaudrons de 60 L", quantite=6)
    tables = fabriques.ressource(preteur, "Tables pliantes", quantite=10)
    camion = fabriques.ressource(voisine, "Fourgonnette")
    fenetre = ouvrir_fenetre(largeur="360", personne=mireille, javascript=javascript)
    page = fenetre.page
    fenetre.aller("/")
    page.get_by_role("link", name=re.compile(r"^Panier \(0\)")).click()
    dit(fenetre, "Le panier est vide")
    page.get_by_label(re.compile("^Du")).fill(jour(10))
    page.get_by_label(re.compile("^Au")).fill(jour(12))
    cliquer(fenetre, "Mettre à jour le panier")
    dit(fenetre, "Le panier est à jour")
    for chose in (chaudrons, camion, tables):
        cliquer(fenetre, "Chercher ce qui est libre", "link")
        cliquer(fenetre, f"Ajouter au panier : {chose.titre}".replace(" :", ".:"))
        dit(fenetre, "est dans le panier")
    expect(page.locator("header")).to_contain_text("Panier (3)")
    # Somebody else was quicker for the van.
    debut, fin = fabriques.jours(9, 10)
    fabriques.pret(camion, etat="accepte", debut=debut, fin=fin)
    page.get_by_label("Combien?").first.fill("4")
    page.get_by_label("À quoi cela servira-t-il?").fill("Le souper-bénéfice.")
    page.get_by_label("J’ai lu la").check()
    cliquer(fenetre, "Envoyer les demandes")
    dit(fenetre, "Rien n’a été envoyé")
    dit(fenetre, "C’est déjà pris à ces dates")
    assert not Demande.objects.exists()
    expect(page.get_by_label("À quoi cela servira-t-il?")).to_have_value("Le souper-bénéfice.")
    if javascript:
        assert page.evaluate(DEBORDE) <= 0
    cliquer(fenetre, "Retirer.: Fourgonnette")
    dit(fenetre, "n’est plus dans le panier")
    page.get_by_label("J’ai lu la").check()
    cliquer(fenetre, "Envoyer la demande")
    dit(fenetre, "Demande envoyée à Popote des Vallons")
    demande = Demande.objects.get()
    assert {(p.ressource_id, p.quantite) for p in demande.prets.all()} == {
        (chaudrons.pk, 4),
        (tables.pk, 1),
    }
    chez_yvon = ouvrir_fenetre(largeur="360", personne=yvon, javascript=javascript)
    chez_yvon.aller(demande.prets.first().get_absolute_url())
    cliquer(chez_yvon, "Demandé avec 1 autre", "link")
    cliquer(chez_yvon, "Tout accepter")
    dit(chez_yvon, "C’est accepté")
    assert set(demande.prets.values_list("etat", flat=True)) == {"accepte"}


@pytest.mark.parametrize("javascript", [True, False])
def test_une_serie_ou_une_date_est_prise(
    ouvrir_fenetre, preteur, mireille, emprunteur, yvon, javascript
):
    salle = fabriques.ressource(preteur, "Salle du rez-de-chaussée", sorte="local")
    debut, fin = fabriques.jours(17, 17)
    fabriques.pret(salle, etat="accepte", debut=debut, fin=fin)
    fenetre = ouvrir_fenetre(largeur="360", personne=mireille, javascript=javascript)
    page = fenetre.page
    fenetre.aller(salle.get_absolute_url())
    cliquer(fenetre, "Demander une série", "link")
    page.get_by_label("Jour", exact=True).fill(jour(10))
    page.get_by_label("De", exact=True).fill("09:00")
    page.get_by_label("À", exact=True).fill("11:00")
    page.get_by_label(re.compile("Combien de dates")).fill("4")
    cliquer(fenetre, "Voir toutes les dates")
    dit(fenetre, "1 date sur 4 n’est pas libre")
    expect(page.locator("main input[name=gardee]")).to_have_count(4)
    if javascript:
        assert page.evaluate(DEBORDE) <= 0
    page.locator("main input[name=gardee]").last.uncheck()
    page.get_by_label("À quoi cela servira-t-il?").fill("L’aide aux devoirs.")
    page.get_by_label("J’ai lu la").check()
    cliquer(fenetre, "Envoyer la demande")
    dit(fenetre, "ces dates ne sont pas libres")
    assert not Demande.objects.exists()
    expect(page.locator("main input[name=gardee]").last).not_to_be_checked()
    page.get_by_label(re.compile("Sauter les dates en conflit")).check()
    cliquer(fenetre, "Envoyer la demande")
    dit(fenetre, "Demande envoyée pour 2 dates")
    demande = Demande.objects.get()
    assert demande.prets.count() == 2
    chez_yvon = ouvrir_fenetre(largeur="360", personne=yvon, javascript=javascript)
    chez_yvon.aller(demande.get_absolute_url())
    cliquer(chez_yvon, "Tout accepter")
    dit(chez_yvon, "C’est accepté")
    fenetre.aller(demande.get_absolute_url())
    page.get_by_text("Annuler la suite").first.click()
    page.get_by_label(re.compile("^À partir du")).fill(jour(20))
    page.get_by_label(re.compile("Dites pourquoi")).fill("Le projet finit plus tôt.")
    cliquer(fenetre, "Annuler la suite")
    dit(fenetre, "C’est annulé")
    assert sorted(demande.prets.values_list("etat", flat=True)) == ["accepte", "annule"]
    assert Pret.objects.filter(etat="accepte").count() == 2


def test_la_confiance_se_donne_et_se_retire(ouvrir_fenetre, yvon, preteur, emprunteur):
    fenetre = ouvrir_fenetre(largeur="360", personne=yvon)
    fenetre.aller(reverse("mes_ressources"))
    cliquer(fenetre, "Organismes de confiance", "link")
    fenetre.page.get_by_label("Organisme", exact=True).select_option(label=emprunteur.nom)
    cliquer(fenetre, "^Ajouter$")
    dit(fenetre, "vous faites confiance à Maison des Forges")
    cliquer(fenetre, "Retirer")
    dit(fenetre, "Aucun encore")
