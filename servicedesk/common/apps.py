from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Errors, ids and time; no models."""

    name = "servicedesk.common"
