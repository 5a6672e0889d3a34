"""Loads the invented network of the demonstration, once."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mutualisation.demo.chargement import charger
from organisations.models import Organisation
from pratiques.models import Pratique
from ressources.models import Pret, Ressource


class Command(BaseCommand):
    help = "Charge le réseau inventé de la démonstration, une seule fois."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--refaire",
            action="store_true",
            help="efface tout ce que contient la base, puis recharge",
        )

    def handle(self, *, refaire: bool, **options) -> None:
        if not settings.DEMO:
            raise CommandError(
                "Ces données sont inventées : elles se chargent seulement avec DEMO=1, "
                "jamais dans un portail en service."
            )
        if charger(refaire=refaire) is None:
            self.stdout.write("Le réseau est déjà là : rien n’a changé.")
            return
        self.stdout.write(
            f"Réseau de démonstration chargé : {Organisation.objects.count()} organismes, "
            f"{Ressource.objects.count()} ressources, {Pret.objects.count()} prêts, "
            f"{Pratique.objects.count()} pratiques."
        )
