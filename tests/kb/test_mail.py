"""Who is written to about an article, and what stands in it."""

import pytest
from django.core import mail

from servicedesk.outbox import services as outbox
from servicedesk.workflow import perform
from tests import factories as make


@pytest.fixture
def told():
    """``told()``: what was sent since the last call, as (to, subject, body)."""

    def sent() -> list[tuple[str, str, str]]:
        mail.outbox.clear()
        while outbox.drain():
            pass
        return sorted((message.to[0], message.subject, message.body) for message in mail.outbox)

    return sent


def test_publishers_are_asked_and_writers_hear_the_answer(luca, wei, nora, kim, told) -> None:
    draft = perform(make.make_draft(luca, title="Reach the network"), "edit", by=kim, body="Better")
    told()
    version = perform(draft, "submit", by=luca)
    asked = told()
    assert [to for to, _subject, _body in asked] == ["Nora <nora@example.com>"]  # kim wrote in it
    assert asked[0][1] == f"[{version.number}] Reach the network" and f"/desk/kb/{version.number}/" in asked[0][2]

    version = perform(version, "send_back", by=nora, comment="Name the client")
    back = told()
    assert [to for to, _subject, _body in back] == ["Kim <kim@example.com>", "Luca <luca@example.com>"]
    assert all("Name the client" in body for _to, _subject, body in back)
    version = perform(perform(version, "submit", by=luca), "publish", by=nora)
    assert "Luca <luca@example.com>" in [to for to, _subject, body in told() if "is published" in body]


def test_who_lost_sight_of_it_is_not_written_to(luca, nora, told) -> None:
    version = perform(make.make_draft(luca), "submit", by=luca)
    nora.groups.clear()

    assert version.state == "in_review" and told() == []
