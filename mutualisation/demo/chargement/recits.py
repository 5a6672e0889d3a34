"""What organisations tell, the two sheets from public sources, answers to the questions."""

from decimal import Decimal

from django.utils import timezone
from django.utils.text import slugify

from mutualisation.demo.chargement.monde import Monde
from mutualisation.demo.lecture import lire
from organisations.models import Revision
from organisations.publication import Etat
from pratiques.fiches_publiques import FICHES
from pratiques.models import (
    ConditionPratique,
    Difficulte,
    LeconPratique,
    Mesure,
    Participation,
    Pratique,
    Question,
    Reponse,
    Source,
)
from pratiques.recits import publier_fiche
from pratiques.vocabulaire import RolePratique

TABLE_DES_FICHES = "rive"
PREMIER, ENTRE = -395, 29  # the day the first one was told, and how many days apart
TEXTES = (
    "contexte",
    "mis_en_commun",
    "garde_en_propre",
    "fonctionnement",
    "premier_pas",
    "ombre",
    "commencer",
)


def charger(monde: Monde) -> None:
    for rang, ligne in enumerate(lire("pratiques")["pratique"]):
        pratique = monde.pratiques[ligne["cle"]] = _pratique(monde, ligne, rang)
        _parties(monde, pratique, ligne)
        _lecture(monde, pratique, ligne)
    for fiche in FICHES:
        publier_fiche(fiche, table=monde.tables[TABLE_DES_FICHES])
    _reponses(monde)


def _pratique(monde: Monde, ligne: dict, rang: int) -> Pratique:
    organisme = monde.organisations[ligne["de"]]
    etat = ligne.get("etat", Etat.PUBLIEE)
    jour = PREMIER + ENTRE * rang if etat == Etat.PUBLIEE else -6
    return Pratique.objects.create(
        titre=ligne["titre"],
        slug=slugify(ligne["titre"].replace("’", " ")),
        accroche=ligne["accroche"],
        organisation=organisme,
        fonction_auteur=ligne["fonction"],
        table=organisme.table,
        formes=ligne["formes"],
        secteurs=ligne["secteurs"],
        sortes=ligne["sortes"],
        territoire=monde.territoires[ligne["territoire"]],
        echelle=ligne["echelle"],
        stade=ligne["stade"],
        niveau_de_preuve=ligne["preuve"],
        debut=ligne["debut"],
        fin=ligne.get("fin"),
        dessin=ligne["dessin"],
        creee_par=monde.membres[ligne["de"]][0],
        etat=etat,
        creee_le=monde.instant(jour - 4, 10, 20),
        modifiee_le=monde.instant(jour, 15, 10),
        publiee_le=monde.instant(jour, 15, 10) if etat == Etat.PUBLIEE else None,
        **{nom: ligne[nom] for nom in TEXTES},
    )


def _parties(monde: Monde, pratique: Pratique, ligne: dict) -> None:
    lignes = {
        nom: [[champ.strip() for champ in texte.split("|")] for texte in ligne[nom]]
        for nom in ("participants", "lecons", "difficultes", "conditions", "mesures", "sources")
    }
    for ordre, (cle, role) in enumerate(
        [[ligne["de"], RolePratique.PORTEUR], *lignes["participants"]]
    ):
        Participation.objects.create(
            pratique=pratique, organisation=monde.organisations[cle], role=role, ordre=ordre
        )
    for ordre, (lecon, texte, *citation) in enumerate(lignes["lecons"]):
        mots, fonction = citation or ("", "")
        LeconPratique.objects.create(
            pratique=pratique,
            ordre=ordre,
            lecon=lecon,
            texte=texte,
            citation=mots,
            citation_fonction=fonction,
        )
    for ordre, (enjeu, resolue, texte) in enumerate(lignes["difficultes"]):
        Difficulte.objects.create(
            pratique=pratique, ordre=ordre, enjeu=enjeu, resolue=resolue, texte=texte
        )
    for ordre, (condition, presente) in enumerate(lignes["conditions"]):
        ConditionPratique.objects.create(
            pratique=pratique, ordre=ordre, condition=condition, presente=presente
        )
    for ordre, mesure in enumerate(lignes["mesures"]):
        indicateur, libelle, avant, apres, periode, methode, source = mesure
        Mesure.objects.create(
            pratique=pratique,
            ordre=ordre,
            indicateur=indicateur,
            libelle=libelle,
            avant=Decimal(avant) if avant else None,
            apres=Decimal(apres),
            periode=periode,
            methode=methode,
            source=source,
        )
    for ordre, (libelle, *adresse) in enumerate(lignes["sources"]):
        Source.objects.create(
            pratique=pratique,
            ordre=ordre,
            libelle=libelle,
            url=adresse[0] if adresse else "",
            consultee_le=timezone.localdate(pratique.creee_le),
        )
    pratique.ressources.set(monde.ressources[cle] for cle in ligne["ressources"])


def _lecture(monde: Monde, pratique: Pratique, ligne: dict) -> None:
    par = pratique.creee_par
    monde.inscrire("creer", pratique, par=par, le=pratique.creee_le)
    if pratique.etat == Etat.SOUMISE:
        monde.lecture(pratique, par=par, le=monde.passe(-2, 17, 5))
    elif pratique.etat == Etat.PUBLIEE:
        table = lire("organisations")[ligne["de"]]["table"]
        monde.lecture(
            pratique,
            par=par,
            le=monde.instant((pratique.publiee_le - monde.instant(0)).days - 2, 16, 30),
            etat=Revision.Etat.APPROUVEE,
            lue_par=monde.coordination[table][0],
            lue_le=pratique.publiee_le,
        )


def _reponses(monde: Monde) -> None:
    questions = {q.slug: q for q in Question.objects.all()}
    for rang, ligne in enumerate(lire("pratiques")["reponse"]):
        Reponse.objects.create(
            question=questions[ligne["question"]],
            organisation=monde.organisations[ligne["de"]],
            fonction=ligne["fonction"],
            pratique=monde.pratiques.get(ligne.get("pratique", "")),
            texte=ligne["texte"],
            publiee_le=monde.instant(-300 + 21 * rang, 11, 15),
        )
