"""Verbs on when a listing is open: its hours of the week, and its closures.

What is promised stays promised: the database refuses a closure over an accepted loan, and the
sentence names the loans concerned.
"""

import datetime as dt

from django.db import IntegrityError, OperationalError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.droits import Droit, exiger
from organisations.journal import inscrire
from organisations.models import Personne
from organisations.publication import Etat as EtatPublication
from organisations.refus import Refus
from ressources import liberations, regles
from ressources.disponibilite import periode_en_mots
from ressources.models import Fermeture, Garde, Horaire, Pret, Ressource
from ressources.promesses import liens_des_prets, promis_pendant
from ressources.registre import MODIFIABLES
from ressources.semaine import JOUR, MINUIT, Plage

REESSAYER = gettext_lazy("Quelqu’un réservait au même instant. Réessayez.")


# ------------------------------------------------------------------ the hours of the week
@transaction.atomic
def ouvrir(ressource: Ressource, plages: dict[int, list[Plage]], *, par: Personne) -> None:
    """Replaces the hours of the week: by weekday (0 on Monday), [opening, closing). Written again
    as they are, nothing happens. Loans already promised stay as they are."""
    ressource = _verrouiller(ressource, par)
    plages = {jour: sorted(siennes) for jour, siennes in plages.items() if siennes}
    for jour, siennes in plages.items():
        _verifier_le_jour(jour, siennes)
    avant: dict[int, list[Plage]] = {}
    for ligne in ressource.horaires.all():
        avant.setdefault(ligne.jour, []).append((ligne.debut, ligne.fin))
    if plages == avant:
        return
    ressource.horaires.all().delete()
    Horaire.objects.bulk_create(
        Horaire(ressource=ressource, jour=jour, debut=debut, fin=fin)
        for jour, siennes in plages.items()
        for debut, fin in siennes
    )
    Ressource.objects.filter(pk=ressource.pk).update(modifiee_le=timezone.now())
    inscrire(
        "ouvrir",
        ressource,
        par=par,
        table=ressource.organisation.table,
        organisation=ressource.organisation,
        heures=[
            f"{Horaire.Jour(jour).name.lower()} {debut:%H:%M}-{fin:%H:%M}"
            for jour, siennes in sorted(plages.items())
            for debut, fin in siennes
        ],
    )


def _verifier_le_jour(jour: int, plages: list[Plage]) -> None:
    nom = Horaire.Jour(jour).label
    derniere = None
    for debut, fin in plages:
        if any(h.minute % 15 or h.second or h.microsecond for h in (debut, fin)):
            raise Refus(
                _("%(jour)s : les heures vont par quarts d’heure.") % {"jour": nom.capitalize()}
            )
        if fin != MINUIT and fin <= debut:
            raise Refus(
                _("%(jour)s : la fermeture doit venir après l’ouverture.")
                % {"jour": nom.capitalize()}
            )
        if derniere is not None and (derniere == MINUIT or debut < derniere):
            raise Refus(
                _("%(jour)s : les deux plages se chevauchent.") % {"jour": nom.capitalize()}
            )
        derniere = fin


# ------------------------------------------------------------------ closures
def fermer(
    ressource: Ressource,
    debut: dt.datetime,
    fin: dt.datetime,
    *,
    par: Personne,
    motif: str = "",
    partout: bool = False,
) -> list[Fermeture]:
    """Nothing is lent during [debut, fin): this listing, or every one of its organisation
    (`partout`), all or none. What is closed already stays as it is: sent twice, it closes once."""
    if fin <= debut:
        raise Refus(_("La fin doit venir après le début."), champ="au")
    maintenant = timezone.now()
    if fin <= maintenant:
        raise Refus(_("Ces dates sont passées."), champ="au")
    if fin > maintenant + (regles.HORIZON_JOURS + 1) * JOUR:
        raise Refus(_("Cette date est trop loin. Fermez d’ici deux ans."), champ="au")
    try:
        with transaction.atomic():
            ressource = _verrouiller(ressource, par)
            visees = _a_fermer(ressource, partout)
            # All the turns at once, in the order of the keys: two who close wait for each other.
            tours = Garde.objects.filter(ressource__in=visees).order_by("pk")
            list(tours.select_for_update().values_list("pk", flat=True))
            genes = promis_pendant([r.pk for r in visees], debut, fin)
            if genes:
                raise Refus(_phrase_des_genes(genes))
            return [
                creee
                for visee in visees
                if (creee := _fermer_une(visee, debut, fin, motif.strip(), par))
            ]
    except IntegrityError as erreur:
        if getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", "") not in (
            "ressource_fermee",
            "fermeture_une_fois",
        ):
            raise
        # Somebody promised it, or closed it, between the reading and the writing.
        raise Refus(REESSAYER) from erreur
    except OperationalError as erreur:
        raise Refus(REESSAYER) from erreur


