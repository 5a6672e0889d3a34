"""The listings: what each organisation offers, how it came on line, what its table said of it."""

from itertools import count

from django.utils.text import slugify

from mutualisation.demo.chargement.monde import Monde
from mutualisation.demo.lecture import lire
from organisations.models import Organisation, Personne, Revision
from organisations.publication import Etat
from ressources.categories import Sorte
from ressources.models import Ressource
from ressources.registre import UNITES

FICHIERS = {
    "equipement": Sorte.EQUIPEMENT,
    "locaux": Sorte.LOCAL,
    "expertise": Sorte.EXPERTISE,
    "savoirs": Sorte.SAVOIR,
}
CONDITIONS = ("remise", "retour", "bris")
A_RELIRE = "apres_coup"  # on line, and still to be read by the table


def charger(monde: Monde) -> None:
    donnees = [
        (sorte, ligne)
        for fichier, sorte in FICHIERS.items()
        for ligne in lire(fichier)["ressource"]
    ]
    tirage = {sorte: count() for sorte in Sorte}
    for sorte, ligne in donnees:
        cle = ligne.get("cle") or slugify(ligne["titre"])
        monde.ressources[cle] = _ressource(monde, sorte, ligne, next(tirage[sorte]))
    Ressource.objects.bulk_create(monde.ressources.values())
    deja: set[str] = set()  # organisations of which the table has read something
    for ressource, ligne in sorted(
        zip(monde.ressources.values(), (ligne for _, ligne in donnees), strict=True),
        key=lambda paire: paire[0].creee_le,
    ):
        _lectures(monde, ressource, ligne, deja)


def _ressource(monde: Monde, sorte: Sorte, ligne: dict, rang: int) -> Ressource:
    organisme = monde.organisations[ligne["de"]]
    voulu = ligne.get("etat", Etat.PUBLIEE)
    etat = Etat.PUBLIEE if voulu == A_RELIRE else voulu
    creee = _jour_de_creation(monde, organisme, ligne)
    publiee = etat in (Etat.PUBLIEE, Etat.ARCHIVEE) or ligne.get("motif")
    lieu = sorte in (Sorte.EQUIPEMENT, Sorte.LOCAL)
    conditions = _conditions(ligne, sorte, rang)
    auteurs = monde.membres[ligne["de"]]
    return Ressource(
        organisation=organisme,
        sorte=sorte,
        categorie=ligne["cat"],
        titre=ligne["titre"],
        slug=slugify(ligne["titre"].replace("’", " "))[:80],
        resume=ligne["resume"],
        description=ligne["description"],
        unite=ligne.get("unite", UNITES[sorte]),
        quantite=ligne.get("n", 1),
        capacite=ligne.get("places"),
        usure=ligne.get("usure", ""),
        a_savoir=ligne.get("a_savoir", ""),
        cout=ligne.get("cout", Ressource.Cout.GRATUIT),
        cout_detail=ligne.get("cout_detail", ""),
        conditions_remise=conditions[0],
        conditions_retour=conditions[1],
        conditions_bris=conditions[2],
        territoire=organisme.territoire,
        adresse=organisme.adresse if lieu else "",
        delai_jours=ligne.get("delai", 0),
        duree_max=ligne.get("duree"),
        valeur_declaree=ligne.get("valeur"),
        licence=ligne.get("licence", ""),
        version=ligne.get("version", ""),
        lien=f"{organisme.site}outils/{ligne['chemin']}" if "chemin" in ligne else "",
        etat=etat,
        creee_par=auteurs[rang % len(auteurs)],
        creee_le=monde.passe(creee, 8 + rang % 9, rang * 7 % 60),
        modifiee_le=monde.passe(creee + 1, 9 + rang % 7, rang * 11 % 60),
        publiee_le=monde.passe(creee + 1, 9 + rang % 7, rang * 11 % 60) if publiee else None,
    )


