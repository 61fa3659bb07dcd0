"""What every readable table of the desk (TOML) shares: reading it, the line of each fault, and what applying did."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from servicedesk.common.errors import DomainError

Lines = dict[tuple[str, str], int]


class TableFault(Exception):
    """The table cannot be applied; ``sentences`` say what is wrong, each with its line."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass
class Outcome:
    """What applying did, or would do: one sentence per change, and how many entries were right already."""

    changes: list[str] = field(default_factory=list)
    unchanged: int = 0

    def note(self, changed: bool, sentence: str) -> None:
        if changed:
            self.changes.append(sentence)
        else:
            self.unchanged += 1


def load(path: Path) -> tuple[dict[str, Any], Lines]:
    """The table at ``path``, and where each entry begins, by (section, name). Raises :class:`TableFault`."""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), _lines(text)
    except OSError as error:
        raise TableFault([_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}]) from error
    except UnicodeDecodeError as error:
        raise TableFault([_("%(path)s is not UTF-8 text.") % {"path": path}]) from error
    except tomllib.TOMLDecodeError as error:
        raise TableFault([_("%(path)s is not TOML: %(why)s.") % {"path": path, "why": error}]) from error
    except RecursionError as error:
        raise TableFault([_("%(path)s is nested too deeply to be read.") % {"path": path}]) from error


def _lines(text: str) -> Lines:
    header = re.compile(r"""\s*\[\s*(\w+)(?:\s*\.\s*["']?([^\]"'.]+)["']?)?""")
    lines: Lines = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := header.match(line):
            lines.setdefault((match[1], (match[2] or "").strip()), number)
    return lines


def where(lines: Lines, section: str, name: str) -> str:
    """The place of an entry, as the beginning of a sentence."""
    line = lines.get((section, name)) or lines.get((section, ""))
    place = f"[{section}.{name}]" if name else f"[{section}]"
    return _("Line %(line)s, %(place)s: ") % {"line": line, "place": place} if line else f"{place}: "


class told_as:
    """A refusal inside the block becomes a fault of the table, with the line of its entry."""

    def __init__(self, lines: Lines, section: str, name: str) -> None:
        self.lines, self.section, self.name = lines, section, name

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DomainError):
            raise TableFault([where(self.lines, self.section, self.name) + error.sentence]) from error
