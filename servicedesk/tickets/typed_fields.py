"""Fields that administrators define: a list of definitions makes form fields, and answers stay readable for ever.

A definition is ``{"name", "label", "kind", "required", "help", "choices", "retired"}``. Answers are a mapping of name →
JSON primitive: text as it is, a date in ISO 8601, a whole number, any other number as text (the log takes no floats),
true or false, a person by key. A definition that goes is retired, never removed: it is asked no more, and what was
answered is still shown under its label.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.text import validate_line
from servicedesk.workflow.payload import LineField

from .fields import EmployeeField

PREFIX = "field_"
MOST_FIELDS = 40
MOST_CHOICES = 60
LONGEST_ANSWER = 2000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_KEYS = frozenset({"name", "label", "kind", "required", "help", "choices", "retired"})

Definition = dict[str, Any]
Answers = dict[str, Any]


class FieldKind(models.TextChoices):
    """What an answer is."""

    TEXT = "text", gettext_lazy("Text")
    CHOICE = "choice", gettext_lazy("Choice")
    DATE = "date", gettext_lazy("Date")
    NUMBER = "number", gettext_lazy("Number")
    YES_NO = "yes_no", gettext_lazy("Yes or no")
    PERSON = "person", gettext_lazy("Person")


class NumberField(forms.DecimalField):
    """A number without an exponent or a name such as NaN."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=6, **kwargs)


class YesNoField(forms.TypedChoiceField):
    """Three answers: yes, no, and none given; a tick box knows only two."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", gettext_lazy("Not said")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
        super().__init__(choices=choices, coerce=lambda text: text == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)

    def to_python(self, value: Any) -> Any:
        return super().to_python({True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value)


def checked(definitions: Any) -> list[Definition]:
    """``definitions`` in their canonical form, or ``InvalidPayload`` with a sentence for each fault."""
    if not isinstance(definitions, list) or not all(isinstance(one, dict) for one in definitions):
        raise InvalidPayload({"fields": [_("The fields must be a list of definitions.")]})
    faults: list[str] = []
    found: list[Definition] = []
    names: set[str] = set()
    for place, given in enumerate(definitions, start=1):
        made, wrong = _one(given)
        if made["name"] in names:
            wrong.append(_("another field is called “%(name)s” already") % {"name": made["name"]})
        names.add(made["name"])
        title = made["label"] or made["name"]
        faults += [
            _("Field %(place)s (%(title)s): %(why)s.") % {"place": place, "title": title, "why": why} for why in wrong
        ]
        found.append(made)
    if len([one for one in found if not one["retired"]]) > MOST_FIELDS:
        faults.append(_("There are more than %(most)s fields: nobody fills them in.") % {"most": MOST_FIELDS})
    if faults:
        raise InvalidPayload({"fields": faults})
    return found


def _one(given: Mapping[str, Any]) -> tuple[Definition, list[str]]:
    """One definition made canonical, and what is wrong with it, as parts of sentences."""
    wrong = [_("“%(key)s” means nothing here") % {"key": key} for key in sorted(given.keys() - _KEYS)]
    label, help_text = (_text(given.get(key, ""), 200, key, wrong) for key in ("label", "help"))
    if not label:
        wrong.append(_("it has no label"))
    name = given.get("name") or name_for(label)
    if not isinstance(name, str) or not _NAME.match(name):
        wrong.append(_("its name must be small letters, digits and _, beginning with a letter"))
        name = ""
    kind = given.get("kind", "")
    if kind not in FieldKind.values:
        wrong.append(_("its kind must be one of %(kinds)s") % {"kinds": ", ".join(FieldKind.values)})
    choices = _choices(given.get("choices", []), kind, wrong)
    flags = {key: given.get(key, False) for key in ("required", "retired")}
    wrong += [_("“%(key)s” must be true or false") % {"key": key} for key, on in flags.items() if type(on) is not bool]
    return {"name": name, "label": label, "kind": kind, "help": help_text, "choices": choices, **flags}, wrong


def _text(value: Any, most: int, key: str, wrong: list[str]) -> str:
    if not isinstance(value, str):
        wrong.append(_("“%(key)s” must be text") % {"key": key})
        return ""
    text = value.strip()
    try:
        if text:
            validate_line(text)
    except ValidationError:
        wrong.append(_("“%(key)s” must be one line of text that can be seen") % {"key": key})
    if len(text) > most:
        wrong.append(_("“%(key)s” is longer than %(most)s characters") % {"key": key, "most": most})
    return text


def _choices(value: Any, kind: Any, wrong: list[str]) -> list[str]:
    if not isinstance(value, list):
        wrong.append(_("“choices” must be a list of texts"))
        return []
    found = [text for one in value if (text := _text(one, 100, "choices", wrong))]
    if kind == FieldKind.CHOICE and not found:
        wrong.append(_("it has nothing to choose from"))
    if kind != FieldKind.CHOICE and found:
        wrong.append(_("only a choice has choices"))
    if len({one.casefold() for one in found}) < len(found):
        wrong.append(_("a choice stands twice"))
    if len(found) > MOST_CHOICES:
        wrong.append(_("it has more than %(most)s choices") % {"most": MOST_CHOICES})
    return found


def name_for(label: str) -> str:
    """A name for a field that was given a label only; empty when the label has no Latin letter to begin with."""
    return slugify(label).replace("-", "_").lstrip("0123456789_")[:40]


def changed(before: Sequence[Definition], wanted: Any) -> list[Definition]:
    """The checked definitions that follow ``before``: those that are no longer ``wanted`` stay, retired."""
    found = checked(wanted)
    names = {one["name"] for one in found}
    return [*found, *({**one, "retired": True} for one in before if one["name"] not in names)]


def asked(definitions: Iterable[Definition]) -> list[Definition]:
    """Those that a form asks for."""
    return [one for one in definitions if not one.get("retired")]


def form_fields(definitions: Iterable[Definition], answers: Mapping[str, Any] | None = None) -> dict[str, forms.Field]:
    """``field_<name>`` → the form field of each definition that is asked for.

    A choice that was taken off the list is still offered where it is the present answer.
    """
    present = answers or {}
    return {f"{PREFIX}{one['name']}": _field(one, present.get(one["name"])) for one in asked(definitions)}


def _field(definition: Definition, answer: Any) -> forms.Field:
    words: dict[str, Any] = {
        "label": definition["label"], "help_text": definition["help"], "required": definition["required"],
    }  # fmt: skip
    match definition["kind"]:
        case FieldKind.CHOICE:
            choices = list(definition["choices"])
            if isinstance(answer, str) and answer and answer not in choices:
                choices.append(answer)
            return forms.ChoiceField(choices=[("", _("Choose")), *((one, one) for one in choices)], **words)
        case FieldKind.DATE:
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **words)
        case FieldKind.NUMBER:
            return NumberField(**words)
        case FieldKind.YES_NO:
            return YesNoField(**words)
        case FieldKind.PERSON:
            help_text = " ".join(filter(None, (words.pop("help_text"), _("Login, e-mail address or full name."))))
            # Whoever has left stays where they were named already.
            there = models.Q(pk=answer) if isinstance(answer, int) else models.Q(pk__in=[])
            people = Employee.objects.people().filter(models.Q(is_active=True) | there)
            widget = forms.TextInput(attrs={"autocomplete": "off"})
            return EmployeeField(people, help_text=help_text, widget=widget, **words)
    return LineField(max_length=LONGEST_ANSWER, **words)


def initial(definitions: Iterable[Definition], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields of :func:`form_fields` show at first. People are read in one statement at most."""
    found = asked(definitions)
    people = _people(found, answers)
    return {
        f"{PREFIX}{one['name']}": people.get(answers[one["name"]]) if _is_person(one, answers) else answers[one["name"]]
        for one in found
        if answers.get(one["name"]) is not None
    }


