"""Every state × every step × everybody, generated from the table of transitions.

What the table allows moves the loan, leaves one line in its timeline and tells the other side.
Everything else is refused with a sentence, or forbidden, and changes nothing.
"""

import pytest
from django.core import mail
from django.db import transaction

from organisations.refus import NonAutorise, Refus
from ressources import prets
from ressources.cycle import FINIS, LES_DEUX, TENUS, TRANSITIONS, Cote, Etat, possibles
from ressources.models import Pret
from tests import fabriques

pytestmark = pytest.mark.django_db

# The states in which an incident may lie open.
SITUATIONS = [(etat, False) for etat in Etat.values] + [
    (etat, True) for etat in (Etat.REMIS.value, Etat.RENDU.value)
]


@pytest.fixture
def gens(yvon, luc, mireille, ana, passant, coordonnatrice, autre_coordonnatrice, suspendu):
    """Everybody, and the sides each one is on."""
    administration = fabriques.personne("Aline", "Réseau", is_staff=True)
    return {
        "responsable du prêteur": (yvon, {Cote.PRETEUR}),
        "membre du prêteur": (luc, {Cote.PRETEUR}),
        "responsable de l’emprunteur": (mireille, {Cote.EMPRUNTEUR}),
        "membre de l’emprunteur": (ana, {Cote.EMPRUNTEUR}),
        "coordonnatrice": (coordonnatrice, {Cote.TABLE}),
        "administration": (administration, {Cote.TABLE}),
        "passant": (passant, set()),
        "autre coordonnatrice": (autre_coordonnatrice, set()),
        "membre d’un organisme suspendu": (suspendu, set()),
    }


@pytest.fixture
def ressource(preteur):
    return fabriques.ressource(preteur, quantite=2, adresse="12, rue de l’Essai")


def pret_en(etat, incident, ressource, emprunteur):
    """A loan in this state, at a moment when no step is too early."""
    champs = {}
    if etat == Etat.REMIS:
        champs = {"quantite": 2, "quantite_remise": 1}
    if etat in (Etat.ACCEPTE, Etat.REMIS) and not incident:
        debut, fin = fabriques.jours(0, 5)
        champs["periode_souhaitee"] = (debut, fin)
    if etat == Etat.ACCEPTE:
        debut, fin = fabriques.jours(0, 2)
        champs |= {"debut": debut, "fin": fin}
    return fabriques.pret(ressource, emprunteur, etat, incident=incident, **champs)


def geste(verbe, pret):
    """What a step needs besides a word."""
    if verbe in ("proposer", "deplacer", "prolonger"):
        return {"periode": fabriques.jours(20, 22)}
    return {}


def photographie(pret):
    return (
        Pret.objects.filter(pk=pret.pk).values().get(),
        pret.evenements.count(),
        len(mail.outbox),
    )


@pytest.mark.parametrize("verbe", TRANSITIONS)
@pytest.mark.parametrize(
    ("etat", "incident"), SITUATIONS, ids=lambda v: {True: "incident", False: ""}.get(v, v)
)
def test_a_step_is_for_some_people_at_some_moment_and_for_nobody_else(
    etat, incident, verbe, gens, ressource, emprunteur
):
    pret = pret_en(etat, incident, ressource, emprunteur)
    transition = TRANSITIONS[verbe]
    for qui, (personne, cotes) in gens.items():
        permis = any(transition in prets.permis(pret, cote) for cote in cotes)
        assert (transition in prets.boutons(pret, personne)) is permis, f"button of {qui}"
        mail.outbox.clear()
        avant = photographie(pret)
        with transaction.atomic():
            if not permis:
                with pytest.raises((Refus, NonAutorise)), transaction.atomic():
                    prets.effectuer(pret, verbe, par=personne, mot="Un mot.", **geste(verbe, pret))
                assert photographie(pret) == avant, f"{qui} changed something"
                continue
            prets.effectuer(pret, verbe, par=personne, mot="Un mot.", **geste(verbe, pret))
            apres = Pret.objects.get(pk=pret.pk)
            assert apres.etat == (transition.vers or etat), qui
            ligne = apres.evenements.order_by("pk").last()
            assert apres.evenements.count() == avant[1] + 1
            assert (ligne.verbe, ligne.par, ligne.mot) == (verbe, personne, "Un mot.")
            assert ligne.vers == (transition.vers or "")
            assert ligne.cote in cotes & transition.cotes
            # What only brings a calendar up to date goes to whoever holds the invitation.
            dits = {
                adresse
                for message in mail.outbox
                if not message.subject.startswith("Pour votre agenda")
                for adresse in message.to
            }
            assert personne.courriel not in dits
            for autre, (destinataire, ses_cotes) in gens.items():
                if ses_cotes & LES_DEUX and not ses_cotes & cotes:
                    assert destinataire.courriel in dits, f"{autre} is not told by {qui}"
                if not ses_cotes:
                    assert destinataire.courriel not in dits, f"{autre} is told by {qui}"
            transaction.set_rollback(True)
        pret.refresh_from_db()


