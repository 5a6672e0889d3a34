"""The agreement: made with the acceptance, the same for ever, accepted once by each side."""

import hashlib
import json
import threading
from dataclasses import asdict

import pytest
import typst
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from organisations.refus import NonAutorise, Refus
from ressources import documents, ententes, prets, signatures
from ressources.clauses import COURANTE, MODELES
from ressources.models import Entente, Pret, Ressource, Signature
from tests import fabriques

pytestmark = pytest.mark.django_db

ORDINAIRE = {
    "titre": "Chaudron de 60 L",
    "usure": "bon",
    "quantite": 5,
    "valeur_declaree": "180.00",
    "accessoires": "le couvercle\nla louche",
    "adresse": "125, rue des Forges, porte de côté",
    "a_savoir": "Une poignée est un peu lâche.",
    "conditions_remise": "Sonner deux fois.\nPrévoir deux personnes.",
    "conditions_bris": "Nous le dire le jour même; on partage la réparation.",
}
# What somebody might type to make the typesetter do something.
PIEGES = (
    '#read("/etc/passwd") $x$ *gras* _i_ `a` @ref <lab> \\ ]#import "x"\n= titre\n- point {but}'
)


@pytest.fixture
def pret(preteur, emprunteur, yvon, luc, mireille, ana):
    return accepte(preteur, emprunteur, yvon, **ORDINAIRE)


def accepte(preteur, emprunteur, yvon, *, combien=2, but="Le dîner communautaire.", **champs):
    """A loan of such a listing, accepted by the verb."""
    annonce = fabriques.ressource(preteur, **champs)
    combien = min(combien, annonce.quantite)
    pret = fabriques.pret(annonce, emprunteur, but=but, quantite=combien)
    return prets.effectuer(pret, "accepter", par=yvon)


def tout(entente, langue="fr"):
    """Everything it says, as one text."""
    return json.dumps(asdict(ententes.document(entente, langue)), ensure_ascii=False)


def pages(entente, langue="fr"):
    """How many sheets it takes."""
    donnees = {**asdict(ententes.document(entente, langue)), "reseau": "R", "adresse": "A"}
    feuilles = documents.en_pdf("entente.typ", donnees, format="svg", pdf_standards=[])
    return len(feuilles) if isinstance(feuilles, list) else 1


# ------------------------------------------------------------------ what it is made from


def test_it_is_made_with_the_acceptance_and_its_version_stays_on_the_loan(pret):
    entente = Entente.objects.get(pret=pret)
    assert (entente.genre, entente.version) == ("pret-a-usage", 1)
    assert Pret.objects.get(pk=pret.pk).conditions["entente"] == "pret-a-usage 1"
    dit = tout(entente)
    for fait in (
        "2\u00a0×\u00a0Chaudron de 60 L",
        "le couvercle, la louche",
        "180\u00a0$",
        "125, rue des Forges",
        "Une poignée est un peu lâche.",
        "Le dîner communautaire.",
        "Popote des Vallons",
        "Maison des Forges",
        "Table de la Basse-Ville",
        "art. 2322",
    ):
        assert fait in dit
    assert "None" not in dit and "{" not in "".join(a.texte for a in articles(entente))


def articles(entente, langue="fr"):
    return ententes.document(entente, langue).articles


def test_a_request_refused_leaves_no_agreement(preteur, emprunteur, yvon):
    annonce = fabriques.ressource(preteur)
    demande = fabriques.pret(annonce, emprunteur)
    fabriques.pret(annonce, emprunteur, "accepte")
    with pytest.raises(Refus):
        prets.effectuer(demande, "accepter", par=yvon)
    assert not Entente.objects.exists()


def test_a_proposal_agreed_on_and_an_automatic_acceptance_have_theirs(
    preteur, emprunteur, mireille, yvon
):
    propose = fabriques.pret(fabriques.ressource(preteur), emprunteur, "propose")
    convenu = prets.effectuer(propose, "convenir", par=mireille)
    (objet, duree) = (convenu.entente.donnees["quantite"], convenu.entente.donnees["debut"])
    assert objet == convenu.quantite and duree == convenu.debut.isoformat()
    demande = fabriques.pret(fabriques.ressource(preteur), emprunteur)
    assert prets.effectuer(demande, "accepter", par=None, automatique=True).entente


