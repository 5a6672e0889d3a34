"""The verbs on listings: what they write, what they refuse, and in whose name."""

import pytest

from organisations import moderation
from organisations.models import Journal, Revision
from organisations.publication import Etat
from organisations.refus import NonAutorise, Refus
from ressources import registre
from ressources.models import Ressource
from tests import fabriques

pytestmark = pytest.mark.django_db

CHAMPS = {
    "titre": "Chaudrons de 60 L, lot de 6",
    "sorte": "equipement",
    "categorie": "chaudrons-marmites",
    "resume": "Six grandes marmites.",
}


def champs(organisation, **autres):
    return {**CHAMPS, "territoire": organisation.territoire, **autres}


def test_a_draft_belongs_to_its_organisation_and_leaves_a_trace(preteur, luc):
    ressource = registre.creer(preteur, champs(preteur), par=luc)
    assert (ressource.etat, ressource.slug) == (Etat.BROUILLON, "chaudrons-de-60-l-lot-de-6")
    assert Journal.objects.get(acte="creer").objet == ressource


def test_two_listings_of_the_same_name_have_two_addresses(preteur, luc):
    adresses = [registre.creer(preteur, champs(preteur), par=luc).slug for _ in range(3)]
    assert len(set(adresses)) == 3


def test_a_listing_never_takes_the_address_of_a_page(preteur, luc):
    assert registre.creer(preteur, champs(preteur, titre="Proposer"), par=luc).slug != "proposer"


@pytest.mark.parametrize(
    ("sorte", "categorie", "unite"),
    [
        ("equipement", "sonorisation", "jour"),
        ("local", "gymnase", "heure"),
        ("expertise", "juridique", "heure"),
        ("savoir", "gabarit", "sans"),
    ],
)
def test_the_unit_follows_the_kind(preteur, luc, sorte, categorie, unite):
    neuve = registre.creer(preteur, champs(preteur, sorte=sorte, categorie=categorie), par=luc)
    assert (neuve.unite, neuve.quantite) == (unite, 1)


def test_changing_the_kind_of_a_draft_forgets_its_quantity(preteur, luc):
    ressource = registre.creer(preteur, champs(preteur, quantite=6), par=luc)
    registre.modifier(ressource, {"sorte": "local", "categorie": "gymnase"}, par=luc)
    ressource.refresh_from_db()
    assert (ressource.unite, ressource.quantite) == ("heure", 1)


def test_somebody_else_cannot_propose_in_its_name(preteur, mireille):
    with pytest.raises(NonAutorise):
        registre.creer(preteur, champs(preteur), par=mireille)
    assert not Ressource.objects.exists()


def test_what_is_missing_is_said_before_the_table_reads(preteur, luc):
    ressource = registre.creer(preteur, champs(preteur), par=luc)
    with pytest.raises(Refus) as refus:
        registre.soumettre(ressource, par=luc)
    assert refus.value.phrases == ["Étape 2 : choisissez l’état de la ressource."]
    registre.modifier(ressource, {"usure": "bon"}, par=luc)
    assert registre.soumettre(ressource, par=luc).etat == Etat.SOUMISE


def test_an_undescribed_photo_holds_a_listing_back(preteur, luc):
    ressource = fabriques.ressource(preteur, etat="brouillon", usure="bon")
    fabriques.photo(ressource, alt="", etat="a_decrire", nom="IMG_2041.jpg")
    with pytest.raises(Refus, match="IMG_2041"):
        registre.soumettre(ressource, par=luc)


def test_a_tool_says_where_it_is_and_under_which_licence(preteur, luc):
    ressource = fabriques.ressource(preteur, sorte="savoir", etat="brouillon", licence="")
    with pytest.raises(Refus) as refus:
        registre.soumettre(ressource, par=luc)
    assert len(refus.value.phrases) == 2


def test_lowering_the_stock_under_what_is_promised_says_how_many_are_missing(preteur, luc):
    ressource = fabriques.ressource(preteur, quantite=6)
    fabriques.pret(ressource, etat="accepte", quantite=4)
    with pytest.raises(Refus) as refus:
        registre.modifier(ressource, {"quantite": 1}, par=luc)
    assert refus.value.champ == "quantite"
    assert "Il en manque 3" in refus.value.phrases[0]
    assert "au moins 4" in refus.value.phrases[0]
    ressource.refresh_from_db()
    assert ressource.quantite == 6
    registre.modifier(ressource, {"quantite": 4}, par=luc)
    ressource.refresh_from_db()
    assert ressource.quantite == 4


def test_facts_of_a_public_listing_wait_and_the_rest_changes_at_once(preteur, luc):
    ressource = fabriques.ressource(preteur, titre="Marmite", quantite=2)
    revision = registre.modifier(ressource, {"titre": "Grande marmite", "quantite": 3}, par=luc)
    ressource.refresh_from_db()
    assert (ressource.titre, ressource.quantite) == ("Marmite", 3)
    assert revision.champs["titre"]["apres"] == "Grande marmite"


def test_a_second_change_keeps_the_first_one_that_waits(preteur, luc):
    ressource = fabriques.ressource(preteur, titre="Marmite", resume="Petite.")
    registre.modifier(ressource, {"titre": "Grande marmite"}, par=luc)
    registre.modifier(ressource, {"resume": "Immense."}, par=luc)
    attente = Revision.objects.en_attente().get()
    assert set(attente.champs) == {"titre", "resume"}
    registre.modifier(ressource, {"titre": "Marmite", "resume": "Petite."}, par=luc)
    assert not Revision.objects.en_attente().exists()


def test_saving_again_without_a_change_asks_nothing(preteur, luc):
    ressource = fabriques.ressource(preteur, titre="Marmite")
    registre.modifier(ressource, {"titre": "Grande marmite"}, par=luc)
    assert registre.modifier(ressource, {"titre": "Grande marmite"}, par=luc) is None
    assert Revision.objects.count() == 1


def test_a_territory_that_waits_comes_back_as_a_territory(preteur, luc):
    ressource = fabriques.ressource(preteur)
    ailleurs = fabriques.territoire("Shawinigan")
    registre.modifier(ressource, {"territoire": ailleurs}, par=luc)
    assert moderation.proposees(ressource) == {"territoire": ailleurs}


@pytest.mark.parametrize(
    ("verbe", "avant", "apres"),
    [
        (registre.archiver, "publiee", "archivee"),
        (registre.reprendre, "archivee", "brouillon"),
        (registre.retirer, "publiee", "retiree"),
    ],
)
def test_the_states_an_author_gives(preteur, luc, mireille, verbe, avant, apres):
    ressource = fabriques.ressource(preteur, etat=avant)
    with pytest.raises(NonAutorise):
        verbe(ressource, par=mireille)
    assert verbe(ressource, par=luc).etat == apres
    with pytest.raises(Refus):
        verbe(ressource, par=luc)


def test_the_buttons_are_those_that_work(preteur, luc, mireille):
    from organisations.droits import droits

    ressource = fabriques.ressource(preteur)
    assert registre.verbes(ressource, droits(luc, preteur)) == ["archiver", "retirer"]
    assert registre.verbes(ressource, droits(mireille, preteur)) == []


def test_the_administration_looks_and_does_not_change(client_de, administration, preteur):
    pret = fabriques.pret(fabriques.ressource(preteur))
    client = client_de(administration)
    for chemin in ("ressource", "pret"):
        assert client.get(f"/admin/ressources/{chemin}/").status_code == 200
    page = client.get(f"/admin/ressources/pret/{pret.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    assert client.get("/admin/ressources/ressource/add/").status_code == 403
