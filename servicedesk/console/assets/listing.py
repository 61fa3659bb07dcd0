"""The list of assets: searched, filtered, page by page, and the same as a file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from assets.access import manages_assets
from assets.export import COLUMNS, row_of
from assets.models import Asset, AssetType
from assets.states import HELD
from assets.words import status_of
from directory.models import Department, Location
from servicedesk.common.types import StrOrPromise
from servicedesk.tickets.counting import bounded_counts, shown

from ..people import _address as address_of
from ..people import paged, searched
from .gates import asset_page

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """A ready-made filter of the list."""

    key: str
    label: StrOrPromise
    condition: Q


FILTERS = (
    Filter("", gettext_lazy("All in service"), ~Q(state__in=("retired", "disposed", "written_off"))),
    Filter("in_stock", gettext_lazy("In stock"), Q(state__in=("in_stock", "reserved"))),
    Filter("held", gettext_lazy("With people"), Q(state__in=HELD)),
    Filter("to_sign", gettext_lazy("Waiting for a signature"), Q(state="pending_acceptance")),
    Filter("to_return", gettext_lazy("Asked back"), Q(state="pending_return")),
    Filter("repair", gettext_lazy("In repair"), Q(state="in_repair")),
    Filter("ordered", gettext_lazy("Ordered"), Q(state="ordered")),
    Filter("missing", gettext_lazy("Missing"), Q(state="missing")),
    Filter("gone", gettext_lazy("Gone"), Q(state__in=("retired", "disposed", "written_off"))),
)
SORTS: dict[str, tuple[StrOrPromise, tuple[str, ...]]] = {
    "newest": (gettext_lazy("newest first"), ("-pk",)),
    "tag": (gettext_lazy("tag"), ("tag", "pk")),
    "person": (gettext_lazy("person"), ("holder__name", "pk")),
    "warranty": (gettext_lazy("end of warranty"), ("warranty_until", "pk")),
}


@dataclass(frozen=True)
class Choices:
    """What the query string asks for, each value one that there is."""

    text: str
    show: Filter
    type: AssetType | None
    location: Location | None
    department: Department | None
    sort: str
    types: list[AssetType]
    locations: list[Location]

    @classmethod
    def of(cls, request: HttpRequest) -> "Choices":
        types, locations = list(AssetType.objects.all()), list(Location.objects.all())
        given = request.GET.get
        slug = given("department", "").replace("\x00", "")
        return cls(
            text=searched(request),
            show=next((one for one in FILTERS if one.key == given("show", "")), FILTERS[0]),
            type=next((one for one in types if one.slug == given("type")), None),
            location=next((one for one in locations if one.slug == given("location")), None),
            department=Department.objects.filter(slug=slug).first() if slug else None,
            sort=given("sort", "") if given("sort") in SORTS else "newest",
            types=types,
            locations=locations,
        )

    def narrow(self, assets: QuerySet[Asset]) -> QuerySet[Asset]:
        """``assets`` without the ready-made filter, whose numbers are counted over this."""
        for name in ("type", "location", "department"):
            if getattr(self, name) is not None:
                assets = assets.filter(**{name: getattr(self, name)})
        return assets.matching(self.text) if self.text else assets  # type: ignore[attr-defined]

    def found(self, request: HttpRequest) -> QuerySet[Asset]:
        """What the list shows, in its order; the file holds the same."""
        narrowed = self.narrow(Asset.objects.visible_to(request.user))
        return narrowed.filter(self.show.condition).order_by(*SORTS[self.sort][1])


@asset_page
def assets(request: HttpRequest) -> HttpResponse:
    """``/desk/assets/``: ``q``, ``show``, ``type``, ``location``, ``department``, ``sort`` and ``page``."""
    chosen = Choices.of(request)
    jump = _named(request, chosen.text)
    if jump is not None:
        return redirect("console:asset", number=jump.number)
    narrowed = chosen.narrow(Asset.objects.visible_to(request.user))
    counts = bounded_counts({one.key: narrowed.filter(one.condition) for one in FILTERS})
    batch, page = paged(request, chosen.found(request).for_list(), PAGE)  # type: ignore[attr-defined]
    context = {
        "rows": [_row(asset) for asset in batch], "page": page, "q": chosen.text, "chosen": chosen,
        "chips": [
            {"label": one.label, "url": address_of(request, show=one.key, page=""), "current": one is chosen.show,
             "count": shown(counts[one.key])}
            for one in FILTERS
        ],
        "sorts": [(key, label) for key, (label, _order) in SORTS.items()],
        "query": request.GET.urlencode(), "manages": manages_assets(request.user),
        "is_filtered": bool(request.GET.urlencode()), "today": localdate(),
    }  # fmt: skip
    return render(request, "console/assets/list.html", context)


def _named(request: HttpRequest, text: str) -> Asset | None:
    """The one asset whose number, tag or serial the text is: there is no need of a list of one."""
    if not text or any(request.GET.get(name) for name in ("show", "type", "location", "page")):
        return None
    found = list(Asset.objects.visible_to(request.user).named(text).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


def _row(asset: Asset) -> dict[str, Any]:
    label, tone = status_of(asset)
    return {"asset": asset, "status": label, "tone": tone}


class _Echo:
    """What a CSV writer writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


@asset_page
def export(request: HttpRequest) -> StreamingHttpResponse:
    """``/desk/assets/export/``: the list, whole, as CSV with the columns of the import."""
    found = Choices.of(request).found(request).for_list()  # type: ignore[attr-defined]
    with_costs = manages_assets(request.user)
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow(COLUMNS)
        for asset in found.iterator(chunk_size=500):
            yield writer.writerow(row_of(asset, with_costs=with_costs))

    headers = {"Content-Disposition": f'attachment; filename="assets-{localdate():%Y-%m-%d}.csv"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=headers)
