"""Made-up assets: a list to take over, and a web of relations behind one switch; the same for the same number."""

import csv
from pathlib import Path

from django.core.management import call_command

from assets.models import Asset, Relation
from directory.services import system_employee
from servicedesk.common.time import now
from servicedesk.demo.stories import dice
from servicedesk.tickets.administration import OPERATOR

HEAD = (
    "Asset Tag", "Serial", "Model Name", "Category", "Manufacturer", "Status", "Location", "Purchase Date",
    "Purchase Cost", "Supplier", "Warranty", "Order Number",
)  # fmt: skip
MODELS = (
    ("ThinkPad T14", "Laptop", "Lenovo"), ("Latitude 7440", "Laptop", "Dell"), ("U2722D", "Monitor", "Dell"),
    ("EliteDesk 800", "Desktop", "HP"), ("Catalyst 9200", "Switch", "Cisco"),
)  # fmt: skip
STATES = ("Ready to Deploy", "Archived", "Out for Repair", "Pending")
# So many things hang on each one, and one in so many hangs on a second one as well.
BELOW, CROSSES = 6, 5


def write_list(path: Path, rows: int, *, first: int = 1) -> None:
    """A list of ``rows`` assets with the columns of Snipe-IT, tags from ``first`` on."""
    chance = dice("register", first)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for number in range(first, first + rows):
            model, category, maker = chance.choice(MODELS)
            writer.writerow((
                f"B-{number:07d}", f"SN{number:09d}", model, category, maker, chance.choices(STATES, (80, 8, 7, 5))[0],
                chance.choice(("Milan", "Shanghai", "Hong Kong", "Kuala Lumpur")),
                f"202{chance.randint(1, 5)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
                f"{chance.randint(90, 4000)}.90", "Bechtle", 36, f"PO-{chance.randint(10000, 99999)}",
            ))  # fmt: skip


def fill_impact(folder: Path, rows: int) -> int:
    """``rows`` assets that all fail with one more; gives the key of that one."""
    path = folder / "impact.csv"
    write_list(path, rows + 1)
    call_command("import_assets", str(path), verbosity=0, stdout=path.with_suffix(".out").open("w"))
    keys = list(Asset.objects.order_by("pk").values_list("pk", flat=True))
    chance, by, at = dice("impact", rows), system_employee(OPERATOR), now()
    ties = {(keys[place], keys[(place - 1) // BELOW]) for place in range(1, len(keys))}
    for place in range(BELOW, len(keys), CROSSES):
        ties.add((keys[place], keys[chance.randrange(place)]))
    Relation.objects.bulk_create(
        Relation(
            asset_id=one, other_id=other, kind=Relation.Kind.DEPENDS_ON, cause_id=other, effect_id=one, by=by, at=at
        )
        for one, other in sorted(ties)
    )
    return keys[0]
