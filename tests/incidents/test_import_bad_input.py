"""Files that are no log, and lines that are no line: a clear sentence or a counted reason, and nothing half written."""

import gzip
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from incidents.imports.places import free_slug
from incidents.models import Incident
from servicedesk.audit.models import Event

from .servicenow_log import COLUMNS, life, row, text_of

WHOLE = text_of(life()).encode()
HEADER = WHOLE.split(b"\n")[0] + b"\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n" * 3, "not a CSV"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not written in UTF-8"),
        (b"PK\x03\x04\x00\x00,\x00\n", "not a CSV"),
        (b"one,two\n1,2\n", "no ServiceNow log"),
        (WHOLE.replace(b"Symptom 72", "Drück".encode("latin-1")), "not written in UTF-8"),
        (WHOLE.decode().encode("utf-16"), "not written in UTF-8"),
        (WHOLE.replace(b"caller_id,", b"", 1), "lacks these columns: caller_id"),
        (WHOLE.replace(b"caller_id,", b"number,", 1), "twice: number"),
        (HEADER + b'"' + b"x" * 200_000, "no end"),
        (HEADER + b"x" * 1_100_000, "longer than a line"),
        (HEADER + b'INC1,"' + b"a,b\n" * 200, "no end"),
        (gzip.compress(WHOLE, mtime=0)[:-20], "damaged or was cut off"),
        (gzip.compress(WHOLE, mtime=0)[:60] + b"x" * 40, "damaged or was cut off"),
    ],
    ids=lambda given: given if isinstance(given, str) else "file",
)
def test_a_file_that_is_no_log_is_refused_with_its_reason_and_nothing_is_written(log, content, sentence):
    log.path.write_bytes(content)

    assert sentence in log.refusal()
    assert not Incident.objects.exists()
    assert not Event.objects.exists()


def test_a_wrong_byte_at_the_very_end_still_writes_nothing(log):
    log.path.write_bytes(text_of([line for n in range(900) for line in life(f"INC{n}")]).encode() + b"\xff\n")

    assert "not written in UTF-8" in log.refusal()
    assert not Incident.objects.exists()


def test_a_file_that_is_not_there_is_named(log):
    assert str(log.path) in log.refusal()


def test_a_named_encoding_is_read(log):
    log.path.write_bytes(text_of([row(location="Zürich")]).encode("windows-1252"))
    log.run(mapping='encoding = "windows-1252"')

    assert Incident.objects.get().location.name == "Zürich"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"number": "?"}, "no ticket number"),
        ({"number": "N" * 61}, "longer than 60"),
        ({"sys_updated_at": "?"}, "does not say when"),
        ({"sys_updated_at": "31/2/2016 10:00"}, "is no time"),
        ({"sys_updated_at": "2/13/2016 10:00"}, "is no time"),
        ({"sys_updated_at": "yesterday"}, "is no time"),
        ({"sys_updated_at": "1/1/0000 10:00"}, "is no time"),
        ({"sys_updated_at": "1/1/0001 00:00"}, "is no time"),
        ({"sys_updated_at": "31/12/9999 23:59"}, "is no time"),
        ({"location": "a\0b"}, "NUL"),
    ],
)
def test_a_line_that_cannot_be_an_event_is_rejected_with_its_number(log, cells, reason):
    report = log.load([row(number="A"), row(number="B") | cells, row(number="C")])

    assert [r["line"] for r in report["rejected"]] == [3]
    assert reason in report["rejected"][0]["reason"]
    assert (report["rows"], report["events"], report["tickets"]) == (3, 2, 2)


@pytest.mark.parametrize("line", ["INC1,New", ",".join("x" * 50), 'a"b,"c"d,e'])
def test_a_line_of_another_width_is_rejected(log, line):
    log.path.write_text(text_of([row()]) + line + "\n" + ",".join(row(number="B").values()) + "\n", encoding="utf-8")
    report = log.run()

    assert [r["line"] for r in report["rejected"]] == [3]
    assert (report["rows"], report["events"]) == (3, 2)


def test_lesser_oddities_are_counted_and_the_line_is_taken(log):
    rows = [
        row(impact="huge", urgency="?", priority="none"),
        row(opened_at="soon", closed_at="never"),
        row(contact_type="Pigeon", category="???", reopen_count="many", location="a\x07b"),
    ]
    log.path.write_text(text_of(rows).replace("INC0000001,New", "\nINC0000001,New", 1), encoding="utf-8")
    report = log.run()

    assert report["warnings"] == {
        "blank_line": 1, "impact_unknown": 1, "urgency_unknown": 1, "priority_unknown": 1, "date_unreadable": 2,
        "channel_unknown": 1, "category_unusable": 1, "number_unreadable": 1, "control_characters": 1,
    }  # fmt: skip
    assert report["events"] == 3
    assert Incident.objects.get().location.name == "a b"


