"""What breaks and what is said about it: the stories beside this file, filled with people, places and things."""

import random
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from directory.models import Employee

FOLDER = Path(__file__).with_name("stories")
LANGUAGES = {
    "milan": ("it", "en"), "kuala-lumpur": ("ms", "en"), "shanghai": ("zh-hans", "en"), "hong-kong": ("zh-hant", "en"),
}  # fmt: skip
ROOMS = {
    "milan": ("Navigli", "Brera", "Duomo", "Isola"), "kuala-lumpur": ("Bukit Bintang", "Merdeka", "Klang"),
    "shanghai": ("Pudong", "Yuyuan", "Bund"), "hong-kong": ("Wan Chai", "Victoria", "Lantau"),
}  # fmt: skip
MODELS = ("ThinkPad T14", "ThinkPad X1", "Latitude 7440", "EliteBook 840", "MacBook Pro 14")


def dice(*names: object) -> random.Random:
    """Chance that is the same for the same names."""
    return random.Random(":".join(map(str, names)))  # noqa: S311 - a made-up company holds no secret


@dataclass(frozen=True)
class Story:
    """One thing that goes wrong. Texts that are empty are not part of it."""

    language: str
    category: str
    titles: tuple[str, ...]
    description: str
    resolution: str
    code: str = "fixed"
    impact: str = "medium"
    urgency: str = "medium"
    first: str = ""
    ask: str = ""
    answer: str = ""
    note: str = ""
    diagnosis: tuple[str, ...] = ()
    returned: str = ""
    vendor: str = ""
    proposal: str = ""
    reopen: str = ""
    again: str = ""
    channel: str = ""
    tags: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    major: bool = False
    confidential: bool = False


@cache
def stories() -> tuple[Story, ...]:
    """Every story, in the order of the files."""
    found: list[Story] = []
    for name in ("en", "it", "ms", "zh"):
        table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        found += [_story(entry, name) for entry in table["story"]]
    return tuple(found)


def _story(entry: dict[str, Any], language: str) -> Story:
    impact, _slash, urgency = entry.pop("levels").partition("/")
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Story(**{"language": language, "impact": impact, "urgency": urgency, **fields})


@cache
def _phrases() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((FOLDER / "phrases.toml").read_text(encoding="utf-8"))


@dataclass
class Scene:
    """One telling of a story: who asked, and which things and places stand in the braces."""

    story: Story
    requester: Employee
    colleague: Employee
    chance: random.Random
    things: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        site = self.requester.location.slug if self.requester.location else "milan"
        pick, number = self.chance.choice, self.chance.randint
        floor = str(number(1, 9))
        self.things = {
            "requester": self._address(), "colleague": self.colleague.name, "floor": floor,
            "device": f"LT-{number(100, 999):04d}", "model": pick(MODELS),
            "room": pick(ROOMS.get(site, ROOMS["milan"])),
            "printer": f"PRN-{site[:3].upper()}-{floor}F-{number(1, 4):02d}", "desk": f"{floor}.{number(1, 60):02d}",
            "dept": self.requester.department.name if self.requester.department else "Finance",
            "code": f"{pick('FBKMQ')}{number(100, 999)}", "case": f"CS{number(100000, 999999)}",
        }  # fmt: skip

    def _address(self) -> str:
        name = self.requester.name if self.story.language.startswith("zh") else self.requester.given_name
        return name or self.requester.name

    def fill(self, text: str) -> str:
        return text.format_map(self.things)

    def title(self) -> str:
        return self.fill(self.chance.choice(self.story.titles))[:200]

    def opening(self) -> str:
        """The description as somebody would send it."""
        parts = (self.say("greeting"), self.fill(self.story.description), self.say("closing"))
        return "\n\n".join(part for part in parts if part)

    def say(self, name: str) -> str:
        """The story's own words for ``name``, else one of the phrases of its language."""
        own = getattr(self.story, name, "")
        return self.fill(own or self.chance.choice(_phrases()[self.story.language][name]))
