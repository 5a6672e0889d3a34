"""The mail queue: a message becomes a job in the transaction that causes it.

Rolled back, nothing leaves; committed, the worker sends it, and tries again if it cannot.
"""

import base64

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from procrastinate.types import JSONDict

from organisations.lettre import Lettre


def en_json(message: EmailMessage) -> dict:
    """What the worker needs to send this message again, as JSON."""
    donnees = (
        {"langue": message.langue, "pied": message.pied} if isinstance(message, Lettre) else {}
    )
    return donnees | {
        "sujet": str(message.subject),
        "corps": str(message.body),
        "de": message.from_email,
        "a": list(message.to),
        "repondre_a": list(message.reply_to),
        "entetes": {k: str(v) for k, v in message.extra_headers.items()},
        "autres_formes": [
            [str(contenu), genre] for contenu, genre in getattr(message, "alternatives", [])
        ],
        "pieces": [
            [
                nom,
                base64.b64encode(c if isinstance(c, bytes) else c.encode()).decode(),
                genre,
            ]
            for nom, c, genre in message.attachments
        ],
    }


def depuis_json(donnees: dict) -> EmailMultiAlternatives:
    reste = {"reply_to": donnees["repondre_a"], "headers": donnees["entetes"]}
    champs = (donnees["sujet"], donnees["corps"], donnees["de"], donnees["a"])
    message: EmailMultiAlternatives
    if "langue" in donnees:
        message = Lettre(
            *champs, langue=donnees["langue"], pied=donnees["pied"], **reste
        ).habiller()
    else:
        message = EmailMultiAlternatives(*champs, **reste)
    for contenu, genre in donnees["autres_formes"]:
        message.attach_alternative(contenu, genre)
    for nom, contenu, genre in donnees["pieces"]:
        message.attach(nom, base64.b64decode(contenu), genre)
    return message


def transport():
    """The connection that really sends."""
    return get_connection(settings.COURRIEL_TRANSPORT)


class FileDeCourriels(BaseEmailBackend):
    """Django's e-mail backend of the portal: defers one job for each message, in one statement."""

    def send_messages(self, messages) -> int:
        from organisations.taches import (
            envoyer_courriel,
        )  # the task registry needs the apps

        taches: list[JSONDict] = [{"message": en_json(m)} for m in messages]
        if taches:
            envoyer_courriel.batch_defer(*taches)
        return len(messages)
