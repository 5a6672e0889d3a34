"""The one settings file: production by default, everything else by the environment.

DEMO=1 opens a demonstration (also used to develop and to test). It answers on the loopback
addresses only, so nothing that exists for the demonstration can be reached in production.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from mutualisation import environnement as env

BASE_DIR = Path(__file__).resolve().parent.parent
DONNEES = Path(env.texte("MUTUALISATION_DATA", str(BASE_DIR / "var"))).resolve()

DEBUG = env.booleen("DEBUG")
DEMO = env.booleen("DEMO")
SECURISE = not DEMO  # served over HTTPS behind a proxy that says so

if DEMO:
    SECRET_KEY = env.texte("SECRET_KEY", "demonstration-seulement-jamais-en-production")
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    if env.liste("ALLOWED_HOSTS"):
        raise ImproperlyConfigured(
            "DEMO=1 et ALLOWED_HOSTS ne vont pas ensemble : la démonstration ne répond que sur "
            "cette machine. Retirez l’un des deux."
        )
else:
    SECRET_KEY = env.exige("SECRET_KEY", "elle protège les sessions et les liens envoyés.")
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("SECRET_KEY est trop courte : il faut au moins 50 caractères.")
    if not env.liste("ALLOWED_HOSTS"):
        env.exige("ALLOWED_HOSTS", "c’est le nom de domaine du portail.")
    ALLOWED_HOSTS = env.liste("ALLOWED_HOSTS")
    CSRF_TRUSTED_ORIGINS = [f"https://{hote}" for hote in ALLOWED_HOSTS]

# The portal's own address, for the links in messages.
ADRESSE_DU_PORTAIL = (
    f"http://localhost:{env.entier('PORT', 8000)}" if DEMO else f"https://{ALLOWED_HOSTS[0]}"
)

# The network this portal serves.
RESEAU = {
    "nom": env.texte("RESEAU_NOM", "Le Chaudron"),
    "devise": env.texte("RESEAU_DEVISE", "On commence par se prêter des chaudrons."),
    "region": env.texte("RESEAU_REGION") or (_("de la Mauricie") if DEMO else _("de la région")),
    "courriel": env.texte("RESEAU_COURRIEL", "bonjour@chaudron.example")
    if DEMO
    else env.exige("RESEAU_COURRIEL", "c’est l’adresse où l’on joint l’équipe du réseau."),
    "telephone": env.texte("RESEAU_TELEPHONE", "819 555-0142" if DEMO else ""),
    "adresse": env.texte("RESEAU_ADRESSE", "1, rue de l’Exemple, Trois-Rivières" if DEMO else ""),
    "logo": env.texte("RESEAU_LOGO", "logo.svg"),  # a static path
}

INSTALLED_APPS = [
    "mutualisation",
    "pratiques",
    "ressources",
    "organisations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "lucide",
    "pgtrigger",
    "procrastinate.contrib.django",
    "template_partials",
]
if DEMO:
    INSTALLED_APPS.insert(1, "mutualisation.demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "organisations.middleware.langue_de_la_personne",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "organisations.middleware.second_facteur",
    "organisations.middleware.au_nom_de",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "mutualisation.urls"
WSGI_APPLICATION = "mutualisation.wsgi.application"
# Django 6's behaviour today: an address typed without a scheme is https.
FORMS_URLFIELD_ASSUME_HTTPS = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mutualisation.contexte.portail",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

# ---------------------------------------------------------------- database
DATABASES = {
    "default": env.base_de_donnees(
        env.exige(
            "DATABASE_URL",
            "c’est l’adresse de la base PostgreSQL (15 ou plus récente).",
        )
    )
    | {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
}
# One pool per process. Tests open and close many databases: they connect plainly.
if not env.booleen("SANS_RESERVE"):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.entier("BASE_CONNEXIONS", 8),
        "timeout": 10,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits must hold across processes: the cache is shared, in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}

# ---------------------------------------------------------------- people
AUTH_USER_MODEL = "organisations.Personne"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # the e-mail is unique without regard to capitals: a constraint, not unique=True
    "models.W045",  # quarter hours: forms say it, and the database has the last word
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["courriel", "prenom", "nom"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "a_faire"
LOGOUT_REDIRECT_URL = "accueil"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "courriel"
ACCOUNT_USER_DISPLAY = "organisations.models.personnes.nom_affiche"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "organisations.forms.InscriptionForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURISE else "http"
ACCOUNT_ADAPTER = "organisations.comptes.AdaptateurDeCompte"
ACCOUNT_SESSION_REMEMBER = True
# Behind the proxy everybody has its address: without this, one attacker uses up everyone's tries.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURISE else 0
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = RESEAU["nom"]
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute away
MFA_FORMS = {
    "add_webauthn": "organisations.cles.AjoutDeCleForm",
    "edit_webauthn": "organisations.cles.NomDeCleForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO  # passkeys on http://localhost
USERSESSIONS_TRACK_ACTIVITY = True
# Roles that may not act without a second factor: coordination, administration, responsable.
SECOND_FACTEUR_REQUIS = set(env.liste("SECOND_FACTEUR_REQUIS"))
if inconnus := SECOND_FACTEUR_REQUIS - {"membre", "responsable", "coordination", "administration"}:
    raise ImproperlyConfigured(
        f"SECOND_FACTEUR_REQUIS ne connaît pas le rôle « {', '.join(sorted(inconnus))} » : "
        "choisissez parmi membre, responsable, coordination et administration."
    )

# ---------------------------------------------------------------- mail and jobs
# Every message, allauth's included, becomes a job in the transaction that causes it.
EMAIL_BACKEND = "organisations.courrier.FileDeCourriels"
COURRIEL_TRANSPORT = (
    "mutualisation.demo.courrier.BoiteDeDemonstration"
    if DEMO
    else "django.core.mail.backends.smtp.EmailBackend"
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"{RESEAU['nom']} <{RESEAU['courriel']}>"
if not DEMO:
    EMAIL_HOST = env.exige("EMAIL_HOST", "c’est le serveur qui envoie les courriels.")
    EMAIL_PORT = env.entier("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env.texte("EMAIL_HOST_USER")
    EMAIL_HOST_PASSWORD = env.texte("EMAIL_HOST_PASSWORD")
    EMAIL_USE_TLS = env.booleen("EMAIL_USE_TLS", True)
    EMAIL_TIMEOUT = 20
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "taches"
PROCRASTINATE_IMPORT_PATHS = ["organisations.taches", "ressources.taches"]

# ---------------------------------------------------------------- languages, time
LANGUAGE_CODE = "fr-ca"
LANGUAGES = [("fr-ca", _("Français")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "langue"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "America/Toronto"
FORMAT_MODULE_PATH = "mutualisation.formats"

# ---------------------------------------------------------------- files
STATIC_URL = "/statiques/"
STATIC_ROOT = DONNEES / "statiques"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DONNEES / "medias"
MEDIA_URL = "/medias/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Live-server tests would get 404 on hashed names: they use plain files.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env.booleen("STATIQUES_SIMPLES")
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

# ---------------------------------------------------------------- security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURISE
SECURE_SSL_REDIRECT = SECURISE
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURISE else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURISE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURISE
CSRF_FAILURE_VIEW = "mutualisation.views.formulaire_perime"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"ligne": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ligne"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
