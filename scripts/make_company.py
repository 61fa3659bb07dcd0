"""Writes ``servicedesk/demo/company.ldif``: 250 invented people at four sites. The same on every run.

python scripts/make_company.py            writes the file
python scripts/make_company.py --check    exits 1 when the file is not what this script writes
"""

import base64
import random
import re
import sys
import textwrap
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "servicedesk" / "demo" / "company.ldif"
BASE = "dc=meridian,dc=example"
DOMAIN = "meridian.example"
SPACE = uuid.UUID("6f1c1f4e-3f0d-5c36-9a6b-2b8a3a1d7c50")


@dataclass(frozen=True)
class Site:
    name: str
    slug: str
    country: str
    phone: str
    street: str


MILAN = Site("Milan", "milan", "IT", "+39 02 5550 {:04d}", "Via Tortona 27")
KUALA_LUMPUR = Site("Kuala Lumpur", "kuala-lumpur", "MY", "+60 3 5550 {:04d}", "Jalan Sultan Ismail 50")
SHANGHAI = Site("Shanghai", "shanghai", "CN", "+86 21 5550 {:04d}", "Huaihai Middle Road 283")
HONG_KONG = Site("Hong Kong", "hong-kong", "HK", "+852 5550 {:04d}", "Queen's Road East 183")
SITES = (MILAN, KUALA_LUMPUR, SHANGHAI, HONG_KONG)

# Department: people at Milan, Kuala Lumpur, Shanghai, Hong Kong; the titles of head, site lead, members.
DEPARTMENTS: dict[str, tuple[tuple[int, int, int, int], str, str, tuple[str, ...]]] = {
    "Executive Office": (
        (3, 1, 1, 1), "Chief Executive Officer", "General Manager", ("Executive Assistant", "Chief of Staff"),
    ),
    "IT": ((16, 12, 9, 7), "Chief Information Officer", "IT Lead", ("Software Developer", "Data Engineer")),
    "Human Resources": (
        (6, 5, 4, 3), "Human Resources Director", "HR Manager",
        ("HR Generalist", "Payroll Specialist", "Recruiter", "Learning Specialist"),
    ),
    "Facilities": (
        (5, 4, 3, 2), "Head of Facilities", "Facilities Supervisor", ("Building Technician", "Receptionist"),
    ),
    "Finance": (
        (11, 7, 5, 6), "Chief Financial Officer", "Finance Manager",
        ("Accountant", "Financial Analyst", "Accounts Payable Clerk", "Treasury Analyst", "Controller"),
    ),
    "Legal and Compliance": (
        (4, 2, 2, 2), "General Counsel", "Senior Counsel", ("Legal Counsel", "Compliance Officer", "Paralegal"),
    ),
    "Sales": (
        (12, 9, 10, 9), "Sales Director", "Sales Manager",
        ("Account Manager", "Key Account Manager", "Sales Representative", "Sales Operations Analyst"),
    ),
    "Marketing": (
        (6, 4, 4, 3), "Marketing Director", "Marketing Manager",
        ("Brand Specialist", "Content Editor", "Event Planner", "Market Analyst"),
    ),
    "Procurement": ((4, 3, 4, 1), "Head of Procurement", "Procurement Manager", ("Buyer", "Category Buyer")),
    "Logistics": (
        (7, 6, 7, 4), "Logistics Director", "Warehouse Manager",
        ("Logistics Planner", "Customs Specialist", "Warehouse Operator", "Shipping Clerk"),
    ),
    "Product Engineering": (
        (13, 5, 5, 1), "Engineering Director", "Engineering Manager",
        ("Mechanical Engineer", "Electronics Engineer", "Test Engineer", "Product Designer"),
    ),
    "Service Quality": ((2, 1, 1, 0), "Head of Service Quality", "Quality Lead", ("Process Analyst",)),
    "Customer Care": ((3, 2, 2, 1), "Customer Care Manager", "Customer Care Lead", ("Customer Care Agent",)),
}  # fmt: skip

