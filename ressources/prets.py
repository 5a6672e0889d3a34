"""The verbs of a loan: ask, take a step, write, evaluate; and the steps somebody may take.

`effectuer` applies the table of `cycle.py` with the row locked, always in the same order: rule,
right, stock, state, trace, notification. The stock has the database's last word (`garantie.py`).
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations.droits import Droit, exiger, peut
from organisations.models import Adhesion, Organisation, Personne
from organisations.refus import NonAutorise, Refus
from ressources import acceptation, disponibilite, ententes, liberations, notifications, regles
from ressources.cycle import LES_DEUX, TENUS, TRANSITIONS, Cote, Etat, Transition, possibles
from ressources.models import (
    Evaluation,
    EvenementPret,
    Exemplaire,
    Pret,
    PretExemplaire,
    Ressource,
)

REMISE_AVANCEE_JOURS = 7  # a hand-over is noted at most this long before its date
EVALUABLES = (Etat.RENDU, Etat.CLOS)
# What is kept as it was on the day of the acceptance.
PROMIS = (
    "titre", "adresse", "usure", "a_savoir", "cout", "cout_detail", "conditions_remise",
    "conditions_retour", "conditions_bris", "valeur_declaree",
)  # fmt: skip


# ---------------------------------------------------------------- asking


def demander(
    ressource: Ressource,
    *,
    par: Personne,
    emprunteur: Organisation,
    debut: dt.datetime,
    fin: dt.datetime,
    quantite: int,
    but: str,
    jeton: uuid.UUID,
) -> Pret:
    """Asks to borrow [debut, fin) in the name of `emprunteur`. Nothing is held yet.

    The same `jeton` sent again gives back the same loan. Refuses with every reason at once.
    """
    with transaction.atomic():
        deja = Pret.objects.filter(jeton=jeton, emprunteur=emprunteur).first()
        if deja:
            return deja
        ressource = Ressource.objects.select_related("organisation__table").get(pk=ressource.pk)
        raisons = regles.raisons_de_refuser(ressource, emprunteur, debut, fin, quantite)
        if raisons:
            raise Refus.pour(raisons)
        exiger(par, Droit.DEMANDER, emprunteur)
        try:
            with transaction.atomic():
                pret = Pret.objects.create(
                    ressource=ressource,
                    preteur=ressource.organisation,
                    emprunteur=emprunteur,
                    demande_par=par,
                    jeton=jeton,
                    quantite=quantite,
                    periode=DateTimeTZRange(debut, fin),
                    but=but.strip(),
                )
        except IntegrityError:
            # The form was sent twice at the same instant: the other one made it.
            deja = Pret.objects.filter(jeton=jeton, emprunteur=emprunteur).first()
            if deja is None and Pret.objects.filter(jeton=jeton).exists():
                raise Refus(
                    _("Ce formulaire a déjà servi. Rechargez la page, puis recommencez.")
                ) from None
            if deja is None:
                raise
            return deja
        EvenementPret.objects.create(
            pret=pret,
            verbe="demander",
            cote=Cote.EMPRUNTEUR,
            par=par,
            vers=Etat.DEMANDE,
            quantite=quantite,
            periode=pret.periode,
        )
        pret = accepter_doffice(pret)
        notifications.dire(pret, "demander", par=par)
        liberations.conclure(pret)
        return pret


def accepter_doffice(pret: Pret, *, dire: bool = True) -> Pret:
    """Takes the answer a rule of the listing gives. Taken by others meanwhile, it stays a request
    that somebody answers."""
    if not acceptation.est_doffice(pret):
        return pret
    try:
        with transaction.atomic():
            return effectuer(pret, "accepter", par=None, automatique=True, dire=dire)
    except Refus:
        return pret


# ---------------------------------------------------------------- the steps


@dataclass(frozen=True)
class Geste:
    """What comes with a step: a word, dates, how many, which copies. Each step reads its own."""

    mot: str = ""
    periode: tuple[dt.datetime, dt.datetime] | None = None  # [start, end)
    quantite: int | None = None
    exemplaires: tuple[Exemplaire, ...] = ()


@transaction.atomic
def effectuer(
    pret: Pret,
    verbe: str,
    *,
    par: Personne | None,
    mot: str = "",
    periode: tuple[dt.datetime, dt.datetime] | None = None,
    quantite: int | None = None,
    exemplaires: Iterable[Exemplaire] = (),
    automatique: bool = False,
    dire: bool = True,
) -> Pret:
    """Takes one step of `cycle.TRANSITIONS`. Raises Refus or NonAutorise; then nothing changed.

    `par` is None when the clock acts (`Cote.PORTAIL`), or a rule of the listing (`automatique`).
    `dire=False`: the caller tells people once of several loans.
    """
    if verbe not in TRANSITIONS:
        raise Refus(_("Cette action n’existe pas."))
    transition = TRANSITIONS[verbe]
    # The same copy ticked twice is one copy.
    geste = Geste(mot.strip(), periode, quantite, tuple(dict.fromkeys(exemplaires)))
    pret = _verrouiller(pret)
    cote = _cote_de(pret, transition, par, automatique)
    _verifier(pret, transition, cote, par, geste)
    trace = _appliquer(pret, verbe, geste, timezone.now())
    if transition.vers and not trace.reste:
        pret.etat = transition.vers
    if pret.etat != Etat.PROPOSE:
        pret.periode_proposee = pret.quantite_proposee = None
    if pret.etat not in TENUS:
        pret.periode_souhaitee = None
    with le_stock(pret):
        _rentrer_les_exemplaires(pret, verbe, geste)
        pret.save()
        _sortir_les_exemplaires(pret, verbe, geste)
    EvenementPret.objects.create(
        pret=pret,
        verbe=verbe,
        cote=cote,
        par=par,
        mot=geste.mot,
        vers="" if trace.reste else transition.vers or "",
        automatique=automatique,
        quantite=trace.quantite,
        periode=trace.periode,
    )
    if dire:
        notifications.dire(pret, verbe, par=par, mot=geste.mot)
    liberations.apres(pret, verbe)
    return pret


@dataclass
class _Trace:
    """What the timeline keeps of a step. `reste`: something is still out, the state stays."""

    quantite: int | None = None
    periode: DateTimeTZRange | None = None
    reste: bool = False


def _appliquer(pret: Pret, verbe: str, geste: Geste, maintenant: dt.datetime) -> _Trace:
    """The effect of each step on the loan's own columns."""
    match verbe:
        case "accepter":
            _promettre(pret, maintenant)
        case "proposer" | "deplacer":
            periode, quantite = _autre_demande(pret, verbe, geste)
            if verbe == "proposer":
                pret.periode_proposee, pret.quantite_proposee = periode, quantite
            else:
                pret.periode, pret.quantite = periode, quantite
            return _Trace(quantite, periode)
        case "convenir":
            # The constraint on proposals guarantees both.
            assert pret.quantite_proposee is not None
            pret.periode, pret.quantite = pret.periode_proposee, pret.quantite_proposee
            _promettre(pret, maintenant)
            return _Trace(pret.quantite, pret.periode)
        case "prolonger":
            pret.periode_souhaitee = _periode_souhaitee(pret, geste, maintenant)
            return _Trace(periode=pret.periode_souhaitee)
        case "accorder":
            if pret.periode_souhaitee.upper <= maintenant:
                raise Refus(_("Les dates demandées sont passées."))
            # Handed over since it was asked, a loan keeps its start.
            debut = pret.debut if pret.etat == Etat.REMIS else pret.periode_souhaitee.lower
            pret.periode = DateTimeTZRange(debut, pret.periode_souhaitee.upper)
            pret.periode_souhaitee = None
            return _Trace(periode=pret.periode)
        case "maintenir":
            pret.periode_souhaitee = None
        case "remettre":
            pret.remis_le = pret.remis_le or maintenant
            nombre = _combien(geste, pret.a_remettre, _("Il reste %(n)s à remettre."))
            pret.quantite_remise += nombre
            if pret.etat == Etat.ACCEPTE:
                pret.periode = _avancer(pret, maintenant)
            return _Trace(nombre)
        case "rendre":
            nombre = _combien(geste, pret.dehors, _("Il y en a %(n)s de sortis."))
            pret.quantite_rendue += nombre
            if pret.dehors:
                return _Trace(nombre, reste=True)
            pret.rendu_le = maintenant
            return _Trace(nombre)
        case "clore":
            pret.clos_le = maintenant
        case "signaler":
            pret.incident_le = maintenant
        case "regler":
            pret.incident_le = None
    return _Trace()


