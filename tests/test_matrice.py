"""Who may do what: every address × every role, as one table.

A row says what happens when each person asks for an address: `200` the page, `ok` done (a
redirect), `non` sent back with a sentence, `err` the form shown again with what is wrong, `ent`
led to the sign-in page, or 403, 404, 410. A new address without a row fails the suite.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from mutualisation.demo.models import CourrielRecu
from organisations.desabonnement import jeton_de
from ressources.models import Agenda, Confiance
from tests import fabriques
from tests.adresses import adresses

pytestmark = pytest.mark.django_db

ROLES = [
    "visiteur",
    "passant",
    "luc",
    "yvon",
    "ana",
    "mireille",
    "coordonnatrice",
    "autre_coordonnatrice",
    "suspendu",
    "administration",
]

# The columns: a visitor; a responsable of another organisation; a member and the responsable of
# the lender; a member and the responsable of the borrower; the coordinator of their table; the one
# of another table; the responsable of a suspended organisation; the network's administration.
TABLE = """
#                                                 vis pas luc yvo ana mir coo aut sus adm
# --- the roof
GET  accueil                                    | 200 200 200 200 200 200 200 200 200 200
GET  sante                                      | 200 200 200 200 200 200 200 200 200 200
GET  charte                                     | 200 200 200 200 200 200 200 200 200 200
GET  confidentialite                            | 200 200 200 200 200 200 200 200 200 200
GET  accessibilite                              | 200 200 200 200 200 200 200 200 200 200
POST apparence_choisir                          | ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST set_language                               | ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  demo_courriels                             | 200 200 200 200 200 200 200 200 200 200
GET  demo_courriel courriel                     | 200 200 200 200 200 200 200 200 200 200

# --- organisations
GET  organisation_liste                         | 200 200 200 200 200 200 200 200 200 200
GET  organisation_inscrire                      | ent 200 200 200 200 200 200 200 200 200
POST organisation_inscrire                      | ent err err err err err err err err err
GET  organisation_detail preteur                | 200 200 200 200 200 200 200 200 200 200
GET  organisation_detail attendue               | 404 404 404 404 404 404 200 404 404 200
GET  organisation_detail suspendue              | 404 404 404 404 404 404 200 404 200 200
GET  organisation_modifier preteur              | ent 403 403 200 403 403 403 403 403 403
POST organisation_modifier preteur              | ent 403 403 err 403 403 403 403 403 403
GET  organisation_membres preteur               | ent 404 200 200 404 404 200 404 404 200
POST organisation_rejoindre preteur             | ent ok  non non ok  ok  ok  ok  ok  ok
POST adhesion_decider demande_adhesion          | ent 404 403 ok  404 404 403 404 404 403
POST adhesion_modifier adhesion_luc             | ent 404 ok  ok  404 404 403 404 404 403
POST adhesion_modifier adhesion_yvon            | ent 404 non non 404 404 non 404 404 non
POST invitation_creer preteur                   | ent 404 403 ok  404 404 403 404 404 403
POST invitation_annuler invitation_ana          | ent 404 403 ok  404 404 403 404 404 403
GET  invitation_detail invitation_ana           | 200 200 200 200 200 200 200 200 200 200
POST invitation_accepter invitation_ana         | ent non non non ok  non non non non non
POST organisation_retirer preteur               | ent 403 403 non 403 403 403 403 403 403
POST organisation_choisir                       | ent 404 ok  ok  404 404 404 404 404 404
GET  table_liste                                | 200 200 200 200 200 200 200 200 200 200
GET  table_detail table                         | 200 200 200 200 200 200 200 200 200 200
GET  compte                                     | ent 200 200 200 200 200 200 200 200 200
POST compte                                     | ent err err err err err err err err err
GET  second_facteur                             | ent 200 200 200 200 200 200 200 200 200
GET  compte_courriels                           | ent 200 200 200 200 200 200 200 200 200
POST compte_courriels                           | ent ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  desabonnement adresse_signee               | 200 200 200 200 200 200 200 200 200 200
POST desabonnement adresse_signee               | ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  desabonnement jeton=invente                | 404 404 404 404 404 404 404 404 404 404

