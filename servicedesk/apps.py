from django.apps import AppConfig


class ServiceDeskConfig(AppConfig):
    """The roof: the commands of ``manage.py``, and the broker that every process wakes."""

    name = "servicedesk"

    def ready(self) -> None:
        from . import celery  # noqa: F401 - from here on, tasks are bound to our application
