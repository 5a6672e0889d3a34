"""Where our accounts differ from allauth's: the sign-up form's names and the mail's network."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings

from organisations.lettre import en_html


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
