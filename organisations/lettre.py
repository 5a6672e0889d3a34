"""The HTML of a message, made from its text: one source, the same words for every reader.

A message is written once, as text. Paragraphs are separated by a blank line; what follows the last
usual signature line (two dashes and a space) is the foot. Four shapes mean something more:
a line ending with a colon over an address of the portal is a button, a lone code is shown large,
lines that begin with a dash are a list, and a line over a row of dashes is a heading.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http.request import validate_host
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe

SIGNATURE = "\n-- \n"


class Lettre(EmailMultiAlternatives):
    """A message written as text, that wears its HTML only when it leaves: the text tells the fact
    as it was, and the transaction of that fact does not wait for the dress."""

    def __init__(self, *args, langue: str, pied: dict | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.langue = langue
        self.pied = pied or {}  # what the foot links to: `destinataire`, `desabonnement`

    def habiller(self) -> "Lettre":
        """Before the invitations it may carry: mail programs show the last form they know."""
        if not any(forme.mimetype == "text/html" for forme in self.alternatives):
            contexte = {"reseau": settings.RESEAU, "portail": settings.ADRESSE_DU_PORTAIL}
            with translation.override(self.langue):
                html = en_html(self.subject, self.body, {**contexte, **self.pied})
            self.attach_alternative(html, "text/html")
            self.alternatives.insert(0, self.alternatives.pop())
        return self

    def message(self, *args, **kwargs) -> EmailMessage:
        self.habiller()
        return super().message(*args, **kwargs)


def corps_html(texte: str) -> SafeString:
    """The paragraphs of the message, without its foot."""
    corps = texte.replace("\r\n", "\n").rsplit(SIGNATURE, 1)[0].strip()
    return format_html_join("\n", "{}", ((_paragraphe(p),) for p in re.split(r"\n{2,}", corps)))


def en_html(sujet: str, texte: str, contexte: dict) -> str:
    """The whole letter; `contexte` carries reseau and portail."""
    titre = sujet.removesuffix(f" – {contexte['reseau']['nom']}")
    return render_to_string(
        "courriels/lettre.html", {**contexte, "sujet": titre, "corps": corps_html(texte)}
    )


def _paragraphe(texte: str) -> SafeString:
    bouton = re.fullmatch(r"(.+?)\s?:\n(https?://\S+)", texte, re.DOTALL)
    if bouton and _est_d_ici(bouton[2]):
        return format_html('<p><a class="bouton" href="{1}">{0}</a></p>', *bouton.groups())
    if titre := re.fullmatch(r"(.+)\n-{3,}", texte):
        return format_html("<h2>{}</h2>", titre[1])
    if re.fullmatch(r"[A-Z0-9]{2,}(-?[A-Z0-9]+)*", texte) and re.search(r"\d|-", texte):
        return format_html('<p class="code">{}</p>', texte)
    lignes = texte.split("\n")
    if all(ligne.startswith("- ") for ligne in lignes):
        return format_html(
            "<ul>{}</ul>",
            format_html_join("", "<li>{}</li>", ((_lie(x[2:]),) for x in lignes)),
        )
    return format_html(
        "<p>{}</p>",
        format_html_join(mark_safe("<br>"), "{}", ((_lie(x),) for x in lignes)),
    )


def _est_d_ici(adresse: str) -> bool:
    """What people write is in the letter too: nobody makes a button of ours to somewhere else."""
    try:
        return validate_host(urlsplit(adresse).hostname or "", settings.ALLOWED_HOSTS)
    except ValueError:
        return False


def _lie(texte: str) -> SafeString:
    return mark_safe(urlize(texte, autoescape=True))
