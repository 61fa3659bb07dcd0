"""A confidential ticket is absent everywhere but for the few who may read it (SECURITY, row 10).

Two proofs: no word of it on any page of anybody else; and every page, list, count and search reads
to the byte as it did before the ticket was there.
"""

import email
import email.policy
import email.utils
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage

from servicedesk.console.changes.calendar import SHAPES
from servicedesk.console.changes.listing import VIEWS as CHANGE_VIEWS
from servicedesk.console.onboarding.listing import VIEWS as CASE_VIEWS
from servicedesk.console.problems import VIEWS
from servicedesk.console.queue import CHIPS, SORTS
from servicedesk.outbox.services import drain
from servicedesk.portal.views.lists import SHOWS
from servicedesk.workflow import perform

from .inventory import inventory
from .world import DECIDES, FOR_ITS_REQUESTER, FOR_THE_DESK, SECRET_WORDS, World

NOT_TIED = ("stranger", "stranger at a desk", "agent", "analyst", "working administrator")
TIED = ("watcher", "concerned", "assignee of the secret", *DECIDES)
SEARCHES = ("matter", "printer")


def looks(world: World) -> Iterator[str]:
    """Every address that names no single record, with the ways to search, filter and sort there."""
    for route in inventory():
        if "GET" in route.methods and "<" not in route.pattern and route.pattern != "logout/":
            yield from world.addresses(route, world.ticket)
    for word in SEARCHES:
        yield from (f"/desk/?q={word}", f"/desk/?view=done&q={word}", f"/tickets/?q={word}",
                    f"/tickets/?show=all&q={word}", f"/admin/tickets/ticket/?q={word}",
                    f"/admin/incidents/incident/?q={word}", f'/api/v1/tickets/?q=title ~ "{word}"',
                    f'/api/v1/incidents/?q=description ~ "{word}"', f'/api/v1/problems/?q=title ~ "{word}"',
                    f'/api/v1/requests/?q=title ~ "{word}"', f'/api/v1/changes/?q=title ~ "{word}"',
                    f'/api/v1/onboarding-cases/?q=title ~ "{word}"')  # fmt: skip
    yield from (f"/desk/problems/?view={view}" for view in VIEWS)
    yield from (f"/desk/changes/?view={view}" for view in CHANGE_VIEWS)
    yield from (f"/desk/onboarding/?view={view}" for view in CASE_VIEWS)
    yield from (f"/desk/changes/calendar/?shape={shape}" for shape in SHAPES)
    yield f"/desk/assets/{world.asset.number}/"
    yield from (f"/desk/?view={chip.key}" for chip in CHIPS)
    yield from (f"/desk/?sort={sort}&queue={world.queue.slug}" for sort in SORTS)
    yield from (f"/tickets/?show={show}" for show in SHOWS)
    yield from (
        f"/api/v1/tickets/?q={query}" for query in ("confidential = True", 'tags = "printer"', "is_open = True")
    )
    yield from ("/api/v1/tickets/?ordering=-updated_at&limit=100", "/admin/audit/event/?q=incident.created",
                "/admin/tickets/ticket/?kind__exact=incident", "/report/people/?requested_for=zo")  # fmt: skip
    for person in ("requester", "requester of the secret", "concerned", "assignee of the secret"):
        yield f"/desk/people/{world.people[person].login}/"
    for slug in (world.queue.slug, world.elsewhere.slug):
        yield from (f"/settings/queues/{slug}/", f"/api/v1/queues/{slug}/")
    yield f"/admin/tickets/queue/{world.queue.pk}/change/"
    yield f"/admin/directory/employee/{world.people['requester of the secret'].pk}/change/"


def details(world: World) -> Iterator[str]:
    """Every address of the ordinary ticket, which is linked to the secret one."""
    for route in inventory():
        if "GET" in route.methods and route.who.endswith("ticket"):
            yield from world.addresses(route, world.ticket)


def plain(content: bytes) -> str:
    """The page without what differs each time it is made."""
    text = content.decode(errors="replace")
    return re.sub(r'(name="(?:csrfmiddlewaretoken|csrf-token)" (?:value|content)=")[^"]+', r"\1", text)


def read(world: World, role: str, address: str) -> tuple[int, str]:
    answer = world.client(role).get(address)
    return answer.status_code, plain(answer.getvalue() if answer.streaming else answer.content)


@pytest.mark.parametrize("role", [*NOT_TIED, *TIED])
def test_pages_read_as_if_the_secret_were_not_there(world: World, role: str) -> None:
    with time_machine.travel("2026-11-22 09:00:00+00:00", tick=False):
        before = {address: read(world, role, address) for address in looks(world)}
        world.add_secret()
        differing = [address for address, page in before.items() if read(world, role, address) != page]

        assert len(before) > 150
        assert differing == []


def test_the_comparison_notices_a_ticket_that_may_be_seen(world: World) -> None:
    """The same look by somebody who may read the ticket does change: so equal pages mean something."""
    with time_machine.travel("2026-11-22 09:00:00+00:00", tick=False):
        looked_at = ("/desk/", "/desk/?q=matter", "/api/v1/tickets/", "/api/v1/incidents/?q=confidential = True")
        before = {address: read(world, "handler", address) for address in looked_at}
        world.add_secret()

        assert all(read(world, "handler", address) != page for address, page in before.items())


