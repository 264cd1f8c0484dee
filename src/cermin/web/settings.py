"""Settings of the site: everything that differs between sites comes from its environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from cermin.web.environment import database_settings, read_environment, site_folder
from cermin.web.single_sign_on import oidc_apps

PACKAGE = Path(__file__).resolve().parents[1]
SITE_FOLDER = site_folder()
ENV = read_environment(SITE_FOLDER)

# ------------------------------------------------------------------ this site
DEMO = ENV.flag("CERMIN_DEMO")  # fictional data, no second factor; a banner says so
SECURE = ENV.flag("CERMIN_HTTPS", default=not DEMO)
BEHIND_PROXY = ENV.flag("CERMIN_BEHIND_PROXY")  # its headers on scheme and visitor are believed
KEY_FOLDER = Path(ENV.text("CERMIN_KEYS", str(SITE_FOLDER / "keys")))
SECRET_KEY = ENV.required(
    "CERMIN_SECRET_KEY", "Jalankan “cermin site init” agar site.env dan kuncinya dibuat."
)
DEBUG = False
ALLOWED_HOSTS = ENV.words("CERMIN_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host[0] not in "*.["]
DATABASES = {"default": database_settings(ENV.text("CERMIN_DATABASE_URL"), SITE_FOLDER)}
DATABASES["default"]["ATOMIC_REQUESTS"] = False  # actions say themselves what is one transaction

# ------------------------------------------------------------------ parts
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",  # needed by auth; nothing of ours refers to it
    "django.forms",  # its templates, for widgets
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "tree_queries",
    "cermin.web.pages",
    "cermin.web.audit",
    "cermin.web.accounts",
    "cermin.web.organisations",
    "cermin.web.register",
    "cermin.web.cycles",
    "cermin.web.survey",
    "cermin.web.results",
    "cermin.web.operations",
]
MIDDLEWARE = [
    "cermin.web.pages.protection.HeadersMiddleware",  # first: covers refusals and static files
    "cermin.web.pages.protection.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "cermin.web.survey.middleware.SurveyRoutesMiddleware",  # public, short, without session
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cermin.web.accounts.middleware.LanguageMiddleware",
    "cermin.web.pages.protection.BodyLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cermin.web.pages.middleware.UserErrorMiddleware",
    "cermin.web.organisations.middleware.SecondFactorMiddleware",
    "cermin.web.operations.middleware.SetupMiddleware",
]
ROOT_URLCONF = "cermin.web.urls"
WSGI_APPLICATION = "cermin.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Ours come before those of the libraries, which hold templates of the same names.
        "DIRS": [PACKAGE / "web" / "accounts" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cermin.web.pages.context.site",
                "cermin.web.organisations.context.house",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "cermin.web.pages.templatetags.cermin",
            ],
        },
    }
]
FORM_RENDERER = "cermin.web.pages.rendering.Renderer"

# ------------------------------------------------------------------ language and numbers
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-bahasa" if SECURE else "bahasa"
TIME_ZONE = ENV.text("CERMIN_TIME_ZONE", "Asia/Jakarta")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# ------------------------------------------------------------------ files
STATIC_URL = "/static/"
STATIC_ROOT = SITE_FOLDER / "static"
# Only our own files are served; those of the libraries belong to pages that are not here.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATICFILES_DIRS = [PACKAGE / "web" / app / "static" for app in ("pages", "accounts", "survey")]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # No URL: uploads are only ever sent by a view that has checked who asks.
        "OPTIONS": {"location": SITE_FOLDER / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
UPLOAD_LIMIT_MB = ENV.number("CERMIN_UPLOAD_LIMIT_MB", 100)

# ------------------------------------------------------------------ cycles and surveys
CYCLE_PARTS = ["cermin.web.survey.part", "cermin.web.results.part"]  # what they add to a cycle

# ------------------------------------------------------------------ background and cache
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
CACHES = {
    # Rate limits must hold over all processes of the server, so they are kept in the database.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # The default of 300 would let a flood of guesses push out the counters that stop it.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ------------------------------------------------------------------ sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "cermin.web.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # an account begins with a link sent to its address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whose password or second factor changes is told by mail
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Cermin] "
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=2).total_seconds())
ACCOUNT_RATE_LIMITS = {
    # A whole office may stand behind one address (ip); the key is the account that is tried.
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",  # codes of the second factor, too
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
# The proxy in front adds the address that it saw last; whatever stands before it is hearsay.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENV.flag("CERMIN_BEHIND_PROXY") else 0
_FORMS = "cermin.web.accounts.forms"
ACCOUNT_FORMS = {
    "login": f"{_FORMS}.LoginForm",
    "change_password": f"{_FORMS}.ChangePasswordForm",
    "set_password": f"{_FORMS}.SetPasswordForm",
    "reset_password": f"{_FORMS}.ResetPasswordForm",
    "reset_password_from_key": f"{_FORMS}.ResetPasswordKeyForm",
    "reauthenticate": f"{_FORMS}.ReauthenticateForm",
}
SOCIALACCOUNT_ADAPTER = "cermin.web.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": oidc_apps(ENV), "OAUTH_PKCE_ENABLED": True}}
MFA_ADAPTER = "cermin.web.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Cermin"
MFA_TOTP_TOLERANCE = 1  # phones' clocks differ; a code counts once all the same
MFA_FORMS = {
    "authenticate": f"{_FORMS}.AuthenticateForm",
    "reauthenticate": f"{_FORMS}.ReauthenticateCodeForm",
    "activate_totp": f"{_FORMS}.ActivateForm",
}
USERSESSIONS_TRACK_ACTIVITY = False  # the moment of sign-in is enough, and costs no write per page

# ------------------------------------------------------------------ mail
EMAIL_HOST = ENV.text("CERMIN_EMAIL_HOST")
EMAIL_PORT = ENV.number("CERMIN_EMAIL_PORT", 587)
EMAIL_HOST_USER = ENV.text("CERMIN_EMAIL_USER")
EMAIL_HOST_PASSWORD = ENV.text("CERMIN_EMAIL_PASSWORD")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.text("CERMIN_EMAIL_FROM", "cermin@localhost")
MAIL_BATCH = 50  # mails of a mailing over one connection, then other work has its turn
# Many servers refuse more mails in a minute; 0 is as fast as it goes.
MAIL_PER_MINUTE = ENV.number("CERMIN_MAIL_PER_MINUTE", 120)
MAIL_PAUSE = 60 / MAIL_PER_MINUTE if MAIL_PER_MINUTE else 0.0
EMAIL_FILE_PATH = SITE_FOLDER / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"  # kept as files until mail is set up
)

# ------------------------------------------------------------------ the wire
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # rate limits count visitors, not the proxy
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-sesi" if SECURE else "sesi"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cermin.web.pages.failures.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the QR code of the second factor
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *sorted({app["origin"] for app in oidc_apps(ENV)})],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "cermin.web.pages.journal.Formatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {
        "silent": {"()": "cermin.web.pages.journal.SilentAddresses", "prefixes": ["/survei/"]}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["silent"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "cermin": {"level": "INFO"},
        # Scanners ask for other hosts all day; they get 400, not a traceback in the log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