def _promettre(pret: Pret, maintenant: dt.datetime) -> None:
    pret.accepte_le = maintenant
    pret.conditions = {
        nom: str(valeur) for nom in PROMIS if (valeur := getattr(pret.ressource, nom)) is not None
    }
    ententes.preparer(pret)


def _combien(geste: Geste, possible: int, phrase: str) -> int:
    """How many, everything unless told otherwise; copies chosen count for themselves."""
    nombre = len(geste.exemplaires) or (possible if geste.quantite is None else geste.quantite)
    if not 1 <= nombre <= possible:
        raise Refus(phrase % {"n": possible}, champ="quantite")
    return nombre


def _autre_demande(pret: Pret, verbe: str, geste: Geste) -> tuple[DateTimeTZRange, int]:
    """Other dates or another quantity, checked like a new request."""
    base = pret.periode if geste.periode is None else DateTimeTZRange(*geste.periode)
    quantite = pret.quantite if geste.quantite is None else geste.quantite
    if (base, quantite) == (pret.periode, pret.quantite):
        raise Refus(_("Changez les dates ou la quantité."), champ="periode")
    raisons = regles.raisons_de_refuser(
        pret.ressource, pret.emprunteur, base.lower, base.upper, quantite,
        du_preteur=verbe == "proposer",
    )  # fmt: skip
    if raisons:
        raise Refus.pour(raisons)
    return base, quantite


