"""The one way a stored file leaves the desk: as a download that no browser will run.

With ``FILES_BASE_URL`` it leaves from a host of its own: what a file might still do there, it does
without the desk's cookies. The way there is a signed address that lives for a minute.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import FileResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from .models import Attachment

GOOD_FOR_SECONDS = 60
_signer = TimestampSigner(salt="servicedesk.files")


def attachment_response(attachment: Attachment) -> HttpResponseBase:
    """``attachment`` as a download, or the way to it. Take it from ``readable_by``: who may have it is decided so."""
    if not settings.FILES_BASE_URL:
        return download(attachment)
    signed = _signer.sign(attachment.uuid.hex)
    return HttpResponseRedirect(settings.FILES_BASE_URL + reverse("file", args=[signed]))


def download(attachment: Attachment) -> FileResponse:
    """The bytes. Neither the sender's type nor the sniffed one is passed on, and what opens them stays in a sandbox."""
    response = FileResponse(
        attachment.file.open("rb"), as_attachment=True, filename=attachment.name,
        content_type="application/octet-stream",
    )  # fmt: skip
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def signed_for(signed: str) -> Attachment | None:
    """The attachment that a signed address of the last minute stands for."""
    try:
        uuid = _signer.unsign(signed, max_age=GOOD_FOR_SECONDS)
    except BadSignature:
        return None
    return Attachment.objects.filter(uuid=uuid).first()


def files_host() -> str:
    """The host (with its port) that serves files alone; empty when there is none."""
    return urlsplit(settings.FILES_BASE_URL).netloc
