"""Which attribute means what: entries become people and groups. ``DEFAULTS`` is the whole table."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from directory.models import Department, Employee, Location
from servicedesk.common.text import without_controls

from . import dn as names
from .entries import Entry
from .values import (
    Reader,
    has_controls,
    is_disabled,
    is_email,
    limit_of,
    names_in,
    photo_of,
    preferred,
    primary_group_of,
    sid_of,
    texts_of,
    uuid_of,
    values_of,
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A location as it is called here; what is empty is found out from the city or country."""

    name: str
    city: str = ""
    country: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class Mapping:
    """Names of object classes and attributes, in lower case; of several, the first that has a value counts.

    The tables translate what the directory writes, keyed by :func:`.places.name_key`; see ``mapping_file``.
    """

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
    further_addresses: tuple[str, ...] = ("mail", "proxyaddresses")
    photo: tuple[str, ...] = ("jpegphoto", "thumbnailphoto")
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

    departments: dict[str, str] = field(default_factory=dict)
    locations: dict[str, Place] = field(default_factory=dict)
    # Names here of directory groups, by normalised DN or by name in small letters.
    groups: dict[str, str] = field(default_factory=dict)
    only_listed_groups: bool = False
    # Facts that this source may not write: another source, or nobody but people here, decides them.
    withheld: frozenset[str] = frozenset()

    @property
    def wanted(self) -> frozenset[str]:
        """Every attribute that a source has to deliver."""
        lists = (
            self.key, self.login, self.name, self.given_name, self.family_name, self.email, self.title, self.phone,
            self.employee_number, self.department, self.location, self.country, self.language, self.manager,
            self.group_name, self.members, self.member_logins, self.disabled, self.further_addresses, self.photo,
        )  # fmt: skip
        return frozenset({"objectclass", "objectsid", "primarygroupid", "uid", self.group_id}.union(*lists))


DEFAULTS = Mapping()


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
    primary_group: str = ""  # a gidNumber, or the SID of a group
    further_addresses: list[str] = field(default_factory=list)
    photo: bytes = b""
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
    primary_of: tuple[str, ...] = ()  # by what people's primary_group names it
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
    person.key = person_key(entry, mapping, person.warnings)
    _read_login(entry, mapping, person)
    person.language = _language(entry, mapping)
    text = Reader(entry, person.warnings, person.language)
    person.given_name = text.line(mapping.given_name, limit_of(Employee, "given_name"))
    person.family_name = text.line(mapping.family_name, limit_of(Employee, "family_name"))
    if not person.family_name:
        person.warnings.append(_("There is no family name (sn)."))
    composed = f"{person.given_name} {person.family_name}".strip()
    person.name = text.line(mapping.name, limit_of(Employee, "name")) or composed or person.login
    person.email = text.line(mapping.email, 1000)
    _check_email(person)
    person.further_addresses = _further_addresses(entry, mapping, person.email)
    person.photo = photo_of(entry, mapping.photo)
    person.title = text.line(mapping.title, limit_of(Employee, "title"))
    person.phone = text.line(mapping.phone, limit_of(Employee, "phone"))
    person.employee_number = text.line(mapping.employee_number, limit_of(Employee, "employee_number"))
    person.department = text.line(mapping.department, limit_of(Department, "name"), unless=_containers(entry, mapping))
    person.location = text.line(mapping.location, limit_of(Location, "name"))
    country = text.line(mapping.country, 100)
    person.country = country.upper() if len(country) == 2 and country.isascii() and country.isalpha() else ""
    person.manager_dns = names_in(entry, mapping.manager, person.warnings)
    person.uid = next(iter(texts_of(entry, "uid")), "")
    person.primary_group = next(iter(texts_of(entry, mapping.group_id)), "") or primary_group_of(entry)
    person.disabled = is_disabled(entry, at)
    return person


def read_group(entry: Entry, mapping: Mapping) -> MappedGroup:
    """The group in ``entry``; ``name`` is empty when it has none."""
    dn = names.normalised(entry.dn)
    group = MappedGroup(key="", dn=dn, shown_dn=without_controls(entry.dn), source=source_name(entry.dn), name="")
    group.key = person_key(entry, mapping, group.warnings)
    group.name = Reader(entry, group.warnings).line(mapping.group_name, 150)
    group.member_dns = names_in(entry, mapping.members, group.warnings)
    group.member_logins = [login for name in mapping.member_logins for login in texts_of(entry, name)]
    own = (next(iter(texts_of(entry, mapping.group_id)), ""), sid_of(entry))
    group.primary_of = tuple(found for found in own if found)
    return group


def _read_login(entry: Entry, mapping: Mapping, person: Person) -> None:
    """Set the login, or say in ``skip`` why there is none. It is never repaired: it says who somebody is."""
    limit = limit_of(Employee, "login")
    for name in mapping.login:
        texts = preferred(entry, name)
        if not texts:
            continue
        login = texts[0]
        if has_controls(login):
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
    if not is_email(person.email):
        person.warnings.append(_("“{mail}” is no e-mail address and was left out.").format(mail=person.email[:80]))
        person.email = ""


def _containers(entry: Entry, mapping: Mapping) -> frozenset[str]:
    """Values of ``ou`` that repeat the container the entry lies in, unless nothing else is given."""
    generic = frozenset(mapping.containers)
    own = frozenset(value.casefold() for value in names.values(entry.dn, "ou"))
    given = {without_controls(text).casefold() for text in texts_of(entry, "ou")} - generic
    return generic | own if given - own else generic


def person_key(entry: Entry, mapping: Mapping, warnings: list[str] | None = None) -> str:
    """What tells this entry from all others, as ``Employee.source_key`` keeps it.

    ``uuid:…`` from the first key attribute that holds one, else the normalised DN (:func:`dn_key`).
    """
    for name in mapping.key:
        for value in values_of(entry, name):
            found = uuid_of(value)
            if found:
                return f"uuid:{found}"
            if warnings is not None:
                warnings.append(_("“{name}” holds no valid identifier.").format(name=name))
    return dn_key(names.normalised(entry.dn))


def _language(entry: Entry, mapping: Mapping) -> str:
    """The first language of the list (RFC 2616 writes weights behind each), as ``it-ch``."""
    listed = Reader(entry, []).line(mapping.language, 200)
    language = listed.split(",")[0].split(";")[0].strip().lower()
    return language if len(language) <= limit_of(Employee, "language") else ""


def _further_addresses(entry: Entry, mapping: Mapping, first: str) -> list[str]:
    """Every other valid address, small letters and capitals alike; of ``proxyAddresses`` those of kind smtp."""
    found: dict[str, str] = {}
    for name in mapping.further_addresses:
        for text in texts_of(entry, name):
            kind, colon, address = text.partition(":")
            if colon and kind.lower() != "smtp":
                continue
            address = address if colon else text
            if address.casefold() != first.casefold() and is_email(address):
                found.setdefault(address.casefold(), address)
    return [found[key] for key in sorted(found)]


def _classes(entry: Entry) -> set[str]:
    return {text.lower() for text in texts_of(entry, "objectclass")}