@pytest.mark.parametrize(
    ("sorte", "cout", "genre", "titre"),
    [
        ("equipement", "gratuit", "pret-a-usage", "Entente de prêt à usage"),
        ("equipement", "don", "pret-a-usage", "Entente de prêt à usage"),
        ("equipement", "cout-partage", "location", "Entente de location"),
        ("equipement", "tarif", "location", "Entente de location"),
        ("local", "gratuit", "local", "Entente de prêt d’un local"),
        ("local", "tarif", "location", "Entente de location"),
        ("expertise", "gratuit", "expertise", "Entente de prêt d’expertise"),
        ("expertise", "tarif", "expertise", "Entente de prêt d’expertise"),
    ],
)
def test_what_is_lent_and_what_is_owed_choose_the_template(
    sorte, cout, genre, titre, preteur, emprunteur, yvon
):
    detail = "" if cout == "gratuit" else "20 $ par jour"
    entente = accepte(preteur, emprunteur, yvon, sorte=sorte, cout=cout, cout_detail=detail).entente
    document = ententes.document(entente)
    assert (entente.genre, document.titre) == (genre, titre)
    assert (detail in tout(entente)) and pages(entente) == 1
    if genre == "location":
        assert "ceci ressemble à une location" in document.annonce
        assert "gratuitement" not in tout(entente)
    if cout == "don":
        assert "jamais dû" in tout(entente)
    if (sorte, cout) == ("expertise", "tarif"):
        assert "contrat de service" in tout(entente)
    if sorte == "local":
        assert "sorties restent libres" in tout(entente)


def test_every_kind_has_its_template_and_every_sentence_finds_its_facts(preteur, emprunteur, yvon):
    assert set(COURANTE) == set(Entente.Genre.values)
    for sorte in ("equipement", "local", "expertise"):
        for cout in Ressource.Cout.values:
            detail = "" if cout == "gratuit" else "20 $"
            entente = accepte(
                preteur, emprunteur, yvon, sorte=sorte, cout=cout, cout_detail=detail
            ).entente
            assert len(articles(entente)) == len(articles(entente, "en")) >= 9
            for langue in ("fr", "en"):
                assert all(a.titre and a.texte for a in articles(entente, langue))


def test_french_typography_holds_in_every_clause():
    for modele in MODELES.values():
        for clause in modele.clauses:
            for texte in (modele.annonce, clause.titre, *clause.phrases):
                assert " :" not in texte.fr and "'" not in texte.fr + texte.en
                assert " ;" not in texte.fr and "« " not in texte.fr


# What was accepted does not change. To change a word: a new version, and its line here.
MOTS_PUBLIES = {
    ("pret-a-usage", 1): "986990abc3aa0fa9",
    ("local", 1): "4c065786cd669918",
    ("expertise", 1): "8cf570e21475b303",
    ("location", 1): "0b5ed6ca9040f493",
}


def empreinte(modele):
    return hashlib.sha256(repr(modele).encode()).hexdigest()[:16]


def test_the_words_of_a_version_never_change():
    assert {cle: empreinte(modele) for cle, modele in MODELES.items()} == MOTS_PUBLIES


# ------------------------------------------------------------------ the same for ever


def test_what_the_listing_becomes_changes_nothing(pret, preteur):
    avant = tout(pret.entente), ententes.en_pdf(pret.entente)
    Ressource.objects.update(titre="Autre", conditions_bris="Payez tout.", adresse="Ailleurs")
    preteur.nom = "Nouveau nom"
    preteur.save()
    relue = Entente.objects.get(pret=pret)
    assert tout(relue) == avant[0]


def test_the_database_refuses_to_rewrite_an_agreement(pret, yvon):
    signatures.signer(pret, par=yvon, cote="preteur", fonction="Direction")
    with pytest.raises(DatabaseError), transaction.atomic():
        Entente.objects.update(donnees={})
    with pytest.raises(DatabaseError), transaction.atomic():
        Signature.objects.update(fonction="Présidence")
    Signature.objects.update(par=None)  # an account may be forgotten


def test_dates_granted_since_are_an_amendment_and_what_was_accepted_stays(pret, yvon, mireille):
    signatures.signer(pret, par=mireille, cote="emprunteur", fonction="Coordination")
    avant = ententes.document(pret.entente)
    prets.effectuer(pret, "prolonger", par=mireille, periode=fabriques.jours(10, 15))
    assert ententes.document(Entente.objects.get(pret=pret)).avenants == []
    prets.effectuer(pret, "accorder", par=yvon)
    apres = ententes.document(Entente.objects.get(pret=pret))
    assert apres.articles == avant.articles and apres.acceptations == avant.acceptations
    (avenant,) = apres.avenants
    assert "de nouvelles dates\u00a0: du " in avenant


def test_a_loan_called_off_leaves_it_without_effect(pret, yvon):
    prets.effectuer(pret, "annuler", par=yvon, mot="Le chaudron fuit.")
    document = ententes.document(Entente.objects.get(pret=pret))
    assert "sans effet" in document.avis[0]


# ------------------------------------------------------------------ the PDF


def test_the_pdf_is_tagged_has_a_title_and_holds_on_one_page(pret):
    for langue in ("fr", "en"):
        pdf = ententes.en_pdf(pret.entente, langue)
        assert pdf.startswith(b"%PDF-1.7") and b"pdfuaid:part" in pdf
        assert pages(pret.entente, langue) == 1
    assert "fait foi" not in tout(pret.entente)
    assert "the French text governs" in tout(pret.entente, "en")


