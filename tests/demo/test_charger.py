"""The invented network: whole, the same each time, and true to the rules of the real one."""

import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from mutualisation.demo.chargement import charger
from mutualisation.demo.comptes import MOT_DE_PASSE, comptes
from mutualisation.demo.lecture import DONNEES
from organisations.models import Adhesion, Journal, Organisation, Revision, Table
from organisations.publication import Etat as Publication
from pratiques.models import Pratique, Question, Reponse
from ressources.categories import PAR_SLUG, Sorte
from ressources.cycle import TRANSITIONS, Cote, Etat
from ressources.models import Demande, Evaluation, EvenementPret, Pret, Ressource
from ressources.taches_a_faire import a_faire


@pytest.fixture(scope="module")
def charge(django_db_setup, django_db_blocker):
    """Loaded once for this file, and undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        charger()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def reseau(charge, db):
    """Each test may write: only what it wrote is undone."""


def _texte(commande: str, **options) -> str:
    sortie = StringIO()
    call_command(commande, stdout=sortie, **options)
    return sortie.getvalue()


def _empreinte() -> list:
    """The content, without the moments that follow the clock to the second."""
    return [
        list(Organisation.objects.order_by("pk").values_list("slug", "etat", "mission")),
        list(Ressource.objects.order_by("pk").values_list("slug", "etat", "quantite")),
        list(Pret.objects.order_by("pk").values_list("jeton", "etat", "but", "periode")),
        list(
            EvenementPret.objects.order_by("pk").values_list("pret__jeton", "verbe", "cote", "mot")
        ),
        list(Evaluation.objects.order_by("pk").values_list("pret__jeton", "comme_convenu", "mot")),
        list(Pratique.objects.order_by("pk").values_list("slug", "etat")),
        list(Revision.objects.order_by("pk").values_list("titre", "nature", "etat", "champs")),
    ]


# ------------------------------------------------------------------ loading
# Those that need an empty database come first: the network stays, once loaded for this file.


def test_it_loads_on_an_empty_database_once(db):
    assert "Réseau de démonstration chargé" in _texte("charger_demo")
    avant = _empreinte()
    assert "rien n’a changé" in _texte("charger_demo")
    assert _empreinte() == avant


def test_a_network_that_is_not_ours_is_left_alone(db):
    from tests import fabriques

    fabriques.organisation()
    assert charger() is None
    assert not Ressource.objects.exists()


@pytest.mark.parametrize("commande", ["charger_demo", "comptes_demo"])
def test_it_refuses_in_production(db, settings, commande):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command(commande)
    assert not Organisation.objects.exists()


def test_loading_again_gives_the_same_network(reseau):
    avant = _empreinte()
    Organisation.objects.update(mission="Une mission écrite par un visiteur")
    _texte("charger_demo", refaire=True)
    assert _empreinte() == avant


# ------------------------------------------------------------------ what is there


def test_the_network_is_of_the_size_promised(reseau):
    assert Table.objects.count() == 3
    assert sorted(t.mandats.filter(fin=None).count() for t in Table.objects.all()) == [1, 1, 2]
    membres = Organisation.objects.filter(provenance=Organisation.Provenance.MEMBRE)
    etats = Counter(membres.values_list("etat", flat=True))
    assert etats[Publication.PUBLIEE] >= 25
    assert {Publication.SOUMISE, Publication.A_CORRIGER, Publication.SUSPENDUE} <= set(etats)
    sortes = Counter(Ressource.objects.publiees().values_list("sorte", flat=True))
    assert set(sortes) == set(Sorte.values)
    assert 150 <= sum(sortes.values()) <= 190
    assert len(set(Ressource.objects.values_list("categorie", flat=True))) > len(PAR_SLUG) * 0.8
    assert 300 <= Pret.objects.count() <= 470
    racontees = Pratique.objects.publiees().filter(organisation__isnull=False)
    assert racontees.count() == 12
    assert racontees.filter(stade="abandonnee").exists()
    assert Pratique.objects.publiees().filter(provenance="sources-publiques").count() == 2
    assert 10 <= Question.objects.filter(reponses__isnull=False).distinct().count() < 24
    assert Reponse.objects.exclude(organisation__etat=Publication.PUBLIEE).count() == 0


def test_every_state_is_met(reseau):
    assert set(Pret.objects.values_list("etat", flat=True)) == set(Etat.values)
    assert Pret.objects.en_retard().count() == 3
    assert Pret.objects.filter(incident_le__isnull=False).count() == 1
    assert set(Ressource.objects.values_list("etat", flat=True)) >= {
        Publication.BROUILLON,
        Publication.SOUMISE,
        Publication.A_CORRIGER,
        Publication.ARCHIVEE,
        Publication.PUBLIEE,
    }
    assert set(Evaluation.objects.values_list("comme_convenu", flat=True)) >= {"oui", "en-partie"}


def test_every_listing_is_of_its_time(reseau):
    for ressource in Ressource.objects.select_related("organisation"):
        assert ressource.resume
        assert ressource.description
        if ressource.publiee_le:
            assert ressource.creee_le <= ressource.publiee_le <= timezone.now()
    assert not Pret.objects.filter(demande_le__gt=timezone.now()).exists()


# ------------------------------------------------------------------ loans


def test_no_listing_was_ever_promised_twice(reseau):
    """Past loans too: the database only checks what is held now."""
    tenus: dict[int, list] = {}
    for pret in Pret.objects.filter(accepte_le__isnull=False).exclude(etat=Etat.ANNULE):
        fin = None if pret.est_en_retard else pret.fin
        tenus.setdefault(pret.ressource_id, []).append((pret.debut, fin, pret.quantite))
    quantites = dict(Ressource.objects.values_list("pk", "quantite"))
    for ressource, prets in tenus.items():
        for instant, _fin, _n in prets:
            pris = sum(n for d, f, n in prets if d <= instant and (f is None or instant < f))
            assert pris <= quantites[ressource]


def test_every_timeline_leads_to_its_state(reseau):
    membres: dict[int, set[int]] = {}
    for adhesion in Adhesion.objects.actives():
        membres.setdefault(adhesion.organisation_id, set()).add(adhesion.personne_id)
    for pret in Pret.objects.prefetch_related("evenements", "evaluations"):
        evenements = list(pret.evenements.all())
        assert evenements[0].verbe == "demander"
        etat, incident = Etat.DEMANDE, False
        for evenement in evenements[1:]:
            if transition := TRANSITIONS.get(evenement.verbe):
                assert etat in transition.de, (pret.pk, evenement.verbe)
                assert evenement.cote in transition.cotes
                assert evenement.mot or not transition.mot_requis
                assert evenement.vers in ("", transition.vers or "")  # a part of it moves nothing
                etat = evenement.vers or etat
                incident = {"signaler": True, "regler": False}.get(evenement.verbe, incident)
        assert (etat, incident) == (pret.etat, pret.a_incident), pret.pk
        quand = [evenement.le for evenement in evenements]
        assert quand == sorted(quand)
        assert quand[-1] <= timezone.now()
        cotes = {Cote.PRETEUR: pret.preteur_id, Cote.EMPRUNTEUR: pret.emprunteur_id}
        for evenement in evenements:
            if evenement.cote in cotes:
                assert evenement.par_id in membres[cotes[evenement.cote]]
        assert bool(pret.conditions) == (pret.accepte_le is not None)
        evalues = sum(evenement.verbe == "evaluer" for evenement in evenements)
        assert evalues == len(pret.evaluations.all())


def test_loans_keep_the_limits_of_their_listing(reseau):
    from ressources.regles import duree

    for pret in Pret.objects.select_related("ressource"):
        assert pret.quantite <= pret.ressource.quantite
        if pret.ressource.duree_max:
            assert duree(pret.ressource, pret.debut, pret.fin) <= pret.ressource.duree_max, pret


# ------------------------------------------------------------------ readings


def test_verified_organisations_were_read(reseau):
    """Their next listings go on line at once: one was approved before."""
    approuvees = Revision.objects.filter(etat=Revision.Etat.APPROUVEE)
    for organisme in Organisation.objects.filter(
        etat=Publication.PUBLIEE, provenance=Organisation.Provenance.MEMBRE
    ):
        siennes = approuvees.filter(organisation=organisme)
        assert siennes.filter(objet_type__model="organisation").exists(), organisme
        if Ressource.objects.publiees().filter(organisation=organisme).exists():
            assert siennes.filter(objet_type__model="ressource").exists(), organisme
    assert Journal.objects.filter(acte="approuver").count() == approuvees.count()


def test_the_main_queue_shows_every_kind(reseau):
    file = Revision.objects.en_attente().filter(table__slug="table-de-la-rive")
    assert {(r.nature, r.objet_type.model) for r in file} >= {
        ("nouvelle", "organisation"),
        ("nouvelle", "ressource"),
        ("nouvelle", "pratique"),
        ("modification", "ressource"),
        ("apres_coup", "ressource"),
    }
    modification = file.get(nature="modification")
    for nom, difference in modification.champs.items():
        assert difference["avant"] != difference["apres"], nom
    for revision in file:
        assert revision.objet.table_moderatrice == revision.table


# ------------------------------------------------------------------ accounts


def test_every_account_opens(reseau):
    trouves = comptes()
    assert len(trouves) >= 9
    assert trouves[0].personne.check_password(MOT_DE_PASSE)  # slow by design: once
    for compte in trouves:
        assert compte.personne.password == trouves[0].personne.password
        adresse = compte.personne.emailaddress_set.get()
        assert adresse.verified
        assert adresse.primary
    sortie = _texte("comptes_demo")
    assert MOT_DE_PASSE in sortie
    assert all(compte.courriel in sortie for compte in trouves)


def test_tasks_wait_for_the_accounts(reseau):
    taches = {
        slug: Counter(t.genre for t in a_faire(Organisation.objects.get(slug=slug)))
        for slug in ("popote-des-vallons", "la-tablee-du-bas-du-cap")
    }
    assert taches["popote-des-vallons"] == {
        "rapporter": 1,
        "remettre": 1,
        "repondre": 2,
        "convenir": 1,
        "clore": 1,
        "evaluer": 1,
    }
    assert taches["la-tablee-du-bas-du-cap"]["repondre"] == 7
    assert taches["la-tablee-du-bas-du-cap"]["accorder"] == 1
    ensembles = {d.est_serie: d for d in Demande.objects.all()}
    assert [ensembles[serie].prets.count() for serie in (True, False)] == [4, 3]
    assert {p.etat for d in ensembles.values() for p in d.prets.all()} == {Etat.DEMANDE}
    popote = Organisation.objects.get(slug="popote-des-vallons")
    assert [t.genre for t in a_faire(popote) if t.en_retard] == ["rapporter"]


# ------------------------------------------------------------------ words

MOTS_INTERDITS = re.compile(r"lorem|ipsum|todo|xxx|[a-zà-ÿ]'[a-zà-ÿ]", re.IGNORECASE)
ESPACES = re.compile(r"« | »|[\wà-ÿ»] :|\d [$%]| [;!?]")


@pytest.mark.parametrize("fichier", sorted(DONNEES.glob("*.toml")), ids=lambda f: f.stem)
def test_texts_are_typeset_as_in_quebec(fichier):
    for numero, ligne in enumerate(fichier.read_text(encoding="utf-8").splitlines(), 1):
        if ligne.startswith("#"):
            continue
        assert not MOTS_INTERDITS.search(ligne), (numero, ligne)
        assert not ESPACES.search(ligne), (numero, ligne)


def test_nothing_reaches_the_real_world(reseau):
    """Invented addresses and telephone numbers only."""
    texte = "\n".join(f.read_text(encoding="utf-8") for f in DONNEES.glob("*.toml"))
    assert all(n.startswith("555-01") for n in re.findall(r"\b\d{3}-\d{4}\b", texte))
    assert all(d.endswith(".example") for d in re.findall(r"@([\w.-]+)", texte) if "." in d)
    with connection.cursor() as curseur:
        curseur.execute("SELECT courriel FROM organisations_personne")
        assert all(courriel.endswith(".example") for (courriel,) in curseur.fetchall())
