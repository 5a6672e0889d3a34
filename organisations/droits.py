"""Who may do what: the rights, the roles, and the one function that refuses."""

from enum import StrEnum

from django.utils.translation import gettext as _

from organisations.models import Adhesion, Mandat, Organisation, Personne, Table
from organisations.publication import Etat
from organisations.refus import NonAutorise


class Droit(StrEnum):
    """Rights on an organisation, then on a table."""

    PROPOSER = "proposer"  # draft and publish listings, tell practices
    DEMANDER = "demander"  # ask to borrow in the organisation's name
    REPONDRE = "repondre"  # answer requests, hand over, take back, close, write
    GERER = "gerer"  # members, roles, invitations, the organisation's page
    MODERER = "moderer"  # read and decide on what belongs to the table
    ACCUEILLIR = "accueillir"  # welcome organisations
    MEDIER = "medier"  # read and write in a loan with an open incident


class Role(StrEnum):
    MEMBRE = "membre"
    RESPONSABLE = "responsable"
    COORDINATION = "coordination"
    ADMINISTRATION = "administration"


ROLES: dict[Role, frozenset[Droit]] = {
    Role.MEMBRE: frozenset({Droit.PROPOSER, Droit.DEMANDER, Droit.REPONDRE}),
    Role.RESPONSABLE: frozenset({Droit.PROPOSER, Droit.DEMANDER, Droit.REPONDRE, Droit.GERER}),
    Role.COORDINATION: frozenset({Droit.MODERER, Droit.ACCUEILLIR, Droit.MEDIER}),
    Role.ADMINISTRATION: frozenset({Droit.MODERER, Droit.ACCUEILLIR, Droit.MEDIER}),
}

# A suspended organisation finishes what is running; it starts nothing new.
RESTE_SI_SUSPENDUE = frozenset({Droit.REPONDRE, Droit.GERER})
# An organisation that waits to be welcomed prepares its listings; it does not borrow yet.
PAS_AVANT_ACCUEIL = frozenset({Droit.DEMANDER})


def roles(personne: Personne, cible: Organisation | Table) -> set[Role]:
    """The roles this person has towards an organisation or a table, today."""
    if not personne.is_authenticated or not personne.is_active:
        return set()
    trouves: set[Role] = set()
    if isinstance(cible, Organisation):
        trouves.update(
            Role(role)
            for role in Adhesion.objects.actives()
            .filter(personne=personne, organisation=cible)
            .values_list("role", flat=True)
        )
    elif Mandat.objects.en_cours().filter(personne=personne, table=cible).exists():
        trouves.add(Role.COORDINATION)
    if personne.is_staff:
        trouves.add(Role.ADMINISTRATION)
    return trouves


def droits(personne: Personne, cible: Organisation | Table) -> frozenset[Droit]:
    """The rights of this person on an organisation or a table: what the buttons are drawn from."""
    siens: frozenset[Droit] = frozenset().union(*(ROLES[r] for r in roles(personne, cible)))
    if isinstance(cible, Organisation):
        if cible.etat == Etat.SUSPENDUE:
            return siens & RESTE_SI_SUSPENDUE
        if cible.etat in (Etat.ARCHIVEE, Etat.RETIREE):
            return frozenset()
        if cible.etat != Etat.PUBLIEE:
            return siens - PAS_AVANT_ACCUEIL
    return siens


def peut(personne: Personne, droit: Droit, cible: Organisation | Table) -> bool:
    return droit in droits(personne, cible)


def exiger(personne: Personne, droit: Droit, cible: Organisation | Table) -> None:
    """Raises NonAutorise, with a sentence that says why."""
    if droit in droits(personne, cible):
        return
    if isinstance(cible, Organisation) and roles(personne, cible) - {Role.ADMINISTRATION}:
        if cible.etat == Etat.SUSPENDUE:
            raise NonAutorise(
                _(
                    "%(nom)s est suspendu : les prêts en cours se terminent, mais rien de nouveau "
                    "ne commence. Écrivez à votre table de concertation."
                )
                % {"nom": cible.nom}
            )
        if cible.etat != Etat.PUBLIEE and droit in PAS_AVANT_ACCUEIL:
            raise NonAutorise(
                _("%(nom)s attend d’être accueilli par sa table : ce sera possible ensuite.")
                % {"nom": cible.nom}
            )
    raise NonAutorise(_("Vous n’avez pas le droit de faire cela."))


def tables_coordonnees(personne: Personne):
    """The tables whose queue this person reads."""
    if not personne.is_authenticated:
        return Table.objects.none()
    if personne.is_staff:
        return Table.objects.all()
    return Table.objects.filter(
        pk__in=Mandat.objects.en_cours().filter(personne=personne).values("table")
    )