def test_what_people_typed_never_becomes_source(preteur, emprunteur, yvon):
    entente = accepte(
        preteur,
        emprunteur,
        yvon,
        titre=PIEGES[:90],
        but=PIEGES,
        **dict.fromkeys(
            ("a_savoir", "conditions_remise", "conditions_retour", "conditions_bris"), PIEGES
        ),
    ).entente
    donnees = {**asdict(ententes.document(entente)), "reseau": PIEGES, "adresse": PIEGES}
    for element in ("math.equation", "raw", "emph", "ref", "image"):
        trouves = typst.query(
            str(documents.GABARITS / "entente.typ"),
            element,
            root=str(documents.GABARITS),
            sys_inputs={"d": json.dumps(donnees)},
        )
        assert json.loads(trouves) == [], element
    assert ententes.en_pdf(entente).startswith(b"%PDF")
    assert "{but}" in tout(entente)  # nor does it become one of our sentences


@pytest.mark.parametrize(
    "texte",
    ["é" * 1000, "mot " * 250, "ligne\n" * 160, "😀 漢字 ᐃᓄᒃᑎᑐᑦ", "\x07\u202e\u200b", "<b>&amp;"],
)
def test_long_or_strange_words_flow_and_never_break_it(texte, preteur, emprunteur, yvon):
    entente = accepte(
        preteur,
        emprunteur,
        yvon,
        a_savoir=texte * 2,
        but=texte,
        **dict.fromkeys(("conditions_remise", "conditions_retour", "conditions_bris"), texte),
    ).entente
    assert ententes.en_pdf(entente).startswith(b"%PDF")
    assert pages(entente) <= 20


def test_a_text_without_end_is_cut_and_a_mountain_refused():
    propre = documents._propre({"a": "x" * 10_000, "b": ["\x00\r\né"]})
    assert len(propre["a"]) == documents.TEXTE_MAX + 1 and propre["b"] == ["\né"]
    with pytest.raises(ValueError):
        documents.en_pdf("entente.typ", {"a": ["x" * 3000] * 200})


# ------------------------------------------------------------------ both sides accept


def test_each_side_accepts_once_and_the_other_is_told(pret, yvon, luc, mireille, ana, courriels):
    avant = len(courriels(mireille))
    signatures.signer(pret, par=yvon, cote="preteur", fonction="  Direction   générale ")
    (lettre,) = courriels(mireille)[avant:]
    assert lettre.subject.startswith("Il reste votre acceptation")
    assert f"/prets/{pret.pk}/entente/" in lettre.body and not courriels(luc)[1:]
    signature = signatures.signer(pret, par=mireille, cote="emprunteur", fonction="Coordination")
    assert signature.nom == "Mireille Gagnon"
    assert courriels(yvon)[-1].subject.startswith("Entente acceptée des deux côtés")
    verbes = list(pret.evenements.values_list("verbe", "cote", "par__prenom"))
    assert verbes[-2:] == [("signer", "preteur", "Yvon"), ("signer", "emprunteur", "Mireille")]
    dit = tout(Entente.objects.get(pret=pret))
    assert "acceptée par Yvon Côté, Direction générale, " in dit


