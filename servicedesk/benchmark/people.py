"""A made-up company as an LDIF file for ``slapadd``, the same for the same number of people.

Names in twelve languages and five scripts, a tree of managers, a tenth with a photo, a tenth with a second address, a
tenth whose entry is named in their own script; groups of thousands, nested ones among them.
"""

import random
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from servicedesk.demo.stories import dice

SPAN = 8  # people who report to one manager
VPN_SHARE = 0.3
_STEM = uuid.UUID("6f0b6d3e-6f1c-4a0e-9a55-0d5b8d1c2f10")
_SINCE = datetime(2019, 1, 7, 8, tzinfo=UTC)
# Language, given names, family names; the first ones are how the login and the address are spelled.
_NAMES = (
    ("en", "Olivia Amelia George Noah Isla Arthur Grace Henry", "Smith O'Brien Taylor-Jones Wright Hughes Walker"),
    ("it", "Sofia Niccolò Giulia Leonardo Aurora Tommaso Zoë", "Rossi D'Angelo Esposito Bianchi Colombo De_Luca"),
    ("de", "Jürgen Käthe Björn Anneliese Günther Mareike", "Müller Weiß Schröder Grünwald von_Höfen Köhler"),
    ("fr", "Chloé François Maëlle Étienne Noël Inès", "Lefèvre Dubois Béranger L'Hôpital Garçon Desprès"),
    ("pl", "Łukasz Małgorzata Świętosław Zofia Paweł", "Wiśniewski Kowalczyk Dąbrowski Źrebiec Żółtowski"),
    ("ms", "Nurul Ahmad Siti Muhammad Aisyah Farid", "binti_Abdullah bin_Rahman binti_Ismail bin_Hassan"),
    ("vi", "Anh Dũng Hương Khánh Thảo Quân", "Nguyễn Trần Phạm Huỳnh Vũ Đặng"),
    ("zh-hans", "伟 芳 秀英 敏 静 志强 丽娟", "王 李 张 刘 陈 杨 欧阳"),
    ("zh-hant", "志明 美玲 家豪 淑芬 俊傑 怡君", "陳 許 黃 張 歐陽 鄭"),
    ("ja", "翔太 さくら 健一 美咲 大輔 陽菜", "佐藤 鈴木 高橋 渡辺 小林"),
    ("ru", "Анна Дмитрий Екатерина Сергей Ольга", "Иванова Смирнов Кузнецова Попов Щербаков"),
    ("ar", "محمد فاطمة أحمد مريم يوسف", "الخطيب حداد النجار العلي منصور"),
)
_TITLES = (
    "Engineer", "Senior Engineer", "Analyst", "Accountant", "Sachbearbeiter/in", "Responsabile vendite", "工程师",
    "Jurutera", "Chargée d'affaires", "Nurse", "Driver", "Head of Unit",
)  # fmt: skip
_UNITS = (
    "Finance", "Legal", "Sales", "Marketing", "Research & Development", "Qualità", "Einkauf", "物流", "Sumber Manusia",
    "IT Operations", "Facilities", "Comptabilité",
)  # fmt: skip
_CITIES = (
    "Milano", "London", "München", "Zürich", "Kuala Lumpur", "Shanghai", "Hong Kong", "Łódź", "Paris", "Tokyo",
    "Singapore", "Hà Nội", "Dubai", "New York", "São Paulo", "Gdańsk",
)  # fmt: skip


@dataclass(frozen=True)
class _Person:
    number: int
    dn: str
    city: int
    unit: int


def write(path: Path, rows: int, *, base: str, reader: str, password: str) -> None:
    """Write the company: its base, ``reader`` who may read it, ``rows`` people and their groups."""
    with path.open("w", encoding="ascii") as file:
        for entry in _entries(rows, base, reader, password):
            file.write(entry)


def dn_of(number: int, base: str) -> str:
    """The name of the entry of person ``number``."""
    if number % 10 == 3:
        family, given, _language = _name(number)
        return f"cn={_escaped(f'{family}, {given} ({number})')},ou=People,{base}"
    return f"uid={_login(number)},ou=People,{base}"


def _entries(rows: int, base: str, reader: str, password: str) -> Iterator[str]:
    yield _entry(base, 0, objectClass=["dcObject", "organization"], dc=base[3:].partition(",")[0], o="Acme")
    yield _entry(
        reader, 1, objectClass=["organizationalRole", "simpleSecurityObject"], cn="reader", userPassword=password
    )
    for number, unit in enumerate(("People", "Groups")):
        yield _entry(f"ou={unit},{base}", 2 + number, objectClass="organizationalUnit", ou=unit)
    chance = dice("people", rows)
    people = []
    for number in range(rows):
        person = _Person(number, dn_of(number, base), min(int(chance.paretovariate(0.8)), 16) - 1, chance.randrange(60))
        people.append(person)
        yield _person(person, base, chance)
    yield from _groups(people, base, chance)


