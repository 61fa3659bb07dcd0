"""What people write acts on no page of any face (SECURITY, rows 1 and 2): every text place, every address."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group

from directory.models import Department, Employee, Location
from incidents.models import Incident
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import Attachment, Category, Message, Proposal, Queue, Tag, Task, Ticket
from servicedesk.workflow import perform
from tests.portal.test_ticket_page import acting_parts, fetched_by_itself
from tests.routes.inventory import inventory
from tests.routes.world import World
from tests.ui.test_markdown import PAYLOADS

# Where one line fits, each of these in turn; where several do, all of PAYLOADS at once.
LINES = [
    '"><script>alert(1)</script>',
    "'><img src=//evil.example/x onerror=alert(1)>",
    '" onmouseover=alert(1) hx-get=/settings/ x="',
    "<div hx-post=/logout/ hx-trigger=load></div>",
    "</title></textarea></script><svg onload=alert(1)>",
    "[x](javascript:alert(1)) {{7*7}} {% debug %}",
]
READERS = ("working administrator", "requester")


def addresses(world: World) -> list[tuple[str, str]]:
    """(role, address) of every page that shows a reader something."""
    found = []
    for role in READERS:
        for route in inventory():
            is_page = not route.is_api and route.who != "picture"
            if "GET" in route.methods and is_page and world.may_enter(role, route, world.ticket) == "in":
                found += [
                    (role, address) for address in world.addresses(route, world.ticket) if "/files/" not in address
                ]
    return found


def write_everywhere(world: World, line: str, text: str) -> None:
    """Put ``line`` and ``text`` into every place that holds what people, the directory or machines wrote."""
    name = line[:60]
    Ticket.objects.update(title=line, description=text)
    Incident.objects.update(resolution_text=text)
    Message.objects.update(body=text)
    Proposal.objects.update(body=text)
    Task.objects.update(title=line)
    Attachment.objects.update(name=line)
    Employee.objects.filter(kind="employee").update(name=name, given_name=name, title=name, phone=name[:50])
    Department.objects.update(name=name)
    Location.objects.update(name=name, city=name)
    Queue.objects.filter(pk=world.queue.pk).update(name=name, description=line)
    Category.objects.update(name=name, path=name)
    Tag.objects.update(name=name[:40])
    Group.objects.filter(pk=world.people["agent"].groups.get().pk).update(name=name)
    Dispatch.objects.update(last_error=line)


def acting(world: World, role: str, address: str) -> set[tuple[str, str]]:
    answer = world.client(role).get(address, follow=True)
    if answer.streaming:  # a file: the browser keeps it and shows nothing of it
        assert "attachment" in answer["Content-Disposition"], address
        return set()
    soup = BeautifulSoup(answer.content, "html.parser")
    assert not [source for source in fetched_by_itself(soup) if "evil.example" in source], address
    return acting_parts(soup)


def test_nothing_that_is_written_acts_on_any_page(world: World) -> None:
    perform(world.ticket, "escalate", by=world.people["agent"], diagnosis="\n\n".join(LINES))
    perform(world.ticket, "return_down", by=world.people["engineer"], reason="\n\n".join(LINES))
    perform(world.ticket, "reply", by=world.people["requester"], body="<script>alert(1)</script>")
    write_everywhere(world, "plain", "plain")
    ours = {key: acting(world, *key) for key in addresses(world)}
    assert len(ours) > 80
    for line in LINES:
        write_everywhere(world, line, "\n\n".join(p.replace("\x00", "") for p in [*PAYLOADS, line]))
        foreign = {key: acting(world, *key) - parts for key, parts in ours.items()}
        assert {key: parts for key, parts in foreign.items() if parts} == {}, line


def test_no_page_needs_anything_inline(world: World) -> None:
    """The policy forbids it, so whatever is inline would be dead or, with a weaker policy, a way in."""
    for role, address in addresses(world):
        inline = acting(world, role, address) & {("script", "inline")}
        assert not inline, address


def test_every_page_carries_the_policy_and_is_taken_for_what_it_is(world: World, client) -> None:
    everything = [(None, "/login/"), (None, "/nothing/"), ("requester", "/api/v1/tickets/"), *addresses(world)]
    for role, address in everything:
        answer = (world.client(role) if role else client).get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in f"{policy};" and "unsafe" not in policy, address
        assert "default-src 'self'" in policy and "object-src 'none'" in policy and "base-uri 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
                                     b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>",
                                     b"GIF89a/*<script>alert(1)</script>*/"])  # fmt: skip
def test_every_address_that_gives_out_a_file_gives_a_download_only(world: World, content: bytes) -> None:
    for attachment in Attachment.objects.all():
        with open(attachment.file.path, "wb") as stored:
            stored.write(content)
    Attachment.objects.update(content_type="image/svg+xml", name="evil.svg")
    seen = 0
    for route in inventory():
        if "/files/" in route.pattern or "/attachments/<" in route.pattern:
            for address in world.addresses(route, world.ticket):
                answer = world.client("agent").get(address)
                if answer.status_code == 404:  # a note's file on the portal
                    continue
                assert answer.headers["Content-Type"] == "application/octet-stream"
                assert answer.headers["Content-Disposition"].startswith("attachment;")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                seen += 1
    assert seen >= 7
