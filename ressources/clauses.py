"""The words of the agreements: pure data, by kind and version, in French and in English.

The French text governs; the English one is a courtesy copy. A version that was published never
changes, because people accepted it: to change a word, add a version and make it the current one
(docs/decisions/0007-entente.md; a test keeps the words of each version). Articles are cited only
where they were verified. `{nom}` is filled with a fact of the loan; what people wrote is never part
of a sentence: it is quoted beside it (`cite`).
"""

from dataclasses import dataclass
from typing import NamedTuple


class Texte(NamedTuple):
    fr: str
    en: str


RIEN = Texte("", "")


@dataclass(frozen=True)
class Phrase:
    fr: str
    en: str
    si: str = ""  # said only when this fact is known
    sauf: str = ""  # said only when this fact is not


@dataclass(frozen=True)
class Clause:
    titre: Texte
    phrases: tuple[Phrase, ...]
    cite: str = ""  # the fact, in its author's words, that follows the sentences
    si: str = ""


@dataclass(frozen=True)
class Modele:
    titre: Texte
    clauses: tuple[Clause, ...]
    annonce: Texte = RIEN  # why this template and not another


# fmt: off
# ---------------------------------------------------------------- what is lent
_OBJET = Texte("Objet", "What is lent")
_ETAT = Phrase("État : {usure}.", "Condition: {usure}.", si="usure")
_AVEC = Phrase("Avec : {accessoires}.", "With: {accessoires}.", si="accessoires")
_VALEUR = (
    Phrase("Valeur déclarée : {valeur}.", "Declared value: {valeur}.", si="valeur"),
    Phrase("Aucune valeur n’est déclarée.", "No value is declared.", sauf="valeur"),
)
_CAPACITE = Phrase("Nombre de places à ne pas dépasser : {capacite}.",
                   "Number of places not to exceed: {capacite}.", si="capacite")
OBJET_PRET = Clause(_OBJET, (
    Phrase("{preteur} prête gratuitement à {emprunteur} : {objet}.",
           "{preteur} lends to {emprunteur}, free of charge: {objet}."),
    _ETAT, _AVEC, *_VALEUR))
OBJET_LOCAL = Clause(_OBJET, (
    Phrase("{preteur} prête gratuitement à {emprunteur} le local suivant : {objet}.",
           "{preteur} lends to {emprunteur}, free of charge, these premises: {objet}."),
    _CAPACITE, _AVEC))
OBJET_LOCATION = Clause(_OBJET, (
    Phrase("{preteur} loue à {emprunteur} : {objet}.", "{preteur} rents to {emprunteur}: {objet}."),
    _ETAT, _CAPACITE, _AVEC, *_VALEUR))
OBJET_EXPERTISE = Clause(_OBJET, (
    Phrase("{preteur} met à la disposition de {emprunteur} le temps d’une fonction : {objet}.",
           "{preteur} makes the time of a function available to {emprunteur}: {objet}."),))
A_SAVOIR = Clause(Texte("À savoir", "Good to know"), (
    Phrase("{preteur} signale ce qui suit, défauts connus compris :",
           "{preteur} points out the following, known defects included:"),),
    cite="a_savoir", si="a_savoir")

# ---------------------------------------------------------------- when, for what
_DUREE = Texte("Durée", "Duration")
_AVENANT = Phrase("Les dates ne changent que si un organisme le demande et que l’autre l’accorde, "
                  "dans le portail.",
                  "The dates change only if one organisation asks and the other grants it, on the "
                  "portal.")
DUREE_PRET = Clause(_DUREE, (
    Phrase("Le prêt vaut {quand}.", "The loan runs {quand}."), _AVENANT,
    Phrase("Au-delà de ces dates, ou pour un autre usage que celui qui est prévu, l’emprunteur "
           "répond de la perte, même par force majeure (Code civil du Québec, art. 2322).",
           "Beyond these dates, or for another use than the one intended, the borrower is liable "
           "for the loss, even by superior force (Civil Code of Québec, art. 2322).")))
DUREE_LOCATION = Clause(_DUREE, (
    Phrase("La location vaut {quand}.", "The rental runs {quand}."), _AVENANT,
    Phrase("Un retard prévisible se dit avant, pas après.",
           "A delay that can be foreseen is announced before, not after.")))
