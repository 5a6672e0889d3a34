"""Places inside places: the house takes its rooms, a room takes the house, sisters are free."""

import datetime as dt
import threading

import psycopg
import pytest
from django.utils import timezone

from organisations.refus import Refus
from ressources import disponibilite, prets
from ressources.models import Exemplaire, Fermeture, Lignee, Pret, Ressource
from tests import fabriques
from tests.brut import (
    INSERER,
    NIVEAUX,
    ensemble,
    executer,
    ouvrir,
    photographier,
    refuse,
    valeurs,
)

HEURE = dt.timedelta(hours=1)


def piece(preteur, titre, dans=None, **champs):
    return fabriques.ressource(preteur, titre, sorte="local", partie_de=dans, **champs)


@pytest.fixture
def maison(preteur, yvon):
    return piece(preteur, "Maison")


@pytest.fixture
def etage(preteur, maison):
    return piece(preteur, "Étage", maison)


@pytest.fixture
def salon(preteur, etage):
    return piece(preteur, "Salon", etage)


@pytest.fixture
def cuisine(preteur, etage):
    return piece(preteur, "Cuisine", etage)


@pytest.fixture
def jardin(preteur, maison):
    return piece(preteur, "Jardin", maison)


@pytest.fixture
def lieux(maison, etage, salon, cuisine, jardin):
    return {"maison": maison, "etage": etage, "salon": salon, "cuisine": cuisine, "jardin": jardin}


@pytest.fixture
def midi():
    return disponibilite.minuit(timezone.localdate() + dt.timedelta(days=9)) + 12 * HEURE


SEPARES = [("salon", "cuisine"), ("salon", "jardin"), ("etage", "jardin")]
ENSEMBLE = [
    ("maison", "etage"), ("maison", "salon"), ("maison", "jardin"), ("etage", "salon"),
    ("etage", "cuisine"),
]  # fmt: skip


def accepte(ressource, emprunteur, debut, fin, **champs):
    return fabriques.pret(ressource, emprunteur, "accepte", debut=debut, fin=fin, **champs)


# ---------------------------------------------------------------- who takes whom


@pytest.mark.django_db
@pytest.mark.parametrize(("une", "autre"), [*ENSEMBLE, *[(b, a) for a, b in ENSEMBLE]])
def test_a_place_takes_those_around_and_inside_it(une, autre, lieux, emprunteur, midi):
    accepte(lieux[une], emprunteur, midi, midi + HEURE)
    assert disponibilite.libre(lieux[autre], midi, midi + HEURE) == 0
    assert not Ressource.objects.libres(midi, midi + HEURE).filter(pk=lieux[autre].pk).exists()
    refuse(lambda: accepte(lieux[autre], emprunteur, midi, midi + HEURE), "ressource_stock")
    accepte(lieux[autre], emprunteur, midi + HEURE, midi + 2 * HEURE)


@pytest.mark.django_db
@pytest.mark.parametrize(("une", "autre"), SEPARES)
def test_sisters_are_free(une, autre, lieux, emprunteur, midi):
    accepte(lieux[une], emprunteur, midi, midi + HEURE)
    assert disponibilite.libre(lieux[autre], midi, midi + HEURE) == 1
    accepte(lieux[autre], emprunteur, midi, midi + HEURE)


@pytest.mark.django_db
def test_each_place_keeps_its_own_buffer(preteur, emprunteur, midi):
    maison = piece(preteur, "Maison", battement=0)
    salon = piece(preteur, "Salon", maison, battement=60)
    accepte(salon, emprunteur, midi, midi + HEURE)
    refuse(lambda: accepte(maison, emprunteur, midi + HEURE, midi + 2 * HEURE), "ressource_stock")
    accepte(maison, emprunteur, midi - HEURE, midi)
    refuse(lambda: accepte(salon, emprunteur, midi - 2 * HEURE, midi - HEURE), "ressource_stock")


@pytest.mark.django_db
def test_closing_a_place_closes_those_inside_and_around(lieux, emprunteur, midi):
    Fermeture.objects.create(ressource=lieux["etage"], periode=(midi, midi + 2 * HEURE))
    for nom, ferme in (("maison", True), ("salon", True), ("jardin", False)):
        essai = lambda n=nom: accepte(lieux[n], emprunteur, midi, midi + HEURE)  # noqa: E731
        refuse(essai, "ressource_fermee") if ferme else essai()
    refuse(
        lambda: Fermeture.objects.create(ressource=lieux["maison"], periode=(midi, midi + HEURE)),
        "ressource_fermee",
    )


