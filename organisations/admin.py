"""For the network's administration: tables and mandates, territories, organisations, people, and
the journal, read-only. What is published and decided goes through the portal, not through here."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest

from organisations.models import (
    Adhesion,
    Invitation,
    Journal,
    Mandat,
    Organisation,
    Personne,
    Table,
    Territoire,
)

admin.site.site_header = admin.site.site_title = "Administration du réseau"
# One door: allauth's, with its limits and its second step.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class LectureSeule:
    """Everything is read, nothing is written."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Territoire)
class TerritoireAdmin(admin.ModelAdmin):
    list_display = ["nom", "nature", "parent", "code"]
    list_filter = ["nature"]
    list_select_related = ["parent"]
    search_fields = ["nom", "code"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["nom"]}


class MandatEnLigne(admin.TabularInline):
    model = Mandat
    extra = 0
    autocomplete_fields = ["personne"]


@admin.register(Table)
class TableAdmin(admin.ModelAdmin):
    list_display = ["nom", "nature", "territoire", "delai_jours"]
    list_filter = ["nature"]
    list_select_related = ["territoire"]
    search_fields = ["nom"]
    autocomplete_fields = ["territoire"]
    prepopulated_fields = {"slug": ["nom"]}
    inlines = [MandatEnLigne]


@admin.register(Mandat)
class MandatAdmin(admin.ModelAdmin):
    list_display = ["table", "personne", "fonction", "debut", "fin"]
    list_filter = ["table"]
    list_select_related = ["table", "personne"]
    autocomplete_fields = ["table", "personne"]


class AdhesionEnLigne(LectureSeule, admin.TabularInline):
    model = Adhesion
    extra = 0
    fields = ["personne", "role", "fonction", "etat", "depuis"]


class InvitationEnLigne(LectureSeule, admin.TabularInline):
    model = Invitation
    extra = 0
    fields = ["courriel", "role", "envoyee_le", "expire_le", "acceptee_le", "annulee_le"]
    readonly_fields = fields


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """The table it belongs to, and its contact data. Its own words are its own."""

    list_display = ["nom", "table", "territoire", "etat", "provenance"]
    list_filter = ["etat", "provenance", "table"]
    list_select_related = ["table", "territoire"]
    search_fields = ["nom"]
    autocomplete_fields = ["table", "territoire"]
    fields = [
        "nom",
        "mission",
        "etat",
        "table",
        "territoire",
        "adresse",
        "heures",
        "acces",
        "courriel",
        "telephone",
        "provenance",
        "source_libelle",
        "source_url",
        "source_consultee_le",
        "creee_le",
        "publiee_le",
    ]
    readonly_fields = [
        "nom",
        "mission",
        "etat",
        "provenance",
        "source_libelle",
        "source_url",
        "source_consultee_le",
        "creee_le",
        "publiee_le",
    ]
    inlines = [AdhesionEnLigne, InvitationEnLigne]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Personne)
class PersonneAdmin(admin.ModelAdmin):
    """An account is closed by « compte actif », never deleted: the journal keeps its acts."""

    list_display = ["nom_complet", "courriel", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["prenom", "nom", "courriel"]
    fields = [
        "prenom",
        "nom",
        "courriel",
        "langue",
        "is_active",
        "is_staff",
        "date_joined",
        "last_login",
    ]
    readonly_fields = ["courriel", "date_joined", "last_login"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Journal)
class JournalAdmin(LectureSeule, admin.ModelAdmin):
    list_display = ["le", "acte", "titre", "par", "organisation", "table"]
    list_filter = ["acte", "table"]
    list_select_related = ["par", "organisation", "table"]
    search_fields = ["titre"]
    date_hierarchy = "le"
