"""What no linter checks: the house keeps its own rules."""

import ast
import re
from copy import deepcopy
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.template import engines
from django.template.loader import get_template
from django.utils import timezone
from django.utils.functional import Promise

from organisations import notifications
from organisations.models import MessageRetenu
from ressources import cycle
from ressources.models import Demande
from ressources.rappels_courriels import Lettre, Ligne
from tests import fabriques
from tests.adresses import adresses

RACINE = Path(__file__).resolve().parent.parent
GABARITS = RACINE / "templates"
# The demonstration's own lie with it: they do not exist in production.
DOSSIERS = (GABARITS, RACINE / "mutualisation" / "demo" / "templates")
NOTRES = ("organisations", "ressources", "pratiques", "mutualisation")
# Templates asked for by Django and by allauth, never by our code.
DE_DJANGO = {f"{nom}.html" for nom in ("400", "403", "403_csrf", "404", "500")}
DES_AUTRES = ("account/", "allauth/", "mfa/", "usersessions/", "django/")


def fichiers_python():
    return [
        f
        for app in NOTRES
        for f in sorted((RACINE / app).rglob("*.py"))
        if "migrations" not in f.parts
    ]


def arbre(fichier: Path) -> ast.AST:
    return ast.parse(fichier.read_text(encoding="utf-8"))


def gabarits(motif: str = "*.html") -> list[str]:
    return sorted(str(f.relative_to(d)) for d in DOSSIERS for f in d.rglob(motif))


def texte(gabarit: str) -> str:
    fichier = next(d / gabarit for d in DOSSIERS if (d / gabarit).exists())
    return fichier.read_text(encoding="utf-8")


def chaines(fichier: Path) -> set[str]:
    """Every literal string of a module, docstrings left out."""
    noeuds = list(ast.walk(arbre(fichier)))
    seules = {id(n.value) for n in noeuds if isinstance(n, ast.Expr)}
    return {
        n.value
        for n in noeuds
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in seules
    }


def code() -> set[str]:
    return set().union(*(chaines(f) for f in fichiers_python()))


# ------------------------------------------------------------------ the database and the verbs


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# The modules whose verbs move a state; `.etat =` and `update(etat=…)` are nowhere else.
CHANGENT_UN_ETAT = {
    "organisations/moderation.py",
    "organisations/adhesions.py",
    "ressources/prets.py",
    "ressources/registre.py",  # the state of a photo
    "ressources/constats.py",  # the same
    "ressources/exemplaires.py",
}


def _est_update(noeud: ast.AST) -> bool:
    return isinstance(noeud, ast.Call) and getattr(noeud.func, "attr", "") == "update"


def _changements_detat(fichier: Path):
    for noeud in ast.walk(arbre(fichier)):
        cibles = []
        if isinstance(noeud, ast.Assign):
            cibles = noeud.targets
        elif isinstance(noeud, (ast.AugAssign, ast.AnnAssign)):
            cibles = [noeud.target]
        elif _est_update(noeud) and any(mot.arg == "etat" for mot in noeud.keywords):
            yield noeud.lineno
        for cible in cibles:
            parts = cible.elts if isinstance(cible, ast.Tuple) else [cible]
            if any(isinstance(p, ast.Attribute) and p.attr == "etat" for p in parts):
                yield noeud.lineno


def test_a_state_changes_only_in_the_module_of_its_verbs():
    ailleurs = [
        f"{nom}:{ligne}"
        for f in fichiers_python()
        if (nom := str(f.relative_to(RACINE))) not in CHANGENT_UN_ETAT
        and not nom.startswith("mutualisation/demo/")  # which tells a year in one go
        for ligne in _changements_detat(f)
    ]
    assert ailleurs == []


def test_consequences_are_verbs_never_signals():
    assert [f.name for f in fichiers_python() if f.name in ("signals.py", "receivers.py")] == []
    fautes = [
        f"{f}:{n.lineno}"
        for f in fichiers_python()
        for n in ast.walk(arbre(f))
        if isinstance(n, (ast.Import, ast.ImportFrom)) and any("signal" in a.name for a in n.names)
    ]
    assert fautes == []