# --- moderation
GET  moderation_file                            | ent 403 403 403 403 403 200 200 403 200
GET  moderation_journal                         | ent 403 403 403 403 403 200 200 403 200
GET  moderation_detail lecture                  | ent 403 403 403 403 403 200 404 403 200
POST moderation_decider lecture                 | ent 403 403 403 403 403 ok  404 403 ok
POST moderation_suspendre ressource sorte=ressource | ent 403 403 403 403 403 ok  403 403 ok
POST moderation_retablir suspendue sorte=organisation | ent 404 404 404 404 404 ok 404 403 ok

# --- the registry
GET  ressource_liste                            | 200 200 200 200 200 200 200 200 200 200
GET  ressource_creer                            | ent 200 200 200 200 200 ok  ok  403 ok
POST ressource_creer                            | ent err err err err err ok  ok  403 ok
GET  ressource_detail ressource                 | 200 200 200 200 200 200 200 200 200 200
GET  ressource_detail brouillon                 | 404 404 200 200 404 404 404 404 404 200
GET  ressource_detail soumise                   | 404 404 200 200 404 404 200 404 404 200
GET  ressource_detail retiree                   | 410 410 410 410 410 410 410 410 410 410
GET  ressource_detail suspendu_offre            | 404 404 404 404 404 404 200 404 200 200
GET  ressource_modifier brouillon etape=1       | ent 404 200 200 404 404 404 404 404 403
GET  ressource_modifier brouillon etape=3       | ent 404 200 200 404 404 404 404 404 403
GET  ressource_modifier ressource etape=2       | ent 403 200 200 403 403 403 403 403 403
POST ressource_modifier brouillon etape=1       | ent 404 err err 404 404 404 404 404 403
GET  ressource_modifier suspendu_offre etape=1  | ent 404 404 404 404 404 403 404 403 403
POST ressource_soumettre brouillon              | ent 404 ok  ok  404 404 404 404 404 403
POST ressource_archiver ressource               | ent 403 ok  ok  403 403 403 403 403 403
POST ressource_reprendre archivee               | ent 404 ok  ok  404 404 403 404 404 403
POST ressource_retirer ressource                | ent 403 ok  ok  403 403 403 403 403 403
POST photo_ajouter brouillon                    | ent 404 ok  ok  404 404 404 404 404 403
POST photo_retirer photo                        | ent 404 ok  ok  404 404 404 404 404 403
GET  mes_ressources                             | ent 200 200 200 200 200 200 200 200 200
GET  media chemin=photos/absente.webp           | 404 404 404 404 404 404 404 404 404 404
GET  media chemin=originaux/secrete.jpg         | 404 404 404 404 404 404 404 404 404 404

