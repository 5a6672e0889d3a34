"""The four steps: what is kept, what is asked, and that nothing typed is lost."""

import pytest
from django.urls import reverse

from organisations.models import Revision
from organisations.publication import Etat
from pratiques.models import Pratique
from pratiques.vocabulaire import Lecon
from tests import fabriques

pytestmark = pytest.mark.django_db

ESSENTIEL = {
    "titre": "Une clé, quatre organismes",
    "accroche": "Le calendrier a tout réglé, sauf la vaisselle.",
    "fonction_auteur": "coordination",
    "formes": ["partage-locaux"],
    "secteurs": ["securite-alimentaire"],
    "sortes": ["local"],
    "echelle": "quartier",
    "stade": "en-cours",
    "niveau_de_preuve": "temoignage",
    "debut": "2021",
}


def rangees(**remplies) -> dict:
    """The rows of the last step, empty unless told otherwise."""
    donnees = {}
    for nom in ("difficultes", "mesures", "sources"):
        lignes = remplies.get(nom, [])
        donnees |= {f"{nom}-TOTAL_FORMS": len(lignes) + 1, f"{nom}-INITIAL_FORMS": 0}
        for n, ligne in enumerate(lignes):
            donnees |= {f"{nom}-{n}-{champ}": valeur for champ, valeur in ligne.items()}
    return donnees


@pytest.fixture
def recit(preteur):
    return fabriques.pratique(preteur, "Notre récit", etat="brouillon", seule=True)


def etape(pratique, n) -> str:
    return reverse("pratique_modifier", args=[pratique.slug, n])


def test_a_member_tells_a_practice_from_the_first_step_to_the_queue(client_de, preteur, luc):
    client = client_de(luc)
    essentiel = ESSENTIEL | {"territoire": preteur.territoire_id}
    reponse = client.post(reverse("pratique_raconter"), essentiel)
    pratique = Pratique.objects.get()
    assert reponse.url == etape(pratique, 2) and pratique.etat == Etat.BROUILLON

    reponse = client.post(
        etape(pratique, 2),
        {"contexte": "Quatre clés.", "mis_en_commun": "Le local.", "condition-petits-pas": "oui"},
    )
    assert reponse.url == etape(pratique, 3)
    assert pratique.conditions.get().presente == "oui"

    lecons = {f"texte-{valeur}": f"Leçon {valeur}." for valeur in Lecon.values[:3]}
    reponse = client.post(etape(pratique, 3), lecons | {f"citation-{Lecon.values[0]}": "Petit."})
    assert reponse.url == etape(pratique, 4)
    assert pratique.lecons.count() == 3 and pratique.lecons.first().citation == "Petit."

    reponse = client.post(
        etape(pratique, 4),
        rangees(
            difficultes=[
                {"enjeu": "choc-des-cultures", "texte": "La vaisselle.", "resolue": "non"}
            ],
            mesures=[
                {
                    "indicateur": "loyer",
                    "libelle": "Loyer annuel",
                    "avant": "12000",
                    "apres": "9000.50",
                    "periode": "2025",
                    "methode": "Somme des baux",
                    "source": "Baux",
                }
            ],
            sources=[{"libelle": "Rapport annuel", "url": "essai.example/rapport"}],
        )
        | {"ombre": "La vaisselle. " * 20, "commencer": "Faites un double de la clé."},
    )
    assert reponse.url == pratique.get_absolute_url()
    assert pratique.difficultes.get().resolue == "non"
    assert pratique.sources.get().url == "https://essai.example/rapport"

    page = client.get(pratique.get_absolute_url()).content.decode()
    assert "Soumettre à la table" in page and "Avant de la soumettre" not in page
    client.post(reverse("pratique_soumettre", args=[pratique.slug]))
    pratique.refresh_from_db()
    assert pratique.etat == Etat.SOUMISE and Revision.objects.en_attente().get().objet == pratique


def test_the_first_step_proposes_what_is_known(client_de, preteur, luc):
    luc.adhesions.update(fonction="intervention")
    form = client_de(luc).get(reverse("pratique_raconter")).context["form"]
    assert form["fonction_auteur"].value() == "intervention"
    assert form["territoire"].value() == preteur.territoire_id


def test_a_refused_step_keeps_every_word_and_says_what_to_do(client_de, recit, luc):
    donnees = rangees(mesures=[{"indicateur": "loyer", "libelle": "Loyer annuel", "apres": "9"}])
    reponse = client_de(luc).post(etape(recit, 4), donnees | {"ombre": "Tout ce que j’ai écrit."})
    page = reponse.content.decode()
    assert reponse.status_code == 200 and 'class="erreurs"' in page
    assert "Tout ce que j’ai écrit." in page and 'value="Loyer annuel"' in page
    assert 'href="#id_mesures-0-methode"' in page
    recit.refresh_from_db()
    assert recit.ombre != "Tout ce que j’ai écrit."