def _periode_souhaitee(pret: Pret, geste: Geste, maintenant: dt.datetime) -> DateTimeTZRange:
    """Once handed over, a loan keeps its start: only its end is asked for."""
    if geste.periode is None:
        raise Refus(_("Choisissez les nouvelles dates."), champ="periode")
    debut, fin = geste.periode
    if pret.etat == Etat.REMIS:
        debut = pret.debut
    if fin <= debut:
        raise Refus(_("La fin doit venir après le début."), champ="fin")
    if fin <= maintenant or debut < min(pret.debut, maintenant - dt.timedelta(days=1)):
        raise Refus(_("Ces dates sont passées."), champ="fin")
    if fin > maintenant + dt.timedelta(days=regles.HORIZON_JOURS + 1):
        raise Refus(_("Cette date est trop loin. Demandez d’ici deux ans."), champ="fin")
    if not all(regles.est_au_pas(pret.ressource, i) for i in {debut, fin} - {pret.debut}):
        raise Refus(regles.phrase_du_pas(pret.ressource), champ="fin")
    if (debut, fin) == (pret.debut, pret.fin):
        raise Refus(_("Ce sont déjà les dates du prêt."), champ="fin")
    return DateTimeTZRange(debut, fin)


def _rentrer_les_exemplaires(pret: Pret, verbe: str, geste: Geste) -> None:
    """Copies come back before the loan ends: the database checks that none is left out."""
    if verbe != "rendre":
        return
    dehors = pret.sorties.filter(rendu_le=None)
    if not dehors.exists():
        if geste.exemplaires:
            raise Refus(_("Aucun exemplaire de ce prêt n’est sorti."), champ="exemplaires")
        return
    if geste.exemplaires:
        revenus = dehors.filter(exemplaire__in=geste.exemplaires)
        if revenus.count() != len(set(geste.exemplaires)):
            raise Refus(
                _("Un des exemplaires cochés n’est pas sorti avec ce prêt."), champ="exemplaires"
            )
    elif pret.dehors:
        raise Refus(_("Cochez les exemplaires qui sont revenus."), champ="exemplaires")
    else:
        revenus = dehors
    revenus.update(rendu_le=timezone.now())


