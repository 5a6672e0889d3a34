"""Territories, tables and their coordination, people, organisations and who acts for them."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from mutualisation.demo.chargement.monde import Monde
from mutualisation.demo.comptes import MOT_DE_PASSE
from mutualisation.demo.lecture import lire
from organisations.models import (
    Adhesion,
    Mandat,
    Organisation,
    Personne,
    Revision,
    Table,
    Territoire,
)
from organisations.publication import Etat
from organisations.vocabulaire import Motif

OUVERTURE = -430  # the day the network opened
RECENTES = ("soumise", "a_corriger")


def charger(monde: Monde) -> None:
    _territoires(monde)
    _tables(monde)
    _personnes(monde)
    _mandats(monde)
    _organisations(monde)
    _adhesions(monde)


def _champs(ligne: str) -> list[str]:
    return [champ.strip() for champ in ligne.split("|")]


def _territoires(monde: Monde) -> None:
    monde.territoires["04"] = Territoire.objects.get(code="04")
    for code, (dans, nature, nom) in lire("reseau")["territoires"].items():
        parent = monde.territoires[dans]
        complet = code if code.isdigit() else f"{parent.code}-{code}"[:20]
        slug = slugify(nom)
        if nature == "mrc":
            slug = f"mrc-{slug}"
        monde.territoires[code] = Territoire.objects.create(
            code=complet, slug=slug, nature=nature, nom=nom, parent=parent
        )


def _tables(monde: Monde) -> None:
    for cle, donnees in lire("reseau")["tables"].items():
        champs = {nom: v for nom, v in donnees.items() if nom != "coordination"}
        champs["territoire"] = monde.territoires[champs["territoire"]]
        monde.tables[cle] = Table.objects.create(**champs)


def _nouvelle(monde: Monde, cle: str, nom_complet: str, domaine: str, chiffre: str) -> None:
    prenom, _, nom = nom_complet.partition(" ")
    monde.personnes[cle] = Personne(
        courriel=f"{cle}@{domaine}",
        prenom=prenom,
        nom=nom,
        password=chiffre,
        date_joined=monde.instant(OUVERTURE, 9),
    )


def _personnes(monde: Monde) -> None:
    chiffre = make_password(MOT_DE_PASSE)  # slow by design: once for everybody
    for table in lire("reseau")["tables"].values():
        for ligne in table["coordination"]:
            cle, nom, *_ = _champs(ligne)
            _nouvelle(monde, cle, nom, table["courriel"].split("@")[1], chiffre)
    for organisme in lire("organisations").values():
        for ligne in organisme["membres"]:
            cle, nom, *_ = _champs(ligne)
            if not cle.startswith("@"):
                _nouvelle(monde, cle, nom, organisme["domaine"], chiffre)
    monde.personnes["reseau"] = Personne(
        **lire("reseau")["administration"], password=chiffre, is_staff=True, is_superuser=True
    )
    monde.personnes["huguette"].is_active = False  # her mandate is over
    Personne.objects.bulk_create(monde.personnes.values())
    EmailAddress.objects.bulk_create(
        EmailAddress(user=p, email=p.courriel, verified=True, primary=True)
        for p in monde.personnes.values()
    )


def _mandats(monde: Monde) -> None:
    for cle, table in lire("reseau")["tables"].items():
        monde.coordination[cle] = []
        for ligne in table["coordination"]:
            personne, _, fonction, debut, fin = _champs(ligne)
            Mandat.objects.create(
                table=monde.tables[cle],
                personne=monde.personnes[personne],
                fonction=fonction,
                debut=monde.jour(int(debut)),
                fin=monde.jour(int(fin)) if fin else None,
            )
            if not fin:
                monde.coordination[cle].append(monde.personnes[personne])


def _organisations(monde: Monde) -> None:
    tous = lire("organisations")
    for rang, (cle, o) in enumerate(tous.items()):
        etat = o.get("etat", Etat.PUBLIEE)
        recente = etat in RECENTES
        arrivee = -3 if recente else o.get("arrivee", OUVERTURE + rang)
        monde.organisations[cle] = Organisation(
            nom=o["nom"],
            slug=slugify(o["nom"].replace("’", " ")),
            mission=o["mission"],
            secteurs=o["secteurs"],
            territoire=monde.territoires[o["territoire"]],
            table=monde.tables[o["table"]],
            adresse=o["adresse"],
            heures=o["heures"],
            acces=o["acces"],
            courriel=f"bonjour@{o['domaine']}",
            telephone=o["telephone"],
            site=f"https://{o['domaine']}/",
            annee_fondation=o["fondation"],
            etat=etat,
            creee_le=monde.instant(arrivee - 2, 10),
            modifiee_le=monde.instant(arrivee, 14),
            publiee_le=None if recente else monde.instant(arrivee, 14),
        )
    Organisation.objects.bulk_create(monde.organisations.values())
    for cle, o in tous.items():
        _accueil(monde, cle, o)


def _accueil(monde: Monde, cle: str, donnees: dict) -> None:
    """The reading that welcomed each one, or that waits."""
    organisme = monde.organisations[cle]
    lectrice = monde.coordination[donnees["table"]][0]
    premiere = _champs(donnees["membres"][0])[0]
    demande = {"par": monde.personnes[premiere], "le": organisme.creee_le}
    if organisme.etat == Etat.SOUMISE:
        monde.lecture(organisme, **(demande | {"le": monde.passe(-1, 11, 20)}))
    elif organisme.etat == Etat.A_CORRIGER:
        monde.lecture(
            organisme,
            **demande,
            etat=Revision.Etat.RENVOYEE,
            lue_par=lectrice,
            lue_le=monde.passe(-3, 15, 40),
            motif=Motif.MANQUE_PRECISION,
            mot=donnees["motif"],
        )
    else:
        monde.lecture(
            organisme,
            **demande,
            etat=Revision.Etat.APPROUVEE,
            lue_par=lectrice,
            lue_le=organisme.publiee_le,
        )
    if organisme.etat == Etat.SUSPENDUE:
        le = monde.instant(-12, 16, 5)
        monde.passage("suspendre", organisme, par=lectrice, le=le, mot=donnees["motif"])


def _adhesions(monde: Monde) -> None:
    adhesions = []
    for cle, organisme in monde.organisations.items():
        monde.membres[cle] = []
        for ligne in lire("organisations")[cle]["membres"]:
            personne, *_, role, fonction = _champs(ligne)
            membre = monde.personnes[personne.removeprefix("@")]
            monde.membres[cle].append(membre)
            adhesions.append(
                Adhesion(
                    personne=membre,
                    organisation=organisme,
                    role=role,
                    fonction=fonction,
                    etat=Adhesion.Etat.ACTIVE,
                    depuis=organisme.creee_le,
                )
            )
            if not personne.startswith("@"):
                membre.agit_pour = organisme
    Adhesion.objects.bulk_create(adhesions)
    Personne.objects.bulk_update(monde.personnes.values(), ["agit_pour"])
