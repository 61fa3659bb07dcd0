"""Signing in through another service (OpenID Connect). Who somebody is, is its issuer and their subject there.

An e-mail address is never looked at: whoever controls one elsewhere would be whoever holds it here. An account there is
tied to a person here once: by a claim that holds the person's key in the directory, or by the person while signed in.
"""

import base64
import binascii
import hashlib
import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import logout as leave
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from requests import RequestException

from directory.backends import may_sign_in
from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import NotPermitted

from . import notices
from .adapters import landing_of

PROVIDER = "single-sign-on"
# Signed by a key that the service publishes; never by a secret that both share.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 30


class Silent(NotPermitted):
    """The service does not answer, or not as it should."""

    status = 502


def is_configured() -> bool:
    return bool(settings.OIDC.issuer)


def account_of(employee: Employee) -> SocialAccount | None:
    """The account there that opens this person's account here."""
    return SocialAccount.objects.filter(user=employee, provider=PROVIDER).first()


def identity(issuer: str, subject: str) -> str:
    """What an account there is known by here. It is as long as its column at most, and never ambiguous."""
    text = f"{issuer} {subject}"  # no issuer holds a blank
    return text if len(text) <= 150 else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@transaction.atomic
def connect(employee: Employee, account: str, claims: dict[str, Any]) -> None:
    """Let ``account`` there open ``employee``'s account. Raises ``NotPermitted`` when either is taken."""
    Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    if SocialAccount.objects.filter(provider=PROVIDER, uid=account).exclude(user=employee).exists():
        raise NotPermitted(
            _("This account of %(service)s is connected to somebody else here. Tell the service desk.") % _names()
        )
    kept = account_of(employee)
    if kept is not None and kept.uid != account:
        raise NotPermitted(
            _("Another account of %(service)s is connected to %(name)s already. Remove that one on the profile first.")
            % (_names() | {"name": employee.name})
        )
    if kept is None:
        SocialAccount.objects.create(
            user_id=employee.pk, provider=PROVIDER, uid=account, extra_data={k: claims[k] for k in ("iss", "sub")}
        )
        _record(employee, "employee.single_sign_on_connected")


@transaction.atomic
def disconnect(employee: Employee) -> bool:
    """Let no account there open ``employee``'s account any more; gives whether one did."""
    gone = bool(SocialAccount.objects.filter(user=employee, provider=PROVIDER).delete()[0])
    if gone:
        _record(employee, "employee.single_sign_on_removed")
    return gone


class Adapter(OpenIDConnectOAuth2Adapter):
    """The talk with the service. An identity is believed when signature, issuer, audience, time and nonce are right."""

    state: dict[str, Any] = {}

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC.issuer:
            raise OAuth2Error("The service says that it is another issuer.")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return settings.BASE_URL + reverse("single-sign-on-callback")

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        claims = self._decode_id_token(app, kwargs["response"].get("id_token") or "")
        if not constant_time_compare(str(claims.get("nonce", "")), self.asked.get("nonce") or secrets.token_hex()):
            raise OAuth2Error("The identity was made for another request.")
        wanted = settings.OIDC.key_claim
        if wanted and wanted not in claims:
            more = self._fetch_user_info(token.token)
            if more.get("sub") == claims["sub"] and wanted in more:
                claims[wanted] = more[wanted]
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """As OpenID Connect Core 3.1.3.7 asks; the signature too, however the identity came."""
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(self.openid_config["jwks_uri"])
                answer.raise_for_status()
                keys = jwt.PyJWKSet.from_dict(answer.json())
            header = jwt.get_unverified_header(id_token)
            fitting = [key for key in keys.keys if header.get("kid") in (None, key.key_id)]
            if len(fitting) != 1:
                raise OAuth2Error("The key of the identity is not known.")
            claims: dict[str, Any] = jwt.decode(
                id_token, key=fitting[0].key, algorithms=list(ALGORITHMS), audience=app.client_id,
                issuer=self.openid_config["issuer"], leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, TypeError, AttributeError) as error:
            raise OAuth2Error("The identity is not valid.") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The identity was made for somebody else.")
        return claims


