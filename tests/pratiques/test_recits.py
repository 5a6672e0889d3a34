"""The verbs on practices: what a story lacks, who reads it, and the whole way through the queue."""

import pytest
from django.db import IntegrityError, connection, transaction

from organisations import moderation
from organisations.models import Journal, Revision
from organisations.publication import Etat
from organisations.refus import NonAutorise, Refus
from pratiques import recits
from pratiques.models import Fait, LeconPratique, Pratique, Source
from pratiques.vocabulaire import Lecon
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def brouillon(preteur):
    return fabriques.pratique(preteur, "Une cuisine à trois", etat="brouillon", publiee_le=None)


def creer(preteur, yvon, titre="Une cuisine à trois"):
    return recits.creer(
        preteur,
        {
            "titre": titre,
            "accroche": "Trois popotes, une seule cuisine.",
            "territoire": preteur.territoire,
            "echelle": "quartier",
            "stade": "en-cours",
        },
        par=yvon,
    )


# ------------------------------------------------------------------ telling


def test_a_member_begins_a_draft_its_table_will_read(preteur, luc):
    pratique = creer(preteur, luc)
    assert (pratique.etat, pratique.slug) == (Etat.BROUILLON, "une-cuisine-a-trois")
    assert pratique.table == preteur.table and pratique.creee_par == luc
    assert Journal.objects.filter(acte="creer", objet_id=pratique.pk).exists()


def test_two_stories_of_the_same_name_have_two_addresses_and_none_takes_the_form_s(preteur, luc):
    adresses = [creer(preteur, luc).slug for _ in range(2)]
    assert adresses == ["une-cuisine-a-trois", "une-cuisine-a-trois-2"]
    adresses = [creer(preteur, luc, "Raconter").slug for _ in range(2)]
    assert adresses == ["raconter-2", "raconter-3"]


def test_one_tells_only_for_an_organisation_one_belongs_to(preteur, mireille, coordonnatrice):
    for personne in (mireille, coordonnatrice):
        with pytest.raises(NonAutorise):
            creer(preteur, personne)


def test_parts_are_replaced_as_they_are_told(brouillon, yvon):
    recits.enregistrer(
        brouillon,
        par=yvon,
        parties={"lecons": [{"lecon": Lecon.BATIR_LA_CONFIANCE, "texte": "Un cahier a suffi."}]},
    )
    assert [lecon.texte for lecon in brouillon.lecons.all()] == ["Un cahier a suffi."]


def test_a_source_that_stays_is_the_same_row_and_its_facts_hold(brouillon, yvon):
    source = brouillon.sources.get()
    recits.enregistrer(
        brouillon,
        par=yvon,
        parties={"sources": [{"libelle": "Bilan"}, {"id": source.pk, "libelle": "Rapport 2025"}]},
    )
    assert [s.libelle for s in brouillon.sources.all()] == ["Bilan", "Rapport 2025"]
    assert brouillon.faits.get().source_id == source.pk


def test_a_source_that_supports_a_fact_cannot_be_taken_away(brouillon, yvon):
    with pytest.raises(Refus, match="appuie des faits"):
        recits.enregistrer(brouillon, par=yvon, parties={"sources": []})
    assert brouillon.sources.count() == 1 and Fait.objects.filter(pratique=brouillon).exists()


def test_rows_of_another_practice_cannot_be_reached_by_their_number(brouillon, yvon, emprunteur):
    autre = fabriques.pratique(emprunteur).sources.get()
    source = brouillon.sources.get()
    recits.enregistrer(
        brouillon,
        par=yvon,
        parties={
            "sources": [{"id": source.pk, "libelle": "Ici"}, {"id": autre.pk, "libelle": "Là"}]
        },
    )
    assert Source.objects.get(pk=autre.pk).libelle == "Rapport annuel"
    assert brouillon.sources.count() == 2


def test_only_listings_of_the_teller_are_linked(brouillon, yvon, preteur, emprunteur):
    sienne, autre = fabriques.ressource(preteur), fabriques.ressource(emprunteur)
    recits.enregistrer(brouillon, par=yvon, ressources=[sienne, autre])
    assert list(brouillon.ressources.all()) == [sienne]


