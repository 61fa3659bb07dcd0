"""``manage.py serve``: web, worker and scheduler under one supervisor."""

import os
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from servicedesk import startup
from servicedesk.supervisor import Program, Supervisor, http_answers, make_was_interrupted

WEB_WORKERS, WEB_THREADS, JOB_THREADS = 2, 128, 2


class Command(BaseCommand):
    help = "Run web, worker and scheduler until Ctrl-C or SIGTERM."
    requires_system_checks = ()  # a moment later each child makes them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="first bring the database and the static files up to date and, in a demo, fill an empty database",
        )

    def handle(self, *_args: Any, prepare: bool, **_options: Any) -> None:
        os.umask(0o077)  # the data folder holds personal data
        try:
            with startup.lock_data_folder(settings.DATA_DIR):
                startup.check_port(settings.ENV.host, settings.ENV.port)
                if prepare:
                    self._prepare()
                self._check()
                connection.close()
                code = self._supervise()
        except startup.CannotStart as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            code = 130
        if code:
            sys.exit(code)

    def _prepare(self) -> None:
        if waiting := startup.waiting_migrations():
            self._tell(f"Bringing the database up to date: {waiting} migrations.")
            call_command("migrate", interactive=False, verbosity=0)
        startup.refresh_static_files()
        if not settings.ENV.is_production and startup.database_is_empty():
            self._tell("The database is empty: the demo company moves in.")
            startup.fill_with_demo_company()

    def _check(self) -> None:
        if waiting := startup.waiting_migrations():
            raise CommandError(f"The database lacks {waiting} migrations: run manage.py migrate, or serve --prepare.")
        if settings.ENV.is_production:
            startup.refuse_demo_company()
        if not startup.static_files_are_collected():
            raise CommandError("The static files are missing: run manage.py collectstatic, or serve --prepare.")

    def _supervise(self) -> int:
        return Supervisor(
            _programs(),
            folder=settings.BASE_DIR,
            answers=partial(
                http_answers,
                _reachable(settings.ENV.host),
                settings.ENV.port,
                settings.LOGIN_URL,
                named=urlsplit(settings.BASE_URL).netloc,
            ),
            on_ready=self._announce,
            owner_is_gone=make_was_interrupted(),
        ).run()

    def _announce(self) -> None:
        lines = ["", f"The service desk answers at {settings.BASE_URL}/"]
        if not settings.ENV.is_production and (logins := startup.demo_logins(settings.DATA_DIR)):
            lines += ["", *logins]
        self._tell("\n".join([*lines, "", "Ctrl-C stops it."]))

    def _tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _programs() -> list[Program]:
    """The children, the web first: it is the one that is asked whether it answers."""
    python = (sys.executable, "-m")
    celery = (*python, "celery", "--quiet", "-A", "servicedesk.celery")
    surroundings = {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "PYTHONUNBUFFERED": "1"}
    if not settings.ENV.is_production:  # a demo may run as root, and reads JSON messages only
        surroundings["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser privileges"
    private = _folder("tmp")  # the embedded broker moves a message through the temporary folder
    schedule = _folder("beat") / "schedule"
    worker = ("--pool", "threads", "--concurrency", str(JOB_THREADS), "--without-gossip", "--without-mingle")
    quiet = ("--loglevel", "WARNING")
    return [
        Program(name="web", command=(*python, "gunicorn", *web_options()), environment=surroundings),
        Program(
            name="worker",
            command=(*celery, "worker", *worker, "--without-heartbeat", *quiet),
            environment={**surroundings, "TMPDIR": str(private)},
        ),
        Program(
            name="scheduler",
            command=(*celery, "beat", "--schedule", str(schedule), "--pidfile", "", *quiet),
            environment=surroundings,
        ),
    ]


def web_options() -> list[str]:
    """The flags of gunicorn, for the address that the environment names. The benchmark serves with the same."""
    env = settings.ENV
    host = f"[{env.host}]" if ":" in env.host else env.host
    options = {
        "bind": f"{host}:{env.port}",
        "worker-class": "gthread",
        "workers": WEB_WORKERS,
        "threads": WEB_THREADS,
        "timeout": 60,
        "graceful-timeout": 10,
        "log-level": "warning",
        # Whose X-Forwarded-Proto is believed: only the proxies that were named.
        "forwarded-allow-ips": ",".join(env.trusted_proxies),
    }
    if os.access("/dev/shm", os.W_OK):  # noqa: S108 - the heartbeat file of a worker, never a name of ours
        options["worker-tmp-dir"] = "/dev/shm"  # noqa: S108
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [*flags, "--preload", "--no-control-socket", "servicedesk.wsgi:application"]


def _folder(name: str) -> Path:
    folder = Path(settings.DATA_DIR / name)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _reachable(host: str) -> str:
    """Where we ourselves reach what listens on ``host``."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
