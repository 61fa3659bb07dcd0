"""What the desks of the demo have written down: published before its ninety days, or still on the way at their end."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from directory.models import Employee
from kb.models import ArticleVersion
from kb.services import draft_article, sweep
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets.models import Queue
from servicedesk.workflow import carry_out

from .cast import Cast
from .stories import dice

SHIPPED = Path(__file__).with_name("articles.toml")
ON_THE_WAY = ("draft", "in_review", "sent_back")
SEND_BACK = "Good start. Name the rooms where the wheel does nothing, and say whom to call at night."
ARCHIVED = "The last fax line was switched off this month."


@dataclass(frozen=True)
class Told:
    """One article of the table."""

    title: str
    summary: str
    category: str
    desk: str
    body: str
    keywords: str = ""
    language: str = "en"
    audience: str = "everybody"
    confidential: bool = False
    end: str = "published"
    votes: tuple[int, int] = (0, 0)
    comments: tuple[str, ...] = ()
    revision: tuple[str, str] = ("", "")


@dataclass
class Shelf:
    """Writes the articles in order of time; ``published`` is what tickets may be linked to, by category."""

    cast: Cast
    queues: dict[str, Queue]
    end: datetime
    seed: int
    published: dict[str, list[ArticleVersion]] = field(default_factory=dict)
    _made: dict[str, ArticleVersion] = field(default_factory=dict)

    def fill(self, since: datetime) -> None:
        """What was known when the ninety days began."""
        for number, told in enumerate(articles()):
            if told.end in ON_THE_WAY:
                continue
            moment = since + timedelta(minutes=20 * number)
            version = self._draft(told, number, moment)
            version = self._do(version, "submit", version.author, moment + timedelta(minutes=5))
            version = self._do(version, "publish", self._publisher(number), moment + timedelta(minutes=14))
            self._made[told.title] = version
            if told.end not in ("archived",):
                self.published.setdefault(told.category, []).append(version)

    def finish(self) -> None:
        """What happened since: second versions, answers of readers, what is due, and what is on its way."""
        for number, told in enumerate(articles()):
            moment = self.end - timedelta(days=40 - number, hours=number % 7)
            if told.end in ON_THE_WAY:
                self._on_the_way(told, number, moment)
                continue
            version = self._made[told.title]
            self._answers(told, version, number, moment)
            if told.end == "archived":
                self._do(version, "archive", self._publisher(number), moment, reason=ARCHIVED)
            if told.end in ("revised", "reworked"):
                self._revise(told, version, number, self.end - timedelta(days=6, hours=number))
        with time.at(self.end), channel_is("task"):
            sweep(now=self.end)

    def _draft(self, told: Told, number: int, moment: datetime) -> ArticleVersion:
        details: dict[str, Any] = {
            "title": told.title, "summary": told.summary, "body": told.body.strip(), "category": told.category,
            "keywords": told.keywords, "language": told.language, "audience": told.audience,
        }  # fmt: skip
        if told.audience == "queue":
            details["queue"] = told.desk
        if told.confidential:
            details["draft_readers"] = "writers"
        due = self.end - timedelta(days=4) if told.end == "review_due" else self.end + timedelta(days=60 + 9 * number)
        details["review_by"] = due.date().isoformat()
        with time.at(moment), channel_is("desk"):
            return draft_article(by=self._writer(told, number), **details)

    def _on_the_way(self, told: Told, number: int, moment: datetime) -> None:
        version = self._draft(told, number, moment)
        if told.end != "draft":
            version = self._do(version, "submit", version.author, moment + timedelta(hours=3))
        if told.end == "sent_back":
            self._do(version, "send_back", self._publisher(number), moment + timedelta(days=1), comment=SEND_BACK)

    def _revise(self, told: Told, version: ArticleVersion, number: int, moment: datetime) -> None:
        writer = self._writer(told, number + 1)
        with time.at(moment), channel_is("desk"):
            made: ArticleVersion = carry_out(version, "revise", by=writer).result
        text = made.body.replace(*told.revision)
        made = self._do(made, "edit", writer, moment + timedelta(minutes=40), body=text)
        if told.end == "revised":
            made = self._do(made, "submit", writer, moment + timedelta(hours=1))
            self._do(made, "publish", self._publisher(number), moment + timedelta(hours=5))

    def _answers(self, told: Told, version: ArticleVersion, number: int, until: datetime) -> None:
        """Readers say whether it helped, the unhelped first, one after the other until ``until``."""
        chance = dice("answers", self.seed, number)
        readers = self._readers(told)
        yes, no = told.votes
        several = chance.sample(readers, min(yes + no, len(readers)))
        for place, reader in enumerate(several):
            helpful = place >= no
            comment = told.comments[place] if place < len(told.comments) else ""
            moment = until - timedelta(hours=20 * (len(several) - place))
            details = {"helpful": "yes" if helpful else "no", "comment": comment}
            with time.at(moment), channel_is("portal"):
                carry_out(version, "rate", by=reader, details=details)

    def _readers(self, told: Told) -> list[Employee]:
        """Who reads it: everybody who asks, or those who work at a desk (at this one, if it is for its people)."""
        if told.audience == "everybody":
            return [person for site in sorted(self.cast.employees) for person in self.cast.employees[site]]
        queues = [self.queues[told.desk]] if told.audience == "queue" else list(self.queues.values())
        found = {person.pk: person for queue in queues for person in self.cast.holders(queue, "work_l1")}
        return [found[key] for key in sorted(found)]

    def _do(self, version: ArticleVersion, move: str, by: Employee, at: datetime, **details: Any) -> ArticleVersion:
        with time.at(at), channel_is("desk"):
            done: ArticleVersion = carry_out(version, move, by=by, details=details).record
        return done

    def _writer(self, told: Told, number: int) -> Employee:
        queue = self.queues[told.desk]
        writers = self.cast.holders(queue, "work_l2") or self.cast.holders(queue, "work_l1")
        return writers[number % len(writers)]

    def _publisher(self, number: int) -> Employee:
        """One of those who publish; none of them works a tier, so nobody meets their own text."""
        found = Employee.objects.active().people().filter(groups__permissions__codename="publish_article")
        several = list(found.order_by("login").distinct())
        return several[number % len(several)]


def articles() -> Iterator[Told]:
    for row in tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["article"]:
        several = {name: tuple(row[name]) for name in ("votes", "comments", "revision") if name in row}
        yield Told(**{**row, **several})
