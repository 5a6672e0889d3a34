"""The verbs of membership: registering an organisation, joining it, inviting, roles, leaving.

The order is the same everywhere: lock the organisation, rule, right, state, trace, notification.
An organisation always keeps somebody responsible for it; while it has nobody (a page written from
public sources), its table decides in its place, and the first person accepted answers for it.
"""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations import journal, moderation, notifications
from organisations.adresses import adresse_libre
from organisations.droits import Droit, exiger, peut
from organisations.models import Adhesion, Invitation, Organisation, Personne
from organisations.publication import Etat
from organisations.refus import Refus, refus_de_la_base

INVITATIONS_MAX = 30  # open at one time: an organisation invites its team, not a mailing list
FERMEES = (Etat.ARCHIVEE, Etat.RETIREE)
# An organisation shares its address with the page where one registers.
ADRESSES_PRISES = {"inscrire"}


def _verrouiller(organisation: Organisation) -> Organisation:
    return (
        Organisation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("table")
        .get(pk=organisation.pk)
    )


def _responsables(organisation: Organisation):
    return Adhesion.objects.actives().filter(
        organisation=organisation, role=Adhesion.Role.RESPONSABLE
    )


def peut_gerer(personne: Personne, organisation: Organisation) -> bool:
    """Decides on members and invitations: those responsible; the table while there is nobody."""
    if peut(personne, Droit.GERER, organisation):
        return True
    return (
        organisation.etat not in FERMEES
        and not _responsables(organisation).exists()
        and peut(personne, Droit.ACCUEILLIR, organisation.table)
    )


def _exiger_gestion(par: Personne, organisation: Organisation) -> None:
    if not peut_gerer(par, organisation):
        exiger(par, Droit.GERER, organisation)


def _tracer(acte: str, organisation: Organisation, par: Personne, **details) -> None:
    journal.inscrire(acte, organisation, par=par, organisation=organisation, **details)


# ------------------------------------------------------------------ registering


@transaction.atomic
def inscrire(champs: dict[str, Any], *, par: Personne, fonction: str) -> Organisation:
    """A new organisation, the person responsible for it, and the reading asked of its table."""
    slug = adresse_libre(Organisation, champs["nom"], reservees=ADRESSES_PRISES)
    organisation = Organisation(**champs, slug=slug)
    try:
        with transaction.atomic():
            organisation.save(force_insert=True)
    except IntegrityError as erreur:
        refus = refus_de_la_base(erreur, Organisation)
        refus.champ = "nom"
        raise refus from erreur
    Adhesion.objects.create(
        personne=par,
        organisation=organisation,
        role=Adhesion.Role.RESPONSABLE,
        fonction=fonction,
        etat=Adhesion.Etat.ACTIVE,
    )
    choisir_organisation(par, organisation)
    return moderation.soumettre(organisation, par=par)


def choisir_organisation(personne: Personne, organisation: Organisation) -> None:
    """From now on the person acts for this organisation, on every device."""
    if not Organisation.objects.de(personne).filter(pk=organisation.pk).exists():
        raise Refus(_("Vous ne faites pas partie de cet organisme."))
    personne.agit_pour = organisation
    personne.save(update_fields=["agit_pour"])


# ------------------------------------------------------------------ asking to join


@transaction.atomic
def demander_a_rejoindre(
    organisation: Organisation, *, par: Personne, fonction: str = "", mot: str = ""
) -> Adhesion:
    organisation = _verrouiller(organisation)
    if organisation.etat != Etat.PUBLIEE:
        raise Refus(
            _("%(nom)s n’est pas en ligne : on ne peut pas demander à le rejoindre.")
            % {"nom": organisation.nom}
        )
    deja = Adhesion.objects.filter(
        personne=par,
        organisation=organisation,
        etat__in=[Adhesion.Etat.ACTIVE, Adhesion.Etat.DEMANDEE],
    ).first()
    if deja:
        raise Refus(
            _("Vous faites déjà partie de %(nom)s.") % {"nom": organisation.nom}
            if deja.etat == Adhesion.Etat.ACTIVE
            else _("Votre demande à %(nom)s attend déjà une réponse.") % {"nom": organisation.nom}
        )
    adhesion = Adhesion.objects.create(
        personne=par,
        organisation=organisation,
        fonction=fonction.strip(),
        mot=mot.strip(),
        etat=Adhesion.Etat.DEMANDEE,
    )
    _tracer("adhesion_demandee", organisation, par, personne=par.pk)
    notifications.envoyer(
        "adhesion_demandee",
        notifications.responsables(organisation) or notifications.coordination(organisation.table),
        {"adhesion": adhesion},
    )
    return adhesion


