"""What a source adds to the people of others: facts that it has authority over, and nothing else."""

from collections import defaultdict

from django.utils.translation import gettext as _

from directory.models import Employee

from .census import Census
from .extras import Extras
from .photos import Pictures
from .places import Places
from .plan import Plan, set_managers, update_facts


def make_supplement(census: Census, by: str, *, pictures: Pictures) -> Plan:
    """Find the people of other directories by their ``by`` (a field of Employee) and compare what may be supplied.

    Nobody joins and nobody leaves. Who is found twice, or claimed twice, keeps what they have.
    """
    plan = Plan(census, Places(census.mapping), skipped=census.skipped)
    existing = list(Employee.objects.active().exclude(source="").prefetch_related("department", "location"))
    plan.active_before = len(existing)
    extras = Extras(census, existing, pictures)
    found: dict[str, list[Employee]] = defaultdict(list)
    for employee in existing:
        found[getattr(employee, by).casefold()].append(employee)
    found.pop("", None)
    usable, unknown = [], 0
    for person in census.people:
        if person.skip or person.disabled:
            continue
        some = found.get(getattr(person, by).casefold(), [])
        if len(some) != 1:
            plan.skipped += 1
            unknown += not some
            if some:
                census.warnings.add(
                    person.shown_dn, _("Several people here have the same {what}: none was changed.").format(what=by)
                )
            continue
        # Taken out: a second entry for the same person finds nobody.
        employee = found.pop(getattr(person, by).casefold())[0]
        plan.employees[person.key] = employee
        usable.append(person)
        diff = update_facts(plan, person, employee)
        if diff:
            plan.step(employee).diff.update(diff)
        extras.compare(plan, person, employee)
    if unknown:
        census.warnings.add("", _("{count} people are in no other source and were left out.").format(count=unknown))
    set_managers(plan, usable)
    return plan
