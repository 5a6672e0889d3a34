"""What is written down answers as the definition does, up to date or behind, whatever changes."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ressources import disponibilite
from ressources.filters import RessourceFilter
from ressources.models import Compte, Exemplaire, Fermeture, Libre, Perime, Pret, Ressource
from tests import fabriques

PAS = dt.timedelta(hours=6)
CASES = 40
PASSE = 12  # cases before now: what is there and handed over is late
DEFINITION = """
SELECT r.id FROM ressources_ressource r
LEFT JOIN ressources_pics(tstzrange(%s, %s), now()) p ON p.ressource_id = r.id
WHERE r.unite <> 'sans' AND p.ferme IS NOT TRUE AND r.quantite - coalesce(p.pic, 0) >= %s
"""


def _par_la_definition(debut, fin, quantite) -> set[int]:
    with connection.cursor() as curseur:
        curseur.execute(DEFINITION, [debut, fin, quantite])
        return {pk for (pk,) in curseur.fetchall()}


def _par_les_fonctions(nom, debut, fin, quantite) -> set[int]:
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT ressource_id FROM {nom}(tstzrange(%s, %s), %s, now())", [debut, fin, quantite]
        )
        trouvees = [pk for (pk,) in curseur.fetchall()]
    assert len(trouvees) == len(set(trouvees)), "a listing is counted once"
    return set(trouvees)


def _meme_reponse(debut, fin, quantite) -> None:
    attendues = _par_la_definition(debut, fin, quantite)
    trouvees = set(Ressource.objects.libres(debut, fin, quantite).values_list("pk", flat=True))
    assert trouvees == attendues
    assert _par_les_fonctions("ressources_libres", debut, fin, quantite) == attendues
    assez = set(
        Ressource.objects.filter(quantite__gte=quantite)
        .exclude(unite="sans")
        .values_list("pk", flat=True)
    )
    assert _par_les_fonctions("ressources_prises", debut, fin, quantite) == assez - attendues


def _memes_comptes(periode=None) -> None:
    ressources = Ressource.objects.publiees()
    if periode:
        ressources = ressources.libres(*periode)
    assert disponibilite.comptes(periode) == RessourceFilter._compter(ressources)


intervalles = st.tuples(st.integers(0, CASES - 2), st.integers(1, 8))
gestes = st.lists(
    st.one_of(
        st.tuples(
            st.just("pret"),
            st.integers(0, 5),
            st.sampled_from(["demande", "accepte", "remis", "remis", "rendu"]),
            intervalles,
            st.integers(1, 3),
        ),
        st.tuples(st.just("fermer"), st.integers(0, 5), intervalles),
        st.tuples(st.just("reparer"), st.integers(0, 2)),
        st.tuples(st.just("annuler"), st.integers(0, 20)),
        st.tuples(st.just("battement"), st.integers(0, 5), st.sampled_from([0, 720, 2880])),
        st.tuples(st.just("stock"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("suspendre"), st.booleans()),
        st.tuples(st.just("archiver"), st.integers(0, 6)),
        st.tuples(st.just("ranger")),
    ),
    max_size=14,
)
fenetres = st.lists(st.tuples(intervalles, st.integers(1, 4)), min_size=3, max_size=6)


class TestCreneaux(TestCase):
    """On random networks: loans, late ones, buffers, closures, copies under repair, places inside
    places, organisations suspended; written down at any moment, or never."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(gestes, fenetres)
    def test_they_say_what_the_definition_says(self, gestes, fenetres):
        preteur, emprunteur = fabriques.organisation(), fabriques.organisation()
        maison = fabriques.ressource(preteur, sorte="local")
        ressources = [
            *(fabriques.ressource(preteur, quantite=q) for q in (1, 3, 5)),
            maison,
            fabriques.ressource(preteur, sorte="local", partie_de=maison, battement=60),
            fabriques.ressource(preteur, sorte="local", partie_de=maison),
            fabriques.ressource(preteur, sorte="savoir"),
        ]
        origine = disponibilite.minuit(timezone.localdate()) - PASSE * PAS

        def periode(intervalle):
            debut, longueur = intervalle
            return origine + debut * PAS, origine + (debut + longueur) * PAS

        def faire(genre, *reste):
            match genre, reste:
                case "pret", (i, etat, intervalle, n):
                    debut, fin = periode(intervalle)
                    fabriques.pret(
                        ressources[i], emprunteur, etat, quantite=n, debut=debut, fin=fin
                    )
                case "fermer", (i, intervalle):
                    Fermeture.objects.create(ressource=ressources[i], periode=periode(intervalle))
                case "reparer", (i,):
                    Exemplaire.objects.create(
                        ressource=ressources[i],
                        numero=ressources[i].exemplaires.count() + 1,
                        etat="en_reparation",
                        en_reparation_le=timezone.now(),
                    )
                case "annuler", (i,):
                    tenus = Pret.objects.filter(etat="accepte").order_by("pk")
                    if tenus:
                        Pret.objects.filter(pk=tenus[i % len(tenus)].pk).update(etat="annule")
                case "battement", (i, n):
                    Ressource.objects.filter(pk=ressources[i].pk).update(battement=n)
                case "stock", (i, n):
                    Ressource.objects.filter(pk=ressources[i].pk).update(quantite=n)
                case "suspendre", (oui,):
                    preteur.etat = "suspendue" if oui else "publiee"
                    preteur.save()
                case "archiver", (i,):
                    Ressource.objects.filter(pk=ressources[i].pk).update(etat="archivee")
                case "ranger", ():
                    disponibilite.ranger()

        for geste in gestes:
            try:
                with transaction.atomic():
                    faire(*geste)
            except IntegrityError:
                continue  # what the guarantee refuses changes nothing
        for behind in (True, False):
            for intervalle, quantite in fenetres:
                _meme_reponse(*periode(intervalle), quantite)
                _memes_comptes(periode(intervalle))
            _memes_comptes()
            if behind:
                disponibilite.ranger()
        assert not Perime.objects.filter(des__lte=timezone.now()).exists()


