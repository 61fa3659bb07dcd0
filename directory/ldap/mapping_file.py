"""The file of ``DIRECTORY_MAPPING`` (TOML): what the directory's attributes, places and groups are called here.

``docs/directory-mapping.toml`` shows and explains every table of it.
"""

import re
import tomllib
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from . import dn as names
from .mapping import DEFAULTS, Mapping, Place
from .places import name_key

# What may be mapped, and what an authority may be named for. The login is who somebody is: one source decides it.
ATTRIBUTES = (
    "key", "login", "name", "given_name", "family_name", "email", "further_addresses", "title", "phone",
    "employee_number", "department", "location", "country", "language", "manager", "photo", "group_name", "members",
    "member_logins",
)  # fmt: skip
FACTS = (
    "name", "given_name", "family_name", "email", "further_addresses", "title", "phone", "employee_number",
    "department", "location", "language", "manager", "photo",
)  # fmt: skip
FIRST, LOCAL = "directory", "local"
MATCHES = ("employee_number", "email", "login")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_PLACE_KEYS = ("name", "city", "country", "time_zone")


Named = TypeVar("Named")


class InvalidMapping(ValueError):
    """The file cannot be used; ``faults`` are sentences, each with its place and what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class FurtherSource:
    """One of ``[[sources]]``. ``supplements``: by what it finds the people of other sources; "" when it has its own."""

    name: str
    uri: str
    bind_dn: str = ""
    password_file: str = ""
    ca_file: str = ""
    starttls: bool = False
    supplements: str = ""
    signs_in: bool = True


@dataclass(frozen=True)
class MappingFile:
    """All that the file says. ``authority``: fact -> the one source that decides it, or ``local``."""

    mapping: Mapping = DEFAULTS
    authority: dict[str, str] = field(default_factory=dict)
    sources: tuple[FurtherSource, ...] = ()

    def mapping_of(self, source: FurtherSource | None) -> Mapping:
        """The mapping as ``source`` (None: that of DIRECTORY_URI) may use it: with what it may not write withheld."""
        name = source.name if source else FIRST
        withheld = {fact for fact, owner in self.authority.items() if owner != name}
        if source and source.supplements:
            withheld |= {"login", *(fact for fact in FACTS if self.authority.get(fact) != name)}
        return replace(self.mapping, withheld=frozenset(withheld))


def read_mapping_file(path: str) -> MappingFile:
    """The file at ``path``; without a path, the defaults. Raises :class:`InvalidMapping`."""
    if not path:
        return MappingFile()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidMapping(
            [_("DIRECTORY_MAPPING names {path}, which cannot be read: {why}.").format(path=path, why=error.strerror)]
        ) from None
    except UnicodeDecodeError:
        raise InvalidMapping([_("{path} is not UTF-8: save it as UTF-8.").format(path=path)]) from None
    return parse_mapping(text, file=Path(path).name)


def parse_mapping(text: str, *, file: str = "mapping") -> MappingFile:
    """What ``text`` says; sentences call it ``file``. Raises :class:`InvalidMapping` with every fault at once."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # besides its own: numbers and lists without end
        raise InvalidMapping([_("{file} is no TOML: {why}.").format(file=file, why=error)]) from None
    return _File(file).read(tables)


