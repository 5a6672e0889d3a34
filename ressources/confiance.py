"""What is known of an organisation's loans, as facts: never a score, never a rank."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from organisations.models import Organisation
from ressources.cycle import Etat
from ressources.models import Pret

TERMINES = (Etat.RENDU, Etat.CLOS)


@dataclass(frozen=True)
class Faits:
    prets: int  # what it lent and got back
    prets_a_temps: int  # of these, back before their end
    emprunts: int  # what it borrowed and gave back
    emprunts_a_temps: int
    aide: int  # organisations it lent to


def faits(organisation: Organisation) -> Faits:
    """One query."""
    prete, emprunte = Q(preteur=organisation), Q(emprunteur=organisation)
    a_temps = Q(rendu_le__lte=F("fin_prevue"))
    return Faits(
        **Pret.objects.de(organisation)
        .filter(etat__in=TERMINES)
        .annotate(fin_prevue=F("periode__endswith"))
        .aggregate(
            prets=Count("pk", filter=prete),
            prets_a_temps=Count("pk", filter=prete & a_temps),
            emprunts=Count("pk", filter=emprunte),
            emprunts_a_temps=Count("pk", filter=emprunte & a_temps),
            aide=Count("emprunteur", filter=prete, distinct=True),
        )
    )
