"""What the cells of a line mean: days, money, states. Each refusal is the end of a sentence about its line."""

import re
from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from ..states import DISPOSED, IN_REPAIR, IN_STOCK, IN_USE, MISSING, ORDERED, RETIRED

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%b %d, %Y", "%d %b %Y", "%a %b %d, %Y")
_MONEY = re.compile(r"\d[\d.,' ]*")

# The words of Snipe-IT's own labels and of ours → the state of something that nobody has.
STATES = {
    "": IN_STOCK, "ready to deploy": IN_STOCK, "deployable": IN_STOCK, "ready": IN_STOCK, "available": IN_STOCK,
    "in stock": IN_STOCK, "reserved": IN_STOCK, "new": IN_STOCK, "pending": ORDERED, "ordered": ORDERED,
    "on order": ORDERED, "deployed": IN_USE, "in use": IN_USE, "assigned": IN_USE, "checked out": IN_USE,
    "waiting for a signature": IN_USE, "asked back": IN_USE, "out for repair": IN_REPAIR, "in repair": IN_REPAIR,
    "repair": IN_REPAIR, "out for diagnostics": IN_REPAIR, "archived": RETIRED, "retired": RETIRED,
    "broken - not fixable": RETIRED, "broken": RETIRED, "undeployable": RETIRED, "disposed": DISPOSED,
    "disposed of": DISPOSED, "lost/stolen": MISSING, "lost": MISSING, "stolen": MISSING, "missing": MISSING,
}  # fmt: skip


class Misfit(ValueError):
    """A line cannot be taken over; the text says why."""


def day_of(text: str) -> date:
    """A day as lists write it; an instant loses its time."""
    plain = text.split("T")[0] if re.match(r"\d{4}-\d\d-\d\dT", text) else re.sub(r" \d\d:\d\d(:\d\d)?$", "", text)
    for form in _DAYS:
        try:
            found = datetime.strptime(plain, form).date()
        except ValueError:
            continue
        if 1970 <= found.year <= 2100:
            return found
    raise Misfit(_("“%(text)s” is no day: write it as 2026-11-20") % {"text": text[:40]})


def warranty_of(text: str, bought: date | None) -> date | None:
    """The last day of the warranty: named itself, or as months from the day of buying."""
    months = re.fullmatch(r"(\d{1,3})\s*(months?|mo\.?)?", text, re.IGNORECASE)
    if not months:
        return day_of(text)
    if bought is None or int(months[1]) == 0:
        return None
    year, month = divmod(bought.year * 12 + bought.month - 1 + int(months[1]), 12)
    return date(year, month + 1, min(bought.day, monthrange(year, month + 1)[1]))


def money_of(text: str) -> Decimal:
    """An amount, whichever sign stands for the decimal point and whatever currency stands beside it."""
    found = _MONEY.search(text)
    digits = re.sub(r"[ ']", "", found[0]) if found and "-" not in text else ""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point and len(digits) - comma != 4:
        digits = digits.replace(".", "").replace(",", ".")
    elif point > comma and comma == -1 and digits.count(".") > 1:
        digits = digits.replace(".", "")
    else:
        digits = digits.replace(",", "")
    try:
        amount = Decimal(digits).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Misfit(_("“%(text)s” is no amount of money") % {"text": text[:40]}) from None
    if amount >= Decimal(10) ** 10:
        raise Misfit(_("“%(text)s” is more than anything costs") % {"text": text[:40]})
    return amount


def state_of(text: str, *, held: bool) -> str:
    """The state that a new asset begins in. Somebody has it, or nobody has: the word must agree."""
    word = text.casefold().strip()
    if word.endswith("(deployed)"):
        word = "deployed"
    word = re.sub(r"\s*\(.*\)$", "", word)
    if word == "written off":
        raise Misfit(_("writing off needs two people: import it as missing, then write it off here"))
    if word not in STATES:
        raise Misfit(_("the status “%(text)s” is unknown; known are %(known)s") % {
            "text": text[:40], "known": ", ".join(sorted(one for one in STATES if one)),
        })  # fmt: skip
    state = STATES[word]
    if held:
        if state in (IN_STOCK, IN_USE):
            return IN_USE
        if state in (IN_REPAIR, MISSING):
            return state
        raise Misfit(_("it is checked out to somebody, and its status is “%(text)s”") % {"text": text[:40]})
    if state == IN_USE:
        raise Misfit(_("its status is “%(text)s”, but nobody is named who has it") % {"text": text[:40]})
    return IN_STOCK if state == IN_REPAIR else state