def test_no_junk_drawer_of_modules():
    noms = {"core.py", "utils.py", "helpers.py", "services.py", "mixins.py", "common.py"}
    assert [str(f) for f in fichiers_python() if f.name in noms] == []


def test_every_fact_a_table_reads_has_a_name_to_translate():
    """The comparison of a modification shows these names."""
    modeles = [m for app in NOTRES for m in apps.get_app_config(app).get_models()]
    lus = [m for m in modeles if getattr(m, "CHAMPS_LUS", ())]
    assert len(lus) == 3
    sans = [
        f"{m.__name__}.{nom}"
        for m in lus
        for nom in m.CHAMPS_LUS
        if not isinstance(m._meta.get_field(nom).verbose_name, Promise)
    ]
    assert sans == []


# ------------------------------------------------------------------ templates


@pytest.mark.parametrize("nom", gabarits())
def test_every_template_compiles(nom):
    get_template(nom)


def test_every_template_is_used():
    litteraux = code()
    ecrits = {nom: texte(nom) for nom in [*gabarits(), *gabarits("*.txt")]}
    cites = {
        cite
        for contenu in ecrits.values()
        for cite in re.findall(r"[\"']([\w/.-]+\.(?:html|txt))(?:#[\w-]+)?[\"']", contenu)
    } | {chaine.split("#")[0] for chaine in litteraux}
    seuls = [
        nom
        for nom in ecrits
        if nom not in cites
        and nom not in DE_DJANGO
        and not nom.startswith((*DES_AUTRES, "courriels/"))
    ]
    assert seuls == []


def test_every_template_that_overrides_a_package_is_one_of_the_package():
    from importlib.util import find_spec

    paquets = [Path(find_spec(n).origin).parent for n in ("allauth", "django")]
    dossiers = [d for p in paquets for d in p.rglob("templates") if d.is_dir()]
    inconnus = [
        nom
        for nom in [*gabarits(), *gabarits("*.txt")]
        if nom.startswith(DES_AUTRES) and not any((d / nom).exists() for d in dossiers)
    ]
    cites = {c for nom in gabarits() for c in re.findall(r'"([\w/.-]+\.html)"', texte(nom))}
    assert [nom for nom in inconnus if nom not in cites] == []


PAGES = [
    nom
    for nom in gabarits()
    if not nom.startswith(("composants/", "courriels/", *DES_AUTRES))
    and nom not in ("base.html", "erreur.html", "500.html")  # the frames, and the page without one
    and not Path(nom).name.startswith("_")
]


@pytest.mark.parametrize("nom", PAGES)
def test_every_page_is_in_the_frame_with_its_title_and_one_heading(nom):
    contenu = texte(nom)
    parent = re.match(r"\s*{% extends \"([\w/.-]+)\"", contenu)
    assert parent, "a page extends the frame"
    if parent[1] in ("base.html", "allauth/layouts/manage.html", "allauth/layouts/base.html"):
        assert re.search(r"{% block (titre|head_title) %}\s*\S", contenu), "a page has a title"


@pytest.mark.parametrize("nom", [n for n in gabarits() if n != "courriels/lettre.html"])
def test_nothing_the_content_policy_refuses_is_written_in_a_template(nom):
    contenu = texte(nom)
    assert not re.search(r"<style\b", contenu)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]", contenu)
    assert not re.search(r"<[^>]*\sstyle\s*=", contenu)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", contenu, re.IGNORECASE)
    assert "javascript:" not in contenu
    assert "|safe" not in contenu and "{% autoescape off" not in contenu
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", contenu), "an outside address"


# ------------------------------------------------------------------ one word everywhere


def test_the_name_of_an_address_is_the_name_of_its_view():
    fautes = [
        f"{a.nom} → {a.vue.__name__}"
        for a in adresses()
        if a.est_a_nous and a.vue.__name__ != a.nom
    ]
    assert fautes == []


