"""The whole life of a loan in a real browser, each side in its own window: a proposal, more time,
a part handed over, a part returned; an incident the table settles."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from ressources.models import Pret
from tests import fabriques
from tests.e2e.test_parcours import cliquer, dit, etat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chaises(preteur):
    return fabriques.ressource(preteur, "Chaises", quantite=50)


def dans(jours: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=jours)).isoformat()


def ouvrir(fenetre, nom):
    """Unfolds a secondary step, and gives what is inside."""
    volet = fenetre.page.locator("#suite details").filter(has_text=re.compile(nom)).first
    volet.locator("summary").click()
    return volet


def noter(fenetre, geste, libelle, nombre):
    """The quick way, without a condition report; unfolded already when it was refused."""
    volet = fenetre.page.locator("#suite details").filter(has_text="Noter sans constat ni photo")
    if not volet.get_by_label(libelle).is_visible():
        volet.locator("summary").click()
    volet.get_by_label(libelle).fill(nombre)
    cliquer(fenetre, geste, dans=volet)


@pytest.mark.parametrize(("largeur", "javascript"), [("360", False), ("1280", True)])
def test_une_proposition_un_delai_et_des_parties(
    ouvrir_fenetre, axe, chaises, emprunteur, mireille, yvon, largeur, javascript
):
    pret = fabriques.pret(
        chaises,
        emprunteur,
        quantite=40,
        **dict(zip(("debut", "fin"), fabriques.jours(1, 2), strict=True)),
    )
    chez_yvon, chez_mireille = (
        ouvrir_fenetre(largeur=largeur, javascript=javascript, personne=p) for p in (yvon, mireille)
    )

    # The lender proposes fewer, for today; a mistake keeps what was typed.
    chez_yvon.aller(pret.get_absolute_url())
    volet = ouvrir(chez_yvon, "Proposer autre chose")
    volet.get_by_label("Combien?").fill("60")
    volet.get_by_label("Un mot à l’autre organisme").fill("Dix sont promises.")
    cliquer(chez_yvon, "Proposer autre chose", dans=volet)
    dit(chez_yvon, "Il y en a 50 en tout")
    volet = chez_yvon.page.locator("#suite details[open]")
    expect(volet.get_by_label("Un mot à l’autre organisme")).to_have_value("Dix sont promises.")
    volet.get_by_label("Combien?").fill("30")
    volet.get_by_label("Du", exact=True).fill(dans(0))
    cliquer(chez_yvon, "Proposer autre chose", dans=volet)
    dit(chez_yvon, "Proposition envoyée")

    # The borrower accepts it.
    chez_mireille.aller(reverse("a_faire"))
    cliquer(chez_mireille, "Répondre à la proposition", "link")
    dit(chez_mireille, "Dix sont promises.")
    cliquer(chez_mireille, "Accepter la proposition")
    etat(chez_mireille, "Accepté")

    # Twenty now, ten later.
    chez_yvon.aller(reverse("a_faire"))
    cliquer(chez_yvon, "Faire la remise", "link")
    noter(chez_yvon, "Noter la remise", "Combien en remettez-vous?", "20")
    dit(chez_yvon, "20 sur 30")
    noter(chez_yvon, "Noter la remise", "Combien en remettez-vous?", "11")
    dit(chez_yvon, "Il reste 10 à remettre")
    noter(chez_yvon, "Noter la remise", "Combien en remettez-vous?", "10")
    dit(chez_yvon, "10 de plus, 30 sur 30")

    # More time is asked, and granted.
    chez_mireille.aller(pret.get_absolute_url())
    volet = ouvrir(chez_mireille, "Demander un délai")
    volet.get_by_label("Nouveau jour de retour").fill(dans(6))
    cliquer(chez_mireille, "Demander d’autres dates", dans=volet)
    dit(chez_mireille, "n’a pas encore répondu")
    chez_yvon.aller(reverse("a_faire"))
    cliquer(chez_yvon, "demande d’autres dates", "link")
    if javascript:
        assert axe(chez_yvon.page) == []
    cliquer(chez_yvon, "^Accorder$")
    dit(chez_yvon, "Les nouvelles dates sont accordées")

    # Part comes back, then the rest.
    chez_mireille.aller(pret.get_absolute_url())
    noter(chez_mireille, "Noter le retour", "Combien sont revenus?", "18")
    dit(chez_mireille, "18 sur 30 rendus")
    etat(chez_mireille, "Remis")
    chez_yvon.aller(pret.get_absolute_url())
    dit(chez_yvon, "Il en reste 12 à rapporter")

    # An incident: the table helps, then the loan goes on.
    volet = ouvrir(chez_yvon, "Signaler un incident")
    volet.get_by_label("Que s’est-il passé?").fill("Deux pattes sont tordues.")
    cliquer(chez_yvon, "Signaler un incident", dans=volet)
    dit(chez_yvon, "Un incident est ouvert")
    volet = ouvrir(chez_yvon, "L’incident est réglé")
    volet.get_by_label("Comment l’incident s’est-il réglé?").fill("Redressées.")
    cliquer(chez_yvon, "L’incident est réglé", dans=volet)
    noter(chez_yvon, "Noter le retour", "Combien sont revenus?", "12")
    etat(chez_yvon, "Rendu")
    cliquer(chez_yvon, "clore le prêt")
    etat(chez_yvon, "Clos")

    pret = Pret.objects.get(pk=pret.pk)
    assert (pret.quantite, pret.quantite_remise, pret.quantite_rendue) == (30, 30, 30)
    assert [e.verbe for e in pret.evenements.all()] == [
        *("demander", "proposer", "convenir", "remettre", "remettre", "prolonger", "accorder"),
        *("rendre", "signaler", "regler", "rendre", "clore"),
    ]


def test_la_table_aide_a_regler_un_incident(
    ouvrir_fenetre, chaises, emprunteur, coordonnatrice, yvon, mireille
):
    fabriques.pret(chaises, emprunteur, "remis", incident=True)
    chez_josee = ouvrir_fenetre(largeur="360", personne=coordonnatrice)
    chez_josee.aller(reverse("a_faire"))
    cliquer(chez_josee, "Chaises", "link")
    dit(chez_josee, "Un incident est ouvert")
    chez_josee.page.get_by_label("Votre message").fill("Regardons cela ensemble.")
    cliquer(chez_josee, "^Envoyer$")
    dit(chez_josee, "Regardons cela ensemble.")
    volet = ouvrir(chez_josee, "L’incident est réglé")
    volet.get_by_label("Comment l’incident s’est-il réglé?").fill("Réparé à frais partagés.")
    cliquer(chez_josee, "L’incident est réglé", dans=volet)
    expect(chez_josee.page).to_have_url(re.compile(r"/a-faire/$"))
    assert not Pret.objects.get().a_incident
