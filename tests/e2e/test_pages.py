"""Every page type, looked at by the machine: axe in both themes, one heading, no side scrolling.

Light theme on a telephone, dark theme on a desk: two looks at each page cover both of both.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from mutualisation.demo.models import CourrielRecu
from organisations.desabonnement import jeton_de
from organisations.models import Journal
from organisations.moderation import difference
from ressources.cycle import Etat
from ressources.models import Agenda
from ressources import acceptation, paniers
from tests import fabriques
from tests.e2e.conftest import LARGEURS

pytestmark = pytest.mark.django_db(transaction=True)

LONG = (
    "Regroupement intersectoriel des organismes communautaires de la Basse-Ville-de-Trois-Rivières"
)


@pytest.fixture
def quartier(table, preteur, emprunteur, yvon, luc, mireille, coordonnatrice, suspendu):
    """A small living network: one of everything the pages may have to show."""
    chaudron = fabriques.ressource(
        preteur,
        "Chaudrons de 60 L",
        quantite=40,
        duree_max=7,
        valeur_declaree=150,
        adresse="1, rue",
    )
    salle = fabriques.ressource(preteur, "Salle du rez-de-chaussée", sorte="local")
    payante = fabriques.ressource(
        fabriques.organisation(LONG, table=table),
        "Fourgonnette réfrigérée avec hayon élévateur et système de chaînes",
        cout="cout-partage",
        cout_detail="0,45 $ le kilomètre",
    )
    brouillon = fabriques.ressource(preteur, "Tables pliantes", etat="brouillon", usure="bon")
    photo = fabriques.photo(brouillon, etat="a_preparer", alt="", largeur=None, hauteur=None)
    soumise = fabriques.ressource(preteur, "Percolateur", etat="soumise", usure="bon")
    renvoyee = fabriques.ressource(preteur, "Plastifieuse", etat="a_corriger", usure="bon")
    fabriques.revision(renvoyee, yvon, etat="renvoyee", decidee_par=coordonnatrice)
    pratique = fabriques.pratique(preteur, "Une cuisine pour trois organismes")
    publique = fabriques.pratique(
        titre="Le Dépôt",
        table=table,
        provenance="sources-publiques",
        ombre="",
    )
    recit = fabriques.pratique(preteur, "Notre entrepôt commun", etat="brouillon")
    recit_soumis = fabriques.pratique(preteur, "Un achat groupé", etat="soumise")
    attendue = fabriques.organisation("Les Cuisines du Coteau", table=table, etat="soumise")
    question = fabriques.question("Comment bâtir la confiance?")
    fabriques.reponse(question, preteur, pratique=pratique)
    prets = {etat: fabriques.pret(chaudron, emprunteur, etat) for etat in Etat.values}
    prets["à libérer"] = fabriques.pret(
        chaudron,
        emprunteur,
        "accepte",
        **dict(zip(("debut", "fin"), fabriques.jours(0, 2), strict=True)),
    )
    prets["changement"] = fabriques.pret(
        chaudron, emprunteur, "remis", periode_souhaitee=fabriques.jours(-1, 6)
    )
    prets["en partie"] = fabriques.pret(
        chaudron, emprunteur, "remis", quantite=5, quantite_remise=3, quantite_rendue=1
    )
    prets["à l’heure"] = fabriques.pret(salle, emprunteur, "propose")
    prets["d’office"] = fabriques.pret(chaudron, emprunteur, "accepte")
    prets["d’office"].evenements.filter(verbe="accepter").update(automatique=True, par=None)
    prets["retard"] = fabriques.pret(chaudron, emprunteur, en_retard=True, quantite=3)
    fabriques.entente(prets["accepte"])
    fabriques.attente(salle, emprunteur)
    fabriques.attente(chaudron, emprunteur, quantite=40, prevenue_le=timezone.now())
    prets["incident"] = fabriques.pret(chaudron, emprunteur, "rendu", incident=True)
    Agenda.objects.create(personne=yvon)
    Agenda.objects.create(personne=yvon, ressource=chaudron)
    jours = [timezone.localdate() + timedelta(days=n) for n in (20, 21)]
    jours_pris = fabriques.jours(20, 20)
    panier = paniers.ouvrir(par=mireille, organisation=emprunteur)
    paniers.modifier(panier, periode=fabriques.jours(20, 21))
    for chose in (chaudron, salle, payante):
        panier.lignes.create(ressource=chose, quantite=1)
    fabriques.pret(payante, etat="accepte", debut=jours_pris[0], fin=jours_pris[1])
    fabriques.pret(salle, etat="accepte", debut=jours_pris[0], fin=jours_pris[1])
    acceptation.faire_confiance(preteur, emprunteur, par=yvon)
    fabriques.adhesion(fabriques.personne("Rosalie"), preteur, etat="demandee", mot="Bonjour!")
    Journal.objects.create(
        acte="renvoyer",
        par=coordonnatrice,
        objet_type=ContentType.objects.get_for_model(renvoyee),
        objet_id=renvoyee.pk,
        titre=str(renvoyee),
        table=table,
        organisation=preteur,
        details={"motif": "manque-precision", "mot": "Combien de litres?"},
    )
    return SimpleNamespace(
        table=table,
        preteur=preteur,
        emprunteur=emprunteur,
        chaudron=chaudron,
        salle=salle,
        payante=payante,
        outil=fabriques.ressource(
            preteur, "Guide", sorte="savoir", lien="https://essai.example/guide"
        ),
        brouillon=brouillon,
        photo=photo,
        soumise=soumise,
        renvoyee=renvoyee,
        retiree=fabriques.ressource(preteur, etat="retiree", publiee_le=timezone.now()),
        pratique=pratique,
        publique=publique,
        recit=recit,
        question=question,
        sans_reponse=fabriques.question(),
        prets=prets,
        jours=jours,
        ensemble=fabriques.demande([chaudron, chaudron], emprunteur, regle="FREQ=WEEKLY;COUNT=2"),
        jeton=jeton_de(yvon),
        invitation=fabriques.invitation(preteur, yvon, "ana@essai.example"),
        courriel=CourrielRecu.objects.create(
            a="ana@essai.example", sujet="Bonjour", texte="Un mot.", html="<p>Un mot.</p>"
        ),
        lectures={
            "annonce": fabriques.revision(soumise, yvon),
            "changement": fabriques.revision(
                chaudron,
                yvon,
                nature="modification",
                champs={
                    "resume": difference(chaudron, "resume", "En acier, avec couvercle et louche."),
                    "cout": difference(chaudron, "cout", "don"),
                },
            ),
            "pratique": fabriques.revision(recit_soumis, yvon),
            "organisme": fabriques.revision(attendue),
        },
    )


def pages_visiteur(q):
    yield from map(
        reverse,
        [
            "accueil",
            "ressource_liste",
            "pratique_liste",
            "question_liste",
            "organisation_liste",
            "table_liste",
            "charte",
            "confidentialite",
            "accessibilite",
            "demo_courriels",
        ],
    )
    yield reverse("ressource_liste") + "?q=introuvable&gratuit=1"
    yield reverse("pratique_liste") + "?q=introuvable"
    yield reverse("organisation_liste") + "?q=introuvable"
    for chose in (q.chaudron, q.salle, q.payante, q.outil, q.pratique, q.publique):
        yield chose.get_absolute_url()
    for chose in (q.preteur, q.emprunteur, q.table, q.question, q.sans_reponse, q.invitation):
        yield chose.get_absolute_url()
    yield reverse("demo_courriel", args=[q.courriel.pk])
    yield reverse("desabonnement", args=[q.jeton])


def pages_compte(q):
    yield from map(
        reverse,
        [
            "account_login",
            "account_signup",
            "account_request_login_code",
            "account_reset_password",
            "account_reset_password_done",
            "account_email_verification_sent",
        ],
    )
    yield "/adresse/qui/nexiste/pas/"
    yield q.retiree.get_absolute_url()  # 410


def pages_preteur(q):
    yield from map(
        reverse,
        [
            "a_faire",
            "pret_liste",
            "mes_ressources",
            "agenda_liste",
            "ressource_creer",
            "mes_pratiques",
            "pratique_raconter",
            "organisation_inscrire",
        ],
    )
    for etape in (1, 2, 3):
        yield reverse("ressource_modifier", args=[q.brouillon.slug, etape])
    yield reverse("ressource_modifier", args=[q.chaudron.slug, 1])
    for etape in (1, 2, 3, 4):
        yield reverse("pratique_modifier", args=[q.recit.slug, etape])
    for chose in (q.chaudron, q.brouillon, q.soumise, q.renvoyee, q.recit, q.preteur):
        yield chose.get_absolute_url()
    yield reverse("organisation_modifier", args=[q.preteur.slug])
    yield reverse("organisation_membres", args=[q.preteur.slug])


def pages_prets(q):
    for pret in q.prets.values():
        yield pret.get_absolute_url()


def pages_emprunteur(q):
    yield from map(reverse, ["a_faire", "pret_liste", "attente_liste"])
    for suite in ("", "?langue=en"):
        yield q.prets["accepte"].entente.get_absolute_url() + suite
    for chose in (q.chaudron, q.salle, q.payante):
        yield chose.get_absolute_url()
        yield reverse("pret_demander", args=[chose.slug])
    for etat in ("demande", "propose", "accepte", "remis", "en partie", "retard", "clos"):
        yield q.prets[etat].get_absolute_url()
    yield q.prets["à l’heure"].get_absolute_url()


def pages_ensemble(q):
    dates = f"?du={q.jours[0]}&au={q.jours[1]}"
    serie = reverse("serie_demander", args=[q.salle.slug])
    choix = f"?date={q.jours[0]}&debut=09:00&fin=11:00&rythme=semaines&intervalle=1&nombre=4"
    yield from map(reverse, ["panier", "confiance_liste"])
    yield reverse("ressource_liste") + dates
    yield q.payante.get_absolute_url() + dates
    yield serie
    yield f"{serie}{choix}&emprunteur={q.emprunteur.pk}"
    yield f"{serie}{choix}0000"  # refused
    yield q.ensemble.get_absolute_url()
    yield q.ensemble.prets.first().get_absolute_url()


def pages_ensemble_preteur(q):
    yield reverse("confiance_liste")
    yield q.ensemble.get_absolute_url()


def pages_coordination(q):
    yield from map(reverse, ["moderation_file", "moderation_journal", "a_faire"])
    for lecture in q.lectures.values():
        yield reverse("moderation_detail", args=[lecture.pk])
    yield q.chaudron.get_absolute_url()
    yield q.prets["incident"].get_absolute_url()
    yield reverse("organisation_membres", args=[q.preteur.slug])


def pages_sans_attente(q):
    yield from map(reverse, ["accueil", "moderation_file", "moderation_journal"])


def pages_dabord(q):
    """Somebody who has just signed up, without an organisation."""
    yield from map(
        reverse,
        [
            "a_faire",
            "pret_liste",
            "mes_ressources",
            "compte",
            "compte_courriels",
            "agenda_liste",
            "second_facteur",
            "account_email",
            "account_change_password",
            "account_logout",
            "account_reauthenticate",
            "mfa_index",
            "usersessions_list",
        ],
    )
    yield q.chaudron.get_absolute_url()
    yield reverse("pret_demander", args=[q.chaudron.slug])


def pages_securite(q):
    """What asks first who one is."""
    yield from map(
        reverse,
        [
            "mfa_index",
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_list_webauthn",
            "account_change_password",
            "account_email",
            "usersessions_list",
        ],
    )


# Who looks, and at what. `None` is a visitor.
GROUPES = {
    "visiteur": (None, pages_visiteur),
    "comptes": (None, pages_compte),
    "preteur": ("yvon", pages_preteur),
    "prets": ("yvon", pages_prets),
    "emprunteur": ("mireille", pages_emprunteur),
    "ensemble": ("mireille", pages_ensemble),
    "ensemble, prêteur": ("yvon", pages_ensemble_preteur),
    "coordination": ("coordonnatrice", pages_coordination),
    "coordination sans attente": ("autre_coordonnatrice", pages_sans_attente),
    "nouvelle personne": ("nouvelle", pages_dabord),
    "sécurité": ("nouvelle", pages_securite),
}


@pytest.fixture
def nouvelle(db):
    return fabriques.personne("Nadia", "Nouvelle")


# What a person opens to see more is looked at open.
OUVRIR = "document.querySelectorAll('main details').forEach(d => { d.open = true })"
DEBORDE = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(("theme", "largeur"), [("clair", "360"), ("sombre", "1280")])
@pytest.mark.parametrize("groupe", GROUPES)
def test_pages_are_accessible_and_hold_in_the_window(
    groupe, theme, largeur, quartier, ouvrir_fenetre, axe, request
):
    qui, pages = GROUPES[groupe]
    personne = request.getfixturevalue(qui) if qui else None
    fenetre = ouvrir_fenetre(largeur=largeur)
    if personne:
        fenetre.entrer(personne, fabriques.MOT_DE_PASSE)
    fenetre.theme(theme)
    fautes = []
    for adresse in pages(quartier):
        reponse = fenetre.aller(adresse)
        if (
            reponse.status >= 500
            or (personne and "/login/" in fenetre.page.url)
            or (groupe == "sécurité" and "/reauthenticate/" in fenetre.page.url)
        ):
            fautes.append(f"{adresse} : {reponse.status} {fenetre.page.url}")
            continue
        fenetre.page.evaluate(OUVRIR)
        titres = fenetre.page.locator("h1").count()
        if titres != 1:
            fautes.append(f"{adresse} : {titres} h1")
        if not fenetre.page.title().strip():
            fautes.append(f"{adresse} : no title")
        if (trop := fenetre.page.evaluate(DEBORDE)) > 0:
            fautes.append(f"{adresse} : scrolls sideways by {trop} px at {largeur}")
        fautes += [f"{adresse} : {faute}" for faute in axe(fenetre.page)]
    assert fautes == [], "\n" + "\n".join(fautes)


FORMULAIRES = {
    "connexion": (None, "account_login", "Se connecter"),
    "inscription": (None, "account_signup", None),
    "ressource": ("yvon", "ressource_creer", "Enregistrer et continuer"),
    "pratique": ("yvon", "pratique_raconter", None),
    "organisme": ("yvon", "organisation_inscrire", None),
}


@pytest.mark.parametrize("nom", FORMULAIRES)
def test_a_form_sent_empty_says_what_to_do_and_stays_accessible(
    nom, ouvrir_fenetre, axe, table, request
):
    qui, vue, bouton = FORMULAIRES[nom]
    personne = request.getfixturevalue(qui) if qui else None
    fenetre = ouvrir_fenetre(largeur="360", personne=personne)
    fenetre.aller(reverse(vue))
    formulaire = fenetre.page.locator("main form[method=post]").first
    boutons = formulaire.get_by_role("button")
    (boutons.filter(has_text=bouton) if bouton else boutons).last.click()
    resume = fenetre.page.locator(".erreurs")
    resume.wait_for()
    assert fenetre.page.title().startswith("Erreur")
    premier = resume.get_by_role("link").first
    cible = premier.get_attribute("href").removeprefix("#")
    assert fenetre.page.locator(f"[id='{cible}']").count() == 1, f"{cible} is not on the page"
    assert axe(fenetre.page) == []


@pytest.mark.parametrize(
    ("geste", "faute"),
    [
        ("new Image().src = 'https://ailleurs.example/x.png'", "ailleurs.example"),
        ("document.body.setAttribute('style', 'color: red')", "style"),
        ("console.error('aïe')", "aïe"),
        ("setTimeout(() => { throw new Error('oups') })", "oups"),
        ("fetch('/adresse/qui/nexiste/pas/')", "404"),
    ],
)
def test_the_window_does_ring(ouvrir_fenetre, geste, faute):
    """What every test here relies on: a fault in the page is a fault of the test."""
    fenetre = ouvrir_fenetre()
    fenetre.aller(reverse("charte"))
    assert fenetre.fautes == []
    fenetre.page.evaluate(f"() => {{ {geste} }}")
    fenetre.page.wait_for_timeout(300)
    assert faute in " ".join(fenetre.fautes)
    fenetre.fautes.clear()


def test_the_keyboard_reaches_the_content_first(ouvrir_fenetre):
    fenetre = ouvrir_fenetre()
    fenetre.aller("/")
    fenetre.page.keyboard.press("Tab")
    assert fenetre.page.evaluate("document.activeElement.getAttribute('href')") == "#contenu"
    fenetre.page.keyboard.press("Enter")
    assert fenetre.page.url.endswith("#contenu")


def test_the_widths_looked_at_are_a_telephone_and_a_desk():
    assert LARGEURS == {"360": (360, 740), "1280": (1280, 900)}


def test_a_theme_once_chosen_stays(ouvrir_fenetre):
    fenetre = ouvrir_fenetre()
    fenetre.aller("/")
    racine = fenetre.page.locator("html")
    assert racine.get_attribute("data-theme") is None
    fenetre.page.get_by_role("button", name="Sombre").click()
    assert racine.get_attribute("data-theme") == "sombre"
    fenetre.aller(reverse("account_login"))
    assert racine.get_attribute("data-theme") == "sombre"