@transaction.atomic
def decider_adhesion(
    adhesion: Adhesion,
    *,
    par: Personne,
    accepter: bool,
    role: str = Adhesion.Role.MEMBRE,
) -> Adhesion:
    organisation, adhesion = _adhesion(adhesion)
    if adhesion.etat != Adhesion.Etat.DEMANDEE:
        raise Refus(
            _("La demande de %(personne)s a déjà reçu une réponse.")
            % {"personne": adhesion.personne}
        )
    _exiger_gestion(par, organisation)
    if accepter:
        adhesion = _activer(organisation, adhesion.personne, role)
    else:
        adhesion.etat = Adhesion.Etat.REFUSEE
        adhesion.save(update_fields=["etat"])
    suite = "adhesion_acceptee" if accepter else "adhesion_refusee"
    _tracer(suite, organisation, par, personne=adhesion.personne_id, role=adhesion.role)
    notifications.envoyer(suite, [adhesion.personne], {"adhesion": adhesion, "par": par})
    return adhesion


def _adhesion(adhesion: Adhesion) -> tuple[Organisation, Adhesion]:
    """The organisation, locked, and the membership as it is now."""
    organisation = _verrouiller(adhesion.organisation)
    adhesion = Adhesion.objects.select_related("personne").get(pk=adhesion.pk)
    adhesion.organisation = organisation
    return organisation, adhesion


def _activer(
    organisation: Organisation, personne: Personne, role: str, fonction: str = ""
) -> Adhesion:
    if not _responsables(organisation).exists():
        role = Adhesion.Role.RESPONSABLE
        if not organisation.est_membre:
            organisation.provenance = Organisation.Provenance.MEMBRE
            organisation.save(update_fields=["provenance"])
    adhesion = Adhesion.objects.filter(
        personne=personne, organisation=organisation, etat=Adhesion.Etat.DEMANDEE
    ).first() or Adhesion(personne=personne, organisation=organisation)
    adhesion.role, adhesion.etat, adhesion.depuis = role, Adhesion.Etat.ACTIVE, timezone.now()
    adhesion.fonction = adhesion.fonction or fonction
    adhesion.save()
    if personne.agit_pour_id is None:
        choisir_organisation(personne, organisation)
    return adhesion


# ------------------------------------------------------------------ roles, leaving


def _refuser_la_derniere(organisation: Organisation, adhesion: Adhesion, phrase: str) -> None:
    """Nobody goes who was the last person responsible."""
    if (
        adhesion.role == Adhesion.Role.RESPONSABLE
        and not _responsables(organisation).exclude(pk=adhesion.pk).exists()
    ):
        raise Refus(phrase % {"personne": adhesion.personne, "nom": organisation.nom})


@transaction.atomic
def changer_role(adhesion: Adhesion, *, par: Personne, role: str, fonction: str) -> Adhesion:
    organisation, adhesion = _adhesion(adhesion)
    if adhesion.etat != Adhesion.Etat.ACTIVE:
        raise Refus(
            _("%(personne)s ne fait plus partie de %(nom)s.")
            % {"personne": adhesion.personne, "nom": organisation.nom}
        )
    if role != Adhesion.Role.RESPONSABLE:
        _refuser_la_derniere(
            organisation,
            adhesion,
            _(
                "%(personne)s est la seule personne responsable de %(nom)s : "
                "nommez d’abord une autre personne responsable."
            ),
        )
    _exiger_gestion(par, organisation)
    ancien = adhesion.role
    adhesion.role, adhesion.fonction = role, fonction.strip()
    adhesion.save(update_fields=["role", "fonction"])
    if role != ancien:
        _tracer(
            "role_change", organisation, par, personne=adhesion.personne_id, de=ancien, vers=role
        )
    return adhesion


@transaction.atomic
def terminer(adhesion: Adhesion, *, par: Personne) -> Adhesion:
    """The person leaves, or somebody responsible ends it; the last one responsible stays."""
    organisation, adhesion = _adhesion(adhesion)
    if adhesion.etat != Adhesion.Etat.ACTIVE:
        raise Refus(
            _("%(personne)s ne fait plus partie de %(nom)s.")
            % {"personne": adhesion.personne, "nom": organisation.nom}
        )
    _refuser_la_derniere(
        organisation,
        adhesion,
        _(
            "%(personne)s est la seule personne responsable de %(nom)s : "
            "nommez d’abord une autre personne responsable."
        ),
    )
    if adhesion.personne_id != par.pk:
        _exiger_gestion(par, organisation)
    adhesion.etat = Adhesion.Etat.TERMINEE
    adhesion.save(update_fields=["etat"])
    Personne.objects.filter(pk=adhesion.personne_id, agit_pour=organisation).update(agit_pour=None)
    _tracer("adhesion_terminee", organisation, par, personne=adhesion.personne_id)
    if adhesion.personne_id != par.pk:
        notifications.envoyer(
            "adhesion_terminee", [adhesion.personne], {"adhesion": adhesion, "par": par}
        )
    return adhesion


