"""Reads the settings the environment gives, and says in one sentence what is missing."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

OUI, NON = {"1", "true", "oui", "on"}, {"0", "false", "non", "off", ""}


def texte(nom: str, defaut: str = "") -> str:
    return os.environ.get(nom, defaut).strip()


def booleen(nom: str, defaut: bool = False) -> bool:
    valeur = os.environ.get(nom)
    if valeur is None:
        return defaut
    if valeur.strip().lower() in OUI:
        return True
    if valeur.strip().lower() in NON:
        return False
    raise ImproperlyConfigured(f"{nom} doit valoir 1 ou 0, et non « {valeur} ».")


def entier(nom: str, defaut: int) -> int:
    valeur = texte(nom)
    if not valeur:
        return defaut
    try:
        return int(valeur)
    except ValueError:
        raise ImproperlyConfigured(
            f"{nom} doit être un nombre entier, et non « {valeur} »."
        ) from None


def liste(nom: str) -> list[str]:
    return [morceau.strip() for morceau in texte(nom).split(",") if morceau.strip()]


def exige(nom: str, pourquoi: str) -> str:
    """A value production cannot do without."""
    valeur = texte(nom)
    if not valeur:
        raise ImproperlyConfigured(
            f"La variable d’environnement {nom} manque : {pourquoi} "
            "(pour une démonstration sur cette machine : DEMO=1)."
        )
    return valeur


def base_de_donnees(url: str) -> dict:
    """postgresql://user:password@host:port/name?host=/socket/directory&sslmode=…"""
    morceaux = urlsplit(url)
    if morceaux.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL doit commencer par postgresql:// : le portail a besoin de PostgreSQL."
        )
    options = dict(parse_qsl(morceaux.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(morceaux.path.lstrip("/")),
        "USER": unquote(morceaux.username or ""),
        "PASSWORD": unquote(morceaux.password or ""),
        "HOST": options.pop("host", None) or morceaux.hostname or "",
        "PORT": options.pop("port", None) or str(morceaux.port or ""),
        "OPTIONS": options,
    }
