"""A company in which people join, move and leave, and cases brought to any state by the machine."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from assets.models import Asset
from directory.models import Employee
from incidents.models import Incident
from onboarding.models import CaseTemplate, OnboardingCase
from onboarding.opening import open_case
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval
from servicedesk.workflow import perform
from tests import factories as make
from tests.assets import making as assets


def make_world() -> SimpleNamespace:
    hr, it = make.make_queue("hr", tiers=2), make.make_queue("it", is_default=True)
    boss = make.make_employee("boss")
    world = SimpleNamespace(
        hr=hr, it=it, boss=boss,
        runner=make.make_runner(hr, "olga"),
        colleague=make.make_technician(hr, "view_queue", "work_l1", login="hans"),
        confidant=make.make_technician(hr, "view_queue", "work_l1", "view_confidential", login="hana"),
        newbie=make.make_employee("nina", manager=boss),
        leaver=make.make_technician(it, "view_queue", "work_l1", login="leo", manager=boss),
        keepers=(assets.make_keeper("kim"), assets.make_keeper("kai")),
    )  # fmt: skip
    for case_type in ("joiner", "mover", "leaver"):
        template = CaseTemplate.objects.create(name=case_type, slug=case_type, case_type=case_type, queue=hr)
        template.tasks.create(position=1, title=f"Early task of a {case_type}", queue=it, offset=-2)
        template.tasks.create(position=2, title=f"Late task of a {case_type}", queue=hr, offset=3)
    return world


def make_case(world: SimpleNamespace, case_type: str = "joiner", state: str = "", **details: Any) -> OnboardingCase:
    """A case in ``state`` (its first one when not said)."""
    subject = world.leaver if case_type == "leaver" else world.newbie
    details = {"subject": subject.login, "on": now().date().isoformat(), **details}
    case = open_case(by=world.runner, case_type=case_type, **details)
    for step in _LEAVING if case_type == "leaver" else _JOINING:
        if not state or case.state == state:
            return case
        case = step(world, case)
    assert case.state == state, case.state
    return case


def approve(world: SimpleNamespace, case: OnboardingCase) -> OnboardingCase:
    approval = Approval.objects.get(ticket=case, approver=world.boss, state="asked")
    perform(case, "decide", by=world.boss, approval=str(approval.uuid), verdict="approved")
    return OnboardingCase.objects.get(pk=case.pk)


def do(move: str, **details: Any) -> Any:
    return lambda world, case: perform(case, move, by=world.runner, **details)


def finish_tasks(case: OnboardingCase, by: Employee, *, early: bool = False) -> OnboardingCase:
    open_ones = case.tasks.filter(state="open")
    for task in open_ones.filter(title__startswith="Early") if early else open_ones:
        perform(case, "skip_task", by=by, task=str(task.uuid), reason="Done elsewhere")
    return OnboardingCase.objects.get(pk=case.pk)


def make_ready(world: SimpleNamespace, case: OnboardingCase) -> OnboardingCase:
    finish_tasks(case, world.colleague, early=True)
    return perform(OnboardingCase.objects.get(pk=case.pk), "make_ready", by=world.runner)


def schedule(world: SimpleNamespace, case: OnboardingCase) -> OnboardingCase:
    return perform(case, "schedule", by=world.runner, revoke_at=(now() + timedelta(days=1)).isoformat())


def verify(world: SimpleNamespace, case: OnboardingCase) -> OnboardingCase:
    return perform(finish_tasks(case, world.confidant), "verify", by=world.runner)


_JOINING = (approve, do("prepare"), make_ready, do("start"), verify, do("close"))
_LEAVING = (schedule, do("revoke"), do("recover"), verify, do("close"))


def give_asset(world: SimpleNamespace, person: Employee) -> Asset:
    """Something that ``person`` signed for."""
    one, other = world.keepers
    return assets.bring(assets.make_asset(one), "in_use", keeper=one, holder=person, second=other)


def give_ticket(world: SimpleNamespace, person: Employee) -> Incident:
    """An open incident that ``person`` works on."""
    incident = make.make_incident(world.it)
    return perform(incident, "assign", by=person, assignee=person.login)