# Groups that say who does what on the desks: department, title, how many at each site.
ROLES: dict[str, tuple[str, str, tuple[int, int, int, int]]] = {
    "desk-managers": ("IT", "Service Desk Manager", (1, 0, 0, 0)),
    "desk-coordinators": ("IT", "Service Desk Coordinator", (1, 1, 0, 0)),
    "desk-l1": ("IT", "Service Desk Agent", (3, 2, 2, 1)),
    "desk-l2": ("IT", "Systems Engineer", (2, 1, 1, 1)),
    "desk-l3": ("IT", "Senior Systems Specialist", (1, 1, 1, 0)),
    "desk-trainees": ("IT", "Service Desk Trainee", (1, 1, 0, 1)),
    "network-l1": ("IT", "Network Operator", (0, 1, 1, 0)),
    "network-l2": ("IT", "Network Engineer", (1, 0, 0, 1)),
    "network-l3": ("IT", "Network Architect", (1, 0, 1, 0)),
    "knowledge-managers": ("IT", "Knowledge Manager", (0, 1, 0, 0)),
    "change-managers": ("IT", "Change Manager", (1, 0, 0, 0)),
    "asset-managers": ("IT", "IT Asset Manager", (1, 0, 0, 1)),
    "administrators": ("IT", "Service Desk Administrator", (1, 1, 0, 0)),
    "cab-members": ("IT", "IT Operations Manager", (0, 1, 1, 1)),
    "onboarding-coordinators": ("Human Resources", "Onboarding Coordinator", (1, 1, 0, 0)),
    "hr-l1": ("Human Resources", "HR Service Agent", (1, 1, 1, 0)),
    "hr-l2": ("Human Resources", "HR Case Specialist", (1, 0, 0, 1)),
    "facilities-l1": ("Facilities", "Facilities Service Agent", (1, 1, 1, 0)),
    "facilities-l2": ("Facilities", "Building Systems Engineer", (1, 0, 0, 1)),
    "qa-analysts": ("Service Quality", "Service Quality Analyst", (1, 1, 0, 0)),
}
# Who else is in a group: (group, title).
ALSO = (
    ("hr-confidential", "HR Case Specialist"),
    ("hr-confidential", "Human Resources Director"),
    ("cab-members", "Chief Information Officer"),
    ("cab-members", "Network Architect"),
)
# Within IT: title -> the title of the manager. Everybody else reports to the site lead or the head.
REPORTS_TO = {
    "Service Desk Agent": "Service Desk Manager",
    "Service Desk Coordinator": "Service Desk Manager",
    "Service Desk Trainee": "Service Desk Manager",
    "Systems Engineer": "Service Desk Manager",
    "Knowledge Manager": "Service Desk Manager",
    "Senior Systems Specialist": "IT Operations Manager",
    "Network Operator": "IT Operations Manager",
    "Network Engineer": "IT Operations Manager",
    "Network Architect": "IT Operations Manager",
    "IT Asset Manager": "IT Operations Manager",
    "Software Developer": "IT Operations Manager",
    "Data Engineer": "IT Operations Manager",
}