def _sortir_les_exemplaires(pret: Pret, verbe: str, geste: Geste) -> None:
    if verbe != "remettre":
        return
    if not geste.exemplaires:
        if pret.ressource.exemplaires.filter(etat=Exemplaire.Etat.EN_SERVICE).exists():
            raise Refus(_("Cochez les exemplaires que vous remettez."), champ="exemplaires")
        return
    for exemplaire in sorted(set(geste.exemplaires), key=lambda e: e.pk):
        if exemplaire.ressource_id != pret.ressource_id:
            raise Refus(
                _("L’exemplaire nº %(numero)s est celui d’une autre ressource.")
                % {"numero": exemplaire.numero},
                champ="exemplaires",
            )
        try:
            with transaction.atomic():
                PretExemplaire.objects.create(pret=pret, exemplaire=exemplaire)
        except IntegrityError as erreur:
            raise Refus(
                _("L’exemplaire nº %(numero)s est déjà sorti, ou en réparation.")
                % {"numero": exemplaire.numero},
                champ="exemplaires",
            ) from erreur


def _verrouiller(pret: Pret) -> Pret:
    """The same loan, locked, as it is now: the caller's page may be old. Its listing and its two
    sides come by their keys: one statement that joins them all costs more to write than to run."""
    pret = Pret.objects.select_for_update(no_key=True).get(pk=pret.pk)
    cotes = Organisation.objects.select_related("table").in_bulk(
        [pret.preteur_id, pret.emprunteur_id]
    )
    pret.ressource = Ressource.objects.get(pk=pret.ressource_id)
    pret.preteur, pret.emprunteur = cotes[pret.preteur_id], cotes[pret.emprunteur_id]
    pret.ressource.organisation = pret.preteur  # the database guarantees it
    return pret


def _cote_de(pret: Pret, transition: Transition, par: Personne | None, automatique: bool) -> Cote:
    if automatique:
        return Cote.PRETEUR
    if par is None:
        if Cote.PORTAIL not in transition.cotes:
            raise NonAutorise(_("Vous n’avez pas le droit de faire cela."))
        return Cote.PORTAIL
    return _cote_qui_agit(pret, par, transition.cotes)


def permis(pret: Pret, cote: str) -> list[Transition]:
    """The steps this side may take now on this loan."""
    return possibles(
        pret.etat,
        cote,
        incident=pret.a_incident,
        souhait=pret.periode_souhaitee is not None,
        a_remettre=pret.a_remettre > 0,
    )


def _verifier(
    pret: Pret, transition: Transition, cote: Cote, par: Personne | None, geste: Geste
) -> None:
    verbe, maintenant = transition.verbe, timezone.now()
    if transition not in permis(pret, cote):
        if pret.etat in transition.de and pret.a_incident:
            raise Refus(_("Un incident est ouvert : il se règle avant le reste."))
        if pret.etat in transition.de and verbe == "regler":
            raise Refus(_("Aucun incident n’est ouvert."))
        if pret.etat in transition.de and verbe in ("accorder", "maintenir"):
            raise Refus(_("Aucun changement de dates n’est demandé."))
        if pret.etat in transition.de and verbe == "prolonger":
            raise Refus(_("Un changement de dates est déjà demandé : il attend sa réponse."))
        if pret.etat in transition.de and verbe == "remettre":
            raise Refus(_("Tout est déjà remis."))
        raise Refus(
            _("Ce prêt est maintenant à l’état « %(etat)s » : cette action n’est plus possible.")
            % {"etat": pret.get_etat_display()}
        )
    if transition.mot_requis and not geste.mot:
        raise Refus(_("Écrivez un mot : l’autre organisme le lira."), champ="mot")
    if par is not None and verbe in ("accepter", "proposer"):
        exiger(par, Droit.PROPOSER, pret.preteur)
    if par is not None and verbe in ("convenir", "deplacer"):
        exiger(par, Droit.DEMANDER, pret.emprunteur)
    if verbe in ("accepter", "proposer", "convenir"):
        if not (pret.ressource.est_publiee and pret.preteur.est_publiee):
            raise Refus(_("Cette annonce n’est plus en ligne : on ne peut plus la prêter."))
        if not pret.emprunteur.est_publiee:
            raise Refus(
                _("%(nom)s ne peut pas emprunter en ce moment.") % {"nom": pret.emprunteur.nom}
            )
    fin = pret.periode_proposee.upper if verbe == "convenir" else pret.fin
    if verbe in ("accepter", "convenir", "remettre") and fin <= maintenant:
        raise Refus(_("Ces dates sont passées. Annulez, et convenez d’une nouvelle demande."))
    if verbe == "liberer" and pret.debut > maintenant:
        raise Refus(
            _("Il est trop tôt : la remise est prévue le %(date)s.")
            % {"date": disponibilite.en_mots(timezone.localtime(pret.debut))}
        )


