"""Waiting for what is taken: told in order, only of what is really free, never twice."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mutualisation.demo.models import CourrielRecu
from organisations.publication import Etat
from organisations.refus import NonAutorise, Refus
from ressources import attentes, prets
from ressources.models import Attente, Fermeture, Pret
from ressources.taches import relire_les_attentes
from tests import fabriques

pytestmark = pytest.mark.django_db

DATES = fabriques.jours(10, 12)


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Grand chaudron")


@pytest.fixture
def prise(salle, passant):
    """The loan that takes it, of the passer-by's organisation."""
    return fabriques.pret(salle, passant.organisations.get(), "accepte")


@pytest.fixture
def autre(table):
    """Somebody of one more organisation."""
    personne = fabriques.personne("Rita", "Autre")
    fabriques.adhesion(personne, fabriques.organisation("Atelier du coin", table=table))
    return personne


def attendre(ressource, personne, dates=DATES, quantite=1):
    return attentes.attendre(
        ressource,
        par=personne,
        organisation=personne.organisations.get(),
        debut=dates[0],
        fin=dates[1],
        quantite=quantite,
    )


def liberer(pret, par):
    prets.effectuer(pret, "annuler", par=par, mot="Changement de programme.")


def prevenues():
    """Who was told, by the worker’s verb, in the order they wait."""
    return [a.personne.prenom for a in Attente.objects.exclude(prevenue_le=None)]


# ------------------------------------------------------------------ waiting


def test_one_waits_for_what_is_taken_and_for_nothing_else(salle, prise, mireille):
    attente = attendre(salle, mireille)
    assert (attente.debut, attente.fin, attente.quantite) == (*DATES, 1)
    with pytest.raises(Refus, match="C’est libre"):
        attendre(salle, mireille, fabriques.jours(20, 22))


def test_asked_twice_it_waits_once_and_another_quantity_replaces_it(preteur, mireille, ana):
    assiettes = fabriques.ressource(preteur, quantite=10)
    fabriques.pret(assiettes, None, "accepte", quantite=9)
    une = attendre(assiettes, mireille, quantite=2)
    assert attendre(assiettes, ana, quantite=2) == une
    assert attendre(assiettes, ana, quantite=3) == une
    assert Attente.objects.get().quantite == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        fabriques.attente(assiettes, une.organisation, periode=une.periode)


@pytest.mark.parametrize(
    ("dates", "quantite"),
    [
        ((DATES[1], DATES[0]), 1),
        (fabriques.jours(-5, -3), 1),
        (DATES, 0),
        (DATES, 10_000_000),
    ],
)
def test_what_could_not_be_lent_anyway_is_not_waited_for(salle, prise, mireille, dates, quantite):
    with pytest.raises(Refus):
        attendre(salle, mireille, dates, quantite)
    assert not Attente.objects.exists()


def test_another_reason_than_the_stock_is_said(preteur, mireille):
    lent = fabriques.ressource(preteur, delai_jours=30)
    fabriques.pret(lent, None, "accepte")
    with pytest.raises(Refus, match="jours d’avance"):
        attendre(lent, mireille)


def test_only_a_welcomed_organisation_waits_and_never_for_its_own(salle, prise, yvon, suspendu):
    with pytest.raises(Refus, match="celle de votre organisme"):
        attendre(salle, yvon)
    with pytest.raises(NonAutorise):
        attendre(salle, suspendu)


def test_one_does_not_wait_for_everything(salle, prise, mireille, emprunteur, monkeypatch):
    monkeypatch.setattr(attentes, "OUVERTES_MAX", 1)
    fabriques.attente(fabriques.ressource(), emprunteur)
    with pytest.raises(Refus, match="renoncez à l’une"):
        attendre(salle, mireille)


# ------------------------------------------------------------------ told in order


def test_the_first_is_told_and_the_next_one_a_day_later(
    salle, prise, mireille, autre, passant, courriels
):
    attendre(salle, mireille)
    attendre(salle, autre)
    liberer(prise, passant)
    assert attentes.prevenir(salle.pk) == 1 and prevenues() == ["Mireille"]
    assert attentes.prevenir(salle.pk) == 0
    Attente.objects.exclude(prevenue_le=None).update(
        prevenue_le=timezone.now() - timedelta(hours=23)
    )
    assert attentes.prevenir(salle.pk) == 0
    Attente.objects.exclude(prevenue_le=None).update(
        prevenue_le=timezone.now() - timedelta(hours=24)
    )
    assert attentes.prevenir(salle.pk) == 1 and prevenues() == ["Mireille", "Rita"]
    assert len(courriels(mireille)) == len(courriels(autre)) == 1


