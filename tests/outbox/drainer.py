"""One drain as a process of its own: ``python -m tests.outbox.drainer DATABASE PORT MINUTES_LATER``."""

import os
import sys
from datetime import timedelta

import django
from django.conf import settings


def main(database: str, port: str, minutes_later: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    settings.DATABASES["default"]["NAME"] = database
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(port)
    django.setup()

    from django.utils import timezone

    from servicedesk.outbox.services import drain

    drain(now=timezone.now() + timedelta(minutes=int(minutes_later)) if int(minutes_later) else None)


if __name__ == "__main__":
    main(*sys.argv[1:])
