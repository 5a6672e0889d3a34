from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "mutualisation.demo"
    label = "demo"
