"""The addresses of this floor."""

from django.urls import path

from pratiques.views import pratiques, questions

urlpatterns = [
    path("pratiques/", pratiques.pratique_liste, name="pratique_liste"),
    path("pratiques/raconter/", pratiques.pratique_raconter, name="pratique_raconter"),
    path("pratiques/<slug:slug>/", pratiques.pratique_detail, name="pratique_detail"),
    path(
        "pratiques/<slug:slug>/modifier/<int:etape>/",
        pratiques.pratique_modifier,
        name="pratique_modifier",
    ),
    path(
        "pratiques/<slug:slug>/soumettre/", pratiques.pratique_soumettre, name="pratique_soumettre"
    ),
    path("pratiques/<slug:slug>/archiver/", pratiques.pratique_archiver, name="pratique_archiver"),
    path(
        "pratiques/<slug:slug>/reprendre/", pratiques.pratique_reprendre, name="pratique_reprendre"
    ),
    path("pratiques/<slug:slug>/retirer/", pratiques.pratique_retirer, name="pratique_retirer"),
    path("mes-pratiques/", pratiques.mes_pratiques, name="mes_pratiques"),
    path("questions/", questions.question_liste, name="question_liste"),
    path("questions/<slug:slug>/", questions.question_detail, name="question_detail"),
]
