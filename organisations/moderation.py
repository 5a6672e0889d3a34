"""The verbs of publication: what authors submit and withdraw, what a table decides.

The order is the same everywhere: lock, rule, right, state, trace, notification.
"""

from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations import notifications
from organisations.droits import Droit, exiger, peut, tables_coordonnees
from organisations.journal import inscrire
from organisations.models import (
    Adhesion,
    Journal,
    Mandat,
    Organisation,
    Personne,
    Publiable,
    Revision,
    Table,
)
from organisations.publication import EDITABLES, PASSAGES, Cote, Etat, Passage
from organisations.refus import Refus, refus_de_la_base
from organisations.vocabulaire import Motif

Objet = TypeVar("Objet", bound=Publiable)  # a verb gives back the very kind it was given


def _verrouiller(objet: Objet) -> Objet:
    """The same row, locked, as it is now: the caller's copy may be old."""
    return type(objet)._default_manager.select_for_update(no_key=True).get(pk=objet.pk)


def _passer(objet: Publiable, verbe: str) -> Passage:
    """Applies one step of the table of passages, or refuses with a sentence."""
    passage = PASSAGES[verbe]
    if objet.etat not in passage.de:
        raise Refus(
            _(
                "« %(titre)s » est maintenant à l’état « %(etat)s » : "
                "cette action n’est plus possible."
            )
            % {"titre": objet, "etat": objet.get_etat_display()}
        )
    return passage


def _enregistrer(objet: Publiable, *champs: str) -> None:
    """Writes; the database has the last word, and its constraint the sentence."""
    try:
        with transaction.atomic():
            objet.save(update_fields=champs)
    except IntegrityError as erreur:
        raise refus_de_la_base(erreur, type(objet)) from erreur


def _changer(objet: Publiable, passage: Passage, *champs: str) -> None:
    objet.etat = passage.vers
    objet.modifiee_le = timezone.now()
    if passage.vers == Etat.PUBLIEE and objet.publiee_le is None:
        objet.publiee_le = objet.modifiee_le
    objet.save(update_fields=["etat", "modifiee_le", "publiee_le", *champs])


def _exiger_auteur(objet: Publiable, par: Personne) -> None:
    organisation = objet.organisation_auteur
    if organisation is None:
        exiger(par, Droit.MODERER, objet.table_moderatrice)
    else:
        droit = Droit.GERER if organisation is objet else Droit.PROPOSER
        exiger(par, droit, organisation)


def _revision_ouverte(objet: Publiable) -> Revision | None:
    return (
        Revision.objects.en_attente()
        .select_for_update(no_key=True, of=("self",))
        .filter(objet_type=ContentType.objects.get_for_model(objet), objet_id=objet.pk)
        .first()
    )


def _abandonner(objet: Publiable) -> Revision | None:
    """Closes the reading that waits, if any, and gives it back."""
    revision = _revision_ouverte(objet)
    if revision:
        revision.etat = Revision.Etat.ABANDONNEE
        revision.decidee_le = timezone.now()
        revision.save(update_fields=["etat", "decidee_le"])
    return revision


def _demander_lecture(
    objet: Publiable, nature: str, par: Personne, champs: dict | None = None
) -> Revision:
    ancienne = _abandonner(objet)
    soumise_le = timezone.now()
    if ancienne and ancienne.nature == nature:
        # One more change to what already waits keeps its place in the queue.
        soumise_le = ancienne.soumise_le
    return Revision.objects.create(
        soumise_le=soumise_le,
        objet_type=ContentType.objects.get_for_model(objet),
        objet_id=objet.pk,
        titre=str(objet)[:200],
        nature=nature,
        table=objet.table_moderatrice,
        organisation=objet.organisation_auteur,
        par=par,
        champs=champs or {},
    )


def _avertir_la_table(revision: Revision, objet: Publiable, par: Personne) -> None:
    notifications.envoyer(
        "lecture_demandee",
        notifications.coordination(revision.table),
        {"revision": revision, "objet": objet, "par": par},
        essentiel=False,
    )


# ------------------------------------------------------------------ the author's verbs