# --- the loans
GET  pret_demander ressource                    | ent 200 200 200 200 200 200 200 200 200
POST pret_demander ressource                    | ent ok  err err ok  ok  err err err err
GET  pret_liste                                 | ent 200 200 200 200 200 200 200 200 200
GET  pret_exporter                              | ent 200 200 200 200 200 non non 200 non
GET  pret_detail demande                        | ent 404 200 200 200 200 404 404 404 404
GET  pret_detail incident                       | ent 404 200 200 200 200 200 404 404 200
POST pret_effectuer demande verbe=accepter      | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer demande verbe=refuser       | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer demande verbe=annuler       | ent 404 ok  ok  ok  ok  404 404 404 404
POST pret_effectuer demande verbe=remettre      | ent 404 err err 403 403 404 404 404 404
POST pret_effectuer demande verbe=proposer      | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer demande verbe=deplacer      | ent 404 403 403 ok  ok  404 404 404 404
POST pret_effectuer demande verbe=expirer       | ent 404 403 403 403 403 404 404 404 404
POST pret_effectuer propose verbe=convenir      | ent 404 403 403 ok  ok  404 404 404 404
POST pret_effectuer propose verbe=decliner      | ent 404 403 403 ok  ok  404 404 404 404
POST pret_effectuer propose verbe=deplacer      | ent 404 403 403 ok  ok  404 404 404 404
POST pret_effectuer propose verbe=proposer      | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer propose verbe=refuser       | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer accepte verbe=remettre      | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer accepte verbe=liberer       | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer accepte verbe=prolonger     | ent 404 403 403 ok  ok  404 404 404 404
POST pret_effectuer accepte verbe=annuler       | ent 404 ok  ok  ok  ok  404 404 404 404
POST pret_effectuer souhait verbe=accorder      | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer souhait verbe=maintenir     | ent 404 ok  ok  403 403 404 404 404 404
POST pret_effectuer souhait verbe=prolonger     | ent 404 403 403 err err 404 404 404 404
POST pret_effectuer souhait verbe=rendre        | ent 404 ok  ok  ok  ok  404 404 404 404
POST pret_effectuer souhait verbe=signaler      | ent 404 ok  ok  ok  ok  404 404 404 404
POST pret_effectuer demande verbe=inconnu       | ent 404 404 404 404 404 404 404 404 404
POST pret_effectuer incident verbe=regler       | ent 404 ok  ok  ok  ok  ok  404 404 ok
POST pret_effectuer incident verbe=rendre       | ent 404 ok  ok  ok  ok  403 404 404 403
POST pret_ecrire demande                        | ent 404 ok  ok  ok  ok  404 404 404 404
POST pret_ecrire incident                       | ent 404 ok  ok  ok  ok  ok  404 404 ok
POST pret_evaluer clos                          | ent 404 ok  ok  ok  ok  404 404 404 404
GET  exemplaire_liste ressource                 | ent 403 200 200 403 403 403 403 403 403
GET  exemplaire_liste brouillon                 | ent 404 200 200 404 404 404 404 404 403
POST exemplaire_numeroter ressource             | ent 403 ok  ok  403 403 403 403 403 403
POST exemplaire_ajouter numerotee               | ent 403 ok  ok  403 403 403 403 403 403
GET  exemplaire_etiquettes numerotee            | ent 403 200 200 403 403 403 403 403 403
POST exemplaire_noter exemplaire                | ent 403 ok  ok  403 403 403 403 403 403
POST exemplaire_effectuer exemplaire verbe=reparer | ent 403 ok  ok  403 403 403 403 403 403
POST exemplaire_effectuer exemplaire verbe=retirer | ent 403 ok  ok  403 403 403 403 403 403
POST exemplaire_effectuer exemplaire verbe=inconnu | ent 404 404 404 404 404 404 404 404 404
GET  exemplaire_chercher                        | 200 200 200 200 200 200 200 200 200 200
GET  exemplaire_scan exemplaire                 | 200 200 200 200 200 200 200 200 200 200
GET  exemplaire_scan code=inconnu               | 404 404 404 404 404 404 404 404 404 404
GET  pret_journee                               | ent 200 200 200 200 200 200 200 200 200
GET  pret_remettre a_remettre                   | ent 404 200 200 403 403 404 404 404 404
POST pret_remettre a_remettre                   | ent 404 ok  ok  403 403 404 404 404 404
GET  pret_remettre demande                      | ent 404 non non 403 403 404 404 404 404
GET  pret_rendre incident                       | ent 404 200 200 200 200 403 404 404 403
POST pret_rendre incident                       | ent 404 ok  ok  ok  ok  403 404 404 403
GET  pret_constater incident                    | ent 404 200 200 200 200 403 404 404 403
POST pret_constater incident                    | ent 404 ok  ok  ok  ok  403 404 404 403
GET  photo_constat photo_constat largeur=320 format=webp | ent 404 200 200 200 200 200 404 404 200
GET  photo_constat photo_constat largeur=320 format=php | ent 404 404 404 404 404 404 404 404 404
GET  media chemin=constats/secrete-320.webp     | 404 404 404 404 404 404 404 404 404 404
GET  entente_detail promis                      | ent 404 200 200 200 200 404 404 404 404
GET  entente_detail incident                    | ent 404 200 200 200 200 200 404 404 200
GET  entente_detail demande                     | ent 404 404 404 404 404 404 404 404 404
GET  entente_pdf promis                         | ent 404 200 200 200 200 404 404 404 404
GET  entente_pdf incident                       | ent 404 200 200 200 200 200 404 404 200
POST entente_signer promis                      | ent 404 ok  ok  403 403 404 404 404 404
POST entente_signer incident                    | ent 404 ok  ok  403 403 403 404 404 403
GET  attente_liste                              | ent 200 200 200 200 200 200 200 200 200
POST attente_creer ressource                    | ent ok  non non ok  ok  non non 403 non
POST attente_renoncer attente                   | ent 404 404 404 ok  ok  404 404 404 404
GET  a_faire                                    | ent 200 200 200 200 200 200 200 200 200

