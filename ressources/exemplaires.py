"""Verbs on the numbered copies of a listing: number, add, repair, withdraw; and where each one is.

A copy that is out, or that the promises count on, does not leave the stock: the database refuses
(`garantie.py`), and the sentence names the loans.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from organisations.droits import Droit, exiger
from organisations.journal import inscrire
from organisations.models import Personne
from organisations.refus import Refus
from ressources import disponibilite, liberations
from ressources.categories import Sorte
from ressources.cycle import TENUS, Etat
from ressources.models import Exemplaire, Pret, PretExemplaire, Ressource
from ressources.models.ressources import QUANTITE_MAX

EXEMPLAIRES_MAX = 300  # what one numbers and labels by hand; ten sheets
NOTE_MAX = 200
NOMMES = 5  # loans named by a refusal

LIBELLES = {
    "reparer": gettext_lazy("Mettre en réparation"),
    "remettre-en-service": gettext_lazy("Remettre en service"),
    "retirer": gettext_lazy("Retirer du stock"),
}
FAIT = {
    "reparer": gettext_lazy("L’exemplaire nº %(numero)s est en réparation : il ne se prête plus."),
    "remettre-en-service": gettext_lazy("L’exemplaire nº %(numero)s est de nouveau en service."),
    "retirer": gettext_lazy(
        "L’exemplaire nº %(numero)s est retiré : la quantité offerte baisse d’autant."
    ),
}


def se_numerote(ressource: Ressource) -> bool:
    return ressource.sorte == Sorte.EQUIPEMENT


def sans_numero(ressource: Ressource) -> int:
    """How many of the stock have no number yet."""
    return ressource.quantite - ressource.exemplaires.exclude(etat=Exemplaire.Etat.RETIRE).count()


# ------------------------------------------------------------------ the verbs
def numeroter(ressource: Ressource, *, par: Personne) -> list[Exemplaire]:
    """Gives a number to every copy of the stock that has none; done twice, it does nothing."""
    with _tenue(ressource, par, Droit.PROPOSER) as ressource:
        if not se_numerote(ressource):
            raise Refus(_("Seul l’équipement se numérote."))
        if ressource.quantite > EXEMPLAIRES_MAX:
            raise Refus(
                _("On numérote jusqu’à %(n)s exemplaires : au-delà, prêtez à la quantité.")
                % {"n": EXEMPLAIRES_MAX}
            )
        manquent = sans_numero(ressource)
        return _creer(ressource, manquent, par) if manquent > 0 else []


def ajouter(ressource: Ressource, *, par: Personne, vus: int) -> Exemplaire:
    """One more copy, and one more in stock. `vus`: how many the page showed, so that a form sent
    twice adds one."""
    with _tenue(ressource, par, Droit.PROPOSER) as ressource:
        if not se_numerote(ressource):
            raise Refus(_("Seul l’équipement se numérote."))
        if ressource.exemplaires.count() != vus:
            raise Refus(
                _("La liste a changé depuis que vous l’avez ouverte : vérifiez avant d’ajouter.")
            )
        if vus >= EXEMPLAIRES_MAX or ressource.quantite >= QUANTITE_MAX:
            raise Refus(
                _("On numérote jusqu’à %(n)s exemplaires : au-delà, prêtez à la quantité.")
                % {"n": EXEMPLAIRES_MAX}
            )
        _changer_le_stock(ressource, 1)
        liberations.signaler(ressource.pk)
        return _creer(ressource, 1, par)[0]


def reparer(exemplaire: Exemplaire, *, par: Personne, note: str = "") -> Exemplaire:
    """Out of the stock until it is back in service."""
    etats = (Exemplaire.Etat.EN_SERVICE,)
    with _tenu(exemplaire, par, Droit.REPONDRE, etats, "reparer") as exemplaire:
        exemplaire.etat = Exemplaire.Etat.EN_REPARATION
        exemplaire.en_reparation_le = timezone.now()
        exemplaire.note = note.strip() or exemplaire.note
        _enregistrer(exemplaire)
        return exemplaire


def remettre_en_service(exemplaire: Exemplaire, *, par: Personne, note: str = "") -> Exemplaire:
    etats = (Exemplaire.Etat.EN_REPARATION,)
    with _tenu(exemplaire, par, Droit.REPONDRE, etats, "remettre-en-service") as exemplaire:
        exemplaire.etat, exemplaire.en_reparation_le = Exemplaire.Etat.EN_SERVICE, None
        exemplaire.note = note.strip()
        _enregistrer(exemplaire)
        liberations.signaler(exemplaire.ressource_id)
        return exemplaire


def retirer(exemplaire: Exemplaire, *, par: Personne, note: str = "") -> Exemplaire:
    """For good: the stock goes down with it."""
    etats = (Exemplaire.Etat.EN_SERVICE, Exemplaire.Etat.EN_REPARATION)
    with _tenu(exemplaire, par, Droit.PROPOSER, etats, "retirer") as exemplaire:
        if exemplaire.ressource.quantite <= 1:
            raise Refus(_("C’est le dernier : archivez plutôt l’annonce."))
        exemplaire.etat, exemplaire.en_reparation_le = Exemplaire.Etat.RETIRE, None
        exemplaire.note = note.strip() or exemplaire.note
        _enregistrer(exemplaire)
        _changer_le_stock(exemplaire.ressource, -1)
        return exemplaire


VERBES: dict[str, Callable[..., Exemplaire]] = {
    "reparer": reparer,
    "remettre-en-service": remettre_en_service,
    "retirer": retirer,
}


def noter(exemplaire: Exemplaire, note: str, *, par: Personne) -> Exemplaire:
    """A word for the lender's own people: a dent, a missing lid."""
    note = note.strip()
    if len(note) > NOTE_MAX:
        raise Refus(_("C’est trop long : 200 caractères au plus."), champ="note")
    with _tenu(exemplaire, par, Droit.REPONDRE, tuple(Exemplaire.Etat), "noter") as exemplaire:
        exemplaire.note = note
        _enregistrer(exemplaire)
        return exemplaire


