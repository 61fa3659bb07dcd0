"""The roles of the decision table: how one employee stands to one ticket."""

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.workflow import Override, Permission

SEES = "sees"
PARTICIPANT = "participant"
REQUESTER = "requester"
VIEWER = "viewer"
TRAINEE = "trainee"
WORKER = "worker"
COORDINATOR = "coordinator"
MANAGER = "manager"
CLOCK = "clock"
REPLYING_REQUESTER = "replying_requester"
APPROVER = "approver"
TASKER = "tasker"
MECHANISM = "mechanism"
ADMINISTRATOR = "administrator"

# The cause of what the approval mechanism does; only services of ours pass it.
BY_APPROVAL = "approval"
# The cause of what an administrator does to a ticket without seeing it.
BY_ADMINISTRATION = "administration"

WORDS: dict[str, StrOrPromise] = {
    SEES: _("anyone who may see it"),
    PARTICIPANT: _("those who take part in it"),
    REQUESTER: _("its requester"),
    VIEWER: _("people who see the queue %(queue)s"),
    TRAINEE: _("trainees of %(queue)s, on low-impact tickets of tier 1"),
    WORKER: _("people who work tier %(tier)s of %(queue)s"),
    COORDINATOR: _("coordinators of %(queue)s"),
    MANAGER: _("managers of %(queue)s"),
    CLOCK: _("the desk's own clock"),
    REPLYING_REQUESTER: _("its requester, by replying"),
    TASKER: _("people who work in the queue of an open task"),
    APPROVER: _("those who are asked to approve it"),
    MECHANISM: _("the approval of those who are asked"),
    ADMINISTRATOR: _("administrators, on the settings page for confidential tickets"),
}

sees = Permission(SEES)
takes_part = Permission(PARTICIPANT)
is_requester = Permission(REQUESTER)
views_queue = Permission(VIEWER)
works_its_tier = Permission(WORKER)
works_or_coordinates = Permission(WORKER, COORDINATOR)
coordinates = Permission(COORDINATOR)
learns_here = Permission(TRAINEE)
approves = Permission(APPROVER)
does_tasks = Permission(TASKER)
by_approval = Permission(MECHANISM)
administers = Permission(ADMINISTRATOR)

# A manager may do what a worker or a coordinator may, where nothing else suffices, with a reason.
MANAGER_OVERRIDE = Override(MANAGER, frozenset({WORKER, COORDINATOR}))