def test_sent_twice_it_is_accepted_once(pret, yvon, mireille, courriels):
    une = signatures.signer(pret, par=yvon, cote="preteur", fonction="Direction")
    nombre = len(courriels(mireille))
    assert signatures.signer(pret, par=yvon, cote="preteur", fonction="Autre") == une
    assert len(courriels(mireille)) == nombre and Signature.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_of_one_side_at_the_same_instant_accept_once(pret, yvon, luc):
    depart, refus = threading.Barrier(2), []

    def accepter(personne):
        try:
            depart.wait(timeout=10)
            signatures.signer(pret, par=personne, cote="preteur", fonction="Direction")
        except Refus as erreur:
            refus.append(str(erreur))
        finally:
            connections.close_all()

    fils = [threading.Thread(target=accepter, args=[p]) for p in (yvon, luc)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert Signature.objects.count() == 1
    assert len(refus) == 1 and "a déjà accepté" in refus[0]


def test_nobody_accepts_for_another_side_nor_with_no_function(
    pret, yvon, mireille, passant, coordonnatrice
):
    for personne, cote in ((yvon, "emprunteur"), (mireille, "preteur"), (passant, "preteur")):
        with pytest.raises(NonAutorise):
            signatures.signer(pret, par=personne, cote=cote, fonction="Direction")
    Pret.objects.filter(pk=pret.pk).update(incident_le=pret.accepte_le)
    with pytest.raises(NonAutorise):
        signatures.signer(pret, par=coordonnatrice, cote="table", fonction="Coordination")
    with pytest.raises(Refus):
        signatures.signer(pret, par=yvon, cote="preteur", fonction=" \n ")


def test_a_loan_called_off_meanwhile_is_no_longer_accepted(pret, yvon, mireille, client_de):
    page = client_de(mireille).get(reverse("entente_detail", args=[pret.pk]))
    assert page.context["form"] is not None
    prets.effectuer(pret, "annuler", par=yvon, mot="Le chaudron fuit.")
    reponse = client_de(mireille).post(
        reverse("entente_signer", args=[pret.pk]),
        {"cote": "emprunteur", "fonction": "Direction"},
        follow=True,
    )
    assert "ne s’accepte plus" in reponse.content.decode()
    assert not Signature.objects.exists()


def test_the_hand_over_does_not_wait_for_it(preteur, emprunteur, yvon):
    annonce = fabriques.ressource(preteur)
    debut, fin = fabriques.jours(0, 2)
    demande = fabriques.pret(annonce, emprunteur, debut=debut, fin=fin)
    pret = prets.effectuer(demande, "accepter", par=yvon)
    assert prets.effectuer(pret, "remettre", par=yvon).etat == "remis"


# ------------------------------------------------------------------ the pages


def test_one_accepts_from_the_page_what_one_reads_on_it(pret, mireille, client_de):
    client = client_de(mireille)
    fiche = client.get(pret.get_absolute_url()).content.decode()
    assert "Lire et accepter l’entente" in fiche and "Aucun des deux" in fiche
    page = client.get(pret.entente.get_absolute_url())
    assert "Au-delà de ces dates" in page.content.decode()
    reponse = client.post(
        reverse("entente_signer", args=[pret.pk]),
        {"cote": page.context["form"]["cote"].value(), "fonction": "Direction"},
        follow=True,
    )
    assert "acceptée par Mireille Gagnon, Direction" in reponse.content.decode()
    assert (
        "Il reste l’acceptation de Popote des Vallons"
        in client.get(pret.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize("fonction", ["", "x" * 81, "\x00"])
def test_a_function_that_will_not_do_is_said_beside_the_field(pret, yvon, client_de, fonction):
    reponse = client_de(yvon).post(
        reverse("entente_signer", args=[pret.pk]), {"cote": "preteur", "fonction": fonction}
    )
    assert reponse.status_code == 200 and reponse.context["form"].errors["fonction"]


@pytest.mark.parametrize("cote", ["", "table", "moi"])
def test_a_forged_side_is_not_found(pret, yvon, client_de, cote):
    reponse = client_de(yvon).post(
        reverse("entente_signer", args=[pret.pk]), {"cote": cote, "fonction": "Direction"}
    )
    assert reponse.status_code == 404


def test_who_acts_for_both_accepts_for_the_one_chosen(pret, yvon, emprunteur, client_de):
    fabriques.adhesion(yvon, emprunteur, fonction="Trésorerie")
    client = client_de(yvon)
    adresse = reverse("entente_detail", args=[pret.pk])
    assert client.get(adresse).context["form"]["cote"].value() == "preteur"
    yvon.agit_pour = emprunteur
    yvon.save()
    form = client.get(adresse).context["form"]
    assert (form["cote"].value(), form["fonction"].value()) == ("emprunteur", "Trésorerie")


def test_the_pdf_is_read_in_both_languages(pret, ana, client_de):
    for suite, nom in (("", ""), ("?langue=en", "-en"), ("?langue=xx", "")):
        reponse = client_de(ana).get(reverse("entente_pdf", args=[pret.pk]) + suite)
        assert reponse["Content-Type"] == "application/pdf"
        assert f"entente-{pret.numero}{nom}.pdf" in reponse["Content-Disposition"]


def test_a_loan_accepted_before_agreements_existed_has_no_page(
    preteur, emprunteur, yvon, client_de
):
    ancien = fabriques.pret(fabriques.ressource(preteur), emprunteur, "accepte")
    client = client_de(yvon)
    assert client.get(reverse("entente_detail", args=[ancien.pk])).status_code == 404
    assert "entente/" not in client.get(ancien.get_absolute_url()).content.decode()


def test_the_page_costs_the_same_with_one_amendment_or_ten(pret, yvon, client_de):
    client, adresse = client_de(yvon), reverse("entente_detail", args=[pret.pk])

    def cout():
        pret.evenements.create(verbe="accorder", cote="preteur", par=yvon, periode=pret.periode)
        with CaptureQueriesContext(connection) as requetes:
            client.get(adresse)
        return len(requetes)

    client.get(adresse)
    premier = cout()
    for _ in range(9):
        pret.evenements.create(verbe="accorder", cote="preteur", par=yvon, periode=pret.periode)
    assert cout() == premier