ITALIAN = (
    "Giulia Chiara Francesca Martina Alessia Elena Sofia Valentina Silvia Federica Ilaria Beatrice Noemi Marta "
    "Marco Luca Andrea Matteo Lorenzo Davide Niccolò Simone Giovanni Pietro Tommaso Stefano Riccardo Edoardo",
    "Ferrari|Russo|Colombo|Bianchi|Ricci|Marino|Greco|Gallo|Conti|De Luca|Mancini|Rizzo|Lombardi|Moretti|"
    "Barbieri|Fontana|Santoro|Mariani|Rinaldi|Caruso|D'Angelo|Galli|Martinelli|Dalla Costa|Serra|Villa|Cattaneo|"
    "Brambilla|Locatelli|Sala|Parisi|Bellini|Pellegrini|Longo|Sartori|Nicolò|Grassi|Negri",
)
MALAY = (
    "Nurul Aisyah|Siti Hajar|Nur Izzati|Farah Nabila|Amirah|Aina Sofea|Noraini|Ahmad Faiz|Muhammad Hakim|Azlan|"
    "Mohd Rizal|Khairul Anuar|Zulkifli|Hafiz|Iskandar|Syafiq",
    "Abdullah|Ismail|Rahman|Hassan|Othman|Yusof|Ibrahim|Kamaruddin|Mahmud|Razak|Zainal|Sulaiman",
)
MALAYSIAN_CHINESE = (
    "Wei Ling:伟玲|Mei Yee:美仪|Hui Min:慧敏|Siew Ling:秀玲|Pei Shan:佩珊|Kah Wai:家伟|Jun Hao:俊豪|Chee Keong:志强|"
    "Boon Seng:文成|Yong Jie:永杰|Kok Leong:国良|Zi Xuan:子轩",
    "Tan:陈|Lim:林|Lee:李|Ng:黄|Wong:王|Chong:张|Ong:王|Goh:吴|Teoh:张|Yap:叶",
)
INDIAN = (
    "Priya|Kavitha|Shalini|Deepa|Anjali|Thivya|Suresh|Rajesh|Ganesh|Vikneswaran|Arun|Prakash",
    "Subramaniam|Krishnan|Nair|Pillai|Muthusamy|Ramasamy|Selvaraj|Govindasamy",
)
SHANGHAINESE = (
    "Xiaoming:晓明|Yuting:雨婷|Jing:静|Haoran:浩然|Xinyi:欣怡|Zihan:子涵|Jianguo:建国|Mengyao:梦瑶|Weijie:伟杰|Lihua:丽华|"
    "Chenxi:晨曦|Siyuan:思远|Ruolan:若兰|Bowen:博文|Yifan:一凡|Jiayi:佳怡|Minghui:明辉|Xuefei:雪菲|Tianyu:天宇|Yan:燕",
    "Wang:王|Li:李|Zhang:张|Liu:刘|Chen:陈|Yang:杨|Zhao:赵|Huang:黄|Zhou:周|Wu:吴|Xu:徐|Sun:孙|Zhu:朱|Gu:顾|Shen:沈|Lu:陆",
)
HONG_KONGER = (
    "Ka Yan:嘉欣:Grace|Wing Sze:詠詩:Vincci|Man Yee:敏儀:Mandy|Hoi Ching:凱晴:Cherry|Sze Wan:詩韻:Janice|"
    "Pui Shan:珮珊:Susan|Chun Kit:俊傑:Jacky|Ka Ho:家豪:Kelvin|Tsz Hin:子軒:Hinson|Wai Lun:偉倫:Alan|"
    "Chi Ming:志明:Raymond|Ho Yin:浩賢:Henry|Kwok Wai:國威:Dennis|"
    "Lok Yiu:樂瑤:Queenie|Yuk Ling:玉玲:Elaine|Siu Fung:兆峰:Felix",
    "Chan:陳|Wong:黃|Lee:李|Cheung:張|Lau:劉|Leung:梁|Ho:何|Yeung:楊|Lam:林|Ng:吳|Kwok:郭|Tsang:曾|Yip:葉|Mak:麥",
)


@dataclass
class Name:
    """A name as it is shown, written in Latin, and in the script of its owner ("" when that is Latin)."""

    given: str
    family: str
    latin: str
    native: str = ""
    script: str = ""


@dataclass
class Somebody:
    number: int
    name: Name
    uid: str
    site: Site
    department: str
    title: str
    manager: "Somebody | None" = None
    groups: list[str] = field(default_factory=list)

    @property
    def dn(self) -> str:
        return f"uid={self.uid},ou=People,{BASE}"