# ------------------------------------------------------------------ invitations


@transaction.atomic
def inviter(organisation: Organisation, *, courriel: str, role: str, par: Personne) -> Invitation:
    """Sends a link valid for two weeks; an expired invitation to the same address gives way."""
    organisation = _verrouiller(organisation)
    ouvertes = Invitation.objects.filter(
        organisation=organisation, acceptee_le=None, annulee_le=None
    )
    personne = Personne.objects.filter(courriel__iexact=courriel).first()
    if (
        personne
        and Adhesion.objects.actives().filter(organisation=organisation, personne=personne).exists()
    ):
        raise Refus(
            _("%(personne)s fait déjà partie de %(nom)s.")
            % {"personne": personne, "nom": organisation.nom},
            champ="courriel",
        )
    deja = ouvertes.filter(courriel__iexact=courriel).first()
    if deja and deja.est_ouverte:
        raise Refus(
            _(
                "Cette personne est déjà invitée. Pour lui écrire de nouveau, "
                "annulez d’abord son invitation."
            ),
            champ="courriel",
        )
    if ouvertes.filter(expire_le__gt=timezone.now()).count() >= INVITATIONS_MAX:
        raise Refus(
            _("%(nombre)d invitations attendent déjà une réponse : annulez-en avant d’en envoyer.")
            % {"nombre": INVITATIONS_MAX}
        )
    hier = timezone.now() - timedelta(days=1)
    if organisation.invitations.filter(envoyee_le__gt=hier).count() >= INVITATIONS_MAX:
        raise Refus(
            _("%(nombre)d invitations sont parties depuis hier : reprenez demain.")
            % {"nombre": INVITATIONS_MAX}
        )
    _exiger_gestion(par, organisation)
    if deja:
        deja.annulee_le = timezone.now()
        deja.save(update_fields=["annulee_le"])
    invitation = Invitation.objects.create(
        courriel=courriel, organisation=organisation, role=role, par=par
    )
    _tracer("invitation_envoyee", organisation, par, invitation=invitation.pk, role=role)
    notifications.envoyer("invitation", [personne or courriel], {"invitation": invitation})
    return invitation


def _invitation(invitation: Invitation) -> tuple[Organisation, Invitation]:
    organisation = _verrouiller(invitation.organisation)
    invitation = Invitation.objects.get(pk=invitation.pk)
    invitation.organisation = organisation
    if invitation.acceptee_le:
        raise Refus(_("Cette invitation a déjà été acceptée."))
    if invitation.annulee_le:
        raise Refus(_("Cette invitation a été annulée. Demandez-en une nouvelle à l’organisme."))
    return organisation, invitation


@transaction.atomic
def annuler_invitation(invitation: Invitation, *, par: Personne) -> Invitation:
    organisation, invitation = _invitation(invitation)
    _exiger_gestion(par, organisation)
    invitation.annulee_le = timezone.now()
    invitation.save(update_fields=["annulee_le"])
    _tracer("invitation_annulee", organisation, par, invitation=invitation.pk)
    return invitation


def est_invitee(personne: Personne, invitation: Invitation) -> bool:
    """The invited address is one this person has confirmed, capitals aside."""
    return EmailAddress.objects.filter(
        user=personne, verified=True, email__iexact=invitation.courriel
    ).exists()


@transaction.atomic
def accepter_invitation(invitation: Invitation, *, par: Personne) -> Adhesion:
    organisation, invitation = _invitation(invitation)
    if not invitation.est_ouverte:
        raise Refus(_("Cette invitation a expiré. Demandez-en une nouvelle à l’organisme."))
    if organisation.etat in FERMEES:
        raise Refus(_("%(nom)s ne fait plus partie du réseau.") % {"nom": organisation.nom})
    if not est_invitee(par, invitation):
        raise Refus(
            _(
                "Cette invitation est adressée à %(courriel)s. Ajoutez cette adresse à votre "
                "compte et confirmez-la, ou connectez-vous avec le compte qui la porte."
            )
            % {"courriel": invitation.courriel}
        )
    if Adhesion.objects.actives().filter(organisation=organisation, personne=par).exists():
        raise Refus(_("Vous faites déjà partie de %(nom)s.") % {"nom": organisation.nom})
    invitation.acceptee_le = timezone.now()
    invitation.save(update_fields=["acceptee_le"])
    adhesion = _activer(organisation, par, invitation.role)
    _tracer("invitation_acceptee", organisation, par, invitation=invitation.pk, role=adhesion.role)
    return adhesion
