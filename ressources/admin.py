"""For the network's administration: to look, not to change. Changes go through the portal, where
the table reads them and the timeline tells them."""

from django.contrib import admin

from ressources.models import EvenementPret, Photo, Pret, Ressource


class Consultation:
    """Nothing is added, changed or deleted from here."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class PhotoEnLigne(Consultation, admin.TabularInline):
    model = Photo
    fields = ["nom", "alt", "etat", "largeur", "hauteur"]


@admin.register(Ressource)
class RessourceAdmin(Consultation, admin.ModelAdmin):
    list_display = ["titre", "organisation", "sorte", "categorie", "etat", "modifiee_le"]
    list_filter = ["etat", "sorte", "organisation__table"]
    list_select_related = ["organisation"]
    search_fields = ["titre", "organisation__nom"]
    inlines = [PhotoEnLigne]


class EvenementEnLigne(Consultation, admin.TabularInline):
    model = EvenementPret
    fields = ["le", "verbe", "vers", "cote", "par"]  # the words stay between the two sides


@admin.register(Pret)
class PretAdmin(Consultation, admin.ModelAdmin):
    list_display = ["numero", "ressource", "preteur", "emprunteur", "etat", "periode"]
    list_filter = ["etat", "preteur__table"]
    list_select_related = ["ressource", "preteur", "emprunteur"]
    search_fields = ["ressource__titre", "preteur__nom", "emprunteur__nom"]
    fields = ["ressource", "preteur", "emprunteur", "quantite", "periode", "etat", "demande_le"]
    inlines = [EvenementEnLigne]
