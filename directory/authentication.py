"""Who calls the API: a person in a session, or a script with a token."""

import re

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from . import tokens
from .models import ApiToken, Employee

_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,200}) *\Z", re.IGNORECASE)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``. A request that shows a bad token is refused, even within a session."""

    def authenticate(self, request: Request) -> tuple[Employee, ApiToken] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        match = _BEARER.match(header)
        token = tokens.holder_of(match[1]) if match else None
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is not valid, or it has expired. Get a new one."))
        return token.employee, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):
    """How the description of the API names tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
