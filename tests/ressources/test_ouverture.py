"""Opening hours, closures, places inside places, and what the calendars show of them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from organisations.models import Journal
from organisations.refus import NonAutorise, Refus
from ressources import disponibilite, ouverture, registre
from ressources.models import Fermeture, Horaire, Pret, Ressource
from ressources.semaine import JOUR, MINUIT, a_linstant, feries
from tests import fabriques
from tests.fabriques import jours

pytestmark = pytest.mark.django_db

HUIT, MIDI, UNE, CINQ = dt.time(8), dt.time(12), dt.time(13), dt.time(17)


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Salle du bas", sorte="local")


@pytest.fixture
def chaudron(preteur):
    return fabriques.ressource(preteur, "Chaudron de 60 L", quantite=3)


def dans(n):
    return timezone.localdate() + n * JOUR


def a(jour, heure):
    return a_linstant(jour, dt.time(heure))


def horaires(ressource):
    return reverse("ressource_horaires", args=[ressource.slug])


def fermetures(ressource):
    return reverse("fermeture_ajouter", args=[ressource.slug])


# ------------------------------------------------------------------ the hours
def test_the_hours_of_the_week_are_replaced_whole_and_the_journal_says_so(salle, luc):
    ouverture.ouvrir(salle, {0: [(HUIT, MIDI), (UNE, CINQ)], 4: [(UNE, MINUIT)]}, par=luc)
    ouverture.ouvrir(salle, {4: [(UNE, MINUIT)]}, par=luc)
    ouverture.ouvrir(salle, {4: [(UNE, MINUIT)]}, par=luc)  # the same form, sent twice
    assert [(h.jour, h.debut, h.fin) for h in Horaire.objects.all()] == [(4, UNE, MINUIT)]
    lignes = Journal.objects.filter(acte="ouvrir")
    assert lignes.count() == 2
    assert lignes.order_by("-pk")[0].details["heures"] == ["vendredi 13:00-00:00"]


def test_another_organisation_does_not_change_the_hours(salle, mireille):
    with pytest.raises(NonAutorise):
        ouverture.ouvrir(salle, {0: [(HUIT, MIDI)]}, par=mireille)
    with pytest.raises(NonAutorise):
        ouverture.fermer(salle, *jours(3, 4), par=mireille)


@pytest.mark.parametrize(
    ("plages", "phrase"),
    [
        ([(MIDI, HUIT)], "après l’ouverture"),
        ([(HUIT, UNE), (MIDI, CINQ)], "se chevauchent"),
        ([(HUIT, MINUIT), (UNE, CINQ)], "se chevauchent"),
        ([(dt.time(8, 10), MIDI)], "quarts d’heure"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_their_day(plages, phrase, salle, luc):
    with pytest.raises(Refus, match=phrase) as refus:
        ouverture.ouvrir(salle, {1: plages}, par=luc)
    assert "Mardi" in str(refus.value)
    assert not Horaire.objects.exists()


def test_the_week_is_typed_in_a_table_and_what_is_wrong_stays_on_the_page(client_de, luc, salle):
    client = client_de(luc)
    saisie = {"de-0-0": "09:00", "a-0-0": "12:00", "de-0-1": "13:00", "a-0-1": "17:00"}
    assert client.post(horaires(salle), saisie).status_code == 302
    page = client.get(horaires(salle)).text
    assert 'value="13:00"' in page
    faux = {**saisie, "a-0-1": "11:00", "de-3-0": "09:10", "de-5-0": "09:00"}
    page = client.post(horaires(salle), faux).text
    assert "La fermeture doit venir après l’ouverture." in page
    assert "quarts d’heure" in page
    assert "Inscrivez aussi l’heure de fermeture." in page
    assert 'value="11:00"' in page
    assert Horaire.objects.filter(ressource=salle).count() == 2


# ------------------------------------------------------------------ closures
def test_a_closure_of_everything_is_all_or_nothing_and_names_the_loan_in_the_way(
    client_de, yvon, preteur, salle, chaudron, emprunteur
):
    debut, fin = jours(10, 12)
    pret = fabriques.pret(chaudron, emprunteur, "accepte", debut=debut, fin=fin)
    outil = fabriques.ressource(preteur, sorte="savoir")
    saisie = {"du": dans(12), "au": dans(14), "motif": "Congé <b>", "partout": "on"}
    page = client_de(yvon).post(fermetures(salle), saisie).text
    assert f'href="{pret.get_absolute_url()}"' in page
    assert escape(disponibilite.periode_en_mots(debut, fin)) in page
    assert "Congé &lt;b&gt;" in page
    assert not Fermeture.objects.exists()
    reponse = client_de(yvon).post(fermetures(salle), {**saisie, "du": dans(13)})
    assert reponse.status_code == 302
    assert {f.ressource for f in Fermeture.objects.all()} == {salle, chaudron}
    assert not outil.fermetures.exists()
    client_de(yvon).post(fermetures(salle), {**saisie, "du": dans(13)})  # sent twice
    assert Fermeture.objects.count() == 2
    assert disponibilite.libre(chaudron, *jours(13, 13)) == 0


def test_a_closure_of_the_house_is_held_by_a_loan_of_its_room(preteur, emprunteur, luc):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    salle = fabriques.ressource(preteur, "Salle", sorte="local", partie_de=maison)
    pret = fabriques.pret(salle, emprunteur, "accepte", debut=a(dans(5), 9), fin=a(dans(5), 12))
    with pytest.raises(Refus) as refus:
        ouverture.fermer(maison, a(dans(5), 11), a(dans(5), 14), par=luc)
    assert pret.get_absolute_url() in str(refus.value)
    (fermeture,) = ouverture.fermer(maison, a(dans(5), 12), a(dans(5), 14), par=luc)
    assert disponibilite.libre(salle, a(dans(5), 13), a(dans(5), 14)) == 0
    ouverture.rouvrir(fermeture, par=luc)
    ouverture.rouvrir(fermeture, par=luc)  # somebody did it already
    assert disponibilite.libre(salle, a(dans(5), 13), a(dans(5), 14)) == 1
    assert Journal.objects.filter(acte="rouvrir").count() == 1


def test_a_closure_over_part_of_another_is_refused_with_its_dates(salle, luc):
    ouverture.fermer(salle, *jours(5, 7), par=luc)
    with pytest.raises(Refus, match="déjà fermée"):
        ouverture.fermer(salle, *jours(7, 9), par=luc)
    assert ouverture.fermer(salle, *jours(6, 6), par=luc) == []


@pytest.mark.parametrize(
    ("saisie", "phrase"),
    [
        ({"du": "1900-01-01", "au": "1900-01-02"}, "Cette date est passée."),
        ({"du": dans(3), "au": "9999-01-02"}, "Cette date est trop loin."),
        ({"du": dans(5), "au": dans(3)}, "Le dernier jour doit venir après le premier."),
        ({"du": dans(5), "au": dans(5), "de": "14:00", "a": "13:00"}, "La fin doit venir après"),
        ({}, "Choisissez le premier jour."),
    ],
)
def test_closures_that_make_no_sense_are_sent_back(saisie, phrase, client_de, luc, salle):
    page = client_de(luc).post(fermetures(salle), saisie)
    assert page.status_code == 200
    assert phrase in page.text
    assert not Fermeture.objects.exists()


def test_a_closure_is_taken_away_by_its_button_once_or_twice(client_de, luc, salle):
    (fermeture,) = ouverture.fermer(salle, *jours(5, 7), par=luc)
    adresse = reverse("fermeture_retirer", args=[salle.slug, fermeture.pk])
    for _ in range(2):
        assert client_de(luc).post(adresse).status_code == 302
    assert not Fermeture.objects.exists()


# ------------------------------------------------------------------ places inside places
def test_a_place_goes_inside_another_and_never_inside_itself(preteur, luc):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    salle = fabriques.ressource(preteur, "Salle", sorte="local")
    registre.modifier(salle, {"partie_de": maison}, par=luc)
    with pytest.raises(Refus, match="ne peut pas faire partie") as refus:
        registre.modifier(maison, {"partie_de": salle}, par=luc)
    assert refus.value.champ == "partie_de"
    registre.modifier(salle, {"partie_de": None}, par=luc)
    registre.modifier(maison, {"partie_de": salle}, par=luc)


def test_promises_that_would_contradict_are_named(preteur, emprunteur, luc):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    salle = fabriques.ressource(preteur, "Salle", sorte="local")
    for lieu in (maison, salle):
        fabriques.pret(lieu, emprunteur, "accepte", debut=a(dans(5), 9), fin=a(dans(5), 12))
    with pytest.raises(Refus, match="se contrediraient") as refus:
        registre.modifier(salle, {"partie_de": maison}, par=luc)
    assert Pret.objects.get(ressource=salle).get_absolute_url() in str(refus.value)
    salle.refresh_from_db()
    assert salle.partie_de is None


def test_the_form_offers_ones_own_places_but_those_inside(client_de, luc, preteur, emprunteur):
    maison = fabriques.ressource(preteur, "Maison entière", sorte="local")
    salle = fabriques.ressource(preteur, "Salle du bas", sorte="local", partie_de=maison)
    fabriques.ressource(emprunteur, "Chez le voisin", sorte="local")
    page = client_de(luc).get(reverse("ressource_modifier", args=[salle.slug, 3])).text
    assert "Maison entière</option>" in page
    assert "Chez le voisin" not in page
    page = client_de(luc).get(reverse("ressource_modifier", args=[maison.slug, 3])).text
    assert "Salle du bas</option>" not in page


def test_the_conditions_are_kept_in_the_unit_of_the_thing(client_de, luc, salle, preteur):
    aide = fabriques.ressource(preteur, sorte="expertise")
    commun = {"etape": "3", "cout": "gratuit", "acceptation": "petits-pas", "geste": "continuer"}
    client = client_de(luc)
    client.post(
        reverse("ressource_modifier", args=[salle.slug, 3]),
        {
            **commun,
            "battement": "30",
            "duree_min": "2",
            "horizon_jours": "90",
            "ferme_feries": "on",
            "accessoires": "La clé\nLe câble",
        },
    )
    salle.refresh_from_db()
    assert (salle.battement, salle.duree_min, salle.horizon_jours) == (30, 2, 90)
    assert (salle.ferme_feries, salle.acceptation) == (True, "petits-pas")
    assert salle.liste_accessoires == ["La clé", "Le câble"]
    client.post(
        reverse("ressource_modifier", args=[aide.slug, 3]),
        {**commun, "battement": "0", "plafond_mensuel": "20"},
    )
    aide.refresh_from_db()
    assert aide.plafond_mensuel == 20
    page = client.post(
        reverse("ressource_modifier", args=[salle.slug, 3]),
        {**commun, "battement": "7", "duree_min": "5", "duree_max": "2"},
    )
    assert "La durée minimale dépasse la durée maximale." in page.text


# ------------------------------------------------------------------ the calendars
def cases(client, ressource, jour):
    mois = client.get(ressource.get_absolute_url(), {"mois": f"{jour:%Y-%m}"}).context["mois"]
    return {c.jour.date: c for ligne in mois.semaines for c in ligne if c}


def test_the_month_says_closed_holiday_too_early_and_too_far(client, chaudron, luc):
    noel = next(
        j
        for annee in (dans(0).year, dans(0).year + 1)
        for j, nom in feries(annee).items()
        if nom == "Jour de Noël" and j > dans(5)
    )
    Ressource.objects.filter(pk=chaudron.pk).update(ferme_feries=True)
    assert cases(client, chaudron, noel)[noel].etat == "ferie"
    page = client.get(chaudron.get_absolute_url(), {"mois": f"{noel:%Y-%m}"}).text
    assert "férié" in page
    ouverture.fermer(chaudron, *jours(20, 20), par=luc)
    assert cases(client, chaudron, dans(20))[dans(20)].etat == "ferme"
    Ressource.objects.filter(pk=chaudron.pk).update(
        ferme_feries=False, delai_jours=3, horizon_jours=60
    )
    assert cases(client, chaudron, dans(2))[dans(2)].etat == "tot"
    assert cases(client, chaudron, dans(61))[dans(61)].etat == "loin"
    libre = cases(client, chaudron, dans(3))[dans(3)]
    assert (libre.etat, bool(libre.lien)) == ("libre", True)
    for etat in ("tot", "loin", "ferme"):
        jour = {"tot": dans(2), "loin": dans(61), "ferme": dans(20)}[etat]
        assert not cases(client, chaudron, jour)[jour].lien


def test_the_week_says_free_taken_and_closed_and_fills_the_request(
    client, client_de, mireille, salle, emprunteur
):
    lundi = dans(14) - dans(14).weekday() * JOUR
    annee, numero, _ = lundi.isocalendar()
    for jour in range(5):
        salle.horaires.create(jour=jour, debut=dt.time(8, 30), fin=CINQ)
    fabriques.pret(salle, emprunteur, "accepte", debut=a(lundi, 10), fin=a(lundi, 12))
    adresse = f"{salle.get_absolute_url()}?vue=semaine&semaine={annee}-W{numero:02}"
    reponse = client.get(adresse)
    vue = reponse.context["semaine"]
    etats = {heure.hour: [c.etat for c in creneaux] for heure, creneaux in vue.lignes}
    assert sorted(etats) == list(range(8, 17))
    assert etats[8] == ["partie"] * 5 + ["ferme"] * 2
    assert etats[10] == ["complet"] + ["libre"] * 4 + ["ferme"] * 2
    assert emprunteur.nom not in reponse.text  # never who
    lien = dict(vue.lignes)[dt.time(9)][0].lien
    page = client_de(mireille).get(salle.get_absolute_url() + lien)
    assert f'value="{lundi}"' in page.text
    assert 'value="09:00"' in page.text
    # The second hour is the end, when everything between is free.
    vue = page.context["semaine"]
    assert "debut=09%3A00&fin=15%3A00" not in dict(vue.lignes)[dt.time(14)][0].lien
    vue = client.get(f"{adresse}&date={lundi}&debut=13:00&fin=14:00").context["semaine"]
    assert "debut=13%3A00&fin=16%3A00" in dict(vue.lignes)[dt.time(15)][0].lien


def test_a_week_with_a_clock_change_has_its_missing_and_its_double_hour(client, salle):
    aujourdhui = timezone.localdate()
    mars = dt.date(aujourdhui.year + 1, 3, 1)
    mars += ((6 - mars.weekday()) % 7 + 7) * JOUR
    salle.horaires.create(jour=6, debut=MINUIT, fin=dt.time(5))
    annee, numero, _ = mars.isocalendar()
    adresse = f"{salle.get_absolute_url()}?vue=semaine&semaine={annee}-W{numero:02}"
    vue = client.get(adresse).context["semaine"]
    assert [creneaux[6].etat for _h, creneaux in vue.lignes] == [
        "libre", "libre", "absente", "libre", "libre",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "demande",
    [
        "vue=semaine&semaine=9999-W53",
        "vue=semaine&semaine=0000-W00",
        "vue=semaine&semaine=demain",
        "vue=semaine&date=9999-12-31&debut=23:00&fin=00:00",
        "vue=semaine&date=2026-12-07&debut=25:00&fin=x",
        "vue=annee",
        "mois=9999-12&du=9999-12-31",
    ],
)
def test_an_address_that_makes_no_sense_shows_a_calendar(demande, client, salle):
    assert client.get(f"{salle.get_absolute_url()}?{demande}").status_code == 200


def test_the_page_says_its_hours_and_its_places(client, preteur):
    maison = fabriques.ressource(preteur, "Maison entière", sorte="local", battement=90)
    salle = fabriques.ressource(
        preteur, "Salle du bas", sorte="local", partie_de=maison, duree_min=2, ferme_feries=True
    )
    for jour in range(5):
        salle.horaires.create(jour=jour, debut=HUIT, fin=CINQ)
    page = client.get(salle.get_absolute_url()).text.replace("\u00a0", " ")
    assert "Lundi au vendredi, de 8 h à 17 h" in page
    assert "Fermé les jours fériés du Québec" in page
    assert "2 heures au moins" in page
    assert f'href="{maison.get_absolute_url()}"' in page
    page = client.get(maison.get_absolute_url()).text.replace("\u00a0", " ")
    assert "1 h 30 entre deux prêts" in page
    assert "Comprend" in page


# ------------------------------------------------------------------ the refusal, on the page
def test_a_refusal_gives_all_the_reasons_and_dates_that_fill_the_form(
    client_de, mireille, emprunteur, salle
):
    lundi = dans(14) - dans(14).weekday() * JOUR
    for jour in range(5):
        salle.horaires.create(jour=jour, debut=HUIT, fin=CINQ)
    Ressource.objects.filter(pk=salle.pk).update(duree_min=3)
    fabriques.pret(salle, emprunteur, "accepte", debut=a(lundi, 8), fin=a(lundi, 12))
    saisie = {
        "date": lundi.isoformat(),
        "debut": "07:00",
        "fin": "11:00",
        "but": "",
        "emprunteur": emprunteur.pk,
        "jeton": "6a9a5c4e-6c1b-4d8a-9a55-3d7e2f1b0c11",
    }
    adresse = reverse("pret_demander", args=[salle.slug])
    client = client_de(mireille)
    page = client.post(adresse, saisie)
    texte = page.text.replace("\u00a0", " ")
    assert "c’est ouvert de 8 h à 17 h" in texte
    assert "C’est déjà pris à ces dates." in texte
    assert "Dites en une phrase à quoi cela servira." in texte
    choix = page.context["prochaines"][0]
    assert choix["debut"] == a(lundi, 12)
    assert choix["valeur"].endswith("debut=12%3A00&fin=16%3A00")
    suite = client.post(adresse, {**saisie, "but": "Un atelier", "choisir": choix["valeur"]})
    assert 'value="12:00"' in suite.text
    assert "Un atelier" in suite.text
    assert "reste quelque chose à corriger" not in suite.text
    assert Pret.objects.count() == 1  # nothing is sent yet
    memes = client.get(f"{adresse}?{choix['valeur']}").text  # the address alone says it too
    assert 'value="12:00"' in memes
    assert 'value="16:00"' in memes
