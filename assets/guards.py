"""Conditions that an asset or an item of stock must meet: each is pure, and says why not and what to do."""

from django.utils.translation import gettext as _

from servicedesk.workflow import Guard

from . import roles
from .facts import AssetFacts, StockFacts


@Guard
def is_a_second_person(facts: AssetFacts) -> str | None:
    """Whoever reported an asset missing does not write it off as well."""
    if not facts.reported_it_missing:
        return None
    return _("You reported %(number)s missing: another asset manager must write it off.") % {"number": facts.number}


@Guard
def is_wiped(facts: AssetFacts) -> str | None:
    """What came back with data on it leaves the stock only when somebody said that it was wiped."""
    if not facts.needs_wiping:
        return None
    return _("%(number)s still holds data of who had it: wipe it first, and note that it is wiped.") % {
        "number": facts.number
    }


@Guard
def its_person_is_gone(facts: AssetFacts) -> str | None:
    """The clock takes back only what waits for the signature of somebody who has left."""
    if roles.CLOCK not in facts.roles or not facts.holder_active:
        return None
    return _("%(number)s waits for somebody who is still here: only they accept or decline it.") % {
        "number": facts.number
    }


@Guard
def waits_for_wiping(facts: AssetFacts) -> str | None:
    if facts.needs_wiping:
        return None
    return _("%(number)s does not wait to be wiped: there is nothing to note.") % {"number": facts.number}


@Guard
def is_in_stock(facts: StockFacts) -> str | None:
    if facts.quantity > 0:
        return None
    return _("Nothing is left of %(number)s: receive some, or count the shelf.") % {"number": facts.number}


@Guard
def can_be_issued(facts: StockFacts) -> str | None:
    if facts.is_active:
        return None
    return _("%(number)s is not issued any more: choose another item.") % {"number": facts.number}
