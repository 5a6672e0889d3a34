"""What goes with the loans: the agreements, accepted as they really are, and somebody who waits."""

from datetime import timedelta

from mutualisation.demo.chargement.monde import Monde
from organisations.models import Adhesion, Organisation, Personne
from ressources import ententes
from ressources.cycle import Cote, Etat
from ressources.models import Attente, Entente, EvenementPret, Pret, Signature

COMMENCES = (Etat.REMIS, Etat.RENDU, Etat.CLOS)


def charger(monde: Monde) -> None:
    prets = list(
        Pret.objects.filter(etat__in=(Etat.ACCEPTE, *COMMENCES))
        .select_related("ressource", "preteur__table", "emprunteur__table", "demande_par")
        .order_by("pk")
    )
    faites = Entente.objects.bulk_create(ententes.neuve(pret) for pret in prets)
    Pret.objects.bulk_update(prets, ["conditions"], batch_size=200)
    _accepter(faites)
    _attendre(monde, prets)


def _accepter(faites: list[Entente]) -> None:
    """Lenders accept with the loan; borrowers before they come: those to come have yet to."""
    preteurs = {
        e.pret_id: e.par
        for e in EvenementPret.objects.filter(verbe="accepter").select_related("par")
    }
    fonctions = {(a.personne_id, a.organisation_id): a.fonction for a in Adhesion.objects.actives()}
    signatures, evenements = [], []

    def accepter(entente: Entente, cote: str, par: Personne | None, de: Organisation, apres: int):
        if par is None:
            return
        assert entente.pret.accepte_le
        le = entente.pret.accepte_le + timedelta(minutes=apres)
        fonction = fonctions.get((par.pk, de.pk)) or "Coordination"
        signatures.append(
            Signature(entente=entente, cote=cote, par=par, nom=str(par), fonction=fonction, le=le)
        )
        evenements.append(
            EvenementPret(pret=entente.pret, verbe="signer", cote=cote, par=par, le=le)
        )

    for entente in faites:
        pret = entente.pret
        accepter(entente, Cote.PRETEUR, preteurs.get(pret.pk), pret.preteur, 2)
        if pret.etat in COMMENCES:
            accepter(entente, Cote.EMPRUNTEUR, pret.demande_par, pret.emprunteur, 7)
    Signature.objects.bulk_create(signatures)
    EvenementPret.objects.bulk_create(evenements)


def _attendre(monde: Monde, prets: list[Pret]) -> None:
    """Mireille’s organisation waits for all of something that another one has borrowed."""
    mireille, popote = monde.personnes["mireille"], monde.organisations["popote"]
    pris = next(
        pret
        for pret in prets
        if pret.etat == Etat.ACCEPTE
        and popote not in (pret.preteur, pret.emprunteur)
        and pret.debut > monde.instant(pret.ressource.delai_jours + 3)
    )
    Attente.objects.create(
        ressource=pris.ressource,
        organisation=popote,
        personne=mireille,
        periode=pris.periode,
        quantite=pris.ressource.quantite,
        cree_le=monde.passe(-1, 10),
    )