class Service(OpenIDConnectProvider):
    """The one service that the environment names."""

    oauth2_adapter_class = Adapter

    def __init__(self, request: HttpRequest) -> None:
        oidc = settings.OIDC
        super().__init__(
            request,
            app=SocialApp(
                provider=OpenIDConnectProvider.id, provider_id=PROVIDER, name=oidc.name, client_id=oidc.client_id,
                secret=oidc.client_secret, settings={"server_url": oidc.issuer, "oauth_pkce_enabled": True},
            ),
        )  # fmt: skip

    def get_default_scope(self) -> list[str]:
        return ["openid", "profile"]

    def extract_uid(self, data: dict[str, Any]) -> str:
        claims = data["id_token"]
        return identity(claims["iss"], claims["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        claims: dict[str, Any] = data["id_token"]
        return claims

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []

    def begin(self, request: HttpRequest, process: str, next_url: str) -> str:
        """The address at the service to go to next; what must come back is kept in the session."""
        nonce = secrets.token_urlsafe(24)
        person = request.user.pk if process == AuthProcess.CONNECT else None
        try:
            answer = self.redirect(
                request, process, next_url=next_url, auth_params={"nonce": nonce}, nonce=nonce, person=person
            )
        except (RequestException, OAuth2Error, ValueError, KeyError) as error:
            sentence = _("%(service)s does not answer. Sign in in another way, or try again later.")
            raise Silent(sentence % _names()) from error
        return str(answer["Location"])


class Callback(OAuth2CallbackView):
    """What comes back from the service."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[dict[str, Any] | None, Any]:
        state, refusal = super()._get_state(request, provider)
        if state is not None:
            self.adapter.asked = state
        claimed = request.GET.get("iss")  # RFC 9207
        if claimed is not None and claimed.rstrip("/") != settings.OIDC.issuer:
            raise _could_not()
        return state, refusal


class SocialAdapter(DefaultSocialAccountAdapter):
    """Decides whom an account there lets in here. It signs nobody up."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Service:
        return Service(request)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Mail goes through the outbox."""

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, **more: Any) -> None:
        if error == AuthError.CANCELLED:
            raise NotPermitted(_("You did not sign in at %(service)s. Try again, or choose another way.") % _names())
        raise _could_not()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The service said who it is. What follows is ours, so this always ends allauth's own way."""
        claims, account = sociallogin.account.extra_data, sociallogin.account.uid
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            answer = self._connect(request, sociallogin.state, account, claims)
        else:
            answer = self._sign_in(request, sociallogin, account, claims)
        raise ImmediateHttpResponse(answer)

    def _connect(
        self, request: HttpRequest, state: dict[str, Any], account: str, claims: dict[str, Any]
    ) -> HttpResponse:
        if not request.user.is_authenticated or request.user.pk != state.get("person"):
            raise NotPermitted(_("Somebody else is signed in here than who began. Begin again on your profile."))
        connect(request.user, account, claims)
        return HttpResponseRedirect(state.get("next") or reverse("security"))

    def _sign_in(
        self, request: HttpRequest, sociallogin: SocialLogin, account: str, claims: dict[str, Any]
    ) -> HttpResponse:
        known = SocialAccount.objects.select_related("user").filter(provider=PROVIDER, uid=account).first()
        person = known.user if known is not None else _person_with_key(claims)
        if person is None or not may_sign_in(person):
            raise NotPermitted(
                _("%(service)s knows you, but its account is connected to nobody who may sign in here. Sign in with "
                  "login and password and connect it on your profile, or ask the service desk.") % _names()
            )  # fmt: skip
        if known is None:
            connect(person, account, claims)
        if request.user.is_authenticated:
            leave(request)
        record_authentication(request, person, "socialaccount", provider=PROVIDER)
        login = Login(user=person, redirect_url=sociallogin.state.get("next") or landing_of(person))
        return perform_login(request, login)


def _person_with_key(claims: dict[str, Any]) -> Employee | None:
    """Whose key in the directory the claim holds; one person, or nobody."""
    found = _key(claims.get(settings.OIDC.key_claim)) if settings.OIDC.key_claim else None
    if found is None:
        return None
    people = list(Employee.objects.active().exclude(source="").filter(source_key=found)[:2])
    return people[0] if len(people) == 1 else None


def _key(value: Any) -> str | None:
    """The claim as ``directory.ldap.mapping`` writes keys: a GUID as text, or its 16 bytes in base64 as AD has them."""
    text = str(value or "").strip()
    try:
        return f"uuid:{uuid.UUID(text)}"
    except ValueError:
        pass
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return f"uuid:{uuid.UUID(bytes_le=raw)}" if len(raw) == 16 else None


def _names() -> dict[str, str]:
    return {"service": settings.OIDC.name or urlsplit(settings.OIDC.issuer).netloc}


def _could_not() -> NotPermitted:
    return NotPermitted(
        _("%(service)s could not sign you in: its answer did not fit what was asked. Begin again on the sign-in page.")
        % _names()
    )


def _record(employee: Employee, verb: str) -> None:
    me = Employee(pk=employee.pk)
    notices.enqueue(audit.record(me, verb, actor=me), to=me)
