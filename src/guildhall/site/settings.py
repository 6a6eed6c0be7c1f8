"""Settings, all of them from the environment; wiring only.

``GUILDHALL_DATABASE``  postgres URL (``postgresql://user:pw@host:port/name``) or a path of an SQLite file
``GUILDHALL_WORKERS``   processes that sign beside the one that issues (0: a thread of it does)
``GUILDHALL_HOME``      folder for everything written: database, log, lists, keys (default ``var/register``)
``GUILDHALL_ORIGIN``    public address, without a trailing slash (default ``http://localhost:8000``)
``GUILDHALL_SECRET``    Django's secret key; made and kept in the home folder where absent
``GUILDHALL_PASSPHRASE`` opens the sealed keystore; made and kept beside it (0600) where absent, as suits a trial only
``GUILDHALL_VC_ISSUER`` ``did:key`` lets the VC-API sign single credentials with a key of its own (off where absent)
``GUILDHALL_WITNESSES`` a trust list whose witnesses are asked to cosign the log's checkpoints (none where absent)
``GUILDHALL_DEBUG``     ``1`` shows tracebacks
``GUILDHALL_PROXIES``   how many proxies of our own stand in front and add to ``X-Forwarded-For`` (default 0: none is believed)
``GUILDHALL_CHECKS``    checks that one address may ask for in a minute (default 60)
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE as CSP_NONE
from csp.constants import SELF as CSP_SELF

HOME = Path(os.environ.get("GUILDHALL_HOME", "var/register")).absolute()
ORIGIN = os.environ.get("GUILDHALL_ORIGIN", "http://localhost:8000").rstrip("/")
HOST = urlsplit(ORIGIN).netloc
LOG_ORIGIN = f"{HOST}/log"
LOG_DIR = HOME / "static" / "log"
STATUS_DIR = HOME / "static" / "status"
KEYSTORE_PATH = HOME / "keys" / "keystore.json"
WITNESSES = Path(os.environ["GUILDHALL_WITNESSES"]) if os.environ.get("GUILDHALL_WITNESSES") else None
WORKERS = int(os.environ.get("GUILDHALL_WORKERS", "0"))


def _kept_secret(name: str, file: Path) -> str:
    """Return a secret from the environment or, for a trial, from a file made once with mode 0600.

    Of several processes that start together, the first one's stands; its file is whole before it has its name.
    """
    value = os.environ.get(name, "")
    if value:
        return value
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()


SECRET_KEY = _kept_secret("GUILDHALL_SECRET", HOME / "keys" / "secret")
KEYSTORE_PASSPHRASE = _kept_secret("GUILDHALL_PASSPHRASE", HOME / "keys" / "passphrase")
DEBUG = os.environ.get("GUILDHALL_DEBUG", "") == "1"
ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
if os.environ.get("GUILDHALL_HOSTS"):
    ALLOWED_HOSTS += os.environ["GUILDHALL_HOSTS"].split(",")
CSRF_TRUSTED_ORIGINS = [ORIGIN]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "guildhall.accounts",
    "guildhall.standards",
    "guildhall.schemes",
    "guildhall.issuers",
    "guildhall.assessment",
    "guildhall.tlog",
    "guildhall.credentials",
    "guildhall.curriculum",
    "guildhall.credit",
    "guildhall.employers",
    "guildhall.encyclopedia.articles",
    "guildhall.encyclopedia.search",
    "guildhall.api",
    "guildhall.web",
]

MIDDLEWARE = [
    "guildhall.accounts.addresses.without_nul",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "guildhall.site.urls"
WSGI_APPLICATION = "guildhall.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "guildhall.web.context.site",
            ],
        },
    },
]


def _database() -> dict[str, object]:
    url = os.environ.get("GUILDHALL_DATABASE", "")
    if url.startswith(("postgres://", "postgresql://")):
        parts = urlsplit(url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            # As in libpq: ``?host=/run/postgresql`` names the folder of a Unix socket.
            "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0],
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
        }
    return {
        "ENGINE": "guildhall.site.sqlite",
        "NAME": url or str(HOME / "register.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
            # Without it INSERT OR REPLACE would remove a row past the triggers that keep it.
            "PRAGMA recursive_triggers=ON;",
        },
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Assets are served from the package itself: nothing has to be collected before the first start.
STATIC_URL = "/static/"
STATICFILES_DIRS = [("vendor", Path(__file__).resolve().parents[1] / "vendor" / "web")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# No script or style but our own files; nothing is framed, nothing is fetched from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [CSP_NONE],
        "script-src": [CSP_SELF],
        "style-src": [CSP_SELF],
        "img-src": [CSP_SELF, "data:"],
        "connect-src": [CSP_SELF],
        "form-action": [CSP_SELF],
        "base-uri": [CSP_NONE],
        "frame-ancestors": [CSP_NONE],
    }
}

# (how many, in how many seconds) one address may ask
VC_ISSUER = os.environ.get("GUILDHALL_VC_ISSUER", "")
RATE_LIMITS = {"check": (int(os.environ.get("GUILDHALL_CHECKS", "60")), 60), "sign-in": (10, 300), "paper": (30, 60)}
TRUSTED_PROXIES = int(os.environ.get("GUILDHALL_PROXIES", "0"))
CSRF_FAILURE_VIEW = "guildhall.web.views.errors.stale_form"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ORIGIN.startswith("https:")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024

# Our own mistakes go to the error stream, whoever collects it; addresses that ask for nonsense do not.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "guildhall": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
