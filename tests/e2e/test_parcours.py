"""Whole journeys in a real browser, as people tell them, on a telephone and at a desk."""

import re
from io import BytesIO

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from mutualisation.demo.models import CourrielRecu
from organisations.models import Organisation, Personne
from ressources.models import Pret, Ressource
from tests import fabriques

pytestmark = pytest.mark.django_db(transaction=True)

MOT_DE_PASSE = "marmite-rouge-77"


def cliquer(fenetre, nom, role="button", dans=None):
    """Presses what bears this name, as a person would."""
    lieu = dans or fenetre.page.locator("main")
    motif = re.compile(nom) if isinstance(nom, str) else nom
    lieu.get_by_role(role, name=motif).first.click()


def menu(fenetre, nom):
    """Goes by the header's menu, which is folded on a telephone."""
    page = fenetre.page
    lien = page.locator("header").get_by_role("link", name=re.compile(nom)).first
    if not lien.is_visible():
        page.locator("header summary").filter(has_text="Menu").click()
    lien.click()


def dit(fenetre, phrase):
    expect(fenetre.page.locator("main")).to_contain_text(re.compile(phrase))


def etat(fenetre, mot):
    """The state of the loan, as its page shows it."""
    expect(fenetre.page.locator("main .surtitre").first).to_contain_text(mot)


def image(couleur=(180, 60, 20)) -> bytes:
    tampon = BytesIO()
    Image.new("RGB", (1600, 1200), couleur).save(tampon, "JPEG")
    return tampon.getvalue()


# ------------------------------------------------------------------ a visitor reads


