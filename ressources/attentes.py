"""« Tell me if it becomes free »: wait, stop waiting, and tell those who wait, in order.

The rule, as the page says it: the first whose dates and quantity are really free is told, and the
next ones too as long as what is free is enough for all those told. What was offered to somebody
counts as taken for 24 hours; still free then, it is offered to the next one, and at once when the
first one gives it up or is refused. Nothing is held: the first request accepted wins.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from organisations.droits import Droit, exiger
from organisations.models import Organisation, Personne
from organisations.notifications import envoyer, membres
from organisations.refus import NonAutorise, Refus
from ressources import disponibilite, liberations, regles
from ressources.cycle import Etat
from ressources.models import Attente, Lignee, Pret, Ressource

PRIORITE = dt.timedelta(hours=24)  # how long what was offered to one is not offered to the next
OUVERTES_MAX = 50  # by organisation


# ---------------------------------------------------------------- the verbs
@transaction.atomic
def attendre(
    ressource: Ressource,
    *,
    par: Personne,
    organisation: Organisation,
    debut: dt.datetime,
    fin: dt.datetime,
    quantite: int,
) -> Attente:
    """Waits in the name of an organisation for so many, the whole of [debut, fin).

    Only for what lacks stock: another reason not to lend would still hold once it is free. Asked
    twice, it gives back the same wait.
    """
    periode = DateTimeTZRange(debut, fin)
    raisons, manque = ce_qui_empeche(ressource, organisation, debut, fin, quantite)
    if raisons:
        raise Refus([phrase for _champ, phrase in raisons], champ=raisons[0][0])
    exiger(par, Droit.DEMANDER, organisation)
    if not manque:
        raise Refus(_("C’est libre à ces dates : demandez-le tout de suite."))
    siennes = Attente.objects.ouvertes().filter(organisation=organisation)
    deja = siennes.filter(ressource=ressource, periode=periode).first()
    if deja is None and siennes.count() >= OUVERTES_MAX:
        raise Refus(
            _("Votre organisme attend déjà %(n)s choses : renoncez à l’une d’elles d’abord.")
            % {"n": OUVERTES_MAX}
        )
    if deja is None:
        try:
            with transaction.atomic():
                return Attente.objects.create(
                    ressource=ressource,
                    organisation=organisation,
                    personne=par,
                    periode=periode,
                    quantite=quantite,
                )
        except IntegrityError:  # the same form, or a colleague, at the same instant
            deja = siennes.get(ressource=ressource, periode=periode)
    if deja.quantite != quantite:
        deja.quantite, deja.prevenue_le = quantite, None
        deja.save(update_fields=["quantite", "prevenue_le"])
    return deja


def ce_qui_empeche(
    ressource: Ressource,
    organisation: Organisation,
    debut: dt.datetime,
    fin: dt.datetime,
    quantite: int,
) -> tuple[list[tuple[str | None, str]], bool]:
    """The reasons not to lend besides the stock, and whether the stock is lacking."""
    raisons = regles.raisons_de_refuser(ressource, organisation, debut, fin, quantite)
    if not raisons or fin <= max(debut, timezone.now()):
        return raisons, False
    reste = disponibilite.libre(ressource, debut, fin)
    # The stock has the last word: its sentence comes last.
    manque = raisons[-1][1] == disponibilite.phrase_de_refus(ressource, debut, fin, reste)
    return (raisons[:-1], True) if manque else (raisons, False)


@transaction.atomic
def renoncer(attente: Attente, *, par: Personne) -> None:
    """Stops waiting; done twice, it changes nothing. What was offered goes to the next one."""
    if not Attente.objects.visibles_par(par).filter(pk=attente.pk).exists():
        raise NonAutorise(_("Cette attente est celle d’un autre organisme."))
    ouverte = Attente.objects.ouvertes().filter(pk=attente.pk)
    if ouverte.update(close_le=timezone.now(), prevenue_le=None):
        liberations.signaler(attente.ressource_id)


# ---------------------------------------------------------------- telling
@transaction.atomic
def prevenir(ressource_id: int) -> int:
    """Tells those whose turn it is, for this listing and the places around it and inside it.

    Two runs at the same instant take turns on the rows: nobody is told twice.
    """
    maintenant = timezone.now()
    proches = Lignee.objects.filter(ressource=ressource_id).values_list("proche_id", flat=True)
    ressources = [ressource_id, *proches]
    file = list(
        Attente.objects.ouvertes()
        .filter(ressource__in=ressources)
        .select_for_update(no_key=True, of=("self",))
        .select_related("ressource__organisation", "organisation", "personne")
        .order_by("cree_le", "pk")
    )
    libres = {a.pk: disponibilite.libre(a.ressource, a.debut, a.fin) for a in file}
    for attente in file:
        if attente.prevenue_le and libres[attente.pk] < attente.quantite:
            attente.prevenue_le = None  # taken again meanwhile: it keeps its place
            attente.save(update_fields=["prevenue_le"])
    offertes = _offertes(ressources, maintenant - PRIORITE)
    emboites = set(
        Lignee.objects.filter(ressource__in=ressources).values_list("ressource_id", "proche_id")
    )
    nombre = 0
    for attente in file:
        if attente.prevenue_le:
            continue
        reste = libres[attente.pk] - _offert_a_dautres(attente, offertes, emboites)
        if reste < attente.quantite or not _peut_demander(attente):
            continue
        attente.prevenue_le = maintenant
        attente.save(update_fields=["prevenue_le"])
        offertes.append(attente)
        _dire(attente)
        nombre += 1
    return nombre


def _offertes(ressources: list[int], depuis: dt.datetime) -> list[Attente]:
    """What was offered a short while ago, to those who wait still or whose request has no answer
    yet: refused or called off, it goes to the next one at once."""
    demandees = Pret.objects.filter(
        ressource=OuterRef("ressource"),
        emprunteur=OuterRef("organisation"),
        periode__overlap=OuterRef("periode"),
        etat__in=[Etat.DEMANDE, Etat.PROPOSE],
    )
    return list(
        Attente.objects.filter(ressource__in=ressources, prevenue_le__gt=depuis).filter(
            Q(close_le=None) | Exists(demandees)
        )
    )


def _offert_a_dautres(
    attente: Attente, offertes: list[Attente], emboites: set[tuple[int, int]]
) -> int:
    """How many were just offered to others over the same dates; a place around this one or inside
    it takes it whole."""
    total = 0
    for autre in offertes:
        if autre.organisation_id == attente.organisation_id or not (
            autre.debut < attente.fin and attente.debut < autre.fin
        ):
            continue
        if autre.ressource_id == attente.ressource_id:
            total += autre.quantite
        elif (attente.ressource_id, autre.ressource_id) in emboites:
            total += attente.ressource.quantite
    return total


def _peut_demander(attente: Attente) -> bool:
    """Told only of what can be asked for: the listing, the delays, the organisation."""
    return attente.organisation.est_publiee and not regles.raisons_de_refuser(
        attente.ressource, attente.organisation, attente.debut, attente.fin, attente.quantite
    )


def _dire(attente: Attente) -> None:
    """To the person who waits; to the whole organisation once she or he left it."""
    siens = membres(attente.organisation)
    lecteurs = [attente.personne] if attente.personne in siens else siens
    envoyer("attente_libre", lecteurs, {"attente": attente, "adresse": adresse(attente)})


def adresse(attente: Attente) -> str:
    """The request page, filled in with what was waited for."""
    debut, fin = timezone.localtime(attente.debut), timezone.localtime(attente.fin)
    champs = {"du": str(debut.date()), "quantite": str(attente.quantite)}
    if attente.ressource.par_heure:
        champs |= {"debut": f"{debut:%H:%M}", "fin": f"{fin:%H:%M}"}
    else:
        champs["au"] = str((fin - dt.timedelta(seconds=1)).date())
    return f"{reverse('pret_demander', args=[attente.ressource.slug])}?{urlencode(champs)}"


# ---------------------------------------------------------------- the clock
def clore_les_passees() -> int:
    """Nothing can be asked any more for dates that have begun."""
    aujourdhui = disponibilite.minuit(timezone.localdate())
    return (
        Attente.objects.ouvertes()
        .filter(periode__startswith__lt=aujourdhui)
        .update(close_le=timezone.now())
    )


def attendues() -> list[int]:
    """The listings somebody waits for."""
    ouvertes = Attente.objects.ouvertes().order_by("ressource")
    return list(ouvertes.values_list("ressource", flat=True).distinct())