@pytest.mark.django_db
def test_a_room_under_repair_takes_the_house_and_not_its_sister(lieux, emprunteur, midi):
    Exemplaire.objects.create(
        ressource=lieux["salon"], numero=1, etat="en_reparation", en_reparation_le=timezone.now()
    )
    for nom, libre in (("salon", 0), ("etage", 0), ("maison", 0), ("cuisine", 1)):
        assert disponibilite.libre(lieux[nom], midi, midi + HEURE) == libre
        essai = lambda n=nom: accepte(lieux[n], emprunteur, midi, midi + HEURE)  # noqa: E731
        essai() if libre else refuse(essai, "ressource_stock")


@pytest.mark.django_db
def test_what_is_out_in_a_room_is_not_handed_over_with_the_house(lieux, emprunteur, horloge, yvon):
    midi = disponibilite.minuit(timezone.localdate() + dt.timedelta(days=1)) + 12 * HEURE
    horloge.regler(midi)
    salon = accepte(lieux["salon"], emprunteur, midi, midi + HEURE)
    maison = accepte(lieux["maison"], emprunteur, midi + HEURE, midi + 3 * HEURE)
    prets.effectuer(salon, "remettre", par=yvon)
    horloge.avancer(HEURE + HEURE / 2)
    with pytest.raises(Refus, match="en retard"):
        prets.effectuer(maison, "remettre", par=yvon)
    prets.effectuer(salon, "rendre", par=yvon)
    prets.effectuer(maison, "remettre", par=yvon)


# ---------------------------------------------------------------- moving places


def paires():
    return set(Lignee.objects.values_list("ressource__titre", "proche__titre", "autour"))


@pytest.mark.django_db
def test_a_room_that_moves_takes_what_is_inside_along(lieux, preteur, emprunteur, midi):
    accepte(lieux["salon"], emprunteur, midi, midi + HEURE)
    grange = piece(preteur, "Grange")
    accepte(grange, emprunteur, midi, midi + HEURE)
    ligne = Ressource.objects.filter(pk=lieux["etage"].pk)
    # Somebody has the barn and somebody the living room: they would meet.
    refuse(lambda: ligne.update(partie_de=grange), "ressource_stock")
    ligne.update(partie_de=None)
    accepte(lieux["maison"], emprunteur, midi, midi + HEURE)
    refuse(lambda: ligne.update(partie_de=lieux["maison"]), "ressource_stock")
    Pret.objects.filter(ressource=grange).update(etat="annule")
    ligne.update(partie_de=grange)
    assert {("Salon", "Grange", True), ("Grange", "Cuisine", False)} <= paires()
    assert not {p for p in paires() if "Maison" in p and "Jardin" not in p}
    refuse(lambda: accepte(grange, emprunteur, midi, midi + HEURE), "ressource_stock")


@pytest.mark.django_db
def test_a_closed_room_or_one_under_repair_does_not_enter_a_promised_house(
    maison, preteur, emprunteur, midi
):
    accepte(maison, emprunteur, midi, midi + 3 * HEURE)
    fermee, cassee = piece(preteur, "Remise"), piece(preteur, "Atelier")
    Fermeture.objects.create(ressource=fermee, periode=(midi + HEURE, midi + 2 * HEURE))
    Exemplaire.objects.create(
        ressource=cassee, numero=1, etat="en_reparation", en_reparation_le=timezone.now()
    )
    for lieu in (fermee, cassee):
        refuse(
            lambda p=lieu: Ressource.objects.filter(pk=p.pk).update(partie_de=maison),
            "ressource_stock",
        )
    Fermeture.objects.all().delete()
    Ressource.objects.filter(pk=fermee.pk).update(partie_de=maison)


@pytest.mark.django_db
def test_no_place_lies_inside_itself(lieux):
    for dedans in ("maison", "etage", "salon"):
        refuse(
            lambda d=dedans: Ressource.objects.filter(pk=lieux["maison"].pk).update(
                partie_de=lieux[d]
            ),
            "ressource_emboitement",
        )
    # In one statement too: each of two rooms inside the other.
    deux = [lieux["salon"].pk, lieux["cuisine"].pk]
    refuse(
        lambda: executer(
            "UPDATE ressources_ressource SET partie_de_id = %s - id WHERE id = ANY (%s)",
            sum(deux),
            deux,
        ),
        "ressource_emboitement",
    )


