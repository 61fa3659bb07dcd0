"""Somebody who leaves with many things: five in nine are assets, three tickets, and one an approval that waits."""

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import transaction
from guardian.shortcuts import assign_perm

from assets.models import Asset, Custody
from directory.models import Employee
from directory.services import system_employee
from onboarding.models import OnboardingCase
from onboarding.opening import open_case
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval, ApprovalRound, Task, Ticket
from servicedesk.workflow import perform

from . import register

TURNS = 7
RUNNER = "benchmark.runner"
Counted = Callable[[], AbstractContextManager[list[str]]]


def fill(folder: Any, rows: int) -> None:
    """A case whose access has ended, with ``rows`` things left; the tickets are some of those that are there."""
    queue = Ticket.objects.open().select_related("queue").earliest("pk").queue
    group = Group.objects.create(name="onboarding coordinators of the benchmark")
    group.permissions.add(Permission.objects.get(content_type__app_label="onboarding", codename="run_case"))
    for right in ("view_queue", "view_confidential"):
        assign_perm(right, group, queue)
    runner = Employee.objects.create(login=RUNNER, name="Rosa Runner")
    runner.groups.add(group)
    leaver = Employee.objects.create(login="benchmark.leaver", name="Leo Leaver")
    case = open_case(by=runner, case_type="leaver", subject=leaver.login, on=now().date().isoformat())
    case = perform(case, "schedule", by=runner, revoke_at=(now() + timedelta(days=1)).isoformat())
    perform(case, "revoke", by=runner)
    _give(folder, leaver, runner, rows)


def _give(folder: Any, leaver: Employee, runner: Employee, rows: int) -> None:
    """As rows: nobody could give them anything through the door any more."""
    at, approvals, tickets = now(), rows // 9, rows // 3
    path = folder / "leaver.csv"
    register.write_list(path, rows - approvals - tickets)
    call_command("import_assets", str(path), verbosity=0, stdout=path.with_suffix(".out").open("w"))
    assets = list(Asset.objects.order_by("pk").values_list("pk", flat=True))
    by = system_employee("operator")
    Custody.objects.bulk_create(
        Custody(asset_id=key, employee=leaver, given_by=by, given_at=at, accepted_at=at) for key in assets
    )
    Asset.objects.filter(pk__in=assets).update(state="in_use", holder=leaver)
    open_ones = list(
        Ticket.objects.open().exclude(kind=OnboardingCase.KIND).order_by("pk").values_list("pk", flat=True)
    )
    if len(open_ones) < tickets + approvals:
        raise SystemExit(f"{len(open_ones)} tickets are open, not {tickets + approvals}.")
    Ticket.objects.filter(pk__in=open_ones[:tickets]).update(assignee=leaver)
    for key in open_ones[tickets : tickets + approvals]:
        round_ = ApprovalRound.objects.create(
            ticket_id=key, rule_name="One", is_sequential=True, steps=[], subject_hash="", opened_at=at
        )
        Approval.objects.create(
            ticket_id=key, round=round_, step=0, approver=leaver, requester=runner, requested_for=runner, asked_at=at
        )


def run(counted: Counted) -> dict[str, Any]:
    """Make the tasks, several times over and each time undone; the median. A task for each thing, or no figures."""
    case, runner = OnboardingCase.objects.get(), Employee.objects.get(login=RUNNER)
    mine = {"asset": Custody, "ticket": Ticket, "approval": Approval}
    names = {"asset": "employee", "ticket": "assignee", "approval": "approver"}
    rows = sum(model._base_manager.filter(**{names[sort]: case.subject}).count() for sort, model in mine.items())
    taken, made, sql = [], 0, 0
    for _turn in range(TURNS):
        with transaction.atomic():
            started = time.perf_counter()
            with counted() as statements:
                perform(case, "recover", by=runner)
            taken.append(time.perf_counter() - started)
            made, sql = Task.objects.filter(ticket=case.pk).count(), len(statements)
            transaction.set_rollback(True)
    if made != rows:
        raise SystemExit(f"{made} tasks were made, not {rows}.")
    return {"seconds": statistics.median(taken), "sql": sql, "rows": made, "bytes": 0}