def _jour_de_creation(monde: Monde, organisme: Organisation, ligne: dict) -> int:
    if "motif" in ligne:  # read, and sent back, since
        return -9
    if ligne.get("etat") in (A_RELIRE, Etat.SOUMISE, Etat.BROUILLON):
        return monde.hasard.randint(-4, -2)
    arrivee = (organisme.publiee_le - monde.instant(0)).days
    if "cle" in ligne:  # lent from the start
        return arrivee + monde.hasard.randint(2, 12)
    return monde.hasard.randint(arrivee + 3, -12)


def _conditions(ligne: dict, sorte: Sorte, rang: int) -> list[str]:
    """What the listing says, or what its organisation usually asks."""
    if sorte == Sorte.SAVOIR:
        return ["", "", ""]
    organisme = lire("organisations")[ligne["de"]]
    if sorte == Sorte.EQUIPEMENT:
        usuelles = [organisme[nom] for nom in CONDITIONS]
    elif sorte in organisme:
        usuelles = organisme[sorte]
    else:
        choix = lire("conditions")[sorte]
        usuelles = [choix[nom][(rang + i) % len(choix[nom])] for i, nom in enumerate(CONDITIONS)]
    return [ligne.get(nom, usuelle) for nom, usuelle in zip(CONDITIONS, usuelles, strict=True)]


def _lectures(monde: Monde, ressource: Ressource, ligne: dict, deja: set[str]) -> None:
    par, organisme = ressource.creee_par, ligne["de"]
    lectrice = _lectrice(monde, organisme)
    monde.inscrire("creer", ressource, par=par, le=ressource.creee_le)
    voulu = ligne.get("etat", Etat.PUBLIEE)
    en_ligne = ressource.publiee_le
    if voulu == Etat.BROUILLON:
        return
    if voulu == Etat.SOUMISE:
        if "motif" in ligne:  # sent back once, and proposed again
            _renvoi(monde, ressource, ligne, lectrice, jour=-3)
        heure, minute = monde.hasard.randint(9, 16), monde.hasard.randrange(60)
        monde.lecture(ressource, par=par, le=monde.passe(-1, heure, minute))
        return
    if voulu == A_RELIRE:
        monde.lecture(
            ressource, par=par, le=ressource.publiee_le, nature=Revision.Nature.APRES_COUP
        )
        return
    if voulu == Etat.A_CORRIGER:
        _renvoi(monde, ressource, ligne, lectrice, jour=-4)
        return
    if organisme in deja:
        nature, demandee = Revision.Nature.APRES_COUP, en_ligne
        lue = monde.passe((en_ligne - monde.instant(0)).days + 2, 10, 45)
    else:  # the first one is read before it is public
        nature, demandee, lue = Revision.Nature.NOUVELLE, ressource.creee_le, en_ligne
        deja.add(organisme)
    monde.lecture(
        ressource,
        par=par,
        le=demandee,
        nature=nature,
        etat=Revision.Etat.APPROUVEE,
        lue_par=lectrice,
        lue_le=lue,
    )
    if voulu == Etat.ARCHIVEE:
        monde.passage("archiver", ressource, par=par, le=monde.instant(-6, 11))


def _renvoi(monde: Monde, ressource: Ressource, ligne: dict, lectrice: Personne, jour: int) -> None:
    monde.lecture(
        ressource,
        par=ressource.creee_par,
        le=monde.instant(jour - 1, 9, 15),
        nature=Revision.Nature.APRES_COUP,
        etat=Revision.Etat.RENVOYEE,
        lue_par=lectrice,
        lue_le=monde.instant(jour, 14, 30),
        motif=ligne["motif"],
        mot=ligne["mot"],
    )


def _lectrice(monde: Monde, organisme: str) -> Personne:
    """Whoever coordinates its table, in turn."""
    return monde.hasard.choice(monde.coordination[lire("organisations")[organisme]["table"]])
