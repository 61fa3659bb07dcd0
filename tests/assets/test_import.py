"""Taking a list over: what it means, what is refused with its line, and that twice is once."""

import json
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assets.imports.meaning import Misfit, day_of, money_of, state_of, warranty_of
from assets.imports.services import Report, import_assets
from assets.models import Asset, AssetModel, AssetType, Custody, Maker
from directory.models import Employee
from servicedesk.audit.verify import verify
from servicedesk.common.errors import InvalidPayload, NotPermitted
from servicedesk.workflow import perform
from tests import factories as make

from . import making
from .test_custody import events

pytestmark = pytest.mark.django_db

HEAD = (
    "Asset Tag,Asset Name,Serial,Model Name,Model Number,Category,Manufacturer,Status,Location,Company,Purchase Date,"
    "Purchase Cost,Supplier,Warranty,Order Number,Notes,Checked Out To: Username\n"
)
GOOD = (
    'LT-1,,PF1,ThinkPad T14,21HD,Laptop,Lenovo,Deployed,Milan,Finance,2025-03-31,"1,249.90",Rossi srl,36,PO-7,,alice\n'
    "LT-2,Loan,PF2,ThinkPad T14,21HD,Laptop,Lenovo,Ready to Deploy,,,,,,,,,\n"
    "MO-1,,CN9,U2722D,,Monitor,Dell,Archived,Milan,,,,,,,,\n"
)
ROWS = 1_500


def run(text: str | bytes, by: Employee, *, dry_run: bool = False) -> Report:
    return import_assets(BytesIO(text if isinstance(text, bytes) else text.encode()), by=by, dry_run=dry_run)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected_count


@pytest.fixture
def places(alice: Employee) -> None:
    make.make_department("Finance")


def test_a_list_becomes_assets_with_all_that_it_says(keeper: Employee, alice: Employee, places: None) -> None:
    report = run(HEAD + GOOD, keeper)

    assert counts(report) == (3, 0, 0, 0) and report.added == {"type": 2, "maker": 2, "model": 2}
    laptop = Asset.objects.get(tag="LT-1")
    assert (laptop.state, laptop.holder, str(laptop.model)) == ("in_use", alice, "Lenovo ThinkPad T14")
    assert (laptop.location.name, laptop.department.name, laptop.type.name) == ("Milan", "Finance", "Laptop")
    assert (laptop.purchased_on, laptop.warranty_until) == (date(2025, 3, 31), date(2028, 3, 31))
    assert (laptop.cost, laptop.supplier, laptop.order_number) == (Decimal("1249.90"), "Rossi srl", "PO-7")
    custody = laptop.custodies.get()
    assert (custody.employee, custody.is_active, custody.signature) == (alice, True, "")
    assert [asset.state for asset in Asset.objects.order_by("tag")] == ["in_use", "in_stock", "retired"]
    [event] = events(laptop)
    assert (event.verb, event.source, event.target, event.channel) == ("asset.imported", "", "in_use", "import")
    assert event.details["line"] == 2 and event.details["changes"]["holder"] == [None, alice.pk]
    assert verify().ok


def test_a_look_writes_nothing_and_says_the_same(keeper: Employee, places: None) -> None:
    looked = run(HEAD + GOOD + "X-1,,,,,,,,,,,,,,,,\n", keeper, dry_run=True)
    assert not any(model.objects.exists() for model in (Asset, Custody, Maker, AssetModel, AssetType))

    done = run(HEAD + GOOD + "X-1,,,,,,,,,,,,,,,,\n", keeper)

    assert counts(looked) == counts(done) == (3, 0, 0, 1)
    assert looked.rejected == done.rejected and looked.added == done.added


