from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PratiquesConfig(AppConfig):
    name = "pratiques"
    verbose_name = _("Pratiques inspirantes")
