"""Which attribute means what: entries become people and groups. ``DEFAULTS`` is the whole table."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.utils.translation import gettext as _

from directory.models import Department, Employee, Location
from servicedesk.common.text import validate_line, without_controls

from . import dn as names
from .entries import Entry


@dataclass(frozen=True)
class Mapping:
    """Names of object classes and attributes, in lower case; of several, the first that has a value counts."""

    person_classes: tuple[str, ...] = ("person", "organizationalperson", "inetorgperson", "user")
    # These derive from person or user and are none that signs in.
    never_person_classes: tuple[str, ...] = ("computer", "contact", "foreignsecurityprincipal")
    group_classes: tuple[str, ...] = ("groupofnames", "groupofuniquenames", "groupofmembers", "posixgroup", "group")

    key: tuple[str, ...] = ("objectguid", "entryuuid")
    login: tuple[str, ...] = ("samaccountname", "uid", "userprincipalname", "mail", "cn")
    # Reading a login from one of these is a guess, and is reported.
    doubtful_login: tuple[str, ...] = ("mail", "cn")
    name: tuple[str, ...] = ("displayname", "cn")
    given_name: tuple[str, ...] = ("givenname",)
    family_name: tuple[str, ...] = ("sn",)
    email: tuple[str, ...] = ("mail",)
    title: tuple[str, ...] = ("title",)
    phone: tuple[str, ...] = ("telephonenumber", "mobile")
    employee_number: tuple[str, ...] = ("employeenumber", "employeeid")
    department: tuple[str, ...] = ("department", "ou", "departmentnumber")
    location: tuple[str, ...] = ("l", "physicaldeliveryofficename")
    country: tuple[str, ...] = ("c",)
    language: tuple[str, ...] = ("preferredlanguage",)
    manager: tuple[str, ...] = ("manager",)
    # Units that say where the entry is kept, not where the person works.
    containers: tuple[str, ...] = ("people", "users", "accounts", "staff", "employees")

    group_name: tuple[str, ...] = ("cn",)
    members: tuple[str, ...] = ("member", "uniquemember")
    member_logins: tuple[str, ...] = ("memberuid",)
    group_id: str = "gidnumber"
    disabled: tuple[str, ...] = ("useraccountcontrol", "accountexpires", "nsaccountlock", "pwdaccountlockedtime")

    @property
    def wanted(self) -> frozenset[str]:
        """Every attribute that a source has to deliver."""
        lists = (
            self.key, self.login, self.name, self.given_name, self.family_name, self.email, self.title, self.phone,
            self.employee_number, self.department, self.location, self.country, self.language, self.manager,
            self.group_name, self.members, self.member_logins, self.disabled,
        )  # fmt: skip
        return frozenset({"objectclass", self.group_id}.union(*lists))


DEFAULTS = Mapping()

_NEVER = {0, 2**63 - 1}
_LOCKED_FOR_GOOD = "000001010000Z"
_WINDOWS_EPOCH_SECONDS = 11_644_473_600


@dataclass(slots=True)
class Person:
    """What the source says about one person, cleaned. ``skip`` says why nothing of it may be used."""

    key: str
    dn: str
    shown_dn: str
    source: str
    login: str = ""
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    title: str = ""
    phone: str = ""
    employee_number: str = ""
    department: str = ""
    location: str = ""
    country: str = ""
    language: str = ""
    manager_dns: list[str] = field(default_factory=list)
    uid: str = ""
    group_id: str = ""
    disabled: bool = False
    skip: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def key_is_dn(self) -> bool:
        return self.key.startswith("dn:")


@dataclass(slots=True)
class MappedGroup:
    """A group as the source has it; members are normalised names and, in POSIX groups, logins."""

    key: str
    dn: str
    shown_dn: str
    source: str
    name: str
    member_dns: list[str] = field(default_factory=list)
    member_logins: list[str] = field(default_factory=list)
    group_id: str = ""
    warnings: list[str] = field(default_factory=list)


def dn_key(dn: str) -> str:
    """The key of an entry that has none of its own: its normalised name, or a digest when that is too long."""
    key = f"dn:{dn}"
    return key if len(key) <= limit_of(Employee, "source_key") else f"dn:sha256:{sha256(dn.encode()).hexdigest()}"


def source_name(dn: str) -> str:
    """The name under which people of one directory are kept together; see :func:`.dn.naming_context`."""
    context = names.naming_context(dn)
    limit = limit_of(Employee, "source")
    return context if len(context) <= limit else f"sha256:{sha256(context.encode()).hexdigest()}"


def is_person(entry: Entry, mapping: Mapping) -> bool:
    classes = _classes(entry)
    return not classes.isdisjoint(mapping.person_classes) and classes.isdisjoint(mapping.never_person_classes)


def is_group(entry: Entry, mapping: Mapping) -> bool:
    return not _classes(entry).isdisjoint(mapping.group_classes)


def read_person(entry: Entry, mapping: Mapping, *, at: datetime) -> Person:
    """The person in ``entry``; ``at`` decides whether the account has expired."""
    dn = names.normalised(entry.dn)
    person = Person(key="", dn=dn, shown_dn=without_controls(entry.dn), source=source_name(entry.dn))
    person.key = _key(entry, mapping, person.warnings) or dn_key(dn)
    _read_login(entry, mapping, person)
    text = _Reader(entry, person.warnings)
    person.given_name = text.line(mapping.given_name, limit_of(Employee, "given_name"))
    person.family_name = text.line(mapping.family_name, limit_of(Employee, "family_name"))
    if not person.family_name:
        person.warnings.append(_("There is no family name (sn)."))
    composed = f"{person.given_name} {person.family_name}".strip()
    person.name = text.line(mapping.name, limit_of(Employee, "name")) or composed or person.login
    person.email = text.line(mapping.email, 1000)
    _check_email(person)
    person.title = text.line(mapping.title, limit_of(Employee, "title"))
    person.phone = text.line(mapping.phone, limit_of(Employee, "phone"))
    person.employee_number = text.line(mapping.employee_number, limit_of(Employee, "employee_number"))
    person.department = text.line(mapping.department, limit_of(Department, "name"), unless=_containers(entry, mapping))
    person.location = text.line(mapping.location, limit_of(Location, "name"))
    country = text.line(mapping.country, 100)
    person.country = country.upper() if len(country) == 2 and country.isascii() and country.isalpha() else ""
    language = text.line(mapping.language, 200).split(",")[0].split(";")[0].strip().lower()
    person.language = language if len(language) <= limit_of(Employee, "language") else ""
    person.manager_dns = _names_in(entry, mapping.manager, person.warnings)
    person.uid = next(iter(_texts(entry, "uid")), "")
    person.group_id = next(iter(_texts(entry, mapping.group_id)), "")
    person.disabled = _is_disabled(entry, at)
    return person


def read_group(entry: Entry, mapping: Mapping) -> MappedGroup:
    """The group in ``entry``; ``name`` is empty when it has none."""
    dn = names.normalised(entry.dn)
    group = MappedGroup(key="", dn=dn, shown_dn=without_controls(entry.dn), source=source_name(entry.dn), name="")
    group.key = _key(entry, mapping, group.warnings) or dn_key(dn)
    group.name = _Reader(entry, group.warnings).line(mapping.group_name, 150)
    group.member_dns = _names_in(entry, mapping.members, group.warnings)
    group.member_logins = [login for name in mapping.member_logins for login in _texts(entry, name)]
    group.group_id = next(iter(_texts(entry, mapping.group_id)), "")
    return group


@cache
def limit_of(model: type[Model], name: str) -> int:
    """How many characters a column holds."""
    return int(getattr(model._meta.get_field(name), "max_length", None) or 0)


def _classes(entry: Entry) -> set[str]:
    return {text.lower() for text in _texts(entry, "objectclass")}


def _values(entry: Entry, name: str) -> list[bytes | str]:
    """Values of an attribute; without a plain one those in the person's languages, in ranges or other options."""
    plain = entry.attributes.get(name)
    if plain or not entry.has_options:
        return plain or []
    prefix = f"{name};"
    return [value for key, some in entry.attributes.items() if key.startswith(prefix) for value in some]


