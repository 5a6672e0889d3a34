"""What is known while loading: today, and what was created so far, by its short name."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from organisations.models import (
    Journal,
    Organisation,
    Personne,
    Publiable,
    Revision,
    Table,
    Territoire,
)
from organisations.publication import PASSAGES
from pratiques.models import Pratique
from ressources.models import Ressource


class Monde:
    def __init__(self) -> None:
        self.maintenant: datetime = timezone.now()
        self.aujourdhui: date = timezone.localdate(self.maintenant)
        self.hasard = random.Random("26 octobre 2018")  # the same draws at each load
        self.territoires: dict[str, Territoire] = {}
        self.tables: dict[str, Table] = {}
        self.personnes: dict[str, Personne] = {}
        self.organisations: dict[str, Organisation] = {}
        self.membres: dict[str, list[Personne]] = {}
        self.coordination: dict[str, list[Personne]] = {}
        self.ressources: dict[str, Ressource] = {}
        self.pratiques: dict[str, Pratique] = {}
        self._revisions: list[Revision] = []
        self._journal: list[Journal] = []

    # ------------------------------------------------------------ time
    def jour(self, decalage: int) -> date:
        return self.aujourdhui + timedelta(days=decalage)

    def instant(self, decalage: int, heure: int = 0, minute: int = 0) -> datetime:
        """So many days from today, at this local time."""
        return timezone.make_aware(datetime.combine(self.jour(decalage), time(heure, minute)))

    def passe(self, decalage: int, heure: int = 0, minute: int = 0) -> datetime:
        """The same, never in the future: what is told has happened."""
        return min(self.instant(decalage, heure, minute), self.maintenant - timedelta(minutes=7))

    # ------------------------------------------------------------ readings and journal
    def lecture(
        self,
        objet: Publiable,
        *,
        par: Personne | None,
        le: datetime,
        nature: str = Revision.Nature.NOUVELLE,
        etat: str = Revision.Etat.EN_ATTENTE,
        lue_par: Personne | None = None,
        lue_le: datetime | None = None,
        champs: dict[str, Any] | None = None,
        motif: str = "",
        mot: str = "",
    ) -> None:
        """One reading asked of the table of `objet`, decided or not, and its lines of journal."""
        self._revisions.append(
            Revision(
                objet_type=ContentType.objects.get_for_model(objet),
                objet_id=objet.pk,
                titre=str(objet)[:200],
                nature=nature,
                table=objet.table_moderatrice,
                organisation=objet.organisation_auteur,
                par=par,
                champs=champs or {},
                soumise_le=le,
                etat=etat,
                motif=motif,
                mot=mot,
                decidee_par=lue_par,
                decidee_le=lue_le,
            )
        )
        if nature == Revision.Nature.MODIFICATION:
            self.inscrire("modifier", objet, par=par, le=le, champs=champs or {})
        else:
            self.passage(
                "publier" if nature == Revision.Nature.APRES_COUP else "soumettre",
                objet,
                par=par,
                le=le,
            )
        if etat == Revision.Etat.APPROUVEE:
            details = {"nature": nature, "champs": champs or {}}
            self.inscrire("approuver", objet, par=lue_par, le=lue_le, **details)
        elif etat == Revision.Etat.RENVOYEE:
            details = {"nature": nature, "champs": champs or {}, "motif": motif, "mot": mot}
            self.inscrire("renvoyer", objet, par=lue_par, le=lue_le, **details)

    def passage(self, verbe: str, objet: Publiable, *, par, le, **details) -> None:
        passage = PASSAGES[verbe]
        self.inscrire(
            verbe,
            objet,
            par=par,
            le=le,
            cote=passage.cote.value,
            vers=passage.vers.value,
            **details,
        )

    def inscrire(self, acte: str, objet: Publiable, *, par, le, **details) -> None:
        self._journal.append(
            Journal(
                le=le,
                par=par,
                acte=acte,
                objet_type=ContentType.objects.get_for_model(objet),
                objet_id=objet.pk,
                titre=str(objet)[:200],
                table=objet.table_moderatrice,
                organisation=objet.organisation_auteur,
                details=details,
            )
        )

    def ecrire_la_memoire(self) -> None:
        Revision.objects.bulk_create(sorted(self._revisions, key=lambda r: r.soumise_le))
        Journal.objects.bulk_create(sorted(self._journal, key=lambda j: j.le))
