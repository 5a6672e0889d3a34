"""Who is told of what: one function sends, the others name the people.

What is essential leaves at once: one's account, the answer given to one's request, what changes
or ends a loan, an incident, what is late. The rest follows what each person chose
(`Personne.Rythme`): at once, kept for the day's digest (`resumes.py`), or not at all.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from organisations import desabonnement
from organisations.lettre import SIGNATURE, Lettre
from organisations.models import Adhesion, Mandat, MessageRetenu, Organisation, Personne, Table


@dataclass(frozen=True)
class Piece:
    """An invitation for the reader's calendar. `methode` is that of RFC 5546: REQUEST, CANCEL."""

    contenu: str
    methode: str
    nom: str = "invitation.ics"


# What to attach for this reader, if anything.
Joindre = Callable[[Personne | None, str], Piece | None]


def envoyer(
    gabarit: str,
    destinataires: Iterable[Personne | str],
    contexte: dict,
    *,
    essentiel: bool = True,
    joindre: Joindre | None = None,
) -> int:
    """Writes templates/courriels/<gabarit>.{sujet.txt,txt} to each reader, in his or her
    language. Inside a transaction only: the message must leave with the fact it tells, or not.
    Returns how many were written to, digests included."""
    if not connection.in_atomic_block:
        raise RuntimeError("Un courriel part dans la transaction de ce qu’il annonce.")
    lettres: list[Lettre] = []
    retenus, deja = 0, set()
    for destinataire in destinataires:
        personne = destinataire if isinstance(destinataire, Personne) else None
        courriel = personne.courriel if personne else str(destinataire)
        if courriel.lower() in deja or (personne and not personne.is_active):
            continue
        deja.add(courriel.lower())
        if personne and not essentiel and personne.rythme == Personne.Rythme.ESSENTIEL:
            continue
        if personne and not essentiel and personne.rythme == Personne.Rythme.QUOTIDIEN:
            _retenir(gabarit, personne, contexte)
            retenus += 1
        else:
            lettres.append(_ecrire(gabarit, personne, courriel, contexte, essentiel, joindre))
    get_connection().send_messages(lettres)
    return len(lettres) + retenus


def envoyer_resume(personne: Personne, retenus: list[MessageRetenu]) -> None:
    """The digest itself, which no digest keeps."""
    _ecrire("resume", personne, personne.courriel, {"retenus": retenus}, False, None).send()


def _rediger(gabarit: str, contexte: dict, **en_plus) -> tuple[str, str]:
    donnees = {
        "reseau": settings.RESEAU,
        "portail": settings.ADRESSE_DU_PORTAIL,
        **en_plus,
        **contexte,
    }
    sujet = " ".join(render_to_string(f"courriels/{gabarit}.sujet.txt", donnees).split())
    texte = render_to_string(f"courriels/{gabarit}.txt", donnees).strip()
    return sujet, re.sub(r"\n{3,}", "\n\n", texte)


def _langue(personne: Personne | None) -> str:
    return (personne and personne.langue) or settings.LANGUAGE_CODE


def _ecrire(
    gabarit: str,
    personne: Personne | None,
    courriel: str,
    contexte: dict,
    essentiel: bool,
    joindre: Joindre | None,
) -> Lettre:
    se_desabonne = None if essentiel else personne
    adresse = desabonnement.adresse(se_desabonne) if se_desabonne else ""
    with translation.override(_langue(personne)):
        sujet, texte = _rediger(gabarit, contexte, destinataire=personne, desabonnement=adresse)
        lettre = Lettre(
            sujet,
            texte,
            to=[courriel],
            headers=desabonnement.entetes(se_desabonne) if se_desabonne else None,
            langue=_langue(personne),
            pied={"destinataire": personne is not None, "desabonnement": adresse},
        )
        piece = joindre(personne, courriel) if joindre else None
    if piece:
        # Twice, as calendars of the market expect: read by the mail program, and a file.
        lettre.attach_alternative(piece.contenu, f"text/calendar; method={piece.methode}")
        lettre.attach(piece.nom, piece.contenu.encode(), "application/ics")
    return lettre


def _retenir(gabarit: str, personne: Personne, contexte: dict) -> None:
    """Keeps the words for the digest, which has one greeting and one foot."""
    with translation.override(_langue(personne)):
        sujet, texte = _rediger(gabarit, contexte, destinataire=None)
    MessageRetenu.objects.create(
        personne=personne, sujet=sujet[:300], texte=texte.rsplit(SIGNATURE, 1)[0].strip()
    )


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