DUREE_EXPERTISE = Clause(Texte("Heures", "Hours"), (
    Phrase("Le temps convenu va {quand}.", "The agreed time runs {quand}."), _AVENANT,
    Phrase("Les déplacements et leur remboursement se conviennent d’avance.",
           "Travel and its reimbursement are agreed beforehand.")))
_USAGE = Texte("Usage", "Use")
USAGE_PRET = Clause(_USAGE, (
    Phrase("L’emprunteur agit avec prudence et diligence (art. 2317). Il s’en tient à l’usage "
           "prévu et ne laisse personne d’autre s’en servir sans la permission du prêteur "
           "(art. 2318). Usage prévu :",
           "The borrower acts with prudence and diligence (art. 2317), keeps to the intended use, "
           "and lets nobody else use it without the lender’s permission (art. 2318). Intended "
           "use:"),), cite="but")
USAGE_LOCATION = Clause(_USAGE, (
    Phrase("L’emprunteur agit avec prudence, s’en tient à l’usage prévu et ne laisse personne "
           "d’autre s’en servir sans la permission du prêteur. Usage prévu :",
           "The borrower acts with prudence, keeps to the intended use, and lets nobody else use "
           "it without the lender’s permission. Intended use:"),), cite="but")
USAGE_EXPERTISE = Clause(Texte("Mandat", "Assignment"), (
    Phrase("Le travail demandé reste dans ce qui suit; tout ajout se convient d’abord entre les "
           "deux organismes :",
           "The work asked for stays within the following; anything more is first agreed between "
           "the two organisations:"),), cite="but")

# ---------------------------------------------------------------- hand-over, return, damage
_LIEU = Phrase("Lieu : {lieu}.", "Place: {lieu}.", si="lieu")
REMISE = Clause(Texte("Remise", "Hand-over"), (
    _LIEU,
    Phrase("Les deux organismes notent l’état et les accessoires à la remise, puis au retour.",
           "Both organisations note the condition and the accessories at hand-over, then at "
           "return.")), cite="conditions_remise")
RETOUR = Clause(Texte("Retour", "Return"), (
    Phrase("L’emprunteur rend le tout, complet, à la date prévue.",
           "The borrower returns everything, complete, on the date agreed."),),
    cite="conditions_retour")
_BRIS = Texte("Bris ou perte", "Damage or loss")
_DIRE = Phrase("Tout bris, toute perte se dit aussitôt.", "Any damage or loss is told at once.")
_CONVENIR = Phrase("Les deux organismes conviennent ensemble de la réparation ou du remplacement.",
                   "Both organisations agree together on the repair or the replacement.",
                   sauf="conditions_bris")
BRIS_PRET = Clause(_BRIS, (
    _DIRE,
    Phrase("L’emprunteur ne répond pas de l’usure d’un usage normal (art. 2322).",
           "The borrower is not liable for the wear of normal use (art. 2322)."),
    _CONVENIR), cite="conditions_bris")
BRIS_LOCATION = Clause(_BRIS, (
    _DIRE,
    Phrase("L’usure d’un usage normal n’est pas un bris.", "The wear of normal use is not damage."),
    _CONVENIR), cite="conditions_bris")

# ---------------------------------------------------------------- premises
ACCES = Clause(Texte("Accès", "Access"), (
    _LIEU,
    Phrase("Clés et codes sont remis à une personne désignée, qui ouvre, ferme et ne les passe à "
           "personne. Le montage, le démontage et le ménage se font pendant les heures prévues.",
           "Keys and codes are given to one named function, who opens, closes and passes them to "
           "nobody. Setting up, taking down and cleaning are done within the agreed hours.")),
    cite="conditions_remise")
SECURITE = Clause(Texte("Sécurité et vie des lieux", "Safety and life of the place"), (
    Phrase("Une personne adulte responsable est sur place tout le temps. Les sorties restent "
           "libres; pas de flamme, pas de décoration qui peut prendre feu. L’alcool demande un "
           "permis et l’accord du prêteur. Le bruit respecte le voisinage. Rien ne reste sur place "
           "sans entente, et les activités respectent les valeurs du prêteur.",
           "A responsible adult is present all the time. Exits stay clear; no flame, no decoration "
           "that can catch fire. Alcohol requires a permit and the lender’s agreement. Noise "
           "respects the neighbours. Nothing is left behind without agreement, and activities "
           "respect the lender’s values."),))
