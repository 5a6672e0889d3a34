from django.apps import AppConfig


class MutualisationConfig(AppConfig):
    name = "mutualisation"
