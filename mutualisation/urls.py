"""The site map: one line for each floor."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from mutualisation import moderation, organisations, views

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("sante/", views.sante, name="sante"),
    path("charte/", views.charte, name="charte"),
    path("confidentialite/", views.confidentialite, name="confidentialite"),
    path("accessibilite/", views.accessibilite, name="accessibilite"),
    path("apparence/", views.apparence_choisir, name="apparence_choisir"),
    path("moderation/", moderation.moderation_file, name="moderation_file"),
    path("moderation/journal/", moderation.moderation_journal, name="moderation_journal"),
    path("moderation/<int:pk>/", moderation.moderation_detail, name="moderation_detail"),
    path("moderation/<int:pk>/decider/", moderation.moderation_decider, name="moderation_decider"),
    path(
        "moderation/<str:sorte>/<int:pk>/suspendre/",
        moderation.moderation_suspendre,
        name="moderation_suspendre",
    ),
    path(
        "moderation/<str:sorte>/<int:pk>/retablir/",
        moderation.moderation_retablir,
        name="moderation_retablir",
    ),
    path("", include("organisations.urls")),
    path("compte/", include("allauth.urls")),
    path(
        "organisations/<slug:slug>/",
        organisations.organisation_detail,
        name="organisation_detail",
    ),
    path(
        "organisations/<slug:slug>/retirer/",
        organisations.organisation_retirer,
        name="organisation_retirer",
    ),
    path("", include("ressources.urls")),
    path("", include("pratiques.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("mutualisation.demo.urls")))