SECURITE_SI_LOCAL = Clause(SECURITE.titre, SECURITE.phrases, si="local")
RETOUR_LOCAL = Clause(Texte("Au départ", "On leaving"), (
    Phrase("Le local est laissé propre, rangé et fermé.",
           "The premises are left clean, tidy and locked."),), cite="conditions_retour")

# ---------------------------------------------------------------- a function’s time
EMPLOI = Clause(Texte("Emploi et supervision", "Employment and supervision"), (
    Phrase("La personne qui intervient demeure à l’emploi de {preteur}, qui garde sa supervision, "
           "sa paie et ses protections (CNESST, assurances). {emprunteur} lui offre un milieu sûr "
           "et ce qu’il faut pour travailler. Si elle n’est plus disponible, {preteur} le dit "
           "aussitôt.",
           "The person who comes remains employed by {preteur}, which keeps supervision, payroll "
           "and protections (CNESST, insurance). {emprunteur} offers a safe setting and what is "
           "needed to work. If the person is no longer available, {preteur} says so at once."),),
    cite="conditions_remise")
CONFIDENTIALITE = Clause(Texte("Confidentialité", "Confidentiality"), (
    Phrase("Ce qui s’apprend chez l’autre organisme y reste. Aucun dossier du personnel, aucun "
           "renseignement sur les personnes accompagnées ne passe par le portail.",
           "What is learned at the other organisation stays there. No personnel file and nothing "
           "about the people served goes through the portal."),))
RESULTATS = Clause(Texte("Fin et résultats", "End and results"), (
    Phrase("Les conseils sont donnés de bonne foi; chaque organisme demeure responsable de ses "
           "décisions.",
           "Advice is given in good faith; each organisation remains responsible for its own "
           "decisions."),), cite="conditions_retour")
RESPONSABILITES = Clause(Texte("Erreur ou dommage", "Error or damage"), (_DIRE, _CONVENIR),
                         cite="conditions_bris")

# ---------------------------------------------------------------- money, insurance, ending
_COUT = Texte("Coût", "Cost")
COUT_GRATUIT = Clause(_COUT, (
    Phrase("Gratuit.", "Free of charge.", sauf="don"),
    Phrase("Gratuit. Un don est suggéré : il n’est jamais dû.",
           "Free of charge. A donation is suggested: it is never owed.", si="don")),
    cite="cout_detail")
COUT_PRIX = Clause(_COUT, (
    Phrase("Ce qui suit est dû à {preteur}. Le portail n’encaisse rien :",
           "The following is owed to {preteur}. The portal collects nothing:"),),
    cite="cout_detail")
COUT_EXPERTISE = Clause(_COUT, (
    Phrase("Gratuit.", "Free of charge.", si="gratuit"),
    Phrase("Gratuit. Un don est suggéré : il n’est jamais dû.",
           "Free of charge. A donation is suggested: it is never owed.", si="don"),
    Phrase("Un prix est demandé : ceci ressemble à un contrat de service. Convenez de la "
           "facturation par écrit. Ce qui suit est dû à {preteur} :",
           "A price is asked: this looks like a contract for services. Agree on invoicing in "
           "writing. The following is owed to {preteur}:", si="prix")), cite="cout_detail")
ASSURANCES = Clause(Texte("Assurances", "Insurance"), (
    Phrase("Chaque organisme vérifie que sa propre assurance couvre ce qui est prévu ici : biens "
           "et responsabilité civile. Ni le portail ni les tables de concertation ne sont parties "
           "à l’entente; ils n’assurent rien.",
           "Each organisation checks that its own insurance covers what is planned here: property "
           "and civil liability. Neither the portal nor the roundtables are parties to this "
           "agreement; they insure nothing."),))
ANNULATION = Clause(Texte("Annulation", "Cancellation"), (
    Phrase("Avant la remise, chaque organisme peut annuler dans le portail, en disant pourquoi, le "
           "plus tôt possible.",
           "Before hand-over, each organisation may cancel on the portal, saying why, as early as "
           "possible."),))