# --- what is asked together, and trust
GET  serie_demander ressource                   | ent 200 200 200 200 200 200 200 200 200
POST serie_demander ressource                   | ent err err err err err err err err err
GET  demande_detail ensemble                    | ent 404 200 200 200 200 404 404 404 404
POST demande_effectuer ensemble verbe=accepter  | ent 404 ok  ok  403 403 404 404 404 404
POST demande_effectuer ensemble verbe=refuser   | ent 404 ok  ok  403 403 404 404 404 404
POST demande_effectuer ensemble verbe=annuler   | ent 404 ok  ok  ok  ok  404 404 404 404
POST demande_effectuer ensemble verbe=inconnu   | ent 404 404 404 404 404 404 404 404 404
GET  panier                                     | ent 200 200 200 200 200 200 200 200 200
POST panier_ajouter ressource                   | ent ok  non non ok  ok  403 403 403 403
POST panier_modifier                            | ent ok  ok  ok  ok  ok  403 403 ok  403
POST panier_retirer pk=1                        | ent ok  ok  ok  ok  ok  403 403 ok  403
POST panier_envoyer                             | ent non non non non non 403 403 non 403
GET  confiance_liste                            | ent 200 200 200 200 200 200 200 200 200
POST confiance_ajouter                          | ent ok  ok  ok  err err 403 403 403 403
POST confiance_retirer confiance                | ent 404 ok  ok  404 404 404 404 404 404


# --- the calendars
GET  agenda_liste                               | ent 200 200 200 200 200 200 200 200 200
POST agenda_creer ressource                     | ent ok  ok  ok  ok  ok  ok  ok  ok  ok
POST agenda_renouveler agenda_yvon              | ent 404 404 ok  404 404 404 404 404 404
POST agenda_revoquer agenda_yvon                | ent 404 404 ok  404 404 404 404 404 404
GET  agenda agenda_yvon                         | 200 200 200 200 200 200 200 200 200 200
GET  agenda agenda_revoque                      | 404 404 404 404 404 404 404 404 404 404
GET  agenda jeton=invente                       | 404 404 404 404 404 404 404 404 404 404