def test_une_personne_de_passage_lit_une_pratique(fenetre, preteur):
    pratique = fabriques.pratique(preteur, "Une cuisine pour trois organismes")
    fabriques.pratique(preteur, "Un camion à quatre")
    page = fenetre.page
    fenetre.aller("/")
    menu(fenetre, "^Pratiques")
    expect(page).to_have_url(re.compile(r"/pratiques/$"))
    page.locator("main").get_by_role("link", name=re.compile(pratique.titre)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(pratique.titre)
    dit(fenetre, "On a commencé petit")
    dit(fenetre, "deux organismes se sont retirés")  # the dark side
    dit(fenetre, "États financiers")  # a number comes with its source
    page.locator("main").get_by_role("link", name=re.compile(preteur.nom)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(preteur.nom)


# ------------------------------------------------------------------ the lending journey


def emprunter(fenetres, ressource, mireille, yvon):
    """Asks, accepts, hands over, gives back, closes, evaluates: each side in its own window."""
    chez_mireille, chez_yvon = fenetres
    jour = timezone.localdate()

    chez_mireille.aller(ressource.get_absolute_url())
    page = chez_mireille.page
    page.get_by_label("Du", exact=True).fill(jour.isoformat())
    page.get_by_label(re.compile("^Au\\b")).fill(jour.isoformat())
    page.get_by_label("Combien?").fill("2")
    page.get_by_label("À quoi cela servira-t-il?").fill("Le dîner du 24 : soixante couverts.")
    cliquer(chez_mireille, "Envoyer la demande")
    dit(chez_mireille, "Lisez la charte de confiance")  # forgotten: what was typed is still there
    expect(page.get_by_label("Combien?")).to_have_value("2")
    page.get_by_label("J’ai lu la").check()
    cliquer(chez_mireille, "Envoyer la demande")
    dit(chez_mireille, "Demande envoyée")
    etat(chez_mireille, "Demandé")
    pret = Pret.objects.get()
    assert (pret.quantite, pret.emprunteur) == (2, mireille.organisations.get())

    chez_yvon.aller("/")
    menu(chez_yvon, "À faire")
    cliquer(chez_yvon, "Répondre à Maison des Forges", "link")
    expect(chez_yvon.page).to_have_url(re.compile(rf"/prets/{pret.pk}/"))
    dit(chez_yvon, "soixante couverts")
    cliquer(chez_yvon, "^Accepter$")
    dit(chez_yvon, "C’est accepté")
    etat(chez_yvon, "Accepté")

    chez_mireille.aller(pret.get_absolute_url())
    etat(chez_mireille, "Accepté")
    page.get_by_label("Votre message").fill("Je passe à 9 h.")
    cliquer(chez_mireille, "^Envoyer$")
    dit(chez_mireille, "Je passe à 9 h")

    chez_yvon.aller(pret.get_absolute_url())
    dit(chez_yvon, "Je passe à 9 h")
    cliquer(chez_yvon, "Noter la remise", "link")
    chez_yvon.page.get_by_label("Un mot").fill("Deux couvercles.")
    cliquer(chez_yvon, "C’est remis")
    etat(chez_yvon, "Remis")

    chez_mireille.aller(pret.get_absolute_url())
    dit(chez_mireille, "Deux couvercles")
    cliquer(chez_mireille, "Noter le retour", "link")
    page.get_by_label("Un mot").fill("Un couvercle bosselé.")
    cliquer(chez_mireille, "C’est revenu")
    etat(chez_mireille, "Rendu")

    chez_yvon.aller(reverse("a_faire"))
    cliquer(chez_yvon, "Vérifier le retour", "link")
    dit(chez_yvon, "Un couvercle bosselé")
    cliquer(chez_yvon, "clore le prêt")
    etat(chez_yvon, "Clos")

    for fenetre, mot in ((chez_yvon, "Merci!"), (chez_mireille, "Tout était prêt.")):
        fenetre.aller(pret.get_absolute_url())
        fenetre.page.get_by_label("Oui, comme convenu").check()
        fenetre.page.get_by_label("Un mot à l’autre organisme").fill(mot)
        cliquer(fenetre, "Envoyer l’évaluation")
        dit(fenetre, re.escape(mot))
    chez_yvon.aller(pret.get_absolute_url())
    dit(chez_yvon, re.escape("Tout était prêt."))

    pret.refresh_from_db()
    assert pret.etat == "clos" and pret.evaluations.count() == 2
    assert [e.verbe for e in pret.evenements.exclude(verbe="ecrire")] == [
        *("demander", "accepter", "remettre", "rendre", "clore"),
        *("evaluer", "evaluer"),
    ]
    a_yvon = [m.subject for m in mail.outbox if yvon.courriel in m.to]
    a_mireille = [m.subject for m in mail.outbox if mireille.courriel in m.to]
    assert len(a_yvon) == 4, a_yvon  # asked, wrote, gave back, evaluated
    assert len(a_mireille) == 4, a_mireille  # accepted, handed over, closed, evaluated


@pytest.fixture
def chaudrons(preteur):
    return fabriques.ressource(
        preteur, "Chaudrons de 60 L", quantite=6, adresse="1, rue de l’Essai"
    )


def test_un_organisme_emprunte_et_rend(ouvrir_fenetre, largeur, chaudrons, mireille, yvon):
    fenetres = [ouvrir_fenetre(largeur=largeur, personne=p) for p in (mireille, yvon)]
    emprunter(fenetres, chaudrons, mireille, yvon)


def test_un_organisme_emprunte_et_rend_sans_javascript(
    ouvrir_fenetre, largeur, chaudrons, mireille, yvon
):
    fenetres = [
        ouvrir_fenetre(largeur=largeur, javascript=False, personne=p) for p in (mireille, yvon)
    ]
    emprunter(fenetres, chaudrons, mireille, yvon)


def test_les_dates_se_choisissent_dans_le_calendrier(
    ouvrir_fenetre, chaudrons, mireille, emprunteur
):
    """Two days pressed in the month fill the request; what another took is shown."""
    debut, fin = fabriques.jours(0, 0)
    fabriques.pret(chaudrons, fabriques.organisation(), "accepte", quantite=4, debut=debut, fin=fin)
    fenetre = ouvrir_fenetre(personne=mireille)
    fenetre.aller(chaudrons.get_absolute_url())
    jour = timezone.localdate().isoformat()
    case = fenetre.page.locator(f"#j-{jour}")
    expect(case).to_contain_text("2")
    case.click()
    dit(fenetre, "choisissez maintenant le dernier jour")
    fenetre.page.locator(f"#j-{jour}").click()
    expect(fenetre.page.get_by_label("Du", exact=True)).to_have_value(jour)
    expect(fenetre.page.get_by_label(re.compile("^Au\\b"))).to_have_value(jour)


def test_une_demande_de_trop_est_refusee_par_une_phrase(
    ouvrir_fenetre, largeur, chaudrons, mireille, yvon
):
    """Two organisations ask for all of it: the second cannot be accepted, and the page says why."""
    pris = fabriques.pret(chaudrons, fabriques.organisation(), quantite=6)
    demande = fabriques.pret(chaudrons, mireille.organisations.get(), quantite=6)
    fenetre = ouvrir_fenetre(largeur=largeur, personne=yvon)
    fenetre.aller(pris.get_absolute_url())
    cliquer(fenetre, "^Accepter$")
    etat(fenetre, "Accepté")
    fenetre.aller(demande.get_absolute_url())
    dit(fenetre, "vous ne pouvez pas accepter")


# ------------------------------------------------------------------ from sign-up to a listing


def lien(courriel) -> str:
    return re.search(r"https?://\S+", courriel.texte)[0]


def test_une_personne_sinscrit_puis_son_organisme_publie_une_premiere_annonce(
    ouvrir_fenetre, largeur, table, coordonnatrice, vraie_file, worker
):
    """Sign-up, confirmation by the message received, organisation, welcome, listing, approval."""
    territoire = fabriques.territoire("Shawinigan")
    chez_rosalie = ouvrir_fenetre(largeur=largeur)
    page = chez_rosalie.page

    # She signs up and confirms by the message the demonstration's mailbox shows.
    chez_rosalie.aller(reverse("account_signup"))
    page.get_by_label("Prénom").fill("Rosalie")
    page.get_by_label("Nom", exact=True).fill("Bernier")
    page.get_by_label("Courriel", exact=False).fill("rosalie@coteau.example")
    page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    cliquer(chez_rosalie, "Créer|S’inscrire|compte")
    dit(chez_rosalie, "courriel")
    worker()
    chez_rosalie.aller(reverse("demo_courriels"))
    cliquer(chez_rosalie, "Confirmez votre adresse courriel", "link")
    chez_rosalie.page.goto(lien(CourrielRecu.objects.get(a="rosalie@coteau.example")))
    cliquer(chez_rosalie, "Confirmer")
    expect(page).to_have_url(re.compile(reverse("a_faire")))
    rosalie = Personne.objects.get(courriel="rosalie@coteau.example")

    # She registers her organisation.
    cliquer(chez_rosalie, "Inscrire un organisme", "link")
    page.get_by_label("Nom de l’organisme").fill("Les Cuisines du Coteau")
    page.get_by_label("Mission").fill("Cuisiner ensemble, chaque semaine, pour le quartier.")
    page.get_by_label("Sécurité alimentaire").check()
    page.get_by_label("Territoire").select_option(str(territoire.pk))
    page.get_by_label("Table de concertation").select_option(str(table.pk))
    page.get_by_label("Votre fonction").fill("Coordination")
    cliquer(chez_rosalie, "Inscrire|Envoyer")
    dit(chez_rosalie, "Les Cuisines du Coteau")
    organisation = Organisation.objects.get(nom="Les Cuisines du Coteau")
    assert organisation.etat == "soumise"

    # The coordinator of her table welcomes it.
    worker()
    assert CourrielRecu.objects.filter(a=coordonnatrice.courriel).exists()
    chez_josee = ouvrir_fenetre(largeur=largeur, personne=coordonnatrice)
    decider(chez_josee, "Les Cuisines du Coteau", "Approuver|Accueillir")
    organisation.refresh_from_db()
    assert organisation.etat == "publiee"

    # She offers a first thing, in three steps, with a photo.
    chez_rosalie.aller(reverse("a_faire"))
    cliquer(chez_rosalie, "Proposer une ressource", "link")
    page.get_by_label("Équipement et matériel").check()
    page.get_by_label("Catégorie").select_option("chaudrons-marmites")
    page.get_by_label("Nom de la ressource").fill("Marmite de 40 litres")
    page.get_by_label("En une phrase").fill("Pour les grandes soupes.")
    page.get_by_label("Territoire").select_option(str(territoire.pk))
    cliquer(chez_rosalie, "Enregistrer et continuer")

    expect(page).to_have_url(re.compile(r"/modifier/2/"))
    page.get_by_label("Combien en offrez-vous?").fill("3")
    page.get_by_label("Bon état").check()
    page.get_by_label("Ajouter des photos").set_input_files(
        {"name": "marmite.jpg", "mimeType": "image/jpeg", "buffer": image()}
    )
    cliquer(chez_rosalie, "Envoyer ces photos")
    worker()  # makes the sizes
    page.get_by_label(re.compile("Description de")).fill("La marmite sur le feu")
    cliquer(chez_rosalie, "Enregistrer et continuer")

    expect(page).to_have_url(re.compile(r"/modifier/3/"))
    page.get_by_label("Gratuit", exact=True).check()
    page.get_by_label("Au retour").fill("Propre et sèche.")
    cliquer(chez_rosalie, "soumettre")
    dit(chez_rosalie, "envoyée|relit")
    annonce = Ressource.objects.get(titre="Marmite de 40 litres")
    assert (annonce.etat, annonce.quantite, annonce.organisation) == ("soumise", 3, organisation)

    # Nobody sees it before the table has read it.
    en_passant = ouvrir_fenetre(largeur=largeur)
    assert en_passant.aller(annonce.get_absolute_url()).status == 404
    decider(chez_josee, "Marmite de 40 litres", "Approuver")
    en_passant.aller(reverse("ressource_liste"))
    cliquer(en_passant, "Marmite de 40 litres", "link")
    photo = en_passant.page.get_by_role("img", name="La marmite sur le feu").first
    expect(photo).to_be_visible()
    # decode() waits for the file, and rejects one that does not come or cannot be read
    assert photo.evaluate("i => i.decode().then(() => i.naturalWidth > 0)")

    worker()
    recus = CourrielRecu.objects.filter(a=rosalie.courriel).values_list("sujet", flat=True)
    assert len(recus) == 3, list(recus)  # confirm, organisation welcomed, listing approved


def decider(fenetre, titre, decision, motif="", mot=""):
    """The coordinator opens an item of the queue and decides."""
    fenetre.aller("/")
    menu(fenetre, "Modération")
    page = fenetre.page
    if page.get_by_role("heading", name=re.compile(titre)).count() == 0:
        cliquer(fenetre, titre, "link")
    page.get_by_label(re.compile(decision)).first.check()
    if motif:
        page.get_by_role("combobox", name=re.compile("Motif")).select_option(label=motif)
        page.get_by_role("textbox", name=re.compile("Votre mot")).fill(mot)
    cliquer(fenetre, "Enregistrer|Confirmer|Décider|décision|Envoyer")
    dit(fenetre, titre)


# ------------------------------------------------------------------ sent back, then approved


def test_une_annonce_renvoyee_est_corrigee_puis_approuvee(
    ouvrir_fenetre, largeur, preteur, yvon, coordonnatrice, courriels
):
    annonce = fabriques.ressource(
        preteur, "Tables pliantes", etat="soumise", usure="bon", quantite=10
    )
    fabriques.revision(annonce, yvon)
    chez_josee = ouvrir_fenetre(largeur=largeur, personne=coordonnatrice)
    chez_yvon = ouvrir_fenetre(largeur=largeur, personne=yvon)

    decider(
        chez_josee,
        "Tables pliantes",
        "Renvoyer",
        "Il manque une précision",
        "Quelle est leur longueur?",
    )
    annonce.refresh_from_db()
    assert annonce.etat == "a_corriger"
    (message,) = courriels(yvon)
    assert "Quelle est leur longueur?" in message.body

    chez_yvon.aller(reverse("a_faire"))
    cliquer(chez_yvon, "Corriger : Tables pliantes|Corriger.:.Tables pliantes", "link")
    dit(chez_yvon, "Quelle est leur longueur")
    cliquer(chez_yvon, "^Modifier", "link")
    chez_yvon.page.get_by_label("En une phrase").fill("Elles font 1,80 m et se plient en deux.")
    cliquer(chez_yvon, "Enregistrer et continuer")
    cliquer(chez_yvon, "Enregistrer et continuer")
    cliquer(chez_yvon, "soumettre")
    annonce.refresh_from_db()
    assert annonce.etat == "soumise"

    decider(chez_josee, "Tables pliantes", "Approuver")
    annonce.refresh_from_db()
    assert annonce.etat == "publiee"
    assert len(courriels(yvon)) == 2
    en_passant = ouvrir_fenetre(largeur=largeur)
    en_passant.aller(annonce.get_absolute_url())
    dit(en_passant, "Elles font 1,80 m")


# ------------------------------------------------------------------ signing in


def test_une_personne_se_connecte_change_dorganisme_et_se_deconnecte(fenetre, mireille, preteur):
    fabriques.adhesion(mireille, preteur)
    page = fenetre.page
    fenetre.aller(reverse("pret_liste"))  # asked to sign in, then led where she was going
    page.get_by_label("Courriel", exact=False).first.fill(mireille.courriel)
    page.get_by_label("Mot de passe").fill(fabriques.MOT_DE_PASSE)
    cliquer(fenetre, "^Se connecter$")
    expect(page).to_have_url(re.compile(r"/prets/$"))
    expect(page.locator("header")).to_contain_text("Maison des Forges")
    fenetre.aller(reverse("account_logout"))
    cliquer(fenetre, "connect")
    fenetre.aller(reverse("pret_liste"))
    expect(page).to_have_url(re.compile("login"))
