"""The two sides accept the agreement of their loan: the verb, and who may still do it."""

from django.db import transaction
from django.utils.translation import gettext as _

from organisations.droits import Droit, exiger
from organisations.models import Organisation, Personne
from organisations.refus import NonAutorise, Refus
from ressources import notifications, prets
from ressources.cycle import LES_DEUX, Cote, Etat
from ressources.models import Entente, EvenementPret, Pret, Signature

# After the return there is nothing left to agree on.
SIGNABLES = (Etat.ACCEPTE, Etat.REMIS)


@transaction.atomic
def signer(pret: Pret, *, par: Personne, cote: str, fonction: str) -> Signature:
    """One side accepts the agreement, once, by somebody who says in which function.

    The same person sending it again gets the same line. Raises Refus or NonAutorise.
    """
    pret = (
        Pret.objects.select_for_update(no_key=True, of=("self",))
        .select_related("ressource", "preteur__table", "emprunteur__table")
        .get(pk=pret.pk)
    )
    entente = Entente.objects.filter(pret=pret).first()
    if entente is None:
        raise Refus(_("Ce prêt n’a pas d’entente."))
    if cote not in prets.cotes_de(pret, par) & LES_DEUX:
        raise NonAutorise(_("L’entente s’accepte entre les deux organismes du prêt."))
    exiger(par, Droit.REPONDRE, organisation_du(pret, cote))
    deja = entente.signatures.filter(cote=cote).first()
    if deja and deja.par_id == par.pk:
        return deja
    if deja:
        raise Refus(
            _("%(nom)s a déjà accepté cette entente pour votre organisme.") % {"nom": deja.nom}
        )
    if pret.etat not in SIGNABLES:
        raise Refus(
            _("Ce prêt est maintenant à l’état « %(etat)s » : l’entente ne s’accepte plus.")
            % {"etat": pret.get_etat_display()}
        )
    fonction = " ".join(fonction.split())
    if not fonction:
        raise Refus(_("Inscrivez votre fonction."), champ="fonction")
    signature = Signature.objects.create(
        entente=entente, cote=cote, par=par, nom=str(par), fonction=fonction
    )
    EvenementPret.objects.create(pret=pret, verbe="signer", cote=cote, par=par)
    notifications.dire(pret, "signer", par=par)
    return signature


def cote_a_signer(pret: Pret, entente: Entente, personne: Personne) -> Cote | None:
    """The side this person may accept for now: of both, the one chosen in the header first."""
    if pret.etat not in SIGNABLES:
        return None
    faites = {s.cote for s in entente.signatures.all()}
    restes = [c for c in prets.cotes_de(pret, personne) & LES_DEUX if c not in faites]
    restes.sort(key=lambda c: organisation_du(pret, c).pk != personne.agit_pour_id)
    return restes[0] if restes else None


def organisation_du(pret: Pret, cote: str) -> Organisation:
    return pret.preteur if cote == Cote.PRETEUR else pret.emprunteur
