"""Roles of the decision table that only changes know, beside those of every ticket."""

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.workflow import Permission

MANAGE = "changes.manage_change"

TECHNICIAN = "technician"
AUTHOR = "author"
PEER = "peer"
IMPLEMENTER = "implementer"
CHANGE_MANAGER = "change_manager"
REVIEWER = "reviewer"

WORDS: dict[str, StrOrPromise] = {
    TECHNICIAN: _("technicians who see %(queue)s"),
    AUTHOR: _("its author"),
    PEER: _("people who work on %(queue)s, but not its author"),
    IMPLEMENTER: _("its implementer"),
    CHANGE_MANAGER: _("change managers"),
    REVIEWER: _("change managers, but not its implementer"),
}

is_technician = Permission(TECHNICIAN)
wrote = Permission(AUTHOR)
assesses = Permission(CHANGE_MANAGER, PEER)
implements = Permission(IMPLEMENTER)
manages = Permission(CHANGE_MANAGER)
reviews = Permission(REVIEWER)
plans = Permission(AUTHOR, TECHNICIAN, CHANGE_MANAGER)
