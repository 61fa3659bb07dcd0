"""Photos and further addresses of people, compared: they stand in tables of their own."""

from collections import defaultdict
from typing import TYPE_CHECKING

from directory.models import Employee, MailAddress, Photo

from .census import Census
from .mapping import Person
from .photos import NO_PICTURE, Pictures, digest_of

if TYPE_CHECKING:
    from .plan import Plan


class Extras:
    """What the people of a run have now, read in two statements however many they are."""

    def __init__(self, census: Census, existing: list[Employee], pictures: Pictures) -> None:
        self._pictures = pictures
        self._addresses: dict[int, list[str]] = defaultdict(list)
        self._digests: dict[int, str] = {}
        self._withheld = census.mapping.withheld
        if existing:
            sources = {employee.source for employee in existing}
            rows = MailAddress.objects.filter(employee__source__in=sources).order_by("address")
            for key, address in rows.values_list("employee_id", "address"):
                self._addresses[key].append(address)
            photos = Photo.objects.filter(employee__source__in=sources)
            self._digests.update(photos.values_list("employee_id", "digest"))

    def compare(self, plan: "Plan", person: Person, employee: Employee) -> None:
        """Note in ``plan`` what of ``person`` differs."""
        before = self._addresses.get(employee.pk, [])
        if "further_addresses" not in self._withheld and set(before) != set(person.further_addresses):
            plan.step(employee).diff["further_addresses"] = [", ".join(before), ", ".join(person.further_addresses)]
            plan.addresses.append((employee, person.further_addresses))
        if "photo" not in self._withheld:
            self._compare_photo(plan, person, employee)

    def _compare_photo(self, plan: "Plan", person: Person, employee: Employee) -> None:
        before = self._digests.get(employee.pk, "")
        digest = digest_of(person.photo) if person.photo else ""
        if digest == before:
            return
        jpeg = self._pictures.jpeg(person.photo) if person.photo else b""
        if jpeg is None:
            plan.census.warnings.add(person.shown_dn, str(NO_PICTURE))
            return
        plan.step(employee).diff["photo"] = [before[:12], digest[:12]]
        plan.photos.append((employee, digest, jpeg))
