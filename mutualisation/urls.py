"""The site map: one line for each floor."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from mutualisation import views

# Temporary while the rooms are being built: names the shared templates point to.
BIENTOT = """a_faire moderation_file compte organisation_choisir demo_courriels ressource_liste
pratique_liste question_liste organisation_liste table_liste charte confidentialite accessibilite
apparence_choisir ressource_creer pratique_raconter organisation_inscrire mes_ressources pret_liste
second_facteur""".split()

urlpatterns = [
    *[path(f"bientot/{nom}/", views.sante, name=nom) for nom in BIENTOT],
    path("", views.accueil, name="accueil"),
    path("sante/", views.sante, name="sante"),
    path("langue/", login_not_required(set_language), name="set_language"),
    path("compte/", include("allauth.urls")),
    path("", include("organisations.urls")),
    path("", include("ressources.urls")),
    path("", include("pratiques.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("mutualisation.demo.urls")))
