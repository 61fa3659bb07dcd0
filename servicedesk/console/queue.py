"""The queue: what waits for the desk, filtered, sorted, page by page."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.types import StrOrPromise
from servicedesk.query.folding import fold
from servicedesk.tickets.access import Access
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.models import Proposal, Queue, Task, Ticket
from servicedesk.tickets.query import schema
from servicedesk.tickets.states import Priority

from .gates import desk_page, is_technician
from .rows import Row, rows_of

PAGE = 50
LAST_PAGE = 200


@dataclass(frozen=True)
class Chip:
    """A ready-made filter of the queue."""

    key: str
    label: StrOrPromise
    icon: str

    def of(self, tickets: QuerySet[Ticket], employee: Employee) -> QuerySet[Ticket]:
        conditions = {
            "open": Q(is_open=True),
            "new": Q(is_open=True, state="new"),
            "unassigned": Q(is_open=True, assignee=None),
            "mine": Q(is_open=True, assignee=employee),
            "waiting": Q(is_open=True, state="pending"),
            "urgent": Q(is_open=True, priority__in=("P1", "P2")),
            "proposals": Q(is_open=True, pk__in=Proposal.objects.filter(state="open").order_by().values("ticket")),
            "done": Q(is_open=False),
        }
        return tickets.filter(conditions[self.key])


CHIPS = (
    Chip("open", gettext_lazy("All open"), "inbox"),
    Chip("new", gettext_lazy("New"), "circle"),
    Chip("unassigned", gettext_lazy("Unassigned"), "user"),
    Chip("mine", gettext_lazy("Mine"), "user-check"),
    Chip("waiting", gettext_lazy("Waiting"), "player-pause"),
    Chip("urgent", gettext_lazy("P1 and P2"), "flame"),
    Chip("proposals", gettext_lazy("Proposals"), "help-circle"),
    Chip("done", gettext_lazy("Done"), "circle-check"),
)
SORTS: dict[str, tuple[StrOrPromise, tuple[Any, ...]]] = {
    "priority": (gettext_lazy("priority"), ("priority", "pk")),
    "due": (gettext_lazy("due time"), (F("next_due_at").asc(nulls_last=True), "priority", "pk")),
    "updated": (gettext_lazy("last change"), ("-updated_at", "-pk")),
    "newest": (gettext_lazy("age, newest first"), ("-pk",)),
    "oldest": (gettext_lazy("age, oldest first"), ("pk",)),
}


@dataclass(frozen=True)
class CursorPage:
    """What the pagination component needs of a page that nobody counts."""

    previous_url: str
    next_url: str


@desk_page
def queue(request: HttpRequest) -> HttpResponse:
    """``/desk/``: the tickets of one's queues; the query has ``queue``, ``view``, ``q``, ``sort`` and ``page``."""
    access = Access.of(request.user)
    queues = list(Queue.objects.filter(pk__in=access.queues_with("view_queue", "audit_queue", "view_confidential")))
    tickets = Ticket.objects.on_desk_of(request.user)
    chosen_queue = next((queue for queue in queues if queue.slug == request.GET.get("queue")), None)
    if chosen_queue is not None:
        tickets = tickets.filter(queue=chosen_queue)
    text = request.GET.get("q", "").strip()
    jump = _named_by_number(request, text)
    if jump is not None:
        return redirect("console:ticket", number=jump.number)
    error = ""
    try:
        searched = search(tickets, text)
    except InvalidPayload as problem:
        error, searched = str(problem), tickets.none()
    return _listing(request, tickets, searched, queues, chosen_queue, text, error)


