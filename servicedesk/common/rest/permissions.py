"""What a token may do, apart from what its holder may do."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # rest_framework.views reads the settings, which name this module
    from rest_framework.views import APIView

SAFE = ("GET", "HEAD", "OPTIONS")


class WithinScope(BasePermission):
    """A token does what its scope names: ``read`` asks, ``write`` changes. Sessions have both."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope = getattr(request.auth, "scope", None)
        if scope is None:
            return True
        needed = "read" if request.method in SAFE else "write"
        self.message = _("This token has no scope “%(scope)s”.") % {"scope": needed}
        return needed in scope.split()
