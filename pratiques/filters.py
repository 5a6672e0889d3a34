"""The directory's facets: what to look for, how many each choice would show, what is active.

Choices of one facet add up (this form or that one); facets narrow each other. A count says how
many practices the choice would show, everything else staying as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import django_filters as filtres
from django import forms
from django.db import models
from django.db.models import Count, F, Func
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organisations.models import Territoire
from organisations.recherche import Cle
from organisations.vocabulaire import Secteur
from pratiques.models import Difficulte, LeconPratique, Pratique
from pratiques.models.pratiques import PratiqueQuerySet
from pratiques.vocabulaire import Echelle, Enjeu, Forme, Lecon, NiveauDePreuve, Stade
from ressources.categories import Sorte
from ressources.forms import ChoixTerritoire
from ressources.recherche import chercher

TRIS = {
    "recentes": (gettext_lazy("Récentes"), ["-publiee_le", "-pk"]),
    "titre": (gettext_lazy("Par titre"), [Cle("titre"), "pk"]),
}


class Unnest(Func):
    """One row for each value of an array."""

    function = "unnest"
    output_field = models.CharField()
    set_returning = True


Comptes = Callable[[models.QuerySet], models.QuerySet]


def _par_valeur(champ: str) -> Comptes:
    return lambda pratiques: pratiques.values_list(champ).annotate(n=Count("pk"))


def _par_element(champ: str) -> Comptes:
    return lambda pratiques: (
        pratiques.annotate(valeur=Unnest(F(champ))).values_list("valeur").annotate(n=Count("pk"))
    )


def _par_partie(modele: type[models.Model], champ: str) -> Comptes:
    return lambda pratiques: (
        modele.objects.filter(pratique__in=pratiques.values("pk"))
        .order_by()
        .values_list(champ)
        .annotate(n=Count("pratique", distinct=True))
    )


@dataclass(frozen=True)
class Axe:
    """A controlled vocabulary one may filter by."""

    titre: str
    vocabulaire: type[models.TextChoices]
    recherche: str  # the lookup that takes the chosen values
    comptes: Comptes


# In the order they are shown. The names are those of the query string.
AXES: dict[str, Axe] = {
    "sorte": Axe(
        gettext_lazy("Ce qui est partagé"), Sorte, "sortes__overlap", _par_element("sortes")
    ),
    "lecon": Axe(
        gettext_lazy("Leçon documentée"),
        Lecon,
        "lecons__lecon__in",
        _par_partie(LeconPratique, "lecon"),
    ),
    "stade": Axe(gettext_lazy("Étape du projet"), Stade, "stade__in", _par_valeur("stade")),
    "forme": Axe(
        gettext_lazy("Forme de mutualisation"), Forme, "formes__overlap", _par_element("formes")
    ),
    "secteur": Axe(gettext_lazy("Secteur"), Secteur, "secteurs__overlap", _par_element("secteurs")),
    "enjeu": Axe(
        gettext_lazy("Difficulté racontée"),
        Enjeu,
        "difficultes__enjeu__in",
        _par_partie(Difficulte, "enjeu"),
    ),
    "echelle": Axe(gettext_lazy("Échelle"), Echelle, "echelle__in", _par_valeur("echelle")),
    "preuve": Axe(
        gettext_lazy("Niveau de preuve"),
        NiveauDePreuve,
        "niveau_de_preuve__in",
        _par_valeur("niveau_de_preuve"),
    ),
}
OUVERTES = ("sorte", "lecon")  # the first facets are seen without a gesture


@dataclass(frozen=True)
class Option:
    valeur: str
    libelle: str
    nombre: int
    cochee: bool
    cle: str  # the id of the number on the page


@dataclass(frozen=True)
class Facette:
    nom: str
    titre: str
    ouverte: bool
    options: list[Option]


@dataclass(frozen=True)
class Puce:
    """An active filter, and the query string without it."""

    libelle: str
    reste: str


@dataclass
class Tri:
    valeur: str
    libelle: str
    actif: bool
    adresse: str = field(default="")


class _Choix(filtres.MultipleChoiceFilter):
    """Values of one vocabulary; a subquery, so that a practice is listed once."""

    def __init__(self, axe: Axe) -> None:
        super().__init__(
            choices=axe.vocabulaire.choices, label=axe.titre, widget=forms.CheckboxSelectMultiple
        )
        self.axe = axe

    def filter(self, qs: models.QuerySet, value: list[str]) -> models.QuerySet:
        if not value:
            return qs
        trouvees = Pratique.objects.filter(**{self.axe.recherche: value}).values("pk")
        return qs.filter(pk__in=trouvees)


class _Territoire(filtres.Filter):
    """A territory and everything inside it, named by its address."""

    field_class = ChoixTerritoire

    def filter(self, qs: models.QuerySet, value: Territoire | None) -> models.QuerySet:
        return qs.filter(territoire__chemin__startswith=value.chemin) if value else qs


class PratiqueFilter(filtres.FilterSet):
    q = filtres.CharFilter(label=gettext_lazy("Mot-clé"), method="par_mots")
    sorte = _Choix(AXES["sorte"])
    lecon = _Choix(AXES["lecon"])
    stade = _Choix(AXES["stade"])
    forme = _Choix(AXES["forme"])
    secteur = _Choix(AXES["secteur"])
    enjeu = _Choix(AXES["enjeu"])
    echelle = _Choix(AXES["echelle"])
    preuve = _Choix(AXES["preuve"])
    territoire = _Territoire(
        label=gettext_lazy("Territoire"),
        to_field_name="slug",
        empty_label=gettext_lazy("Partout"),
    )
    tri = filtres.ChoiceFilter(
        choices=[(v, libelle) for v, (libelle, _ordre) in TRIS.items()], method="tel_quel"
    )

    class Meta:
        model = Pratique
        fields: list[str] = []

    # Whether the words were found only nearly: the page says so.
    approchant = False

    def par_mots(self, qs: PratiqueQuerySet, nom: str, valeur: str) -> models.QuerySet:
        qs, self.approchant = chercher(qs, valeur)
        return qs

    def tel_quel(self, qs: PratiqueQuerySet, nom: str, valeur: str) -> models.QuerySet:
        return qs

    # ------------------------------------------------------------ what is asked
    @cached_property
    def valeurs(self) -> dict[str, Any]:
        """What was understood of the question; the rest is said by `incomprises`."""
        self.form.is_valid()
        return {nom: v for nom, v in self.form.cleaned_data.items() if v}

    @property
    def incomprises(self) -> bool:
        return not self.form.is_valid()

    @cached_property
    def _selon_les_mots(self) -> models.QuerySet:
        """The words are looked for once: every count starts from what they found."""
        texte = self.valeurs.get("q", "")
        if not texte:
            return self.queryset
        return self.filters["q"].filter(self.queryset, texte)

    def _filtrees(self, sauf: str = "") -> models.QuerySet:
        qs = self._selon_les_mots
        for nom, valeur in self.valeurs.items():
            if nom not in ("q", "tri", sauf):
                qs = self.filters[nom].filter(qs, valeur)
        return qs

    # ------------------------------------------------------------ what is answered
    @property
    def pratiques(self) -> models.QuerySet:
        """The practices asked for, in the order asked for; the nearest first after a search."""
        qs = self._filtrees()
        if self.valeurs.get("q") and not self.valeurs.get("tri"):
            return qs.order_by("-rang", "-publiee_le", "-pk")
        return qs.order_by(*TRIS[self.valeurs.get("tri", "recentes")][1])

    @cached_property
    def facettes(self) -> list[Facette]:
        facettes = []
        for nom, axe in AXES.items():
            restantes = Pratique.objects.filter(pk__in=self._filtrees(sauf=nom).values("pk"))
            nombres = dict(axe.comptes(restantes))
            choisies = self.valeurs.get(nom, [])
            options = [
                Option(
                    valeur, libelle, nombres.get(valeur, 0), valeur in choisies, f"{nom}-{valeur}"
                )
                for valeur, libelle in axe.vocabulaire.choices
            ]
            facettes.append(Facette(nom, axe.titre, nom in OUVERTES or bool(choisies), options))
        return facettes

    @property
    def est_active(self) -> bool:
        return any(nom != "tri" for nom in self.valeurs)

    @property
    def puces(self) -> list[Puce]:
        puces = []
        for nom, valeur in self.valeurs.items():
            if nom in AXES:
                libelles = dict(AXES[nom].vocabulaire.choices)
                puces += [Puce(libelles[v], self._sans(nom, v)) for v in valeur]
            elif nom == "q":
                puces.append(Puce(_("« %(mots)s »") % {"mots": valeur}, self._sans(nom)))
            elif nom == "territoire":
                puces.append(Puce(valeur.nom, self._sans(nom)))
        return puces

    @property
    def tris(self) -> list[Tri]:
        tris = []
        actif = self.valeurs.get("tri", "" if self.valeurs.get("q") else "recentes")
        for valeur, (libelle, _ordre) in TRIS.items():
            adresse = self._copie()
            adresse["tri"] = valeur
            tris.append(Tri(valeur, libelle, valeur == actif, f"?{adresse.urlencode()}"))
        return tris

    @property
    def adresse(self) -> str:
        """The question as a query string, without what is left empty."""
        copie = self._copie()
        return f"?{copie.urlencode()}" if copie else ""

    def _copie(self) -> QueryDict:
        copie, donnees = QueryDict(mutable=True), self.data or QueryDict()
        for nom in self.filters:
            if valeurs := [v for v in donnees.getlist(nom) if v]:
                copie.setlist(nom, valeurs)
        return copie

    def _sans(self, nom: str, valeur: str = "") -> str:
        copie = self._copie()
        restantes = [v for v in copie.getlist(nom) if valeur and v != valeur]
        if restantes:
            copie.setlist(nom, restantes)
        else:
            copie.pop(nom, None)
        return f"?{copie.urlencode()}"
