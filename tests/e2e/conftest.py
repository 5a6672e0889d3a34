"""A real browser on a real server: one Chromium for each worker, one clean window for each test.

The window fails its test on a console error, a breach of the content policy, a broken file, or a
request that leaves the site.
"""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as reglages
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

LARGEURS = {"360": (360, 740), "1280": (1280, 900)}
OPTIONS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def navigateur():
    options = [*OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else OPTIONS
    with sync_playwright() as playwright:
        ouvert = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=options)
        yield ouvert
        ouvert.close()


@pytest.fixture
def site(live_server, settings):
    """The address of the running portal, which the letters also point to."""
    settings.ADRESSE_DU_PORTAIL = live_server.url
    return live_server.url


@dataclass
class Fenetre:
    """A browser's window, somebody in front of it, and everything that went wrong in it."""

    contexte: BrowserContext
    page: Page
    site: str
    fautes: list[str] = field(default_factory=list)

    def aller(self, adresse: str):
        return self.page.goto(self.site + adresse)

    def entrer(self, personne, mot_de_passe: str = "") -> None:
        """Signs in without the page, which has its own tests. With the password, the person has
        just proven who she is: settings of security ask nothing more."""
        client = Client()
        client.force_login(personne)
        if mot_de_passe:
            client.post(reverse("account_reauthenticate"), {"password": mot_de_passe})
        self.contexte.add_cookies(
            [
                {
                    "name": reglages.SESSION_COOKIE_NAME,
                    "value": client.cookies[reglages.SESSION_COOKIE_NAME].value,
                    "url": self.site,
                }
            ]
        )

    def theme(self, nom: str) -> None:
        self.contexte.add_cookies([{"name": "theme", "value": nom, "url": self.site}])

    def surveiller(self) -> None:
        def reponse(recue):
            document = recue.request.resource_type == "document"
            if recue.status >= 500 or (recue.status >= 400 and not document):
                self.fautes.append(f"{recue.status} {recue.url}")

        def requete(envoyee):
            adresse = urlsplit(envoyee.url)
            if adresse.scheme not in ("data", "blob") and not envoyee.url.startswith(self.site):
                self.fautes.append(f"sort du site : {envoyee.url}")

        def console(message):
            # A page answered 403 or 404 says so in the console; responses are looked at above.
            if message.type == "error" and "Failed to load resource" not in message.text:
                self.fautes.append(f"console : {message.text} ({self.page.url})")

        self.contexte.on("response", reponse)
        self.contexte.on("request", requete)
        self.contexte.on("console", console)
        self.contexte.on("weberror", lambda e: self.fautes.append(f"script : {e.error}"))


@pytest.fixture
def ouvrir_fenetre(navigateur, site):
    """`ouvrir_fenetre(largeur="360", javascript=True, personne=None)`: a clean window."""
    ouvertes: list[Fenetre] = []

    def ouvrir(*, largeur: str = "1280", javascript: bool = True, personne=None) -> Fenetre:
        large, haut = LARGEURS[largeur]
        contexte = navigateur.new_context(
            viewport={"width": large, "height": haut},
            locale="fr-CA",
            timezone_id="America/Toronto",
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        contexte.set_default_timeout(8_000)
        fenetre = Fenetre(contexte, contexte.new_page(), site)
        fenetre.surveiller()
        if personne is not None:
            fenetre.entrer(personne)
        ouvertes.append(fenetre)
        return fenetre

    expect.set_options(timeout=8_000)
    yield ouvrir
    fautes = [faute for fenetre in ouvertes for faute in fenetre.fautes]
    for fenetre in ouvertes:
        fenetre.contexte.close()
    assert fautes == []


@pytest.fixture(params=LARGEURS)
def largeur(request) -> str:
    return request.param


@pytest.fixture
def fenetre(ouvrir_fenetre, largeur) -> Fenetre:
    """A visitor's window, at 360 and at 1280 pixels."""
    return ouvrir_fenetre(largeur=largeur)


@pytest.fixture(scope="session")
def axe():
    """`axe(page)`: what axe-core finds wrong, one line for each."""
    outil = Axe()

    def examiner(page: Page) -> list[str]:
        resultat = outil.run(page).response
        return [
            f"{faute['id']} : {noeud['html'][:160]}"
            for faute in resultat["violations"]
            for noeud in faute["nodes"]
        ]

    return examiner
