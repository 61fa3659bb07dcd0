from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """The append-only log."""

    name = "servicedesk.audit"

    def ready(self) -> None:
        from . import triggers

        # SQLite drops triggers when a later migration rebuilds the table, so they are put back each time.
        post_migrate.connect(triggers.after_migrate, sender=self)
