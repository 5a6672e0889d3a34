"""The basket: the dates first, then things of several organisations, asked in one sending.

One for each person and organisation, kept in the database: it goes on from another device.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations.droits import Droit, exiger
from organisations.models import Organisation, Personne
from organisations.refus import Refus
from ressources import demandes, disponibilite
from ressources.demandes import Ligne
from ressources.models import QUANTITE_MAX, Demande, LignePanier, Panier, Ressource

LIGNES_MAX = 30


def courant(personne: Personne, organisation: Organisation) -> Panier | None:
    """This person's basket for the organisation he or she acts for."""
    return Panier.objects.filter(personne=personne, organisation=organisation).first()


def ouvrir(*, par: Personne, organisation: Organisation) -> Panier:
    panier, _cree = Panier.objects.get_or_create(personne=par, organisation=organisation)
    return panier


def deja_envoyees(jeton: uuid.UUID, *, par: Personne, organisation: Organisation) -> list[Demande]:
    """The requests a basket became: its page was sent twice."""
    return list(
        Demande.objects.filter(jeton=jeton, emprunteur=organisation, demande_par=par)
        .select_related("preteur")
        .order_by("preteur__nom")
    )


def ressources_de(personne: Personne, organisation: Organisation) -> set[int]:
    """The listings of this person's basket. One query, of `LIGNES_MAX` rows at most."""
    siennes = LignePanier.objects.filter(
        panier__personne=personne, panier__organisation=organisation
    )
    return set(siennes.values_list("ressource_id", flat=True))


def lignes_de(panier: Panier) -> list[LignePanier]:
    return list(
        panier.lignes.select_related("ressource__organisation__table", "ressource__territoire")
    )


# ---------------------------------------------------------------- its dates


def jours(panier: Panier) -> tuple[dt.date, dt.date] | None:
    """The first and the last day, both included."""
    if panier.periode is None:
        return None
    dernier = timezone.localtime(panier.periode.upper - dt.timedelta(seconds=1)).date()
    return timezone.localtime(panier.periode.lower).date(), dernier


def a_des_heures(panier: Panier) -> bool:
    """Not from midnight to midnight: what is lent by the hour is asked for these hours."""
    return panier.periode is not None and any(
        timezone.localtime(borne).time() != dt.time()
        for borne in (panier.periode.lower, panier.periode.upper)
    )


def a_demander(panier: Panier, ligne: LignePanier) -> Ligne:
    """What this line asks: whole days, or the basket's hours for what is lent by the hour."""
    bornes = jours(panier)
    if bornes is None or panier.periode is None:
        demain = disponibilite.minuit(timezone.localdate() + dt.timedelta(days=1))
        empechement = _("Choisissez d’abord les dates du panier.")
        return Ligne(
            ligne.ressource, demain, demain + dt.timedelta(days=1), ligne.quantite, empechement
        )
    debut = disponibilite.minuit(bornes[0])
    fin = disponibilite.minuit(bornes[1] + dt.timedelta(days=1))
    if not ligne.ressource.par_heure:
        return Ligne(ligne.ressource, debut, fin, ligne.quantite)
    if a_des_heures(panier):
        return Ligne(ligne.ressource, panier.periode.lower, panier.periode.upper, ligne.quantite)
    empechement = _("Elle se réserve à l’heure : inscrivez aussi les heures du panier.")
    return Ligne(ligne.ressource, debut, fin, ligne.quantite, empechement)


# ---------------------------------------------------------------- the verbs


@transaction.atomic
def ajouter(
    ressource: Ressource,
    *,
    par: Personne,
    organisation: Organisation,
    periode: tuple[dt.datetime, dt.datetime] | None = None,
    quantite: int = 1,
) -> tuple[Panier, bool]:
    """Puts a listing in the basket; already there, its quantity becomes this one. `periode`: the
    dates one looked for become the basket's (True when that changes them)."""
    exiger(par, Droit.DEMANDER, organisation)
    _offerte(ressource, organisation)
    panier = _verrouiller(ouvrir(par=par, organisation=organisation))
    if not 1 <= quantite <= QUANTITE_MAX:
        raise Refus(_("La quantité va de 1 à 10 000."), champ="quantite")
    deja = panier.lignes.filter(ressource=ressource).exists()
    if not deja and panier.lignes.count() >= LIGNES_MAX:
        raise Refus(
            _("Le panier tient %(max)s ressources : envoyez-le, ou retirez-en une.")
            % {"max": LIGNES_MAX}
        )
    changees = _prendre_les_jours(panier, periode) if periode else False
    panier.modifie_le = timezone.now()
    panier.save()
    LignePanier.objects.update_or_create(
        panier=panier, ressource=ressource, defaults={"quantite": quantite}
    )
    return panier, changees