def a_name(site: Site, chance: random.Random) -> Name:
    if site is MILAN:
        given, family = chance.choice(ITALIAN[0].split()), chance.choice(ITALIAN[1].split("|"))
        return Name(given, family, f"{given} {family}")
    if site is KUALA_LUMPUR:
        return _malaysian(chance)
    if site is SHANGHAI:
        given, hanzi = chance.choice(SHANGHAINESE[0].split("|")).split(":")
        family, family_hanzi = chance.choice(SHANGHAINESE[1].split("|")).split(":")
        return Name(given, family, f"{family} {given}", family_hanzi + hanzi, "lang-zh-hans")
    given, hanzi, english = chance.choice(HONG_KONGER[0].split("|")).split(":")
    family, family_hanzi = chance.choice(HONG_KONGER[1].split("|")).split(":")
    return Name(english, family, f"{english} {family} {given}", family_hanzi + hanzi, "lang-zh-hant")


def _malaysian(chance: random.Random) -> Name:
    people = chance.choices(("malay", "chinese", "indian"), weights=(6, 3, 2))[0]
    if people == "malay":
        given, father = chance.choice(MALAY[0].split("|")), chance.choice(MALAY[1].split("|"))
        is_woman = MALAY[0].split("|").index(given) < 7
        return Name(given, father, f"{given} {'binti' if is_woman else 'bin'} {father}")
    if people == "indian":
        given, father = chance.choice(INDIAN[0].split("|")), chance.choice(INDIAN[1].split("|"))
        is_woman = INDIAN[0].split("|").index(given) < 6
        return Name(given, father, f"{given} {'a/p' if is_woman else 'a/l'} {father}")
    given, hanzi = chance.choice(MALAYSIAN_CHINESE[0].split("|")).split(":")
    family, family_hanzi = chance.choice(MALAYSIAN_CHINESE[1].split("|")).split(":")
    return Name(given, family, f"{family} {given}", family_hanzi + hanzi, "lang-zh-hans")


def a_company() -> list[Somebody]:
    """Everybody, heads of departments first; each has a manager but the first."""
    chance = random.Random(2026)  # noqa: S311 - a company to look at, no secret
    uids: set[str] = set()
    names: set[str] = set()
    everybody: list[Somebody] = []

    def hire(site: Site, department: str, title: str) -> Somebody:
        while True:
            name = a_name(site, chance)
            uid = ".".join(_ascii(part) for part in (name.given, name.family))
            if uid not in uids and name.latin not in names:
                break
        uids.add(uid)
        names.add(name.latin)
        somebody = Somebody(10001 + len(everybody), name, uid, site, department, title)
        everybody.append(somebody)
        return somebody

    chief: Somebody | None = None
    for department, (sizes, head_title, lead_title, titles) in DEPARTMENTS.items():
        head = hire(MILAN, department, head_title)
        head.manager = chief
        chief = chief or head
        for at, site in enumerate(SITES):
            left = sizes[at] - (site is MILAN)
            specialists = [
                (group, title)
                for group, (of, title, counts) in ROLES.items()
                if of == department
                for _ in range(counts[at])
            ]
            for group, title in specialists:
                somebody = hire(site, department, title)
                somebody.groups.append(group)
                left -= 1
            lead = None
            if left > 0 and site is not MILAN and department != "IT":
                lead = hire(site, department, lead_title)
                lead.manager = head
                left -= 1
            for number in range(left):
                hire(site, department, titles[number % len(titles)])
            for somebody in everybody:
                if somebody.department == department and somebody.site is site and somebody.manager is None:
                    somebody.manager = lead or (None if somebody is head else head)
    _reorganise(everybody)
    return everybody


