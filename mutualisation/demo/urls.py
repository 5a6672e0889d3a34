"""The addresses of the demonstration's mailbox. They exist only with DEMO=1."""

from django.urls import path

from mutualisation.demo import views

urlpatterns = [
    path("courriels/", views.demo_courriels, name="demo_courriels"),
    path("courriels/<int:pk>/", views.demo_courriel, name="demo_courriel"),
]
