"""Factories: plain functions that write one consistent row, unique by a counter.

Every argument may be given; what is not is plausible. They write straight to the tables: the verbs
have their own tests.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.text import slugify
from PIL import Image

from organisations.models import (
    Adhesion,
    Invitation,
    Mandat,
    Organisation,
    Personne,
    Revision,
    Table,
    Territoire,
)
from organisations.publication import Etat
from organisations.vocabulaire import Motif
from pratiques.models import (
    ConditionPratique,
    Difficulte,
    Fait,
    LeconPratique,
    Mesure,
    Participation,
    Pratique,
    Question,
    Reponse,
    Source,
)
from pratiques.vocabulaire import Condition, Enjeu, Indicateur, Lecon, RolePratique
from ressources import ententes
from ressources.cycle import Etat as EtatPret
from ressources.models import (
    Attente,
    Constat,
    Demande,
    Entente,
    EvenementPret,
    Exemplaire,
    Photo,
    PhotoConstat,
    Pret,
    Ressource,
)
from ressources.photos import tailler

MOT_DE_PASSE = "chaudron-bleu-42"
# Every test process counts alone; its database starts empty.
_suite = count(1)


@cache
def _mot_de_passe_chiffre() -> str:
    return make_password(MOT_DE_PASSE)  # slow by design: once


def _datee(champs: dict) -> dict:
    """A published thing has its date."""
    if champs.get("etat") == Etat.PUBLIEE:
        champs.setdefault("publiee_le", timezone.now())
    return champs


# ------------------------------------------------------------------ people and organisations


def personne(prenom: str = "Camille", nom: str = "Roy", **champs) -> Personne:
    n = next(_suite)
    champs.setdefault("courriel", f"{slugify(prenom)}.{n}@essai.example")
    champs.setdefault("password", _mot_de_passe_chiffre())
    creee = Personne.objects.create(prenom=prenom, nom=nom, **champs)
    creee.emailaddress_set.create(email=creee.courriel, verified=True, primary=True)
    return creee


def territoire(nom: str = "", parent: Territoire | None = None, **champs) -> Territoire:
    """A municipality of one MRC of Mauricie; `nature="region"` makes a region."""
    n = next(_suite)
    champs.setdefault("nature", "municipalite")
    nom = nom or f"Saint-Alexis-des-Essais {n}"
    if champs["nature"] != "region" and parent is None:
        parent = Territoire.objects.filter(code="371").first() or territoire(
            "Trois-Rivières",
            Territoire.objects.filter(code="04").first()
            or territoire("Mauricie", nature="region", code="04", slug="mauricie"),
            nature="territoire-equivalent",
            code="371",
            slug="trois-rivieres",
        )
    champs.setdefault("code", f"e{n}")
    champs.setdefault("slug", f"{slugify(nom)}-{n}")
    return Territoire.objects.create(nom=nom, parent=parent, **champs)


def table(nom: str = "", **champs) -> Table:
    n = next(_suite)
    champs.setdefault("slug", f"table-{n}")
    champs.setdefault("nature", "mrc")
    champs.setdefault("mandat", "Réunir les organismes du territoire.")
    champs.setdefault("courriel", f"table.{n}@essai.example")
    if "territoire" not in champs:
        champs["territoire"] = territoire()
    return Table.objects.create(nom=nom or f"Table des essais {n}", **champs)


def mandat(pour: Table, de: Personne, **champs) -> Mandat:
    champs.setdefault("debut", timezone.localdate() - timedelta(days=30))
    return Mandat.objects.create(table=pour, personne=de, **champs)


def organisation(nom: str = "", **champs) -> Organisation:
    """A welcomed organisation (state `publiee`) unless told otherwise."""
    n = next(_suite)
    nom = nom or f"Maison des essais {n}"
    champs.setdefault("slug", f"{slugify(nom)}-{n}")
    champs.setdefault("mission", "Accueillir, écouter et accompagner les gens du quartier.")
    champs.setdefault("secteurs", ["securite-alimentaire"])
    champs.setdefault("courriel", f"organisme.{n}@essai.example")
    champs.setdefault("etat", Etat.PUBLIEE)
    if "table" not in champs:
        champs["table"] = table()
    champs.setdefault("territoire", champs["table"].territoire)
    return Organisation.objects.create(nom=nom, **_datee(champs))


def adhesion(de: Personne, a: Organisation, role: str = "membre", **champs) -> Adhesion:
    champs.setdefault("etat", Adhesion.Etat.ACTIVE)
    return Adhesion.objects.create(personne=de, organisation=a, role=role, **champs)


def invitation(a: Organisation, par: Personne, courriel: str = "", **champs) -> Invitation:
    courriel = courriel or f"invitee.{next(_suite)}@essai.example"
    return Invitation.objects.create(organisation=a, par=par, courriel=courriel, **champs)


# ------------------------------------------------------------------ the registry and the loan

_DE_LA_SORTE = {
    "equipement": {"categorie": "chaudrons-marmites", "unite": "jour"},
    "local": {"categorie": "salle-reunion", "unite": "heure", "capacite": 12},
    "expertise": {"categorie": "comptabilite-paie", "unite": "heure"},
    "savoir": {"categorie": "guide-methode", "unite": "sans", "licence": "cc-by"},
}


def ressource(de: Organisation | None = None, titre: str = "", **champs) -> Ressource:
    """A published piece of equipment, free, unless told otherwise (`sorte="local"` …)."""
    n = next(_suite)
    sorte = champs.setdefault("sorte", "equipement")
    for nom, valeur in _DE_LA_SORTE[sorte].items():
        champs.setdefault(nom, valeur)
    titre = titre or f"Marmite de {20 + n} litres"
    champs.setdefault("slug", f"{slugify(titre)}-{n}")
    champs.setdefault("resume", "En acier inoxydable, avec son couvercle.")
    champs.setdefault("description", "Elle sert aux repas collectifs et aux corvées de soupe.")
    champs.setdefault("etat", Etat.PUBLIEE)
    champs.setdefault("conditions_retour", "La rendre propre et sèche.")
    if de is None:
        de = organisation()
    champs.setdefault("territoire", de.territoire)
    return Ressource.objects.create(organisation=de, titre=titre, **_datee(champs))


def photo(de: Ressource, **champs) -> Photo:
    """A described photo, ready to show (its files are not made)."""
    champs.setdefault("nom", "marmite.jpg")
    champs.setdefault("alt", "La marmite sur le comptoir de la cuisine")
    champs.setdefault("etat", Photo.Etat.PRETE)
    champs.setdefault("largeur", 1280)
    champs.setdefault("hauteur", 960)
    return Photo.objects.create(ressource=de, **champs)


def minuit(jour: date) -> datetime:
    return timezone.make_aware(datetime.combine(jour, time()))


def jours(debut: int, fin: int) -> tuple[datetime, datetime]:
    """From the first day to the last one included, counted from today (0)."""
    aujourdhui = timezone.localdate()
    return minuit(aujourdhui + timedelta(days=debut)), minuit(aujourdhui + timedelta(days=fin + 1))


# Where a loan in each state lies in time, in days from today, and the steps it went through.
_PAR_DEFAUT = {
    "demande": (10, 12),
    "accepte": (10, 12),
    "refuse": (10, 12),
    "annule": (10, 12),
    "propose": (10, 12),
    "expire": (-4, -2),
    "non_reclame": (-4, -2),
    "remis": (-1, 3),
    "rendu": (-6, -3),
    "clos": (-30, -28),
}
_PARCOURS = {
    "demande": [],
    "accepte": ["accepte"],
    "refuse": ["refuse"],
    "annule": ["annule"],
    "propose": ["propose"],
    "expire": ["expire"],
    "non_reclame": ["accepte", "non_reclame"],
    "remis": ["accepte", "remis"],
    "rendu": ["accepte", "remis", "rendu"],
    "clos": ["accepte", "remis", "rendu", "clos"],
}
_VERBES = {
    "accepte": "accepter",
    "refuse": "refuser",
    "annule": "annuler",
    "propose": "proposer",
    "expire": "expirer",
    "non_reclame": "liberer",
    "remis": "remettre",
    "rendu": "rendre",
    "clos": "clore",
}


_COTES = {"annule": "emprunteur", "expire": "portail"}


def _acteur(de: Organisation) -> Personne | None:
    return de.personnes.order_by("pk").first()


def pret(
    de: Ressource | None = None,
    a: Organisation | None = None,
    etat: str = "demande",
    *,
    en_retard: bool = False,
    incident: bool = False,
    **champs,
) -> Pret:
    """A loan in any state, with the dates and the timeline that lead there."""
    if de is None:
        de = ressource(quantite=5)
    if a is None:
        a = organisation(table=de.organisation.table)
    if en_retard:
        etat, situe = "remis", (-9, -2)
    else:
        situe = _PAR_DEFAUT[etat]
    debut, fin = jours(*situe)
    debut, fin = champs.pop("debut", debut), champs.pop("fin", fin)
    demande_le = champs.pop("demande_le", min(debut, timezone.now()) - timedelta(days=5))
    lendemain = demande_le + timedelta(days=1)
    instants = {
        "accepte": lendemain,
        "refuse": lendemain,
        "annule": lendemain,
        "propose": lendemain,
        "expire": debut,
        "non_reclame": fin,
        "remis": debut + timedelta(hours=9),
        "rendu": fin - timedelta(hours=8),
        "clos": fin + timedelta(hours=10),
    }
    parcours = _PARCOURS[etat]
    for etape in parcours:
        if etape in ("accepte", "remis", "rendu", "clos"):
            champs.setdefault(f"{etape}_le", instants[etape])
    if incident:
        champs.setdefault("incident_le", timezone.now())
    acteurs = {"preteur": _acteur(de.organisation), "emprunteur": _acteur(a)}
    champs.setdefault("demande_par", acteurs["emprunteur"])
    champs.setdefault("quantite", 1)
    if etat in ("remis", "rendu", "clos"):
        champs.setdefault("quantite_remise", champs["quantite"])
    if etat in ("rendu", "clos"):
        champs.setdefault("quantite_rendue", champs["quantite_remise"])
    if etat == "propose":
        champs.setdefault("periode_proposee", (debut + timedelta(days=1), fin + timedelta(days=1)))
        champs.setdefault("quantite_proposee", champs["quantite"])
    champs.setdefault("but", "Le dîner communautaire de la fin du mois.")
    cree = Pret.objects.create(
        ressource=de,
        preteur=de.organisation,
        emprunteur=a,
        periode=(debut, fin),
        etat=etat,
        demande_le=demande_le,
        **champs,
    )
    cree.refresh_from_db()  # the period as the range it becomes
    lignes = [("demander", EtatPret.DEMANDE, "emprunteur", demande_le)]
    lignes += [(_VERBES[e], e, _COTES.get(e, "preteur"), instants[e]) for e in parcours]
    if incident:
        lignes.append(("signaler", "", "emprunteur", cree.incident_le))
    EvenementPret.objects.bulk_create(
        EvenementPret(
            pret=cree,
            verbe=verbe,
            vers=vers,
            cote=cote,
            par=acteurs.get(cote),
            le=le,
            mot="Une raison." if verbe in ("refuser", "annuler", "signaler") else "",
        )
        for verbe, vers, cote, le in lignes
    )
    return cree


def exemplaire(de: Ressource, numero: int = 1, **champs) -> Exemplaire:
    return Exemplaire.objects.create(ressource=de, numero=numero, **champs)


def constat(sur: Pret, moment: str = "remise", **champs) -> Constat:
    """A report of the lender, as agreed unless told otherwise."""
    champs.setdefault("cote", "preteur")
    champs.setdefault("par", _acteur(sur.preteur))
    return Constat.objects.create(pret=sur, moment=moment, **champs)


def photo_constat(sur: Pret, moment: str = "remise") -> PhotoConstat:
    """A sized photo in a report, its files with it."""
    creee = PhotoConstat.objects.create(
        constat=constat(sur, moment), nom="anse.jpg", etat="prete", largeur=1280, hauteur=960
    )
    tailler(Image.new("RGB", (1280, 960), "tomato"), creee)
    return creee


def attente(de: Ressource, a: Organisation, **champs) -> Attente:
    """Somebody of `a` waits for one of these, from the tenth to the twelfth day."""
    champs.setdefault("personne", _acteur(a))
    champs.setdefault("periode", jours(*_PAR_DEFAUT["demande"]))
    cree = Attente.objects.create(ressource=de, organisation=a, **champs)
    cree.refresh_from_db()
    return cree


def entente(de: Pret) -> Entente:
    """The agreement of an accepted loan, with the conditions its listing has today."""
    de.accepte_le = de.accepte_le or timezone.now()
    de.conditions = {"titre": de.ressource.titre, "cout": de.ressource.cout}
    faite = ententes.preparer(de)
    Pret.objects.filter(pk=de.pk).update(conditions=de.conditions)
    return faite


def demande(ressources: list[Ressource], a: Organisation, **champs) -> Demande:
    """Loans asked together of one lender: one for each listing, one day after the other."""
    champs.setdefault("but", "Le souper-bénéfice.")
    champs.setdefault("demande_par", _acteur(a))
    creee = Demande.objects.create(preteur=ressources[0].organisation, emprunteur=a, **champs)
    for rang, offerte in enumerate(ressources):
        debut, fin = jours(10 + rang, 10 + rang)
        pret(offerte, a, debut=debut, fin=fin, demande=creee, but=creee.but)
    return creee


# ------------------------------------------------------------------ practices and questions

OMBRE = (
    "La première année, deux organismes se sont retirés : les réunions prenaient trop de temps et "
    "personne ne savait qui décidait. Nous avons mis six mois à écrire qui fait quoi, et la "
    "confiance n’est revenue qu’après un premier achat réussi ensemble. Il reste des tensions."
)


def pratique(de: Organisation | None = None, titre: str = "", *, seule: bool = False, **champs):
    """A published practice told by an organisation; with its pieces unless `seule`."""
    n = next(_suite)
    titre = titre or f"Une cuisine pour {n} organismes"
    if de is None and "provenance" not in champs:
        de = organisation()
    if de is not None:
        champs.setdefault("table", de.table)
    elif "table" not in champs:
        champs["table"] = table()
    champs.setdefault("territoire", champs["table"].territoire)
    champs.setdefault("slug", f"{slugify(titre)}-{n}")
    champs.setdefault("accroche", "Trois organismes partagent une cuisine et un calendrier.")
    champs.setdefault("formes", ["partage-locaux"])
    champs.setdefault("secteurs", ["securite-alimentaire"])
    champs.setdefault("sortes", ["local"])
    champs.setdefault("echelle", "quartier")
    champs.setdefault("stade", "en-cours")
    champs.setdefault("debut", 2019)
    champs.setdefault("etat", Etat.PUBLIEE)
    champs.setdefault("contexte", "Chacun louait une cuisine trop petite.")
    champs.setdefault("mis_en_commun", "La cuisine, le four et la chambre froide.")
    champs.setdefault("garde_en_propre", "Les recettes et les équipes.")
    champs.setdefault("fonctionnement", "Un calendrier commun, revu chaque mois.")
    champs.setdefault("premier_pas", "Nous nous sommes prêté un chaudron.")
    champs.setdefault("ombre", OMBRE)
    champs.setdefault("commencer", "Visitez la cuisine du voisin.\nPrêtez une chose simple.")
    creee = Pratique.objects.create(organisation=de, titre=titre, **_datee(champs))
    if seule:
        return creee
    for ordre, lecon in enumerate(Lecon.values[:4]):
        LeconPratique.objects.create(
            pratique=creee,
            lecon=lecon,
            ordre=ordre,
            texte="Nous avons pris le temps de nous connaître avant de signer quoi que ce soit.",
            citation="On a commencé petit." if ordre == 0 else "",
            citation_fonction="Coordination" if ordre == 0 else "",
        )
    Difficulte.objects.create(
        pratique=creee,
        enjeu=Enjeu.CHOC_DES_CULTURES,
        texte="Les façons de travailler ne se ressemblaient pas.",
        resolue="en-cours",
    )
    ConditionPratique.objects.create(pratique=creee, condition=Condition.PETITS_PAS, presente="oui")
    source = Source.objects.create(
        pratique=creee,
        libelle="Rapport annuel",
        url="https://essai.example/rapport",
        consultee_le=date(2026, 3, 1),
    )
    Fait.objects.create(pratique=creee, quand="2019", texte="La cuisine ouvre.", source=source)
    Mesure.objects.create(
        pratique=creee,
        indicateur=Indicateur.LOYER,
        libelle="Loyer annuel des trois organismes",
        avant=36000,
        apres=21000,
        periode="2019 à 2025",
        methode="Somme des baux avant et après.",
        source="États financiers",
    )
    if de is not None:
        Participation.objects.create(pratique=creee, organisation=de, role=RolePratique.PORTEUR)
    return creee


def question(texte: str = "", **champs) -> Question:
    n = next(_suite)
    champs.setdefault("slug", f"question-{n}")
    return Question.objects.create(texte=texte or f"Comment commencer, en {n} pas?", **champs)


def reponse(a: Question, de: Organisation, **champs) -> Reponse:
    champs.setdefault("fonction", "Coordination")
    champs.setdefault("texte", "Par une chose simple, qu’on se prête une fin de semaine.")
    return Reponse.objects.create(question=a, organisation=de, **champs)


# ------------------------------------------------------------------ moderation


def revision(objet, par: Personne | None = None, **champs) -> Revision:
    """A reading asked of the table of `objet`, waiting unless told otherwise."""
    champs.setdefault("nature", Revision.Nature.NOUVELLE)
    champs.setdefault("etat", Revision.Etat.EN_ATTENTE)
    if champs["etat"] != Revision.Etat.EN_ATTENTE:
        champs.setdefault("decidee_le", timezone.now())
    if champs["etat"] == Revision.Etat.RENVOYEE:
        champs.setdefault("motif", Motif.MANQUE_PRECISION)
        champs.setdefault("mot", "Dites combien de litres elle contient.")
    return Revision.objects.create(
        objet_type=ContentType.objects.get_for_model(objet),
        objet_id=objet.pk,
        titre=str(objet)[:200],
        table=objet.table_moderatrice,
        organisation=objet.organisation_auteur,
        par=par,
        **champs,
    )