def _a_fermer(ressource: Ressource, partout: bool) -> list[Ressource]:
    if not partout:
        return [ressource]
    return list(
        Ressource.objects.filter(organisation_id=ressource.organisation_id)
        .exclude(unite=Ressource.Unite.SANS)
        .exclude(etat__in=[EtatPublication.RETIREE, EtatPublication.ARCHIVEE])
        .select_related("organisation__table")
        .order_by("pk")
    )


def _fermer_une(
    ressource: Ressource, debut: dt.datetime, fin: dt.datetime, motif: str, par: Personne
) -> Fermeture | None:
    deja = ressource.fermetures.filter(periode__overlap=DateTimeTZRange(debut, fin))
    for fermeture in deja:
        if fermeture.periode.lower <= debut and fin <= fermeture.periode.upper:
            return None
        raise Refus(
            _("« %(titre)s » est déjà fermée %(periode)s : changez les dates, ou retirez-la.")
            % {
                "titre": ressource,
                "periode": periode_en_mots(fermeture.periode.lower, fermeture.periode.upper),
            },
            champ="du",
        )
    fermeture = Fermeture.objects.create(
        ressource=ressource, periode=DateTimeTZRange(debut, fin), motif=motif
    )
    _noter("fermer", fermeture, ressource, par)
    return fermeture


@transaction.atomic
def rouvrir(fermeture: Fermeture, *, par: Personne) -> None:
    """Takes a closure away: the dates may be asked for again."""
    ressource = _verrouiller(fermeture.ressource, par)
    actuelle = ressource.fermetures.filter(pk=fermeture.pk).first()
    if actuelle is None:
        return  # somebody did it already
    _noter("rouvrir", actuelle, ressource, par)
    actuelle.delete()
    liberations.signaler(ressource.pk)


def _phrase_des_genes(prets: list[Pret]) -> SafeString:
    """Names the loans in the way, each a link to its page."""
    noms = liens_des_prets(prets)
    if len(prets) == 1:
        return format_html(
            _("Un prêt est promis à ces dates : {}. Annulez-le ou convenez d’autres dates avant."),
            noms,
        )
    return format_html(
        _("{} prêts sont promis à ces dates : {}. Annulez-les ou convenez d’autres dates avant."),
        len(prets),
        noms,
    )


# ------------------------------------------------------------------ common to both
def _verrouiller(ressource: Ressource, par: Personne) -> Ressource:
    ressource = (
        Ressource.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation__table")
        .get(pk=ressource.pk)
    )
    if not ressource.se_prete:
        raise Refus(_("Cet outil s’utilise librement : il n’a ni heures ni fermetures."))
    if ressource.etat not in MODIFIABLES:
        raise Refus(
            _("« %(titre)s » est à l’état « %(etat)s » : on ne peut plus en changer les heures.")
            % {"titre": ressource, "etat": ressource.get_etat_display()}
        )
    exiger(par, Droit.PROPOSER, ressource.organisation)
    return ressource


def _noter(acte: str, fermeture: Fermeture, ressource: Ressource, par: Personne) -> None:
    Ressource.objects.filter(pk=ressource.pk).update(modifiee_le=timezone.now())
    inscrire(
        acte,
        ressource,
        par=par,
        table=ressource.organisation.table,
        organisation=ressource.organisation,
        debut=timezone.localtime(fermeture.periode.lower).isoformat(),
        fin=timezone.localtime(fermeture.periode.upper).isoformat(),
        motif=fermeture.motif,
    )