def test_the_letter_says_what_is_free_and_leads_to_a_filled_request(
    salle, prise, mireille, passant, courriels, client_de
):
    attendre(salle, mireille)
    liberer(prise, passant)
    attentes.prevenir(salle.pk)
    (lettre,) = courriels(mireille)
    assert lettre.subject.startswith("C’est libre : Grand chaudron, ")
    assert "Rien n’est réservé pour vous" in lettre.body
    (lien,) = [m for m in lettre.body.split() if "/demander/" in m]
    form = client_de(mireille).get(lien.removeprefix("http://localhost:8000")).context["demande"]
    assert form["du"].value() == str(timezone.localtime(DATES[0]).date())
    assert form["au"].value() == str(timezone.localtime(DATES[1] - timedelta(days=1)).date())


def test_by_the_hour_the_letter_keeps_the_hours(preteur, mireille, passant, client_de):
    local = fabriques.ressource(preteur, sorte="local")
    dates = DATES[0] + timedelta(hours=9), DATES[0] + timedelta(hours=12, minutes=15)
    pris = fabriques.pret(
        local, passant.organisations.get(), "accepte", debut=dates[0], fin=dates[1]
    )
    attente = attendre(local, mireille, dates)
    liberer(pris, passant)
    form = client_de(mireille).get(attentes.adresse(attente)).context["demande"]
    assert (form["debut"].value(), form["fin"].value()) == ("09:00", "12:15")


def test_nobody_is_told_of_what_is_not_free(salle, prise, mireille, autre):
    attendre(salle, mireille)
    fabriques.pret(salle, autre.organisations.get())  # a request holds nothing, and frees nothing
    assert attentes.prevenir(salle.pk) == 0 and prevenues() == []


def test_when_there_is_enough_for_several_they_are_told_together_and_no_more(
    preteur, mireille, autre, passant, ana
):
    tables = fabriques.ressource(preteur, quantite=5)
    pris = fabriques.pret(tables, passant.organisations.get(), "accepte", quantite=5)
    attendre(tables, mireille, quantite=2)
    attendre(tables, autre, quantite=3)
    troisieme = fabriques.personne("Zoé")
    fabriques.adhesion(troisieme, fabriques.organisation(table=preteur.table))
    attendre(tables, troisieme)
    liberer(pris, passant)
    attentes.prevenir(tables.pk)
    assert prevenues() == ["Mireille", "Rita"]


def test_who_asks_for_more_than_is_free_lets_the_next_one_pass(preteur, mireille, autre, passant):
    tables = fabriques.ressource(preteur, quantite=5)
    fabriques.pret(tables, None, "accepte", quantite=3)
    pris = fabriques.pret(tables, passant.organisations.get(), "accepte", quantite=2)
    attendre(tables, mireille, quantite=4)
    attendre(tables, autre, quantite=2)
    liberer(pris, passant)
    attentes.prevenir(tables.pk)
    assert prevenues() == ["Rita"]


def test_other_dates_are_another_matter(salle, mireille, autre, passant):
    long = fabriques.jours(10, 20)
    pris = fabriques.pret(salle, passant.organisations.get(), "accepte", debut=long[0], fin=long[1])
    attendre(salle, mireille, fabriques.jours(10, 12))
    attendre(salle, autre, fabriques.jours(13, 15))
    liberer(pris, passant)
    attentes.prevenir(salle.pk)
    assert prevenues() == ["Mireille", "Rita"]


def test_asking_ends_the_wait_and_a_refusal_gives_the_turn_to_the_next(
    salle, prise, mireille, autre, passant, yvon, emprunteur
):
    attendre(salle, mireille)
    attendre(salle, autre)
    liberer(prise, passant)
    attentes.prevenir(salle.pk)
    demande = prets.demander(
        salle,
        par=mireille,
        emprunteur=emprunteur,
        debut=DATES[0],
        fin=DATES[1],
        quantite=1,
        but="Un repas.",
        jeton="6a9a5c4e-6c1b-4d8a-9a55-3d7e2f1b0c11",
    )
    assert Attente.objects.ouvertes().get().personne == autre
    assert attentes.prevenir(salle.pk) == 0  # it was just offered, and asked for
    prets.effectuer(demande, "refuser", par=yvon, mot="Nous en avons besoin.")
    assert attentes.prevenir(salle.pk) == 1