def est_lue_avant(objet: Publiable) -> bool:
    """Read before it is public: an organisation itself, what its class says is always read,
    everything of an organisation not yet verified, its first one, and one sent back."""
    organisation = objet.organisation_auteur
    if organisation is None or organisation is objet or getattr(objet, "TOUJOURS_LUE", False):
        return True
    if not organisation.est_verifiee or objet.etat == Etat.A_CORRIGER:
        return True
    decidees = Revision.objects.filter(
        organisation=organisation, objet_type=ContentType.objects.get_for_model(objet)
    )
    # Put away and taken up again, what was sent back is still what was sent back.
    siennes = decidees.filter(
        objet_id=objet.pk, etat__in=[Revision.Etat.APPROUVEE, Revision.Etat.RENVOYEE]
    )
    derniere = siennes.order_by("-decidee_le", "-pk").first()
    if derniere and derniere.etat == Revision.Etat.RENVOYEE:
        return True
    return not decidees.filter(etat=Revision.Etat.APPROUVEE).exists()


@transaction.atomic
def soumettre(objet: Objet, *, par: Personne) -> Objet:
    """Sends a draft to the table; of a known organisation, publishes it and has it read after."""
    objet = _verrouiller(objet)
    avant = est_lue_avant(objet)
    passage = _passer(objet, "soumettre" if avant else "publier")
    _exiger_auteur(objet, par)
    _changer(objet, passage)
    revision = _demander_lecture(
        objet, Revision.Nature.NOUVELLE if avant else Revision.Nature.APRES_COUP, par
    )
    _tracer(passage, objet, par)
    _avertir_la_table(revision, objet, par)
    return objet


@transaction.atomic
def modifier(objet: Publiable, champs: dict[str, Any], *, par: Personne) -> Revision | None:
    """Writes new values. On something public, a changed fact waits for the table: returns the
    reading asked for, and what is public stays as it was. Otherwise returns None. Changes that
    already wait are kept beside the new ones; a fact put back as it was waits no more."""
    objet = _verrouiller(objet)
    if objet.etat not in (*EDITABLES, Etat.PUBLIEE):
        raise Refus(
            _("« %(titre)s » est maintenant à l’état « %(etat)s » : on ne peut plus la modifier.")
            % {"titre": objet, "etat": objet.get_etat_display()}
        )
    _exiger_auteur(objet, par)
    deja = proposees(objet) if objet.etat == Etat.PUBLIEE else {}
    champs = {**deja, **champs}
    changes = {nom: v for nom, v in champs.items() if getattr(objet, nom) != v}
    a_lire = {nom: v for nom, v in changes.items() if nom in objet.CHAMPS_LUS}
    if objet.etat != Etat.PUBLIEE:
        a_lire = {}
    directs = {nom: v for nom, v in changes.items() if nom not in a_lire}
    if directs:
        for nom, valeur in directs.items():
            setattr(objet, nom, valeur)
        objet.modifiee_le = timezone.now()
        _enregistrer(objet, *directs, "modifiee_le")
    if a_lire == deja:
        return None
    if not a_lire:
        _abandonner(objet)
        return None
    differences = {nom: difference(objet, nom, valeur) for nom, valeur in a_lire.items()}
    revision = _demander_lecture(objet, Revision.Nature.MODIFICATION, par, differences)
    inscrire(
        "modifier",
        objet,
        par=par,
        table=objet.table_moderatrice,
        organisation=objet.organisation_auteur,
        champs=differences,
    )
    if not deja:  # the table is told once, not at each step of a form
        _avertir_la_table(revision, objet, par)
    return revision


@transaction.atomic
def archiver(objet: Objet, *, par: Personne) -> Objet:
    return _acte_de_lauteur(objet, "archiver", par)


@transaction.atomic
def retirer(objet: Objet, *, par: Personne) -> Objet:
    """Immediate, by the organisation: the page answers 410 from now on."""
    return _acte_de_lauteur(objet, "retirer", par)


@transaction.atomic
def reprendre(objet: Objet, *, par: Personne) -> Objet:
    return _acte_de_lauteur(objet, "reprendre", par)


def _acte_de_lauteur(objet: Objet, verbe: str, par: Personne) -> Objet:
    objet = _verrouiller(objet)
    passage = _passer(objet, verbe)
    _exiger_auteur(objet, par)
    _abandonner(objet)
    _changer(objet, passage)
    _tracer(passage, objet, par)
    return objet


# ------------------------------------------------------------------ the table's verbs


