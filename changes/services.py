"""Planning a change, and what the clock does to changes."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from assets.models import Asset
from directory.models import Employee
from directory.services import system_employee
from servicedesk.audit.origin import current_channel
from servicedesk.common.errors import DomainError, WrongState
from servicedesk.common.time import now as present
from servicedesk.tickets.access import Access
from servicedesk.tickets.models import ApprovalRule, Category, Queue
from servicedesk.tickets.states import Channel, Level, priority_of
from servicedesk.workflow import Decision, create, perform

from . import conflicts
from .models import AuthorisationPath, ChangeRequest, ChangeTemplate, ChangeType, Path


def plan_change(*, by: Employee, **details: Any) -> ChangeRequest:
    """A new change in draft. Raises ``NotPermitted``, or ``InvalidPayload`` with a sentence at each field."""
    made: ChangeRequest = create(ChangeRequest, by=by, details=details).record
    return made


def may_plan(employee: Employee) -> Decision:
    access = Access.read(employee)
    if access.active and access.is_technician:
        return Decision(True)
    return Decision(False, _("Changes are planned by technicians. Report what you need instead."), "right")


def build_change(
    *, by: Employee, now: datetime, change_type: str, title: str, queue: Queue, template: ChangeTemplate | None = None,
    description: str = "", category: Category | None = None, impact: str = "", urgency: str = "",
    confidential: bool = False, assets: list[Asset] | None = None, **plan: Any,
) -> ChangeRequest:  # fmt: skip
    """The unsaved change of a clean form; ``plan`` are the fields of ``effects.PLAN``. Assets are linked afterwards."""
    impact, urgency = impact or Level.MEDIUM, urgency or Level.MEDIUM
    name = current_channel()
    return ChangeRequest(
        kind=ChangeRequest.KIND, state="draft", change_type=change_type, template=template, title=title,
        description=description, category=category, queue=queue, requester=by, requested_for=by,
        department_id=by.department_id, location_id=by.location_id, impact=impact, urgency=urgency,
        priority=priority_of(impact, urgency), confidential=confidential, opened_at=now, updated_at=now,
        channel=name if name in Channel.values else Channel.PORTAL, **plan,
    )  # fmt: skip


def rule_for(change: ChangeRequest) -> ApprovalRule:
    """Who authorises ``change``: by its risk, or as an emergency. Raises ``WrongState`` when nobody is named."""
    wanted = Path.EMERGENCY if change.change_type == ChangeType.EMERGENCY else change.risk_level
    path = AuthorisationPath.objects.filter(path=wanted).select_related("rule").first()
    if path is None:
        raise WrongState(_("Nobody is named yet who authorises changes: see “Changes” in the settings."))
    return path.rule


def content_of(change: ChangeRequest) -> dict[str, Any]:
    """What approvers of a change agree to."""
    start, end = change.planned_start, change.planned_end
    return {
        "title": change.title, "description": change.description, "type": change.change_type,
        "start": start.isoformat() if start else None, "end": end.isoformat() if end else None,
        "implementer": change.implementer_id, "outage": change.outage, "plan": change.plan,
        "back_out": change.back_out, "test_plan": change.test_plan, "assets": conflicts.asset_keys(change),
        "risk": change.risk_level, "answers": change.risk_answers, "assessment": change.assessment,
    }  # fmt: skip


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """Say once that the review of an emergency is overdue. Safe to repeat and to run twice at once."""
    now = now or present()
    clock = system_employee("clock")
    said = 0
    late = ChangeRequest.objects.filter(state="review", review_due_at__lte=now, review_missed_at=None)
    for change in late.order_by("pk").iterator(chunk_size=200):
        try:
            perform(change, "miss_review", by=clock)
            said += 1
        except DomainError:
            continue  # reviewed meanwhile, or said by another
    return {"miss_review": said}
