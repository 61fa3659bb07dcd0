"""The states of an asset in words. A CHECK on the table is built from them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicedesk.tickets.states import State, Vocabulary

ORDERED, IN_STOCK, RESERVED, PENDING_ACCEPTANCE = "ordered", "in_stock", "reserved", "pending_acceptance"
IN_USE, IN_REPAIR, PENDING_RETURN = "in_use", "in_repair", "pending_return"
RETIRED, DISPOSED, MISSING, WRITTEN_OFF = "retired", "disposed", "missing", "written_off"

VOCABULARY = Vocabulary(
    "AST",
    (
        State(ORDERED, _("Ordered"), _("Ordered"), True, "new"),
        State(IN_STOCK, _("In stock"), _("In stock"), True, "resolved"),
        State(RESERVED, _("Reserved"), _("Reserved"), True, "waiting"),
        State(PENDING_ACCEPTANCE, _("Waiting for a signature"), _("Sign for it"), True, "waiting"),
        State(IN_USE, _("In use"), _("You have it"), True, "progress"),
        State(IN_REPAIR, _("In repair"), _("In repair"), True, "waiting"),
        State(PENDING_RETURN, _("Asked back"), _("Give it back"), True, "waiting"),
        State(RETIRED, _("Retired"), _("Retired"), False, "closed"),
        State(DISPOSED, _("Disposed of"), _("Disposed of"), False, "closed"),
        State(MISSING, _("Missing"), _("Missing"), True, "cancelled"),
        State(WRITTEN_OFF, _("Written off"), _("Written off"), False, "cancelled"),
    ),
)

# In these somebody has the asset, and only in these; of a missing one it is known who had it, or nobody had it.
HELD = (PENDING_ACCEPTANCE, IN_USE, IN_REPAIR, PENDING_RETURN)
MAY_BE_HELD = (*HELD, MISSING)


class Condition(models.TextChoices):
    """What an asset looks like."""

    NEW = "new", pgettext_lazy("condition", "New")
    GOOD = "good", _("Good")
    WORN = "worn", _("Worn")
    DAMAGED = "damaged", _("Damaged")
    BROKEN = "broken", _("Broken")


class Wiped(models.TextChoices):
    """What became of the data on something that came back."""

    YES = "yes", _("Wiped")
    NO = "no", _("Not wiped yet")
    NOT_NEEDED = "not_needed", _("Holds no data")
