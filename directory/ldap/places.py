"""Departments and locations by name, made when the directory first names them."""

from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from django.utils.text import slugify

from directory.models import Department, Location
from servicedesk.common.text import near_key

from .mapping import DEFAULTS, Mapping, Place
from .values import limit_of


class Places:
    """All departments and locations; ``new`` holds those that must be saved before the people are."""

    def __init__(self, mapping: Mapping = DEFAULTS) -> None:
        self._mapping = mapping
        self._departments = {name_key(row.name): row for row in Department.objects.all()}
        self._locations = {name_key(row.name): row for row in Location.objects.all()}
        self._slugs = {row.slug for row in self._departments.values()} | {row.slug for row in self._locations.values()}
        self.new: list[Department | Location] = []

    def department(self, name: str) -> Department | None:
        """The department that the directory calls so, unsaved when new; two spellings of a name are one department."""
        if not name:
            return None
        name = self._mapping.departments.get(name_key(name), name)
        key = name_key(name)
        if key not in self._departments:
            self._departments[key] = Department(name=name, slug=self._slug(name, "department"))
            self.new.append(self._departments[key])
        return self._departments[key]

    def location(self, name: str, country: str) -> Location | None:
        """The location that the directory calls so; a new one gets the time zone of its city or country."""
        if not name:
            return None
        place = self._mapping.locations.get(name_key(name), Place(name))
        key = name_key(place.name)
        if key not in self._locations:
            city, country = place.city or place.name, place.country or country
            self._locations[key] = Location(
                name=place.name,
                slug=self._slug(place.name, "location"),
                city=city[: limit_of(Location, "city")],
                country=country,
                time_zone=place.time_zone or time_zone_of(city, country),
            )
            self.new.append(self._locations[key])
        return self._locations[key]

    def save_new(self) -> None:
        """Save the new ones, so that people may refer to them."""
        for row in self.new:
            row.save(force_insert=True)
        self.new = []

    def _slug(self, name: str, kind: str) -> str:
        base = slugify(name)[:60] or f"{kind}-{sha256(name.encode()).hexdigest()[:8]}"
        slug, number = base, 1
        while slug in self._slugs:
            number += 1
            slug = f"{base}-{number}"
        self._slugs.add(slug)
        return slug


def name_key(name: str) -> str:
    """The key under which two spellings of the name of a department or location meet."""
    return near_key(name) or name.casefold()


def time_zone_of(city: str, country: str) -> str:
    """The IANA zone named after ``city``, else the first one of ``country`` (ISO 3166-1), else UTC."""
    by_city, by_country = _zones()
    return by_city.get(near_key(city)) or by_country.get(country) or "UTC"


@lru_cache(maxsize=1)
def _zones() -> tuple[dict[str, str], dict[str, str]]:
    by_city: dict[str, str] = {}
    by_country: dict[str, str] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        country, _place, zone = line.split("\t")[:3]
        by_country.setdefault(country, zone)
        by_city.setdefault(near_key(zone.rpartition("/")[2]), zone)
    return by_city, by_country
