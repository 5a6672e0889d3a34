"""When a thing may be borrowed: each rule, all the reasons at once, and the nearest dates."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from organisations.refus import Refus
from ressources import disponibilite, prets, regles
from ressources.models import Fermeture, Horaire, Pret, Ressource
from ressources.semaine import JOUR, MINUIT, PAS, Semaine, a_linstant, feries, jour_de
from tests import fabriques
from tests.fabriques import jours

pytestmark = pytest.mark.django_db

LUNDI, SAMEDI = 0, 5
HEURE = dt.timedelta(hours=1)


def le_prochain(jour_de_semaine, apres=10):
    """A day of the week, at least this many days ahead."""
    jour = timezone.localdate() + dt.timedelta(days=apres)
    return jour + dt.timedelta(days=(jour_de_semaine - jour.weekday()) % 7)


def a(jour, heure, minute=0):
    return a_linstant(jour, dt.time(heure, minute))


def raisons(ressource, debut, fin, quantite=1, **options):
    emprunteur = options.pop("emprunteur", None) or fabriques.organisation()
    ressource.refresh_from_db()
    return regles.raisons_de_refuser(ressource, emprunteur, debut, fin, quantite, **options)


def ouvrir(ressource, *plages):
    for jour, debut, fin in plages:
        Horaire.objects.create(ressource=ressource, jour=jour, debut=debut, fin=fin)


def _promis(ressource, emprunteur, du, au):
    debut, fin = jours(du, au)
    return fabriques.pret(ressource, emprunteur, "accepte", debut=debut, fin=fin)


def plat(texte):
    return texte.replace("\u00a0", " ")


@pytest.fixture
def chaudron(preteur):
    return fabriques.ressource(preteur, "Chaudron de 60 L")


@pytest.fixture
def salle(preteur):
    return fabriques.ressource(preteur, "Salle du bas", sorte="local")


# ------------------------------------------------------------------ by the day
def test_seventeenth_of_january_taken_the_days_around_are_free(chaudron, emprunteur):
    """1 unit booked for one day: [15,16] is free, what touches the 17th is not, [18,20] is."""
    _promis(chaudron, emprunteur, 17, 17)
    for du, au in [(15, 16), (18, 20)]:
        assert raisons(chaudron, *jours(du, au)) == []
    for du, au in [(15, 20), (16, 17), (17, 17), (17, 18)]:
        ((champ, phrase),) = raisons(chaudron, *jours(du, au))
        assert champ == "debut"
        assert "déjà pris" in phrase


def test_two_days_at_most_is_said_for_three_and_not_for_two(chaudron):
    Ressource.objects.filter(pk=chaudron.pk).update(duree_max=2)
    assert raisons(chaudron, *jours(5, 6)) == []
    ((champ, phrase),) = raisons(chaudron, *jours(5, 7))
    assert (champ, phrase) == ("fin", "Cette ressource se prête au plus 2 jours.")


def test_three_days_at_least_is_said_for_two(chaudron):
    Ressource.objects.filter(pk=chaudron.pk).update(duree_min=3)
    assert raisons(chaudron, *jours(5, 7)) == []
    assert raisons(chaudron, *jours(5, 6)) == [
        ("fin", "Cette ressource se prête au moins 3 jours.")
    ]


def test_lead_time_and_horizon_say_from_and_until_when(chaudron):
    Ressource.objects.filter(pk=chaudron.pk).update(delai_jours=3, horizon_jours=30)
    assert raisons(chaudron, *jours(3, 4)) == []
    ((champ, phrase),) = raisons(chaudron, *jours(2, 3))
    assert champ == "debut"
    assert disponibilite.en_mots(timezone.localdate() + 3 * JOUR) in phrase
    assert raisons(chaudron, *jours(30, 30)) == []
    ((champ, phrase),) = raisons(chaudron, *jours(30, 31))
    assert champ == "fin"
    assert disponibilite.en_mots(timezone.localdate() + 30 * JOUR) in phrase


def test_collecting_and_bringing_back_happen_on_open_days_and_the_days_between_do_not_matter(
    chaudron,
):
    ouvrir(chaudron, (LUNDI, dt.time(9), dt.time(16)))
    lundi = le_prochain(LUNDI)
    minuit = disponibilite.minuit
    assert raisons(chaudron, minuit(lundi), minuit(lundi + JOUR)) == []
    assert raisons(chaudron, minuit(lundi), minuit(lundi + 8 * JOUR)) == []
    deux = raisons(chaudron, minuit(lundi + JOUR), minuit(lundi + 3 * JOUR))
    assert [champ for champ, _phrase in deux] == ["debut", "fin"]
    assert "pour venir la chercher" in deux[0][1]
    assert "pour la rapporter" in deux[1][1]


def test_a_holiday_is_a_closed_day_with_its_name_only_where_the_listing_says_so(chaudron):
    noel = next(
        jour
        for annee in (timezone.localdate().year, timezone.localdate().year + 1)
        for jour, nom in feries(annee).items()
        if nom == "Jour de Noël" and jour > timezone.localdate() + JOUR
    )
    periode = disponibilite.minuit(noel), disponibilite.minuit(noel + JOUR)
    assert raisons(chaudron, *periode) == []
    Ressource.objects.filter(pk=chaudron.pk).update(ferme_feries=True)
    ((_champ, phrase),) = raisons(chaudron, *periode)
    assert "Jour de Noël" in phrase


def test_days_of_a_thing_lent_by_the_day_are_whole(chaudron):
    jour = timezone.localdate() + 5 * JOUR
    ((champ, phrase),) = raisons(chaudron, a(jour, 9), a(jour, 12))
    assert champ == "debut"
    assert "jours entiers" in phrase


# ------------------------------------------------------------------ by the hour
def test_a_buffer_of_sixty_minutes_between_two_loans(preteur, emprunteur):
    """Ask 6 h – 7 h: 4–5 and 8–9 leave the hour it takes, 4–6 and 7–8 do not."""
    jour = timezone.localdate() + 10 * JOUR
    for (debut, fin), permis in {(4, 5): True, (8, 9): True, (4, 6): False, (7, 8): False}.items():
        salle = fabriques.ressource(preteur, sorte="local", battement=60)
        fabriques.pret(salle, emprunteur, "accepte", debut=a(jour, debut), fin=a(jour, fin))
        assert (raisons(salle, a(jour, 6), a(jour, 7)) == []) is permis, (debut, fin)


def test_hours_lie_inside_one_opening_and_openings_that_touch_are_one(salle):
    ouvrir(
        salle,
        (LUNDI, dt.time(9), dt.time(12)),
        (LUNDI, dt.time(13), dt.time(17)),
        (LUNDI, dt.time(17), MINUIT),
        (1, MINUIT, dt.time(2)),
    )
    jour = le_prochain(LUNDI)
    assert raisons(salle, a(jour, 9), a(jour, 12)) == []
    assert raisons(salle, a(jour, 15), a(jour, 19)) == []
    assert raisons(salle, a(jour, 22), a(jour + JOUR, 1)) == []  # across midnight
    for debut, fin in [(8, 10), (11, 14), (12, 13)]:
        ((champ, phrase),) = raisons(salle, a(jour, debut), a(jour, fin))
        assert champ == "debut"
        assert "de 9 h à 12 h et de 13 h à 17 h et de 17 h à minuit" in plat(phrase)
    assert raisons(salle, a(jour, 23), a(jour + JOUR, 3))
    assert "C’est fermé" in raisons(salle, a(jour + 3 * JOUR, 9), a(jour + 3 * JOUR, 10))[0][1]


def test_quarters_of_an_hour_only(salle):
    jour = timezone.localdate() + 3 * JOUR
    assert raisons(salle, a(jour, 9, 15), a(jour, 9, 45)) == []
    ((_champ, phrase),) = raisons(salle, a(jour, 9, 10), a(jour, 10))
    assert "quarts d’heure" in phrase


@pytest.mark.parametrize(("mois", "heures"), [(3, 2), (11, 4)])
def test_nine_stays_nine_and_lengths_are_what_really_passes_at_both_clock_changes(
    mois, heures, salle
):
    """From midnight to 3 h: two hours pass in March, four in November."""
    changement = _changement(mois)
    ouvrir(salle, (changement.weekday(), dt.time(9), dt.time(17)))
    for jour in (changement - 7 * JOUR, changement, changement + 7 * JOUR):
        assert raisons(salle, a(jour, 9), a(jour, 17)) == []
        assert raisons(salle, a(jour, 8, 45), a(jour, 10))
        assert timezone.localtime(a(jour, 9)).hour == 9
    assert regles.duree(salle, a(changement, 0), a(changement, 3)) == heures
    Ressource.objects.filter(pk=salle.pk).update(duree_max=heures)
    Horaire.objects.all().delete()
    assert raisons(salle, a(changement, 0), a(changement, 3)) == []
    assert raisons(salle, a(changement, 0), a(changement, 3, 15))


@pytest.mark.parametrize("mois", [3, 11])
def test_a_day_of_23_or_25_hours_is_a_day(mois, chaudron):
    changement = _changement(mois)
    debut, fin = a_linstant(changement), a_linstant(changement + JOUR)
    assert (fin - debut) / HEURE == (23 if mois == 3 else 25)
    assert regles.duree(chaudron, debut, fin) == 1
    assert raisons(chaudron, debut, fin) == []


def test_the_hour_that_does_not_exist_and_the_one_that_comes_twice():
    mars, novembre = _changement(3), _changement(11)
    assert a_linstant(mars, dt.time(2, 30)) == a_linstant(mars, dt.time(3, 30))
    premiere, seconde = (
        a_linstant(novembre, dt.time(1, 30)),
        a_linstant(novembre, dt.time(1, 30), fin=True),
    )
    assert seconde - premiere == HEURE
    # Open until 2 h in November: the three hours that pass; in March, what exists of it.
    semaine = Semaine({6: [(MINUIT, dt.time(2))]})
    assert [f - d for d, f in semaine.ouvertures(novembre, novembre)] == [3 * HEURE]
    assert [f - d for d, f in semaine.ouvertures(mars, mars)] == [2 * HEURE]


def _changement(mois):
    """The next Sunday the clock changes: the second of March, the first of November."""
    aujourdhui = timezone.localdate()
    for annee in (aujourdhui.year, aujourdhui.year + 1):
        premier = dt.date(annee, mois, 1)
        dimanche = premier + dt.timedelta(days=(6 - premier.weekday()) % 7)
        dimanche += 7 * JOUR if mois == 3 else 0 * JOUR
        if dimanche > aujourdhui + 10 * JOUR:
            return dimanche
    raise AssertionError


def test_a_monthly_ceiling_counts_what_is_promised_and_given_in_the_local_month(
    preteur, emprunteur
):
    aide = fabriques.ressource(preteur, sorte="expertise", plafond_mensuel=10)
    mois = (timezone.localdate().replace(day=1) + 62 * JOUR).replace(day=1)
    jour, veille = mois + 10 * JOUR, mois - JOUR
    fabriques.pret(aide, emprunteur, "accepte", debut=a(jour, 9), fin=a(jour, 16))
    assert raisons(aide, a(jour + JOUR, 9), a(jour + JOUR, 12)) == []
    ((champ, phrase),) = raisons(aide, a(jour + JOUR, 9), a(jour + JOUR, 13))
    assert champ == "fin"
    assert "Il reste 3 heures" in plat(phrase)
    # Across the end of a month, each has its share; a request holds nothing.
    fabriques.pret(aide, emprunteur, "demande", debut=a(jour + JOUR, 9), fin=a(jour + JOUR, 12))
    assert raisons(aide, a(veille, 20), a(mois, 3)) == []
    assert raisons(aide, a(veille, 20), a(mois, 4))


def test_a_closure_is_a_reason_and_so_is_the_one_of_the_house(preteur):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    salle = fabriques.ressource(preteur, "Salle", sorte="local", partie_de=maison)
    autre = fabriques.ressource(preteur, "Grenier", sorte="local", partie_de=maison)
    jour = timezone.localdate() + 10 * JOUR
    Fermeture.objects.create(ressource=salle, periode=(a(jour, 9), a(jour, 12)), motif="Peinture")
    for lieu in (salle, maison):
        ((champ, phrase),) = raisons(lieu, a(jour, 11), a(jour, 13))
        assert champ == "debut"
        assert "Peinture" in phrase
        assert raisons(lieu, a(jour, 12), a(jour, 13)) == []
    assert raisons(autre, a(jour, 11), a(jour, 13)) == []


def test_the_house_takes_its_rooms_a_room_takes_the_house_sisters_are_free(preteur, emprunteur):
    maison = fabriques.ressource(preteur, "Maison", sorte="local")
    salle = fabriques.ressource(preteur, "Salle", sorte="local", partie_de=maison)
    grenier = fabriques.ressource(preteur, "Grenier", sorte="local", partie_de=maison)
    jour = timezone.localdate() + 10 * JOUR
    fabriques.pret(salle, emprunteur, "accepte", debut=a(jour, 9), fin=a(jour, 12))
    assert raisons(maison, a(jour, 11), a(jour, 13))
    assert raisons(grenier, a(jour, 11), a(jour, 13)) == []
    fabriques.pret(maison, emprunteur, "accepte", debut=a(jour, 14), fin=a(jour, 15))
    for lieu in (salle, grenier, maison):
        assert raisons(lieu, a(jour, 14), a(jour, 15))
        assert disponibilite.mois(lieu, jour.year, jour.month)[jour.day - 1].libre == 1
    assert regles.prochaines_dates(maison, a(jour, 10), a(jour, 12))[0][0] == a(jour, 12)


# ------------------------------------------------------------------ all at once, and bad input
def test_all_the_reasons_come_at_once_each_with_its_field(preteur, emprunteur, mireille):
    lots = fabriques.ressource(
        preteur, quantite=3, delai_jours=5, horizon_jours=20, duree_max=7, ferme_feries=True
    )
    ouvrir(lots, (LUNDI, dt.time(9), dt.time(16)))
    mardi = le_prochain(1, 1)
    if mardi >= timezone.localdate() + 5 * JOUR:
        mardi -= 7 * JOUR
    debut = disponibilite.minuit(max(mardi, timezone.localdate() + JOUR))
    if jour_de(debut).weekday() == LUNDI:
        debut = disponibilite.minuit(jour_de(debut) + JOUR)
    fin = disponibilite.minuit(jour_de(debut) + 30 * JOUR)
    if jour_de(fin - JOUR).weekday() == LUNDI:
        fin = disponibilite.minuit(jour_de(fin) + JOUR)
    trouvees = raisons(lots, debut, fin, 9)
    assert [champ for champ, _p in trouvees] == [
        "debut", "fin", "fin", "debut", "fin", "quantite",
    ]  # fmt: skip
    with pytest.raises(Refus) as refus:
        prets.demander(
            lots,
            par=mireille,
            emprunteur=emprunteur,
            debut=debut,
            fin=fin,
            quantite=9,
            but="Un dîner.",
            jeton=fabriques.ressource(preteur).photos.model().cle,
        )
    assert refus.value.phrases == [phrase for _c, phrase in trouvees]
    assert refus.value.raisons == trouvees
    assert not Pret.objects.exists()


@pytest.mark.parametrize(
    ("debut", "fin", "phrase"),
    [
        (dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(1900, 1, 2, tzinfo=dt.UTC), "passées"),
        (dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 2, tzinfo=dt.UTC), "passées"),
        (
            dt.datetime(9999, 12, 30, 23, tzinfo=dt.UTC),
            dt.datetime(9999, 12, 31, tzinfo=dt.UTC),
            "trop loin",
        ),
    ],
)
def test_dates_of_another_age_get_a_sentence(debut, fin, phrase, salle, chaudron):
    for ressource in (salle, chaudron):
        assert phrase in raisons(ressource, debut, fin)[0][1]
        assert isinstance(regles.prochaines_dates(ressource, debut, fin), list)


def test_the_lender_who_proposes_is_not_bound_by_what_it_asks_of_others(chaudron):
    Ressource.objects.filter(pk=chaudron.pk).update(delai_jours=30, duree_max=1)
    assert raisons(chaudron, *jours(1, 5), du_preteur=True) == []
    assert len(raisons(chaudron, *jours(1, 5))) == 2


# ------------------------------------------------------------------ the nearest dates
def test_the_nearest_dates_are_on_both_sides_and_never_past(chaudron, emprunteur):
    _promis(chaudron, emprunteur, 3, 5)
    trouvees = regles.prochaines_dates(chaudron, *jours(3, 5))
    assert trouvees == [jours(6, 8), jours(0, 2), jours(7, 9)]


def test_dates_that_are_past_or_too_early_start_from_the_first_ones_possible(chaudron):
    Ressource.objects.filter(pk=chaudron.pk).update(delai_jours=90)
    chaudron.refresh_from_db()
    assert regles.prochaines_dates(chaudron, *jours(-3, -3), combien=2) == [
        jours(90, 90),
        jours(91, 91),
    ]


def test_by_the_hour_what_is_offered_does_not_overlap_and_stays_in_its_day(salle, emprunteur):
    ouvrir(salle, *[(j, dt.time(9), dt.time(17)) for j in range(5)])
    lundi = le_prochain(LUNDI)
    fabriques.pret(salle, emprunteur, "accepte", debut=a(lundi, 10), fin=a(lundi, 12))
    assert regles.prochaines_dates(salle, a(lundi, 11), a(lundi, 13)) == [
        (a(lundi, 12), a(lundi, 14)),
        (a(lundi, 14), a(lundi, 16)),
        (a(lundi + JOUR, 9), a(lundi + JOUR, 11)),
    ]


def test_nothing_to_offer_is_nothing_offered(chaudron, emprunteur):
    fabriques.pret(chaudron, emprunteur, en_retard=True)
    assert regles.prochaines_dates(chaudron, *jours(3, 5)) == []
    assert regles.prochaines_dates(chaudron, *jours(3, 5), quantite=2) == []


def test_looking_for_dates_costs_the_same_with_one_loan_or_many(
    preteur, emprunteur, django_assert_num_queries
):
    salle = fabriques.ressource(preteur, sorte="expertise", plafond_mensuel=700)
    ouvrir(salle, *[(j, dt.time(8), dt.time(18)) for j in range(7)])
    premier = timezone.localdate() + JOUR
    for n in range(40):
        fabriques.pret(
            salle,
            emprunteur,
            "accepte",
            debut=a(premier + n * JOUR, 8),
            fin=a(premier + n * JOUR, 18),
        )
    with django_assert_num_queries(3):
        trouvees = regles.prochaines_dates(salle, a(premier, 9), a(premier, 11))
    assert trouvees[0][0] >= a(premier + 40 * JOUR, 8) or jour_de(trouvees[0][0]) < premier


# One listing, a few loans, closures, hours: what is offered is what a naive search finds.
DECALAGES = st.integers(0, 20)


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    prises=st.lists(st.tuples(DECALAGES, st.integers(1, 4), st.integers(1, 2)), max_size=8),
    fermees=st.lists(st.tuples(DECALAGES, st.integers(1, 2)), max_size=1),
    ouverts=st.sets(st.integers(0, 6), max_size=5),
    demande=st.tuples(DECALAGES, st.integers(1, 4), st.integers(1, 2)),
    delai=st.integers(0, 4),
    par_heure=st.booleans(),
    battement=st.sampled_from([0, 60]),
)
def test_the_nearest_dates_are_those_of_a_naive_search(
    prises, fermees, ouverts, demande, delai, par_heure, battement, table
):
    preteur, emprunteur = (fabriques.organisation(table=table) for _ in range(2))
    ressource = fabriques.ressource(
        preteur,
        quantite=2,
        unite="heure" if par_heure else "jour",
        delai_jours=delai,
        battement=battement,
        horizon_jours=40,
    )
    ouvrir(ressource, *[(j, dt.time(9), dt.time(21)) for j in ouverts])
    unite = 3 * HEURE if par_heure else JOUR
    origine = timezone.localdate() + 3 * JOUR

    def periode(debut, longueur):
        if par_heure:
            depart = a(origine, 9) + debut * unite
            return depart, depart + longueur * unite
        return a_linstant(origine + debut * JOUR), a_linstant(origine + (debut + longueur) * JOUR)

    for debut, longueur, n in prises:
        d, f = periode(debut, longueur)
        if disponibilite.libre(ressource, d, f) >= n:
            fabriques.pret(ressource, emprunteur, "accepte", quantite=n, debut=d, fin=f)
    for debut, longueur in fermees:
        d, f = periode(debut, longueur)
        if not Pret.objects.filter(ressource=ressource, periode__overlap=(d, f)).exists():
            Fermeture.objects.create(ressource=ressource, periode=(d, f))
    debut, longueur, n = demande
    d, f = periode(debut, longueur)
    trouvees = regles.prochaines_dates(ressource, d, f, n)
    rayon = dt.timedelta(days=1 if par_heure else 60)
    depart, naives = _naives(ressource, emprunteur, d, f, n, rayon)
    assert [p for p in trouvees if abs(p[0] - depart) <= rayon] == naives


def _naives(ressource, emprunteur, debut, fin, quantite, rayon, combien=3):
    """Every period of the same length that starts that near, asked one by one."""
    tot = timezone.localdate() + ressource.delai_jours * JOUR
    trouvees = []
    if ressource.par_heure:
        pas = PAS
        depart = max(debut, a_linstant(tot))
        if depart < timezone.now():
            depart = timezone.now().replace(minute=0, second=0, microsecond=0) + HEURE
    else:
        pas = JOUR
        depart = max(debut, a_linstant(tot))
    longueur = fin - debut
    jours_longs = (jour_de(fin - dt.timedelta(seconds=1)) - jour_de(debut)).days + 1
    un_jour = jours_longs == 1
    for n in range(rayon // pas + 1):
        for sens in (1, -1) if n else (1,):
            if ressource.par_heure:
                d = depart + sens * n * pas
                f = d + longueur
                if un_jour and jour_de(f - dt.timedelta(seconds=1)) != jour_de(d):
                    continue
                if any(d < y and x < f for x, y in trouvees):
                    continue
            else:
                d = a_linstant(jour_de(depart) + sens * n * JOUR)
                f = a_linstant(jour_de(depart) + (sens * n + jours_longs) * JOUR)
            if regles.raisons_de_refuser(ressource, emprunteur, d, f, quantite) == []:
                trouvees.append((d, f))
                if len(trouvees) == combien:
                    return depart, trouvees
    return depart, trouvees


def test_what_is_read_once_says_what_the_database_says(preteur, emprunteur, salle):
    """The page's own count agrees with the guarantee's, late loans and repairs included."""
    lots = fabriques.ressource(preteur, quantite=5, battement=60)
    fabriques.pret(lots, emprunteur, en_retard=True, quantite=2)
    fabriques.pret(lots, emprunteur, "accepte", quantite=1)
    fabriques.pret(lots, emprunteur, "remis", quantite=1)
    Fermeture.objects.create(ressource=lots, periode=jours(20, 21))
    lots.exemplaires.create(numero=1, etat="en_reparation", en_reparation_le=timezone.now())
    prise = disponibilite.occupation(lots, *jours(0, 40))
    for n in range(40):
        for longueur in (0, 2):
            periode = jours(n, n + longueur)
            assert prise.libre(*periode) == disponibilite.libre(lots, *periode), n


def test_sentences_say_nine_o_clock_as_people_do():
    assert re.fullmatch("9 h", plat(disponibilite.heure_en_mots(dt.time(9))))
    assert plat(disponibilite.heure_en_mots(dt.time(14, 30))) == "14 h 30"
    assert disponibilite.heure_en_mots(MINUIT) == "minuit"
