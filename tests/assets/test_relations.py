"""What belongs together, what fails with what, and in how few statements that is told."""

from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assets import impact
from assets.models import Asset, AssetType, Relation
from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.workflow import perform

from . import making
from .test_custody import events

pytestmark = pytest.mark.django_db

NODES = 1000


@pytest.fixture
def net(keeper: Employee) -> dict[str, Asset]:
    kind = making.make_type("Network")
    return {name: making.make_asset(keeper, kind, name=name) for name in ("rack", "switch", "port", "server", "app")}


def relate(net: dict[str, Asset], by: Employee, *triples: tuple[str, str, str]) -> None:
    for one, kind, other in triples:
        perform(net[one], "relate", by=by, kind=kind, other=net[other].number)


def affected(net: dict[str, Asset], name: str) -> dict[str, int]:
    names = {asset.pk: key for key, asset in net.items()}
    return {names[found.asset]: found.depth for found in impact.closure(net[name].pk)}


def test_a_failure_goes_to_what_depends_and_to_the_whole(net: dict[str, Asset], keeper: Employee) -> None:
    relate(
        net, keeper, ("port", "part_of", "switch"), ("server", "depends_on", "switch"),
        ("app", "depends_on", "server"), ("rack", "connected_to", "switch"),
    )  # fmt: skip

    assert affected(net, "port") == {"switch": 1, "server": 2, "app": 3}
    assert affected(net, "app") == {} and affected(net, "rack") == {}


def test_two_that_depend_on_each_other_end(net: dict[str, Asset], keeper: Employee) -> None:
    relate(net, keeper, ("server", "depends_on", "app"), ("app", "depends_on", "server"))

    assert affected(net, "app") == {"server": 1}


def test_no_part_contains_its_whole(net: dict[str, Asset], keeper: Employee) -> None:
    relate(net, keeper, ("port", "part_of", "switch"), ("switch", "part_of", "rack"))

    with pytest.raises(InvalidPayload, match="cannot contain its whole"):
        relate(net, keeper, ("rack", "part_of", "port"))
    relate(net, keeper, ("rack", "depends_on", "port"))
    with pytest.raises(InvalidPayload, match="does not belong to itself"):
        relate(net, keeper, ("rack", "part_of", "rack"))

    assert Relation.objects.count() == 3


def test_a_relation_is_there_once_and_both_logs_tell_of_it(net: dict[str, Asset], keeper: Employee) -> None:
    relate(net, keeper, ("rack", "connected_to", "switch"), ("switch", "connected_to", "rack"),
           ("rack", "connected_to", "switch"))  # fmt: skip

    assert Relation.objects.count() == 1
    assert [event.verb for event in events(net["switch"])][1:] == ["asset.related_here", "asset.related"]
    perform(net["switch"], "unrelate", by=keeper, other=net["rack"].number)
    assert not Relation.objects.exists()
    assert events(net["rack"])[-1].verb == "asset.unrelated_here"


def test_the_database_refuses_a_relation_that_hands_failures_on_wrongly(
    net: dict[str, Asset], keeper: Employee
) -> None:
    relate(net, keeper, ("server", "depends_on", "switch"))
    relation = Relation.objects.get()
    for wrong in ({"cause": None}, {"cause": net["server"], "effect": net["switch"]}, {"other": net["server"]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Relation.objects.filter(pk=relation.pk).update(**wrong)


def many(kind: AssetType, keeper: Employee) -> list[Asset]:
    Asset.objects.bulk_create([Asset(type=kind, name=f"node {number}") for number in range(NODES + 1)])
    return list(Asset.objects.order_by("pk"))


def tie(pairs: list[tuple[Asset, Asset]], keeper: Employee) -> None:
    Relation.objects.bulk_create(
        [Relation(kind="depends_on", asset=later, other=earlier, cause=earlier, effect=later, by=keeper)
         for earlier, later in pairs],
    )  # fmt: skip


@pytest.mark.parametrize("shape", ["chain", "star", "web"])
def test_a_thousand_are_told_in_one_statement(keeper: Employee, shape: str) -> None:
    nodes = many(making.make_type("Node"), keeper)
    pairs = {
        "chain": list(pairwise(nodes)),
        "star": [(nodes[0], other) for other in nodes[1:]],
        "web": [(nodes[number // 2], nodes[number]) for number in range(1, NODES + 1)]
        + [(nodes[number], nodes[number - 7]) for number in range(8, NODES + 1)],
    }[shape]
    tie(pairs, keeper)

    with CaptureQueriesContext(connection) as captured:
        found = impact.closure(nodes[0].pk)
    assert len(captured) == 1 and len(found) == NODES
