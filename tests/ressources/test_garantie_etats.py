"""States that cannot be, and doors one might think open: COPY, the ORM, TRUNCATE, the admin."""

import datetime as dt
import uuid

import psycopg
import pytest
from django.apps import apps
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from ressources.cycle import Etat
from ressources.models import Demande, Garde, Pret, Ressource
from tests import fabriques
from tests.brut import INSERER, NIVEAUX, executer, ouvrir, photographier, refuse, valeurs

JOUR = dt.timedelta(days=1)


@pytest.fixture
def lot(preteur):
    return fabriques.ressource(preteur, quantite=3)


# ---------------------------------------------------------------- the row of a loan

IMPOSSIBLES = [
    ("demande", "etat = 'perdu'"),
    ("demande", "quantite = 0"),
    ("demande", "quantite = 10001"),
    ("demande", "etat = 'accepte'"),  # without the instant
    ("demande", "accepte_le = now()"),  # without the state
    ("demande", "remis_le = now()"),
    ("demande", "rendu_le = now()"),
    ("demande", "clos_le = now()"),
    ("demande", "incident_le = now()"),
    ("demande", "quantite_remise = 1"),
    ("demande", "etat = 'propose'"),  # proposes nothing
    ("demande", "periode_proposee = periode, quantite_proposee = 1"),  # not proposed
    ("demande", "periode_souhaitee = periode"),  # nothing is promised yet
    ("propose", "periode_proposee = NULL"),
    ("propose", "quantite_proposee = 0"),
    ("propose", "periode_proposee = 'empty'"),
    ("propose", "periode_proposee = tstzrange(lower(periode), NULL)"),
    ("propose", "periode_proposee = tstzrange(lower(periode), upper(periode), '(]')"),
    ("propose", "periode_proposee = tstzrange(lower(periode), upper(periode) + '7 minutes')"),
    ("accepte", "periode_souhaitee = tstzrange(lower(periode), 'infinity')"),
    ("accepte", "periode_souhaitee = tstzrange(lower(periode), '9999-12-31')"),
    ("accepte", "periode = tstzrange('1900-01-01', upper(periode))"),
    ("accepte", "quantite_remise = 1"),
    ("accepte", "accepte_le = NULL"),
    ("remis", "quantite_remise = 0"),
    ("remis", "quantite_remise = 3"),  # two were promised
    ("remis", "quantite_rendue = 2"),  # then it is back
    ("remis", "quantite_rendue = -1"),
    ("remis", "remis_le = NULL"),
    ("remis", "etat = 'rendu', rendu_le = now()"),  # and one is still out
    ("rendu", "quantite_rendue = 1"),
    ("rendu", "rendu_le = NULL"),
    ("rendu", "etat = 'clos'"),
    ("clos", "clos_le = NULL"),
    ("refuse", "accepte_le = now()"),
    ("non_reclame", "accepte_le = NULL"),
    ("annule", "remis_le = now()"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("etat", "ecriture"), IMPOSSIBLES)
def test_a_row_that_cannot_be_is_refused(etat, ecriture, lot, emprunteur):
    pret = fabriques.pret(lot, emprunteur, etat, quantite=2)
    refuse(lambda: executer(f"UPDATE ressources_pret SET {ecriture} WHERE id = %s", pret.pk))


@pytest.mark.django_db
@pytest.mark.parametrize("etat", Etat.values)
def test_every_state_can_be(etat, lot, emprunteur):
    fabriques.pret(lot, emprunteur, etat, quantite=2)


@pytest.mark.django_db
def test_what_was_asked_together_is_between_the_same_two(lot, emprunteur, preteur, table):
    voisin = fabriques.organisation("Accueil des Pins", table=table)
    siennes, autres = (
        Demande.objects.create(preteur=preteur, emprunteur=o, but="Un essai.")
        for o in (emprunteur, voisin)
    )
    pret = fabriques.pret(lot, emprunteur, "demande", demande=siennes)
    ligne = Pret.objects.filter(pk=pret.pk)
    refuse(lambda: ligne.update(demande=autres), "pret_demande")
    refuse(lambda: ligne.update(emprunteur=voisin), "pret_demande")
    ligne.update(emprunteur=voisin, demande=autres)


# ---------------------------------------------------------------- the listing of a loan


@pytest.mark.django_db
def test_what_has_no_calendar_is_not_lent(preteur, emprunteur):
    guide = fabriques.ressource(preteur, sorte="savoir")
    refuse(lambda: fabriques.pret(guide, emprunteur, "demande"), "pret_parties")


@pytest.mark.django_db
@pytest.mark.parametrize("etat", ["demande", "propose", "accepte", "remis", "rendu"])
def test_a_listing_stays_its_organisations_while_a_loan_is_not_finished(etat, lot, emprunteur):
    pret = fabriques.pret(lot, emprunteur, etat)
    ligne, ailleurs = Ressource.objects.filter(pk=lot.pk), fabriques.organisation()
    refuse(lambda: ligne.update(organisation=ailleurs), "ressource_promise")
    savoir = {"sorte": "savoir", "categorie": "guide-methode", "unite": "sans", "quantite": 1}
    refuse(lambda: ligne.update(**savoir), "ressource_promise")
    pret.evenements.all().delete()
    executer("DELETE FROM ressources_pret WHERE id = %s", pret.pk)
    ligne.update(organisation=ailleurs)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda n: n.name)