# ------------------------------------------------------------------ what it lacks


def test_everything_that_is_missing_is_said_at_once(preteur, yvon):
    pratique = creer(preteur, yvon)
    with pytest.raises(Refus) as refus:
        recits.soumettre(pratique, par=yvon)
    assert [phrase[:7] for phrase in refus.value.phrases] == [
        "Étape 1",
        "Étape 1",
        "Étape 1",
        "Étape 3",
        "Étape 4",
    ]
    pratique.refresh_from_db()
    assert pratique.etat == Etat.BROUILLON


@pytest.mark.parametrize(("lecons", "passe"), [(2, False), (3, True)])
def test_three_lessons_are_enough_and_two_are_not(brouillon, yvon, lecons, passe):
    brouillon.lecons.filter(lecon__in=Lecon.values[lecons:]).delete()
    assert (recits.manques(brouillon) == []) is passe


@pytest.mark.parametrize(("longueur", "passe"), [(199, False), (200, True)])
def test_the_dark_side_takes_two_hundred_characters(brouillon, longueur, passe):
    brouillon.ombre = "é" * longueur
    assert (recits.manques(brouillon) == []) is passe


@pytest.mark.parametrize("champ", ["formes", "secteurs", "sortes"])
def test_it_is_classified(brouillon, champ):
    setattr(brouillon, champ, [])
    assert len(recits.manques(brouillon)) == 1


def test_the_database_refuses_a_public_story_without_its_dark_side(brouillon):
    with (
        pytest.raises(IntegrityError, match="pratique_cote_obscur_requis"),
        transaction.atomic(),
        connection.cursor() as sql,
    ):
        sql.execute(
            "UPDATE pratiques_pratique SET etat = 'publiee', publiee_le = now(), ombre = 'court' "
            "WHERE id = %s",
            [brouillon.pk],
        )


def test_the_database_lets_public_sources_be_silent_on_it(brouillon):
    with connection.cursor() as sql:
        sql.execute(
            "UPDATE pratiques_pratique SET etat = 'publiee', publiee_le = now(), ombre = '', "
            "provenance = 'sources-publiques' WHERE id = %s",
            [brouillon.pk],
        )
    assert Pratique.objects.publiees().filter(pk=brouillon.pk).exists()


# ------------------------------------------------------------------ the queue


def test_the_whole_way_submitted_sent_back_corrected_approved(
    brouillon, yvon, coordonnatrice, courriels
):
    recits.soumettre(brouillon, par=yvon)
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.SOUMISE, "always read before it is public"
    assert courriels(coordonnatrice)

    revision = Revision.objects.get()
    moderation.renvoyer(
        revision, par=coordonnatrice, motif="chiffre-sans-methode", mot="Qui a compté?"
    )
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.A_CORRIGER
    assert "Qui a compté?" in courriels(yvon)[-1].body

    recits.enregistrer(brouillon, par=yvon, champs={"contexte": "Chacun louait sa cuisine."})
    recits.soumettre(brouillon, par=yvon)
    moderation.approuver(Revision.objects.en_attente().get(), par=coordonnatrice)
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.PUBLIEE and brouillon.publiee_le
    assert brouillon.contexte == "Chacun louait sa cuisine."


def test_a_known_organisation_is_read_before_too(preteur, yvon, coordonnatrice, brouillon):
    """Its listings go on line at once; its practices never do."""
    fabriques.revision(fabriques.pratique(preteur), yvon, etat="approuvee")
    recits.soumettre(brouillon, par=yvon)
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.SOUMISE


def test_submitting_twice_says_why_it_is_too_late(brouillon, yvon):
    recits.soumettre(brouillon, par=yvon)
    with pytest.raises(Refus, match="En attente de lecture"):
        recits.soumettre(brouillon, par=yvon)


def test_what_waits_to_be_read_stays_fit_to_be_read(brouillon, yvon):
    recits.soumettre(brouillon, par=yvon)
    for changement in (
        {"champs": {"ombre": "Rien."}},
        {"parties": {"lecons": []}},
        {"champs": {"formes": []}},
    ):
        with pytest.raises(Refus):
            recits.enregistrer(brouillon, par=yvon, **changement)
    brouillon.refresh_from_db()
    assert recits.manques(brouillon) == []


