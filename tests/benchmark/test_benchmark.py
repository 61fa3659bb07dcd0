"""The benchmark: one shape of figures, data that is valid history, a floor that is one, nothing left behind."""

import json
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assets.impact import closure
from assets.models import Asset
from directory.ldap.census import close_groups, take_census
from directory.ldap.ldif import LdifSource
from directory.ldap.mapping import DEFAULTS
from incidents.models import Incident
from servicedesk.audit.verify import verify
from servicedesk.benchmark import clients, data, log_file, people, register, slapd, surroundings
from servicedesk.benchmark.floor import ROWS
from servicedesk.benchmark.scenarios import CREWS, Moves
from servicedesk.tickets.models import Ticket
from tests import factories


@pytest.mark.django_db
def test_the_data_are_whole_histories_of_tickets_that_a_fifth_of_are_open() -> None:
    data.fill(300)

    assert Ticket.objects.count() == Incident.objects.count() == 300
    assert 35 <= Ticket.objects.open().count() <= 85
    by_queue = {slug: Ticket.objects.filter(queue__slug=slug).count() for slug in data.QUEUES}
    assert by_queue["it-service-desk"] > by_queue["network"] > by_queue["human-resources"] > 0
    assert verify().ok


@pytest.mark.django_db
def test_the_log_gets_as_many_events_as_are_asked_for() -> None:
    written = data.fill_events(500)

    assert 500 <= written < 510
    assert verify().events >= written


@pytest.mark.django_db
def test_the_made_up_log_can_be_imported_whole(tmp_path: Path) -> None:
    path, out = tmp_path / "log.csv", StringIO()
    log_file.write(path, 120)

    call_command("import_tickets", str(path), "--format", "servicenow-csv", "--json", stdout=out, stderr=StringIO())

    report = json.loads(out.getvalue())
    assert (report["rows"], report["rejected"]) == (120, [])
    assert report["created"] == report["tickets"] > 10


@pytest.mark.django_db
def test_the_made_up_assets_all_fail_with_the_first_one(tmp_path: Path) -> None:
    first = register.fill_impact(tmp_path, 150)

    assert len(closure(first)) == 150
    assert Asset.objects.count() == 151 and verify().ok


@pytest.mark.django_db
@pytest.mark.urls("servicedesk.benchmark.urls")
def test_the_floor_is_a_signed_in_page_of_25_rows_and_at_most_four_statements(settings: Any) -> None:
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [settings.BASE_DIR / "servicedesk" / "benchmark" / "templates"]}
    ]
    queue = factories.make_queue()
    for _row in range(ROWS + 2):
        factories.make_incident(queue)
    client = Client()
    assert client.get("/benchmark/floor/").status_code == 302
    client.force_login(factories.make_agent(queue))

    with CaptureQueriesContext(connection) as captured:
        response = client.get("/benchmark/floor/")

    assert response.content.decode().count("<tr>") == ROWS
    assert len(captured) <= 4


def test_the_product_has_no_floor_page(client: Client, db: None) -> None:
    assert client.get("/benchmark/floor/").status_code == 404


def test_figures_are_a_median_a_95th_percentile_and_a_rate() -> None:
    seconds = [0.010] * 94 + [0.200] * 6

    assert clients.figures(seconds, total=2.0, done=100) == {"median_ms": 10.0, "p95_ms": 200.0, "rps": 50.0}
    assert clients.figures([0.5], total=0.5, done=1000) == {"median_ms": 500.0, "p95_ms": 500.0, "rps": 2000.0}


def test_no_two_clients_move_the_same_ticket_and_versions_follow() -> None:
    moves = Moves([(f"INC-{n}", 1) for n in range(16)], [{"csrftoken": "t"}] * 8)

    paths = {client: {moves(client).path for _turn in range(2)} for client in range(8)}
    assert len(set().union(*paths.values())) == 16
    assert moves(0).headers["If-Match"] == '"2"'


@pytest.fixture
def passable_folder() -> Iterator[Path]:
    """An empty folder in which servers that run as somebody else reach theirs; pytest's own lets nobody through."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o711)
        yield folder


@pytest.mark.parametrize("scenario", ["move", "queue", "import", "sync"])
def test_a_scenario_is_measured_over_http_and_leaves_nothing(
    scenario: str, monkeypatch: pytest.MonkeyPatch, passable_folder: Path
) -> None:
    monkeypatch.setattr(clients, "MOST_REQUESTS", 16)
    monkeypatch.setattr(tempfile, "tempdir", str(passable_folder))
    out = StringIO()

    call_command("benchmark", scenario, "--rows", "100", "--json", stdout=out, stderr=StringIO())

    found = json.loads(out.getvalue())
    keys = ["scenario", "rows", "database", "clients", "sql", "bytes", "floor_ms", "ratio"]
    assert list(found) == ([*keys, "parts"] if scenario == "sync" else keys)
    assert (found["scenario"], found["rows"]) == (scenario, 100)
    assert found["database"].startswith("SQLite" if connection.vendor == "sqlite" else "PostgreSQL")
    assert list(found["clients"]) == [str(crew) for crew in CREWS]
    for figures in found["clients"].values():
        assert figures["p95_ms"] >= figures["median_ms"] > 0
        assert figures["rps"] > 0
    assert found["sql"] > 0 < found["bytes"]
    assert found["ratio"] == pytest.approx(found["clients"]["1"]["median_ms"] / found["floor_ms"], rel=0.02)
    assert list(passable_folder.iterdir()) == []


def test_a_directory_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slapd, "_PROGRAMS", str(tmp_path))

    with pytest.raises(CommandError, match="not installed: install the package slapd"):
        call_command("benchmark", "sync", "--rows", "100", stderr=StringIO())


def test_the_company_is_the_same_each_time_and_speaks_many_languages(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        people.write(tmp_path / name, 120, base="dc=acme,dc=example", reader="cn=r,dc=acme,dc=example", password="p")
        texts.append((tmp_path / name).read_bytes())
    reading = LdifSource(str(tmp_path / "one")).read(DEFAULTS.wanted)
    census = take_census(reading, DEFAULTS, at=timezone.now())

    assert texts[0] == texts[1]
    assert (len(census.people), len(census.managers), census.skipped) == (120, 119, 0)
    assert {"it", "zh-hans", "ar"} <= {person.language for person in census.people}
    assert sum(bool(person.photo) for person in census.people) == 12
    members = {group.name: close_groups(census)[group.key] for group in census.groups}
    assert len(members["everybody"]) == 120 > len(members["Office Milano"]) > 30


def test_a_server_that_does_not_start_is_one_sentence(tmp_path: Path) -> None:
    place = surroundings.Surroundings(tmp_path, "mysql://nowhere/none")

    with pytest.raises(surroundings.CannotMeasure, match="did not start") as fault, place.server():
        raise AssertionError("it started")

    assert "DATABASE_URL must begin with" in str(fault.value)


@pytest.mark.parametrize("rows", ["0", "99", "2000001"])
def test_the_number_of_rows_is_bounded(rows: str) -> None:
    with pytest.raises(CommandError, match="--rows must be from 100") as fault:
        call_command("benchmark", "queue", "--rows", rows)

    assert fault.value.returncode == 2


def test_a_fault_of_a_page_ends_the_measurement(live_server: Any) -> None:
    port = int(live_server.url.rpartition(":")[2])
    asking = lambda _client: clients.Request("GET", "/nothing-here/")  # noqa: E731

    with pytest.raises(surroundings.CannotMeasure, match="/nothing-here/ answered 404"):
        clients.measure(port, asking, [{}], clients=1)
