"""What « À faire » shows: the tasks of an organisation in the order they matter, then its loans,
its listings and a fact to be proud of."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organisations.droits import tables_coordonnees
from organisations.models import Adhesion, Invitation, Organisation, Personne
from organisations.publication import Etat
from ressources import cycle, disponibilite
from ressources.cycle import Etat as EtatPret
from ressources.models import Evaluation, Pret, Ressource
from ressources.prets import EVALUABLES

MONTRES = 5
RESSOURCES_MONTREES = 3
EVALUER_PENDANT = dt.timedelta(days=30)


# ---------------------------------------------------------------- the tasks


@dataclass(frozen=True)
class Tache:
    """One line: what waits, and for when. `genre`: rapporter, reprendre, remettre, chercher,
    repondre, convenir, accorder, clore, evaluer (about `pret`), corriger (about `ressource`)."""

    genre: str
    rang: int
    quand: dt.datetime
    pret: Pret | None = None
    ressource: Ressource | None = None
    en_retard: bool = False
    autre: Organisation | None = None


def a_faire(organisation: Organisation) -> list[Tache]:
    """What waits for this organisation: late first, then today, answers, evaluations. 2 queries."""
    maintenant = timezone.now()
    demain = disponibilite.minuit(timezone.localdate() + dt.timedelta(days=1))
    evaluee = Evaluation.objects.filter(pret=OuterRef("pk"), organisation=organisation)
    concernes = (
        Pret.objects.de(organisation)
        .pour_la_liste()
        .annotate(est_evalue=Exists(evaluee))
        .filter(
            ~Q(etat__in=cycle.FINIS)
            | Q(etat=EtatPret.CLOS, est_evalue=False, clos_le__gt=maintenant - EVALUER_PENDANT)
        )
    )
    taches = [t for p in concernes if (t := _tache(p, organisation, demain))]
    taches += [
        Tache("corriger", 6, r.modifiee_le, ressource=r)
        for r in Ressource.objects.filter(organisation=organisation, etat=Etat.A_CORRIGER)
    ]
    return sorted(taches, key=lambda t: (t.rang, t.quand))


def _tache(pret: Pret, organisation: Organisation, demain: dt.datetime) -> Tache | None:
    """At most one for each loan: the most pressing."""
    prete = pret.preteur_id == organisation.pk
    autre = pret.emprunteur if prete else pret.preteur

    def tache(genre: str, rang: int, quand: dt.datetime | None, **options: bool) -> Tache:
        return Tache(genre, rang, quand or pret.fin, pret, autre=autre, **options)

    if pret.est_en_retard:
        # The borrower asked for more time: the answer is what is late.
        genre = "accorder" if pret.periode_souhaitee else "reprendre"
        return tache(genre if prete else "rapporter", 0, pret.fin, en_retard=True)
    if pret.periode_souhaitee and prete:
        return tache("accorder", 3, pret.debut)
    if pret.etat == EtatPret.ACCEPTE and pret.debut < demain and pret.fin > timezone.now():
        return tache("remettre" if prete else "chercher", 1, pret.debut)
    if pret.etat == EtatPret.REMIS and pret.fin <= demain:
        return tache("reprendre" if prete else "rapporter", 2, pret.fin)
    if pret.etat == EtatPret.DEMANDE and prete:
        return tache("repondre", 3, pret.demande_le)
    if pret.etat == EtatPret.PROPOSE and not prete:
        return tache("convenir", 3, pret.demande_le)
    if pret.etat == EtatPret.RENDU and prete and not pret.a_incident:
        return tache("clore", 4, pret.rendu_le)
    if pret.etat in EVALUABLES and not pret.est_evalue:  # type: ignore[attr-defined]
        return tache("evaluer", 5, pret.rendu_le)
    return None


def nombre_a_faire(organisation: Organisation) -> int:
    return len(a_faire(organisation))


# ---------------------------------------------------------------- beside them


@dataclass(frozen=True)
class BonCoup:
    """What one listing did this year, as counted facts."""

    titre: str
    prets: int
    organismes: int


def en_lettres(nombre: int) -> str:
    """« cinq » rather than « 5 », up to ten; the feminine, for « choses » and « tâches »."""
    mots = [
        _("aucune"), _("une"), _("deux"), _("trois"), _("quatre"), _("cinq"),
        _("six"), _("sept"), _("huit"), _("neuf"), _("dix"),
    ]  # fmt: skip
    return mots[nombre] if nombre < len(mots) else str(nombre)


def resume(nombre: int, en_retard: int, organisation: Organisation) -> str:
    """« Cinq choses attendent Popote des Vallons, dont une en retard. »"""
    if not nombre:
        return _("Rien n’attend %(nom)s. Profitez-en!") % {"nom": organisation.nom}
    phrase = ngettext(
        "%(nombre)s chose attend %(nom)s", "%(nombre)s choses attendent %(nom)s", nombre
    ) % {"nombre": capfirst(en_lettres(nombre)), "nom": organisation.nom}
    if en_retard == nombre == 1:
        return _("%(phrase)s, et elle est en retard.") % {"phrase": phrase}
    if en_retard:
        dont = ngettext("dont %(nombre)s en retard", "dont %(nombre)s en retard", en_retard)
        return f"{phrase}, {dont % {'nombre': en_lettres(en_retard)}}."
    return f"{phrase}."


def tableau(organisation: Organisation) -> dict[str, Any]:
    taches = a_faire(organisation)
    retards = sum(t.en_retard for t in taches)
    siens = Pret.objects.de(organisation)
    return {
        "taches": taches,
        "resume": resume(len(taches), retards, organisation),
        "prets": siens.pour_la_liste().order_by("-demande_le", "-pk")[:MONTRES],
        "termines": siens.filter(etat__in=cycle.FINIS).count(),
        "ressources": _ressources(organisation),
        "bon_coup": _bon_coup(organisation),
        "aujourdhui": timezone.localdate(),
    }


def _ressources(organisation: Organisation) -> list[Ressource]:
    """The latest three, each with `libre`: how many are free until tonight."""
    siennes = list(
        Ressource.objects.filter(organisation=organisation)
        .exclude(etat__in=[Etat.ARCHIVEE, Etat.RETIREE])
        .pour_la_liste()
        .order_by("-modifiee_le", "-pk")[:RESSOURCES_MONTREES]
    )
    demain = timezone.localdate() + dt.timedelta(days=1)
    minuit = dt.datetime.combine(demain, dt.time(), tzinfo=timezone.get_default_timezone())
    libres = disponibilite.libres([r for r in siennes if r.se_prete], timezone.now(), minuit)
    for ressource in siennes:
        ressource.libre = libres.get(ressource.pk)  # type: ignore[attr-defined]
    return siennes


def _bon_coup(organisation: Organisation) -> BonCoup | None:
    annee = timezone.localdate().replace(month=1, day=1)
    premier = dt.datetime.combine(annee, dt.time(), tzinfo=timezone.get_default_timezone())
    plus_pretee = (
        Pret.objects.filter(preteur=organisation, remis_le__gte=premier)
        .values("ressource__titre")
        .annotate(prets=Count("pk"), organismes=Count("emprunteur", distinct=True))
        .order_by("-prets", "ressource__titre")
        .first()
    )
    if plus_pretee is None:
        return None
    return BonCoup(plus_pretee["ressource__titre"], plus_pretee["prets"], plus_pretee["organismes"])


def incidents(personne: Personne) -> QuerySet[Pret]:
    """The loans with an open incident among the organisations of one's tables."""
    tables = tables_coordonnees(personne)
    return (
        Pret.objects.filter(incident_le__isnull=False)
        .filter(Q(preteur__table__in=tables) | Q(emprunteur__table__in=tables))
        .pour_la_liste()
        .order_by("incident_le", "pk")
    )


def accueil(personne: Personne) -> dict[str, Any]:
    """For somebody who acts for nobody yet: the ways in."""
    return {
        "invitations": Invitation.objects.ouvertes()
        .filter(courriel__iexact=personne.courriel)
        .select_related("organisation"),
        "demandes": Adhesion.objects.demandees()
        .filter(personne=personne)
        .select_related("organisation"),
    }
