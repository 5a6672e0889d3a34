"""On a doorstep, with a telephone: scan, hand over, take back with a photo, repair."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from ressources.models import PhotoConstat
from tests import fabriques
from tests.e2e.test_parcours import cliquer, dit, etat, image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False], ids=["avec-js", "sans-js"])
def test_un_exemplaire_balaye_part_et_revient_avec_une_photo(
    ouvrir_fenetre, axe, preteur, emprunteur, yvon, mireille, vraie_file, worker, javascript
):
    chaudrons = fabriques.ressource(
        preteur, "Chaudrons de 60 L", quantite=3, accessoires="le couvercle\nla louche"
    )
    un, deux, _trois = (fabriques.exemplaire(chaudrons, n) for n in (1, 2, 3))
    debut, fin = fabriques.jours(0, 2)
    pret = fabriques.pret(chaudrons, emprunteur, "accepte", debut=debut, fin=fin, quantite=2)
    fenetre = ouvrir_fenetre(largeur="360", javascript=javascript, personne=yvon)
    page = fenetre.page

    # The label's code opens the copy: one press, and the form is filled in.
    fenetre.aller(reverse("exemplaire_scan", args=[un.code]))
    dit(fenetre, "À qui le remettez-vous?")
    cliquer(fenetre, "Remettre à Maison des Forges", "link")
    expect(page.get_by_label("Nº\u00a01", exact=True)).to_be_checked()
    expect(page.get_by_label("la louche")).to_be_checked()
    page.get_by_label("Nº\u00a02", exact=True).check()
    cliquer(fenetre, "C’est remis")
    dit(fenetre, "La remise est notée")
    etat(fenetre, "Remis")

    # Back at the door: one is damaged, a photo shows it; a file that is no photo is refused first.
    fenetre.aller(reverse("exemplaire_scan", args=[un.code]))
    cliquer(fenetre, "Noter le retour", "link")
    page.get_by_label("Nº\u00a02", exact=True).check()
    page.get_by_label("État du nº\u00a02").select_option("abime")
    page.get_by_label("la louche").uncheck()
    page.get_by_label("Un mot").fill("Le fond est percé.")
    champ = page.get_by_label(re.compile("^Photos"))
    champ.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"BEGIN:VCALENDAR"})
    cliquer(fenetre, "C’est revenu")
    dit(fenetre, "choisissez-les de nouveau")
    if javascript:
        assert axe(page) == []
    expect(page.get_by_label("Un mot")).to_have_value("Le fond est percé.")
    expect(page.get_by_label("État du nº\u00a02")).to_have_value("abime")
    expect(page.get_by_label("la louche")).not_to_be_checked()
    page.get_by_label(re.compile("^Photos")).set_input_files(
        {"name": "fond.jpg", "mimeType": "image/jpeg", "buffer": image()}
    )
    cliquer(fenetre, "C’est revenu")
    etat(fenetre, "Rendu")
    worker()
    assert PhotoConstat.objects.get().etat == "prete"

    # Side by side; the borrower sees the same, and the picture is really served to her.
    chez_mireille = ouvrir_fenetre(largeur="360", personne=mireille)
    chez_mireille.aller(pret.get_absolute_url())
    dit(chez_mireille, "Le fond est percé.")
    photo = chez_mireille.page.get_by_role("img", name=re.compile("^Photo 1"))
    photo.scroll_into_view_if_needed()
    assert photo.evaluate("i => i.decode().then(() => i.naturalWidth > 0)")

    # What came back damaged is put aside: another act, by the lender.
    fenetre.aller(pret.get_absolute_url())
    cliquer(fenetre, "Mettre le nº\\s2 en réparation")
    dit(fenetre, "est en réparation")
    deux.refresh_from_db()
    assert deux.etat == "en_reparation"
