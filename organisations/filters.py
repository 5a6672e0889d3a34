"""The directory's filters: words, sector, place, table."""

import django_filters as filtres
from django.contrib.postgres.search import SearchVector
from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from organisations.forms import ChampTerritoire
from organisations.models import Organisation, Table, Territoire
from organisations.recherche import Cle, requete
from organisations.vocabulaire import Secteur


class TerritoireFiltre(filtres.Filter):
    field_class = ChampTerritoire


class OrganisationFilter(filtres.FilterSet):
    q = filtres.CharFilter(label=_("Nom ou mission"), max_length=100, method="chercher")
    secteur = filtres.ChoiceFilter(
        label=_("Secteur"),
        choices=Secteur.choices,
        empty_label=_("Tous les secteurs"),
        method="du_secteur",
    )
    territoire = TerritoireFiltre(
        label=_("Territoire"),
        to_field_name="slug",
        empty_label=_("Tous les territoires"),
        method="dans",
    )
    table = filtres.ModelChoiceFilter(
        label=_("Table de concertation"),
        queryset=Table.objects.all(),
        to_field_name="slug",
        empty_label=_("Toutes les tables"),
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def chercher(self, qs: QuerySet, nom: str, texte: str) -> QuerySet:
        return qs.annotate(cle=Cle("nom"), mots=SearchVector("nom", "mission", config="fr")).filter(
            Q(cle__contains=Cle(Value(texte.strip()))) | Q(mots=requete(texte))
        )

    def du_secteur(self, qs: QuerySet, nom: str, secteur: str) -> QuerySet:
        return qs.filter(secteurs__contains=[secteur])

    def dans(self, qs: QuerySet, nom: str, territoire: Territoire) -> QuerySet:
        return qs.filter(territoire__chemin__startswith=territoire.chemin)

    def actifs(self) -> list[tuple[str, str]]:
        """The filters that hold: how they read, and the address of the list without each."""
        choisis = self.form.cleaned_data if self.form.is_valid() else {}
        libelles = dict(Secteur.choices)
        return [
            (
                f"«\u00a0{valeur}\u00a0»" if nom == "q" else str(libelles.get(valeur, valeur)),
                self._sans(nom),
            )
            for nom, valeur in choisis.items()
            if valeur
        ]

    def _sans(self, retire: str) -> str:
        garde = self.data.copy()
        for nom in (retire, "page"):
            garde.pop(nom, None)
        return f"?{garde.urlencode()}"