def test_no_word_of_the_secret_reaches_those_who_see_what_it_is_linked_to(world: World) -> None:
    secret = world.add_secret()
    perform(world.ticket, "link", by=world.people["handler"], other=secret.number)
    perform(secret, "link", by=world.people["handler"], other=world.ticket.number)
    cause, wanted = world.secrets["problem"].number, world.secrets["request"].number
    perform(world.ticket, "link", by=world.people["handler"], other=cause, kind="caused_by")
    for other in world.others.values():
        perform(other, "link", by=world.people["handler"], other=wanted)
    forbidden = (*SECRET_WORDS, *(one.number for one in world.secrets.values()))
    found = []
    for role in ("watcher", "concerned", "requester", "agent", "manager", "analyst", "working administrator"):
        for address in details(world):
            _status, text = read(world, role, address)
            found += [(role, address, word) for word in forbidden if word in text]

    assert found == []


def test_every_address_of_the_secret_is_hidden_from_everybody_else(world: World) -> None:
    """Followed, concerned or assigned: none of it gives sight of a confidential ticket."""
    secret = world.add_secret()
    open_doors = []
    for role in (*NOT_TIED, *TIED, "requester"):
        for route in inventory():
            if not route.who.endswith("ticket") or "GET" not in route.methods:
                continue
            expected = world.may_enter(role, route, secret)
            assert expected != "in"
            for address in world.addresses(route, secret):
                status, text = read(world, role, address)
                if status not in {"hidden": (404,), "forbidden": (403,), "sent home": (302,)}[expected]:
                    open_doors.append((role, address, status))
                assert not any(word in text for word in SECRET_WORDS)

    assert open_doors == []


def test_its_requester_reads_it_but_nothing_that_the_desk_wrote_for_itself(world: World) -> None:
    secret = world.add_secret()
    seen = ""
    for route in inventory():
        if world.may_enter("requester of the secret", route, secret) == "in" and "GET" in route.methods:
            for ticket in (secret, world.secrets["request"]):
                for address in world.addresses(route, ticket):
                    seen += read(world, "requester of the secret", address)[1]

    assert set(FOR_ITS_REQUESTER) <= {word for word in SECRET_WORDS if word in seen}
    assert not any(word in seen for word in FOR_THE_DESK)


def test_mail_tells_of_it_only_those_who_may_read_it(world: World) -> None:
    """Whoever follows it, is concerned by it, works on it or decided on it gets no word of it, nor a number."""
    drain()
    mail.outbox.clear()
    world.add_secret()
    drain()

    words = (*SECRET_WORDS, *(one.number for one in world.secrets.values()))
    sent = [(role_of(world, message), as_sent(message)) for message in mail.outbox]
    told = {role for role, text in sent if any(word in text for word in words)}
    assert {"requester of the secret", "runner"} <= told
    assert told <= {"requester of the secret", "handler", "runner"}
    assert not any(word in text for role, text in sent if role == "requester of the secret" for word in FOR_THE_DESK)


def role_of(world: World, message: EmailMessage) -> str:
    """Whom it goes to: one person each."""
    ((_name, address),) = email.utils.getaddresses(message.recipients())
    return next(role for role, person in world.people.items() if person.email == address)


def as_sent(message: EmailMessage) -> str:
    """The whole message with its parts decoded."""
    parsed = email.message_from_bytes(message.message().as_bytes(), policy=email.policy.default)
    parts = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(parsed["Subject"]), *parts])


def test_a_jump_to_its_number_leads_nowhere(world: World) -> None:
    secret = world.add_secret()
    for role in (*NOT_TIED, *TIED):
        for address in (f"/desk/?q={secret.number}", f"/tickets/?q={secret.number}", f"/tickets/?q={secret.pk}"):
            answer = world.client(role).get(address)
            assert answer.status_code in (200, 403), (role, address)


def test_nobody_can_name_it_in_a_form(world: World) -> None:
    """Row 7: a hidden ticket as the other end of a link, a merge or a duplicate is refused as if it did not exist."""
    secret = world.add_secret()
    client, address = world.client("agent"), f"/desk/tickets/{world.ticket.number}"
    for action, field in (("link", "other"), ("merge", "into"), ("cancel", "duplicate_of"), ("unlink", "other")):
        for number in (secret.number, "INC-999999"):
            answer = client.post(
                f"{address}/{action}/", {"version": world.ticket.version, field: number, "reason": "duplicate"}
            )
            assert answer.status_code == 422
            assert "There is no such ticket, or you may not see it." in answer.content.decode(), action
            by_api = client.post(
                f"/api/v1/incidents/{world.ticket.number}/{'actions' if 'link' in action else 'transitions'}/{action}/",
                {field: number, **({"reason": "duplicate"} if action == "cancel" else {})},
                content_type="application/json", headers={"If-Match": f'"{world.ticket.version}"'},
            )  # fmt: skip
            assert by_api.json()["errors"][field] == ["There is no such ticket, or you may not see it."]


def test_what_a_trainee_proposed_is_not_read_by_a_follower_who_works_at_another_desk(world: World) -> None:
    """It waits for a colleague's release, and the workspace opens to whoever has some desk."""
    world.ticket.watches.create(employee=world.people["stranger at a desk"])
    address = f"/desk/tickets/{world.ticket.number}/"

    by_colleague, by_stranger = (read(world, role, address) for role in ("agent", "stranger at a desk"))

    assert (by_colleague[0], by_stranger[0]) == (200, 200)
    assert "plain-proposal" in by_colleague[1]
    assert "plain-proposal" not in by_stranger[1] and "plain-note" not in by_stranger[1]
