"""Opening cases: the form of HR's page, what a new case is, and the news of the directory."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django import forms
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee, SyncRun
from directory.news import News
from directory.services import system_employee
from servicedesk.audit.origin import current_channel
from servicedesk.calendars.working_days import shift_working_days
from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.common.time import now as present
from servicedesk.tickets.fields import EmployeeField
from servicedesk.tickets.models import ApprovalRule, ApprovalStep, Queue
from servicedesk.tickets.people import readers_of_confidential
from servicedesk.tickets.registers.rights import holds
from servicedesk.tickets.states import Channel, Level, priority_of
from servicedesk.workflow import Decision, create
from servicedesk.workflow.payload import PayloadForm, TextField

from .models import CaseTemplate, OnboardingCase
from .roles import RUN
from .types import FIRST_STATES, CaseType

log = structlog.get_logger(__name__)
AUTOMATON = "onboarding"
RULE = "onboarding-line-manager"
# More joining or moving in one run than this is an import or a reorganisation, not that many beginnings.
MOST_AT_ONCE = 100
# What of a person must change for a move.
MOVES = frozenset({"department", "location"})
_TITLES = {
    CaseType.JOINER: gettext_lazy("%(name)s joins"), CaseType.MOVER: gettext_lazy("%(name)s moves"),
    CaseType.LEAVER: gettext_lazy("%(name)s leaves"),
}  # fmt: skip


class CaseForm(PayloadForm):
    """A new case, by somebody who runs cases."""

    unlogged = ("note",)

    case_type = forms.ChoiceField(label=gettext_lazy("What happens"), choices=CaseType.choices)
    subject = EmployeeField(Employee.objects.people(), label=gettext_lazy("Who"))
    on = forms.DateField(
        label=gettext_lazy("First or last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The first day of who joins or moves, the last one of who leaves."),
    )  # fmt: skip
    note = TextField(label=gettext_lazy("What should the teams know?"), required=False, rows=4)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        subject, case_type = cleaned.get("subject"), cleaned.get("case_type")
        if subject is None or case_type is None:
            return cleaned
        if OnboardingCase.objects.filter(running=f"{case_type}:{subject.pk}").exists():
            self.add_error("subject", already_running(subject))
        if case_type != CaseType.LEAVER and not subject.is_active:
            self.add_error("subject", _("%(name)s is not active here: they can only leave.") % {"name": subject.name})
        if case_type == CaseType.LEAVER and not readers_of_confidential(queue_of(case_type, subject).pk).exists():
            self.add_error(
                "case_type", _("Nobody may read confidential tickets yet, so nobody could work on somebody's leaving.")
            )
        return cleaned


def already_running(subject: Employee) -> str:
    return _("Such a case of %(name)s is open already.") % {"name": subject.name}


def may_open(employee: Employee) -> Decision:
    if _is_automaton(employee) or holds(employee, RUN, anew=True):
        return Decision(True)
    return Decision(False, _("Cases are opened by people who run them. Ask one of them."), "right")


def _is_automaton(employee: Employee) -> bool:
    return employee.kind == Employee.Kind.SERVICE and employee.login == f"system.{AUTOMATON}"


def template_for(case_type: str, subject: Employee) -> CaseTemplate | None:
    """The active template of the subject's department, or the one for all."""
    found = list(CaseTemplate.objects.filter(case_type=case_type, is_active=True).select_related("queue"))
    own = [one for one in found if one.department_id is not None and one.department_id == subject.department_id]
    return next(iter(own or [one for one in found if one.department_id is None]), None)


def queue_of(case_type: str, subject: Employee) -> Queue:
    """Whose case it is: the template's queue, else the desk's own; of a leaver, one whose secrets somebody may read.

    Raises ``WrongState`` when there is no queue at all.
    """
    template = template_for(case_type, subject)
    wanted = [template.queue] if template else []
    wanted += list(Queue.objects.filter(is_active=True).order_by("-is_default", "pk"))
    if case_type == CaseType.LEAVER:
        wanted = [queue for queue in wanted if readers_of_confidential(queue.pk).exists()] or wanted
    if not wanted:
        raise WrongState(_("The desk has no queue yet."))
    return wanted[0]


