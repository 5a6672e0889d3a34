"""The addresses of this floor: the registry, then the loans."""

from django.urls import path

from ressources.views import (
    agendas,
    annonces,
    attentes,
    constats,
    demandes,
    ententes,
    exemplaires,
    horaires,
    paniers,
    prets,
    ressources,
    series,
)

# /ressources/ and what is one organisation's
registre = [
    path("ressources/", ressources.ressource_liste, name="ressource_liste"),
    path("ressources/proposer/", annonces.ressource_creer, name="ressource_creer"),
    path("ressources/<slug:slug>/", ressources.ressource_detail, name="ressource_detail"),
    path(
        "ressources/<slug:slug>/modifier/<int:etape>/",
        annonces.ressource_modifier,
        name="ressource_modifier",
    ),
    path(
        "ressources/<slug:slug>/soumettre/",
        annonces.ressource_soumettre,
        name="ressource_soumettre",
    ),
    path(
        "ressources/<slug:slug>/archiver/", annonces.ressource_archiver, name="ressource_archiver"
    ),
    path(
        "ressources/<slug:slug>/reprendre/",
        annonces.ressource_reprendre,
        name="ressource_reprendre",
    ),
    path("ressources/<slug:slug>/retirer/", annonces.ressource_retirer, name="ressource_retirer"),
    path("ressources/<slug:slug>/photos/", annonces.photo_ajouter, name="photo_ajouter"),
    path(
        "ressources/<slug:slug>/photos/<int:pk>/retirer/",
        annonces.photo_retirer,
        name="photo_retirer",
    ),
    path("mes-ressources/", annonces.mes_ressources, name="mes_ressources"),
    path("medias/<path:chemin>", ressources.media, name="media"),
    # when it is open
    path(
        "ressources/<slug:slug>/horaires/", horaires.ressource_horaires, name="ressource_horaires"
    ),
    path(
        "ressources/<slug:slug>/fermetures/",
        horaires.fermeture_ajouter,
        name="fermeture_ajouter",
    ),
    path(
        "ressources/<slug:slug>/fermetures/<int:pk>/retirer/",
        horaires.fermeture_retirer,
        name="fermeture_retirer",
    ),
]

# /prets/ and what waits
prets_et_emprunts = [
    path("ressources/<slug:slug>/demander/", prets.pret_demander, name="pret_demander"),
    path("prets/", prets.pret_liste, name="pret_liste"),
    path("prets/export.csv", prets.pret_exporter, name="pret_exporter"),
    path("prets/<int:pk>/", prets.pret_detail, name="pret_detail"),
    path("prets/<int:pk>/faire/<slug:verbe>/", prets.pret_effectuer, name="pret_effectuer"),
    path("prets/<int:pk>/ecrire/", prets.pret_ecrire, name="pret_ecrire"),
    path("prets/<int:pk>/evaluer/", prets.pret_evaluer, name="pret_evaluer"),
    path("a-faire/", prets.a_faire, name="a_faire"),
    # the agreement of a loan
    path("prets/<int:pk>/entente/", ententes.entente_detail, name="entente_detail"),
    path("prets/<int:pk>/entente/accepter/", ententes.entente_signer, name="entente_signer"),
    path("prets/<int:pk>/entente.pdf", ententes.entente_pdf, name="entente_pdf"),
    # the waiting list
    path("attentes/", attentes.attente_liste, name="attente_liste"),
    path("ressources/<slug:slug>/attendre/", attentes.attente_creer, name="attente_creer"),
    path("attentes/<int:pk>/renoncer/", attentes.attente_renoncer, name="attente_renoncer"),
]

# What is asked together: a series, a basket; and whom one trusts
ensemble = [
    path("ressources/<slug:slug>/demander/serie/", series.serie_demander, name="serie_demander"),
    path("demandes/<int:pk>/", demandes.demande_detail, name="demande_detail"),
    path(
        "demandes/<int:pk>/faire/<slug:verbe>/",
        demandes.demande_effectuer,
        name="demande_effectuer",
    ),
    path("panier/", paniers.panier, name="panier"),
    path("panier/ajouter/<slug:slug>/", paniers.panier_ajouter, name="panier_ajouter"),
    path("panier/modifier/", paniers.panier_modifier, name="panier_modifier"),
    path("panier/retirer/<int:pk>/", paniers.panier_retirer, name="panier_retirer"),
    path("panier/envoyer/", paniers.panier_envoyer, name="panier_envoyer"),
    path("confiance/", demandes.confiance_liste, name="confiance_liste"),
    path("confiance/ajouter/", demandes.confiance_ajouter, name="confiance_ajouter"),
    path("confiance/<int:pk>/retirer/", demandes.confiance_retirer, name="confiance_retirer"),
]


# numbered copies, condition reports, the sheet of the day
exemplaires_et_constats = [
    path("e/", exemplaires.exemplaire_chercher, name="exemplaire_chercher"),
    path("e/<slug:code>/", exemplaires.exemplaire_scan, name="exemplaire_scan"),
    path(
        "ressources/<slug:slug>/exemplaires/",
        exemplaires.exemplaire_liste,
        name="exemplaire_liste",
    ),
    path(
        "ressources/<slug:slug>/exemplaires/numeroter/",
        exemplaires.exemplaire_numeroter,
        name="exemplaire_numeroter",
    ),
    path(
        "ressources/<slug:slug>/exemplaires/ajouter/",
        exemplaires.exemplaire_ajouter,
        name="exemplaire_ajouter",
    ),
    path(
        "ressources/<slug:slug>/exemplaires/etiquettes/",
        exemplaires.exemplaire_etiquettes,
        name="exemplaire_etiquettes",
    ),
    path(
        "ressources/<slug:slug>/exemplaires/<int:pk>/noter/",
        exemplaires.exemplaire_noter,
        name="exemplaire_noter",
    ),
    path(
        "ressources/<slug:slug>/exemplaires/<int:pk>/faire/<slug:verbe>/",
        exemplaires.exemplaire_effectuer,
        name="exemplaire_effectuer",
    ),
    path("prets/journee/", constats.pret_journee, name="pret_journee"),
    path("prets/<int:pk>/remettre/", constats.pret_remettre, name="pret_remettre"),
    path("prets/<int:pk>/rendre/", constats.pret_rendre, name="pret_rendre"),
    path("prets/<int:pk>/constater/", constats.pret_constater, name="pret_constater"),
    path(
        "prets/<int:pk>/photos/<uuid:cle>-<int:largeur>.<slug:format>",
        constats.photo_constat,
        name="photo_constat",
    ),
]


# /agendas/ and the address a calendar reads
abonnements = [
    path("agendas/", agendas.agenda_liste, name="agenda_liste"),
    path("agendas/creer/", agendas.agenda_creer, name="agenda_creer"),
    path("agendas/<int:pk>/renouveler/", agendas.agenda_renouveler, name="agenda_renouveler"),
    path("agendas/<int:pk>/revoquer/", agendas.agenda_revoquer, name="agenda_revoquer"),
    path("agenda/<str:jeton>.ics", agendas.agenda, name="agenda"),
]

urlpatterns = [
    *registre,
    *prets_et_emprunts,
    *ensemble,
    *exemplaires_et_constats,
    *abonnements,
]
