"""Where our accounts differ from allauth's: the sign-up form's names and the mail's network."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction

from organisations.lettre import en_html
from organisations.models import Personne


class AdaptateurDeCompte(DefaultAccountAdapter):
    def send_mail(self, template_prefix, email, context):
        super().send_mail(
            template_prefix,
            email,
            {
                "reseau": settings.RESEAU,
                "portail": settings.ADRESSE_DU_PORTAIL,
                **context,
            },
        )

    def render_mail(self, template_prefix, email, context, headers=None):
        message = super().render_mail(template_prefix, email, context, headers)
        message.attach_alternative(en_html(message.subject, message.body, context), "text/html")
        return message


def modifier_profil(personne: Personne, *, prenom: str, nom: str, langue: str) -> None:
    personne.prenom, personne.nom, personne.langue = prenom, nom, langue
    personne.save(update_fields=["prenom", "nom", "langue"])


def choisir_langue(personne: Personne, langue: str) -> None:
    personne.langue = langue
    personne.save(update_fields=["langue"])


@transaction.atomic
def choisir_rythme(personne: Personne, rythme: str) -> None:
    """When what is not essential is written. What was kept for a digest leaves with the next one,
    unless the person wants none of it."""
    personne.rythme = Personne.Rythme(rythme)
    personne.save(update_fields=["rythme"])
    if personne.rythme == Personne.Rythme.ESSENTIEL:
        personne.retenus.filter(envoye_le=None).delete()