def verbes(exemplaire: Exemplaire, droits: frozenset[Droit], *, dehors: bool) -> list[str]:
    """What somebody with these rights may do with this copy now: the buttons."""
    if dehors or exemplaire.etat == Exemplaire.Etat.RETIRE:
        return []
    permis = []
    if Droit.REPONDRE in droits:
        en_service = exemplaire.etat == Exemplaire.Etat.EN_SERVICE
        permis.append("reparer" if en_service else "remettre-en-service")
    if Droit.PROPOSER in droits:
        permis.append("retirer")
    return permis


# ------------------------------------------------------------------ where they are
def sortie_de(exemplaire: Exemplaire) -> PretExemplaire | None:
    """The loan this copy is out with, when it is."""
    return (
        exemplaire.sorties.filter(rendu_le=None)
        .select_related("pret__ressource", "pret__preteur__table", "pret__emprunteur__table")
        .first()
    )


def a_remettre(ressource: Ressource, jusqua: dt.datetime) -> list[Pret]:
    """The loans of this listing that wait for a hand-over about now, soonest first."""
    return list(
        Pret.objects.filter(
            ressource=ressource,
            etat__in=TENUS,
            quantite_remise__lt=F("quantite"),
            periode__startswith__lte=jusqua,
            periode__endswith__gt=timezone.now(),
        )
        .select_related("preteur", "emprunteur", "ressource")
        .order_by("periode", "pk")
    )


# ------------------------------------------------------------------ within
@contextmanager
def _tenue(ressource: Ressource, par: Personne, droit: Droit) -> Iterator[Ressource]:
    """The listing, locked, and the right to touch it; the database's refusals as sentences."""
    try:
        with transaction.atomic():
            tenue = (
                Ressource.objects.select_for_update(no_key=True, of=("self",))
                .select_related("organisation__table")
                .get(pk=ressource.pk)
            )
            exiger(par, droit, tenue.organisation)
            yield tenue
    except OperationalError as erreur:
        raise Refus(
            _("Quelqu’un réservait cette ressource au même instant : recommencez.")
        ) from erreur


