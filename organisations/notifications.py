"""Who is told of what: one function sends, the others name the people."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from organisations.lettre import Lettre
from organisations.models import Adhesion, Mandat, Organisation, Personne, Table


def envoyer(gabarit: str, destinataires: Iterable[Personne | str], contexte: dict) -> int:
    """Writes templates/courriels/<gabarit>.{sujet.txt,txt} to each reader, in his or her
    language. Inside a transaction only: the message must leave with the fact it tells, or not."""
    if not connection.in_atomic_block:
        raise RuntimeError("Un courriel part dans la transaction de ce qu’il annonce.")
    lettres: list[Lettre] = []
    deja: set[str] = set()
    for destinataire in destinataires:
        personne = destinataire if isinstance(destinataire, Personne) else None
        courriel = personne.courriel if personne else str(destinataire)
        if courriel.lower() in deja or (personne and not personne.is_active):
            continue
        deja.add(courriel.lower())
        langue = (personne and personne.langue) or settings.LANGUAGE_CODE
        with translation.override(langue):
            donnees = {
                "reseau": settings.RESEAU,
                "portail": settings.ADRESSE_DU_PORTAIL,
                "destinataire": personne,
                **contexte,
            }
            sujet = " ".join(render_to_string(f"courriels/{gabarit}.sujet.txt", donnees).split())
            texte = render_to_string(f"courriels/{gabarit}.txt", donnees).strip()
        lettres.append(Lettre(sujet, texte, to=[courriel], langue=langue))
    get_connection().send_messages(lettres)
    return len(lettres)


def membres(organisation: Organisation) -> list[Personne]:
    """The people who act for an organisation."""
    return list(
        Personne.objects.filter(
            adhesions__organisation=organisation, adhesions__etat=Adhesion.Etat.ACTIVE
        ).order_by("pk")
    )


def responsables(organisation: Organisation) -> list[Personne]:
    return list(
        Personne.objects.filter(
            adhesions__in=Adhesion.objects.actives().filter(
                organisation=organisation, role=Adhesion.Role.RESPONSABLE
            )
        ).order_by("pk")
    )


def coordination(table: Table) -> list[Personne]:
    """The people whose mandate at this table runs today."""
    return list(
        Personne.objects.filter(mandats__in=Mandat.objects.en_cours().filter(table=table)).order_by(
            "pk"
        )
    )
