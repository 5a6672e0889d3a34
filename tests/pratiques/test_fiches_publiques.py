"""The two sheets written from public sources: once, sourced, and nothing that is not known."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command

from organisations.models import Organisation
from organisations.publication import Etat
from pratiques.fiches_publiques import FICHES
from pratiques.models import Fait, Pratique, Source

pytestmark = pytest.mark.django_db

# The only addresses the research gives.
HOTES = {
    "centraide-mtl.org",
    "coco-net.org",
    "cfccanada.ca",
    "depotmtl.org",
    "lapresse.ca",
    "centdegres.ca",
    "pmemtl.com",
    "newswire.ca",
    "medium.com",
    "journaldemontreal.com",
}


@pytest.fixture
def chargees(table):
    call_command("charger_fiches_publiques", table=table.slug, verbosity=0)
    return {p.slug: p for p in Pratique.objects.filter(provenance="sources-publiques")}


def test_the_two_organisations_of_the_harvest_are_on_line(chargees, table):
    assert set(chargees) == {"le-depot", "la-cantine-pour-tous"}
    for pratique in chargees.values():
        organisme = pratique.participants.get()
        assert pratique.etat == organisme.etat == Etat.PUBLIEE
        assert pratique.organisation is None and pratique.table == table
        assert organisme.territoire.code == "06" and not organisme.est_membre
        assert organisme.source_url and not organisme.personnes.exists()


def test_loading_twice_changes_nothing(chargees, table):
    def tout():
        return [
            sorted(modele.objects.values_list("pk", flat=True))
            for modele in (Organisation, Pratique, Source, Fait)
        ]

    avant = tout()
    call_command("charger_fiches_publiques", table=table.slug, verbosity=0)
    assert tout() == avant


def test_an_unknown_table_is_refused():
    with pytest.raises(CommandError, match="Aucune table"):
        call_command("charger_fiches_publiques", table="nulle-part")


def test_every_fact_has_a_source_of_its_own_sheet(chargees):
    for pratique in chargees.values():
        assert pratique.faits.count() >= 10
        for fait in pratique.faits.all():
            assert fait.source.pratique_id == pratique.pk and fait.source.libelle


def test_no_source_leads_where_the_research_did_not_go():
    for fiche in FICHES:
        for source in fiche.sources.values():
            assert not source.url or urlsplit(source.url).hostname in HOTES


def test_nothing_is_invented(chargees):
    """No address, no person, no computed saving; the day of reading is not made up."""
    for pratique in chargees.values():
        organisme = pratique.participants.get()
        assert not organisme.adresse and not organisme.courriel and not organisme.telephone
        assert not pratique.mesures.exists() and not pratique.lecons.exists()
        assert not pratique.sources.filter(consultee_le__isnull=False).exists()
    textes = " ".join(f.texte for f in Fait.objects.all())
    assert "Somerled" not in textes and not re.search(r"\b(M\.|Mme|directeur|directrice)\b", textes)


@pytest.mark.parametrize("slug", ["le-depot", "la-cantine-pour-tous"])
def test_the_page_says_what_is_not_known(client, chargees, slug):
    texte = client.get(f"/pratiques/{slug}/").content.decode()
    assert "non validée par l’organisme" in texte and "Réclamer cette fiche" in texte
    assert "Non publié" in texte
    assert ("À confirmer" in texte) is (slug == "la-cantine-pour-tous")
    assert texte.count("Pas encore documenté.") == 6
    assert "Date de consultation non notée." in texte


def test_what_sources_disagree_on_waits_to_be_confirmed(chargees):
    membres = Fait.objects.get(texte__startswith="De 14 membres")
    assert membres.confiance == Fait.Confiance.A_CONFIRMER
