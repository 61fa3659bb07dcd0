"""Sight of one confidential ticket, given by an administrator who does not see it: logged, told, and never for long.

An administrator names the ticket by its number. Whether a number is that of a confidential ticket can be found out in
no other way than by giving somebody sight of it, which its requester and its readers are told at once.
"""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from directory.news import News
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.time import now as present
from servicedesk.workflow import Action, Passage, carry_out
from servicedesk.workflow.payload import LineField, PayloadForm

from . import roles
from .access import running_grants
from .administration import require_administrator
from .fields import EmployeeField
from .models import AccessGrant, Ticket
from .states import VOCABULARY

LONGEST_DAYS = 30


class GrantForm(PayloadForm):
    """Who is let in, why, and for how many days."""

    employee = EmployeeField(label=gettext_lazy("Who may see it"))
    reason = LineField(
        label=gettext_lazy("Reason"), max_length=300,
        help_text=gettext_lazy("The requester and the readers of the ticket are told, with this reason."),
    )  # fmt: skip
    days = forms.IntegerField(label=gettext_lazy("For how many days"), min_value=1, max_value=LONGEST_DAYS, initial=3)

    def clean_employee(self) -> Employee:
        person: Employee = self.cleaned_data["employee"]
        if not person.is_active or person.kind == Employee.Kind.SERVICE:
            raise ValidationError(_("Sight is for people whose account is active."))
        if running_grants(self.now()).filter(ticket=self.record.pk, employee=person).exists():
            raise ValidationError(_("%(name)s has sight of it already: end that first.") % {"name": person.name})
        return person

    def now(self) -> datetime:
        return self.facts.now if self.facts is not None else present()


class EndForm(PayloadForm):
    employee = EmployeeField(Employee.objects.all(), label=gettext_lazy("Whose sight ends"))


def grant(passage: Passage, *, employee: Employee, reason: str, days: int) -> AccessGrant:
    """Effect of ``grant_access``. A grant that lapsed is closed, so that one is running at most."""
    ticket = passage.record
    lapsed = AccessGrant.objects.filter(ticket=ticket.pk, employee=employee, ended_at=None)
    for old in lapsed:
        AccessGrant.objects.filter(pk=old.pk).update(ended_at=old.ends_at)
    made = AccessGrant.objects.create(
        ticket_id=ticket.pk, employee=employee, by=passage.by, reason=reason, granted_at=passage.now,
        ends_at=passage.now + timedelta(days=days),
    )  # fmt: skip
    passage.details = {"employee": employee.pk, "until": made.ends_at.isoformat()}
    passage.text["reason"] = reason
    return made


def end(passage: Passage, *, employee: Employee) -> None:
    """Effect of ``end_access``."""
    running = running_grants(passage.now).filter(ticket=passage.record.pk, employee=employee)
    if not running.update(ended_at=passage.now, ended_by=passage.by):
        raise InvalidPayload({"employee": [_("%(name)s has no sight of it by a grant.") % {"name": employee.name}]})
    passage.details = {"employee": employee.pk}


def grant_action(kind: str) -> Action:
    """The row of every kind. No face offers it: an administrator comes through :func:`grant_access` alone."""
    return Action(
        name="grant_access", label=gettext_lazy("Let somebody see it"), permission=roles.administers,
        verb="ticket.access_granted", sources=_every_state(kind), form=GrantForm, effect=grant, raises_version=False,
        offered=False, order=100, icon="key",
    )  # fmt: skip


def end_action(kind: str) -> Action:
    return Action(
        name="end_access", label=gettext_lazy("End somebody's sight"), permission=roles.administers,
        verb="ticket.access_ended", sources=_every_state(kind), form=EndForm, effect=end, raises_version=False,
        offered=False, order=100, icon="lock",
    )  # fmt: skip


def _every_state(kind: str) -> dict[str, str]:
    return {state.name: state.name for state in VOCABULARY[kind].states}


def grant_access(number: str, *, by: Employee, employee: str, reason: str, days: int) -> AccessGrant:
    """Let ``employee`` (a login) see the confidential ticket of ``number`` for ``days`` days.

    Raises ``NotPermitted`` unless ``by`` configures the desk, and ``InvalidPayload``.
    """
    require_administrator(by)
    ticket = Ticket._base_manager.filter(pk__in=Ticket.objects.numbered(number), confidential=True).first()
    if ticket is None:
        raise InvalidPayload({"number": [_("There is no confidential ticket of this number.")]})
    details = {"employee": employee, "reason": reason, "days": days}
    made: AccessGrant = carry_out(
        ticket.specific, "grant_access", by=by, cause=roles.BY_ADMINISTRATION, details=details
    ).result
    return made


def end_access(running: AccessGrant, *, by: Employee) -> None:
    """End a grant before its time. Raises ``NotPermitted``, and ``InvalidPayload`` when it is over already."""
    require_administrator(by)
    ticket = Ticket._base_manager.get(pk=running.ticket_id).specific
    details = {"employee": running.employee.login}
    carry_out(ticket, "end_access", by=by, cause=roles.BY_ADMINISTRATION, details=details)


@transaction.atomic
def on_news(news: list[News]) -> None:
    """What was granted to somebody who left is over, also should they come back."""
    left = [item.employee.pk for item in news if item.kind == "left"]
    if left:
        AccessGrant.objects.filter(employee__in=left, ended_at=None).update(ended_at=present())
