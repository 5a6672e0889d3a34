"""Who is accepted without waiting: the rule of a listing, and whom its organisation trusts."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations import journal
from organisations.droits import Droit, exiger
from organisations.models import Organisation, Personne
from organisations.notifications import responsables
from organisations.refus import Refus
from ressources.models import Confiance, Pret, Ressource


def est_doffice(pret: Pret) -> bool:
    """Whether the listing's rule accepts this request without asking anybody."""
    match pret.ressource.acceptation:
        case Ressource.Acceptation.PETITS_PAS:
            return pret.ressource.est_petit_pas(jours(pret))
        case Ressource.Acceptation.CONFIANCE:
            return Confiance.objects.filter(
                organisation=pret.preteur_id, envers=pret.emprunteur_id
            ).exists()
    return False


def jours(pret: Pret) -> float:
    """In days of the calendar: a week across a change of clock is still seven."""
    debut, fin = (timezone.localtime(b).replace(tzinfo=None) for b in (pret.debut, pret.fin))
    return (fin - debut) / dt.timedelta(days=1)


def contact(organisation: Organisation) -> Personne | None:
    """Somebody to talk to, when a rule answered."""
    return next(iter(responsables(organisation)), None)


# ---------------------------------------------------------------- trust


@transaction.atomic
def faire_confiance(organisation: Organisation, envers: Organisation, *, par: Personne) -> None:
    """From now on, the listings that say so accept this organisation. Done twice, done once."""
    exiger(par, Droit.PROPOSER, organisation)
    if envers == organisation:
        raise Refus(_("C’est votre propre organisme."), champ="envers")
    if not envers.est_publiee:
        raise Refus(_("Cet organisme n’est pas membre du réseau en ce moment."), champ="envers")
    try:
        with transaction.atomic():
            Confiance.objects.create(organisation=organisation, envers=envers, par=par)
    except IntegrityError:
        return
    journal.inscrire("confiance_donnee", envers, par=par, organisation=organisation)


@transaction.atomic
def ne_plus_faire_confiance(confiance: Confiance, *, par: Personne) -> None:
    """What was accepted stays accepted."""
    exiger(par, Droit.PROPOSER, confiance.organisation)
    organisation, envers = confiance.organisation, confiance.envers
    if Confiance.objects.filter(pk=confiance.pk).delete()[0]:
        journal.inscrire("confiance_retiree", envers, par=par, organisation=organisation)
