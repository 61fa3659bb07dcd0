"""The roles of the decision table: how one employee stands to one version of an article."""

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.workflow import Permission

READER = "reader"
TECHNICIAN = "technician"
WRITER = "writer"
PUBLISHER = "publisher"
CLOCK = "clock"

WORDS: dict[str, StrOrPromise] = {
    READER: _("whoever reads it"),
    TECHNICIAN: _("technicians"),
    WRITER: _("those who wrote it"),
    PUBLISHER: _("knowledge managers"),
    CLOCK: _("the desk's own clock"),
}

reads = Permission(READER)
writes = Permission(TECHNICIAN)
wrote = Permission(WRITER)
publishes = Permission(PUBLISHER)
keeps_time = Permission(CLOCK)