@pytest.mark.parametrize("verbe", [t.verbe for t in TRANSITIONS.values() if t.mot_requis])
@pytest.mark.parametrize("mot", ["", "   "])
def test_a_step_that_asks_for_a_reason_is_refused_without_one(
    verbe, mot, ressource, emprunteur, yvon, mireille
):
    transition = TRANSITIONS[verbe]
    pret = pret_en(transition.de[0], verbe == "regler", ressource, emprunteur)
    par = yvon if Cote.PRETEUR in transition.cotes else mireille
    avant = photographie(pret)
    with pytest.raises(Refus) as refus, transaction.atomic():
        prets.effectuer(pret, verbe, par=par, mot=mot)
    assert refus.value.champ == "mot"
    assert photographie(pret) == avant


@pytest.mark.parametrize("verbe", ["inventer", "", "__class__", "demander"])
def test_an_unknown_step_is_refused(verbe, ressource, emprunteur, yvon):
    pret = pret_en("demande", False, ressource, emprunteur)
    with pytest.raises((Refus, NonAutorise, KeyError, LookupError)), transaction.atomic():
        prets.effectuer(pret, verbe, par=yvon)


def test_the_same_step_twice_is_refused_the_second_time(ressource, emprunteur, yvon):
    pret = pret_en("demande", False, ressource, emprunteur)
    perime = Pret.objects.get(pk=pret.pk)
    prets.effectuer(pret, "accepter", par=yvon)
    with pytest.raises(Refus), transaction.atomic():
        prets.effectuer(perime, "accepter", par=yvon)
    assert pret.evenements.filter(verbe="accepter").count() == 1


def test_a_person_of_both_sides_may_take_the_steps_of_either(ressource, emprunteur, yvon, mireille):
    fabriques.adhesion(yvon, emprunteur)
    pret = pret_en("demande", False, ressource, emprunteur)
    assert prets.cotes_de(pret, yvon) == set(LES_DEUX)
    prets.effectuer(pret, "accepter", par=yvon)
    pret.refresh_from_db()
    assert pret.etat == Etat.ACCEPTE


def test_the_instants_of_the_steps_are_noted(ressource, emprunteur, yvon, mireille):
    pret = pret_en("demande", False, ressource, emprunteur)
    Pret.objects.filter(pk=pret.pk).update(periode=fabriques.jours(0, 1))
    for verbe, par in (
        ("accepter", yvon),
        ("remettre", yvon),
        ("rendre", mireille),
        ("clore", yvon),
    ):
        pret.refresh_from_db()
        prets.effectuer(pret, verbe, par=par, mot="")
    pret.refresh_from_db()
    instants = [pret.demande_le, pret.accepte_le, pret.remis_le, pret.rendu_le, pret.clos_le]
    assert None not in instants and instants == sorted(instants)
    assert pret.conditions, "what was promised is kept as it was"


def test_the_second_of_two_requests_for_the_last_one_is_refused_with_a_sentence(
    preteur, emprunteur, yvon
):
    ressource = fabriques.ressource(preteur, quantite=1)
    premier = pret_en("demande", False, ressource, emprunteur)
    second = pret_en("demande", False, ressource, emprunteur)
    prets.effectuer(premier, "accepter", par=yvon)
    with pytest.raises(Refus) as refus, transaction.atomic():
        prets.effectuer(second, "accepter", par=yvon)
    assert refus.value.phrases and all(refus.value.phrases)
    second.refresh_from_db()
    assert second.etat == Etat.DEMANDE
    assert second.evenements.count() == 1


def test_the_table_of_transitions_is_whole():
    assert {etat for t in TRANSITIONS.values() for etat in t.de} | set(FINIS) == set(Etat)
    for etat in Etat:
        atteint = etat == Etat.DEMANDE or any(t.vers == etat for t in TRANSITIONS.values())
        assert atteint, f"{etat} is never reached"
    for transition in TRANSITIONS.values():
        assert transition.cotes, "somebody may take each step"
    for etat in set(TENUS):
        assert possibles(etat, Cote.PRETEUR), "what is held can always move on"
