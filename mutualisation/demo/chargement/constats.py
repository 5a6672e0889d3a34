"""Numbered copies of one listing, and a loan whose two ends were noted, with their pictures."""

from PIL import Image, ImageDraw

from mutualisation.demo.chargement.monde import Monde
from ressources.models import Constat, Exemplaire, PhotoConstat, Pret, PretExemplaire, Ressource
from ressources.photos import tailler

RESSOURCE = "chaudrons-60"
ACCESSOIRES = ("les couvercles", "la grande louche")
EMPRUNTEUR = "relais"  # who lost a lid once
SORTIS = (1, 2, 5)
EMAIL, FOND, LISERE = "#fcfbf8", "#c9b79c", "#1b3b9b"


def charger(monde: Monde) -> None:
    ressource = monde.ressources[RESSOURCE]
    Ressource.objects.filter(pk=ressource.pk).update(accessoires="\n".join(ACCESSOIRES))
    exemplaires = {
        e.numero: e
        for e in Exemplaire.objects.bulk_create(
            Exemplaire(
                ressource=ressource, numero=n, note="Un éclat sur une anse." if n == 3 else ""
            )
            for n in range(1, ressource.quantite + 1)
        )
    }
    pret = (
        Pret.objects.filter(ressource=ressource, emprunteur=monde.organisations[EMPRUNTEUR])
        .exclude(rendu_le=None)
        .earliest("demande_le")
    )
    PretExemplaire.objects.bulk_create(
        PretExemplaire(
            pret=pret, exemplaire=exemplaires[n], remis_le=pret.remis_le, rendu_le=pret.rendu_le
        )
        for n in SORTIS
    )
    for verbe, moment, manque in (("remettre", "remise", False), ("rendre", "retour", True)):
        evenement = pret.evenements.get(verbe=verbe)
        constat = Constat.objects.create(
            pret=pret,
            moment=moment,
            cote=evenement.cote,
            par=evenement.par,
            le=evenement.le,
            quantite=pret.quantite,
            etat=Constat.Etat.INCOMPLET if manque else Constat.Etat.BON,
            accessoires=[
                {"nom": ACCESSOIRES[0], "present": not manque},
                {"nom": ACCESSOIRES[1], "present": True},
            ],
            exemplaires=[
                {"numero": n, "etat": "incomplet" if manque and n == 5 else "bon"} for n in SORTIS
            ],
            note=evenement.mot,
        )
        photo = PhotoConstat(constat=constat, nom="chaudrons.jpg", etat=PhotoConstat.Etat.PRETE)
        photo.largeur, photo.hauteur = tailler(_dessin(couvercles=2 if manque else 3), photo)
        photo.save()


def _dessin(couvercles: int) -> Image.Image:
    """Three pots in a row, with as many lids as there were."""
    image = Image.new("RGB", (1280, 960), FOND)
    crayon = ImageDraw.Draw(image)
    for rang in range(3):
        x = 70 + rang * 400
        crayon.rounded_rectangle((x, 420, x + 340, 800), 90, fill=EMAIL)
        crayon.rectangle((x - 20, 410, x + 360, 450), fill=LISERE)
        if rang < couvercles:
            crayon.pieslice((x, 280, x + 340, 540), 180, 360, fill=EMAIL, outline=LISERE, width=12)
            crayon.ellipse((x + 140, 250, x + 200, 300), fill=LISERE)
    return image