def test_giving_up_gives_the_turn_to_the_next(salle, prise, mireille, autre, passant):
    attente = attendre(salle, mireille)
    attendre(salle, autre)
    liberer(prise, passant)
    attentes.prevenir(salle.pk)
    attentes.renoncer(attente, par=mireille)
    attentes.renoncer(attente, par=mireille)
    assert attentes.prevenir(salle.pk) == 1 and prevenues() == ["Rita"]
    with pytest.raises(NonAutorise):
        attentes.renoncer(attente, par=autre)


def test_taken_again_then_free_again_it_is_told_again(salle, prise, mireille, passant, courriels):
    attendre(salle, mireille)
    liberer(prise, passant)
    attentes.prevenir(salle.pk)
    reprise = fabriques.pret(salle, passant.organisations.get(), "accepte")
    attentes.prevenir(salle.pk)
    assert prevenues() == []
    liberer(reprise, passant)
    attentes.prevenir(salle.pk)
    assert len(courriels(mireille)) == 2


def test_a_room_that_is_freed_frees_the_house_one_waits_for(preteur, mireille, autre, passant):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    chambre = fabriques.ressource(preteur, "Cuisine", sorte="local", partie_de=maison)
    heures = DATES[0] + timedelta(hours=9), DATES[0] + timedelta(hours=12)
    pris = fabriques.pret(
        chambre, passant.organisations.get(), "accepte", debut=heures[0], fin=heures[1]
    )
    attendre(maison, mireille, heures)
    attendre(chambre, autre, heures)
    liberer(pris, passant)
    attentes.prevenir(chambre.pk)
    assert prevenues() == ["Mireille"]  # the house was offered with its room


def test_who_left_is_replaced_by_the_organisation_and_who_is_suspended_is_not_told(
    salle, prise, mireille, ana, emprunteur, passant, courriels
):
    attendre(salle, mireille)
    liberer(prise, passant)
    emprunteur.etat = Etat.SUSPENDUE
    emprunteur.save()
    assert attentes.prevenir(salle.pk) == 0
    emprunteur.etat = Etat.PUBLIEE
    emprunteur.save()
    mireille.adhesions.update(etat="terminee")
    assert attentes.prevenir(salle.pk) == 1
    assert len(courriels(ana)) == 1 and not courriels(mireille)


# ------------------------------------------------------------------ the verbs and the clock


def _rendre_tot(pret, yvon, passant):
    Pret.objects.filter(pk=pret.pk).update(
        etat="remis", remis_le=timezone.now(), quantite_remise=1, periode=fabriques.jours(-1, 12)
    )
    prets.effectuer(pret, "rendre", par=yvon)


def _raccourcir(pret, yvon, passant):
    prets.effectuer(pret, "prolonger", par=passant, periode=fabriques.jours(8, 9))
    prets.effectuer(pret, "accorder", par=yvon)


