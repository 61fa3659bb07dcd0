"""What the clock does to cases."""

from datetime import datetime

from directory.services import system_employee
from servicedesk.common.errors import DomainError
from servicedesk.common.time import now as present
from servicedesk.workflow import perform

from . import predicate
from .models import OnboardingCase


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """End access whose hour has come. Safe to repeat and to run twice at once."""
    now = now or present()
    clock = system_employee("clock")
    done = 0
    due = OnboardingCase.objects.filter(state="scheduled", case_type="leaver", revoke_at__lte=now)
    for case in due.order_by("pk").iterator(chunk_size=200):
        try:
            perform(case, "revoke", by=clock)
            done += 1
        except DomainError:
            continue  # ended or cancelled meanwhile
    return {"revoke": done}


def recheck(*, now: datetime | None = None, batch: int = 500) -> dict[str, int]:
    """Look at every closed leaver again, and reopen those to whom something came back. Safe to repeat.

    What a waiver let pass is no drift. Two statements for each ``batch``, and one move for each that is reopened.
    """
    now = now or present()
    clock = system_employee("clock")
    seen = reopened = 0
    closed = OnboardingCase.objects.filter(state="closed", case_type="leaver").exclude(
        subject__cases__running__startswith="leaver:"
    )
    keys = list(closed.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), batch):
        cases = list(OnboardingCase.objects.filter(pk__in=keys[start : start + batch], state="closed"))
        newest = {case.subject_id: case for case in sorted(cases, key=lambda case: case.pk)}
        seen += len(newest)
        drift: dict[int, list[predicate.Left]] = {}
        for one in predicate.left_by(newest, now):
            if one.key not in newest[one.owner].waived:
                drift.setdefault(one.owner, []).append(one)
        for subject, left in drift.items():
            try:
                perform(newest[subject], "reopen", by=clock, reason=predicate.in_words(left))
                reopened += 1
            except DomainError:
                continue  # settled or reopened meanwhile
    return {"seen": seen, "reopened": reopened}