def _texts(entry: Entry, name: str) -> list[str]:
    """The values that are text, without blanks around them."""
    texts = []
    for value in _values(entry, name):
        if isinstance(value, bytes):
            try:
                value = value.decode()
            except UnicodeDecodeError:
                continue
        if value.strip():
            texts.append(value.strip())
    return texts


def _preferred(entry: Entry, name: str) -> list[str]:
    """Texts of ``name``, the one in the entry's own name first: a directory gives several in any order."""
    texts = _texts(entry, name)
    if len(texts) > 1:
        own = set(names.rdn_values(entry.dn, name))
        texts.sort(key=lambda text: text not in own)
    return texts


class _Reader:
    """Reads single lines out of an entry and notes in ``warnings`` what it had to repair."""

    def __init__(self, entry: Entry, warnings: list[str]) -> None:
        self.entry, self.warnings = entry, warnings

    def line(self, attributes: tuple[str, ...], limit: int, *, unless: frozenset[str] = frozenset()) -> str:
        """The first usable value, as one clean line of at most ``limit`` characters; "" when there is none."""
        for name in attributes:
            if not _texts(self.entry, name) and _values(self.entry, name):
                self.warnings.append(_("“{name}” is not text in UTF-8 and was left out.").format(name=name))
            for text in _preferred(self.entry, name):
                clean = without_controls(text)
                if not clean or (name == "ou" and clean.casefold() in unless):
                    continue
                if _has_controls(text):
                    self.warnings.append(_("Control characters were taken out of “{name}”.").format(name=name))
                if len(clean) > limit:
                    self.warnings.append(_("“{name}” was cut to {limit} characters.").format(name=name, limit=limit))
                return clean[:limit].strip()
        return ""


