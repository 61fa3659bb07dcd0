"""The nightly look at everybody who left."""

from celery import shared_task

from servicedesk.audit.origin import channel_is

from . import services


@shared_task
def recheck() -> dict[str, int]:
    """Reopen the cases of leavers to whom something came back. Safe to run twice and side by side."""
    with channel_is("task"):
        return services.recheck()