def _person(person: _Person, base: str, chance: random.Random) -> str:
    number = person.number
    family, given, language = _name(number)
    login = _login(number)
    common = f"{family}, {given} ({number})" if number % 10 == 3 else f"{given} {family}"
    facts: dict[str, object] = {
        "objectClass": "inetOrgPerson", "uid": login, "cn": common, "sn": family, "givenName": given,
        "displayName": f"{family}{given}" if language.startswith(("zh", "ja")) else f"{given} {family}",
        "mail": [f"{login}@acme.example", *([f"{login}@old.acme.example"] if number % 10 == 7 else [])],
        "title": chance.choice(_TITLES), "telephoneNumber": f"+39 02 {chance.randrange(10**7, 10**8)}",
        "employeeNumber": f"{100_000 + number}", "ou": f"{_UNITS[person.unit % 12]} {person.unit // 12 + 1}",
        "l": _CITIES[person.city], "preferredLanguage": language,
    }  # fmt: skip
    if number:
        facts["manager"] = dn_of((number - 1) // SPAN, base)
    if number % 10 == 1:
        facts["jpegPhoto"] = _photo(number)
    return _entry(person.dn, 10 + number, **facts)


def _groups(people: list[_Person], base: str, chance: random.Random) -> Iterator[str]:
    """One for each city, all of them in "everybody"; units within four divisions; VPN; managers."""
    count = 10 + len(people)

    def group(name: str, members: list[str]) -> str:
        nonlocal count
        count += 1
        # Such a group must have a member; one that nobody knows is what directories are full of.
        listed = members or [f"uid=nobody,ou=People,{base}"]
        return _entry(named(name), count, objectClass="groupOfNames", cn=name, member=listed)

    def named(name: str) -> str:
        return f"cn={_escaped(name)},ou=Groups,{base}"

    cities = [f"Office {city}" for city in _CITIES]
    for at, name in enumerate(cities):
        yield group(name, [person.dn for person in people if person.city == at])
    yield group("everybody", [named(name) for name in cities])
    units = [f"Unit {number}, {_UNITS[number % 12]}" for number in range(60)]
    for at, name in enumerate(units):
        yield group(name, [person.dn for person in people if person.unit == at])
    for division in range(4):
        yield group(f"Division {division + 1}", [named(name) for name in units[division::4]])
    yield group("vpn", [person.dn for person in people if chance.random() < VPN_SHARE])
    yield group("managers", [person.dn for person in people if person.number * SPAN + 1 < len(people)])


def _name(number: int) -> tuple[str, str, str]:
    """Family name, given name, language."""
    language, given, family = _NAMES[number % len(_NAMES)]
    some, others = given.split(), family.split()
    turn = number // len(_NAMES)
    own = others[turn // len(some) % len(others)].replace("_", " ")
    return own, some[turn % len(some)], language


def _login(number: int) -> str:
    return f"{_NAMES[number % len(_NAMES)][0].replace('-', '')}{number:06d}"


def _photo(number: int) -> bytes:
    """A picture of about four kilobytes, nobody else's."""
    small = Image.frombytes("RGB", (12, 12), dice("photo", number).randbytes(12 * 12 * 3))
    out = BytesIO()
    small.resize((160, 160), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


def _escaped(value: str) -> str:
    return "".join(f"\\{character}" if character in ',+"\\<>;=' else character for character in value)


def _entry(dn: str, number: int, **facts: object) -> str:
    """One entry with an identifier and a time of its own: else the next increment would hold everybody."""
    at = f"{_SINCE + timedelta(minutes=7 * number):%Y%m%d%H%M%SZ}"
    lines = [_line("dn", dn)]
    for name, value in facts.items():
        lines += [_line(name, one) for one in (value if isinstance(value, list) else [value])]
    lines += [f"entryUUID: {uuid.uuid5(_STEM, str(number))}", f"createTimestamp: {at}", f"modifyTimestamp: {at}"]
    return "\n".join(lines) + "\n\n"


def _line(name: str, value: object) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode()
    plain = isinstance(value, str) and value.isascii() and value == value.strip() and value[:1] not in ":<"
    return f"{name}: {value}" if plain else f"{name}:: {b64encode(raw).decode()}"
