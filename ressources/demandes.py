"""The verbs of what is asked together, a basket or a series: all or nothing, and told once.

A group locks its loans in the order of their keys, then takes the turn of every listing it touches
in the order of theirs, as the guarantee does (`garantie.TOUR`): two groups in opposite orders never
wait for each other in a circle.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from organisations.droits import Droit, exiger
from organisations.models import Adhesion, Organisation, Personne
from organisations.refus import NonAutorise, Refus
from ressources import disponibilite, liberations, notifications, prets, regles
from ressources.cycle import Cote, Etat
from ressources.models import Demande, EvenementPret, Lignee, Pret, Ressource
from ressources.recurrence import DATES_MAX

DOUBLE_ENVOI = dt.timedelta(minutes=5)
EN_ATTENTE = (Etat.DEMANDE, Etat.PROPOSE)
ANNULABLES = (*EN_ATTENTE, Etat.ACCEPTE)


@dataclass(frozen=True)
class Ligne:
    """One thing asked for, over [debut, fin). `empechement`: it cannot be, whatever is free."""

    ressource: Ressource
    debut: dt.datetime
    fin: dt.datetime
    quantite: int = 1
    empechement: str = ""


class RefusEnsemble(Refus):
    """Nothing was done. `par_ligne`: all the reasons of each line, in the order of the lines."""

    def __init__(self, lignes: Sequence[Ligne], par_ligne: list[list[str]]) -> None:
        self.par_ligne = par_ligne
        phrases = [
            f"{ligne.ressource}, {quand(ligne.debut, ligne.fin)}\u00a0: {' '.join(raisons)}"
            for ligne, raisons in zip(lignes, par_ligne, strict=True)
            if raisons
        ]
        super().__init__(phrases)


def quand(debut: dt.datetime, fin: dt.datetime) -> str:
    """A period within a sentence: « le 8 janvier 2027, de 9 h à 11 h »."""
    a, b = timezone.localtime(debut), timezone.localtime(fin)
    if a.time() == b.time() == dt.time():
        b -= dt.timedelta(seconds=1)
        if a.date() == b.date():
            return _("le %(jour)s") % {"jour": disponibilite.en_mots(a)}
        return _("du %(debut)s au %(fin)s") % {
            "debut": disponibilite.en_mots(a),
            "fin": disponibilite.en_mots(b),
        }
    if a.date() == b.date() or b == disponibilite.minuit(a.date() + dt.timedelta(days=1)):
        return _("le %(jour)s, de %(debut)s à %(fin)s") % {
            "jour": disponibilite.en_mots(a),
            "debut": date_format(a, "TIME_FORMAT"),
            "fin": date_format(b, "TIME_FORMAT"),
        }
    return _("du %(debut)s au %(fin)s") % {
        "debut": disponibilite.en_mots(a, "DATETIME_FORMAT"),
        "fin": disponibilite.en_mots(b, "DATETIME_FORMAT"),
    }


# ---------------------------------------------------------------- asking


def raisons(lignes: Sequence[Ligne], emprunteur: Organisation) -> list[list[str]]:
    """All the reasons of each line. What is free is counted for all of them in one query, their
    hours are read in another; a line that is taken costs one more, which says until when, and so
    does an expertise with a monthly ceiling."""
    if not lignes:
        return []
    restes = disponibilite.restes([(li.ressource, li.debut, li.fin) for li in lignes])
    du, au = min(li.debut for li in lignes), max(li.fin for li in lignes)
    choses = {li.ressource.pk: li.ressource for li in lignes}
    prefetch_related_objects(list(choses.values()), "horaires")
    regimes = {pk: regles.regime_de(chose, du, au) for pk, chose in choses.items()}
    toutes = []
    for ligne, reste in zip(lignes, restes, strict=True):
        if ligne.empechement:
            toutes.append([ligne.empechement])
            continue
        trouvees = regles.raisons_de_refuser(
            ligne.ressource,
            emprunteur,
            ligne.debut,
            ligne.fin,
            ligne.quantite,
            reste=reste,
            regime=regimes[ligne.ressource.pk],
        )
        toutes.append([phrase for _champ, phrase in trouvees])
    for rang, phrase in _entre_elles(lignes):
        toutes[rang].append(phrase)
    return toutes


def _entre_elles(lignes: Sequence[Ligne]) -> Iterable[tuple[int, str]]:
    """What two lines of the same sending take from each other. One query at most."""
    ids = {ligne.ressource.pk for ligne in lignes}
    parents: set[tuple[int, int]] = set()
    if len(ids) > 1:
        proches = Lignee.objects.filter(ressource__in=ids, proche__in=ids)
        parents = set(proches.values_list("ressource_id", "proche_id"))
    for rang, ligne in enumerate(lignes):
        for autre in lignes[:rang]:
            if not (ligne.debut < autre.fin and autre.debut < ligne.fin):
                continue
            if ligne.ressource == autre.ressource:
                yield rang, _("Ces dates chevauchent celles d’un autre prêt de la même demande.")
            elif (ligne.ressource.pk, autre.ressource.pk) in parents:
                yield (
                    rang,
                    _("« %(autre)s » prend déjà ce lieu : gardez l’un des deux.")
                    % {"autre": autre.ressource},
                )


def demander_ensemble(
    lignes: Sequence[Ligne],
    *,
    par: Personne,
    emprunteur: Organisation,
    but: str,
    jeton: uuid.UUID,
    regle: str = "",
    sauter: bool = False,
) -> list[Demande]:
    """Asks for all the lines, or for none: one `Demande` for each lender, in the order of names.

    The same `jeton` sent again gives back the same requests. Refuses with every reason of every
    line (`RefusEnsemble`); with `sauter`, the lines in conflict are left out instead.
    """
    if not lignes:
        raise Refus(_("Choisissez au moins une date, ou une ressource."))
    if len(lignes) > DATES_MAX:
        raise Refus(
            _("On demande au plus %(max)s prêts à la fois : raccourcissez.") % {"max": DATES_MAX}
        )
    try:
        with transaction.atomic():
            return _demander(lignes, par, emprunteur, but.strip(), jeton, regle, sauter)
    except IntegrityError as erreur:
        # Somebody else's token: nobody guesses one, a page may have been tampered with.
        diagnostic = getattr(erreur.__cause__, "diag", None)
        if getattr(diagnostic, "constraint_name", "") != "demande_une_par_preteur":
            raise
        raise Refus(_("Cette page a trop attendu : rechargez-la, puis envoyez.")) from erreur


def _demander(
    lignes: Sequence[Ligne],
    par: Personne,
    emprunteur: Organisation,
    but: str,
    jeton: uuid.UUID,
    regle: str,
    sauter: bool,
) -> list[Demande]:
    exiger(par, Droit.DEMANDER, emprunteur)
    prendre_les_tours({ligne.ressource.pk for ligne in lignes})
    deja = list(_par_nom(Demande.objects.filter(jeton=jeton, emprunteur=emprunteur)))
    if deja:
        return deja
    # Read again now that nobody else can promise them: the page may be old.
    actuelles = Ressource.objects.select_related("organisation__table").in_bulk(
        [ligne.ressource.pk for ligne in lignes]
    )
    lignes = [replace(li, ressource=actuelles.get(li.ressource.pk, li.ressource)) for li in lignes]
    refusees = raisons(lignes, emprunteur)
    if sauter:
        lignes = [li for li, pourquoi in zip(lignes, refusees, strict=True) if not pourquoi]
        if not lignes:
            raise Refus(_("Aucune de ces dates n’est libre : rien n’a été demandé."))
    elif any(refusees):
        raise RefusEnsemble(lignes, refusees)
    demandes = {
        preteur: Demande.objects.create(
            preteur=preteur,
            emprunteur=emprunteur,
            demande_par=par,
            jeton=jeton,
            regle=regle,
            but=but,
        )
        for preteur in sorted({li.ressource.organisation for li in lignes}, key=lambda o: o.pk)
    }
    crees = Pret.objects.bulk_create(
        Pret(
            ressource=li.ressource,
            preteur=li.ressource.organisation,
            emprunteur=emprunteur,
            demande_par=par,
            demande=demandes[li.ressource.organisation],
            quantite=li.quantite,
            periode=DateTimeTZRange(li.debut, li.fin),
            but=but,
        )
        for li in sorted(lignes, key=lambda li: (li.ressource.pk, li.debut))
    )
    EvenementPret.objects.bulk_create(
        EvenementPret(
            pret=pret,
            verbe="demander",
            cote=Cote.EMPRUNTEUR,
            par=par,
            vers=Etat.DEMANDE,
            quantite=pret.quantite,
            periode=pret.periode,
        )
        for pret in crees
    )
    crees = [prets.accepter_doffice(pret, dire=False) for pret in crees]
    for pret in crees:
        liberations.conclure(pret)
    for preteur, demande in demandes.items():
        siens = [p for p in crees if p.preteur_id == preteur.pk]
        notifications.dire_demande(demande, "demander", siens, par=par)
    doffice = [p for p in crees if p.etat == Etat.ACCEPTE]
    if doffice:
        notifications.dire_doffice(doffice, emprunteur=emprunteur)
    return sorted(demandes.values(), key=lambda d: d.preteur.nom)


def _par_nom(demandes):
    return demandes.select_related("preteur", "emprunteur").order_by("preteur__nom")


def prendre_les_tours(ressources: Iterable[int]) -> None:
    """The turn of each listing and of the places around and inside it, in the order of the keys.
    What only lies around is shared: two rooms of a house do not wait for each other."""
    fort = dict.fromkeys(ressources, True)
    for proche, autour in Lignee.objects.filter(ressource__in=list(fort)).values_list(
        "proche_id", "autour"
    ):
        fort[proche] = fort.get(proche, False) or not autour
    with connection.cursor() as curseur:
        for pk in sorted(fort):
            verrou = "NO KEY UPDATE" if fort[pk] else "SHARE"
            curseur.execute(
                f"SELECT 1 FROM ressources_garde WHERE ressource_id = %s FOR {verrou}", [pk]
            )


# ---------------------------------------------------------------- answering together


def empreinte(suivis: Iterable[Pret]) -> str:
    """What a page showed of the loans: it acts on that, or on nothing."""
    vus = sorted((p.pk, p.etat, str(p.debut), str(p.fin), p.quantite) for p in suivis)
    return hashlib.sha256(repr(vus).encode()).hexdigest()[:16]


@transaction.atomic
def accepter_tout(
    demande: Demande, *, par: Personne, sauter: bool = False, vu: str | None = None
) -> list[Pret]:
    """Accepts every loan that waits, or none, naming each conflict. With `sauter`, those that are
    free; the others are refused, with that reason."""
    _exiger_le_cote(demande, par, Cote.PRETEUR)
    exiger(par, Droit.PROPOSER, demande.preteur)
    a_faire = _a_faire(demande, "accepter", (Etat.DEMANDE,), par, vu)
    if not a_faire:
        return []
    faits, refuses = _essayer(
        a_faire, lambda p: prets.effectuer(p, "accepter", par=par, dire=False)
    )
    if refuses and not (sauter and faits):
        raise RefusEnsemble(
            [Ligne(p.ressource, p.debut, p.fin, p.quantite) for p, _r in refuses],
            [refus.phrases for _p, refus in refuses],
        )
    ecartes = [
        prets.effectuer(
            pret,
            "refuser",
            par=par,
            mot=_("Conflit : %(raison)s") % {"raison": " ".join(refus.phrases)},
            dire=False,
        )
        for pret, refus in refuses
    ]
    notifications.dire_demande(demande, "accepter", faits, par=par, refuses=ecartes)
    return faits


@transaction.atomic
def refuser_tout(demande: Demande, *, par: Personne, mot: str, vu: str | None = None) -> list[Pret]:
    """Refuses every loan that waits, with one reason."""
    _exiger_le_cote(demande, par, Cote.PRETEUR)
    a_faire = _a_faire(demande, "refuser", EN_ATTENTE, par, vu)
    if not a_faire:
        return []
    faits = [prets.effectuer(p, "refuser", par=par, mot=mot, dire=False) for p in a_faire]
    notifications.dire_demande(demande, "refuser", faits, par=par, mot=mot.strip())
    return faits


@transaction.atomic
def annuler_la_suite(
    demande: Demande,
    *,
    par: Personne,
    mot: str,
    a_partir_de: dt.date | None = None,
    vu: str | None = None,
) -> list[Pret]:
    """Cancels what begins on that day or later and was not handed over: a series is shortened, or
    all of a request called off. Either side may."""
    _exiger_le_cote(demande, par, Cote.PRETEUR, Cote.EMPRUNTEUR)
    a_faire = _a_faire(demande, "annuler", ANNULABLES, par, vu, a_partir_de)
    if not a_faire:
        return []
    faits = [prets.effectuer(p, "annuler", par=par, mot=mot, dire=False) for p in a_faire]
    notifications.dire_demande(demande, "annuler", faits, par=par, mot=mot.strip())
    return faits


def _verrouiller(demande: Demande) -> list[Pret]:
    """Its loans as they are now, locked in the order of their keys, then their listings' turns."""
    suivis = list(
        Pret.objects.select_for_update(no_key=True, of=("self",))
        .filter(demande=demande)
        .select_related("ressource__organisation", "preteur__table", "emprunteur__table")
        .order_by("pk")
    )
    prendre_les_tours({pret.ressource_id for pret in suivis})
    return sorted(suivis, key=lambda p: (p.debut, p.pk))


