"""Who sees which version: the law of the read rule, and an article outside one's audience leaves no trace."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
import time_machine
from django.test import Client

from directory.models import Employee
from kb.models import ArticleVersion
from kb.services import sweep
from kb.states import Audience
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.workflow import carry_out, machine_of, perform
from tests import factories as make

WORDS = ("zanzibar-title", "zanzibar-summary", "zanzibar-body", "zanzibar-key", "zanzibar-comment")


@pytest.fixture
def people(network: Queue, luca: Employee, nora: Employee, alice: Employee) -> dict[str, Employee]:
    hr = make.make_queue("hr")
    staff = make.make_group("staff")
    return {
        "writer": make.make_agent(hr, 1, "hana"),
        "colleague": make.make_agent(hr, 1, "hugo"),
        "trainee": make.make_trainee(hr, "hilde"),
        "analyst": make.make_analyst(hr, "quinn"),
        "member": make.make_employee("mona", groups=(staff,)),
        "publisher": nora,
        "technician elsewhere": luca,
        "administrator": make.make_administrator("adam"),
        "employee": alice,
        "gone": make.make_agent(hr, 1, "gone", ),
    }  # fmt: skip


def article_with(people: dict[str, Employee], state: str, **details: str | list[str]) -> ArticleVersion:
    """A version in ``state``, written by the writer."""
    writer, publisher = people["writer"], people["publisher"]
    version = make.make_draft(
        writer, title="A zanzibar-title", summary="zanzibar-summary", body="zanzibar-body", keywords="zanzibar-key",
        **details,
    )  # fmt: skip
    if state == "draft":
        return version
    version = perform(version, "submit", by=writer)
    if state == "in_review":
        return version
    version = perform(version, "publish", by=publisher)
    carry_out(version, "rate", by=writer, details={"helpful": "no", "comment": "zanzibar-comment"})
    if state == "archived":
        return perform(version, "archive", by=publisher, reason="zanzibar-reason")
    if state == "review_due":
        ArticleVersion.objects.filter(pk=version.pk).update(review_by="2020-01-01")
        sweep()
    return ArticleVersion.objects.get(pk=version.pk)


def audiences() -> dict[str, dict]:
    return {
        Audience.EVERYBODY: {}, Audience.TECHNICIANS: {},
        Audience.QUEUE: {"queue": "hr"}, Audience.GROUPS: {"groups": ["staff"]},
    }  # fmt: skip


def test_the_read_rule_is_the_same_in_the_database_and_in_the_snapshot(people: dict[str, Employee]) -> None:
    people["gone"].is_active = False
    people["gone"].save()
    machine = machine_of(ArticleVersion)
    seen = {}
    states = ("draft", "in_review", "published", "review_due", "archived")
    for state, (audience, more), readers in product(states, audiences().items(), ("technicians", "writers")):
        version = article_with(people, state, audience=audience, draft_readers=readers, **more)
        for role, person in people.items():
            by_rule = ArticleVersion.objects.visible_to(person).filter(pk=version.pk).exists()
            assert by_rule == machine.facts(version, person).visible, (role, state, audience, readers)
            seen[state, audience, readers, role] = by_rule

    assert not any(found for key, found in seen.items() if key[3] == "gone")
    assert all(found for key, found in seen.items() if key[3] in ("writer", "publisher"))
    assert seen["published", "queue", "technicians", "trainee"] and seen["published", "queue", "technicians", "analyst"]
    assert not seen["draft", "queue", "technicians", "trainee"] and seen["draft", "queue", "technicians", "colleague"]
    assert not seen["draft", "queue", "writers", "colleague"] and not seen["archived", "queue", "writers", "colleague"]
    assert seen["published", "groups", "technicians", "member"] and not seen["draft", "groups", "technicians", "member"]
    assert not any(seen["published", "technicians", "technicians", role] for role in ("employee", "administrator"))


def test_each_article_is_led_by_one_version_that_its_reader_sees(people: dict[str, Employee]) -> None:
    live = article_with(people, "published", audience="queue", queue="hr")
    draft = carry_out(live, "revise", by=people["writer"]).result
    perform(draft, "edit", by=people["writer"], audience="everybody")
    gone = article_with(people, "archived")

    def led(role: str) -> dict[str, int]:
        found = ArticleVersion.objects.visible_to(people[role]).leading(people[role])
        return {version.number: version.ordinal for version in found}

    assert led("colleague") == {live.number: 1, gone.number: 1}
    assert led("technician elsewhere") == {live.number: 2, gone.number: 1}
    assert led("employee") == {}


def looks(ticket: Ticket) -> Iterator[str]:
    """Every address that could show a trace, with the ways to search, filter and count there."""
    yield from ("/", "/kb/", "/kb/?q=zanzibar", "/kb/?q=zanzibar-body", "/kb/?category=secret", "/kb/?category=top",
                "/desk/kb/", "/desk/kb/?q=zanzibar", "/desk/kb/?category=secret", "/desk/kb/?state=mine",
                "/report/", "/report/?article=KB-000001", "/desk/kb/new/")  # fmt: skip
    yield from (f"/desk/kb/?state={state}" for state in ("draft", "in_review", "published", "review_due", "archived"))
    yield from (f"/tickets/{ticket.number}/", f"/desk/tickets/{ticket.number}/", "/desk/", "/desk/?q=zanzibar")
    yield from ("/api/v1/articles/", "/api/v1/articles/?limit=100&ordering=-updated_at",
                '/api/v1/articles/?q=text ~ "zanzibar"', '/api/v1/articles/?q=state = "published"',
                '/api/v1/articles/?q=queue = "hr"', f"/api/v1/incidents/{ticket.number}/events/",
                f"/api/v1/incidents/{ticket.number}/")  # fmt: skip


def plain(content: bytes) -> str:
    text = content.decode(errors="replace")
    return re.sub(r'(name="(?:csrfmiddlewaretoken|csrf-token)" (?:value|content)=")[^"]+', r"\1", text)


def read(client: Client, address: str) -> tuple[int, str]:
    answer = client.get(address)
    return answer.status_code, plain(answer.content)


HIDDEN = {
    "for another desk": ("published", {"audience": "queue", "queue": "hr"}),
    "for a group": ("published", {"audience": "groups", "groups": ["staff"]}),
    "another desk's draft": ("draft", {"audience": "queue", "queue": "hr"}),
    "a confidential draft": ("in_review", {"draft_readers": "writers"}),
    "another desk's archive": ("archived", {"audience": "queue", "queue": "hr"}),
    "due at another desk": ("review_due", {"audience": "queue", "queue": "hr"}),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_pages_and_answers_read_as_if_the_hidden_article_were_not_there(people, network, name: str) -> None:
    state, details = HIDDEN[name]
    top = make.make_category("Top", queue=network)
    type(top).objects.filter(pk=top.pk).update(slug="top")
    secret = make.make_category("Secret", parent=top)
    type(secret).objects.filter(pk=secret.pk).update(slug="secret")
    secret.refresh_from_db()
    ticket = make.make_incident(network, by=people["employee"], category=secret)
    handler = make.make_technician(network, "view_queue", "work_l1", login="handler")
    handler.groups.add(*people["writer"].groups.all(), *people["member"].groups.all())
    outside = ("technician elsewhere", "employee", "administrator")
    clients = {role: Client() for role in outside}
    with time_machine.travel("2026-11-22 09:00:00+00:00", tick=False):
        for role, client in clients.items():
            client.force_login(people[role])
        before = {(role, look): read(clients[role], look) for role in outside for look in looks(ticket)}
        version = article_with(people, state, category="secret", **details)
        differing = [key for key in before if read(clients[key[0]], key[1]) != before[key]]
        assert differing == []
        if state in ("published", "review_due"):
            carry_out(ticket, "link_article", by=handler, details={"article": version.number})
    for role in outside:
        for look in looks(ticket):
            text = read(clients[role], look)[1]
            found = [word for word in (*WORDS, version.number) if word in text]
            assert not found or (found == [version.number] and look == "/report/?article=KB-000001"), (role, look)


@pytest.mark.parametrize("name", HIDDEN)
def test_every_address_of_a_hidden_article_does_not_exist(people, name: str) -> None:
    state, details = HIDDEN[name]
    version = article_with(people, state, **details)
    number, tried = version.number, 0
    for role in ("technician elsewhere", "employee"):
        client = Client()
        client.force_login(people[role])
        desk = 404 if role == "technician elsewhere" else 403
        for address in (f"/desk/kb/{number}/", f"/desk/kb/{number}/?n=1", f"/desk/kb/{number}/edit/",
                        f"/desk/kb/{number}/revise/?n=1"):  # fmt: skip
            assert client.get(address).status_code == desk, address
            assert client.post(address, {"version": version.version}).status_code in (desk, 405), address
        assert client.get(f"/kb/{number}/").status_code == 404
        assert client.post(f"/kb/{number}/feedback/", {"helpful": "yes"}).status_code == 404
        for tail in ("", "transitions/", "actions/", "events/", "versions/", "versions/1/"):
            assert client.get(f"/api/v1/articles/{number}/{tail}").status_code == 404, tail
        for tail in ("transitions/submit/", "transitions/archive/", "actions/rate/", "actions/revise/"):
            answer = client.post(
                f"/api/v1/articles/{number}/{tail}", {}, content_type="application/json", headers={"If-Match": '"1"'}
            )
            assert answer.status_code == 404, tail
            tried += 1
        answer = client.patch(
            f"/api/v1/articles/{number}/", {"title": "x"}, content_type="application/json", headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 404
    assert tried == 8


def test_the_comparison_notices_an_article_that_may_be_seen(people, network) -> None:
    """The same look by somebody of the audience does change: so equal pages mean something."""
    client = Client()
    client.force_login(people["colleague"])
    lookes = ("/kb/", "/kb/?q=zanzibar", "/desk/kb/", "/desk/kb/?state=published", "/api/v1/articles/")
    before = {look: read(client, look) for look in lookes}
    article_with(people, "published", audience="queue", queue="hr")

    assert all(read(client, look) != page for look, page in before.items())


def test_a_reader_of_the_published_text_learns_nothing_of_the_next_one(people) -> None:
    live = make.make_article(people["writer"], people["publisher"], title="In the open")
    draft = carry_out(live, "revise", by=people["writer"]).result
    perform(draft, "edit", by=people["writer"], title="A zanzibar-title", body="zanzibar-body")
    for role in ("employee", "trainee", "analyst"):
        client = Client()
        client.force_login(people[role])
        api = f"/api/v1/articles/{live.number}/"
        desk = f"/desk/kb/{live.number}/"
        for look in (
            "/kb/", f"/kb/{live.number}/", "/kb/?q=zanzibar", "/desk/kb/", desk, f"{desk}?n=2", f"{desk}?n=1&with=2",
            "/api/v1/articles/", api, f"{api}versions/", f"{api}versions/2/", f"{api}events/",
        ):  # fmt: skip
            text = read(client, look)[1]
            assert "zanzibar" not in text.replace('value="zanzibar"', "").replace("“zanzibar”", ""), (role, look)
            assert "article.edited" not in text and "writes version 2" not in text, (role, look)