def answers_of(
    definitions: Iterable[Definition], cleaned: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> Answers:
    """The answers after a form was cleaned: what it does not ask for stays as it was, an emptied one goes."""
    found = dict(before or {})
    for one in asked(definitions):
        key = f"{PREFIX}{one['name']}"
        if key not in cleaned:
            continue
        value = primitive(cleaned[key])
        if value is None or value == "":
            found.pop(one["name"], None)
        else:
            found[one["name"]] = value
    return found


def primitive(value: Any) -> Any:
    """A cleaned value as a JSON primitive."""
    if isinstance(value, Employee):
        return value.pk
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
    return value


@dataclass(frozen=True)
class Shown:
    """One answer in words."""

    name: str
    label: str
    value: str
    retired: bool


def shown(definitions: Iterable[Definition], answers: Mapping[str, Any]) -> list[Shown]:
    """Every answer that was given, in the order of the definitions, those without any definition last."""
    known = list(definitions)
    people = _people(known, answers)
    rows = [
        Shown(one["name"], one["label"], _words(one, answers[one["name"]], people), bool(one.get("retired")))
        for one in known
        if answers.get(one["name"]) is not None
    ]
    names = {one["name"] for one in known}
    return [
        *rows,
        *(Shown(name, name, str(value), True) for name, value in sorted(answers.items()) if name not in names),
    ]


def rows(definitions: Iterable[Definition], answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same as (label, value), for the component that shows facts."""
    return [(one.label, one.value) for one in shown(definitions, answers)]


def outward(definitions: Iterable[Definition], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as the API gives them: people by login, everything else as it is kept."""
    known = list(definitions)
    people = _people(known, answers)
    persons = {one["name"] for one in known if _is_person(one, answers)}
    return {
        name: (people[value].login if value in people else None) if name in persons else value
        for name, value in answers.items()
    }


def _words(definition: Definition, value: Any, people: Mapping[Any, Employee]) -> str:
    """A value of a kind that the definition had before reads as it was kept."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if definition["kind"] == FieldKind.PERSON and value in people:
        return people[value].name
    if definition["kind"] == FieldKind.DATE and isinstance(value, str):
        try:
            day = parse_date(value)
        except ValueError:
            day = None
        return date_format(day, "j M Y") if day else value
    return str(value)


def _is_person(definition: Definition, answers: Mapping[str, Any]) -> bool:
    value = answers.get(definition["name"])
    return definition["kind"] == FieldKind.PERSON and isinstance(value, int) and not isinstance(value, bool)


def _people(definitions: Iterable[Definition], answers: Mapping[str, Any]) -> dict[Any, Employee]:
    keys = {answers[one["name"]] for one in definitions if _is_person(one, answers)}
    return {person.pk: person for person in Employee.objects.filter(pk__in=keys)} if keys else {}
