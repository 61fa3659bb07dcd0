"""The directory's clock, once a minute."""

import logging

from celery import shared_task
from django.utils import timezone

from servicedesk.common.text import without_controls

from .ldap.lease import held
from .ldap.mapping_file import InvalidMapping
from .ldap.schedule import due, overdue
from .ldap.sources import Configured, configured
from .ldap.sync import run_configured
from .models import SourceState

logger = logging.getLogger(__name__)


@shared_task
def sync() -> dict[str, str]:
    """Run every configured source that is due; gives why each wrote nothing ("" for a good run).

    Safe to run twice and side by side: one run of a source at a time, by its lease.
    """
    try:
        sources = configured()
    except InvalidMapping as error:
        for fault in error.faults:
            logger.error("%s", fault)
        return {}
    done = {}
    for one in sources:
        refused = _run_if_due(one)
        if refused is not None:
            done[one.name] = refused
    return done


def _run_if_due(one: Configured) -> str | None:
    """None when it is not due, or another one runs it."""
    state = SourceState.objects.get_or_create(name=one.name, defaults={"uri": one.source.uri[:500]})[0]
    what = due(state, now=timezone.now())
    if not what:
        return None
    with held(state) as mine:
        if not mine:
            return None
        refused = run_configured(one, full=what == "full").refused or ""
    if refused:
        logger.warning("Directory source %s was not brought in: %s", one.name, without_controls(refused))
    state.refresh_from_db()
    if overdue(state, now=timezone.now()):
        # Said with every try, so every five minutes, until a run is carried out.
        logger.error(
            "Directory source %s is overdue: the last run that was carried out began at %s, the last full one at %s.",
            one.name, state.last_good_at, state.last_full_at,
        )  # fmt: skip
    return refused