GESTES = {
    "annulé": lambda pret, yvon, passant: liberer(pret, passant),
    "rendu avant": _rendre_tot,
    "déplacé": _raccourcir,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("geste", GESTES)
def test_what_is_freed_is_told_by_the_real_worker(
    geste, salle, prise, mireille, yvon, passant, vraie_file, worker
):
    attendre(salle, mireille)
    GESTES[geste](prise, yvon, passant)
    assert prevenues() == []  # it is a job, not a part of the gesture
    worker()
    assert prevenues() == ["Mireille"]
    assert CourrielRecu.objects.filter(
        a=mireille.courriel, sujet__startswith="C’est libre"
    ).exists()


@pytest.mark.django_db(transaction=True)
def test_rolled_back_it_tells_nobody(salle, prise, mireille, passant, vraie_file, worker):
    attendre(salle, mireille)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        liberer(prise, passant)
        raise ZeroDivisionError
    worker()
    assert prevenues() == [] and not CourrielRecu.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_clock_finds_what_no_verb_told_and_closes_what_is_past(
    salle, mireille, emprunteur, vraie_file, worker
):
    fermeture = Fermeture.objects.create(ressource=salle, periode=DATES)
    attente = attendre(salle, mireille)
    passee = fabriques.attente(
        fabriques.ressource(), emprunteur, personne=mireille, periode=fabriques.jours(-3, -1)
    )
    fermeture.delete()
    relire_les_attentes.defer(timestamp=0)
    worker()
    attente.refresh_from_db()
    passee.refresh_from_db()
    assert attente.prevenue_le and attente.close_le is None
    assert passee.close_le and passee.prevenue_le is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_instant_tell_once(salle, prise, mireille, passant, vraie_file):
    attendre(salle, mireille)
    liberer(prise, passant)
    depart, nombres = threading.Barrier(4), []

    def prevenir():
        try:
            depart.wait(timeout=10)
            nombres.append(attentes.prevenir(salle.pk))
        finally:
            connections.close_all()

    fils = [threading.Thread(target=prevenir) for _ in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(nombres) == [0, 0, 0, 1]


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_the_same_instant_waits_once(salle, prise, mireille, ana):
    depart = threading.Barrier(2)

    def attend(personne):
        try:
            depart.wait(timeout=10)
            attendre(salle, personne)
        finally:
            connections.close_all()

    fils = [threading.Thread(target=attend, args=[p]) for p in (mireille, ana)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert Attente.objects.count() == 1


# ------------------------------------------------------------------ the pages


def test_refused_for_lack_of_stock_the_request_page_offers_to_wait(
    salle, prise, mireille, emprunteur, client_de
):
    client = client_de(mireille)
    du, au = (timezone.localtime(i).date() for i in (DATES[0], DATES[1] - timedelta(days=1)))
    reponse = client.post(
        reverse("pret_demander", args=[salle.slug]),
        {
            "du": du,
            "au": au,
            "but": "Un repas.",
            "charte": "on",
            "jeton": "6a9a5c4e-6c1b-4d8a-9a55-3d7e2f1b0c11",
            "emprunteur": emprunteur.pk,
        },
    )
    page = reponse.content.decode()
    assert "Prévenez-moi si cela se libère" in page and "Un repas." in page
    envoi = {
        "debut": DATES[0].isoformat(),
        "fin": DATES[1].isoformat(),
        "quantite": 1,
        "emprunteur": emprunteur.pk,
    }
    assert f'value="{timezone.localtime(DATES[0]).isoformat()}"' in page
    suite = client.post(reverse("attente_creer", args=[salle.slug]), envoi, follow=True)
    assert "Grand chaudron" in suite.content.decode() and "24\u00a0heures" in suite.content.decode()


def test_the_listing_offers_it_for_the_dates_chosen(salle, prise, mireille, client_de):
    client = client_de(mireille)
    du, au = (timezone.localtime(i).date() for i in (DATES[0], DATES[1] - timedelta(days=1)))
    offre = "Prévenez-moi si cela se libère"
    assert offre in client.get(f"{salle.get_absolute_url()}?du={du}&au={au}").content.decode()
    for suite in ("", "?du=2999-99-99&au=x", "?du=9999-12-31&au=9999-12-31", f"?du={au}&au={du}"):
        reponse = client.get(f"{salle.get_absolute_url()}{suite}")
        assert reponse.status_code == 200 and offre not in reponse.content.decode()
    assert (
        offre not in client_de().get(f"{salle.get_absolute_url()}?du={du}&au={au}").content.decode()
    )


@pytest.mark.parametrize(
    "champs",
    [
        {},
        {"debut": "hier", "fin": "demain", "quantite": "beaucoup", "emprunteur": "moi"},
        {"debut": "1900-01-01T00:00Z", "fin": "9999-12-31T00:00Z"},
        {"debut": "9999-12-31T23:59Z", "fin": "9999-12-31T23:59Z"},
        {"quantite": -1},
        {"quantite": 10**30},
        {"emprunteur": 10**30},
    ],
)
def test_a_forged_form_gets_a_sentence(champs, salle, prise, mireille, emprunteur, client_de):
    bon = {
        "debut": DATES[0].isoformat(),
        "fin": DATES[1].isoformat(),
        "quantite": 1,
        "emprunteur": emprunteur.pk,
    }
    reponse = client_de(mireille).post(
        reverse("attente_creer", args=[salle.slug]),
        {**bon, **champs} if champs else {},
        follow=True,
    )
    assert reponse.status_code == 200 and not Attente.objects.exists()
    assert [m for m in reponse.context["messages"] if "error" in m.tags]


def test_the_list_shows_ones_own_and_costs_the_same_with_one_or_thirty(
    salle, prise, mireille, autre, emprunteur, client_de
):
    attendre(salle, autre)
    attendre(salle, mireille)
    client, adresse = client_de(mireille), reverse("attente_liste")
    page = client.get(adresse).content.decode()
    assert "1 organisme attend depuis plus longtemps" in page and "Rita" not in page
    with CaptureQueriesContext(connection) as une:
        client.get(adresse)
    for _ in range(29):
        fabriques.attente(fabriques.ressource(), emprunteur, prevenue_le=timezone.now())
    with CaptureQueriesContext(connection) as trente:
        client.get(adresse)
    assert len(trente) == len(une)