def _listing(
    request: HttpRequest, tickets: Any, searched: Any, queues: list[Queue], chosen_queue: Queue | None, text: str,
    error: str,
) -> HttpResponse:  # fmt: skip
    chip = next((c for c in CHIPS if c.key == request.GET.get("view")), CHIPS[0])
    sort = request.GET.get("sort") if request.GET.get("sort") in SORTS else "priority"
    page = _page_number(request)
    found = chip.of(searched, request.user).for_list().order_by(*SORTS[sort][1])
    start = (page - 1) * PAGE
    batch = list(found[start : start + PAGE + 1])
    # Beside the hits of a search, counts of the whole queue would mislead, and counting hits reads every text.
    counted = [] if text else [c for c in CHIPS if c.key != "done"]
    counts = bounded_counts({c.key: c.of(tickets, request.user) for c in counted})
    context = {
        "chips": [
            {
                "label": c.label, "url": _url(request, view=c.key, page=None), "current": c is chip, "icon": c.icon,
                "count": shown(counts[c.key]) if c.key in counts else None,
            }
            for c in CHIPS
        ],
        "rows": rows_of(batch[:PAGE]),
        "page": CursorPage(
            _url(request, page=page - 1 if page > 2 else None) if page > 1 else "",
            _url(request, page=page + 1) if len(batch) > PAGE and page < LAST_PAGE else "",
        ),
        "queues": queues, "chosen_queue": chosen_queue, "q_tickets": text, "error": error, "chip": chip,
        "sort": sort, "sorts": [(key, label) for key, (label, _order) in SORTS.items()],
        "is_filtered": bool(text or chosen_queue or chip is not CHIPS[0]), "clear_url": request.path,
    }  # fmt: skip
    template = "console/_queue_list.html" if request.htmx else "console/queue.html"
    return render(request, template, context, status=422 if error else 200)


@desk_page
def work(request: HttpRequest) -> HttpResponse:
    """``/desk/work/``: what is assigned to oneself, and the open tasks: one's own, and those of one's queues."""
    mine = Ticket.objects.visible_to(request.user).filter(is_open=True, assignee=request.user)
    rows: list[Row] = rows_of(mine.for_list().order_by("priority", "pk")[:PAGE])
    found = Task.objects.of_technician(request.user).filter(state=Task.State.OPEN)
    found = found.select_related("ticket", "queue").prefetch_related("after")
    in_order = (F("due_at").asc(nulls_last=True), "pk")
    context = {
        "rows": rows, "tasks": found.filter(assignee=request.user).order_by(*in_order)[:PAGE],
        "queue_tasks": found.filter(assignee=None).order_by(*in_order)[:PAGE],
        "is_technician": is_technician(request.user),
    }  # fmt: skip
    return render(request, "console/work.html", context)


def _named_by_number(request: HttpRequest, text: str) -> Ticket | None:
    """The visible ticket whose number the text is: whole, or its digits alone."""
    visible = Ticket.objects.visible_to(request.user)
    if text.isascii() and text.isdigit():
        return visible.filter(pk=int(text)).first() if len(text) < 16 else None
    return visible.numbered(text).first() if text else None


def search(tickets: Any, text: str) -> Any:
    """``text`` as the query language, or, when it has no operator, as words that a ticket must have.

    A word stands in the title, the description or the requester's name, or is a priority; words in
    quotation marks stand together.
    """
    if any(sign in text for sign in ("=", "~", "<", ">", " in (")):
        return tickets.filter(schema.compile(text))
    if "\x00" in text:
        raise InvalidPayload({"q": [_("Remove the control characters from the search.")]})
    for quoted, plain in re.findall(r'"([^"]+)"|([^\s"]+)', text)[:8]:
        word = quoted or plain
        if word.upper() in Priority.values:
            tickets = tickets.filter(priority=word.upper())
            continue
        folded = fold(word)
        tickets = tickets.filter(
            Q(title__folded__contains=folded)
            | Q(description__folded__contains=folded)
            | Q(requester__name__folded__contains=folded)
        )
    return tickets


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "1")
    return page_number(given, LAST_PAGE)


def page_number(given: str, last: int) -> int:
    """The page that a query string names, between 1 and ``last``; anything odd is the first."""
    if not (given.isascii() and given.isdigit()):
        return 1
    return max(1, min(int(given[:9]), last))


def _url(request: HttpRequest, **changes: Any) -> str:
    query = {key: value for key, value in request.GET.items() if key in ("queue", "view", "q", "sort", "page")}
    query |= changes
    return f"{request.path}?{urlencode({key: value for key, value in query.items() if value is not None})}"
