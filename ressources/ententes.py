"""The agreement of a loan: made with the acceptance, read as a page and as a PDF.

The row holds the facts as they were that day, and which template they go with; the words are those
of `clauses.py`. Both are fixed, so the page and the PDF say for ever what was agreed. Dates changed
since are amendments: they are read from the timeline, where one side asked and the other granted.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.template import engines
from django.utils import translation

from ressources import documents
from ressources.categories import Sorte
from ressources.clauses import COURANTE, MODELES, MOTS, Clause, Phrase, Texte
from ressources.cycle import Etat
from ressources.models import Entente, Pret, Ressource

LANGUES = {"fr": "fr-ca", "en": "en"}
# What is owed is a price; a donation is only suggested, and nobody owes it.
DU = (Ressource.Cout.TARIF, Ressource.Cout.PARTAGE)
SANS_EFFET = (Etat.ANNULE, Etat.NON_RECLAME)


# ---------------------------------------------------------------- the row
def genre(sorte: str, cout: str) -> Entente.Genre:
    """Which template fits. A price turns a loan into a rental; a function’s time is neither."""
    if sorte == Sorte.EXPERTISE:
        return Entente.Genre.EXPERTISE
    if cout in DU:
        return Entente.Genre.LOCATION
    return Entente.Genre.LOCAL if sorte == Sorte.LOCAL else Entente.Genre.PRET_A_USAGE


def preparer(pret: Pret) -> Entente:
    """Writes the agreement, in the transaction of the acceptance; the caller saves the loan."""
    entente = neuve(pret)
    entente.save(force_insert=True)
    return entente


def neuve(pret: Pret) -> Entente:
    """The agreement of what was just promised (`pret.conditions`), where its version is noted."""
    choix = genre(pret.ressource.sorte, pret.conditions["cout"])
    version = COURANTE[choix]
    pret.conditions["entente"] = f"{choix} {version}"
    return Entente(
        pret=pret, genre=choix, version=version, donnees=_donnees(pret), faite_le=pret.accepte_le
    )


def _donnees(pret: Pret) -> dict[str, Any]:
    tables = dict.fromkeys((pret.preteur.table.nom, pret.emprunteur.table.nom))
    return {
        **pret.conditions,
        "numero": pret.numero,
        "sorte": pret.ressource.sorte,
        "quantite": pret.quantite,
        "debut": pret.debut.isoformat(),
        "fin": pret.fin.isoformat(),
        "but": pret.but,
        "accessoires": pret.ressource.liste_accessoires,
        "capacite": pret.ressource.capacite,
        "preteur": {"nom": pret.preteur.nom, "courriel": pret.preteur.courriel},
        "emprunteur": {"nom": pret.emprunteur.nom, "courriel": pret.emprunteur.courriel},
        "tables": list(tables),
    }


# ---------------------------------------------------------------- what it says
@dataclass(frozen=True)
class Article:
    titre: str
    texte: str
    cite: str  # the words of the listing or of the request, as they were typed


@dataclass(frozen=True)
class Document:
    """An agreement in one language, ready for the page and for the PDF."""

    langue: str
    titre: str
    reference: str
    parties: list[dict[str, str]]  # role, nom, courriel
    annonce: str
    articles: list[Article]
    avenants: list[str]
    acceptations: list[str]
    avis: list[str]
    mots: dict[str, str]  # headings


def document(entente: Entente, langue: str = "fr") -> Document:
    """What the agreement says, in French, the text that governs, or in English. Two queries."""
    modele = MODELES[entente.genre, entente.version]
    with translation.override(LANGUES[langue]):
        dire = _Diseur(langue, _faits(entente.donnees, langue))
        return Document(
            langue=langue,
            titre=dire(modele.titre),
            reference=dire(MOTS["numero"], version=str(entente.version)),
            parties=[
                {"role": dire(MOTS[cote]), **entente.donnees[cote]}
                for cote in ("preteur", "emprunteur")
            ],
            annonce=dire(modele.annonce),
            articles=[
                Article(
                    dire(clause.titre),
                    " ".join(dire(p) for p in clause.phrases if dire.vaut(p)),
                    str(entente.donnees.get(clause.cite) or "").strip(),
                )
                for clause in modele.clauses
                if dire.vaut(clause)
            ],
            avenants=_avenants(entente, dire),
            acceptations=_acceptations(entente, dire),
            avis=[dire(MOTS[mot]) for mot in _avis(entente, langue)],
            mots={mot: dire(MOTS[mot]) for mot in ("acceptation", "avenants")},
        )


def en_pdf(entente: Entente, langue: str = "fr") -> bytes:
    """One US Letter page when the conditions are of an ordinary length; more pages otherwise."""
    return documents.en_pdf(
        "entente.typ",
        {
            **asdict(document(entente, langue)),
            "reseau": settings.RESEAU["nom"],
            "adresse": settings.ADRESSE_DU_PORTAIL + entente.get_absolute_url(),
        },
    )


class _Diseur:
    """Says a text in one language, with the facts of the agreement."""

    def __init__(self, langue: str, faits: dict[str, str]) -> None:
        self.langue, self.faits = langue, faits

    def __call__(self, texte: Texte | Phrase, **plus: str) -> str:
        return getattr(texte, self.langue).format_map({**self.faits, **plus})

    def vaut(self, morceau: Phrase | Clause) -> bool:
        if morceau.si and not self.faits[morceau.si]:
            return False
        sauf = getattr(morceau, "sauf", "")
        return not (sauf and self.faits[sauf])


def _faits(donnees: dict[str, Any], langue: str) -> dict[str, str]:
    """The facts in words; one that is not known is empty."""
    cout, usure = donnees["cout"], donnees.get("usure")
    combien = f"{donnees['quantite']}\u00a0×\u00a0" if donnees["quantite"] > 1 else ""
    return {
        "preteur": donnees["preteur"]["nom"],
        "emprunteur": donnees["emprunteur"]["nom"],
        "numero": donnees["numero"],
        "objet": combien + donnees["titre"],
        "quand": _quand(*map(dt.datetime.fromisoformat, (donnees["debut"], donnees["fin"]))),
        "usure": str(Ressource.Usure(usure).label).lower() if usure else "",
        "accessoires": ", ".join(donnees["accessoires"]),
        "valeur": _en_mots("{{ a|argent }}", a=donnees.get("valeur_declaree")),
        "capacite": str(donnees["capacite"] or ""),
        "lieu": donnees.get("adresse", ""),
        "conditions_bris": donnees.get("conditions_bris", ""),
        "a_savoir": donnees.get("a_savoir", ""),
        "local": "local" if donnees["sorte"] == Sorte.LOCAL else "",
        "gratuit": cout if cout == Ressource.Cout.GRATUIT else "",
        "don": cout if cout == Ressource.Cout.DON else "",
        "prix": cout if cout in DU else "",
        "tables": {"fr": " et ", "en": " and "}[langue].join(donnees["tables"]),
    }


def _avis(entente: Entente, langue: str) -> list[str]:
    return [
        *(["sans_effet"] if entente.pret.etat in SANS_EFFET else []),
        *(["courtoisie"] if langue != "fr" else []),
        "modele",
    ]


def _avenants(entente: Entente, dire: _Diseur) -> list[str]:
    return [
        dire(
            MOTS["avenant"],
            le=_en_mots("{{ a|date_courte }}", a=accord.le),
            quand=_quand(accord.periode.lower, accord.periode.upper),
        )
        for accord in entente.pret.evenements.filter(verbe="accorder", periode__isnull=False)
    ]


def _acceptations(entente: Entente, dire: _Diseur) -> list[str]:
    faites = {s.cote: s for s in entente.signatures.all()}
    return [
        dire(
            MOTS["acceptee"],
            organisme=dire.faits[cote],
            nom=signature.nom,
            fonction=signature.fonction,
            le=_en_mots("{{ a|date_courte }}, {{ a|heure }}", a=signature.le),
        )
        if (signature := faites.get(cote))
        else dire(MOTS["attendue"], organisme=dire.faits[cote])
        for cote in ("preteur", "emprunteur")
    ]


def _quand(debut: dt.datetime, fin: dt.datetime) -> str:
    return _en_mots("{% periode a b %}", a=debut, b=fin)


def _en_mots(gabarit: str, **valeurs: Any) -> str:
    """Dates and sums as every page writes them: the filters of the templates are the one place."""
    return engines["django"].from_string("{% load chaudron %}" + gabarit).render(valeurs)
