"""The steps of a loan from its page, both sides: what is typed, what is refused, what is told."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from organisations.refus import Refus
from ressources import prets
from ressources.cycle import Etat
from ressources.models import Fermeture, Pret
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def chaises(preteur):
    return fabriques.ressource(preteur, "Chaises", quantite=50)


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Salle du haut", sorte="local")


@pytest.fixture
def chez(client_de, yvon, mireille):
    """`chez["yvon"]`: the lender's browser; `chez["mireille"]`: the borrower's."""
    return {"yvon": client_de(yvon), "mireille": client_de(mireille)}


def dans(jours: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=jours)).isoformat()


def faire(client, pret, verbe, **champs):
    """Fills in the form as its page shows it now, then sends it."""
    page = client.get(pret.get_absolute_url())
    return client.post(
        reverse("pret_effectuer", args=[pret.pk, verbe]), saisie(page, verbe) | champs, follow=True
    )


def saisie(page, verbe) -> dict:
    suivi = page.context["suivi"]
    formes = [f for f in (suivi.principale, *suivi.secondaires) if f and f.verbe == verbe]
    assert formes, f"{verbe} is not on the page"
    return {
        champ.html_name: champ.value() for champ in formes[0] if champ.value() not in (None, "")
    }


def lu(pret) -> Pret:
    return Pret.objects.get(pk=pret.pk)


def texte(page) -> str:
    return " ".join(page.text.replace("\u00a0", " ").split())


# ------------------------------------------------------------------ proposals


def test_the_lender_proposes_and_the_borrower_accepts(chez, chaises, emprunteur, courriels, yvon):
    pret = fabriques.pret(chaises, emprunteur, quantite=40)
    page = faire(
        chez["yvon"], pret, "proposer",
        du=dans(14), au=dans(15), quantite=30, mot="Le reste est promis.",
    )  # fmt: skip
    assert "Proposition envoyée." in page.text
    assert lu(pret).etat == Etat.PROPOSE and lu(pret).quantite == 40
    page = chez["mireille"].get(pret.get_absolute_url())
    assert "vous propose autre chose" in page.text and "Le reste est promis." in page.text
    assert "Accepter la proposition" in page.text and "Décliner la proposition" in page.text
    assert "Répondre à la proposition" in chez["mireille"].get(reverse("a_faire")).text
    page = faire(chez["mireille"], pret, "convenir")
    assert "C’est convenu" in page.text
    convenu = lu(pret)
    assert (convenu.etat, convenu.quantite) == (Etat.ACCEPTE, 30)
    assert timezone.localtime(convenu.debut).date().isoformat() == dans(14)
    assert convenu.conditions and convenu.periode_proposee is None
    assert "proposition est acceptée" in courriels(yvon)[-1].subject


def test_a_proposal_is_declined_with_or_without_a_word(chez, chaises, emprunteur):
    pret = fabriques.pret(chaises, emprunteur, "propose")
    page = faire(chez["mireille"], pret, "decliner", mot="Ces dates ne vont pas.")
    assert "la demande est close" in texte(page)
    assert lu(pret).etat == Etat.ANNULE
    muet = fabriques.pret(chaises, emprunteur, "propose")
    page = faire(chez["mireille"], muet, "decliner")
    assert lu(muet).etat == Etat.ANNULE and "« »" not in texte(page)


def test_the_borrower_changes_a_request_and_the_lender_sees_what_is_asked_now(
    chez, chaises, emprunteur
):
    pret = fabriques.pret(chaises, emprunteur, quantite=4)
    vieille = saisie(chez["yvon"].get(pret.get_absolute_url()), "accepter")
    page = faire(chez["mireille"], pret, "deplacer", du=dans(20), au=dans(21), quantite=9)
    assert "Votre demande est changée." in page.text
    assert (lu(pret).quantite, lu(pret).etat) == (9, Etat.DEMANDE)
    # The lender's page showed something else: it accepts nothing.
    page = chez["yvon"].post(
        reverse("pret_effectuer", args=[pret.pk, "accepter"]), vieille, follow=True
    )
    assert "a changé pendant que vous lisiez" in page.text
    assert lu(pret).etat == Etat.DEMANDE
    faire(chez["yvon"], pret, "accepter")
    assert lu(pret).etat == Etat.ACCEPTE


def test_a_proposal_that_was_replaced_meanwhile_is_not_accepted_unseen(chez, chaises, emprunteur):
    pret = fabriques.pret(chaises, emprunteur, "propose")
    vieille = saisie(chez["mireille"].get(pret.get_absolute_url()), "convenir")
    faire(chez["yvon"], pret, "proposer", du=dans(30), au=dans(31))
    chez["mireille"].post(reverse("pret_effectuer", args=[pret.pk, "convenir"]), vieille)
    assert lu(pret).etat == Etat.PROPOSE


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({}, "Changez les dates ou la quantité."),
        ({"du": "1900-01-01"}, "Cette date est passée."),
        ({"au": "9999-12-31"}, "Cette date est trop loin."),
        ({"du": dans(15), "au": dans(14)}, "La fin doit venir après le début."),
        ({"du": "demain"}, "Saisissez une date valide"),
        ({"quantite": "0"}, "Inscrivez au moins 1."),
        ({"quantite": "51"}, "Il y en a 50 en tout"),
        ({"quantite": "999999999999999999999"}, "Il y en a 50 en tout"),
        ({"quantite": ""}, "Inscrivez combien."),
        ({"mot": "x" * 2001}, "C’est trop long"),
    ],
)
def test_what_cannot_be_proposed_is_said_and_nothing_typed_is_lost(
    chez, chaises, emprunteur, champs, phrase
):
    pret = fabriques.pret(chaises, emprunteur, quantite=4)
    page = faire(chez["yvon"], pret, "proposer", **({"mot": "Un mot gardé."} | champs))
    assert phrase in texte(page)
    assert "Il reste quelque chose à corriger" in page.text and "<title>Erreur" in page.text
    assert "Un mot gardé." in page.text or "mot" in champs
    assert lu(pret).etat == Etat.DEMANDE


def test_what_is_taken_is_named_beside_the_dates_proposed(chez, chaises, emprunteur):
    debut, fin = fabriques.jours(20, 22)
    fabriques.pret(chaises, etat="accepte", debut=debut, fin=fin, quantite=45)
    pret = fabriques.pret(chaises, emprunteur, quantite=10)
    page = faire(chez["yvon"], pret, "proposer", du=dans(21), au=dans(21))
    assert "Il n’en reste que 5 sur 50" in texte(page)
    assert lu(pret).etat == Etat.DEMANDE


def test_by_the_hour_a_proposal_keeps_its_hours(chez, salle, emprunteur):
    debut = fabriques.minuit(timezone.localdate() + dt.timedelta(days=9)) + dt.timedelta(hours=13)
    pret = fabriques.pret(salle, emprunteur, debut=debut, fin=debut + dt.timedelta(hours=2))
    page = faire(chez["yvon"], pret, "proposer", debut="13:10")
    assert "quarts d’heure" in page.text
    faire(chez["yvon"], pret, "proposer", debut="15:00", fin="17:30")
    propose = timezone.localtime(lu(pret).periode_proposee.lower)
    assert (propose.hour, propose.minute) == (15, 0)
    faire(chez["mireille"], pret, "convenir")
    assert lu(pret).fin - lu(pret).debut == dt.timedelta(hours=2, minutes=30)


# ------------------------------------------------------------------ other dates


def test_more_time_is_asked_and_granted_and_both_are_told(
    chez, chaises, emprunteur, courriels, yvon, mireille
):
    pret = fabriques.pret(chaises, emprunteur, "remis", quantite=5)
    debut = pret.debut
    page = faire(chez["mireille"], pret, "prolonger", au=dans(8), mot="La fête est reportée.")
    assert "Les dates prévues tiennent jusqu’à la réponse." in page.text
    assert "D’autres dates sont demandées" in courriels(yvon)[-1].subject
    assert "demande d’autres dates" in chez["yvon"].get(reverse("a_faire")).text
    page = chez["yvon"].get(pret.get_absolute_url())
    assert page.context["suivi"].principale.verbe == "accorder"
    assert "La fête est reportée." in page.text
    page = faire(chez["yvon"], pret, "accorder")
    assert "Les nouvelles dates sont accordées" in page.text
    assert lu(pret).debut == debut, "what is handed over keeps its start"
    assert timezone.localtime(lu(pret).fin) == fabriques.minuit(
        timezone.localdate() + dt.timedelta(days=9)
    )
    assert "accordées" in courriels(mireille)[-1].subject
    racontes = [ligne.phrase for ligne in page.context["suivi"].fil]
    assert [p.split(" ", 1)[1] for p in racontes[-2:]] == [
        "a demandé de changer les dates",
        "a accordé le changement de dates",
    ]


def test_granting_is_checked_like_a_new_booking_and_names_what_is_taken(chez, chaises, emprunteur):
    debut, fin = fabriques.jours(5, 9)
    fabriques.pret(chaises, etat="accepte", debut=debut, fin=fin, quantite=48)
    pret = fabriques.pret(
        chaises, emprunteur, "remis", quantite=5, periode_souhaitee=fabriques.jours(-1, 6)
    )
    page = faire(chez["yvon"], pret, "accorder")
    assert "Il n’en reste que 2 sur 50 à ces dates." in texte(page), "its own share is not counted"
    assert "C’est pris jusqu’au" in page.text
    assert lu(pret).fin == pret.fin and lu(pret).periode_souhaitee is not None
    assert lu(pret).etat == Etat.REMIS and lu(pret).quantite_remise == 5


def test_granting_respects_closures_before_the_hand_over_too(chez, chaises, emprunteur):
    pret = fabriques.pret(chaises, emprunteur, "accepte", periode_souhaitee=fabriques.jours(20, 22))
    Fermeture.objects.create(ressource=chaises, periode=fabriques.jours(21, 21), motif="Inventaire")
    page = faire(chez["yvon"], pret, "accorder")
    assert "C’est fermé à ces dates. (Inventaire)" in page.text
    assert lu(pret).debut == pret.debut


def test_dates_wished_for_too_long_are_not_granted(chez, chaises, emprunteur, yvon):
    pret = fabriques.pret(
        chaises, emprunteur, en_retard=True, periode_souhaitee=fabriques.jours(-9, -1)
    )
    page = chez["yvon"].get(pret.get_absolute_url())
    assert "accorder" not in {t.verbe for t in page.context["suivi"].transitions}
    with pytest.raises(Refus, match="passées"):
        prets.effectuer(pret, "accorder", par=yvon)


def test_the_dates_planned_are_kept_with_a_reason(chez, chaises, emprunteur):
    pret = fabriques.pret(chaises, emprunteur, "remis", periode_souhaitee=fabriques.jours(-1, 9))
    page = faire(chez["yvon"], pret, "maintenir")
    assert "Écrivez un mot." in page.text and lu(pret).periode_souhaitee is not None
    page = faire(chez["yvon"], pret, "maintenir", mot="Elles sont promises ailleurs.")
    assert "Les dates ne changent pas." in page.text
    assert lu(pret).periode_souhaitee is None and lu(pret).fin == pret.fin


def test_a_late_loan_asks_for_more_time_and_is_no_longer_late(chez, chaises, emprunteur):
    pret = fabriques.pret(chaises, emprunteur, en_retard=True)
    faire(chez["mireille"], pret, "prolonger", au=dans(2))
    page = chez["yvon"].get(reverse("a_faire"))
    assert "demande d’autres dates" in page.text and "En retard" in page.text
    faire(chez["yvon"], pret, "accorder")
    assert not lu(pret).est_en_retard


def test_by_the_hour_more_time_is_asked_to_the_quarter(chez, salle, emprunteur):
    maintenant = timezone.localtime()
    demain = fabriques.minuit(maintenant.date() + dt.timedelta(days=1))
    pret = fabriques.pret(
        salle, emprunteur, "remis", debut=demain - dt.timedelta(days=2), fin=demain
    )
    faire(chez["mireille"], pret, "prolonger", au=dans(1), fin="09:45")
    assert timezone.localtime(lu(pret).periode_souhaitee.upper).strftime("%H:%M") == "09:45"
    assert lu(pret).periode_souhaitee.lower == pret.debut


# ------------------------------------------------------------------ parts


@pytest.fixture
def cinquante(chaises, emprunteur):
    debut, fin = fabriques.jours(0, 3)
    return fabriques.pret(chaises, emprunteur, "accepte", debut=debut, fin=fin, quantite=50)


def test_five_of_fifty_then_the_rest_and_a_form_sent_twice_changes_nothing(
    chez, cinquante, courriels, mireille
):
    client, adresse = chez["yvon"], reverse("pret_effectuer", args=[cinquante.pk, "remettre"])
    page = client.get(cinquante.get_absolute_url())
    cinq = saisie(page, "remettre") | {"quantite": 5}
    for _ in range(3):
        page = client.post(adresse, cinq, follow=True)
        assert "a changé" not in page.text
    assert lu(cinquante).quantite_remise == 5
    assert cinquante.evenements.filter(verbe="remettre").count() == 1
    assert len(courriels(mireille)) == 1, "no second letter leaves"
    assert "Il en reste 45 à remettre." in texte(page)
    page = faire(client, cinquante, "remettre", quantite=46, mot="Tout le reste.")
    assert "Il reste 45 à remettre." in page.text and "Tout le reste." in page.text
    assert lu(cinquante).quantite_remise == 5
    # Five more, the same words, a moment later, from a new page: that is another hand-over.
    faire(client, cinquante, "remettre", quantite=5)
    assert lu(cinquante).quantite_remise == 10
    page = faire(client, cinquante, "remettre")  # as the form opens: all that is left
    assert lu(cinquante).quantite_remise == 50
    assert [ligne.precision for ligne in page.context["suivi"].fil][-3:] == [
        "5 sur 50",
        "5 de plus, 10 sur 50",
        "40 de plus, 50 sur 50",
    ]


def test_two_desks_with_the_same_page_never_hand_over_more_than_promised(
    chez, client_de, luc, cinquante
):
    autre = client_de(luc)
    adresse = reverse("pret_effectuer", args=[cinquante.pk, "remettre"])
    pages = {
        client: saisie(client.get(cinquante.get_absolute_url()), "remettre") | {"quantite": 30}
        for client in (chez["yvon"], autre)
    }
    chez["yvon"].post(adresse, pages[chez["yvon"]])
    page = autre.post(adresse, pages[autre])
    assert "a changé pendant que vous lisiez" in page.text
    assert lu(cinquante).quantite_remise == 30
    # Shown again, the form knows: thirty more are refused.
    page = autre.post(adresse, saisie(page, "remettre"))
    assert "Il reste 20 à remettre." in page.text
    assert lu(cinquante).quantite_remise == 30


@pytest.mark.django_db(transaction=True)
def test_two_desks_at_the_same_instant_never_hand_over_more_than_promised(yvon, luc, cinquante):
    depart = Barrier(2)

    def remettre(par) -> bool:
        try:
            depart.wait(timeout=10)
            prets.effectuer(cinquante, "remettre", par=par, quantite=30)
        except Refus:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as fils:
        assert sorted(fils.map(remettre, (yvon, luc))) == [False, True]
    assert lu(cinquante).quantite_remise == 30


def test_part_comes_back_and_the_rest_stays_out(chez, chaises, emprunteur, courriels, yvon):
    pret = fabriques.pret(chaises, emprunteur, "remis", quantite=5)
    page = faire(chez["mireille"], pret, "rendre", quantite=3, mot="Deux servent encore.")
    assert "Le prêt continue pour le reste." in page.text
    assert "3 sur 5 rendus" in texte(page) and "Deux servent encore." in page.text
    assert (lu(pret).etat, lu(pret).dehors) == (Etat.REMIS, 2)
    assert "Retour en partie : 3 sur 5." in courriels(yvon)[-1].body.replace("\u00a0", " ")
    page = faire(chez["yvon"], pret, "rendre", quantite=3)
    assert "Il y en a 2 de sortis." in page.text
    faire(chez["yvon"], pret, "rendre", quantite=2)
    assert lu(pret).etat == Etat.RENDU
    page = chez["mireille"].get(pret.get_absolute_url())
    assert "Deux servent encore." in page.text, "each part keeps its words"


@pytest.mark.parametrize("quantite", ["0", "-3", "2,5", "abc", "9" * 30])
def test_an_impossible_number_is_a_sentence(chez, cinquante, quantite):
    page = faire(chez["yvon"], cinquante, "remettre", quantite=quantite, mot="Un mot gardé.")
    assert "Il reste quelque chose à corriger" in page.text and "Un mot gardé." in page.text
    assert lu(cinquante).etat == Etat.ACCEPTE


def test_the_words_of_a_step_that_is_no_longer_possible_are_kept(chez, chaises, emprunteur):
    pret = fabriques.pret(chaises, emprunteur)
    vieille = saisie(chez["yvon"].get(pret.get_absolute_url()), "refuser")
    faire(chez["mireille"], pret, "annuler", mot="Reporté.")
    page = chez["yvon"].post(
        reverse("pret_effectuer", args=[pret.pk, "refuser"]),
        vieille | {"mot": "Trois paragraphes bien pesés."},
    )
    assert "a changé pendant que vous lisiez" in page.text
    assert "Trois paragraphes bien pesés." in page.context["suivi"].ecrire["mot"].value()
    assert lu(pret).etat == Etat.ANNULE


# ------------------------------------------------------------------ the ends


def test_nobody_came_and_the_lender_frees_it(chez, chaises, emprunteur):
    a_venir = fabriques.pret(chaises, emprunteur, "accepte")
    page = chez["yvon"].get(a_venir.get_absolute_url())
    assert "Personne n’est venu" not in page.text, "it is too early"
    assert "Noter la remise" not in page.text and "à l’approche de cette date" in page.text
    debut, fin = fabriques.jours(0, 2)
    pret = fabriques.pret(chaises, emprunteur, "accepte", debut=debut, fin=fin)
    page = faire(chez["yvon"], pret, "liberer")
    assert lu(pret).etat == Etat.NON_RECLAME
    assert "Non réclamé" in page.text


@pytest.mark.parametrize("qui", ["yvon", "mireille"])
def test_either_side_cancels_before_the_hand_over_with_a_reason(chez, chaises, emprunteur, qui):
    pret = fabriques.pret(chaises, emprunteur, "accepte")
    page = faire(chez[qui], pret, "annuler")
    assert "Écrivez un mot." in page.text
    page = faire(chez[qui], pret, "annuler", mot="La salle est inondée.")
    assert lu(pret).etat == Etat.ANNULE and "La salle est inondée." in page.text


@pytest.mark.parametrize("etat", ["expire", "non_reclame", "propose", "annule", "refuse"])
def test_the_page_says_where_one_is(chez, chaises, emprunteur, etat):
    pret = fabriques.pret(chaises, emprunteur, etat)
    for client in chez.values():
        etapes = client.get(pret.get_absolute_url()).context["suivi"].etapes
        (courante,) = [e for e in etapes if e["etat"] == "courante"]
        assert courante["titre"] in (pret.get_etat_display(), "Proposition")


def test_an_automatic_acceptance_says_so_and_names_somebody(
    chez, client_de, coordonnatrice, chaises, emprunteur, yvon
):
    debut, fin = fabriques.jours(0, 2)
    pret = fabriques.pret(chaises, emprunteur, debut=debut, fin=fin)
    prets.effectuer(pret, "accepter", par=None, automatique=True)
    page = texte(chez["mireille"].get(pret.get_absolute_url()))
    assert "acceptée d’office, selon la règle de l’annonce" in page
    assert f"Personne-ressource : {yvon}" in page and yvon.courriel in page
    prets.effectuer(pret, "remettre", par=yvon)
    prets.effectuer(pret, "signaler", par=yvon, mot="Une patte est cassée.")
    page = client_de(coordonnatrice).get(pret.get_absolute_url())
    assert "d’office" in page.text and yvon.courriel not in page.text


def test_the_administration_looks_and_changes_nothing(client_de, administration, chaises):
    pret = fabriques.pret(chaises)
    client = client_de(administration)
    adresse = reverse("admin:ressources_pret_change", args=[pret.pk])
    assert client.get(adresse).status_code == 200
    assert client.post(adresse, {"etat": "remis"}).status_code == 403
    assert client.get(reverse("admin:ressources_pret_add")).status_code == 403
    assert client.post(reverse("admin:ressources_pret_delete", args=[pret.pk])).status_code == 403
    assert lu(pret).etat == Etat.DEMANDE