def _has_controls(text: str) -> bool:
    try:
        validate_line(text)
    except ValidationError:
        return True
    return False


def _read_login(entry: Entry, mapping: Mapping, person: Person) -> None:
    """Set the login, or say in ``skip`` why there is none. It is never repaired: it says who somebody is."""
    limit = limit_of(Employee, "login")
    for name in mapping.login:
        texts = _preferred(entry, name)
        if not texts:
            continue
        login = texts[0]
        if _has_controls(login):
            person.skip = _("The login (“{name}”) has control characters.").format(name=name)
        elif len(login) > limit:
            person.skip = _("The login (“{name}”) has more than {limit} characters.").format(name=name, limit=limit)
        elif login.lower().startswith("system."):
            person.skip = _("Logins that start with “system.” belong to the service desk itself.")
        else:
            person.login = login
            if name in mapping.doubtful_login:
                person.warnings.append(
                    _("There is no login attribute (uid, sAMAccountName): “{name}” is the login.").format(name=name)
                )
        return
    person.skip = _("There is nothing to use as a login (sAMAccountName, uid, mail or cn).")


def _check_email(person: Person) -> None:
    if not person.email:
        person.warnings.append(_("There is no e-mail address (mail)."))
        return
    try:
        if len(person.email) > limit_of(Employee, "email"):
            raise ValidationError("")
        validate_email(person.email)
    except ValidationError:
        person.warnings.append(_("“{mail}” is no e-mail address and was left out.").format(mail=person.email[:80]))
        person.email = ""


def _containers(entry: Entry, mapping: Mapping) -> frozenset[str]:
    """Values of ``ou`` that repeat the container the entry lies in, unless nothing else is given."""
    generic = frozenset(mapping.containers)
    own = frozenset(value.casefold() for value in names.values(entry.dn, "ou"))
    given = {without_controls(text).casefold() for text in _texts(entry, "ou")} - generic
    return generic | own if given - own else generic


def _key(entry: Entry, mapping: Mapping, warnings: list[str]) -> str:
    """``uuid:…`` from the first key attribute that holds one, else ""."""
    for name in mapping.key:
        for value in _values(entry, name):
            found = _uuid(value)
            if found:
                return f"uuid:{found}"
            warnings.append(_("“{name}” holds no valid identifier.").format(name=name))
    return ""


def _uuid(value: bytes | str) -> uuid.UUID | None:
    try:
        if isinstance(value, bytes):
            # Active Directory stores the first three fields of a GUID with their bytes reversed.
            return uuid.UUID(bytes_le=value) if len(value) == 16 else uuid.UUID(value.decode("ascii").strip())
        return uuid.UUID(value.strip())
    except ValueError:
        return None


def _names_in(entry: Entry, attributes: tuple[str, ...], warnings: list[str]) -> list[str]:
    """Normalised names held in ``attributes``; what is no name is reported and left out."""
    found = []
    for name in attributes:
        for text in _texts(entry, name):
            try:
                found.append(names.normalised(text))
            except names.InvalidDn as error:
                warnings.append(
                    _("“{name}” holds “{value}”, which is no name of an entry. {why}").format(
                        name=name, value=without_controls(text)[:80], why=error
                    )
                )
    return found


def _is_disabled(entry: Entry, at: datetime) -> bool:
    flags = list(_numbers(entry, "useraccountcontrol"))
    if any(flag & 2 for flag in flags):
        return True
    if any(text.lower() == "true" for text in _texts(entry, "nsaccountlock")):
        return True
    if _LOCKED_FOR_GOOD in _texts(entry, "pwdaccountlockedtime"):
        return True
    now = at.astimezone(UTC).timestamp() + _WINDOWS_EPOCH_SECONDS
    return any(ticks not in _NEVER and 0 < ticks // 10_000_000 <= now for ticks in _numbers(entry, "accountexpires"))


def _numbers(entry: Entry, name: str) -> Iterator[int]:
    for text in _texts(entry, name):
        try:
            yield int(text)
        except ValueError:
            continue
