"""The transport of the demonstration: delivers into the site's own mailbox."""

from django.core.mail.backends.base import BaseEmailBackend

from mutualisation.demo.models import CourrielRecu


class BoiteDeDemonstration(BaseEmailBackend):
    def send_messages(self, messages) -> int:
        for message in messages:
            html = next(
                (c for c, genre in getattr(message, "alternatives", []) if genre == "text/html"),
                "",
            )
            CourrielRecu.objects.bulk_create(
                CourrielRecu(a=a, sujet=str(message.subject), texte=str(message.body), html=html)
                for a in message.recipients()
            )
        return len(messages)
