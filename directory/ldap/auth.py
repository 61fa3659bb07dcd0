"""Signing in through the directory that a person comes from: find the entry, see that it is theirs, then bind."""

import secrets
from itertools import islice

from django.utils import timezone

from directory.models import Employee

from .client import Connection, connect, escape
from .entries import Entry
from .mapping import is_person, read_person, source_name
from .sources import Configured, configured

SECONDS = 5.0  # for everything together
MOST_ENTRIES = 20  # that may carry one login in one attribute or another


def where_passwords_are() -> list[Configured]:
    """The live directories that know passwords, in their order. Raises ``InvalidMapping``."""
    return [source for source in configured() if source.signs_in and source.address]


def source_of(employee: Employee, sources: list[Configured]) -> Configured | None:
    """Which of ``sources`` knows the password of ``employee``; None when it is kept here."""
    if not employee.source:
        return None
    return next((one for one in sources if one.address and source_name(one.address.base) == employee.source), None)


def takes(source: Configured, employee: Employee | None, login: str, password: str) -> bool:
    """Whether the directory takes ``password`` for the entry that carries ``login`` and is ``employee``.

    The entry must have the key of ``employee``: a login that was given to somebody else opens nobody's account.
    Where there is no such entry, and for no ``employee``, the password is tried on a name that cannot exist: the
    same work, and always no. Raises :class:`.entries.Unreadable` when the server gives no clear answer within
    :data:`SECONDS`.
    """
    if not login.strip() or not password:
        return False  # servers take a blank password for a visit by nobody, and say yes
    assert source.address is not None  # noqa: S101 - a file knows no passwords
    with connect(source.address, seconds=SECONDS) as connection:
        found = _entry_of(connection, source, employee, login)
        dn = found.dn if found else f"cn={secrets.token_hex(16)},{source.address.base}"
        return connection.bind_as(dn, password) and found is not None


def _entry_of(connection: Connection, source: Configured, employee: Employee | None, login: str) -> Entry | None:
    address, mapping = connection.address, source.mapping
    carries = "".join(f"({name}={escape(login)})" for name in mapping.login)
    carrying = connection.search(
        address.base,
        f"(&{address.filter}(|{carries}))",
        sorted(mapping.wanted),
        scope=address.scope,
    )
    now = timezone.now()
    for entry in islice(carrying, MOST_ENTRIES):
        # Told here and not in the filter: a server that does not know a class would find nobody.
        if not is_person(entry, mapping):
            continue
        person = read_person(entry, mapping, at=now)
        if employee is not None and (person.source, person.key) == (employee.source, employee.source_key):
            return None if person.disabled or person.skip else entry
    return None