def _reorganise(everybody: list[Somebody]) -> None:
    """Put the specialists under who leads them (at their own site where there is one), and fill further groups."""
    by_title: dict[str, list[Somebody]] = {}
    for somebody in everybody:
        by_title.setdefault(somebody.title, []).append(somebody)
    for somebody in everybody:
        above = by_title.get(REPORTS_TO.get(somebody.title, ""), [])
        if above:
            somebody.manager = next((one for one in above if one.site is somebody.site), above[0])
    for group, title in ALSO:
        for somebody in by_title[title]:
            somebody.groups.append(group)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z]", "", plain)


def ldif() -> str:
    return "version: 1\n\n" + "\n\n".join("\n".join(entry) for entry in _entries(a_company())) + "\n"


def _entries(everybody: list[Somebody]) -> Iterator[list[str]]:
    yield [*_line("dn", BASE), *_lines("objectClass", "top", "domain"), *_line("dc", "meridian")]
    for unit in ("People", "Groups"):
        yield [
            *_line("dn", f"ou={unit},{BASE}"), *_lines("objectClass", "top", "organizationalUnit"), *_line("ou", unit),
        ]  # fmt: skip
    for somebody in everybody:
        yield _person(somebody)
    groups: dict[str, list[str]] = {name: [] for name in sorted({*ROLES, *(group for group, _title in ALSO)})}
    for somebody in everybody:
        for group in somebody.groups:
            groups[group].append(somebody.dn)
    for site in SITES:
        groups[f"staff-{site.slug}"] = [one.dn for one in everybody if one.site is site]
    groups["everyone"] = [f"cn=staff-{site.slug},ou=Groups,{BASE}" for site in SITES]
    for name, members in groups.items():
        yield [
            *_line("dn", f"cn={name},ou=Groups,{BASE}"), *_lines("objectClass", "top", "groupOfNames"),
            *_line("entryUUID", str(uuid.uuid5(SPACE, f"group:{name}"))), *_line("cn", name),
            *_lines("member", *members),
        ]  # fmt: skip


def _person(one: Somebody) -> list[str]:
    lines = [
        *_line("dn", one.dn), *_lines("objectClass", "top", "person", "organizationalPerson", "inetOrgPerson"),
        *_line("entryUUID", str(uuid.uuid5(SPACE, f"person:{one.uid}"))), *_line("uid", one.uid),
        *_line("cn", one.name.latin), *_line("sn", one.name.family), *_line("givenName", one.name.given),
        *_line("displayName", f"{one.name.latin} {one.name.native}".strip()),
    ]  # fmt: skip
    if one.name.native:
        lines += _line(f"cn;{one.name.script}", one.name.native)
    lines += [
        *_line("mail", f"{one.uid}@{DOMAIN}"), *_line("title", one.title), *_line("ou", one.department),
        *_line("employeeNumber", f"M{one.number}"), *_line("telephoneNumber", one.site.phone.format(one.number - 9000)),
        *_line("l", one.site.name), *_line("c", one.site.country), *_line("street", one.site.street),
    ]  # fmt: skip
    return lines + (_line("manager", one.manager.dn) if one.manager else [])


def _lines(name: str, *values: str) -> list[str]:
    return [line for value in values for line in _line(name, value)]


def _line(name: str, value: str) -> list[str]:
    """One attribute, in base64 where RFC 2849 asks for it, folded at 76 columns."""
    is_safe = value.isascii() and not value.startswith((" ", ":", "<")) and not value.endswith(" ")
    text = f"{name}: {value}" if is_safe else f"{name}:: {base64.b64encode(value.encode()).decode()}"
    return [text[:76], *(" " + text[start : start + 75] for start in range(76, len(text), 75))]


def main() -> int:
    text = ldif()
    if "--check" in sys.argv:
        fresh = TARGET.exists() and TARGET.read_text(encoding="ascii") == text
        print(textwrap.shorten(f"{TARGET.name} is {'fresh' if fresh else 'stale: run this script'}", 100))
        return 0 if fresh else 1
    TARGET.write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
