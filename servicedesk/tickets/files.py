"""Storing and fetching files: random names on disk, the first bytes decide the type, downloads only."""

import hashlib
import unicodedata
from datetime import datetime
from functools import partial
from typing import Any

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.text import without_controls
from servicedesk.common.transactions import on_rollback

from .models import Attachment, Message, Ticket

MAX_FILES_OF_A_TICKET = 200


def store(
    file: UploadedFile, *, ticket: Ticket, by: Employee, message: Message | None, internal: bool, at: datetime
) -> Attachment:
    """Keep ``file`` on ``ticket``. Too large or too many: ``InvalidPayload``; a rollback removes it from disk."""
    limit = settings.ATTACHMENT_MAX_BYTES
    if file.size is None or file.size > limit:
        raise InvalidPayload(
            {"file": [_("%(name)s is larger than %(limit)s MB.") % {
                "name": safe_name(file.name or ""), "limit": limit // 1024 // 1024}]}
        )  # fmt: skip
    if Attachment.objects.filter(ticket=ticket.pk).count() >= MAX_FILES_OF_A_TICKET:
        raise InvalidPayload(
            {"file": [_("This ticket holds the most files it can: %(n)s.") % {"n": MAX_FILES_OF_A_TICKET}]}
        )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    attachment = Attachment(
        ticket_id=ticket.pk, message=message, uploader=by, internal=internal, name=safe_name(file.name or ""),
        size=file.size, sha256=digest.hexdigest(), content_type=sniff(file), at=at,
    )  # fmt: skip
    attachment.file.save("", file, save=False)
    on_rollback(partial(_remove_if_lost, attachment))
    attachment.save(force_insert=True)
    return attachment


def _remove_if_lost(attachment: Attachment) -> None:
    """Take the file away unless its row stands after all: a file without a row is litter, the reverse a loss."""
    if not Attachment.objects.filter(uuid=attachment.uuid).exists():
        attachment.file.delete(save=False)


def sniff(file: Any) -> str:
    """The media type that the first bytes show, or octet-stream; the sender's word does not count."""
    head = file.read(262)
    file.seek(0)
    kind = filetype.guess(head)
    return kind.mime if kind else "application/octet-stream"


def safe_name(name: str) -> str:
    """A file name that can be shown and offered for saving: no path, no controls, no direction tricks."""
    base = without_controls(name.replace("\\", "/").rsplit("/", 1)[-1])
    visible = "".join(c for c in base if unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co", "Cn"))
    cleaned = " ".join(visible.split()).strip(" .")
    if not cleaned:
        return "file"
    stem, dot, extension = cleaned.rpartition(".")
    if dot and len(extension) <= 10:
        return f"{stem[: 150 - len(extension)]}.{extension}"
    return cleaned[:150].rstrip(" .")
