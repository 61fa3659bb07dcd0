"""``If-Match`` and ``ETag``: a change names the version that it was made for."""

import re

from django.utils.translation import gettext as _
from rest_framework.request import Request

from .problems import Malformed, VersionMissing

_VERSION = re.compile(r'(?:W/)?(?:"([0-9]{1,9})"|([0-9]{1,9}))\Z')


def etag(version: int) -> str:
    return f'"{version}"'


def stated_version(request: Request) -> int | None:
    """The version in ``If-Match`` (``"3"``, ``3`` or ``W/"3"``), or None when none was sent."""
    text = request.headers.get("If-Match")
    if text is None:
        return None
    match = _VERSION.match(text.strip())
    if match is None:
        raise Malformed(_('If-Match holds one version, such as "3".'))
    return int(match[1] or match[2])


def required_version(request: Request) -> int:
    """As :func:`stated_version`; a request without one is refused with 428."""
    version = stated_version(request)
    if version is None:
        raise VersionMissing
    return version