@contextmanager
def _tenu(
    exemplaire: Exemplaire,
    par: Personne,
    droit: Droit,
    etats: tuple[Exemplaire.Etat, ...],
    acte: str,
) -> Iterator[Exemplaire]:
    """One copy, as it is now, and its line in the journal once the change is made."""
    try:
        with _tenue(exemplaire.ressource, par, droit) as ressource:
            actuel = Exemplaire.objects.select_for_update(no_key=True).get(pk=exemplaire.pk)
            actuel.ressource = ressource
            if actuel.etat not in etats:
                raise Refus(
                    _("L’exemplaire nº %(numero)s est à l’état « %(etat)s » : rien n’a été fait.")
                    % {"numero": actuel.numero, "etat": actuel.get_etat_display()}
                )
            yield actuel
            _inscrire(acte, ressource, par, [actuel.numero], actuel.note)
    except IntegrityError as erreur:
        raise _refus(exemplaire, erreur) from erreur


def _enregistrer(exemplaire: Exemplaire) -> None:
    exemplaire.save(update_fields=["etat", "en_reparation_le", "note"])


def _creer(ressource: Ressource, combien: int, par: Personne) -> list[Exemplaire]:
    """The next numbers; one that was withdrawn is never given again."""
    dernier = ressource.exemplaires.aggregate(n=Max("numero"))["n"] or 0
    crees = Exemplaire.objects.bulk_create(
        Exemplaire(ressource=ressource, numero=dernier + rang) for rang in range(1, combien + 1)
    )
    _inscrire("numeroter", ressource, par, [e.numero for e in crees], "")
    return crees


def _changer_le_stock(ressource: Ressource, de: int) -> None:
    ressource.quantite += de
    ressource.modifiee_le = timezone.now()
    ressource.save(update_fields=["quantite", "modifiee_le"])


def _inscrire(
    acte: str, ressource: Ressource, par: Personne, numeros: list[int], note: str
) -> None:
    inscrire(
        f"{acte}-exemplaire",
        ressource,
        par=par,
        table=ressource.organisation.table,
        organisation=ressource.organisation,
        numeros=numeros,
        note=note,
        quantite=ressource.quantite,
    )


def _refus(exemplaire: Exemplaire, erreur: IntegrityError) -> Refus:
    """The database's refusal in words: with which loan it is out, or how many would be missing."""
    diagnostic = getattr(erreur.__cause__, "diag", None)
    contrainte = getattr(diagnostic, "constraint_name", "")
    if contrainte == "exemplaire_dehors" and (sortie := sortie_de(exemplaire)):
        return Refus(
            _(
                "L’exemplaire nº %(numero)s est sorti avec le prêt nº %(pret)s, à %(qui)s : notez "
                "d’abord son retour."
            )
            % {
                "numero": exemplaire.numero,
                "pret": sortie.pret.numero,
                "qui": sortie.pret.emprunteur,
            }
        )
    if contrainte != "ressource_stock":
        raise erreur
    manque = int(diagnostic.message_hint or 1)
    phrase = ngettext(
        "Il en manquerait %(n)s pour tenir ce qui est promis :",
        "Il en manquerait %(n)s pour tenir ce qui est promis :",
        manque,
    ) % {"n": manque}
    noms = "; ".join(_nommer(pret) for pret in promis_au_pic(exemplaire.ressource)[:NOMMES])
    return Refus(
        f"{phrase} {noms}. "
        + _("Convenez d’abord d’autres dates ou d’une autre quantité avec ces organismes.")
    )


def _nommer(pret: Pret) -> str:
    return _("prêt nº %(numero)s, %(n)s à %(qui)s, à partir du %(date)s") % {
        "numero": pret.numero,
        "n": pret.quantite - pret.quantite_rendue,
        "qui": pret.emprunteur,
        "date": disponibilite.en_mots(timezone.localtime(pret.debut).date()),
    }


def promis_au_pic(ressource: Ressource) -> list[Pret]:
    """The loans that hold the most at one instant from now on."""
    maintenant = timezone.now()
    tenus = list(
        Pret.objects.filter(ressource=ressource, etat__in=TENUS)
        .filter(Q(tenue__endswith__gt=maintenant) | Q(etat=Etat.REMIS))
        .select_related("emprunteur")
        .order_by("periode", "pk")
    )

    def a(instant: dt.datetime) -> list[Pret]:
        return [
            p for p in tenus if p.debut <= instant and (p.est_en_retard or instant < p.tenue.upper)
        ]

    instants = [maintenant, *(p.debut for p in tenus if p.debut > maintenant)]
    return max(
        map(a, instants), key=lambda prets: sum(p.quantite - p.quantite_rendue for p in prets)
    )
