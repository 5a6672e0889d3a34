"""Who is told of what in the life of a loan: each verb calls `dire`, in its own transaction."""

from organisations.droits import tables_coordonnees
from organisations.models import Adhesion, Organisation, Personne
from organisations.notifications import coordination, envoyer, membres
from ressources import acceptation, icalendrier
from ressources.cycle import TRANSITIONS, Cote
from ressources.models import Demande, Pret

# What the table is told of besides messages, when an incident is open or just settled.
JAMAIS_A_LA_TABLE = ("demander", "evaluer")
# What a person may ask to read in a digest, or only in the portal. Everything else changes what
# was promised, answers somebody, or cannot wait.
PEUT_ATTENDRE = frozenset(
    {"demander", "deplacer", "ecrire", "remettre", "rendre", "constater", "clore", "evaluer"}
)
# What a request nobody reads would cost: it expires, and somebody waited for nothing.
ATTEND_UNE_REPONSE = ("demander", "deplacer")


def dire(pret: Pret, verbe: str, *, par: Personne | None, mot: str = "") -> int:
    """Tells the other side of a step, a message or an evaluation; and the tables of both sides
    while an incident is open. The person who acts is not written to; but a calendar that received
    the invitation is brought up to date, whoever acts."""
    agissants = _organisations_de(pret, verbe, par)
    autres = [o for o in (pret.preteur, pret.emprunteur) if o not in agissants]
    parties = [p for o in autres or agissants for p in membres(o) if p != par]
    tables: list[Personne] = []
    if (pret.a_incident or verbe == "regler") and verbe not in JAMAIS_A_LA_TABLE:
        tables = [
            p
            for table in {pret.preteur.table, pret.emprunteur.table}
            for p in coordination(table)
            if p != par and p not in parties
        ]
    contexte = {
        "pret": pret,
        "verbe": verbe,
        "par": par,
        "au_nom_de": _au_nom_de(pret, agissants, par),
        "mot": _cite(mot),
        # A rule answered: somebody to talk to is named all the same.
        "contact": acceptation.contact(pret.preteur) if par is None else None,
    }
    joindre = icalendrier.invitation(pret, verbe)
    envoyes = envoyer(
        f"pret_{verbe}",
        parties,
        contexte,
        essentiel=est_essentiel(pret, verbe, parties),
        joindre=joindre,
    ) + envoyer(
        # Once settled, the loan is no longer the table's to read: no link to it.
        f"pret_{verbe}",
        tables,
        {**contexte, "sans_lien": not pret.a_incident},
    )
    if joindre and verbe in icalendrier.CHANGENT:
        invites = [p for p in membres(_invite(pret)) if p not in parties]
        envoyes += envoyer("pret_agenda", invites, contexte, joindre=joindre)
    return envoyes


def est_essentiel(pret: Pret, verbe: str, lecteurs: list[Personne]) -> bool:
    """What leaves at once whatever its reader chose. A request is, when all of them chose the
    essential only."""
    if pret.a_incident and verbe != "evaluer":
        return True
    if verbe in ATTEND_UNE_REPONSE:
        return all(p.rythme == Personne.Rythme.ESSENTIEL for p in lecteurs)
    return verbe not in PEUT_ATTENDRE


def _invite(pret: Pret) -> Organisation:
    """The side whose people received the invitation: the one that the acceptance was told to."""
    return pret.preteur if pret.evenements.filter(verbe="convenir").exists() else pret.emprunteur


# The letters about loans asked together: one for each recipient, whatever the number of loans.
LETTRES_DEMANDE = {
    "demander": "demande_demander",
    "accepter": "demande_accepter",
    "refuser": "demande_refuser",
    "annuler": "demande_annuler",
}


def dire_demande(
    demande: Demande,
    verbe: str,
    prets: list[Pret],
    *,
    par: Personne,
    refuses: list[Pret] | None = None,
    mot: str = "",
) -> int:
    """Tells the other side once of what was done with several loans of a request."""
    siennes = set(Organisation.objects.de(par).values_list("pk", flat=True))
    if verbe == "demander":
        agit = demande.emprunteur
    elif verbe in ("accepter", "refuser"):
        agit = demande.preteur
    else:
        agit = demande.preteur if demande.preteur_id in siennes else demande.emprunteur
    autre = demande.emprunteur if agit == demande.preteur else demande.preteur
    contexte = {
        "demande": demande,
        "prets": prets,
        "refuses": refuses or [],
        "par": par,
        "au_nom_de": agit.nom,
        "mot": _cite(mot),
    }
    lecteurs = [p for p in membres(autre) if p != par]
    # As for one loan: what is asked may wait for a digest, unless nobody would then read it.
    essentiel = verbe != "demander" or all(p.rythme == Personne.Rythme.ESSENTIEL for p in lecteurs)
    joindre = icalendrier.publication(prets, verbe)
    envoyes = envoyer(
        LETTRES_DEMANDE[verbe], lecteurs, contexte, essentiel=essentiel, joindre=joindre
    )
    if joindre and verbe == "annuler" and agit == demande.emprunteur:
        # The calendars of its own people took these loans in when they were accepted.
        envoyes += envoyer("demande_agenda", membres(agit), contexte, joindre=joindre)
    return envoyes


def dire_doffice(prets: list[Pret], *, emprunteur: Organisation) -> int:
    """Tells the borrower once what rules of the listings accepted, and whom to talk to."""
    contacts = {
        preteur: acceptation.contact(preteur) for preteur in dict.fromkeys(p.preteur for p in prets)
    }
    contexte = {"prets": prets, "contacts": list(contacts.items())}
    joindre = icalendrier.publication(prets, "accepter")
    return envoyer("demande_doffice", membres(emprunteur), contexte, joindre=joindre)


def _organisations_de(pret: Pret, verbe: str, par: Personne | None) -> list[Organisation]:
    """The side that acts: said by the table of transitions, otherwise where this person belongs."""
    deux = {Cote.PRETEUR: pret.preteur, Cote.EMPRUNTEUR: pret.emprunteur}
    if verbe == "demander":
        return [pret.emprunteur]
    if par is None and verbe in TRANSITIONS and Cote.PORTAIL in TRANSITIONS[verbe].cotes:
        return []  # the clock: both sides are told
    if verbe in TRANSITIONS and len(TRANSITIONS[verbe].cotes) == 1:
        return [deux[Cote(c)] for c in TRANSITIONS[verbe].cotes]
    siennes = set(
        Adhesion.objects.actives()
        .filter(personne=par, organisation__in=[o.pk for o in deux.values()])
        .values_list("organisation_id", flat=True)
    )
    return [o for o in deux.values() if o.pk in siennes]


def _au_nom_de(pret: Pret, agissants: list[Organisation], par: Personne | None) -> str:
    if agissants:
        return agissants[0].nom
    tables = {pret.preteur.table_id, pret.emprunteur.table_id}
    table = tables_coordonnees(par).filter(pk__in=tables).first() if par else None
    return table.nom if table else ""


def _cite(mot: str) -> str:
    """One paragraph: what a person wrote cannot pass for the letter's buttons or its foot."""
    return "\n".join(ligne.strip() for ligne in mot.splitlines() if ligne.strip())