def _est_juge_et_partie(table: Table, organisation: Organisation | None, par: Personne) -> bool:
    """One does not decide on one's own organisation when the table has somebody else."""
    if organisation is None or not (
        Organisation.objects.de(par).filter(pk=organisation.pk).exists()
    ):
        return False
    return (
        Mandat.objects.en_cours()
        .filter(table=table)
        .exclude(personne=par)
        .exclude(
            personne__in=Adhesion.objects.actives()
            .filter(organisation=organisation)
            .values("personne")
        )
        .exists()
    )


def peut_decider(revision: Revision, par: Personne) -> bool:
    """What the decision form is drawn from."""
    return peut(par, Droit.MODERER, revision.table) and not _est_juge_et_partie(
        revision.table, revision.organisation, par
    )


def _exiger_decideur(table: Table, organisation: Organisation | None, par: Personne) -> None:
    exiger(par, Droit.MODERER, table)
    if _est_juge_et_partie(table, organisation, par):
        raise Refus(
            _(
                "Vous faites partie de cet organisme : une autre personne de la table doit "
                "décider à votre place."
            )
        )


def _ouvrir(revision: Revision) -> tuple[Revision, Publiable]:
    """The reading and its object, locked (the object first: the order every verb takes)."""
    objet = revision.objet
    if objet is None:
        raise Refus(_("Cet élément n’existe plus."))
    objet = _verrouiller(objet)
    revision = (
        Revision.objects.select_for_update(no_key=True, of=("self",))
        .select_related("table", "organisation")
        .get(pk=revision.pk)
    )
    if revision.etat != Revision.Etat.EN_ATTENTE:
        raise Refus(
            _("« %(titre)s » a déjà été traité : %(etat)s.")
            % {"titre": revision.titre, "etat": revision.get_etat_display().lower()}
        )
    return revision, objet


def _decider(revision: Revision, etat: str, par: Personne, motif: str = "", mot: str = "") -> None:
    revision.etat, revision.motif, revision.mot = etat, motif, mot
    revision.decidee_par, revision.decidee_le = par, timezone.now()
    revision.save(update_fields=["etat", "motif", "mot", "decidee_par", "decidee_le"])


@transaction.atomic
def approuver(revision: Revision, *, par: Personne) -> Publiable:
    """Publishes what is new, or writes the changed fields; what was read after stays public."""
    revision, objet = _ouvrir(revision)
    if revision.nature == Revision.Nature.NOUVELLE:
        passage = _passer(objet, "approuver")
    _exiger_decideur(revision.table, revision.organisation, par)
    if revision.nature == Revision.Nature.NOUVELLE:
        _changer(objet, passage)
    elif revision.nature == Revision.Nature.MODIFICATION:
        for nom, changement in revision.champs.items():
            champ = objet._meta.get_field(nom)
            valeur = changement["valeur"]
            setattr(
                objet,
                champ.attname,
                None if valeur is None else champ.to_python(valeur),
            )
        objet.modifiee_le = timezone.now()
        _enregistrer(objet, *revision.champs, "modifiee_le")
    _decider(revision, Revision.Etat.APPROUVEE, par)
    _tracer_decision("approuver", revision, objet, par)
    notifications.envoyer(
        "lecture_approuvee",
        _auteurs(revision),
        {"revision": revision, "objet": objet},
        essentiel=False,
    )
    return objet


@transaction.atomic
def renvoyer(revision: Revision, *, par: Personne, motif: str, mot: str) -> Publiable:
    """Sends back with a reason from the closed list and a word. What was public before stays so,
    unless it was put on line without being read."""
    if motif not in Motif.values:
        raise Refus(_("Choisissez un motif dans la liste."), champ="motif")
    if not mot.strip():
        raise Refus(_("Écrivez un mot : dites ce qu’il faut changer et comment."), champ="mot")
    revision, objet = _ouvrir(revision)
    if revision.nature != Revision.Nature.MODIFICATION:
        passage = _passer(objet, "renvoyer")
    _exiger_decideur(revision.table, revision.organisation, par)
    if revision.nature != Revision.Nature.MODIFICATION:
        _changer(objet, passage)
    _decider(revision, Revision.Etat.RENVOYEE, par, motif, mot.strip())
    _tracer_decision("renvoyer", revision, objet, par, motif=motif, mot=mot.strip())
    notifications.envoyer(
        "lecture_renvoyee",
        _auteurs(revision),
        {"revision": revision, "objet": objet, "par": par},
    )
    return objet


