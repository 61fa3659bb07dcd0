"""The roles of the decision table: how one employee stands to one asset."""

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.workflow import Permission

MANAGE = "assets.manage_asset"

SEES = "sees"
DESK = "desk"
HOLDER = "holder"
MANAGER = "manager"
CLOCK = "clock"

WORDS: dict[str, StrOrPromise] = {
    SEES: _("anyone who may see it"),
    DESK: _("people who work at a desk"),
    HOLDER: _("whoever it was handed over to"),
    MANAGER: _("asset managers"),
    CLOCK: _("the desk's own clock"),
}

manages = Permission(MANAGER)
holds = Permission(HOLDER)