def test_columns_that_are_absent_or_unheard_of_are_counted(log):
    log.write([row(extra="x")], columns=[*(name for name in COLUMNS if name != "vendor"), "extra"])

    assert log.run()["warnings"] == {"column_missing": 1, "column_unknown": 1}


def test_names_longer_than_our_fields_are_cut_and_found_again(log):
    long = "long " * 60
    cells = {"assignment_group": long, "category": long, "subcategory": long, "location": long, "caller_id": long}
    rows = [row(**cells, closed_code="c" * 40, incident_state="Closed")]
    first = log.load(rows)
    second = log.load([*rows, row(**cells)])

    assert (first["events"], second["events"], second["updated"]) == (1, 1, 1)
    assert first["warnings"]["text_cut"] == 2


def test_only_a_heading_is_an_import_of_nothing(log):
    log.path.write_bytes(HEADER)

    assert log.run()["rows"] == 0


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("[groups", "not TOML"),
        ('colour = "red"', "does not know"),
        ("groups = 1", "must be a table"),
        ('time_zone = "Mars/Olympus"', "no time zone"),
        ("time_zone = 1", "no time zone"),
        ('encoding = "runes"', "no encoding"),
        ('encoding = "zlib"', "no encoding"),
        ('encoding = "rot13"', "no encoding"),
        ('[groups]\n"G" = { queue = "Q", tier = 4 }', "tier from 1 to 3"),
        ('[groups]\n"G" = { tier = 2 }', "one line"),
        ('[states]\n"X" = "asleep"', "must become one of"),
        ('[states]\n"X" = "resolved:vendor"', "must become one of"),
        ('[codes]\n"code 1" = ""', "one line"),
    ],
)
def test_a_mapping_with_a_fault_is_refused_with_its_place(log, mapping, sentence):
    log.write(life())

    assert sentence in log.refusal(mapping=mapping)
    assert not Incident.objects.exists()


def test_a_mapping_that_asks_more_tiers_than_a_queue_has_is_refused(log):
    log.load([row()])

    assert "which has 1" in log.refusal(mapping='[groups]\n"Group 24" = { queue = "Group 70", tier = 2 }')


def test_without_a_format_the_command_is_used_wrongly(db):
    with pytest.raises(CommandError, match="--format"):
        call_command("import_tickets", "x.csv", stderr=StringIO())


def test_people_read_sentences_and_progress_when_they_do_not_ask_for_json(log, capsys):
    log.write([*life(), row(sys_updated_at="soon")])
    call_command("import_tickets", str(log.path), "--format", "servicenow-csv")

    told = capsys.readouterr()
    assert "Read 6 lines of 1 tickets and wrote 5 events" in told.out
    assert "100 %" in told.err
    assert "Line 7: “soon” is no time" in told.err


def test_slugs_stay_within_their_field_and_never_meet():
    taken = set()
    slugs = [free_slug("x" * 300, taken, 60) for _ in range(30)] + [free_slug("中文", taken, 60) for _ in range(3)]

    assert len(set(slugs)) == 33
    assert max(map(len, slugs)) <= 60


def test_memory_does_not_grow_with_the_file():
    """A quarter of a million lines pass through the reader and the spool in a process of their own."""
    probe = (
        "import resource, itertools, io, tests.settings, django, os\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup()\n"
        "from zoneinfo import ZoneInfo\n"
        "from incidents.imports.report import Report\n"
        "from incidents.imports.servicenow import Reader\n"
        "from incidents.imports.spool import Spool\n"
        "from tests.incidents.servicenow_log import row, text_of\n"
        "head, line = text_of([row(number='INC%d')]).splitlines(True)\n"
        "class Endless(io.TextIOBase):\n"
        "    def __init__(self, n): self.n, self.i = n, -1\n"
        "    def readline(self, size=-1):\n"
        "        self.i += 1\n"
        "        return head if not self.i else line % (self.i % 50_000) if self.i <= self.n else ''\n"
        "def peak(n):\n"
        "    with Spool() as spool:\n"
        "        reader = Reader(Endless(n), ZoneInfo('UTC'), Report())\n"
        "        spool.fill(reader, 0)\n"
        "        assert sum(len(b.rows) for batch in spool.batches(2000) for b in batch) == n\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "small = peak(50_000); print(small, peak(250_000))\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=200)
    small, large = map(int, done.stdout.split())

    assert large - small < 40_000  # kilobytes
