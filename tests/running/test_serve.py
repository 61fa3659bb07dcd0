"""``manage.py serve`` as a person starts it: web, worker and scheduler, on the database of this run."""

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from servicedesk.common.ports import free_port
from servicedesk.supervisor import http_answers
from tests.architecture.house import ROOT
from tests.servers.processes import wait_until

pytestmark = pytest.mark.xdist_group("serve")  # one desk for all of these

MOVE_IN = """
from directory.models import Employee
Employee.objects.create(login="wei", name="Wei Ling", email="wei@example.com")
"""
DEMO_MOVES_IN = """
from directory.models import Employee
Employee.objects.create(login="alessia", name="Alessia Grassi", email="alessia.grassi@meridian.example")
"""
LOG_AND_SEAL = """
from directory.models import Employee
from servicedesk.audit.services import record
from servicedesk.audit.tasks import seal
wei = Employee.objects.get(login="wei")
record(wei, "employee.tested", actor=wei)
seal.delay()
"""


def _server_database(statement):
    """Run a statement beside the databases of this run; PostgreSQL only."""
    of_run = settings.DATABASES["default"]
    with psycopg.connect(
        host=of_run["HOST"], port=of_run["PORT"], user=of_run["USER"], password=of_run["PASSWORD"],
        dbname="postgres", autocommit=True,
    ) as connection:  # fmt: skip
        connection.execute(statement)


class Desk:
    """A data folder, a database and a port of their own."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.log = folder.parent / "stderr"
        self.name = f"desk_{secrets.token_hex(6)}"
        self.on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
        self.environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PORT": str(self.port), "HOME": str(folder.parent),
        }  # fmt: skip
        if self.on_postgres:
            of_run = settings.DATABASES["default"]
            _server_database(f"CREATE DATABASE {self.name}")
            self.environment["DATABASE_URL"] = (
                f"postgres://{of_run['USER']}:{of_run['PASSWORD']}@{of_run['HOST']}:{of_run['PORT']}/{self.name}"
            )

    def forget(self):
        if self.on_postgres:
            _server_database(f"DROP DATABASE {self.name} WITH (FORCE)")

    def manage(self, *arguments, **variables):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env={**self.environment, **variables}, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    def seals(self):
        query = "SELECT count(*) FROM audit_seal"
        if self.on_postgres:
            with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
                return connection.execute(query).fetchone()[0]
        with closing(sqlite3.connect(self.folder / "servicedesk.sqlite3")) as connection:
            return connection.execute(query).fetchone()[0]


def children_of(pid):
    return sorted(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk with one person in it, so that no demo company moves in."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "data")
    moved_in = [desk.manage("migrate", "-v0"), desk.manage("shell", "-c", MOVE_IN)]
    assert [done.returncode for done in moved_in] == [0, 0], moved_in
    yield desk
    desk.forget()


@pytest.fixture(scope="module")
def served(desk):
    """The desk, served: (desk, process, what it said until it answered)."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--prepare"],
        cwd=ROOT, env=desk.environment, stdout=subprocess.PIPE, stderr=desk.log.open("w"), text=True,
        start_new_session=True,
    )  # fmt: skip
    said = []
    while not said or (said[-1] and "Ctrl-C" not in said[-1]):
        said.append(process.stdout.readline())
    yield desk, process, "".join(said)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    process.stdout.close()


def test_it_says_where_it_answers(served):
    desk, _process, said = served

    assert f"The service desk answers at http://127.0.0.1:{desk.port}/" in said, desk.log.read_text()
    assert wait_until(lambda: http_answers("127.0.0.1", desk.port, "/login/"))


def test_a_task_that_was_woken_is_done_by_the_worker(served):
    desk, _process, _said = served

    assert desk.manage("shell", "-c", LOG_AND_SEAL).returncode == 0

    assert wait_until(lambda: desk.seals() == 1, seconds=60)


def test_the_data_folder_is_closed_to_others(served):
    desk, _process, _said = served

    assert desk.folder.stat().st_mode & 0o777 == 0o700


def test_a_second_desk_on_the_same_folder_is_refused(served):
    desk, process, _said = served

    refused = desk.manage("serve", PORT=str(free_port()))

    assert refused.returncode == 1
    assert f"already runs on the data folder {desk.folder} (process {process.pid})" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_web_that_was_killed_is_back(served):
    desk, process, _said = served
    web = children_of(process.pid)[0]

    os.kill(web, signal.SIGKILL)

    assert wait_until(lambda: web not in children_of(process.pid) and len(children_of(process.pid)) == 3)
    assert wait_until(lambda: http_answers("127.0.0.1", desk.port, "/login/"))


def test_one_interrupt_ends_all_of_it(served):
    _desk, process, _said = served
    family = [*children_of(process.pid), *(pid for child in children_of(process.pid) for pid in children_of(child))]
    assert len(family) == 5  # web with two workers, worker, scheduler

    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    assert wait_until(lambda: all(is_gone(pid) for pid in family))


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield str(other.getsockname()[1])


def test_a_port_in_use_is_one_sentence(desk, taken_port, tmp_path):
    refused = desk.manage("serve", PORT=taken_port, DATA_DIR=str(tmp_path))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"Port {taken_port} on 127.0.0.1 is in use." in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATA_DIR": "/proc/desk"}, "The data folder /proc/desk cannot be used"),
        ({"HOST": "desk.invalid"}, "HOST=desk.invalid is not known on this machine"),
        ({"HOST": "192.0.2.1"}, "on 192.0.2.1 cannot be used"),
        ({"DATABASE_URL": "postgres://desk:none@127.0.0.1:1/desk"}, "The database does not answer"),
        ({"DATABASE_URL": "mysql://desk@127.0.0.1/desk"}, "DATABASE_URL must begin with sqlite:/// or postgres://."),
        ({"ENVIRONMENT": "production"}, "This is no safe production start"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
def test_what_stops_a_start_is_one_sentence(desk, tmp_path, variables, sentence):
    refused = desk.manage("serve", "--prepare", **{"DATA_DIR": str(tmp_path), **variables})

    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr


def test_production_does_not_serve_the_database_of_a_demo(desk, tmp_path):
    production = {
        "ENVIRONMENT": "production", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "desk.example.com",
        "BASE_URL": "https://desk.example.com", "DATA_DIR": str(tmp_path), "PORT": str(free_port()),
        "DATABASE_URL": desk.environment.get("DATABASE_URL", f"sqlite:///{desk.folder}/servicedesk.sqlite3"),
    }  # fmt: skip
    assert "The static files are missing" in desk.manage("serve", **production).stderr
    assert desk.manage("shell", "-c", DEMO_MOVES_IN).returncode == 0

    refused = desk.manage("serve", **production)

    assert refused.returncode == 1
    assert "The database holds the demo company" in refused.stderr
