"""The directory's clock, once a minute."""

import logging

from celery import shared_task
from django.utils import timezone

from .ldap.mapping_file import InvalidMapping
from .ldap.schedule import due
from .ldap.sources import configured
from .ldap.sync import run_configured
from .models import SourceState

logger = logging.getLogger(__name__)


@shared_task
def sync() -> dict[str, str]:
    """Run every configured source that is due; gives why each wrote nothing ("" for a good run)."""
    try:
        sources = configured()
    except InvalidMapping as error:
        for fault in error.faults:
            logger.error("%s", fault)
        return {}
    done = {}
    for one in sources:
        state = SourceState.objects.get_or_create(name=one.name, defaults={"uri": one.source.uri[:500]})[0]
        now = timezone.now()
        what = due(state, now=now)
        if not what:
            continue
        # The filter is the lock: of two clocks that see the same instant, one may run.
        mine = SourceState.objects.filter(pk=state.pk, last_tried_at=state.last_tried_at).update(last_tried_at=now)
        if mine:
            done[one.name] = run_configured(one, full=what == "full").refused or ""
    return done
