"""A desk that plans changes: people, an asset, who authorises, and changes brought to any state by the machine."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from assets.models import Asset
from changes.models import AuthorisationPath, ChangeRequest, ChangeTemplate, RiskQuestion
from changes.services import plan_change
from directory.models import Employee
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval
from servicedesk.workflow import perform
from tests import factories as make
from tests.assets.making import make_asset, make_keeper


def make_world(*, quorum: int = 1) -> SimpleNamespace:
    """One queue with an author, an implementer, a peer, a change manager, and two on the board (CAB, ECAB)."""
    queue = make.make_queue("network", tiers=3, is_default=True)
    board = make.make_group("change advisory board")
    world = SimpleNamespace(
        queue=queue,
        author=make.make_technician(queue, "view_queue", "work_l2", login="author"),
        maker=make.make_technician(queue, "view_queue", "work_l2", login="maker"),
        peer=make.make_technician(queue, "view_queue", "work_l1", login="peer"),
        manager=make.make_change_manager(queue, login="chief"),
        cab=[make.make_employee(f"cab{n}", groups=(board,)) for n in (1, 2)],
        keeper=make_keeper("keeper"),
    )
    world.switch, world.server = make_asset(world.keeper, tag="SW-1"), make_asset(world.keeper, tag="SRV-1")
    world.rule = make.make_approval_rule(("group", board, quorum))
    for path, points in (("low", 0), ("high", 5), ("emergency", 0)):
        AuthorisationPath.objects.create(path=path, from_points=points, rule=world.rule)
    question = RiskQuestion.objects.create(slug="users", text="How many people would notice?")
    for slug, points in (("few", 0), ("many", 5)):
        question.choices.create(slug=slug, label=slug.title(), points=points, position=points)
    world.template = ChangeTemplate.objects.create(
        name="Restart the proxy", slug="restart-proxy", queue=queue, plan="Restart it.", outage="Two minutes",
        back_out="Start the old one.",
    )  # fmt: skip
    world.template.tasks.create(position=1, title="Tell the desk", queue=queue)
    return world


def plan_of(world: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    """The details of a complete plan whose window is open now."""
    at = now()
    details = {
        "change_type": "normal", "title": "New firmware for the core switch", "queue": world.queue.slug,
        "assets": world.switch.number, "planned_start": (at - timedelta(minutes=5)).isoformat(),
        "planned_end": (at + timedelta(hours=2)).isoformat(), "implementer": world.maker.login,
        "outage": "Ten minutes in the whole building", "plan": "Load it. Restart.", "back_out": "Load the old one.",
    }  # fmt: skip
    return {name: value for name, value in {**details, **changes}.items() if value is not None}


def make_change(world: SimpleNamespace, state: str = "draft", **changes: Any) -> ChangeRequest:
    """A change by ``world.author`` in ``state``."""
    change = plan_change(by=world.author, **plan_of(world, **changes))
    for step in _WAY[change.change_type]:
        if change.state == state:
            return change
        change = step(world, change)
    assert change.state == state, change.state
    return change


def submit(world: SimpleNamespace, change: ChangeRequest) -> ChangeRequest:
    return perform(change, "submit", by=world.author)


def assess(world: SimpleNamespace, change: ChangeRequest) -> ChangeRequest:
    answers = {"users": "few"}
    return perform(change, "assess", by=world.peer, risk_answers=answers, assessment="Nobody will notice.")


def approve(change: ChangeRequest, by: Employee, verdict: str = "approved", comment: str = "") -> ChangeRequest:
    approval = Approval.objects.get(ticket=change, approver=by, state="asked")
    done = perform(change, "decide", by=by, approval=str(approval.uuid), verdict=verdict, comment=comment)
    return ChangeRequest.objects.get(pk=done.pk)


def authorise(world: SimpleNamespace, change: ChangeRequest) -> ChangeRequest:
    for person in world.cab:
        if change.state == "authorisation":
            change = approve(change, person)
    return change


def implement(world: SimpleNamespace, change: ChangeRequest) -> ChangeRequest:
    return perform(change, "implement", by=world.maker)


def complete(world: SimpleNamespace, change: ChangeRequest) -> ChangeRequest:
    for task in change.tasks.filter(state="open"):
        change = perform(change, "complete_task", by=world.maker, task=str(task.uuid))
    return perform(change, "complete", by=world.maker, result="successful", text="It runs.")


def review(world: SimpleNamespace, change: ChangeRequest) -> ChangeRequest:
    return perform(change, "review", by=world.manager, text="As planned.")


_WAY: dict[str, tuple[Any, ...]] = {
    "normal": (submit, assess, authorise, implement, complete, review),
    "emergency": (submit, authorise, implement, complete, review),
    "standard": (submit, implement, complete, review),
}


def affects(change: ChangeRequest) -> list[Asset]:
    return [link.asset for link in change.asset_links.select_related("asset").order_by("asset_id")]