def test_a_second_time_changes_nothing_and_a_changed_list_changes_facts_alone(
    keeper: Employee, alice: Employee, places: None
) -> None:
    run(HEAD + GOOD, keeper)
    again = run(HEAD + GOOD, keeper)
    assert counts(again) == (0, 0, 3, 0) and again.events == 0

    changed = run(
        "Asset Tag,Serial,Asset Name,Status,Checked Out To: Username\nlt-1,PF1,Old laptop,Archived,\n,pf2,Spare,,\n",
        keeper,
    )

    assert counts(changed) == (0, 2, 0, 0) and sum(changed.warnings.values()) == 1
    laptop = Asset.objects.get(tag__iexact="LT-1")
    assert (laptop.name, laptop.state, laptop.holder, laptop.version) == ("Old laptop", "in_use", alice, 2)
    assert Asset.objects.get(serial="PF2").name == "Spare"
    assert events(laptop)[-1].details["fields"] == ["name"]
    assert perform(laptop, "ask_back", by=keeper, due_on=date.today().isoformat()).state == "pending_return"
    assert verify().ok


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",,,T14,,Laptop,Lenovo,,,,,,,,,,", "neither a tag nor a serial"),
        ("LT-9,,,,,,,,,,,,,,,,", "no category or known model"),
        ("LT-9,,,New model,,,Lenovo,,,,,,,,,,", "no category says what it is"),
        ("LT-9,,,New model,,Laptop,,,,,,,,,,,", "no manufacturer is named"),
        ("LT-9,,,,,Laptop,,Deployed,,,,,,,,,", "nobody is named"),
        ("LT-9,,,,,Laptop,,Archived,,,,,,,,,alice", "checked out to somebody"),
        ("LT-9,,,,,Laptop,,Somewhere,,,,,,,,,", "status “Somewhere” is unknown"),
        ("LT-9,,,,,Laptop,,Written off,,,,,,,,,", "two people"),
        ("LT-9,,,,,Laptop,,,,,31st of May,,,,,,", "is no day"),
        ("LT-9,,,,,Laptop,,,,,,cheap,,,,,", "no amount of money"),
        ("LT-9,,,,,Laptop,,,,,,,,,,,nobody", "no active employee"),
        ("LT-1,,,,,Laptop,,,,,,,,,,,", "stands on line 2 already"),
        (f"{'x' * 41},,,,,Laptop,,,,,,,,,,,", "at most 40 characters"),
        ("LT-9,,,ThinkPad T14,21HD,Monitor,Lenovo,,,,,,,,,,", "is a Laptop here"),
    ],
)
def test_a_line_that_does_not_fit_is_named_and_the_others_go_on(
    keeper: Employee, places: None, row: str, why: str
) -> None:
    report = run(f"{HEAD}{GOOD}{row}\nLT-10,,,,,Laptop,,,,,,,,,,,\n", keeper)

    assert counts(report) == (4, 0, 0, 1)
    [(line, reason)] = report.rejected
    assert line == 5 and why in reason and reason.endswith(".") and not reason[0].islower()


def test_a_serial_number_of_somebody_else_is_refused(keeper: Employee, places: None) -> None:
    run(HEAD + GOOD, keeper)

    report = run(HEAD + "LT-77,,PF1,ThinkPad T14,21HD,Laptop,Lenovo,,,,,,,,,,\n"
                 "LT-2,,PF1,ThinkPad T14,21HD,Laptop,Lenovo,,,,,,,,,,\n", keeper)  # fmt: skip

    assert report.rejected_count == 2 and report.created == report.updated == 0


def test_what_is_unknown_beside_the_asset_is_left_out_and_counted(keeper: Employee) -> None:
    report = run("Asset Tag,Category,Location,Company,Warranty,EOL\nLT-1,Laptop,Atlantis,Umbrella,36,2030\n", keeper)

    assert counts(report) == (1, 0, 0, 0) and sum(report.warnings.values()) == 4


def test_our_own_file_comes_back_as_it_went(keeper: Employee, alice: Employee, places: None) -> None:
    run(HEAD + GOOD, keeper)
    making.make_asset(keeper, AssetType.objects.get(name="Laptop"), tag="-1", name="=1+1")
    client = Client()
    client.force_login(keeper)
    for show in ("", "gone"):
        file = b"".join(client.get(f"/desk/assets/export/?show={show}").streaming_content)
        report = run(file, keeper)
        assert counts(report)[:2] == (0, 0) and not report.rejected, report


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_usual_separator_is_read(keeper: Employee, separator: str) -> None:
    text = '\ufeffAsset Tag,Category,Notes\nLT-1,Laptop,"two\nlines"\nLT-2,Laptop,\n'.replace(",", separator)

    assert run(text, keeper).created == 2
    assert Asset.objects.get(tag="LT-1").notes == "two\nlines"


