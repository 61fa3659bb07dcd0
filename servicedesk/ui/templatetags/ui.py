"""The components of every page as template tags: ``{% load ui %}``. README.md shows each with an example."""

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from servicedesk.ui import markdown as markdown_text
from servicedesk.ui.errors import Words, words_for

register = template.Library()

# Tone → the shape that says the same as the colour.
STATUS_SHAPES = {
    "new": "circle",
    "progress": "circle-half-2",
    "waiting": "player-pause",
    "done": "circle-check",
    "closed": "circle-minus",
    "cancelled": "ban",
}
ALERT_SHAPES = {"info": "info-circle", "ok": "circle-check", "warn": "alert-triangle", "danger": "alert-circle"}
_DAY = timedelta(hours=24)


def _bars(lit: int) -> SafeString:
    """Four bars of growing height, the first ``lit`` of them full."""
    return format_html_join(
        "",
        '<rect{} x="{}" y="{}" width="3" height="{}" rx="1"/>',
        ((mark_safe(' class="off"') if n >= lit else "", n * 4, 9 - n * 3, 5 + n * 3) for n in range(4)),
    )


_BARS = {rank: _bars(5 - rank) for rank in (1, 2, 3, 4)}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: the words stand beside it or in ``aria-label``."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {size}" if size else "",
        static("ui/vendor/icons.svg"),
        name,
    )


@register.simple_tag
def status(label: str, tone: str) -> SafeString:
    """A state in words with a shape; ``tone`` is one of new, progress, waiting, done, closed, cancelled."""
    return format_html('<span class="status tone-{}">{}<span>{}</span></span>', tone, icon(STATUS_SHAPES[tone]), label)


@register.simple_tag
def priority(value: str, words: bool = False) -> SafeString:
    """P1 to P4 with bars; the words are read out, and shown with ``words=True``. Nothing for no priority."""
    if not value:
        return SafeString("")
    rank = int(value[1:])
    name = {
        1: pgettext("priority", "Critical"),
        2: pgettext("priority", "High"),
        3: pgettext("priority", "Normal"),
        4: pgettext("priority", "Low"),
    }[rank]
    return format_html(
        '<span class="priority p{}"><svg viewBox="0 0 16 14" aria-hidden="true">{}</svg>{}<span{}> {}</span></span>',
        rank,
        _BARS[rank],
        value,
        "" if words else mark_safe(' class="vh"'),
        name,
    )


def initials(name: str) -> str:
    """One or two letters for a name; a name in Chinese characters gives its first one."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1 or ord(words[0][0]) > 0x2E7F:
        return words[0][0].upper()
    return (words[0][0] + words[-1][0]).upper()


@register.simple_tag
def avatar(name: str | None, size: str = "", photo: str = "") -> SafeString:
    """The photo of a person, else the initials, in a circle; an empty circle for nobody. Write the name beside it.

    ``photo`` is an address that the caller knows already: nothing is asked here.
    """
    if not name:
        return format_html('<span class="avatar none {}" aria-hidden="true"></span>', size)
    if photo:
        return format_html('<img class="avatar {}" src="{}" alt="" loading="lazy" decoding="async">', size, photo)
    colour = zlib.crc32(name.encode()) % 6 + 1
    return format_html(
        '<span class="avatar av{} {}" data-initials="{}" aria-hidden="true"></span>', colour, size, initials(name)
    )


@register.simple_tag
def person(name: str | None, empty: str = "", photo: str = "") -> SafeString:
    """A person's circle (with the photo at the address ``photo``) and name; ``empty`` is said when there is nobody."""
    shown = name or empty or _("Unassigned")
    return format_html(
        '<span class="person">{}<span class="trunc{}">{}</span></span>',
        avatar(name, photo=photo),
        "" if name else " muted",
        shown,
    )


def absolute_time(value: datetime) -> str:
    """``20 Nov 2026, 14:38`` in the viewer's zone."""
    local = timezone.localtime(value)
    return f"{local.day} {date_format(local, 'M Y')}, {local:%H:%M}"