def _avancer(pret: Pret, maintenant: dt.datetime) -> DateTimeTZRange:
    """Handed over before its date, a loan holds from now on: the stock is checked again."""
    if maintenant >= pret.debut:
        return pret.periode
    if pret.debut - maintenant > dt.timedelta(days=REMISE_AVANCEE_JOURS):
        raise Refus(
            _("Il est trop tôt pour noter la remise : elle est prévue le %(date)s.")
            % {"date": disponibilite.en_mots(timezone.localtime(pret.debut))}
        )
    if pret.ressource.par_heure:
        ici = timezone.localtime(maintenant)
        debut = ici.replace(minute=ici.minute - ici.minute % 15, second=0, microsecond=0)
    else:
        debut = disponibilite.minuit(timezone.localtime(maintenant).date())
    return DateTimeTZRange(debut, pret.fin)


@contextmanager
def le_stock(pret: Pret) -> Iterator[None]:
    """Turns the database's refusal into the sentence that names what is taken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as erreur:
        cause = getattr(erreur.__cause__, "diag", None)
        if getattr(cause, "constraint_name", "") not in ("ressource_stock", "ressource_fermee"):
            raise
        raise Refus(_ce_que_tiennent_les_autres(pret), champ="periode") from erreur
    except OperationalError as erreur:
        raise Refus(_("Quelqu’un d’autre vient d’agir sur cette ressource. Réessayez.")) from erreur


def _ce_que_tiennent_les_autres(pret: Pret) -> str:
    """What is taken and until when, counted as if this loan held nothing: it asks for more than
    it has, and its own share is not in its way."""
    with transaction.atomic():
        pret.sorties.all().delete()
        Pret.objects.filter(pk=pret.pk).update(
            etat=Etat.ANNULE,
            remis_le=None,
            quantite_remise=0,
            quantite_rendue=0,
            periode_proposee=None,
            quantite_proposee=None,
            periode_souhaitee=None,
        )
        reste = disponibilite.libre(pret.ressource, pret.debut, pret.fin)
        phrase = disponibilite.phrase_de_refus(pret.ressource, pret.debut, pret.fin, reste)
        transaction.set_rollback(True)
    return phrase


def _raconter(pret: Pret, verbe: str, cote: Cote, par: Personne, mot: str) -> None:
    EvenementPret.objects.create(pret=pret, verbe=verbe, cote=cote, par=par, mot=mot)


# ---------------------------------------------------------------- words


@transaction.atomic
def ecrire(pret: Pret, *, par: Personne, mot: str) -> None:
    """A message to the other side, read by the tables too while an incident is open."""
    pret = _verrouiller(pret)
    cote = _cote_qui_agit(pret, par, frozenset(Cote))
    if not mot.strip():
        raise Refus(_("Écrivez un mot."), champ="mot")
    _raconter(pret, "ecrire", cote, par, mot.strip())
    notifications.dire(pret, "ecrire", par=par, mot=mot.strip())


@transaction.atomic
def evaluer(pret: Pret, *, par: Personne, comme_convenu: str, mot: str = "") -> Evaluation:
    """How the exchange went, once by each side, between the two of them."""
    pret = _verrouiller(pret)
    cote = _cote_qui_agit(pret, par, LES_DEUX)
    if pret.etat not in EVALUABLES:
        raise Refus(_("Le prêt s’évalue après le retour."))
    if comme_convenu not in Evaluation.Avis.values:
        raise Refus(_("Choisissez une réponse."), champ="comme_convenu")
    organisation = pret.preteur if cote == Cote.PRETEUR else pret.emprunteur
    if pret.evaluations.filter(organisation=organisation).exists():
        raise Refus(_("Votre organisme a déjà évalué ce prêt."))
    evaluation = Evaluation.objects.create(
        pret=pret,
        organisation=organisation,
        par=par,
        comme_convenu=comme_convenu,
        mot=mot.strip(),
    )
    _raconter(pret, "evaluer", cote, par, "")
    notifications.dire(pret, "evaluer", par=par, mot=mot.strip())
    return evaluation


# ---------------------------------------------------------------- sides and buttons


def cotes_de(pret: Pret, personne: Personne) -> set[Cote]:
    """The sides of this loan a person is on. A table is on one while an incident is open."""
    siennes = set(
        Adhesion.objects.actives()
        .filter(personne=personne, organisation__in=[pret.preteur_id, pret.emprunteur_id])
        .values_list("organisation_id", flat=True)
    )
    cotes = set()
    if pret.preteur_id in siennes:
        cotes.add(Cote.PRETEUR)
    if pret.emprunteur_id in siennes:
        cotes.add(Cote.EMPRUNTEUR)
    if pret.a_incident and any(
        peut(personne, Droit.MEDIER, table) for table in {pret.preteur.table, pret.emprunteur.table}
    ):
        cotes.add(Cote.TABLE)
    return cotes


def _cote_qui_agit(pret: Pret, par: Personne, cotes: frozenset[Cote]) -> Cote:
    """The side this person acts for: of both, the one chosen in the header comes first."""
    siens = cotes_de(pret, par) & cotes
    if not siens:
        raise NonAutorise(_("Cette action revient à un autre organisme."))
    if Cote.EMPRUNTEUR in siens and par.agit_pour_id == pret.emprunteur_id:
        return Cote.EMPRUNTEUR
    return next(c for c in Cote if c in siens)


def boutons(pret: Pret, personne: Personne) -> list[Transition]:
    """The steps this person may take now, in the table's order: a button shown works."""
    cotes = cotes_de(pret, personne)
    trouves = {t.verbe for cote in cotes for t in permis(pret, cote)}
    if trouves & {"accepter", "proposer"} and not peut(personne, Droit.PROPOSER, pret.preteur):
        trouves -= {"accepter", "proposer"}
    if trouves & {"convenir", "deplacer"} and not peut(personne, Droit.DEMANDER, pret.emprunteur):
        trouves -= {"convenir", "deplacer"}
    trouves -= _hors_du_temps(pret)
    return [t for t in TRANSITIONS.values() if t.verbe in trouves]


def _hors_du_temps(pret: Pret) -> set[str]:
    """The steps whose moment has not come, or is over."""
    maintenant, verbes = timezone.now(), set()
    if pret.fin <= maintenant:
        verbes |= {"accepter", "remettre"}
    if pret.periode_proposee and pret.periode_proposee.upper <= maintenant:
        verbes.add("convenir")
    if pret.periode_souhaitee and pret.periode_souhaitee.upper <= maintenant:
        verbes.add("accorder")
    if pret.debut > maintenant:
        verbes.add("liberer")
    if pret.debut - maintenant > dt.timedelta(days=REMISE_AVANCEE_JOURS):
        verbes.add("remettre")
    return verbes
