"""Prints the accounts of the demonstration, one for each role."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mutualisation.demo.comptes import MOT_DE_PASSE, comptes


class Command(BaseCommand):
    help = "Affiche les comptes de la démonstration."

    def handle(self, **options) -> None:
        if not settings.DEMO:
            raise CommandError("Ces comptes n’existent que dans la démonstration (DEMO=1).")
        trouves = comptes()
        if not trouves:
            self.stdout.write("Aucun compte de démonstration : lancez d’abord charger_demo.")
            return
        largeur = max(len(compte.courriel) for compte in trouves)
        self.stdout.write(f"Comptes de démonstration (mot de passe : {MOT_DE_PASSE})")
        for compte in trouves:
            self.stdout.write(f"  {compte.courriel:<{largeur}}  {compte.role}")