class _File:
    """Reads the tables one by one and keeps on after a fault."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[str] = []

    def read(self, tables: dict[str, Any]) -> MappingFile:
        known = ("attributes", "authority", "departments", "groups", "locations", "sources")
        self._only(tables, known, "")
        sources = self._sources(tables.get("sources", []))
        attributes = self._attributes(self._table(tables, "attributes"))
        groups, only = self._groups(self._table(tables, "groups"))
        departments = self._named(self._table(tables, "departments"), "departments", self._department)
        locations = self._named(self._table(tables, "locations"), "locations", self._place)
        authority = self._authority(self._table(tables, "authority"), [source.name for source in sources])
        for source in sources:
            if source.supplements and source.name not in authority.values():
                self._fault(
                    f"sources.{source.name}",
                    _("it supplements others and decides nothing: name it in [authority], or take it out."),
                )
        if self.faults:
            raise InvalidMapping(self.faults)
        mapping = replace(
            DEFAULTS, departments=departments, locations=locations, groups=groups, only_listed_groups=only, **attributes
        )
        return MappingFile(mapping, authority, tuple(sources))

    def _fault(self, place: str, reason: str) -> None:
        self.faults.append(_("{file}, {place}: {reason}").format(file=self.file, place=place or "top", reason=reason))

    def _only(self, table: dict[str, Any], known: tuple[str, ...], place: str) -> None:
        for key in table:
            if key not in known:
                self._fault(
                    f"{place}.{key}".lstrip("."),
                    _("nothing is called so. Write one of: {all}.").format(all=", ".join(known)),
                )

    def _table(self, tables: dict[str, Any], name: str) -> dict[str, Any]:
        table = tables.get(name, {})
        if isinstance(table, dict):
            return table
        self._fault(name, _("it is a table: write [{name}] above its lines.").format(name=name))
        return {}

    def _text(self, value: object, place: str, limit: int = 150) -> str:
        """A line of text, or "" and a fault."""
        if not isinstance(value, str) or not value.strip():
            self._fault(place, _("it is a text in quotation marks."))
            return ""
        if len(value.strip()) > limit or not value.isprintable():
            self._fault(place, _("it is one line of at most {limit} characters.").format(limit=limit))
            return ""
        return value.strip()

    def _attributes(self, table: dict[str, Any]) -> dict[str, Any]:
        self._only(table, ATTRIBUTES, "attributes")
        found = {}
        for key in ATTRIBUTES:
            if key not in table:
                continue
            place, value = f"attributes.{key}", table[key]
            listed = [value] if isinstance(value, str) else value
            if not isinstance(listed, list) or not listed or not all(isinstance(name, str) for name in listed):
                self._fault(place, _('it is the name of an attribute, or a list of such: ["mail", "mailAlias"].'))
                continue
            for name in listed:
                if not _ATTRIBUTE.fullmatch(name):
                    self._fault(
                        place,
                        _("“{name}” is no name of an attribute: letters, digits and hyphens, without options.").format(
                            name=name[:60]
                        ),
                    )
            found[key] = tuple(name.lower() for name in listed)
        return found

    def _named(self, table: dict[str, Any], place: str, read: Callable[[object, str], Named]) -> dict[str, Named]:
        """A table from how the directory writes a name; two spellings of one name are a fault."""
        found: dict[str, Named] = {}
        for written, value in table.items():
            here = f'{place}."{written}"'
            if name_key(written) in found:
                self._fault(here, _("another line writes the same name in another way: keep one of them."))
            found[name_key(written)] = read(value, here)
        return found

    def _department(self, value: object, place: str) -> str:
        return self._text(value, place)

    def _place(self, value: object, place: str) -> Place:
        if isinstance(value, str):
            return Place(self._text(value, place))
        if not isinstance(value, dict):
            self._fault(place, _('it is a text, or a table such as {name = "HQ", time_zone = "Europe/Rome"}.'))
            return Place("")
        self._only(value, _PLACE_KEYS, place)
        name = self._text(value.get("name"), f"{place}.name")
        rest = {key: self._text(value[key], f"{place}.{key}", 100) for key in _PLACE_KEYS[1:] if key in value}
        country = rest.get("country", "").upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            self._fault(f"{place}.country", _('it is a country in two letters (ISO 3166-1), such as "IT".'))
        zone = rest.get("time_zone", "")
        if zone and zone not in zoneinfo.available_timezones():
            self._fault(
                f"{place}.time_zone",
                _('“{zone}” is no time zone: write its IANA name, such as "Europe/Rome".').format(zone=zone),
            )
        return Place(name, rest.get("city", ""), country, zone)

    def _groups(self, table: dict[str, Any]) -> tuple[dict[str, str], bool]:
        only = table.get("only", False)
        if not isinstance(only, bool):
            self._fault(
                "groups.only",
                _("it is true or false, without quotation marks; a group that is called so is named by its whole DN."),
            )
            only = False
        found: dict[str, str] = {}
        for written, value in table.items():
            if written == "only":
                continue
            place = f'groups."{written}"'
            key = written.strip().casefold()
            if "=" in written:
                try:
                    key = names.normalised(written)
                except names.InvalidDn as error:
                    self._fault(place, _("the name of the entry cannot be read. {why}").format(why=error))
                    continue
            if key in found:
                self._fault(place, _("another line writes the same group in another way: keep one of them."))
            found[key] = self._text(value, place)
        return found, only

    def _authority(self, table: dict[str, Any], sources: list[str]) -> dict[str, str]:
        self._only(table, FACTS, "authority")
        owners = (FIRST, *sources, LOCAL)
        found = {}
        for fact in FACTS:
            if fact not in table:
                continue
            value = table[fact]
            if isinstance(value, list):
                self._fault(f"authority.{fact}", _("one source decides it, not several: keep one of the names."))
            elif value not in owners:
                self._fault(
                    f"authority.{fact}",
                    _("no source is called {value!r}. Write one of: {all}.").format(value=value, all=", ".join(owners)),
                )
            else:
                found[fact] = value
        return found

    def _sources(self, listed: object) -> list[FurtherSource]:
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            self._fault("sources", _("write each source as a table of its own, under [[sources]]."))
            return []
        return [source for number, one in enumerate(listed, 1) if (source := self._source(one, number, listed))]

    def _source(self, table: dict[str, Any], number: int, listed: list[dict[str, Any]]) -> FurtherSource | None:
        before = len(self.faults)
        name = table.get("name")
        place = f"sources.{name}" if isinstance(name, str) and _NAME.fullmatch(name) else f"sources[{number}]"
        texts = ("name", "uri", "bind_dn", "password_file", "ca_file", "supplements")
        self._only(table, (*texts, "starttls", "signs_in"), place)
        given: dict[str, Any] = {key: self._text(table[key], f"{place}.{key}", 1000) for key in texts if key in table}
        for key in ("starttls", "signs_in"):
            if key in table:
                given[key] = table[key]
                if not isinstance(table[key], bool):
                    self._fault(f"{place}.{key}", _("it is true or false, without quotation marks."))
        for key, example in (("name", "payroll"), ("uri", "ldaps://ds.example.com/o=staff")):
            if key not in table:
                self._fault(place, _('it lacks “{key}”: write {key} = "{example}".').format(key=key, example=example))
        if given.get("name") and not _NAME.fullmatch(given["name"]):
            self._fault(f"{place}.name", _("it is a short name of small letters, digits and hyphens."))
        if given.get("name") in (FIRST, LOCAL):
            self._fault(f"{place}.name", _("“{name}” means something else: take another name.").format(name=name))
        if any(other.get("name") == name for other in listed[: number - 1]):
            self._fault(f"{place}.name", _("another source is called so: take another name."))
        uri = given.get("uri", "")
        if uri and not (uri.lower().startswith(("ldap://", "ldaps://")) or (uri[:5].lower() == "ldif:" and uri[5:])):
            self._fault(
                f"{place}.uri",
                _("write ldaps://host/base, ldap://host/base or ldif:PATH, not “{uri}”.").format(uri=uri[:100]),
            )
        if given.get("supplements") and given["supplements"] not in MATCHES:
            self._fault(
                f"{place}.supplements",
                _("people are found by one of: {all}.").format(all=", ".join(MATCHES)),
            )
        if len(self.faults) > before:
            return None
        if given.get("supplements"):
            given.setdefault("signs_in", False)
        return FurtherSource(**given)
