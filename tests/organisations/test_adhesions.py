"""Who acts for an organisation: joining, inviting, roles, leaving."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from organisations import adhesions
from organisations.models import Adhesion, Invitation, Journal, Organisation
from organisations.refus import NonAutorise, Refus
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def camille(db):
    return fabriques.personne("Camille", "Roy", courriel="Camille@essai.example")


# ------------------------------------------------------------------ asking to join


def test_a_request_reaches_those_responsible_and_their_answer_the_person(
    preteur, yvon, luc, camille, courriels
):
    demande = adhesions.demander_a_rejoindre(
        preteur, par=camille, fonction="Cuisine", mot="On s’est vus à la fête."
    )
    assert len(courriels(yvon)) == 1 and not courriels(luc)
    assert "On s’est vus à la fête." in courriels(yvon)[0].body

    adhesions.decider_adhesion(demande, par=yvon, accepter=True)
    assert camille in preteur.personnes.filter(adhesions__etat="active")
    assert "Popote des Vallons" in courriels(camille)[0].subject
    camille.refresh_from_db()
    assert camille.agit_pour == preteur
    assert list(Journal.objects.values_list("acte", flat=True)) == [
        "adhesion_acceptee",
        "adhesion_demandee",
    ]


def test_a_refused_person_may_ask_again(preteur, yvon, camille, courriels):
    demande = adhesions.demander_a_rejoindre(preteur, par=camille)
    adhesions.decider_adhesion(demande, par=yvon, accepter=False)
    assert not Organisation.objects.de(camille).exists()
    assert courriels(camille)
    assert adhesions.demander_a_rejoindre(preteur, par=camille).etat == "demandee"


def test_one_asks_once(preteur, yvon, camille):
    adhesions.demander_a_rejoindre(preteur, par=camille)
    with pytest.raises(Refus, match="attend déjà une réponse"):
        adhesions.demander_a_rejoindre(preteur, par=camille)
    with pytest.raises(Refus, match="faites déjà partie"):
        adhesions.demander_a_rejoindre(preteur, par=yvon)


def test_a_request_is_answered_once_and_by_somebody_responsible(preteur, yvon, luc, camille):
    demande = adhesions.demander_a_rejoindre(preteur, par=camille)
    with pytest.raises(NonAutorise):
        adhesions.decider_adhesion(demande, par=luc, accepter=True)
    with pytest.raises(NonAutorise):
        adhesions.decider_adhesion(demande, par=camille, accepter=True)
    adhesions.decider_adhesion(demande, par=yvon, accepter=True)
    with pytest.raises(Refus, match="déjà reçu une réponse"):
        adhesions.decider_adhesion(demande, par=yvon, accepter=False)


def test_a_page_from_public_sources_is_handed_over_by_its_table(
    table, camille, coordonnatrice, courriels
):
    organisme = fabriques.organisation(
        table=table, provenance="sources-publiques", source_url="https://essai.example/bilan"
    )
    demande = adhesions.demander_a_rejoindre(organisme, par=camille)
    assert len(courriels(coordonnatrice)) == 1
    adhesion = adhesions.decider_adhesion(demande, par=coordonnatrice, accepter=True)
    organisme.refresh_from_db()
    assert adhesion.role == "responsable"
    assert organisme.est_verifiee
    # The table's part ends there.
    autre = adhesions.demander_a_rejoindre(organisme, par=fabriques.personne("Lise"))
    with pytest.raises(NonAutorise):
        adhesions.decider_adhesion(autre, par=coordonnatrice, accepter=True)


# ------------------------------------------------------------------ roles and leaving


def test_the_last_person_responsible_neither_leaves_nor_steps_down(preteur, yvon, luc):
    sienne = preteur.adhesions.get(personne=yvon)
    with pytest.raises(Refus, match="seule personne responsable"):
        adhesions.terminer(sienne, par=yvon)
    with pytest.raises(Refus, match="seule personne responsable"):
        adhesions.changer_role(sienne, par=yvon, role="membre", fonction="")

    adhesions.changer_role(
        preteur.adhesions.get(personne=luc), par=yvon, role="responsable", fonction="Direction"
    )
    adhesions.terminer(sienne, par=yvon)
    yvon.refresh_from_db()
    assert yvon.agit_pour is None
    assert not Organisation.objects.de(yvon).exists()


def test_a_member_leaves_alone_but_ends_nobody_else(preteur, yvon, luc, courriels):
    with pytest.raises(NonAutorise):
        autre = fabriques.adhesion(fabriques.personne("Lise"), preteur)
        adhesions.terminer(autre, par=luc)
    adhesions.terminer(preteur.adhesions.get(personne=luc), par=luc)
    assert not courriels(luc)
    with pytest.raises(Refus, match="ne fait plus partie"):
        adhesions.terminer(preteur.adhesions.get(personne=luc), par=yvon)


def test_somebody_removed_is_told(preteur, yvon, luc, courriels):
    adhesions.terminer(preteur.adhesions.get(personne=luc), par=yvon)
    assert "Popote des Vallons" in courriels(luc)[0].subject


# ------------------------------------------------------------------ invitations


def test_an_invitation_is_accepted_by_the_person_it_names_whatever_the_capitals(
    preteur, yvon, camille, courriels
):
    invitation = adhesions.inviter(
        preteur, courriel="CAMILLE@essai.example", role="responsable", par=yvon
    )
    (message,) = courriels()
    assert invitation.jeton in message.body
    adhesion = adhesions.accepter_invitation(invitation, par=camille)
    assert (adhesion.role, adhesion.etat) == ("responsable", "active")
    with pytest.raises(Refus, match="déjà été acceptée"):
        adhesions.accepter_invitation(invitation, par=camille)


def test_an_invitation_is_not_accepted_by_somebody_else(preteur, yvon, camille, passant):
    invitation = adhesions.inviter(preteur, courriel=camille.courriel, role="membre", par=yvon)
    with pytest.raises(Refus, match="adressée à"):
        adhesions.accepter_invitation(invitation, par=passant)


def test_an_address_one_has_not_confirmed_accepts_nothing(preteur, yvon, camille):
    camille.emailaddress_set.update(verified=False)
    invitation = adhesions.inviter(preteur, courriel=camille.courriel, role="membre", par=yvon)
    with pytest.raises(Refus, match="confirmez-la"):
        adhesions.accepter_invitation(invitation, par=camille)


def test_an_expired_invitation_opens_nothing_and_gives_way_to_a_new_one(preteur, yvon, camille):
    ancienne = fabriques.invitation(
        preteur, yvon, camille.courriel, expire_le=timezone.now() - timedelta(minutes=1)
    )
    with pytest.raises(Refus, match="expiré"):
        adhesions.accepter_invitation(ancienne, par=camille)
    nouvelle = adhesions.inviter(preteur, courriel=camille.courriel, role="membre", par=yvon)
    ancienne.refresh_from_db()
    assert ancienne.annulee_le
    assert adhesions.accepter_invitation(nouvelle, par=camille).etat == "active"


def test_an_open_invitation_is_not_sent_twice_nor_to_a_member(preteur, yvon, luc):
    adhesions.inviter(preteur, courriel="lise@essai.example", role="membre", par=yvon)
    with pytest.raises(Refus, match="déjà invitée"):
        adhesions.inviter(preteur, courriel="Lise@essai.example", role="membre", par=yvon)
    with pytest.raises(Refus, match="fait déjà partie"):
        adhesions.inviter(preteur, courriel=luc.courriel.upper(), role="membre", par=yvon)


def test_a_cancelled_invitation_opens_nothing(preteur, yvon, luc, camille):
    invitation = adhesions.inviter(preteur, courriel=camille.courriel, role="membre", par=yvon)
    with pytest.raises(NonAutorise):
        adhesions.annuler_invitation(invitation, par=luc)
    adhesions.annuler_invitation(invitation, par=yvon)
    with pytest.raises(Refus, match="annulée"):
        adhesions.accepter_invitation(invitation, par=camille)


def test_an_invitation_answers_the_request_that_waited(preteur, yvon, camille):
    adhesions.demander_a_rejoindre(preteur, par=camille, fonction="Cuisine")
    invitation = adhesions.inviter(preteur, courriel=camille.courriel, role="membre", par=yvon)
    adhesion = adhesions.accepter_invitation(invitation, par=camille)
    assert adhesion.fonction == "Cuisine"
    assert Adhesion.objects.filter(personne=camille).count() == 1


def test_a_crowd_is_not_invited(preteur, yvon, monkeypatch):
    monkeypatch.setattr(adhesions, "INVITATIONS_MAX", 2)
    for n in range(2):
        adhesions.inviter(preteur, courriel=f"p{n}@essai.example", role="membre", par=yvon)
    with pytest.raises(Refus, match="2 invitations"):
        adhesions.inviter(preteur, courriel="p3@essai.example", role="membre", par=yvon)


# ------------------------------------------------------------------ the pages


def test_the_page_of_an_invitation_leads_a_stranger_to_an_account(preteur, yvon, client_de):
    invitation = fabriques.invitation(preteur, yvon, "lise@essai.example")
    page = client_de().get(invitation.get_absolute_url())
    suite = f"?next=/invitations/{invitation.jeton}/"
    assert page.status_code == 200
    assert f"/compte/signup/{suite}" in page.text and f"/compte/login/{suite}" in page.text
    assert not Invitation.objects.get().acceptee_le


def test_accepting_from_the_page_makes_one_act_for_the_organisation(
    preteur, yvon, camille, client_de
):
    invitation = fabriques.invitation(preteur, yvon, camille.courriel)
    client = client_de(camille)
    assert "Accepter l’invitation" in client.get(invitation.get_absolute_url()).text
    reponse = client.post(f"/invitations/{invitation.jeton}/accepter/", follow=True)
    assert "Vous agissez pour Popote des Vallons" in reponse.text


def test_the_members_page_shows_what_one_may_do(preteur, yvon, luc, camille, client_de):
    adhesions.demander_a_rejoindre(preteur, par=camille)
    adresse = f"/organisations/{preteur.slug}/membres/"
    page = client_de(yvon).get(adresse).text
    assert "Camille Roy" in page and "Inviter une personne" in page
    page = client_de(luc).get(adresse).text
    assert "Yvon Côté" in page
    assert "Camille Roy" not in page and "Inviter une personne" not in page


def test_a_wrong_invitation_keeps_what_was_typed(preteur, yvon, luc, client_de):
    reponse = client_de(yvon).post(
        f"/organisations/{preteur.slug}/invitations/",
        {"courriel": luc.courriel, "role": "membre"},
    )
    assert reponse.status_code == 200
    assert luc.courriel in reponse.text
    assert "Luc Tremblay fait déjà partie de Popote des Vallons." in reponse.text


def test_one_chooses_the_organisation_one_acts_for(yvon, preteur, table, client_de):
    autre = fabriques.organisation("Autre maison", table=table)
    fabriques.adhesion(yvon, autre)
    client = client_de(yvon)
    assert client.post("/agir-pour/", {"organisation": "9" * 5000}).status_code == 404
    reponse = client.post("/agir-pour/", {"organisation": autre.pk, "next": "/compte/"})
    assert reponse.headers["Location"] == "/compte/"
    yvon.refresh_from_db()
    assert yvon.agit_pour == autre
    hors = client.post(
        "/agir-pour/", {"organisation": autre.pk, "next": "https://ailleurs.example"}
    )
    assert hors.headers["Location"] == "/a-faire/"


def test_a_logo_is_rewritten_small_and_the_old_one_goes(
    yvon, preteur, client_de, tmp_path, settings
):
    settings.MEDIA_ROOT = tmp_path
    image = BytesIO()
    Image.new("RGB", (1600, 900), "#1b3b9b").save(image, "PNG")

    def envoyer():
        donnees = {
            "nom": preteur.nom,
            "mission": preteur.mission,
            "secteurs": preteur.secteurs,
            "territoire": preteur.territoire_id,
            "courriel": preteur.courriel,
            "logo": SimpleUploadedFile("photo.exe", image.getvalue()),
        }
        reponse = client_de(yvon).post(f"/organisations/{preteur.slug}/modifier/", donnees)
        assert reponse.status_code == 302
        preteur.refresh_from_db()
        return preteur.logo.name

    premier, second = envoyer(), envoyer()
    assert premier != second
    assert [f.name for f in (tmp_path / "logos").iterdir()] == [second.removeprefix("logos/")]
    with Image.open(tmp_path / second) as logo:
        assert logo.format == "WEBP" and max(logo.size) == 512


def test_an_answer_is_never_guessed(preteur, yvon, camille, client_de):
    demande = adhesions.demander_a_rejoindre(preteur, par=camille)
    adresse = reverse("adhesion_decider", args=[preteur.slug, demande.pk])
    page = client_de(yvon).post(adresse, follow=True)
    demande.refresh_from_db()
    assert demande.etat == Adhesion.Etat.DEMANDEE
    assert "Choisissez une réponse." in page.text


def test_cancelling_does_not_open_the_door_to_a_mailing_list(preteur, yvon, monkeypatch):
    monkeypatch.setattr(adhesions, "INVITATIONS_MAX", 2)
    for n in range(2):
        invitation = adhesions.inviter(
            preteur, courriel=f"foule{n}@essai.example", role="membre", par=yvon
        )
        adhesions.annuler_invitation(invitation, par=yvon)
    with pytest.raises(Refus, match="depuis hier"):
        adhesions.inviter(preteur, courriel="foule9@essai.example", role="membre", par=yvon)