def _a_faire(
    demande: Demande,
    verbe: str,
    etats: tuple[Etat, ...],
    par: Personne,
    vu: str | None,
    a_partir_de: dt.date | None = None,
) -> list[Pret]:
    """The loans this step is about, locked. None left, and done by the same person a moment ago:
    the form was sent twice, and there is nothing to do nor to refuse."""
    suivis = _verrouiller(demande)
    debut = disponibilite.minuit(a_partir_de) if a_partir_de else None
    trouves = [p for p in suivis if p.etat in etats and (debut is None or p.debut >= debut)]
    if not trouves:
        depuis = timezone.now() - DOUBLE_ENVOI
        if EvenementPret.objects.filter(
            pret__demande=demande, verbe=verbe, par=par, le__gte=depuis
        ).exists():
            return []
        raise Refus(_("Aucun de ces prêts n’attend plus cette réponse."))
    if vu is not None and vu != empreinte(suivis):
        raise Refus(
            _("Un de ces prêts a changé depuis l’ouverture de cette page. Rien n’a été fait.")
        )
    return trouves


def _essayer(
    suivis: list[Pret], verbe: Callable[[Pret], Pret]
) -> tuple[list[Pret], list[tuple[Pret, Refus]]]:
    """Each loan by itself: those done, and those refused with why."""
    faits, refuses = [], []
    for pret in suivis:
        try:
            with transaction.atomic():
                faits.append(verbe(pret))
        except Refus as refus:
            refuses.append((pret, refus))
    return faits, refuses


# ---------------------------------------------------------------- sides


def cotes_de(demande: Demande, personne: Personne) -> set[Cote]:
    """The sides of a request a person is on. The tables are on none: a loan has its own page."""
    siennes = set(
        Adhesion.objects.actives()
        .filter(Q(organisation=demande.preteur_id) | Q(organisation=demande.emprunteur_id))
        .filter(personne=personne)
        .values_list("organisation_id", flat=True)
    )
    deux = {Cote.PRETEUR: demande.preteur_id, Cote.EMPRUNTEUR: demande.emprunteur_id}
    return {cote for cote, pk in deux.items() if pk in siennes}


def _exiger_le_cote(demande: Demande, par: Personne, *cotes: Cote) -> None:
    if not cotes_de(demande, par) & set(cotes):
        raise NonAutorise(_("Cette action revient à un autre organisme."))