def test_a_listing_given_away_while_it_is_promised_makes_one_of_the_two(niveau, lot, emprunteur):
    ailleurs, (debut, fin) = fabriques.organisation(), fabriques.jours(4, 5)
    with ouvrir(niveau) as une, ouvrir(niveau) as autre:
        photographier(autre)
        une.execute(
            "UPDATE ressources_ressource SET organisation_id = %s WHERE id = %s",
            [ailleurs.pk, lot.pk],
        )
        une.commit()
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.SerializationFailure)):
            autre.execute(INSERER, valeurs(lot, emprunteur, debut, fin))
        autre.rollback()


@pytest.mark.django_db
def test_a_listing_with_loans_is_not_deleted(lot, emprunteur):
    fabriques.pret(lot, emprunteur, "clos")
    with pytest.raises(ProtectedError):
        lot.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        executer("DELETE FROM ressources_ressource WHERE id = %s", lot.pk)
        executer("SET CONSTRAINTS ALL IMMEDIATE")


# ---------------------------------------------------------------- whoever writes


@pytest.mark.django_db
def test_copy_is_counted_like_the_rest(lot, emprunteur):
    debut, fin = fabriques.jours(4, 5)
    colonnes = (
        "ressource_id, preteur_id, emprunteur_id, jeton, quantite, periode, but, etat, demande_le,"
        " accepte_le, conditions"
    )

    def copier(nombre):
        from django.db import connection

        with (
            connection.cursor() as curseur,
            curseur.copy(f"COPY ressources_pret ({colonnes}) FROM STDIN") as copie,
        ):
            for _ in range(nombre):
                copie.write_row([
                    lot.pk, lot.organisation_id, emprunteur.pk, uuid.uuid4(), 1,
                    f"[{debut.isoformat()},{fin.isoformat()})", "copie", "accepte",
                    timezone.now(), timezone.now(), "{}",
                ])  # fmt: skip

    with pytest.raises((IntegrityError, psycopg.IntegrityError)), transaction.atomic():
        copier(4)
    copier(3)
    assert Pret.objects.filter(etat="accepte").count() == 3


@pytest.mark.django_db
def test_the_orm_is_counted_like_the_rest(lot, emprunteur):
    debut, fin = fabriques.jours(4, 5)
    prets = [
        fabriques.pret(lot, emprunteur, "demande", debut=debut, fin=fin, quantite=2)
        for _ in range(2)
    ]
    tous = Pret.objects.filter(pk__in=[p.pk for p in prets])
    accepte = {"etat": "accepte", "accepte_le": timezone.now()}
    refuse(lambda: tous.update(**accepte), "ressource_stock")
    for pret in prets:
        pret.etat, pret.accepte_le = accepte["etat"], accepte["accepte_le"]
    refuse(lambda: Pret.objects.bulk_update(prets, ["etat", "accepte_le"]), "ressource_stock")
    copies = [
        Pret(
            ressource=lot, preteur=lot.organisation, emprunteur=emprunteur, quantite=2,
            periode=(debut, fin), but="Un essai.", **accepte,
        )
        for _ in range(2)
    ]  # fmt: skip
    refuse(lambda: Pret.objects.bulk_create(copies), "ressource_stock")
    prets[0].save()
    refuse(prets[1].save, "ressource_stock")


@pytest.mark.django_db
def test_the_administration_looks_and_changes_nothing(lot, emprunteur, administration, client_de):
    pret = fabriques.pret(lot, emprunteur, "demande")
    avant = Pret.objects.filter(pk=pret.pk).values().get()
    client = client_de(administration)
    for modele in apps.get_app_config("ressources").get_models():
        inscrit = admin.site._registry.get(modele)
        if inscrit is None:
            continue
        objet = modele.objects.first()
        racine = f"/admin/ressources/{modele._meta.model_name}/"
        for adresse in [f"{racine}add/"] + ([f"{racine}{objet.pk}/delete/"] if objet else []):
            assert client.post(adresse, {"post": "yes"}).status_code in (302, 403, 404), adresse
        if objet:
            client.post(f"{racine}{objet.pk}/change/", {"etat": "accepte", "quantite": 99})
    assert Pret.objects.filter(pk=pret.pk).values().get() == avant


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("niveau", NIVEAUX, ids=lambda n: n.name)
@pytest.mark.parametrize(
    "effacer", ["DELETE FROM ressources_garde", "TRUNCATE ressources_garde"], ids=["rows", "table"]
)
def test_a_turn_that_was_deleted_is_made_anew(niveau, effacer, lot, emprunteur):
    debut, fin = fabriques.jours(4, 5)
    executer(effacer)
    assert not Garde.objects.exists()
    with ouvrir(niveau) as une, ouvrir(niveau) as autre:
        photographier(autre)
        une.execute(INSERER, valeurs(lot, emprunteur, debut, fin, 2))
        autre.execute("SET LOCAL lock_timeout = '1s'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            autre.execute(INSERER, valeurs(lot, emprunteur, debut, fin, 2))
        autre.rollback()
        photographier(autre)
        une.commit()
        with pytest.raises(
            (psycopg.errors.ExclusionViolation, psycopg.errors.SerializationFailure)
        ):
            autre.execute(INSERER, valeurs(lot, emprunteur, debut, fin, 2))
        autre.rollback()
    assert Pret.objects.count() == 1