DESACCORD = Clause(Texte("Désaccord", "Disagreement"), (
    Phrase("Les deux organismes se parlent d’abord. Si un incident est signalé dans le portail, la "
           "table de concertation les aide à s’entendre : {tables}.",
           "The two organisations talk first. If an incident is reported on the portal, the "
           "roundtable helps them agree: {tables}."),))
_FIN = (ASSURANCES, ANNULATION, DESACCORD)

# ---------------------------------------------------------------- the templates
MODELES = {
    ("pret-a-usage", 1): Modele(
        Texte("Entente de prêt à usage", "Agreement for a free loan"),
        (OBJET_PRET, A_SAVOIR, DUREE_PRET, USAGE_PRET, REMISE, RETOUR, BRIS_PRET, COUT_GRATUIT,
         *_FIN),
        Texte("Prêt gratuit entre deux organismes : Code civil du Québec, art. 2313 et suivants.",
              "Free loan between two organisations: Civil Code of Québec, art. 2313 and "
              "following.")),
    ("local", 1): Modele(
        Texte("Entente de prêt d’un local", "Agreement for the loan of premises"),
        (OBJET_LOCAL, A_SAVOIR, DUREE_PRET, USAGE_PRET, ACCES, SECURITE, RETOUR_LOCAL, BRIS_PRET,
         COUT_GRATUIT, *_FIN),
        Texte("Prêt gratuit entre deux organismes : Code civil du Québec, art. 2313 et suivants.",
              "Free loan between two organisations: Civil Code of Québec, art. 2313 and "
              "following.")),
    ("expertise", 1): Modele(
        Texte("Entente de prêt d’expertise", "Agreement for the loan of expertise"),
        (OBJET_EXPERTISE, A_SAVOIR, DUREE_EXPERTISE, USAGE_EXPERTISE, EMPLOI, CONFIDENTIALITE,
         RESULTATS, RESPONSABILITES, COUT_EXPERTISE, *_FIN)),
    ("location", 1): Modele(
        Texte("Entente de location", "Rental agreement"),
        (OBJET_LOCATION, A_SAVOIR, DUREE_LOCATION, USAGE_LOCATION, REMISE, SECURITE_SI_LOCAL,
         RETOUR, BRIS_LOCATION, COUT_PRIX, *_FIN),
        Texte("Un prix est demandé : ceci ressemble à une location. Le modèle de prêt à usage, "
              "toujours gratuit (Code civil du Québec, art. 2313), ne convient plus.",
              "A price is asked: this looks like a rental. The template for a free loan, always "
              "free (Civil Code of Québec, art. 2313), no longer fits.")),
}
COURANTE = {genre: max(v for g, v in MODELES if g == genre) for genre, _v in MODELES}

# ---------------------------------------------------------------- around the clauses
MOTS = {
    "preteur": Texte("Prêteur", "Lender"),
    "emprunteur": Texte("Emprunteur", "Borrower"),
    "numero": Texte("Prêt nº {numero}, modèle version {version}",
                    "Loan no. {numero}, template version {version}"),
    "acceptation": Texte("Acceptation", "Acceptance"),
    "acceptee": Texte("{organisme} : acceptée par {nom}, {fonction}, {le}.",
                      "{organisme}: accepted by {nom}, {fonction}, {le}."),
    "attendue": Texte("{organisme} : pas encore acceptée.", "{organisme}: not accepted yet."),
    "avenants": Texte("Avenants", "Amendments"),
    "avenant": Texte("Les deux organismes ont convenu le {le} de nouvelles dates : {quand}.",
                     "On {le}, both organisations agreed on these dates: {quand}."),
    "sans_effet": Texte("Le prêt n’a pas eu lieu : cette entente est sans effet.",
                        "The loan did not take place: this agreement has no effect."),
    "courtoisie": Texte("Copie de courtoisie : le texte français fait foi.",
                        "Courtesy copy: the French text governs."),
    "modele": Texte("Modèle d’information, à relire avant d’accepter. Ce n’est pas un avis "
                    "juridique.",
                    "Information template, to be read before accepting. This is not legal "
                    "advice."),
}
# fmt: on
