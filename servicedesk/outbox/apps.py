from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Rows that must be sent outside, claimed with a lease."""

    name = "servicedesk.outbox"
