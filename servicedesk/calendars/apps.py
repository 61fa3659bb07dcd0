from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Working time."""

    name = "servicedesk.calendars"
