"""Who has what: custody follows the moves, the database holds what the code promises, and each guard says why not."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from assets.models import Asset, AssetType, Custody
from directory.models import Employee
from directory.services import deactivate, system_employee
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.audit.verify import verify
from servicedesk.common.errors import InvalidPayload, StaleVersion, WrongState
from servicedesk.workflow import perform
from servicedesk.workflow.door import WayAroundTheDoor
from tests import factories as make

from . import making

pytestmark = pytest.mark.django_db


def events(asset: Asset) -> list[Event]:
    found = Event.objects.filter(subject_type=subject_type_of(asset), subject_id=asset.pk)
    return list(found.select_related("personal_text").order_by("sequence"))


def hand_over(asset: Asset, keeper: Employee, to: Employee) -> Asset:
    return perform(asset, "hand_over", by=keeper, employee=to.login, terms="Look after it.")


def test_handing_over_begins_a_custody_that_waits_for_a_signature(
    asset: Asset, keeper: Employee, alice: Employee
) -> None:
    asset = hand_over(asset, keeper, alice)

    custody = asset.custodies.get()
    assert (asset.state, asset.holder, asset.location) == ("pending_acceptance", alice, alice.location)
    assert (custody.employee, custody.given_by, custody.terms) == (alice, keeper, "Look after it.")
    assert custody.is_active and custody.accepted_at is None
    last = events(asset)[-1]
    assert (last.verb, last.source, last.target) == ("asset.handed_over", "in_stock", "pending_acceptance")
    assert last.details["employee"] == alice.pk and last.details["changes"]["holder"] == [None, alice.pk]
    assert last.personal_text.body == {"terms": "Look after it."}


def test_accepting_keeps_the_signature_and_its_instant(asset: Asset, keeper: Employee, alice: Employee) -> None:
    asset = hand_over(asset, keeper, alice)

    asset = perform(asset, "accept", by=alice, signature="  alice   ROSSI ")

    custody = asset.custodies.get()
    assert (asset.state, custody.signature, custody.is_active) == ("in_use", "alice ROSSI", True)
    assert custody.accepted_at is not None and events(asset)[-1].verb == "asset.accepted"


@pytest.mark.parametrize("signature", ["", "   ", "Bob Bianchi", "Alice"])
def test_a_signature_is_ones_own_full_name(asset: Asset, keeper: Employee, alice: Employee, signature: str) -> None:
    asset = hand_over(asset, keeper, alice)

    with pytest.raises(InvalidPayload) as refusal:
        perform(asset, "accept", by=alice, signature=signature)

    assert list(refusal.value.errors) == ["signature"] and not asset.custodies.exclude(accepted_at=None).exists()


def test_declining_puts_it_back_and_keeps_the_reason(asset: Asset, keeper: Employee, alice: Employee) -> None:
    asset = hand_over(asset, keeper, alice)

    asset = perform(asset, "decline", by=alice, reason="The screen is scratched.")

    custody = asset.custodies.get()
    assert (asset.state, asset.holder, custody.ended_how) == ("in_stock", None, "declined")
    assert (custody.decline_reason, custody.ended_by) == ("The screen is scratched.", alice)


def test_what_waits_for_somebody_who_left_goes_back_by_the_clock(
    asset: Asset, keeper: Employee, alice: Employee
) -> None:
    asset, clock = hand_over(asset, keeper, alice), system_employee("clock")
    with pytest.raises(WrongState, match="still here"):
        perform(asset, "decline", by=clock, reason="Left")
    deactivate(alice)

    asset = perform(asset, "decline", by=clock, reason="Left the company before signing.")

    assert (asset.state, asset.custodies.get().ended_by) == ("in_stock", clock)


def test_a_way_through_repair_and_return_is_one_custody(asset: Asset, keeper: Employee, alice: Employee) -> None:
    asset = perform(hand_over(asset, keeper, alice), "accept", by=alice, signature=alice.name)
    due_on = timezone.localdate() + timedelta(days=3)
    for move, details in (
        ("repair", {}), ("repaired", {}), ("ask_back", {"due_on": due_on.isoformat()}),
        ("take_back", {"condition": "worn", "wiped": "yes"}),
    ):  # fmt: skip
        asset = perform(asset, move, by=keeper, **details)

    custody = asset.custodies.get()
    assert (custody.due_back_on, custody.condition, custody.wiped) == (due_on, "worn", "yes")
    assert (custody.ended_how, custody.ended_by, asset.holder) == ("returned", keeper, None)
    assert (asset.condition, asset.needs_wiping, asset.state) == ("worn", False, "in_stock")
    assert verify().ok


@pytest.mark.parametrize(
    ("state", "move", "how"),
    [("in_repair", "retire", "retired"), ("missing", "find", "found"), ("missing", "write_off", "written_off")],
)
def test_whatever_ends_it_ends_the_custody(
    asset: Asset, keeper: Employee, second: Employee, alice: Employee, state: str, move: str, how: str
) -> None:
    way = state if state == "in_repair" else "in_use"
    asset = making.bring(asset, way, keeper=keeper, holder=alice, second=second)
    if state == "missing":
        asset = perform(asset, "report_missing", by=keeper)
        assert asset.holder == alice and asset.custodies.get().is_active

    asset = perform(asset, move, by=second, **making.details_of(move, alice))

    assert (asset.holder, asset.custodies.get().ended_how) == (None, how)


def test_whoever_reported_it_missing_does_not_write_it_off(asset: Asset, keeper: Employee, second: Employee) -> None:
    asset = perform(asset, "report_missing", by=keeper)

    with pytest.raises(WrongState, match="another asset manager"):
        perform(asset, "write_off", by=keeper, reason="Gone.")

    assert perform(asset, "write_off", by=second, reason="Gone.").written_off_by == second


def test_found_and_lost_again_it_is_another_report(asset: Asset, keeper: Employee, second: Employee) -> None:
    asset = perform(perform(asset, "report_missing", by=keeper), "find", by=keeper)
    asset = perform(asset, "report_missing", by=second)

    assert perform(asset, "write_off", by=keeper, reason="Gone.").state == "written_off"


def test_what_came_back_with_data_on_it_is_wiped_before_anybody_gets_it(
    asset: Asset, keeper: Employee, second: Employee, alice: Employee
) -> None:
    asset = making.bring(asset, "pending_return", keeper=keeper, holder=alice, second=second)
    with pytest.raises(InvalidPayload, match="holds data"):
        perform(asset, "take_back", by=keeper, condition="good", wiped="not_needed")
    asset = perform(asset, "take_back", by=keeper, condition="good", wiped="no")

    with pytest.raises(WrongState, match="wipe it first"):
        hand_over(asset, keeper, alice)
    retired = perform(asset, "retire", by=keeper, reason="Old")
    with pytest.raises(WrongState, match="wipe it first"):
        perform(retired, "dispose", by=keeper, certificate="R-1")
    wiped = perform(retired, "record_wipe", by=keeper)

    assert not wiped.needs_wiping and events(asset)[-1].details["changes"]["needs_wiping"] == [True, False]
    assert perform(wiped, "dispose", by=keeper, certificate="R-1").certificate == "R-1"


@pytest.mark.parametrize("days", [-1, 400])
def test_the_day_of_return_is_one_to_keep(asset: Asset, keeper: Employee, alice: Employee, days: int) -> None:
    asset = perform(hand_over(asset, keeper, alice), "accept", by=alice, signature=alice.name)

    with pytest.raises(InvalidPayload):
        perform(asset, "ask_back", by=keeper, due_on=(timezone.localdate() + timedelta(days=days)).isoformat())


def test_nothing_is_handed_to_who_is_not_here(asset: Asset, keeper: Employee, alice: Employee) -> None:
    deactivate(alice)
    for who in ("alice", "system.clock", "nobody"):
        with pytest.raises(InvalidPayload) as refusal:
            perform(asset, "hand_over", by=keeper, employee=who, terms="Look after it.")
        assert list(refusal.value.errors) == ["employee"]


def test_two_readers_of_one_version_do_not_both_move_it(asset: Asset, keeper: Employee, alice: Employee) -> None:
    hand_over(asset, keeper, alice)

    with pytest.raises(StaleVersion):
        perform(asset, "edit", by=keeper, expected_version=1, name="Mine")


def test_the_state_changes_through_the_door_alone(asset: Asset) -> None:
    with pytest.raises(AttributeError):
        asset.state = "in_use"
    with pytest.raises(WayAroundTheDoor):
        asset.retire(reason="x")
    asset.refresh_from_db()
    assert asset.state == "in_stock"


# What the database itself refuses, were the code to ask for it.
def broken_rows(asset: Asset, keeper: Employee, alice: Employee) -> dict[str, dict[str, object]]:
    return {
        "a state of another machine": {"state": "closed"},
        "in use by nobody": {"state": "in_use"},
        "in stock and held": {"holder": alice},
        "reserved for nobody": {"state": "reserved"},
        "in stock and reserved": {"reserved_for": alice},
        "written off by nobody": {"state": "written_off"},
        "written off by who reported it": {
            "state": "written_off", "written_off_by": keeper, "missing_reported_by": keeper,
        },
    }  # fmt: skip


@pytest.mark.parametrize("fault", sorted(broken_rows(None, None, None)))  # type: ignore[arg-type]
def test_the_database_refuses(asset: Asset, keeper: Employee, alice: Employee, fault: str) -> None:
    values = broken_rows(asset, keeper, alice)[fault]

    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(**values)


def test_the_database_refuses_a_second_custody(asset: Asset, keeper: Employee, alice: Employee) -> None:
    asset = hand_over(asset, keeper, alice)
    given = {"asset": asset, "employee": alice, "given_by": keeper, "given_at": timezone.now()}

    with pytest.raises(IntegrityError), transaction.atomic():
        Custody.objects.create(**given)

    ended = {"ended_at": timezone.now(), "ended_by": keeper, "ended_how": "found"}
    assert Custody.objects.create(**given, **ended).pk
    for wrong in ({**ended, "ended_how": ""}, {**ended, "ended_how": "returned"}, {**ended, "ended_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Custody.objects.create(**given, **wrong)


def test_a_tag_is_there_once_however_it_is_written(asset: Asset, keeper: Employee, laptop: AssetType) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        making.make_asset(keeper, laptop, tag="lt-0382")
    assert list(refusal.value.errors) == ["tag"]

    other = making.make_asset(keeper, laptop)
    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.filter(pk=other.pk).update(tag="Lt-0382")
    assert making.make_asset(keeper, laptop).tag == ""


def test_one_serial_number_is_one_thing_of_a_model(keeper: Employee, laptop: AssetType) -> None:
    model = making.make_model(laptop)
    making.make_asset(keeper, laptop, model=model.slug, serial="PF1")

    with pytest.raises(InvalidPayload) as refusal:
        making.make_asset(keeper, laptop, model=model.slug, serial="pf1")

    assert list(refusal.value.errors) == ["serial"]
    assert making.make_asset(keeper, laptop, model=making.make_model(laptop).slug, serial="PF1").pk


def test_editing_changes_what_is_named_and_nothing_else(asset: Asset, keeper: Employee) -> None:
    asset = perform(asset, "edit", by=keeper, name="Loan laptop", notes="Sticker on the lid", cost="1200.50")

    assert (asset.tag, asset.serial, asset.name, str(asset.cost)) == ("LT-0382", "PF3KQ7", "Loan laptop", "1200.50")
    last = events(asset)[-1]
    assert last.details["fields"] == ["name", "cost", "notes"]
    assert last.personal_text.body == {"notes": "Sticker on the lid"}


def test_the_holder_may_be_the_one_who_manages_and_signs_all_the_same(asset: Asset, keeper: Employee) -> None:
    asset = hand_over(asset, keeper, keeper)

    assert perform(asset, "accept", by=keeper, signature=keeper.name).state == "in_use"


def test_a_reserved_one_can_go_to_somebody_else(asset: Asset, keeper: Employee, alice: Employee) -> None:
    asset = perform(asset, "reserve", by=keeper, employee=alice.login)
    bob = make.make_employee("bob")

    asset = hand_over(asset, keeper, bob)

    assert (asset.holder, asset.reserved_for) == (bob, None)
