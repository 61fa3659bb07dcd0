from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """What technicians see."""

    name = "servicedesk.console"
