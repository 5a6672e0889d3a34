"""The addresses of this floor: the registry, then the loans."""

from django.urls import path

from ressources.views import annonces, attentes, ententes, prets, ressources

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
]

# /prets/ and what waits
prets_et_emprunts = [
    path("ressources/<slug:slug>/demander/", prets.pret_demander, name="pret_demander"),
    path("prets/", prets.pret_liste, name="pret_liste"),
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

urlpatterns = [*registre, *prets_et_emprunts]
