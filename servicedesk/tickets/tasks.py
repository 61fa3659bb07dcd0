"""The desk's clock, once a minute."""

from celery import shared_task

from servicedesk.audit.origin import channel_is

from . import sweeps


@shared_task
def sweep() -> dict[str, dict[str, int]]:
    """Moves that time causes. Safe to run twice and side by side."""
    with channel_is("task"):
        return sweeps.run()
