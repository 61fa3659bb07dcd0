"""The Celery application. Loaded with Django, so that every process wakes the same broker."""

from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, celeryd_init, setup_logging

app = Celery("servicedesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_djangos_logging(**_signal: Any) -> None:
    """Being connected is the point: Celery then leaves the loggers as ``settings.LOGGING`` made them."""


@before_task_publish.connect
@celeryd_init.connect
def make_broker_folders(**_signal: Any) -> None:
    """The embedded broker is two folders, which it does not make itself."""
    for name in ("data_folder_in", "control_folder"):
        if folder := app.conf.broker_transport_options.get(name):
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