@transaction.atomic
def suspendre(objet: Objet, *, par: Personne, mot: str) -> Objet:
    """Takes something public away, at once. Running loans go on."""
    if not mot.strip():
        raise Refus(
            _("Expliquez pourquoi : votre mot est envoyé à l’organisme."),
            champ="raison",
        )
    return _acte_de_la_table(objet, "suspendre", par, "suspension", mot.strip())


@transaction.atomic
def retablir(objet: Objet, *, par: Personne) -> Objet:
    return _acte_de_la_table(objet, "retablir", par, "retablissement", "")


def _acte_de_la_table(objet: Objet, verbe: str, par: Personne, gabarit: str, mot: str) -> Objet:
    objet = _verrouiller(objet)
    passage = _passer(objet, verbe)
    _exiger_decideur(objet.table_moderatrice, objet.organisation_auteur, par)
    _abandonner(objet)
    _changer(objet, passage)
    _tracer(passage, objet, par, mot=mot)
    organisation = objet.organisation_auteur
    if organisation:
        notifications.envoyer(
            gabarit,
            notifications.membres(organisation),
            {"objet": objet, "par": par, "mot": mot},
        )
    return objet


# ------------------------------------------------------------------ pieces


def proposees(objet: Publiable) -> dict[str, Any]:
    """The changed facts that wait for the table: what the author's form shows in their place."""
    revision = (
        Revision.objects.en_attente()
        .filter(
            nature=Revision.Nature.MODIFICATION,
            objet_type=ContentType.objects.get_for_model(objet),
            objet_id=objet.pk,
        )
        .first()
    )
    valeurs: dict[str, Any] = {}
    for nom, changement in revision.champs.items() if revision else ():
        champ = objet._meta.get_field(nom)
        valeur = changement["valeur"]
        if valeur is not None:
            valeur = champ.to_python(valeur)
            if champ.is_relation:
                valeur = champ.related_model._default_manager.get(pk=valeur)
        valeurs[nom] = valeur
    return valeurs


def difference(objet: models.Model, nom: str, valeur: Any) -> dict[str, Any]:
    """How a field is now and how it would be, as read on the page, and the value to write."""
    champ = objet._meta.get_field(nom)
    avant = affichage(objet, nom)
    ancienne = getattr(objet, champ.attname)
    setattr(objet, nom, valeur)
    apres = affichage(objet, nom)
    brute = champ.value_from_object(objet)
    ecrite = None if brute is None else champ.value_to_string(objet)
    setattr(objet, champ.attname, ancienne)
    return {"avant": avant, "apres": apres, "valeur": ecrite}


def affichage(objet: models.Model, nom: str) -> str:
    """A field's value as a person reads it."""
    champ = objet._meta.get_field(nom)
    valeur = getattr(objet, nom)
    if valeur in (None, "", []):
        return ""
    if isinstance(valeur, bool):
        return str(_("Oui") if valeur else _("Non"))
    base = getattr(champ, "base_field", None)
    if base is not None:
        libelles = dict(base.flatchoices or ())
        return ", ".join(str(libelles.get(v, v)) for v in valeur)
    return str(dict(champ.flatchoices).get(valeur, valeur) if champ.flatchoices else valeur)


def _tracer(passage: Passage, objet: Publiable, par: Personne, **details) -> Journal:
    return inscrire(
        passage.verbe,
        objet,
        par=par,
        table=objet.table_moderatrice,
        organisation=objet.organisation_auteur,
        cote=Cote(passage.cote).value,
        vers=passage.vers.value,
        **details,
    )


def _tracer_decision(verbe: str, revision: Revision, objet: Publiable, par: Personne, **details):
    return inscrire(
        verbe,
        objet,
        par=par,
        table=revision.table,
        organisation=revision.organisation,
        nature=revision.nature,
        champs=revision.champs,
        **details,
    )


def _auteurs(revision: Revision) -> list[Personne]:
    """Who proposed it, and the responsables of the organisation."""
    personnes = [revision.par] if revision.par else []
    if revision.organisation:
        personnes += notifications.responsables(revision.organisation)
    return personnes


def file_de(personne: Personne):
    """The readings that wait for this person: those of the tables he or she coordinates."""
    return Revision.objects.pour_la_file().filter(table__in=tables_coordonnees(personne))
