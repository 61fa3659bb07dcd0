"""People who work the desk in a browser, on a live server over the product's own pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from directory.models import Employee
from servicedesk.workflow import carry_out, perform
from tests import factories as make

PASSWORD = "correct horse battery"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    """A desk with people in every role, and a ticket that has everything a ticket can have."""
    queue = make.make_queue("network", is_default=True)
    hardware = make.make_category("Hardware")
    make.make_category("Printers", parent=hardware, queue=queue)
    people = SimpleNamespace(
        alice=make.make_employee("alice", department=make.make_department(), location=make.make_location()),
        luca=make.make_technician(queue, "view_queue", "work_l1", "view_confidential", login="luca"),
        wei=make.make_agent(queue, 2, "wei"),
        tina=make.make_trainee(queue, "tina"),
        quinn=make.make_analyst(queue, "quinn"),
        mara=make.make_manager(queue, "mara"),
        cora=make.make_coordinator(queue, "cora"),
        ada=make.make_administrator("ada"),
    )
    make.make_photo(people.wei)
    busy = make.make_incident(queue, by=people.alice, title="The printer on floor 2 prints blank pages", impact="low")
    carry_out(busy, "reply", by=people.luca, details={"body": "Which lamp is **red**?"})
    carry_out(busy, "note", by=people.wei, details={"body": "Third case this week"})
    carry_out(busy, "add_task", by=people.luca, details={"title": "Order a drum"})
    carry_out(busy, "propose", by=people.tina, details={"kind": "reply", "body": "Have you changed the toner?"})
    carry_out(busy, "flag_major", by=people.cora, details={"major": True})
    other = make.make_incident(queue, by=people.alice, title="打印机卡纸 (paper jam)", impact="high", urgency="high")
    carry_out(busy, "link", by=people.luca, details={"other": other.number})
    secret = make.make_incident(queue, by=people.alice, title="A matter between two people", confidential=True)
    merged = make.make_incident(queue, by=people.alice, title="Blank pages again")
    other.refresh_from_db()
    perform(other, "start", by=people.luca)
    busy.refresh_from_db()
    perform(merged, "merge", by=people.luca, into=busy.number)
    tag = make.make_tag("toner")
    article = make.make_article(
        people.luca, make.make_publisher("nora"), title="Clear a paper jam", category=hardware.slug,
        summary="Open the doors in order.", body="## Steps\n\n1. Open door **A**\n2. Pull the paper",
        keywords="printer, jam",
    )  # fmt: skip
    carry_out(article, "rate", by=people.alice, details={"helpful": "no", "comment": "Where is door A?"})
    carry_out(busy, "link_article", by=people.luca, details={"article": article.number})
    revised = carry_out(article, "revise", by=people.wei).result
    perform(revised, "edit", by=people.wei, body="## Steps\n\n1. Open door **B**\n2. Pull the paper\n3. Close it")
    run = make.make_run(people.alice, people.wei, looked_by=people.ada)
    return SimpleNamespace(
        run=run,
        article=article,
        queue=queue,
        hardware=hardware,
        tag=tag,
        busy=busy,
        other=other,
        secret=secret,
        merged=merged,
        **vars(people),
    )


@dataclass
class Visitor:
    """One browser window of one person."""

    page: Any
    url: str

    def open(self, path: str, status: int = 200) -> Any:
        response = self.page.goto(self.url + path)
        assert response.status == status, (path, response.status)
        return self.page

    def sign_in(self, employee: Employee) -> "Visitor":
        """Over the login page, as everybody."""
        self.open("/login/")
        self.page.fill("[name=username]", employee.login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button.primary")
        self.page.wait_for_url(lambda address: "/login/" not in address)
        return self


@pytest.fixture
def visit(browser: Any, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """``visit(employee, **context options)``: a window of their own, signed in, whose console must stay silent."""
    contexts, complaints = [], []

    def hear(message: Any) -> None:
        # A refused request is a fault to the browser, and the point of some tests.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def opened(employee: Employee | None = None, **options: Any) -> Visitor:
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        visitor = Visitor(page, live_server.url)
        return visitor.sign_in(employee) if employee is not None else visitor

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