@pytest.mark.django_db
def test_a_house_and_its_rooms_are_places_of_one_organisation(maison, salon, preteur):
    ailleurs = piece(fabriques.organisation(), "Chez les autres")
    lot = fabriques.ressource(preteur)
    for qui, dans in ((ailleurs, maison), (lot, maison), (maison, ailleurs), (maison, lot)):
        refuse(
            lambda q=qui, d=dans: Ressource.objects.filter(pk=q.pk).update(partie_de=d),
            "ressource_emboitement",
        )
    refuse(
        lambda: Ressource.objects.filter(pk=salon.pk).update(organisation=ailleurs.organisation),
        "ressource_emboitement",
    )
    # All of them at once change hands.
    Ressource.objects.filter(sorte="local").update(organisation=ailleurs.organisation)


@pytest.mark.django_db
def test_places_are_six_deep_at_most_from_above_and_from_below(preteur):
    haut = [piece(preteur, "0")]
    for n in range(1, 6):
        haut.append(piece(preteur, str(n), haut[-1]))
    refuse(lambda: piece(preteur, "6", haut[-1]), "ressource_emboitement")
    boite = piece(preteur, "boîte")
    piece(preteur, "tiroir", boite)
    refuse(
        lambda: Ressource.objects.filter(pk=boite.pk).update(partie_de=haut[4]),
        "ressource_emboitement",
    )
    Ressource.objects.filter(pk=boite.pk).update(partie_de=haut[3])
    assert Lignee.objects.filter(ressource__titre="tiroir", autour=True).count() == 5


@pytest.mark.django_db
def test_many_places_moved_by_one_statement_are_all_known(preteur):
    a, b, c = (piece(preteur, nom) for nom in "abc")
    executer(
        "UPDATE ressources_ressource r SET partie_de_id = v.dans FROM (VALUES (%s, %s), (%s, %s))"
        " AS v (id, dans) WHERE r.id = v.id",
        a.pk, b.pk, b.pk, c.pk,
    )  # fmt: skip
    assert {p[:2] for p in paires() if p[2]} == {("a", "b"), ("a", "c"), ("b", "c")}


@pytest.mark.django_db
def test_the_pairs_of_places_are_not_written_by_hand(lieux):
    avant = paires()
    executer("SET CONSTRAINTS ALL IMMEDIATE")  # nothing pending: TRUNCATE is possible
    for requete in (
        "DELETE FROM ressources_lignee",
        "UPDATE ressources_lignee SET autour = NOT autour",
        f"INSERT INTO ressources_lignee (ressource_id, proche_id, autour)"
        f" VALUES ({lieux['salon'].pk}, {lieux['jardin'].pk}, true)",
        "TRUNCATE ressources_lignee",
    ):
        refuse(lambda r=requete: executer(r), "lignee_gardee")
    refuse(lambda: Lignee.objects.all().delete(), "lignee_gardee")
    assert paires() == avant


@pytest.mark.django_db
def test_a_listing_without_loans_goes_with_its_pairs_and_its_turn(lieux, maison):
    lieux["etage"].delete()
    assert {p[:2] for p in paires() if p[2]} == {("Jardin", "Maison")}
    executer("DELETE FROM ressources_ressource WHERE id = %s", lieux["jardin"].pk)
    assert not paires()


# ---------------------------------------------------------------- at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda n: n.name)
@pytest.mark.parametrize(("une", "autre"), [*ENSEMBLE, *[(b, a) for a, b in ENSEMBLE]])
def test_a_snapshot_older_than_the_other_place_promises_nothing(
    niveau, une, autre, lieux, emprunteur, midi
):
    with ouvrir(niveau) as ancienne, ouvrir(niveau) as premiere:
        photographier(ancienne)
        premiere.execute(INSERER, valeurs(lieux[une], emprunteur, midi, midi + HEURE))
        premiere.commit()
        attendue = (
            psycopg.errors.ExclusionViolation
            if niveau == psycopg.IsolationLevel.READ_COMMITTED
            else psycopg.errors.SerializationFailure
        )
        with pytest.raises(attendue):
            ancienne.execute(INSERER, valeurs(lieux[autre], emprunteur, midi, midi + HEURE))
        ancienne.rollback()
    assert Pret.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX[:2], ids=lambda n: n.name)  # the third never waits