def _offerte(ressource: Ressource, organisation: Organisation) -> None:
    if not ressource.se_prete:
        raise Refus(_("Cette ressource ne se réserve pas : servez-vous."))
    if not (ressource.est_publiee and ressource.organisation.est_publiee):
        raise Refus(_("Cette ressource n’est plus offerte : l’annonce a été fermée."))
    if ressource.organisation_id == organisation.pk:
        raise Refus(_("Cette ressource est celle de votre organisme."))


def _prendre_les_jours(panier: Panier, periode: tuple[dt.datetime, dt.datetime]) -> bool:
    """The days one looked for; the hours already chosen for these very days stay."""
    debut, fin = periode
    bornes = jours(panier)
    voulus = timezone.localtime(debut).date(), timezone.localtime(fin).date() - dt.timedelta(days=1)
    if bornes == voulus:
        return False
    panier.periode = DateTimeTZRange(debut, fin)
    return bornes is not None and panier.lignes.exists()


@transaction.atomic
def modifier(
    panier: Panier,
    *,
    periode: tuple[dt.datetime, dt.datetime] | None = None,
    quantites: dict[int, int] | None = None,
    but: str | None = None,
    jeton: uuid.UUID | None = None,
) -> Panier:
    """Keeps what was typed: each part is left as it was when it is not given. Typed for a basket
    that was sent meanwhile (another `jeton`), nothing is kept in the next one."""
    panier = _verrouiller(panier)
    if jeton is not None and jeton != panier.jeton:
        return panier
    if periode is not None:
        panier.periode = DateTimeTZRange(*periode)
    if but is not None:
        panier.but = but
    panier.modifie_le = timezone.now()
    panier.save()
    for ligne in panier.lignes.filter(pk__in=list(quantites or {})):
        ligne.quantite = (quantites or {})[ligne.pk]
        ligne.save(update_fields=["quantite"])
    return panier


@transaction.atomic
def retirer(panier: Panier, ligne: int) -> None:
    """Removed twice, removed once."""
    _verrouiller(panier).lignes.filter(pk=ligne).delete()


@transaction.atomic
def envoyer(panier: Panier, *, par: Personne, jeton: uuid.UUID, vues: set[int]) -> list[Demande]:
    """Asks for everything, or for nothing: the basket is then kept as it was.

    `jeton` is the one of the page: sent twice, it gives back the same requests. `vues`: the lines
    the page showed; one that came from another window is not sent unseen.
    """
    panier = _verrouiller(panier)
    if jeton != panier.jeton:
        deja = deja_envoyees(jeton, par=par, organisation=panier.organisation)
        if deja:
            return deja
        raise Refus(_("Cette page a trop attendu : vérifiez le panier, puis envoyez de nouveau."))
    lignes = lignes_de(panier)
    if not lignes:
        raise Refus(_("Le panier est vide."))
    if {ligne.pk for ligne in lignes} != vues:
        raise Refus(
            _("Le panier a changé dans une autre fenêtre : vérifiez-le, puis envoyez de nouveau.")
        )
    creees = demandes.demander_ensemble(
        [a_demander(panier, ligne) for ligne in lignes],
        par=par,
        emprunteur=panier.organisation,
        but=panier.but,
        jeton=panier.jeton,
    )
    panier.lignes.all().delete()
    panier.jeton, panier.periode, panier.but = uuid.uuid4(), None, ""
    panier.modifie_le = timezone.now()
    panier.save()
    return creees


def _verrouiller(panier: Panier) -> Panier:
    return (
        Panier.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=panier.pk)
    )
