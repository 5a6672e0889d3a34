"""The addresses of this floor: the registry, then the loans."""

from django.urls import URLPattern

registre: list[URLPattern] = []

prets: list[URLPattern] = []

urlpatterns = [*registre, *prets]
