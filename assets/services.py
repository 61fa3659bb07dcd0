"""What the clock does to assets."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from directory.services import system_employee
from servicedesk.common.errors import DomainError
from servicedesk.common.time import now as present
from servicedesk.workflow import perform

from .models import Asset, ImportFile
from .states import PENDING_ACCEPTANCE

KEEP_UPLOADS = timedelta(days=1)


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """Take back what waits for the signature of people who have left; forget uploads that nobody imported.

    Safe to repeat and to run twice at once: the door decides each move under the row's lock.
    """
    clock, done = system_employee("clock"), 0
    waiting = Asset.objects.filter(state=PENDING_ACCEPTANCE, holder__is_active=False).order_by("pk")
    for asset in waiting.iterator(chunk_size=200):
        try:
            perform(asset, "decline", by=clock, reason=_("They left before they signed for it."))
            done += 1
        except DomainError:
            continue  # signed, or handed to somebody else meanwhile
    forgotten, _kinds = ImportFile.objects.filter(created_at__lt=(now or present()) - KEEP_UPLOADS).delete()
    return {"decline": done, "uploads": forgotten}
