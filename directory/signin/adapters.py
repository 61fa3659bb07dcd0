"""What django-allauth asks of this house: who may sign in, where from, what is encrypted, what it must not do."""

import base64
import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import logout as django_logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from directory.backends import may_sign_in
from directory.models import Employee

from .addresses import client_address

Landing = Callable[[Employee], str]
_landing: list[Landing] = []


def register_landing(landing: Landing) -> None:
    """Say where a person begins who was going nowhere in particular. One says so; the last one counts."""
    _landing[:] = [landing]


def landing_of(employee: Employee) -> str:
    return _landing[0](employee) if _landing else settings.LOGIN_REDIRECT_URL


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up, nothing is mailed by allauth, and its own sentences are not shown."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["directory.signin.stages.RememberStage", "allauth.mfa.stages.AuthenticateStage"]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return landing_of(request.user)  # type: ignore[arg-type]

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return HttpResponseRedirect(settings.LOGIN_URL)

    def login(self, request: HttpRequest, user: Any) -> None:
        """The one place where a session becomes somebody's: asked again, whichever way they came."""
        if not may_sign_in(user):
            django_logout(request)
            raise ImmediateHttpResponse(HttpResponseRedirect(settings.LOGIN_URL))
        super().login(request, user)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what happened."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Mail goes through the outbox."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Mail goes through the outbox."""


class SecondStepAdapter(DefaultMFAAdapter):
    """Secrets lie encrypted with a key that is made of ``SECRET_KEY``; passkeys belong to the host of ``BASE_URL``."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This did not work. Try it again, or choose another way."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """As an address of data, black on white in every theme."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"

    def get_totp_label(self, user: Any) -> str:
        return str(user.login)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": self.get_totp_issuer()}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        return super().get_public_key_credential_user_entity(user) | {"name": user.login, "display_name": user.name}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return _("Passkey")


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"directory.signin secrets" + str(key).encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
