"""kill -9 in the middle of a drain: every mail once, and the one in doubt flagged instead of repeated."""

import email
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from servicedesk.outbox.models import Dispatch
from tests import factories as make

from .mail_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 5


@pytest.fixture
def mails() -> None:
    """Something was reported for each of five people, who are to be told so."""
    luca = make.make_agent(make.make_queue(is_default=True))
    for _ in range(PEOPLE):
        make.report_incident(by=luca, title="The lift is stuck", requested_for=make.make_employee())


def drain_process(server: MailServer, *, minutes_later: int = 0) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            sys.executable, "-m", "tests.outbox.drainer", str(connection.settings_dict["NAME"]), str(server.port),
            str(minutes_later),
        ],
        cwd=ROOT,
    )  # fmt: skip


def kill_when_reached(server: MailServer) -> None:
    process = drain_process(server)
    try:
        assert server.reached.wait(60)
    finally:
        process.kill()
    assert process.wait(30) == -signal.SIGKILL


def finish(server: MailServer) -> None:
    """The next sender comes, when the lease of the dead one is over."""
    assert drain_process(server, minutes_later=6).wait(60) == 0


def states() -> Counter[str]:
    return Counter(Dispatch.objects.filter(kind="mail").values_list("state", flat=True))


def ids_of(*servers: MailServer) -> Counter[str]:
    return Counter(email.message_from_bytes(mail)["Message-ID"] for server in servers for mail in server.received)


@pytest.mark.usefixtures("mails")
def test_killed_while_a_mail_was_on_its_way_nothing_is_lost_and_nothing_repeated() -> None:
    with MailServer(mute_at="data", after=2) as first:
        kill_when_reached(first)
    with MailServer() as second:
        finish(second)

    assert states() == {"sent": PEOPLE - 1, "uncertain": 1}
    ids = ids_of(first, second)
    assert len(ids) == PEOPLE and set(ids.values()) == {1}


@pytest.mark.usefixtures("mails")
def test_killed_before_anything_went_out_the_mail_is_sent_by_the_next_one() -> None:
    with MailServer(mute_at="greeting", after=2) as first:
        kill_when_reached(first)
    with MailServer() as second:
        finish(second)

    assert states() == {"sent": PEOPLE}
    ids = ids_of(first, second)
    assert len(ids) == PEOPLE and set(ids.values()) == {1}


@pytest.mark.usefixtures("mails")
def test_a_server_that_hangs_up_after_the_text_leaves_a_doubt_and_no_second_mail() -> None:
    with MailServer(mute_at="data", drop=True, after=2) as first:
        assert drain_process(first).wait(60) == 0
    with MailServer() as second:
        finish(second)

    assert states() == {"sent": 2, "uncertain": PEOPLE - 2}
    assert set(ids_of(first, second).values()) == {1}


@pytest.mark.usefixtures("mails")
def test_a_server_that_is_away_costs_nothing_but_time() -> None:
    with MailServer(mute_at="greeting", drop=True) as away:
        assert drain_process(away).wait(60) == 0
    assert states() == {"pending": PEOPLE}
    with MailServer() as back:
        finish(back)

    assert states() == {"sent": PEOPLE} and len(ids_of(back)) == PEOPLE