@pytest.mark.parametrize(("une", "autre"), SEPARES)
def test_sisters_do_not_wait_for_each_other(niveau, une, autre, lieux, emprunteur, midi):
    with ouvrir(niveau) as premiere, ouvrir(niveau) as seconde:
        photographier(seconde)
        premiere.execute(INSERER, valeurs(lieux[une], emprunteur, midi, midi + HEURE))  # left open
        seconde.execute("SET LOCAL lock_timeout = '1s'")
        seconde.execute(INSERER, valeurs(lieux[autre], emprunteur, midi, midi + HEURE))
        seconde.commit()
        premiere.commit()
    assert Pret.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("course", range(4))
def test_everybody_at_once_for_all_the_places(course, lieux, emprunteur, midi, yvon):
    """Three rounds of the five places, in threads, through the verbs: nobody is stuck, and what
    is promised is the house alone, or places that do not touch."""
    demandes = [
        fabriques.pret(lieu, emprunteur, "demande", debut=midi, fin=midi + HEURE)
        for lieu in [*lieux.values()] * 3
    ]
    if course % 2:
        demandes.reverse()

    def accepter(pret):
        try:
            prets.effectuer(pret, "accepter", par=yvon)
        except Refus as refus:
            return refus.phrases[0]

    issues = ensemble(lambda p=p: accepter(p) for p in demandes)
    assert all(i == "gagne" or i.startswith("C’est déjà pris") for i in issues), issues
    noms = {r.pk: nom for nom, r in lieux.items()}
    pris = sorted(
        noms[pk]
        for pk in Pret.objects.filter(etat="accepte").values_list("ressource_id", flat=True)
    )
    assert pris in (["maison"], ["etage", "jardin"], ["cuisine", "jardin", "salon"]), pris


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda n: n.name)
def test_a_room_moved_while_both_are_being_promised(niveau, preteur, emprunteur, midi):
    """The room enters the house while two people, who saw them apart, promise one each: both
    are asked to try again, and nobody waits in a circle."""
    maison, salon = piece(preteur, "Maison"), piece(preteur, "Salon")
    issues: dict[str, str] = {}

    def promettre(liaison, nom, lieu):
        try:
            liaison.execute(INSERER, valeurs(lieu, emprunteur, midi, midi + HEURE))
            liaison.commit()
            issues[nom] = "gagne"
        except psycopg.Error as erreur:
            liaison.rollback()
            issues[nom] = type(erreur).__name__

    with ouvrir(niveau) as demenageur, ouvrir(niveau) as une, ouvrir(niveau) as autre:
        photographier(une)
        photographier(autre)
        demenageur.execute(
            "UPDATE ressources_ressource SET partie_de_id = %s WHERE id = %s",
            [maison.pk, salon.pk],
        )
        fils = [
            threading.Thread(target=promettre, args=a)
            for a in ((une, "maison", maison), (autre, "salon", salon))
        ]
        for fil in fils:
            fil.start()
            fil.join(0.3)  # both wait for their turn, which the move holds
        assert not issues
        demenageur.commit()
        for fil in fils:
            fil.join(20)
    assert set(issues.values()) == {"SerializationFailure"}, issues
    assert not Pret.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda n: n.name)
def test_two_moves_at_once_leave_no_place_unknown(niveau, preteur):
    """The room enters the floor while the floor enters the house: the second one starts again."""
    maison, etage, salon = (piece(preteur, n) for n in ("Maison", "Étage", "Salon"))
    entrer = "UPDATE ressources_ressource SET partie_de_id = %s WHERE id = %s"
    refus = []

    def seconder():
        with ouvrir(niveau) as seconde:
            photographier(seconde)
            pret.set()
            try:
                seconde.execute(entrer, [etage.pk, salon.pk])
                seconde.commit()
            except psycopg.errors.SerializationFailure as erreur:
                seconde.rollback()
                refus.append(erreur)

    pret = threading.Event()
    with ouvrir(niveau) as premiere:
        fil = threading.Thread(target=seconder)
        premiere.execute(entrer, [maison.pk, etage.pk])
        fil.start()
        pret.wait(10)
        fil.join(0.3)
        premiere.commit()
        fil.join(20)
    assert len(refus) == 1
    Ressource.objects.filter(pk=salon.pk).update(partie_de=etage)
    assert {p[:2] for p in paires() if p[2]} == {
        ("Salon", "Étage"), ("Salon", "Maison"), ("Étage", "Maison"),
    }  # fmt: skip
