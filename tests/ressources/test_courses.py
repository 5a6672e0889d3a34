"""Races through the verbs, in threads, and processes that die half-way."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from mutualisation.demo.models import CourrielRecu
from organisations.refus import Refus
from organisations.taches import reprendre_les_taches
from ressources import disponibilite, prets
from ressources.models import EvenementPret, Exemplaire, Fermeture, Ressource
from tests import fabriques
from tests.brut import ensemble

pytestmark = pytest.mark.django_db(transaction=True)


def essayer(geste):
    """« gagne », or the first words of the refusal."""
    try:
        with transaction.atomic():
            geste()
    except Refus as refus:
        return refus.phrases[0]
    except IntegrityError as erreur:
        return erreur.__cause__.diag.constraint_name


def pas(pret, verbe, par, **geste):
    return lambda: essayer(lambda: prets.effectuer(pret, verbe, par=par, mot="Un mot.", **geste))


def demandes(ressource, emprunteur, nombre, quantite=1, jours=(4, 5)):
    debut, fin = fabriques.jours(*jours)
    return [
        fabriques.pret(ressource, emprunteur, "demande", debut=debut, fin=fin, quantite=quantite)
        for _ in range(nombre)
    ]


@pytest.mark.parametrize("course", range(3))
def test_the_last_unit_has_one_winner(course, preteur, emprunteur, yvon, luc):
    lot = fabriques.ressource(preteur, quantite=5)
    debut, fin = fabriques.jours(3, 6)
    fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin, quantite=4)
    tous = demandes(lot, emprunteur, 8)
    issues = ensemble(pas(p, "accepter", (yvon, luc)[n % 2]) for n, p in enumerate(tous))
    assert issues.count("gagne") == 1, issues
    assert all("pris" in i or i == "gagne" for i in issues), issues
    assert disponibilite.libre(lot, debut, fin) == 0


def test_the_same_request_accepted_by_two_people_is_accepted_once(preteur, emprunteur, yvon, luc):
    (pret,) = demandes(fabriques.ressource(preteur, quantite=5), emprunteur, 1)
    issues = ensemble(pas(pret, "accepter", p) for p in (yvon, luc, yvon, luc))
    assert issues.count("gagne") == 1, issues
    assert pret.evenements.filter(verbe="accepter").count() == 1


def test_the_house_or_its_room(preteur, emprunteur, yvon):
    maison = fabriques.ressource(preteur, sorte="local")
    salons = [fabriques.ressource(preteur, sorte="local", partie_de=maison) for _ in range(2)]
    tous = demandes(maison, emprunteur, 3) + demandes(salons[0], emprunteur, 3)
    issues = ensemble(pas(p, "accepter", yvon) for p in tous)
    assert issues.count("gagne") == 1, issues
    # Two rooms, two winners.
    deux = [p for s in salons for p in demandes(s, emprunteur, 3, jours=(8, 8))]
    issues = ensemble(pas(p, "accepter", yvon) for p in deux)
    assert issues.count("gagne") == 2, issues


@pytest.mark.parametrize("course", range(3))
def test_an_acceptance_or_a_closure(course, preteur, emprunteur, yvon):
    lot = fabriques.ressource(preteur, quantite=5)
    (pret,) = demandes(lot, emprunteur, 1)

    def fermer():
        return essayer(lambda: Fermeture.objects.create(ressource=lot, periode=pret.periode))

    issues = ensemble([pas(pret, "accepter", yvon), fermer])
    assert issues.count("gagne") == 1, issues
    assert issues[0] in ("gagne", "C’est fermé à ces dates.")
    assert issues[1] in ("gagne", "ressource_fermee")


@pytest.mark.parametrize("course", range(3))
def test_an_acceptance_or_a_repair(course, preteur, emprunteur, yvon):
    lot = fabriques.ressource(preteur, quantite=1)
    copie = Exemplaire.objects.create(ressource=lot, numero=1)
    (pret,) = demandes(lot, emprunteur, 1)

    def reparer():
        ligne = Exemplaire.objects.filter(pk=copie.pk)
        return essayer(lambda: ligne.update(etat="en_reparation", en_reparation_le=timezone.now()))

    issues = ensemble([pas(pret, "accepter", yvon), reparer])
    assert issues.count("gagne") == 1, issues


@pytest.mark.parametrize("course", range(3))
def test_an_acceptance_or_a_smaller_stock(course, preteur, emprunteur, yvon):
    lot = fabriques.ressource(preteur, quantite=5)
    (pret,) = demandes(lot, emprunteur, 1, quantite=3)

    def baisser():
        return essayer(lambda: Ressource.objects.filter(pk=lot.pk).update(quantite=2))

    issues = ensemble([pas(pret, "accepter", yvon), baisser])
    assert issues.count("gagne") == 1, issues


def test_two_desks_never_hand_over_more_than_fifty(preteur, emprunteur, yvon, luc):
    chaises = fabriques.ressource(preteur, quantite=50)
    debut, fin = fabriques.jours(0, 1)
    pret = fabriques.pret(chaises, emprunteur, "accepte", debut=debut, fin=fin, quantite=50)
    issues = ensemble(pas(pret, "remettre", p, quantite=30) for p in (yvon, luc, yvon))
    assert issues.count("gagne") == 1, issues
    assert issues.count("Il reste 20 à remettre.") == 2, issues
    pret.refresh_from_db()
    assert (pret.quantite_remise, pret.etat) == (30, "remis")


@pytest.mark.parametrize("course", range(3))
def test_an_extension_or_a_new_promise(course, preteur, emprunteur, yvon, mireille):
    lot = fabriques.ressource(preteur, quantite=1)
    debut, fin = fabriques.jours(2, 3)
    pret = fabriques.pret(lot, emprunteur, "accepte", debut=debut, fin=fin)
    prets.effectuer(pret, "prolonger", par=mireille, periode=(debut, fin + timedelta(days=2)))
    (autre,) = demandes(lot, emprunteur, 1)
    issues = ensemble([pas(pret, "accorder", yvon), pas(autre, "accepter", yvon)])
    assert issues.count("gagne") == 1, issues


# ---------------------------------------------------------------- processes that die


def processus(*arguments, **environnement) -> subprocess.Popen:
    reglages = connection.get_connection_params()
    adresse = f"postgresql://{reglages.get('user') or ''}@/{reglages['dbname']}"
    hote, port = reglages.get("host") or "", reglages.get("port") or ""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mourir", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "DATABASE_URL": f"{adresse}?host={hote}&port={port}",
            **{nom: str(valeur) for nom, valeur in environnement.items()},
        },
    )


@pytest.mark.parametrize("verbe", ["accepter", "remettre"])
def test_a_process_killed_anywhere_in_a_step_leaves_nothing_half_done(
    verbe, preteur, emprunteur, yvon, mireille, vraie_file
):
    bac = fabriques.ressource(preteur, quantite=2)
    for numero in (1, 2):
        Exemplaire.objects.create(ressource=bac, numero=numero)
    debut, fin = fabriques.jours(0, 2)
    etat = "demande" if verbe == "accepter" else "accepte"
    pret = fabriques.pret(bac, emprunteur, etat, debut=debut, fin=fin, quantite=2)
    avant = EvenementPret.objects.count()
    mourant = processus(pret.pk, verbe, yvon.pk)
    sortie, erreurs = mourant.communicate(timeout=120)
    assert mourant.returncode == 0, erreurs
    *morts, vivant = [json.loads(ligne) for ligne in sortie.splitlines()]
    assert len(morts) > 10  # statements, and as many places to die
    for mort in morts:
        assert mort == {
            "tue": True, "etats": [[etat, 0]], "evenements": avant, "sorties": 0, "lettres": 0,
        }  # fmt: skip
    assert vivant["evenements"] == avant + 1
    assert vivant["lettres"] == 1  # Mireille is told
    assert vivant["etats"] == [["accepte", 0] if verbe == "accepter" else ["remis", 2]]
    assert vivant["sorties"] == (0 if verbe == "accepter" else 2)


def test_a_worker_killed_while_sending_loses_no_letter_and_sends_none_twice(
    preteur, emprunteur, yvon, mireille, vraie_file, worker, tmp_path
):
    premier, second = demandes(fabriques.ressource(preteur, quantite=2), emprunteur, 2)
    prets.effectuer(premier, "accepter", par=yvon)
    worker()
    assert CourrielRecu.objects.count() == 1
    prets.effectuer(second, "accepter", par=yvon)
    temoin = tmp_path / "commence"
    mourant = processus("envoyer", TEMOIN=temoin)
    limite = time.monotonic() + 60
    while not temoin.exists() and time.monotonic() < limite and mourant.poll() is None:
        time.sleep(0.1)
    mourant.send_signal(signal.SIGKILL)
    _sortie, erreurs = mourant.communicate(timeout=20)
    assert temoin.exists(), erreurs
    worker()
    assert CourrielRecu.objects.count() == 1  # the letter is the dead worker's for a minute
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'"
        )
    with suppress(AlreadyEnqueued):
        reprendre_les_taches.defer(timestamp=0)
    worker()
    worker()
    assert CourrielRecu.objects.count() == 2
    worker()
    assert CourrielRecu.objects.count() == 2
