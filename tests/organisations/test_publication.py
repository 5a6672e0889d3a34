"""Every state × every act × everybody, generated from the table of passages.

What the table allows moves the thing, writes one line in the journal and tells those concerned.
Everything else is refused, and changes nothing.
"""

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone

from organisations import moderation
from organisations.models import Journal, Revision
from organisations.publication import PASSAGES, Cote, Etat
from organisations.refus import NonAutorise, Refus
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def gens(yvon, luc, mireille, passant, coordonnatrice, autre_coordonnatrice, administration):
    """Everybody, and the side each one is on."""
    return {
        "responsable de l’organisme": (yvon, Cote.AUTEUR),
        "membre de l’organisme": (luc, Cote.AUTEUR),
        "coordonnatrice": (coordonnatrice, Cote.TABLE),
        "administration": (administration, Cote.TABLE),
        "responsable d’un autre organisme": (mireille, None),
        "passant": (passant, None),
        "autre coordonnatrice": (autre_coordonnatrice, None),
    }


def agir(verbe, objet, revision, par):
    match verbe:
        case "approuver":
            return moderation.approuver(revision, par=par)
        case "renvoyer":
            return moderation.renvoyer(revision, par=par, motif="manque-precision", mot="Combien?")
        case "suspendre":
            return moderation.suspendre(objet, par=par, mot="Une vérification est en cours.")
        case "publier":  # the same gesture as submitting, by an organisation the table knows
            return moderation.soumettre(objet, par=par)
    return getattr(moderation, verbe)(objet, par=par)


def photographie(objet):
    return (
        type(objet).objects.filter(pk=objet.pk).values("etat", "publiee_le").get(),
        list(Revision.objects.order_by("pk").values_list("pk", "etat")),
        Journal.objects.count(),
        len(mail.outbox),
    )


@pytest.mark.parametrize("verbe", PASSAGES)
@pytest.mark.parametrize("etat", Etat.values)
def test_an_act_is_for_some_people_at_some_moment_and_for_nobody_else(
    etat, verbe, gens, preteur, coordonnatrice
):
    champs = {"publiee_le": timezone.now()} if etat == Etat.SUSPENDUE else {}
    objet = fabriques.ressource(preteur, etat=etat, **champs)
    passage = PASSAGES[verbe]
    if verbe == "publier":  # something of the same kind was approved before
        fabriques.revision(fabriques.ressource(preteur), etat="approuvee")
    revision = None
    if etat in (Etat.SOUMISE, Etat.PUBLIEE):
        nature = "nouvelle" if etat == Etat.SOUMISE else "apres_coup"
        revision = fabriques.revision(objet, gens["membre de l’organisme"][0], nature=nature)
    if revision is None and verbe in ("approuver", "renvoyer"):
        assert etat not in passage.de or etat == Etat.SUSPENDUE
        return  # nothing was asked of the table: there is nothing to decide
    for qui, (personne, cote) in gens.items():
        permis = etat in passage.de and cote == passage.cote
        vers = passage.vers
        if verbe == "approuver" and etat == Etat.PUBLIEE and cote == Cote.TABLE:
            permis = True  # read afterwards: it stays on line
        if verbe == "publier" and etat == Etat.A_CORRIGER:
            vers = Etat.SOUMISE  # sent back once, it is read before
        mail.outbox.clear()
        avant = photographie(objet)
        with transaction.atomic():
            if not permis:
                with pytest.raises((Refus, NonAutorise)), transaction.atomic():
                    agir(verbe, objet, revision, personne)
                assert photographie(objet) == avant, f"{qui} changed something"
                continue
            agir(verbe, objet, revision, personne)
            objet.refresh_from_db()
            assert objet.etat == vers, qui
            lignes = Journal.objects.order_by("-pk")
            assert lignes.count() == avant[2] + 1
            assert (lignes[0].par, lignes[0].objet_id) == (personne, objet.pk)
            dits = {adresse for message in mail.outbox for adresse in message.to}
            if verbe in ("soumettre", "publier"):
                assert coordonnatrice.courriel in dits
            elif passage.cote == Cote.TABLE:
                assert gens["responsable de l’organisme"][0].courriel in dits
            for autre in ("passant", "responsable d’un autre organisme", "autre coordonnatrice"):
                assert gens[autre][0].courriel not in dits
            transaction.set_rollback(True)
        objet.refresh_from_db()


def test_whoever_coordinates_does_not_decide_for_his_own_organisation(
    preteur, coordonnatrice, table, yvon
):
    fabriques.adhesion(coordonnatrice, preteur)
    revision = fabriques.revision(fabriques.ressource(preteur, etat="soumise"), yvon)
    moderation.approuver(revision, par=coordonnatrice)  # alone at the table: she may
    seconde = fabriques.personne("Second", "Regard")
    fabriques.mandat(table, seconde)
    revision = fabriques.revision(fabriques.ressource(preteur, etat="soumise"), yvon)
    with pytest.raises(Refus), transaction.atomic():
        moderation.approuver(revision, par=coordonnatrice)
    moderation.approuver(revision, par=seconde)


def test_the_journal_is_never_rewritten(preteur, yvon):
    moderation.soumettre(fabriques.ressource(preteur, etat="brouillon"), par=yvon)
    ligne = Journal.objects.get()
    for geste in (ligne.delete, lambda: Journal.objects.update(acte="autre")):
        with pytest.raises(DatabaseError), transaction.atomic():
            geste()


def test_what_was_sent_back_is_read_before_even_put_away_and_taken_up_again(
    preteur, yvon, coordonnatrice
):
    fabriques.revision(fabriques.ressource(preteur), yvon, etat="approuvee")
    ressource = moderation.soumettre(fabriques.ressource(preteur, etat="brouillon"), par=yvon)
    assert ressource.etat == "publiee"
    lecture = ressource.revisions.get(etat="en_attente")
    moderation.renvoyer(lecture, par=coordonnatrice, motif="langue-a-simplifier", mot="Plus court.")
    moderation.archiver(ressource, par=yvon)
    moderation.reprendre(ressource, par=yvon)
    assert moderation.soumettre(ressource, par=yvon).etat == "soumise"
