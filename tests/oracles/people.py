"""A naive model of a directory and of the desk that reads it: plain dictionaries, worked out from the specification.

It imports nothing of the product. A *human* is one for good, whatever entries they come by; an *entry* has a key that
no other entry ever had. Names of entries may go from one to another.
"""

from dataclasses import dataclass, field


@dataclass
class Entry:
    key: str
    human: str
    login: str
    unit: str
    name: str
    title: str = ""
    manager: str = ""  # a name of an entry, which may be nobody's by now
    disabled: bool = False
    changed: int = 0

    @property
    def dn(self) -> str:
        return f"uid={self.login},ou={self.unit},dc=acme,dc=example"


@dataclass
class Team:
    key: str
    name: str
    members: set[str] = field(default_factory=set)  # names of entries
    nested: set[str] = field(default_factory=set)  # keys of teams
    changed: int = 0


@dataclass
class Row:
    """What the desk must hold about one human.

    ``barred``: deactivated by hand, and by the sync never let in again. ``key``: the entry they are known by; a new
    one counts only when it is not disabled.
    """

    key: str = ""
    active: bool = True
    barred: bool = False
    login: str = ""
    name: str = ""
    title: str = ""
    manager: str | None = None  # a human
    teams: set[str] = field(default_factory=set)


class Directory:
    """What is there, with a count of changes. ``keeps_dead_names``: who names an entry that goes is left as it is."""

    def __init__(self, *, keeps_dead_names: bool) -> None:
        self.keeps_dead_names = keeps_dead_names
        self.count = 0
        self.entries: dict[str, Entry] = {}
        self.teams: dict[str, Team] = {}

    def touch(self, thing: Entry | Team) -> None:
        self.count += 1
        thing.changed = self.count

    def add(self, thing: Entry | Team) -> None:
        (self.entries if isinstance(thing, Entry) else self.teams)[thing.key] = thing  # type: ignore[index]
        self.touch(thing)

    def call(self, entry: Entry, *, login: str = "", unit: str = "") -> None:
        """Another name for ``entry``; whoever names it follows, without counting as changed."""
        before = entry.dn
        entry.login, entry.unit = login or entry.login, unit or entry.unit
        self.touch(entry)
        for team in self.teams.values():
            if before in team.members:
                team.members = team.members - {before} | {entry.dn}
        for other in self.entries.values():
            if other.manager == before:
                other.manager = entry.dn

    def remove(self, entry: Entry) -> None:
        del self.entries[entry.key]
        if not self.keeps_dead_names:
            for team in self.teams.values():
                team.members.discard(entry.dn)
            for other in self.entries.values():
                if other.manager == entry.dn:
                    other.manager = ""

    def remove_team(self, team: Team) -> None:
        del self.teams[team.key]
        for other in self.teams.values():
            other.nested.discard(team.key)

    @property
    def by_human(self) -> dict[str, Entry]:
        return {entry.human: entry for entry in self.entries.values()}

    def inside(self, team: str) -> set[str]:
        """Humans in the team and in all teams below it, as the names stand now."""
        below, waiting = {team}, [team]
        while waiting:
            new = {key for key in self.teams[waiting.pop()].nested if key in self.teams} - below
            below |= new
            waiting += new
        names = set().union(*(self.teams[key].members for key in below))
        return {entry.human for entry in self.entries.values() if entry.dn in names}

    def manager_of(self, human: str) -> str | None:
        """The human above; nobody when no entry is called so, or when the way up leads back here."""
        above = {
            entry.human: next((other.human for other in self.entries.values() if other.dn == entry.manager), None)
            for entry in self.entries.values()
        }
        at, steps = above.get(human), 0
        while at is not None and at != human and steps < len(above):
            at, steps = above.get(at), steps + 1
        return None if at == human else above.get(human)


@dataclass
class Desk:
    """What the desk must hold after each run. ``mark``: the count up to which changes were brought in.

    ``sure``: nothing of the directory has gone since the last full run, so an increment knows all that one would.
    """

    directory: Directory
    rows: dict[str, Row] = field(default_factory=dict)
    mark: int | None = None
    sure: bool = False

    def leaving(self, entries: list[Entry], *, absent_too: bool) -> set[str]:
        gone = {entry.human for entry in entries if entry.disabled}
        if absent_too:
            gone |= self.rows.keys() - self.directory.by_human.keys()
        return {human for human in gone if human in self.rows and self.rows[human].active}

    def fuse_blows(self, leaving: set[str]) -> bool:
        return len(leaving) > min(10, max(1, sum(row.active for row in self.rows.values()) / 50))

    def changes(self) -> list[Entry]:
        return [entry for entry in self.directory.entries.values() if entry.changed > (self.mark or 0)]

    def run(self, *, full: bool, confirmed: bool) -> bool:
        """One run; whether it was carried out."""
        full = full or self.mark is None
        entries = list(self.directory.entries.values()) if full else self.changes()
        teams = list(self.directory.teams.values())
        leaving = self.leaving(entries, absent_too=full)
        if not confirmed and self.fuse_blows(leaving):
            return False
        news = full or bool(entries) or any(team.changed > (self.mark or 0) for team in teams)
        for human in leaving:
            self.rows[human].active = False
            self.rows[human].teams = set()
        for entry in entries:
            row = self.rows.get(entry.human, Row(active=False))
            if entry.disabled and not self._is_known_by(entry):
                continue
            self.rows[entry.human] = row
            row.key = entry.key
            row.login, row.name, row.title = entry.login, entry.name, entry.title
            row.active = row.active or (not entry.disabled and not row.barred)
        for team in teams if news else []:
            self._fill(team.key)
        if full:
            for row in self.rows.values():
                row.teams &= {*self.directory.teams, "local"}
            known = {human for human, entry in self.directory.by_human.items() if self._is_known_by(entry)}
            for human in known:
                above = self.directory.manager_of(human)
                self.rows[human].manager = above if above in known else None
            self.sure = True
        self.mark = self.directory.count
        return True

    def _is_known_by(self, entry: Entry) -> bool:
        return entry.human in self.rows and self.rows[entry.human].key == entry.key

    def _fill(self, team: str) -> None:
        inside = self.directory.inside(team)
        for human, row in self.rows.items():
            if row.active and human in inside:
                row.teams.add(team)
            else:
                row.teams.discard(team)

    def bar(self, human: str) -> None:
        row = self.rows[human]
        row.active, row.barred, row.teams = False, True, set()
