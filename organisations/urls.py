"""The addresses of this floor."""

from django.urls import URLPattern, path

from organisations.views import adhesions, compte, courriels, organisations, tables

urlpatterns: list[URLPattern] = [
    path("organisations/", organisations.organisation_liste, name="organisation_liste"),
    path(
        "organisations/inscrire/", organisations.organisation_inscrire, name="organisation_inscrire"
    ),
    path(
        "organisations/<slug:slug>/modifier/",
        organisations.organisation_modifier,
        name="organisation_modifier",
    ),
    path(
        "organisations/<slug:slug>/membres/",
        adhesions.organisation_membres,
        name="organisation_membres",
    ),
    path(
        "organisations/<slug:slug>/rejoindre/",
        adhesions.organisation_rejoindre,
        name="organisation_rejoindre",
    ),
    path(
        "organisations/<slug:slug>/membres/<int:pk>/decider/",
        adhesions.adhesion_decider,
        name="adhesion_decider",
    ),
    path(
        "organisations/<slug:slug>/membres/<int:pk>/modifier/",
        adhesions.adhesion_modifier,
        name="adhesion_modifier",
    ),
    path(
        "organisations/<slug:slug>/invitations/",
        adhesions.invitation_creer,
        name="invitation_creer",
    ),
    path(
        "organisations/<slug:slug>/invitations/<int:pk>/annuler/",
        adhesions.invitation_annuler,
        name="invitation_annuler",
    ),
    path("invitations/<str:jeton>/", adhesions.invitation_detail, name="invitation_detail"),
    path(
        "invitations/<str:jeton>/accepter/",
        adhesions.invitation_accepter,
        name="invitation_accepter",
    ),
    path("agir-pour/", compte.organisation_choisir, name="organisation_choisir"),
    path("tables/", tables.table_liste, name="table_liste"),
    path("tables/<slug:slug>/", tables.table_detail, name="table_detail"),
    path("compte/", compte.compte, name="compte"),
    path("compte/second-facteur/", compte.second_facteur, name="second_facteur"),
    path("compte/courriels/", courriels.compte_courriels, name="compte_courriels"),
    path("courriels/desabonner/<str:jeton>/", courriels.desabonnement, name="desabonnement"),
    path("langue/", compte.set_language, name="set_language"),
]
