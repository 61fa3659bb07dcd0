"""Reading JSON strictly: what could be understood in two ways is refused, not guessed."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from servicedesk.common.errors import InvalidPayload

from .problems import Malformed, TooLarge

_MANY = (forms.ModelMultipleChoiceField, forms.MultipleChoiceField)
MAX_ITEMS = 200


class StrictJSON(BaseParser):
    """One flat JSON object in UTF-8: scalars and lists of scalars, each name once, no NUL.

    Where the view's ``nested`` names a detail, that one may be an object of scalars.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(_("The body is not UTF-8.")) from error
        try:
            value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
        except (ValueError, RecursionError) as error:
            raise Malformed(_("The body is not valid JSON.")) from error
        if not isinstance(value, dict):
            raise Malformed(_("Send one JSON object."))
        nested = getattr((parser_context or {}).get("view"), "nested", ())
        for name, item in value.items():
            if name in nested and isinstance(item, dict):
                _check_object(name, item)
            else:
                _check(name, item)
        return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(_("“%(name)s” stands twice in the body.") % {"name": _shown(name)})
        found[name] = value
    return found


def _constant(name: str) -> None:
    raise Malformed(_("%(name)s is not JSON.") % {"name": name})


def _check_object(name: str, value: dict[str, Any]) -> None:
    if len(value) > MAX_ITEMS:
        raise Malformed(_("“%(name)s” has more than %(most)s items.") % {"name": _shown(name), "most": MAX_ITEMS})
    for inner, item in value.items():
        if isinstance(item, list):
            raise Malformed(_("“%(name)s” takes one plain value.") % {"name": _shown(f"{name}.{inner}")})
        _check(f"{name}.{inner}", item)


def _check(name: str, value: Any) -> None:
    for text in (name, *(value if isinstance(value, list) else [value])):
        if isinstance(text, dict | list):
            raise Malformed(_("“%(name)s” takes one plain value.") % {"name": _shown(name)})
        if isinstance(text, str) and ("\x00" in text or any("\ud800" <= c <= "\udfff" for c in text)):
            raise Malformed(_("“%(name)s” holds characters that are not text.") % {"name": _shown(name)})
    if isinstance(value, list) and len(value) > MAX_ITEMS:
        raise Malformed(_("“%(name)s” has more than %(most)s items.") % {"name": _shown(name), "most": MAX_ITEMS})


def _shown(name: str) -> str:
    return name[:60].encode("utf-8", "replace").decode()


def check_types(details: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> None:
    """Each value has the JSON type of its field; else ``Malformed`` (a list for a scalar), or ``InvalidPayload``.

    Forms read text and would take 5 or true for it. Names that are no fields are left to the form.
    """
    errors: dict[str, list[str]] = {}
    for name, value in details.items():
        field = fields.get(name)
        is_list = isinstance(value, list | tuple)
        if is_list != isinstance(field, _MANY) and value is not None:
            if is_list:
                raise Malformed(_("“%(name)s” takes one plain value.") % {"name": _shown(name)})
            if field is not None:
                raise Malformed(_("“%(name)s” takes a list.") % {"name": _shown(name)})
        if field is None or value is None:
            continue
        for item in value if is_list else [value]:
            sentence = _misfit(field, item)
            if sentence:
                errors[name] = [sentence]
    if errors:
        raise InvalidPayload(errors)


def _misfit(field: forms.Field, value: Any) -> str | None:
    if isinstance(field, forms.BooleanField):
        return None if isinstance(value, bool) else _("Write true or false.")
    if isinstance(field, forms.DecimalField):  # an IntegerField in Django; JSON's own fractions are not exact
        exact = isinstance(value, str | int) and not isinstance(value, bool)
        return None if exact else _("Write this as text, such as “12.50”.")
    if isinstance(field, forms.IntegerField):
        return None if isinstance(value, int) and not isinstance(value, bool) else _("Write a whole number.")
    return None if isinstance(value, str) else _("Write this as text, in quotes.")
