"""What a query may say about an asset. It narrows ``visible_to`` and lets nobody see more."""

from django.utils.translation import gettext_lazy as _

from servicedesk.query import Choice, Date, Instant, Person, RecordNumber, Reference, Schema, Text

from .models import Asset
from .states import VOCABULARY, Condition

# What it cost and who sold it are no fields: whoever may ask could find them out.
schema = Schema(
    Asset,
    [
        RecordNumber("number", path="pk", prefixes=lambda: [VOCABULARY.prefix], label=_("Number"), sortable=True),
        Choice("state", options=lambda: VOCABULARY.choices),
        Text("tag"),
        Text("name"),
        Text("serial"),
        Text("text", paths=("tag", "name", "serial"), label=_("Tag, name or serial number")),
        Reference("type", collection="asset-types"),
        Reference("model", collection="asset-models"),
        Choice("condition", options=Condition.choices),
        Reference("location"),
        Reference("department"),
        Person("holder"),
        Date("warranty_until"),
        Instant("created_at"),
        Instant("updated_at", sortable=True),
    ],
    name="asset",
)