def test_lines_are_counted_as_an_editor_does(keeper: Employee) -> None:
    report = run('Asset Tag,Category,Notes\nLT-1,Laptop,"two\nlines"\n\nLT-2,,\n', keeper)

    assert [line for line, _reason in report.rejected] == [5]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00x", b"one,two\n1,2\n", b"Asset Tag,Asset Tag\n", b"Asset Tag,Notes\nLT-1,\xff\n"],
)
def test_what_is_no_list_is_refused(keeper: Employee, content: bytes) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        run(content, keeper)
    assert refusal.value.sentence.endswith(".")


def test_lists_are_for_asset_managers(alice: Employee) -> None:
    with pytest.raises(NotPermitted):
        run(HEAD + GOOD, alice)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1249.9", "1249.90"), ("1,249.90", "1249.90"), ("1.249,90 €", "1249.90"), ("€ 12", "12.00"), ("1,200", "1200.00"),
     ("12,5", "12.50"), ("1'000.00", "1000.00"), ("1.234.567,00", "1234567.00")],
)  # fmt: skip
def test_money(text: str, amount: str) -> None:
    assert money_of(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["-5", "free", "", "99999999999999"])
def test_what_is_no_money(text: str) -> None:
    with pytest.raises(Misfit):
        money_of(text)


def test_days_and_warranties() -> None:
    assert day_of("2026-11-20 00:00:00") == day_of("20.11.2026") == day_of("Nov 20, 2026") == date(2026, 11, 20)
    assert warranty_of("12 months", date(2024, 2, 29)) == date(2025, 2, 28)
    assert warranty_of("2027-01-31", None) == date(2027, 1, 31) and warranty_of("12", None) is None
    for text in ("2026-13-01", "20/11/26", "1066-10-14"):
        with pytest.raises(Misfit):
            day_of(text)


def test_states() -> None:
    assert state_of("Ready to Deploy (deployed)", held=True) == "in_use"
    assert state_of("Out for Repair", held=True) == "in_repair" and state_of("out for repair", held=False) == "in_stock"
    assert state_of("Lost/Stolen", held=True) == "missing"


def test_the_command_says_what_it_did(tmp_path: Path, keeper: Employee, places: None) -> None:
    file = tmp_path / "list.csv"
    file.write_text(HEAD + GOOD + "LT-9,,,,,,,,,,,,,,,,\n", encoding="utf-8")

    def answer(*options: str) -> dict[str, Any]:
        out = StringIO()
        call_command("import_assets", str(file), *options, "--json", stdout=out)
        return json.loads(out.getvalue())  # type: ignore[no-any-return]

    looked, done, again = answer("--dry-run"), answer(), answer()

    assert (looked["created"], looked["events"]) == (3, 0)
    assert (done["rows"], done["assets"], done["created"], done["events"]) == (4, 3, 3, 3)
    assert again["unchanged"] == 3
    assert done["rejected"] == [
        {"line": 5, "reason": "It is new here, and no category or known model says what it is."}
    ]
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_assets", str(tmp_path / "none.csv"))


def test_a_long_list_asks_little_for_each_line(keeper: Employee, alice: Employee, places: None) -> None:
    """How long ten thousand take is measured by ``benchmark assets``; here only that a line costs less than one."""
    lines = "".join(
        f"T-{number},,S{number},ThinkPad T{number % 40},,Laptop,Lenovo,{'Deployed' if number % 2 else ''},Milan,"
        f"Finance,2025-03-31,999.00,Rossi srl,36,PO-{number},,{'alice' if number % 2 else ''}\n"
        for number in range(ROWS)
    )

    with CaptureQueriesContext(connection) as first:
        report = run(HEAD + lines, keeper)
    with CaptureQueriesContext(connection) as second:
        again = run(HEAD + lines, keeper)

    assert counts(report) == (ROWS, 0, 0, 0) and counts(again) == (0, 0, ROWS, 0)
    assert len(first) < ROWS and len(second) < ROWS / 10, (len(first), len(second))