def test_a_draft_is_kept_however_little_it_says(client_de, recit, luc):
    client_de(luc).post(etape(recit, 4), rangees() | {"ombre": "À écrire."})
    recit.refresh_from_db()
    assert recit.ombre == "À écrire."


def test_a_row_is_added_without_leaving_the_step(client_de, recit, luc):
    client = client_de(luc)
    ligne = {"enjeu": "choc-des-cultures", "texte": "La vaisselle.", "resolue": "non"}
    envoi = rangees(difficultes=[ligne]) | {"ajouter": "difficultes", "ombre": "À écrire."}
    reponse = client.post(etape(recit, 4), envoi)
    assert reponse.url == f"{etape(recit, 4)}#difficultes"
    formulaires = client.get(etape(recit, 4)).context["form"].rangees["difficultes"]
    assert [bool(f.initial) for f in formulaires] == [True, False]


def test_a_row_is_taken_away(client_de, recit, luc):
    difficulte = recit.difficultes.create(enjeu="choc-des-cultures", texte="x", resolue="non")
    envoi = rangees() | {
        "ombre": "À écrire.",
        "difficultes-TOTAL_FORMS": 2,
        "difficultes-INITIAL_FORMS": 1,
        "difficultes-0-id": difficulte.pk,
        "difficultes-0-DELETE": "on",
    }
    client_de(luc).post(etape(recit, 4), envoi)
    assert not recit.difficultes.exists()


def test_a_word_to_remember_needs_its_lesson(client_de, recit, luc):
    reponse = client_de(luc).post(
        etape(recit, 3), {f"citation-{Lecon.BATIR_LA_CONFIANCE}": "Le cahier parlait pour nous."}
    )
    assert (
        "Racontez la leçon « Bâtir la confiance »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
        in reponse.content.decode()
    )


def test_a_word_that_waits_for_the_table_shows_in_its_author_s_form(client_de, preteur, luc):
    pratique = fabriques.pratique(preteur)
    client = client_de(luc)
    client.post(etape(pratique, 2), {"contexte": "Nous étions quatre."}, follow=True)
    pratique.refresh_from_db()
    assert pratique.contexte != "Nous étions quatre."
    assert "Nous étions quatre." in client.get(etape(pratique, 2)).content.decode()
    assert "attendent la lecture" in client.get(pratique.get_absolute_url()).content.decode()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_form_of_a_public_practice_says_what_it_cannot_change(client_de, preteur, luc, n):
    pratique = fabriques.pratique(preteur)
    page = client_de(luc).get(etape(pratique, n)).content.decode()
    assert "écrivez à votre table" in page and pratique.table.courriel in page
    assert "TOTAL_FORMS" not in page and 'name="texte-' not in page


def test_a_public_practice_refuses_to_lose_its_dark_side(client_de, preteur, luc):
    pratique = fabriques.pratique(preteur)
    reponse = client_de(luc).post(etape(pratique, 4), {"ombre": "Rien.", "commencer": ""})
    assert "200" in reponse.content.decode() and 'class="erreurs"' in reponse.content.decode()


def test_a_stale_form_is_answered_with_a_sentence(client_de, preteur, luc):
    pratique = fabriques.pratique(preteur, etat="archivee")
    reponse = client_de(luc).post(etape(pratique, 1), ESSENTIEL, follow=True)
    assert "on ne peut pas la modifier" in reponse.content.decode()


def test_submitting_too_early_brings_back_every_sentence(client_de, recit, luc):
    reponse = client_de(luc).post(reverse("pratique_soumettre", args=[recit.slug]), follow=True)
    phrases = [str(m) for m in reponse.context["messages"]]
    assert len(phrases) == 1 and "Étape 3" in phrases[0]


def test_there_is_no_fifth_step(client_de, recit, luc):
    assert client_de(luc).get(etape(recit, 5)).status_code == 404


def test_linked_listings_change_at_once(client_de, preteur, luc):
    pratique, four = fabriques.pratique(preteur), fabriques.ressource(preteur)
    client_de(luc).post(
        etape(pratique, 4),
        {"ombre": pratique.ombre, "commencer": pratique.commencer, "ressources": [four.pk]},
    )
    assert list(pratique.ressources.all()) == [four]
