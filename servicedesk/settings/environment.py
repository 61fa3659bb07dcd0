"""Everything the process environment may say, read once and typed.

No other module of the project touches ``os.environ``. A secret named ``X`` may also be given as
``X_FILE``, the path of a file that holds it.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]
SHORTEST_KEY = 50  # what Django's own deployment check asks for
DEMO_LOGINS = "demo-logins.json"


@dataclass(frozen=True, kw_only=True)
class DirectoryEnvironment:
    """Where people come from. ``uri`` is ``ldap://…``, ``ldaps://…`` (RFC 4516) or ``ldif:PATH``; "" for nowhere."""

    uri: str
    bind_dn: str
    password: str
    ca_file: str
    starttls: bool
    mapping: str


@dataclass(frozen=True, kw_only=True)
class OidcEnvironment:
    """A sign-in service that speaks OpenID Connect; ``issuer`` is "" when there is none.

    ``key_claim`` names the claim that holds the person's objectGUID or entryUUID; without one, people connect
    their own account once they are signed in.
    """

    issuer: str
    client_id: str
    client_secret: str
    name: str
    key_claim: str


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The settings of one installation, as the README names them."""

    name: str
    data_dir: Path
    secret_key: str
    database_url: str
    broker_url: str
    cache_url: str
    email_url: str
    host: str
    port: int
    allowed_hosts: list[str]
    base_url: str
    files_base_url: str
    trusted_proxies: list[str]
    debug: bool
    directory: "DirectoryEnvironment"
    oidc: "OidcEnvironment"

    @property
    def files_hosts(self) -> list[str]:
        """The host of the files, where they have one of their own."""
        host = urlsplit(self.files_base_url).hostname
        return [host] if host else []

    @property
    def is_production(self) -> bool:
        return self.name == "production"


def read() -> Environment:
    """Read and check the environment; raise ``ImproperlyConfigured`` with a sentence on a bad value."""
    env = environ.Env()
    name = env.str("ENVIRONMENT", "demo")
    if name not in ("demo", "production"):
        raise ImproperlyConfigured(f"ENVIRONMENT must be demo or production, not {name!r}.")
    data_dir = Path(env.str("DATA_DIR", "") or ROOT / "var").absolute()
    host = env.str("HOST", "127.0.0.1")
    port = _port(env.str("PORT", "8000"))
    found = Environment(
        name=name,
        data_dir=data_dir,
        secret_key=_secret(env, "SECRET_KEY") or (_demo_key(data_dir) if name == "demo" else ""),
        database_url=_secret(env, "DATABASE_URL") or f"sqlite:///{data_dir / 'servicedesk.sqlite3'}",
        broker_url=_secret(env, "BROKER_URL"),
        cache_url=_secret(env, "CACHE_URL"),
        email_url=_secret(env, "EMAIL_URL"),
        host=host,
        port=port,
        allowed_hosts=_names(env, "ALLOWED_HOSTS") or (LOOPBACK_NAMES if name == "demo" else []),
        base_url=_web_address(env, "BASE_URL") or f"http://{_shown(host)}:{port}",
        files_base_url=_web_address(env, "FILES_BASE_URL"),
        trusted_proxies=_names(env, "TRUSTED_PROXIES"),
        debug=_yes_or_no(env, "DEBUG"),
        directory=_directory(env),
        oidc=_oidc(env),
    )
    if found.is_production:
        _refuse_unsafe_production(found, base_url_is_given=bool(env.str("BASE_URL", "")))
    return found


def _refuse_unsafe_production(found: Environment, *, base_url_is_given: bool) -> None:
    """Raise with every reason at once why this may not face the world."""
    key = found.secret_key
    reasons = []
    if len(key) < SHORTEST_KEY or len(set(key)) < 5 or key.startswith("django-insecure-"):
        reasons.append(
            f"SECRET_KEY must be {SHORTEST_KEY} random characters or more "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(50))' makes one)"
        )
    if found.debug:
        reasons.append("DEBUG must be off")
    if not found.allowed_hosts:
        reasons.append("ALLOWED_HOSTS must name the hosts that people type")
    if any("*" in host for host in found.allowed_hosts):
        reasons.append("ALLOWED_HOSTS must not contain *")
    if not base_url_is_given:
        reasons.append("BASE_URL must be the address that people type, such as https://desk.example.com")
    if (found.data_dir / DEMO_LOGINS).exists():
        reasons.append(f"the data folder {found.data_dir} is that of a demo ({DEMO_LOGINS} is in it): take a new one")
    if reasons:
        raise ImproperlyConfigured(f"This is no safe production start: {'; '.join(reasons)}.")


def _directory(env: environ.Env) -> DirectoryEnvironment:
    uri = env.str("DIRECTORY_URI", "").strip()
    if uri and not uri.lower().startswith(("ldap://", "ldaps://", "ldif:")):
        raise ImproperlyConfigured(
            f"DIRECTORY_URI must be like ldaps://dc1.example.com/dc=example,dc=com or ldif:/srv/people, not {uri!r}."
        )
    return DirectoryEnvironment(
        uri=uri,
        bind_dn=env.str("DIRECTORY_BIND_DN", ""),
        password=_secret(env, "DIRECTORY_PASSWORD"),
        ca_file=env.str("DIRECTORY_CA_FILE", ""),
        starttls=_yes_or_no(env, "DIRECTORY_STARTTLS"),
        mapping=env.str("DIRECTORY_MAPPING", ""),
    )


def _oidc(env: environ.Env) -> OidcEnvironment:
    found = OidcEnvironment(
        issuer=env.str("OIDC_ISSUER", "").rstrip("/"),
        client_id=env.str("OIDC_CLIENT_ID", ""),
        client_secret=_secret(env, "OIDC_CLIENT_SECRET"),
        name=env.str("OIDC_NAME", "") or "Single sign-on",
        key_claim=env.str("OIDC_KEY_CLAIM", ""),
    )
    if found.issuer and not found.issuer.startswith(("https://", "http://")):
        raise ImproperlyConfigured(
            f"OIDC_ISSUER must be an address such as https://login.example.com, not {found.issuer!r}."
        )
    if found.issuer and not (found.client_id and found.client_secret):
        raise ImproperlyConfigured("OIDC_ISSUER also needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    return found


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ImproperlyConfigured(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _yes_or_no(env: environ.Env, name: str) -> bool:
    text = env.str(name, "").strip().lower()
    if text in ("", "0", "no", "off", "false"):
        return False
    if text in ("1", "yes", "on", "true"):
        return True
    raise ImproperlyConfigured(f"{name} must be yes or no, not {text!r}.")


def _names(env: environ.Env, name: str) -> list[str]:
    return [part.strip() for part in env.str(name, "").split(",") if part.strip()]


def _web_address(env: environ.Env, name: str) -> str:
    text = env.str(name, "").rstrip("/")
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query):
        raise ImproperlyConfigured(f"{name} must be like https://desk.example.com, not {text!r}.")
    return text


def _shown(host: str) -> str:
    """The host as it stands in an address; one that means every interface is shown as loopback."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _secret(env: environ.Env, name: str) -> str:
    path = env.str(f"{name}_FILE", "")
    if not path:
        return str(env.str(name, ""))
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error


def _demo_key(data_dir: Path) -> str:
    """The key of a demo, made on first use and kept in the data folder (mode 600)."""
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = data_dir / f"secret_key.{os.getpid()}"
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(50))
            try:
                os.link(draft, path)  # whole or not at all: another process may be doing the same
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {data_dir} cannot be used ({error.strerror}). "
            "Set DATA_DIR to a folder that this account may write."
        ) from error
