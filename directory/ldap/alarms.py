"""What a run decided about somebody's identity and a person must look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from directory.models import Employee, SyncAlarm, SyncRun
from servicedesk.common.text import without_controls

from .values import limit_of

Kind = SyncAlarm.Kind
# These last from run to run; the others are raised by what happens once.
_STANDING = (Kind.DUPLICATE, Kind.LOGIN_TAKEN)


@dataclass
class Alarm:
    """An alarm that is not saved yet. ``key`` names a person whose row may still have to be made."""

    kind: SyncAlarm.Kind
    source: str
    about: str
    reason: str
    key: str = ""
    employee: Employee | None = None
    other: Employee | None = None


def duplicates(people: Iterable[Employee]) -> list[Alarm]:
    """Two active people who look like one: the same employee number, or the same name and address."""
    found: dict[tuple[int, int], Alarm] = {}
    first_of: dict[tuple[str, ...], Employee] = {}
    for employee in sorted(people, key=lambda one: (one.pk is None, one.pk or 0, one.source_key)):
        if not employee.is_active:
            continue
        for trait in _traits(employee):
            first = first_of.setdefault(trait, employee)
            if first is not employee and (id(first), id(employee)) not in found:
                found[id(first), id(employee)] = Alarm(
                    Kind.DUPLICATE, employee.source, employee.source_dn or employee.login,
                    _("{one} ({login}) and {other} ({other_login}) have the same {what}: if they are one person, "
                      "remove one of the two entries in the directory.").format(
                        one=employee.name, login=employee.login, other=first.name, other_login=first.login,
                        what=_called(trait)),
                    employee=employee, other=first,
                )  # fmt: skip
    return list(found.values())


def merged(leaving: Iterable[Employee], staying: Iterable[Employee]) -> list[Alarm]:
    """Somebody's entry vanished while another one of the same person was there all along, and stays."""
    leaving = list(leaving)
    if not leaving:
        return []
    stays: dict[tuple[str, ...], Employee] = {}
    for employee in staying:
        if employee.is_active and employee.pk is not None:
            for trait in _traits(employee):
                stays.setdefault(trait, employee)
    alarms = []
    for employee in leaving:
        shared = next((trait for trait in _traits(employee) if trait in stays), None)
        if shared is not None:
            other = stays[shared]
            alarms.append(Alarm(
                Kind.MERGED, employee.source, employee.source_dn or employee.login,
                _("The entry of {name} ({login}) is gone; {other} ({other_login}) stays and has the same {what}. "
                  "Tickets and equipment of the one who is gone must be handed over.").format(
                    name=employee.name, login=employee.login, other=other.name, other_login=other.login,
                    what=_called(shared)),
                employee=employee, other=other,
            ))  # fmt: skip
    return alarms


def _traits(employee: Employee) -> list[tuple[str, ...]]:
    traits: list[tuple[str, ...]] = []
    if employee.employee_number:
        traits.append(("number", employee.employee_number))
    if employee.email and employee.name:
        traits.append(("mail", employee.email.casefold(), employee.name.casefold()))
    return traits


def _called(trait: tuple[str, ...]) -> str:
    return _("employee number") if trait[0] == "number" else _("name and e-mail address")


def raise_alarms(alarms: list[Alarm], employees: dict[str, Employee], run: SyncRun, *, at: datetime) -> None:
    """Save the alarms that are new: one that is open, or was looked at and still stands, is not raised again."""
    known = set(
        SyncAlarm.objects.filter(kind__in=_STANDING).values_list("kind", "source", "about", "reason")
        if any(alarm.kind in _STANDING for alarm in alarms)
        else ()
    )
    rows = []
    for alarm in alarms:
        about = without_controls(alarm.about)[: limit_of(SyncAlarm, "about")]
        reason = without_controls(alarm.reason)
        if (alarm.kind, alarm.source, about, reason) not in known:
            rows.append(SyncAlarm(
                kind=alarm.kind, source=alarm.source, about=about, reason=reason, raised_at=at, run=run,
                employee=alarm.employee or employees.get(alarm.key), other=alarm.other,
            ))  # fmt: skip
    SyncAlarm.objects.bulk_create(rows, ignore_conflicts=True)