pytestmark = pytest.mark.django_db


def test_a_loan_that_becomes_late_puts_its_listing_out_of_date_by_itself(preteur, emprunteur):
    ressource = fabriques.ressource(preteur)
    pret = fabriques.pret(ressource, emprunteur, "remis")
    disponibilite.ranger()
    (perime,) = Perime.objects.all()
    assert (perime.ressource_id, perime.des) == (ressource.pk, pret.fin), "said in advance"


def test_a_scarce_day_is_counted_by_what_is_free(preteur, emprunteur):
    debut, fin = fabriques.jours(10, 12)
    ressources = [fabriques.ressource(preteur) for _ in range(30)]
    for ressource in ressources[1:]:
        fabriques.pret(ressource, emprunteur, "accepte", debut=debut, fin=fin)
    disponibilite.ranger()
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE ressources_libre, ressources_pris")
        curseur.execute("SELECT ressources_rare(tstzrange(%s, %s))", [debut, fin])
        assert curseur.fetchone() == (True,)
        curseur.execute("SELECT ressources_rare(tstzrange(%s, %s))", list(fabriques.jours(50, 52)))
        assert curseur.fetchone() == (False,)
    _memes_comptes((debut, fin))
    assert sum(disponibilite.comptes((debut, fin)).values()) == 1


def test_counts_are_added_up_and_a_deleted_listing_is_forgotten(preteur):
    gardee, effacee = fabriques.ressource(preteur), fabriques.ressource(preteur)
    disponibilite.ranger()
    assert Libre.objects.filter(ressource=effacee).exists()
    effacee.delete()
    disponibilite.ranger()
    assert [c.nombre for c in Compte.objects.all()] == [1]
    assert set(Libre.objects.values_list("ressource_id", flat=True)) == {gardee.pk}
    _memes_comptes()