def test_every_template_of_a_floor_bears_the_name_of_an_address():
    noms = {a.nom for a in adresses()}
    errants = [
        nom
        for nom in gabarits()
        if nom.split("/")[0] in (*NOTRES, "demo")
        and not (Path(nom).stem in noms or Path(nom).stem.startswith("_"))
    ]
    assert errants == []


# ------------------------------------------------------------------ letters

LETTRES = sorted(n.removesuffix(".sujet.txt") for n in gabarits("courriels/*.sujet.txt"))


def test_every_letter_has_its_subject_its_text_and_somebody_who_sends_it():
    textes = {
        n.removesuffix(".txt") for n in gabarits("courriels/*.txt") if not n.endswith(".sujet.txt")
    }
    assert set(LETTRES) <= textes
    litteraux = code()
    du_pret = {f"courriels/pret_{verbe}" for verbe in cycle.VERBES}
    jamais = [
        n for n in LETTRES if n not in du_pret and n.removeprefix("courriels/") not in litteraux
    ]
    assert jamais == []
    assert du_pret <= set(LETTRES), "each step of a loan has its letter"


@pytest.fixture
def tout_ce_quun_courriel_dit(preteur, emprunteur, mireille, yvon):
    """The names the senders give, each with something real."""
    annonce = fabriques.ressource(preteur, adresse="1, rue de l’Essai")
    pret = fabriques.pret(annonce, emprunteur, "accepte")
    pret.periode_proposee = pret.periode_souhaitee = pret.periode
    pret.quantite_proposee = 1
    return {
        "pret": pret,
        "prets": [pret],
        "refuses": [fabriques.pret(annonce, emprunteur, "refuse")],
        "demande": Demande.objects.create(
            preteur=preteur, emprunteur=emprunteur, but="Un dîner.", regle="FREQ=WEEKLY;COUNT=2"
        ),
        "contact": yvon,
        "contacts": [(preteur, yvon)],
        "par": yvon,
        "au_nom_de": preteur.nom,
        "mot": "À bientôt!",
        "sans_lien": False,
        "retenus": [MessageRetenu(sujet="Un message", texte="Bonjour!")],
        "lettre": Lettre(
            demain=[Ligne(pret, "remise", timezone.localdate(), "emprunteur")],
            en_retard=[Ligne(pret, "retard", timezone.localdate(), "preteur")],
        ),
        "adhesion": fabriques.adhesion(
            fabriques.personne(), preteur, etat="demandee", mot="Bonjour!", fonction="Direction"
        ),
        "invitation": fabriques.invitation(preteur, yvon),
        "objet": annonce,
        "attente": fabriques.attente(annonce, emprunteur),
        "adresse": "/ressources/annonce/demander/",
        "revision": fabriques.revision(annonce, yvon, etat="renvoyee"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("langue", ["fr-ca", "en"])
@pytest.mark.parametrize("lettre", LETTRES)
def test_every_letter_says_everything(
    lettre, langue, tout_ce_quun_courriel_dit, mireille, mailoutbox, settings
):
    moteur = deepcopy(settings.TEMPLATES)
    moteur[0]["OPTIONS"]["string_if_invalid"] = "‹%s›"
    settings.TEMPLATES = moteur
    mireille.langue = langue
    nom = lettre.removeprefix("courriels/")
    verbe = nom.removeprefix("pret_")
    notifications.envoyer(nom, [mireille], {**tout_ce_quun_courriel_dit, "verbe": verbe})
    (message,) = mailoutbox
    html = message.alternatives[0][0]
    for ecrit in (message.subject, message.body, html):
        assert "‹" not in ecrit and "None" not in ecrit
        assert "{{" not in ecrit and "{%" not in ecrit
    assert 10 < len(message.subject) < 150
    assert "&#" not in message.subject and "&amp;" not in message.subject + message.body
    assert settings.ADRESSE_DU_PORTAIL in message.body
    assert "<script" not in html and "<img" not in html  # nothing is fetched by reading it


# ------------------------------------------------------------------ words


def phrases() -> dict[str, str]:
    """Every sentence marked for translation in the code and the templates, and where it is."""
    trouvees = {}
    for f in fichiers_python():
        for n in ast.walk(arbre(f)):
            if (
                isinstance(n, ast.Call)
                and getattr(n.func, "id", "") in ("_", "gettext", "gettext_lazy", "ngettext")
                and n.args
            ):
                for arg in n.args[:2]:
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                        trouvees[arg.value] = f"{f.relative_to(RACINE)}:{n.lineno}"
    for nom in [*gabarits(), *gabarits("*.txt")]:
        contenu = texte(nom)
        for motif in (
            r"{% (?:translate|trans) \"([^\"]+)\"",
            r"{% (?:translate|trans) '([^']+)'",
            r"{% blocktrans(?:late)?\b[^%]*%}(.*?){% endblocktrans(?:late)? %}",
            r"_\(\"([^\"]+)\"\)",
        ):
            for phrase in re.findall(motif, contenu, re.DOTALL):
                trouvees[phrase] = nom
    return trouvees


def test_no_sentence_for_readers_is_written_in_english():
    anglais = re.compile(
        r"\b(the|and|your|you|please|with|this|that|from|have|has been|must|should|not|are)\b",
        re.IGNORECASE,
    )
    de_django = {"This field is required."}  # compared with, never shown
    fautes = [
        f"{ou} : {p}" for p, ou in phrases().items() if anglais.search(p) and p not in de_django
    ]
    assert fautes == []


def test_sentences_follow_the_typography_of_quebec():
    sans_html = re.compile(r"<[^>]+>|{{.*?}}|{%.*?%}|%\(\w+\)[sd]|https?:\S+", re.DOTALL)
    fautes = []
    for phrase, ou in phrases().items():
        lue = sans_html.sub("x", phrase)
        if re.search(r"\w'\w", lue):
            fautes.append(f"{ou} : straight apostrophe : {phrase}")
        if re.search(r"[ \u202f\u00a0][;!?]", lue):
            fautes.append(f"{ou} : space before ; ! ? : {phrase}")
        if re.search(r" :|« | »|\d [%$]", lue):
            fautes.append(f"{ou} : breaking space : {phrase}")
        if re.search(r"\w·\w|\(e\)|\(s\)", lue):
            fautes.append(f"{ou} : middle dot or parentheses : {phrase}")
    assert fautes == []


# Shown as they are in every language.
MOTS_PROPRES = {"Français", "English", "fr-CA", "en-CA"}


@pytest.mark.parametrize(
    "nom", [n for n in gabarits() if n not in ("500.html",) and not n.startswith("django/")]
)
def test_every_word_of_a_template_is_marked_for_translation(nom):
    contenu = texte(nom)
    for motif in (
        r"{% comment %}.*?{% endcomment %}",
        r"{#.*?#}",
        r"{% blocktrans(?:late)?\b.*?{% endblocktrans(?:late)? %}",
        r"<!--.*?-->",
        r"<!DOCTYPE[^>]*>",
        r"<(style|script)\b.*?</\1>",
    ):
        contenu = re.sub(motif, " ", contenu, flags=re.DOTALL)
    # Template tags first: they hold « > » and quotes.
    contenu = re.sub(r"{%.*?%}|{{.*?}}", " ", contenu, flags=re.DOTALL)
    visibles = re.findall(r"\b(?:alt|title|aria-label|placeholder|content)=\"([^\"]*)\"", contenu)
    contenu = re.sub(r"<[^>]*>", " ", contenu)
    contenu = re.sub(r"&\w+;|&#\w+;", " ", contenu)
    mots = {
        mot
        for mot in re.findall(r"[A-Za-zÀ-ÿ][\w’.-]*[A-Za-zÀ-ÿ]", contenu)
        if mot not in MOTS_PROPRES
    }
    assert mots == set()
    en_attribut = {v for v in visibles if re.search(r"[a-zà-ÿ]{3,} +[a-zà-ÿ]", v)}
    assert {v for v in en_attribut if not set(v.split()) <= {"light", "dark"}} == set()


def test_settings_name_no_template_engine_that_hides_mistakes():
    assert engines["django"].engine.string_if_invalid == ""
    assert settings.TEMPLATES[0]["DIRS"] == [GABARITS]
