"""A page costs the same with one row and with thirty: those that no floor tests by itself."""

from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mutualisation.demo.models import CourrielRecu
from organisations.models import Journal
from ressources.models import Agenda, Confiance
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def monde(preteur, emprunteur, table, yvon, coordonnatrice):
    ressource = fabriques.ressource(preteur, quantite=500)
    return SimpleNamespace(
        preteur=preteur,
        emprunteur=emprunteur,
        table=table,
        yvon=yvon,
        coordonnatrice=coordonnatrice,
        ressource=ressource,
        agenda=Agenda.objects.create(personne=yvon),
        agenda_du_preteur=Agenda.objects.create(personne=yvon, organisation=preteur),
        agenda_de_la_ressource=Agenda.objects.create(personne=yvon, ressource=ressource),
        question=fabriques.question(),
        ensemble=fabriques.demande([fabriques.ressource(preteur)], emprunteur),
        pret=fabriques.pret(fabriques.ressource(preteur), emprunteur, "clos"),
    )


def membre(m):
    fabriques.adhesion(fabriques.personne(), m.preteur)


def demande_et_invitation(m):
    fabriques.adhesion(fabriques.personne(), m.preteur, etat="demandee")
    fabriques.invitation(m.preteur, m.yvon)


def inscription(m):
    ressource = fabriques.ressource(m.preteur)
    Journal.objects.create(
        acte="approuver",
        par=fabriques.personne(),
        objet_type=ContentType.objects.get_for_model(ressource),
        objet_id=ressource.pk,
        table=m.table,
        organisation=m.preteur,
    )


def publication(m):
    de = fabriques.organisation(table=m.table)
    fabriques.photo(fabriques.ressource(de))
    fabriques.pratique(de)


def du_preteur(m):
    fabriques.photo(fabriques.ressource(m.preteur))
    fabriques.pratique(m.preteur)


def usage(m):
    fabriques.photo(m.ressource)
    fabriques.pret(m.ressource, fabriques.organisation(table=m.table), "accepte")
    fabriques.ressource(m.preteur)


def autre_pret(m):
    fabriques.pret(m.ressource, m.emprunteur, demande=m.ensemble)


def autre_confiance(m):
    Confiance.objects.create(
        organisation=m.preteur, envers=fabriques.organisation(table=m.table), par=m.yvon
    )


def agenda(m):
    Agenda.objects.create(personne=m.yvon, ressource=fabriques.ressource(m.preteur))


def conversation(m):
    m.pret.evenements.create(
        verbe="ecrire", cote="preteur", par=fabriques.personne(), le=timezone.now(), mot="Bonjour"
    )


# page → (who looks, the address, what makes one more row)
PAGES = {
    "accueil": (None, lambda m: reverse("accueil"), publication),
    "membres": ("yvon", lambda m: reverse("organisation_membres", args=[m.preteur.slug]), membre),
    "demandes": (
        "yvon",
        lambda m: reverse("organisation_membres", args=[m.preteur.slug]),
        demande_et_invitation,
    ),
    "journal": ("coordonnatrice", lambda m: reverse("moderation_journal"), inscription),
    "tables": (None, lambda m: reverse("table_liste"), lambda m: fabriques.table()),
    "table": (None, lambda m: m.table.get_absolute_url(), publication),
    "organisme": (None, lambda m: m.preteur.get_absolute_url(), du_preteur),
    "ressource": (None, lambda m: m.ressource.get_absolute_url(), usage),
    "question": (
        None,
        lambda m: m.question.get_absolute_url(),
        lambda m: fabriques.reponse(m.question, fabriques.organisation(table=m.table)),
    ),
    "prêt": ("yvon", lambda m: m.pret.get_absolute_url(), conversation),
    "demande": ("yvon", lambda m: m.ensemble.get_absolute_url(), autre_pret),
    "confiance": ("yvon", lambda m: reverse("confiance_liste"), autre_confiance),
    "courriels": (
        None,
        lambda m: reverse("demo_courriels"),
        lambda m: CourrielRecu.objects.create(a="ana@essai.example", sujet="Mot", texte="Mot"),
    ),
    "agendas": ("yvon", lambda m: reverse("agenda_liste"), agenda),
    "agenda": ("yvon", lambda m: reverse("agenda", args=[m.agenda.jeton]), usage),
    "agenda d’un organisme": (
        None,
        lambda m: reverse("agenda", args=[m.agenda_du_preteur.jeton]),
        usage,
    ),
    "agenda d’une annonce": (
        None,
        lambda m: reverse("agenda", args=[m.agenda_de_la_ressource.jeton]),
        usage,
    ),
    "compte": (
        "yvon",
        lambda m: reverse("compte"),
        lambda m: fabriques.adhesion(m.yvon, fabriques.organisation(table=m.table)),
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_one_row_or_thirty_cost_the_same(page, monde, client_de):
    qui, adresse, ajouter = PAGES[page]
    client = client_de(getattr(monde, qui) if qui else None)
    ajouter(monde)
    chemin = adresse(monde)
    assert client.get(chemin).status_code == 200  # what is read once and kept
    with CaptureQueriesContext(
        connection,
    ) as une:
        client.get(chemin)
    for _ in range(29):
        ajouter(monde)
    with CaptureQueriesContext(connection) as trente:
        client.get(chemin)
    assert len(trente) == len(une), "\n".join(r["sql"][:200] for r in trente)
