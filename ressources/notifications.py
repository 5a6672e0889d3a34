"""Who is told of what in the life of a loan: each verb calls `dire`, in its own transaction."""

from organisations.droits import tables_coordonnees
from organisations.models import Adhesion, Organisation, Personne
from organisations.notifications import coordination, envoyer, membres
from ressources.cycle import TRANSITIONS, Cote
from ressources.models import Pret

# What the table is told of besides messages, when an incident is open or just settled.
JAMAIS_A_LA_TABLE = ("demander", "evaluer")


def dire(pret: Pret, verbe: str, *, par: Personne | None, mot: str = "") -> int:
    """Tells the other side of a step, a message or an evaluation; and the tables of both sides
    while an incident is open. The person who acts is never written to."""
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
    }
    return envoyer(f"pret_{verbe}", parties, contexte) + envoyer(
        # Once settled, the loan is no longer the table's to read: no link to it.
        f"pret_{verbe}",
        tables,
        {**contexte, "sans_lien": not pret.a_incident},
    )


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
