"""The catalogue's filters. What is not understood is said beside its field; the rest holds."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import django_filters as filtres
from django import forms
from django.db.models import Count, Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from organisations.models import Territoire
from organisations.recherche import Cle
from ressources import categories
from ressources.categories import Sorte
from ressources.disponibilite import Groupe, comptes, minuit
from ressources.forms_prets import ChampDate
from ressources.models import QUANTITE_MAX, Ressource
from ressources.models.ressources import RessourceQuerySet
from ressources.recherche import chercher

TRIS = {
    "recent": (_("Ajout récent"), ["-publiee_le", "-pk"]),
    "nom": (_("Nom"), [Cle("titre"), "titre", "pk"]),
}
FACETTES = ("nature", "categorie", "territoire", "gratuit")


@dataclass(frozen=True)
class Choix:
    """One box of a facet: how many listings it would show with the other facets as they are."""

    valeur: str
    libelle: str
    nombre: int
    est_coche: bool
    groupe: str = ""


@dataclass(frozen=True)
class Filtre:
    """An active filter, and the query string of the page without it."""

    libelle: str
    sans: str
    dates: tuple[dt.date, dt.date] | None = None


class CatalogueForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        du, au = donnees.get("du"), donnees.get("au")
        if au and not du and "du" not in self.errors:
            self.add_error("du", _("Choisissez aussi le premier jour."))
        if du and au and au < du:
            self.add_error("au", _("Le dernier jour doit venir après le premier."))
        return donnees


class DateFiltre(filtres.Filter):
    field_class = ChampDate


class RessourceFilter(filtres.FilterSet):
    q = filtres.CharFilter(max_length=100, label=_("Mot-clé"))
    nature = filtres.MultipleChoiceFilter(choices=Sorte.choices)
    categorie = filtres.MultipleChoiceFilter(choices=categories.CHOIX)
    territoire = filtres.ModelMultipleChoiceFilter(
        queryset=Territoire.objects.all(), to_field_name="slug"
    )
    gratuit = filtres.BooleanFilter(widget=forms.CheckboxInput)
    du = DateFiltre(label=_("Du"))
    au = DateFiltre(label=_("Au"))
    qte = filtres.NumberFilter(
        label=_("Quantité minimale"),
        min_value=1,
        max_value=QUANTITE_MAX,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    tri = filtres.ChoiceFilter(choices=[(cle, libelle) for cle, (libelle, _ordre) in TRIS.items()])
    qte.field_class = forms.IntegerField

    class Meta:
        model = Ressource
        fields: list[str] = []
        form = CatalogueForm

    def __init__(self, data: QueryDict, queryset: RessourceQuerySet) -> None:
        super().__init__(data, queryset)
        self.is_bound = True  # an empty query is an answer too
        self.form.is_valid()
        self.choix: dict[str, Any] = self.form.cleaned_data
        self.dates = self._dates()
        self.portee, self.est_approche = self._portee()
        # Dates alone, or nothing, are what most people ask: counted without reading the registry.
        est_simple = not self.choix.get("q") and (self.choix.get("qte") or 1) == 1
        self.lignes = comptes(self.periode) if est_simple else self._compter(self.portee)
        self.toutes = self.lignes if est_simple and not self.periode else comptes()
        self.nombre = sum(self._retenues(FACETTES).values())

    # -------------------------------------------------------------- what is asked
    def _dates(self) -> tuple[dt.date, dt.date] | None:
        du, au = self.choix.get("du"), self.choix.get("au")
        if du is None or "au" in self.form.errors:
            return None
        return du, au or du

    @property
    def periode(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The chosen days as instants: the midnight before, and the one after."""
        if self.dates is None:
            return None
        du, au = self.dates
        return minuit(du), minuit(au + dt.timedelta(days=1))

    def _portee(self) -> tuple[RessourceQuerySet, bool]:
        """What answers the words, the dates and the number, before any facet."""
        ressources, approche = self.queryset, False
        quantite = int(self.choix.get("qte") or 1)
        if self.periode:
            ressources = ressources.libres(*self.periode, quantite)
        elif quantite > 1:
            ressources = ressources.filter(quantite__gte=quantite)
        if self.choix.get("q"):
            ressources, approche = chercher(ressources, self.choix["q"])
        return ressources, approche

    @property
    def qs(self) -> RessourceQuerySet:
        ressources = self.portee
        if self.choix.get("nature"):
            ressources = ressources.filter(sorte__in=self.choix["nature"])
        if self.choix.get("categorie"):
            ressources = ressources.filter(categorie__in=self.choix["categorie"])
        if self.choix.get("territoire"):
            dedans = Q()
            for territoire in self.choix["territoire"]:
                dedans |= Q(territoire__chemin__startswith=territoire.chemin)
            ressources = ressources.filter(dedans)
        if self.choix.get("gratuit"):
            ressources = ressources.filter(cout=Ressource.Cout.GRATUIT)
        return ressources.order_by(*self._ordre())

    def _ordre(self) -> list[Any]:
        if self.choix.get("tri"):
            return TRIS[self.choix["tri"]][1]
        recent = TRIS["recent"][1]
        return ["-rang", *recent] if self.choix.get("q") else recent

    def tris(self) -> list[tuple[str, Any]]:
        """The first one needs no name: with words, the nearest; without, the newest."""
        autres = [(cle, libelle) for cle, (libelle, _ordre) in TRIS.items()]
        if self.choix.get("q"):
            return [("", _("Pertinence")), *autres]
        return [("", TRIS["recent"][0]), *(t for t in autres if t[0] != "recent")]

    # -------------------------------------------------------------- the facets
    @staticmethod
    def _compter(ressources: RessourceQuerySet) -> Counter[Groupe]:
        lignes = (
            ressources.order_by()
            .values_list("sorte", "categorie", "territoire__chemin", "cout")
            .annotate(n=Count("pk"))
        )
        return Counter({ligne[:4]: ligne[4] for ligne in lignes})

    def _retenues(self, facettes: Iterable[str]) -> Counter[Groupe]:
        """The lines that the choices made in these facets keep."""
        chemins = tuple(t.chemin for t in self.choix.get("territoire") or ())
        garde: dict[str, Callable[[Groupe], bool]] = {
            "nature": lambda ligne: ligne[0] in self.choix["nature"],
            "categorie": lambda ligne: ligne[1] in self.choix["categorie"],
            "territoire": lambda ligne: ligne[2].startswith(chemins),
            "gratuit": lambda ligne: ligne[3] == Ressource.Cout.GRATUIT,
        }
        actives = [garde[f] for f in facettes if self.choix.get(f)]
        return Counter(
            {ligne: n for ligne, n in self.lignes.items() if all(g(ligne) for g in actives)}
        )

    def _autres(self, facette: str) -> Counter[Groupe]:
        return self._retenues(f for f in FACETTES if f != facette)

    def _facette(self, nom: str, rang: int, options: Iterable[tuple[str, str, str]]) -> list[Choix]:
        nombres: Counter[str] = Counter()
        for ligne, n in self._autres(nom).items():
            nombres[ligne[rang]] += n
        existants = {ligne[rang] for ligne in self.toutes}
        coches = self.choix.get(nom) or []
        return [
            Choix(valeur, libelle, nombres[valeur], valeur in coches, groupe)
            for valeur, libelle, groupe in options
            if valeur in existants or valeur in coches
        ]

    def natures(self) -> list[Choix]:
        return self._facette("nature", 0, ((s.value, str(s.label), "") for s in Sorte))

    def categories(self) -> list[Choix]:
        options = (
            (c.slug, str(c.libelle), str(sorte.label))
            for sorte, liste in categories.CATEGORIES.items()
            for c in liste
        )
        return self._facette("categorie", 1, options)

    def territoires(self) -> list[Choix]:
        """The regions, when there are several, and what they are made of; deeper when chosen."""
        coches = {t.chemin: t for t in self.choix.get("territoire") or ()}
        prefixes = {
            "/".join(morceaux[:rang]) + "/"
            for morceaux in (ligne[2].split("/") for ligne in self.toutes)
            for rang in (1, 2)
            if len(morceaux) > rang
        }
        connus = {t.chemin: t for t in Territoire.objects.filter(chemin__in=prefixes)} | coches
        if len({chemin.split("/")[0] for chemin in connus}) == 1:
            connus = {c: t for c, t in connus.items() if c.count("/") > 1 or c in coches}
        nombres: Counter[str] = Counter()
        for ligne, n in self._autres("territoire").items():
            for chemin in connus:
                nombres[chemin] += n if ligne[2].startswith(chemin) else 0
        return [
            Choix(t.slug, t.nom, nombres[chemin], chemin in coches)
            for chemin, t in sorted(connus.items())
        ]

    def gratuites(self) -> int:
        return sum(
            n for ligne, n in self._autres("gratuit").items() if ligne[3] == Ressource.Cout.GRATUIT
        )

    def champs(self) -> list[forms.BoundField]:
        """The fields that are typed in, and may be refused."""
        return [self.form[nom] for nom in ("q", "du", "au", "qte")]

    # -------------------------------------------------------------- the active filters
    def actifs(self) -> list[Filtre]:
        """One for each choice that holds, the dates together."""
        chips = []
        if self.choix.get("q"):
            chips.append(Filtre(f"«\u00a0{self.choix['q']}\u00a0»", self.adresse(sans=["q"])))
        for nom, libelles in (
            ("nature", {s.value: s.label for s in Sorte}),
            ("categorie", {c.slug: c.libelle for c in categories.PAR_SLUG.values()}),
            ("territoire", {t.slug: t.nom for t in self.choix.get("territoire") or ()}),
        ):
            for valeur in self.choix.get(nom) or ():
                cle = getattr(valeur, "slug", valeur)
                chips.append(Filtre(str(libelles[cle]), self.adresse(sans=[nom], valeur=cle)))
        if self.choix.get("gratuit"):
            chips.append(Filtre(str(_("Gratuit")), self.adresse(sans=["gratuit"])))
        if self.dates:
            chips.append(Filtre("", self.adresse(sans=["du", "au"]), dates=self.dates))
        if (quantite := self.choix.get("qte") or 1) > 1:
            libelle = str(_("Au moins %(n)s")) % {"n": quantite}
            chips.append(Filtre(libelle, self.adresse(sans=["qte"])))
        return chips

    @property
    def sans_dates(self) -> str:
        return self.adresse(sans=["du", "au"])

    def adresse(self, *, sans: Iterable[str] = (), valeur: str = "") -> str:
        """The query string of what is asked, without some of it, or one value of a facet."""
        sans = set(sans)
        reste = QueryDict(mutable=True)
        for nom in self.filters:
            valeurs = [v for v in dict.fromkeys(self.data.getlist(nom)) if v.strip()]
            if nom in sans:
                valeurs = [v for v in valeurs if valeur and v != valeur]
            if valeurs:
                reste.setlist(nom, valeurs)
        return f"?{reste.urlencode()}" if reste else "?"
