"""What every address of the API shares, and what answers where there is none."""

from datetime import UTC
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .problems import Malformed


class ApiView(APIView):
    """One address. Instants are in UTC, whatever zone the person lives in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        given = [*kwargs.values(), *(value for values in request.query_params.lists() for value in values[1])]
        if any("\x00" in value for value in given if isinstance(value, str)):
            raise Malformed(_("The address holds a character that is not text."))

    @staticmethod
    def body(request: Request) -> dict[str, Any]:
        """The fields of the body; none at all when there is no body."""
        return dict(request.data.items())


class Description(SpectacularAPIView):
    """The description of the API. It has one version, so none is taken from the address into a header."""

    def _get_version_parameter(self, request: Request) -> None:
        return None


class AnyAccepted(DefaultContentNegotiation):
    """For addresses that give out bytes: whatever the client would like, it gets them."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)
class NothingHere(ApiView):
    """Every address under ``/api/`` that is none: a problem like any other, whatever the method."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(_("There is nothing at this address. Addresses of the API end with a slash."))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound

    post = put = patch = delete = get
