"""For the network's administration: the questions, their answers, and the sheets' facts."""

from django.contrib import admin
from django.db import models

from pratiques.models import Fait, Pratique, Question, Reponse, Source


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    list_display = ["texte", "theme", "recolte", "ordre"]
    list_filter = ["theme"]
    prepopulated_fields = {"slug": ["texte"]}


@admin.register(Reponse)
class ReponseAdmin(admin.ModelAdmin):
    list_display = ["question", "organisation", "fonction", "etat", "publiee_le"]
    list_filter = ["etat"]
    list_select_related = ["question", "organisation"]
    raw_id_fields = ["organisation", "pratique"]


class SourceEnLigne(admin.TabularInline):
    model = Source
    extra = 0
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


class FaitEnLigne(admin.TabularInline):
    model = Fait
    extra = 0

    def formfield_for_foreignkey(self, db_field, request, **options):
        """A fact leans on a source of its own practice."""
        if db_field.name == "source":
            options["queryset"] = Source.objects.filter(
                pratique=request.resolver_match.kwargs.get("object_id")
            )
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(Pratique)
class PratiqueAdmin(admin.ModelAdmin):
    """Words are changed through the portal, where a table reads them; here, sources and facts."""

    list_display = ["titre", "etat", "provenance", "organisation", "table", "modifiee_le"]
    list_filter = ["etat", "provenance", "table"]
    list_select_related = ["organisation", "table"]
    search_fields = ["titre"]
    fields = ["titre", "accroche", "organisation", "table", "territoire"]
    readonly_fields = fields
    inlines = [SourceEnLigne, FaitEnLigne]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