def relative_time(value: datetime, now: datetime) -> str:
    """The distance from ``now`` in words, for less than 24 hours."""
    seconds = int((value - now).total_seconds())
    minutes = abs(seconds) // 60
    if minutes == 0:
        return _("now")
    if minutes < 60:
        if seconds < 0:
            return ngettext("%(n)s min ago", "%(n)s min ago", minutes) % {"n": minutes}
        return ngettext("in %(n)s min", "in %(n)s min", minutes) % {"n": minutes}
    hours = minutes // 60
    if seconds < 0:
        return ngettext("%(n)s h ago", "%(n)s h ago", hours) % {"n": hours}
    return ngettext("in %(n)s h", "in %(n)s h", hours) % {"n": hours}


@register.simple_tag
def time(value: datetime | None, absolute: bool = False) -> SafeString:
    """An instant as ``<time>``: relative under 24 hours unless ``absolute``, else the date; absolute in its title."""
    if value is None:
        return SafeString("")
    now = timezone.now()
    full = absolute_time(value)
    shown = full if absolute or abs(value - now) >= _DAY else relative_time(value, now)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(timespec="seconds"), full, shown)


@register.filter
def markdown(text: str) -> SafeString:
    """Text that a person wrote in Markdown, as HTML that cannot act."""
    return markdown_text.render(text)


@register.inclusion_tag("ui/components/field.html")
def field(bound: BoundField, label: str = "", classes: str = "") -> dict[str, Any]:
    """A form field with label, help and error, tied together for screen readers."""
    kind = "group" if bound.use_fieldset else "pair" if isinstance(bound.field.widget, CheckboxInput) else "line"
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    return {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "classes": classes,
        "described": " ".join(described),
        "required": bound.field.required and kind != "pair",
    }


@register.inclusion_tag("ui/components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """All fields of a form in order, hidden ones too; write the error summary, token and buttons yourself."""
    return {"form": form, "marks": any(bound.field.required for bound in form.visible_fields())}


@register.inclusion_tag("ui/components/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """What is wrong with the forms, at the top, each sentence a link to its field."""
    found: list[tuple[str, str, str]] = []
    for form in forms:
        found += [("", "", str(sentence)) for sentence in form.non_field_errors()]
        for bound in form:
            # A group has no element with the field's own id; its first choice has the suffix _0.
            target = f"{bound.auto_id}_0" if bound.use_fieldset else str(bound.auto_id)
            link = ("", "") if bound.is_hidden else (target, str(bound.label))
            found += [(*link, str(sentence)) for sentence in bound.errors]
    return {"found": found}


@register.inclusion_tag("ui/components/alert.html")
def alert(text: str, tone: str = "info", title: str = "") -> dict[str, Any]:
    """A sentence in the page; tone is info, ok, warn or danger (which is read out at once)."""
    return {"text": text, "title": title, "tone": tone, "shape": ALERT_SHAPES[tone]}


@register.inclusion_tag("ui/components/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "", shape: str = "inbox") -> dict[str, Any]:
    """Why a list is empty and what to do next."""
    return {"title": title, "text": text, "url": url, "action": action, "shape": shape}


@register.inclusion_tag("ui/components/file.html")
def file_chip(name: str, size: int, url: str) -> dict[str, Any]:
    """An attachment to download."""
    is_picture = name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".webp"))
    return {"name": name, "size": filesizeformat(size), "url": url, "shape": "photo" if is_picture else "file-text"}


@register.inclusion_tag("ui/components/breadcrumbs.html")
def breadcrumbs(*parts: str) -> dict[str, Any]:
    """The way back, as pairs ``label url label url …``."""
    return {"trail": list(zip(parts[::2], parts[1::2], strict=True))}


@register.inclusion_tag("ui/components/facts.html")
def facts(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Labels and values; pairs without a value are left out."""
    return {"pairs": [(label, value) for label, value in pairs if value not in (None, "")]}


@register.inclusion_tag("ui/components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any, parameter: str = "page") -> dict[str, Any]:
    """The way to the other pages, the filters kept.

    ``page`` is a Django ``Page``, or any object with ``previous_url`` and ``next_url`` (cursors).
    """
    if hasattr(page, "next_url"):
        return {"previous": page.previous_url, "next": page.next_url, "position": ""}

    def url(number: int) -> str:
        query = context["request"].GET.copy()
        query[parameter] = number
        return f"?{query.urlencode()}"

    return {
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
        "position": _("Page %(number)s of %(total)s") % {"number": page.number, "total": page.paginator.num_pages},
    }


@register.simple_tag
def error_words(status: int) -> Words:
    """Heading, sentence and next step of a failed request."""
    return words_for(status)
