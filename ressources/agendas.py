"""Calendars at a secret address: the verbs that give and revoke it, and what each one says.

What it says is asked again at each reading, with the rights its owner has that day: somebody who
left an organisation reads nothing of it any more.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Event

from organisations.models import Organisation, Personne
from organisations.refus import Refus
from ressources.cycle import TENUS, Cote, Etat
from ressources.disponibilite import minuit
from ressources.icalendrier import CHANGENT, calendrier, evenement
from ressources.models import Agenda, Fermeture, Lignee, Pret, Ressource

PASSE = dt.timedelta(days=90)
AVENIR = dt.timedelta(days=730)
AU_PLUS = 1000  # events: beyond, a telephone's calendar no longer follows
MONTRES = (Etat.DEMANDE, Etat.PROPOSE, *TENUS, Etat.RENDU, Etat.CLOS)
A_CONFIRMER = (Etat.DEMANDE, Etat.PROPOSE)


# ---------------------------------------------------------------- the verbs


def creer(
    personne: Personne,
    *,
    organisation: Organisation | None = None,
    ressource: Ressource | None = None,
) -> Agenda:
    """The address of this calendar: asked for twice, it is the same one."""
    if ressource is not None and not ressource.se_prete:
        raise Refus(_("Cette ressource n’a pas de calendrier."))
    cle = {"personne": personne, "organisation": organisation, "ressource": ressource}
    deja = Agenda.objects.filter(revoque_le=None, **_egal(cle))
    agenda = deja.first()
    if agenda is None:
        try:
            with transaction.atomic():
                agenda = Agenda.objects.create(**cle)
        except IntegrityError:  # asked for twice at the same instant
            agenda = deja.get()
    return agenda


def _egal(cle: dict) -> dict:
    return {
        (f"{nom}__isnull" if valeur is None else nom): valeur is None or valeur
        for nom, valeur in cle.items()
    }


def revoquer(agenda: Agenda) -> None:
    """From now on, nobody reads anything at this address. Done twice, it is done."""
    Agenda.objects.filter(pk=agenda.pk, revoque_le=None).update(revoque_le=timezone.now())


@transaction.atomic
def renouveler(agenda: Agenda) -> Agenda:
    """Another address for the same calendar; the old one is revoked."""
    agenda = Agenda.objects.select_for_update(of=("self",)).get(pk=agenda.pk)
    if agenda.revoque_le is not None:
        raise Refus(_("Cette adresse est déjà révoquée : créez-en une autre."))
    revoquer(agenda)
    return creer(agenda.personne, organisation=agenda.organisation, ressource=agenda.ressource)


# ---------------------------------------------------------------- what it says


@dataclass(frozen=True)
class Lecture:
    """A calendar as it is read now."""

    nom: str
    contenu: bytes
    modifie_le: dt.datetime


def lire(agenda: Agenda) -> Lecture | None:
    """None when its owner may no longer read this."""
    maintenant = timezone.now()
    siennes = list(Organisation.objects.de(agenda.personne))
    if agenda.ressource_id:
        ressource = (
            Ressource.objects.visibles_par(agenda.personne)
            .filter(pk=agenda.ressource_id)
            .select_related("organisation")
            .first()
        )
        if ressource is None:
            return None
        est_sienne = ressource.organisation in siennes
        nom = _("%(ressource)s : ce qui est pris") % {"ressource": ressource}
        evenements = _de_la_ressource(ressource, est_sienne, maintenant)
    else:
        if agenda.organisation_id:
            siennes = [o for o in siennes if o.pk == agenda.organisation_id]
            if not siennes:
                return None
            nom = _("Prêts de %(organisme)s") % {"organisme": siennes[0]}
        else:
            nom = _("Mes prêts")
        evenements = _des_prets({o.pk for o in siennes}, maintenant)
    dates = [e.LAST_MODIFIED for e in evenements if e.LAST_MODIFIED]
    return Lecture(
        nom=nom,
        contenu=calendrier(evenements, methode="PUBLISH", nom=nom),
        modifie_le=max([agenda.cree_le, *dates]),
    )


def _dans_la_fenetre(maintenant: dt.datetime) -> Q:
    """Around now; and what is still out, however old."""
    fenetre = (maintenant - PASSE, maintenant + AVENIR)
    return Q(periode__overlap=fenetre) | Q(etat=Etat.REMIS)


def _dates(prets: QuerySet[Pret]) -> QuerySet[Pret]:
    """With what its calendar needs of the timeline: `sequence` and `modifie_le`."""
    return (
        prets.annotate(
            sequence=Count("evenements", filter=Q(evenements__verbe__in=CHANGENT)),
            modifie_le=Max("evenements__le"),
        )
        .select_related("ressource", "preteur", "emprunteur")
        .order_by("periode", "pk")[:AU_PLUS]
    )


def _des_prets(organisations: set[int], maintenant: dt.datetime) -> list[Event]:
    prets = Pret.objects.filter(
        Q(preteur__in=organisations) | Q(emprunteur__in=organisations),
        _dans_la_fenetre(maintenant),
        etat__in=MONTRES,
    )
    return [
        _du_pret(p, Cote.PRETEUR if p.preteur_id in organisations else Cote.EMPRUNTEUR)
        for p in _dates(prets)
    ]


def _du_pret(pret: Pret, cote: Cote) -> Event:
    """As one of its two sides sees it."""
    prete = cote == Cote.PRETEUR
    autre = pret.emprunteur if prete else pret.preteur
    modele = (
        _("À confirmer : %(quoi)s (%(qui)s)")
        if pret.etat in A_CONFIRMER
        else _("En retard : %(quoi)s (%(qui)s)")
        if pret.est_en_retard
        else _("Prêt : %(quoi)s (%(qui)s)")
        if prete
        else _("Emprunt : %(quoi)s (%(qui)s)")
    )
    adresse = pret.conditions.get("adresse", "") if pret.conditions else ""
    if prete and not pret.conditions:
        adresse = pret.ressource.adresse
    return evenement(
        f"pret-{pret.pk}",
        pret.debut,
        pret.fin,
        modele % {"quoi": pret, "qui": autre},
        statut="TENTATIVE" if pret.etat in A_CONFIRMER else "CONFIRMED",
        lieu=adresse,
        description=_("État : %(etat)s") % {"etat": pret.get_etat_display()},
        chemin=pret.get_absolute_url(),
        **_trace(pret),
    )


def _trace(pret: Pret) -> dict:
    # A loan brought in from elsewhere may have no timeline.
    return {
        "modifie_le": getattr(pret, "modifie_le", None) or pret.demande_le,
        "sequence": getattr(pret, "sequence", 0),
        "cree_le": pret.demande_le,
    }


def _de_la_ressource(
    ressource: Ressource, est_sienne: bool, maintenant: dt.datetime
) -> list[Event]:
    """What is taken, with the places inside and around it. Who borrows is for its owner only."""
    places = Lignee.objects.filter(ressource=ressource).values("proche")
    ou = Q(ressource=ressource) | Q(ressource__in=places)
    prets = _dates(Pret.objects.filter(ou, _dans_la_fenetre(maintenant), etat__in=TENUS))
    fermetures = Fermeture.objects.filter(
        ou, periode__overlap=(maintenant - PASSE, maintenant + AVENIR)
    ).order_by("periode")[:AU_PLUS]
    return [
        *(_prise(p, ressource, est_sienne, maintenant) for p in prets),
        *_fermees(fermetures, ressource, est_sienne),
    ]


def _prise(pret: Pret, ressource: Ressource, est_sienne: bool, maintenant: dt.datetime) -> Event:
    fin, modele = pret.fin, _("Pris : %(quoi)s")
    if pret.est_en_retard:  # it holds until it is back: today at least
        fin = minuit(timezone.localtime(maintenant).date() + dt.timedelta(days=1))
        modele = _("Pris jusqu’au retour : %(quoi)s")
    # A place inside another may not be on line: to others, it has no name here.
    quoi = pret if est_sienne or pret.ressource_id == ressource.pk else ressource
    resume = modele % {"quoi": quoi}
    if est_sienne:
        resume = f"{resume} ({pret.emprunteur})"
    return evenement(
        f"pris-{pret.pk}",
        pret.debut,
        fin,
        resume,
        chemin=pret.get_absolute_url() if est_sienne else ressource.get_absolute_url(),
        **_trace(pret),
    )


def _fermees(
    fermetures: Iterable[Fermeture], ressource: Ressource, est_sienne: bool
) -> Iterable[Event]:
    for fermeture in fermetures:
        motif = f" ({fermeture.motif})" if fermeture.motif and est_sienne else ""
        yield evenement(
            f"fermeture-{fermeture.pk}",
            fermeture.periode.lower,
            fermeture.periode.upper,
            _("Fermé") + motif,
            modifie_le=ressource.modifiee_le,
        )