def build_case(
    *, by: Employee, now: datetime, case_type: str, subject: Employee, on: date, note: str = ""
) -> OnboardingCase:  # fmt: skip
    """The unsaved case of a clean form."""
    name = current_channel()
    return OnboardingCase(
        kind=OnboardingCase.KIND, state=FIRST_STATES[CaseType(case_type)], case_type=case_type, subject=subject,
        title=str(_TITLES[CaseType(case_type)]) % {"name": subject.name}, description=note,
        queue=queue_of(case_type, subject), template=template_for(case_type, subject), on=on, requester=by,
        requested_for=subject, department_id=subject.department_id, location_id=subject.location_id,
        impact=Level.MEDIUM, urgency=Level.MEDIUM, priority=priority_of(Level.MEDIUM, Level.MEDIUM),
        confidential=case_type == CaseType.LEAVER, running=f"{case_type}:{subject.pk}", opened_at=now, updated_at=now,
        channel=name if name in Channel.values else Channel.PORTAL,
    )  # fmt: skip


def open_case(*, by: Employee, **details: Any) -> OnboardingCase:
    """Open a case. Raises ``NotPermitted``, ``InvalidPayload``, or ``WrongState`` when two do it at once."""
    try:
        made: OnboardingCase = create(OnboardingCase, by=by, details=details).record
    except IntegrityError as error:
        raise WrongState(_("Such a case was opened by somebody else just now.")) from error
    return made


def rule_for(_case: OnboardingCase) -> ApprovalRule:
    """The line manager decides; the rule is made when it is first needed."""
    rule, is_new = ApprovalRule.objects.get_or_create(slug=RULE, defaults={"name": _("Line manager, for cases")})
    if is_new:
        rule.steps.create(position=1, who=ApprovalStep.Who.LINE_MANAGER)
    return rule


def content_of(case: OnboardingCase) -> dict[str, Any]:
    """What the line manager agrees to."""
    return {
        "type": case.case_type, "subject": case.subject_id, "on": case.on.isoformat(), "title": case.title,
        "description": case.description,
    }  # fmt: skip


def on_news(news: list[News]) -> None:
    """Whoever joins, moves or leaves by the directory gets a case, unless one of that type is open."""
    if not Queue.objects.filter(is_active=True).exists():
        return
    joined = [item.employee for item in news if item.kind in ("joined", "returned")]
    moved = [item.employee for item in news if item.kind == "changed" and item.fields & MOVES]
    left = [item.employee for item in news if item.kind == "left"]
    for case_type, people in ((CaseType.JOINER, joined if _is_known_source() else []), (CaseType.MOVER, moved)):
        if len(people) > MOST_AT_ONCE:
            log.warning("cases_not_opened", case_type=str(case_type), people=len(people))
            continue
        _open_all(case_type, people)
    _open_all(CaseType.LEAVER, left)


def _is_known_source() -> bool:
    """Whether the newest run is not the first of its source: who comes in with the first one was here before."""
    newest = SyncRun.objects.order_by("-pk").first()
    if newest is None:
        return False
    return SyncRun.objects.filter(source=newest.source, refused="", pk__lt=newest.pk).exists()


def _open_all(case_type: CaseType, people: list[Employee]) -> None:
    people = [person for person in people if person.kind == Employee.Kind.EMPLOYEE]
    names = {person.pk: f"{case_type}:{person.pk}" for person in people}
    running = set(OnboardingCase.objects.filter(running__in=names.values()).values_list("running", flat=True))
    for person in people:
        if names[person.pk] in running:
            continue
        if case_type == CaseType.LEAVER and not readers_of_confidential(queue_of(case_type, person).pk).exists():
            log.warning("case_not_opened", reason="nobody may read confidential tickets", person=person.pk)
            continue
        _open_one(case_type, person)


def _open_one(case_type: CaseType, person: Employee) -> None:
    """Of two pieces of news at once, the second finds that one is open."""
    day = present().astimezone(ZoneInfo(person.shown_time_zone)).date()
    on = day if case_type == CaseType.LEAVER else shift_working_days(day, 1)
    try:
        with transaction.atomic():
            create(
                OnboardingCase, by=system_employee(AUTOMATON),
                details={"case_type": case_type.value, "subject": person.login, "on": on.isoformat()},
                build=build_case,
            )  # fmt: skip
    except (IntegrityError, InvalidPayload):
        if not OnboardingCase.objects.filter(running=f"{case_type}:{person.pk}").exists():
            raise
        log.info("case_open_already", case_type=str(case_type), person=person.pk)
