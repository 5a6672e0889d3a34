"""The signed address by which a person stops what is not essential, without signing in (RFC 8058).

It names nobody to whoever reads it, opens nothing else, and does not end: a letter may be old.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from organisations.models import Personne

SEL = "desabonnement"


def jeton_de(personne: Personne) -> str:
    return signing.Signer(salt=SEL).sign_object(personne.pk)


def personne_du_jeton(jeton: str) -> Personne | None:
    """The person of a signed address; None when it was not signed here."""
    try:
        pk = signing.Signer(salt=SEL).unsign_object(jeton)
    except (signing.BadSignature, ValueError):
        return None
    return Personne.objects.filter(pk=pk, is_active=True).first()


def adresse(personne: Personne) -> str:
    return settings.ADRESSE_DU_PORTAIL + reverse("desabonnement", args=[jeton_de(personne)])


def entetes(personne: Personne) -> dict[str, str]:
    return {
        "List-Unsubscribe": f"<{adresse(personne)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
