"""The agreement: made with the acceptance, read by both sides, accepted by each."""

import pytest

from ressources import ententes, prets
from tests import fabriques

pytestmark = pytest.mark.django_db


def accepte(preteur, emprunteur, yvon, **champs):
    """A loan of this listing, accepted by the verb."""
    but = champs.pop("but", "Le dîner communautaire.")
    quantite = champs.pop("quantite_demandee", 1)
    annonce = fabriques.ressource(preteur, **champs)
    pret = fabriques.pret(annonce, emprunteur, but=but, quantite=quantite)
    return prets.effectuer(pret, "accepter", par=yvon)


def test_x(preteur, emprunteur, yvon):
    from pathlib import Path

    for i, champs in enumerate(
        [
            {
                "usure": "bon",
                "quantite": 5,
                "quantite_demandee": 2,
                "valeur_declaree": "180.00",
                "accessoires": "le couvercle\nla louche",
                "adresse": "125, rue des Forges, porte de côté",
                "conditions_remise": "Sonner deux fois.\nPrévoir deux personnes.",
                "conditions_bris": "Nous le dire le jour même; on partage la réparation.",
                "a_savoir": "Une poignée est un peu lâche.",
            },
            {"sorte": "local", "capacite": 40, "adresse": "12, rue Haute"},
            {"sorte": "expertise", "cout": "tarif", "cout_detail": "40 $ l’heure"},
            {
                "sorte": "local",
                "cout": "cout-partage",
                "cout_detail": "15 $ par soirée, pour le chauffage",
                "titre": '#read("/etc/passwd") $x$ *gras* <b>',
                "conditions_remise": '#import "x"\n= titre\n- $ sum_1 $\n\\ @ref <lab> `a` ]#read("/etc/passwd")',
                "a_savoir": "é" * 2000,
                "conditions_retour": "mot " * 250,
                "conditions_bris": "sansfin" * 140,
                "but": "b " * 500,
            },
        ]
    ):
        entente = accepte(preteur, emprunteur, yvon, **champs).entente
        for l in ("fr", "en"):
            Path(f"/tmp/entente-{i}-{l}.pdf").write_bytes(ententes.en_pdf(entente, l))
