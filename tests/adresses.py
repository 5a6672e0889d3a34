"""Every address of the portal, walked from the resolver."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

NOTRES = ("mutualisation", "organisations", "ressources", "pratiques")


@dataclass(frozen=True)
class Adresse:
    nom: str
    chemin: str
    vue: Callable
    parametres: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        return self.vue.__module__

    @property
    def est_a_nous(self) -> bool:
        return self.module.split(".")[0] in NOTRES

    @property
    def est_publique(self) -> bool:
        return not getattr(self.vue, "login_required", True)


def adresses(
    resolveur: URLResolver | None = None, devant: str = "", herites: tuple[str, ...] = ()
) -> Iterator[Adresse]:
    for motif in (resolveur or get_resolver()).url_patterns:
        chemin = devant + str(motif.pattern)
        parametres = herites + tuple(motif.pattern.converters or motif.pattern.regex.groupindex)
        if isinstance(motif, URLPattern):
            yield Adresse(motif.name or "", chemin, motif.callback, parametres)
        else:
            yield from adresses(motif, chemin, parametres)