# --- practices and questions
GET  pratique_liste                             | 200 200 200 200 200 200 200 200 200 200
GET  pratique_raconter                          | ent 200 200 200 200 200 ok  ok  403 ok
POST pratique_raconter                          | ent err err err err err ok  ok  403 ok
GET  pratique_detail pratique                   | 200 200 200 200 200 200 200 200 200 200
GET  pratique_detail recit                      | 404 404 200 200 404 404 404 404 404 200
GET  pratique_modifier recit etape=1            | ent 404 200 200 404 404 404 404 404 403
GET  pratique_modifier recit etape=3            | ent 404 200 200 404 404 404 404 404 403
GET  pratique_modifier pratique etape=2         | ent 403 200 200 403 403 403 403 403 403
POST pratique_modifier recit etape=1            | ent 404 err err 404 404 404 404 404 403
POST pratique_soumettre recit                   | ent 404 ok  ok  404 404 404 404 404 403
POST pratique_archiver pratique                 | ent 403 ok  ok  403 403 403 403 403 403
POST pratique_reprendre pratique_archivee       | ent 404 ok  ok  404 404 403 404 404 403
POST pratique_retirer pratique                  | ent 403 ok  ok  403 403 403 403 403 403
GET  mes_pratiques                              | ent 200 200 200 200 200 200 200 200 200
GET  question_liste                             | 200 200 200 200 200 200 200 200 200 200
GET  question_detail question                   | 200 200 200 200 200 200 200 200 200 200
"""


def _lignes():
    for ligne in TABLE.splitlines():
        if not ligne.strip() or ligne.startswith("#"):
            continue
        gauche, droite = ligne.split("|")
        methode, nom, *reste = gauche.split()
        attendu = dict(zip(ROLES, droite.split(), strict=True))
        identifiant = " ".join([methode, nom, *reste])
        yield pytest.param(methode, nom, reste, attendu, id=identifiant)


# ------------------------------------------------------------------ the world of the table


@pytest.fixture
def gens(
    yvon,
    luc,
    ana,
    mireille,
    passant,
    coordonnatrice,
    autre_coordonnatrice,
    suspendu,
    administration,
):
    return {**{k: v for k, v in locals().items() if k in ROLES}, "visiteur": None}


@pytest.fixture
def monde(gens, table, preteur, emprunteur):
    """One of each thing the addresses are about; those of the lender unless said otherwise."""
    yvon = gens["yvon"]
    suspendue = gens["suspendu"].organisations.get()
    ressource = fabriques.ressource(preteur, "Chaudron commun", quantite=5)
    brouillon = fabriques.ressource(preteur, etat="brouillon", usure="bon")
    soumise = fabriques.ressource(preteur, etat="soumise", usure="bon")
    candidate = fabriques.personne("Rosalie", "Candidate")
    invitation = fabriques.invitation(preteur, yvon, gens["ana"].courriel)
    numerotee = fabriques.ressource(preteur, quantite=2)
    exemplaire, _ = (fabriques.exemplaire(numerotee, numero) for numero in (1, 2))
    debut, fin = fabriques.jours(0, 1)
    promis = fabriques.pret(ressource, emprunteur, "accepte")
    incident = fabriques.pret(ressource, emprunteur, "remis", incident=True)
    fabriques.entente(promis)
    fabriques.entente(incident)
    return SimpleNamespace(
        table=table,
        preteur=preteur,
        emprunteur=emprunteur,
        attendue=fabriques.organisation(table=table, etat="soumise"),
        suspendue=suspendue,
        courriel=CourrielRecu.objects.create(a="ana@essai.example", sujet="Bonjour", texte="Mot"),
        demande_adhesion=fabriques.adhesion(candidate, preteur, etat="demandee"),
        adhesion_luc=preteur.adhesions.get(personne=gens["luc"]),
        adhesion_yvon=preteur.adhesions.get(personne=yvon),
        invitation_ana=invitation,
        ressource=ressource,
        brouillon=brouillon,
        soumise=soumise,
        lecture=fabriques.revision(soumise, yvon),
        retiree=fabriques.ressource(preteur, etat="retiree", publiee_le=timezone.now()),
        archivee=fabriques.ressource(preteur, etat="archivee", usure="bon"),
        suspendu_offre=fabriques.ressource(suspendue),
        photo=fabriques.photo(brouillon),
        demande=fabriques.pret(ressource, emprunteur),
        numerotee=numerotee,
        exemplaire=exemplaire,
        a_remettre=fabriques.pret(ressource, emprunteur, "accepte", debut=debut, fin=fin),
        photo_constat=SimpleNamespace(pk=incident.pk, cle=fabriques.photo_constat(incident).cle),
        propose=fabriques.pret(ressource, emprunteur, "propose"),
        accepte=fabriques.pret(
            fabriques.ressource(preteur),
            emprunteur,
            "accepte",
            debut=fabriques.jours(0, 2)[0],
            fin=fabriques.jours(0, 2)[1],
        ),
        souhait=fabriques.pret(
            fabriques.ressource(preteur),
            emprunteur,
            "remis",
            periode_souhaitee=fabriques.jours(-1, 6),
        ),
        promis=promis,
        incident=incident,
        attente=fabriques.attente(fabriques.ressource(preteur), emprunteur),
        clos=fabriques.pret(ressource, emprunteur, "clos"),
        ensemble=fabriques.demande([ressource, ressource], emprunteur),
        confiance=Confiance.objects.create(
            organisation=preteur, envers=fabriques.organisation(table=table)
        ),
        pratique=fabriques.pratique(preteur, "Une cuisine à trois"),
        recit=fabriques.pratique(preteur, "Notre entrepôt commun", etat="brouillon"),
        pratique_archivee=fabriques.pratique(preteur, etat="archivee"),
        question=fabriques.question(),
        adresse_signee=SimpleNamespace(jeton=jeton_de(gens["luc"])),
        agenda_yvon=Agenda.objects.create(personne=yvon, organisation=preteur),
        agenda_revoque=Agenda.objects.create(
            personne=yvon, ressource=ressource, revoque_le=timezone.now()
        ),
    )


def adresse_de(nom, reste, monde):
    """The address of a row: its values come from the thing it names, or are written in the row."""
    dits = dict(mot.split("=") for mot in reste if "=" in mot)
    objet = next((getattr(monde, mot) for mot in reste if "=" not in mot), None)
    (adresse,) = [a for a in adresses() if a.nom == nom and (a.est_a_nous)][:1]
    valeurs = {}
    for cle in adresse.parametres:
        if cle in dits:
            valeurs[cle] = dits[cle]
        elif cle == "slug":
            porteur = getattr(objet, "organisation", None) or objet
            porteur = getattr(objet, "ressource", porteur)
            valeurs[cle] = objet.slug if hasattr(objet, "slug") else porteur.slug
        else:
            valeurs[cle] = getattr(objet, cle)
    return reverse(nom, kwargs=valeurs)


def donnees(nom, reste, monde):
    """What the form of an action sends when it is filled in."""
    objet = next((getattr(monde, mot) for mot in reste if "=" not in mot), None)
    debut, fin = timezone.localdate(), timezone.localdate()
    promis = [instant.isoformat() for instant in fabriques.jours(10, 12)]
    return {
        "apparence_choisir": {"theme": "sombre", "next": "/"},
        "set_language": {"language": "en", "next": "/"},
        "organisation_choisir": {"organisation": monde.preteur.pk, "next": "/"},
        "organisation_rejoindre": {"mot": "Bonjour"},
        "adhesion_decider": {"decision": "accepter"},
        "adhesion_modifier": {"geste": "terminer"},
        "invitation_creer": {"courriel": "nouvelle@essai.example", "role": "membre"},
        "compte_courriels": {"rythme": "quotidien"},
        "agenda_creer": {"ressource": monde.ressource.slug},
        "moderation_decider": {
            "decision": "approuver",
            "vue": monde.soumise.modifiee_le.isoformat(),
        },
        "moderation_suspendre": {"raison": "Une vérification est en cours."},
        "ressource_modifier": {"etape": 1, "geste": "continuer"},
        "exemplaire_ajouter": {"vus": 2},
        "exemplaire_noter": {"note": "Une anse réparée."},
        "pret_remettre": {"vu": "accepte-0-0", "etat": "bon"},
        "pret_rendre": {"vu": "remis-1-0", "etat": "bon"},
        "pret_constater": {"etat": "use", "note": "Un éclat."},
        "pret_effectuer": {
            "etat": getattr(objet, "etat", ""),
            "mot": "Un mot.",
            "du": debut + timedelta(days=20),
            "au": fin + timedelta(days=22),
            "quantite": 1,
        },
        "pret_ecrire": {"etat": getattr(objet, "etat", ""), "mot": "Un mot."},
        "attente_creer": {"debut": promis[0], "fin": promis[1], "quantite": 5},
        "entente_signer": {"cote": "preteur", "fonction": "Direction"},
        "pret_evaluer": {"comme_convenu": "oui", "mot": "Merci."},
        "demande_effectuer": {"mot": "Un mot."},
        "confiance_ajouter": {"envers": monde.emprunteur.pk},
        "pret_demander": {
            "du": debut,
            "au": fin,
            "quantite": 1,
            "but": "Un dîner.",
            "charte": "on",
            "jeton": "6a9a5c4e-6c1b-4d8a-9a55-3d7e2f1b0c11",
        },
    }.get(nom, {})


def issue(reponse) -> str:
    """What happened, in one word."""
    if reponse.status_code == 302:
        if resolve(reponse.url.split("?")[0].split("#")[0]).url_name == "account_login":
            return "ent"
        graves = [m for m in get_messages(reponse.wsgi_request) if "error" in m.tags]
        return "non" if graves else "ok"
    if reponse.status_code == 200 and reponse.wsgi_request.method == "POST":
        return "err"
    return str(reponse.status_code)


# ------------------------------------------------------------------ the table itself


@pytest.mark.parametrize(("methode", "nom", "reste", "attendu"), list(_lignes()))
def test_each_role_gets_what_the_table_says(
    methode, nom, reste, attendu, monde, gens, client_de, settings
):
    chemin = adresse_de(nom, reste, monde)
    constate = {}
    for role in ROLES:
        personne = gens[role]
        with transaction.atomic():
            client = client_de(personne)
            envoi = donnees(nom, reste, monde)
            if (
                nom in ("pret_demander", "attente_creer")
                and personne
                and personne.organisations.exists()
            ):
                envoi["emprunteur"] = personne.organisations.first().pk
            with CaptureQueriesContext(
                connection,
            ) as requetes:
                if methode == "GET":
                    reponse = client.get(chemin)
                else:
                    reponse = client.post(chemin, envoi)
            constate[role] = issue(reponse)
            if reponse.streaming:
                reponse.getvalue()  # read to its end, a file is closed
            if methode == "GET":
                assert ecritures(requetes) == [], f"a GET writes for {role}"
            transaction.set_rollback(True)
    ecarts = [f"{r}: {constate[r]}, not {attendu[r]}" for r in ROLES if constate[r] != attendu[r]]
    assert not ecarts, " · ".join(ecarts)


NOS_TABLES = ("organisations_", "ressources_", "pratiques_", "procrastinate_")


def ecritures(requetes) -> list[str]:
    return [
        r["sql"]
        for r in requetes
        if r["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        and any(f'"{table}' in r["sql"] for table in NOS_TABLES)
    ]


def test_every_address_has_its_row():
    ecrits = {parametre.values[1] for parametre in _lignes()}
    les_notres = {a.nom for a in adresses() if a.est_a_nous}
    assert les_notres - ecrits == set(), "addresses without a row"
    assert ecrits - les_notres == set(), "rows without an address"


def test_an_action_answers_to_post_only(monde, gens, client_de):
    """Every row that is only ever a POST refuses a GET, even to those who may act."""
    lues = {p.values[1] for p in _lignes() if p.values[0] == "GET"}
    client = client_de(gens["administration"])
    for parametre in _lignes():
        methode, nom, reste, _ = parametre.values
        if methode == "POST" and nom not in lues:
            assert client.get(adresse_de(nom, reste, monde)).status_code == 405, nom


def test_no_two_addresses_share_a_name():
    noms = [a.nom for a in adresses() if a.est_a_nous]
    assert sorted(noms) == sorted(set(noms))


# ------------------------------------------------------------------ what a visitor may open

PUBLIQUES = {
    "accueil",
    "sante",
    "charte",
    "confidentialite",
    "accessibilite",
    "apparence_choisir",
    "set_language",
    "demo_courriels",
    "demo_courriel",
    "organisation_liste",
    "organisation_detail",
    "invitation_detail",
    "desabonnement",
    "agenda",
    "table_liste",
    "table_detail",
    "ressource_liste",
    "ressource_detail",
    "media",
    "exemplaire_chercher",
    "exemplaire_scan",
    "pratique_liste",
    "pratique_detail",
    "question_liste",
    "question_detail",
}

# allauth's own, one group: signing up, signing in, confirming, finding one's account again.
PUBLIQUES_DES_COMPTES = {
    "account_login",
    "account_signup",
    "account_logout",
    "account_inactive",
    "account_request_login_code",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "mfa_login_webauthn",
}


def test_public_addresses_are_these_and_no_other():
    assert {a.nom for a in adresses() if a.est_a_nous and a.est_publique} == PUBLIQUES


def test_public_account_addresses_are_these_and_no_other():
    ouvertes = {a.nom for a in adresses() if "allauth" in a.module and a.est_publique}
    assert ouvertes == PUBLIQUES_DES_COMPTES


def test_everything_else_of_the_accounts_asks_to_sign_in(client):
    fermees = [a for a in adresses() if "allauth" in a.module and not a.est_publique]
    assert fermees
    for adresse in fermees:
        chemin = reverse(adresse.nom, kwargs=dict.fromkeys(adresse.parametres, 1))
        assert issue(client.get(chemin)) == "ent", adresse.nom


def test_the_admin_site_is_for_the_administration(gens, client_de):
    for role, personne in gens.items():
        reponse = client_de(personne).get("/admin/")
        assert (reponse.status_code == 200) is (role == "administration"), role


def test_every_address_belongs_to_a_known_house():
    """Nothing is mounted by accident."""
    etrangers = {a.module.split(".")[0] for a in adresses() if not a.est_a_nous} - {
        "allauth",
        "django",
    }
    assert etrangers == set()
