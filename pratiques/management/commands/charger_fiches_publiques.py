"""Puts on line, once, the sheets written from public sources, under the care of one table."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from organisations.models import Table
from pratiques.fiches_publiques import FICHES
from pratiques.recits import publier_fiche


class Command(BaseCommand):
    help = "Charge les fiches rédigées à partir de sources publiques, une seule fois."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--table", required=True, metavar="ADRESSE", help="la table qui répond de ces fiches"
        )

    def handle(self, *, table: str, **options) -> None:
        responsable = Table.objects.filter(slug=table).first()
        if responsable is None:
            raise CommandError(f"Aucune table n’a l’adresse « {table} ».")
        for fiche in FICHES:
            pratique = publier_fiche(fiche, table=responsable)
            self.stdout.write(
                f"{fiche.nom} : {'en ligne' if pratique else 'déjà là, rien n’a changé'}"
            )