def test_a_changed_fact_waits_and_the_public_page_stays(preteur, yvon, coordonnatrice):
    pratique = fabriques.pratique(preteur)
    revision = recits.enregistrer(pratique, par=yvon, champs={"contexte": "Nous étions quatre."})
    pratique.refresh_from_db()
    assert revision and pratique.contexte != "Nous étions quatre."
    moderation.approuver(revision, par=coordonnatrice)
    pratique.refresh_from_db()
    assert pratique.contexte == "Nous étions quatre."


def test_lists_and_places_come_back_whole_from_the_queue(preteur, yvon, coordonnatrice):
    pratique, ailleurs = fabriques.pratique(preteur), fabriques.territoire("Shawinigan")
    revision = recits.enregistrer(
        pratique,
        par=yvon,
        champs={"formes": ["pret", "fusion"], "territoire": ailleurs, "debut": None},
    )
    moderation.approuver(revision, par=coordonnatrice)
    pratique.refresh_from_db()
    assert (pratique.formes, pratique.territoire, pratique.debut) == (
        ["pret", "fusion"],
        ailleurs,
        None,
    )


def test_a_public_story_cannot_lose_its_dark_side_even_for_the_table_to_read(preteur, yvon):
    pratique = fabriques.pratique(preteur)
    with pytest.raises(Refus, match="200"):
        recits.enregistrer(pratique, par=yvon, champs={"ombre": "Tout va bien."})
    assert not Revision.objects.en_attente().exists()


def test_the_parts_of_a_public_story_are_changed_with_the_table(preteur, yvon):
    pratique = fabriques.pratique(preteur)
    with pytest.raises(Refus, match="écrivez à votre table"):
        recits.enregistrer(pratique, par=yvon, parties={"lecons": []})
    assert LeconPratique.objects.filter(pratique=pratique).count() == 4


def test_put_away_taken_back_withdrawn(preteur, yvon, mireille):
    pratique = fabriques.pratique(preteur)
    for verbe, etat in (
        (recits.archiver, Etat.ARCHIVEE),
        (recits.reprendre, Etat.BROUILLON),
        (recits.soumettre, Etat.SOUMISE),
        (recits.retirer, Etat.RETIREE),
    ):
        with pytest.raises(NonAutorise):
            verbe(pratique, par=mireille)
        verbe(pratique, par=yvon)
        pratique.refresh_from_db()
        assert pratique.etat == etat


# ------------------------------------------------------------------ who sees it


@pytest.mark.parametrize(
    ("etat", "voient"),
    [
        ("brouillon", {"luc", "yvon", "administration"}),
        ("soumise", {"luc", "yvon", "coordonnatrice", "administration"}),
        ("a_corriger", {"luc", "yvon", "coordonnatrice", "administration"}),
        (
            "publiee",
            {"luc", "yvon", "mireille", "coordonnatrice", "autre_coordonnatrice", "administration"},
        ),
        ("archivee", {"luc", "yvon", "coordonnatrice", "administration"}),
    ],
)
def test_who_sees_a_practice_in_each_state(
    etat, voient, preteur, luc, yvon, mireille, coordonnatrice, autre_coordonnatrice, administration
):
    pratique = fabriques.pratique(preteur, etat=etat)
    gens = {
        "luc": luc,
        "yvon": yvon,
        "mireille": mireille,
        "coordonnatrice": coordonnatrice,
        "autre_coordonnatrice": autre_coordonnatrice,
        "administration": administration,
    }
    constate = {
        nom
        for nom, personne in gens.items()
        if Pratique.objects.visibles_par(personne).filter(pk=pratique.pk).exists()
    }
    assert constate == voient


def test_a_part_that_changes_dates_the_story_for_who_reads_it(brouillon, yvon):
    avant = brouillon.modifiee_le
    recits.enregistrer(
        brouillon,
        par=yvon,
        parties={"conditions": [{"condition": "ouverture-au-changement", "presente": "oui"}]},
    )
    brouillon.refresh_from_db()
    assert brouillon.modifiee_le > avant
