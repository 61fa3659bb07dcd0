"""The knowledge base at the desk: what is written, reviewed, published and due, and one article with its versions."""

from typing import Any

from django.contrib import messages as notices
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from kb import diff
from kb.models import ArticleVersion, Feedback
from kb.querysets import ArticleVersionQuerySet
from kb.readers import Reader
from kb.reading import at_work, chosen
from kb.services import may_draft
from kb.states import ARCHIVED, DRAFT, IN_REVIEW, LIVE, OPEN, PUBLISHED, REVIEW_DUE, VOCABULARY
from kb.words import NEXT_MOVES
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.models import Category, Ticket
from servicedesk.tickets.registers.timeline import timeline
from servicedesk.workflow import Option, create, creation_form, options

from .gates import articles_page
from .people import _address, paged, searched
from .registers import Desk, action_page, buttons
from .rows import STATUS_TONES, rows_of

PAGE = 30
SHOWN_TICKETS = 10
SHOWN_COMMENTS = 30
# Answers have a part of their own, and a new version begins with its draft.
SAID_ELSEWHERE = ("article.rated", "article.revised")
CHIPS = {
    "": (gettext_lazy("All"), "book"),
    PUBLISHED: (gettext_lazy("Published"), "circle-check"),
    REVIEW_DUE: (gettext_lazy("Review due"), "calendar-time"),
    IN_REVIEW: (gettext_lazy("In review"), "eye"),
    DRAFT: (gettext_lazy("Drafts"), "edit"),
    "mine": (gettext_lazy("Mine"), "user"),
    ARCHIVED: (gettext_lazy("Archived"), "archive"),
}


def _of_chip(chip: str, found: ArticleVersionQuerySet, reader: Employee) -> ArticleVersionQuerySet:
    """``found`` as one of the ready-made filters narrows it: each article once."""
    if chip == "":
        return found.leading(reader).exclude(state=ARCHIVED)
    if chip == "mine":
        mine = found.filter(writers__employee=reader)
        newer = ArticleVersion.objects.filter(article=OuterRef("article"), ordinal__gt=OuterRef("ordinal"))
        return mine.filter(~Exists(newer.filter(writers__employee=reader)))
    if chip == ARCHIVED:
        return found.leading(reader).filter(state=ARCHIVED)
    return found.filter(state=chip)


@articles_page
def articles(request: HttpRequest) -> HttpResponse:
    """``/desk/kb/``: ``q`` (words or a number), ``state`` (or ``mine``), ``category`` and ``page``."""
    text, chip = searched(request), request.GET.get("state", "")
    chip = chip if chip in CHIPS else ""
    visible: ArticleVersionQuerySet = ArticleVersion.objects.visible_to(request.user)
    jump = visible.numbered(text).first() if text else None
    if jump is not None:
        return redirect("console:article", number=jump.number)
    categories = list(Category.objects.filter(pk__in=visible.order_by().values("category")))
    category = next((one for one in categories if one.slug == request.GET.get("category")), None)
    # A category holds what is below it in the tree.
    found = visible.filter(_below(category)) if category else visible
    if text:
        found = found.holding(text)
    counts = bounded_counts({key: _of_chip(key, found, request.user) for key in CHIPS})
    order = ("review_by", "pk") if chip == REVIEW_DUE else ("-updated_at", "-pk")
    rows = _of_chip(chip, found, request.user).for_list().with_votes()
    on_the_way = visible.filter(article=OuterRef("article"), state__in=OPEN).exclude(pk=OuterRef("pk"))
    batch, page = paged(request, rows.annotate(has_draft=Exists(on_the_way)).order_by(*order), PAGE)
    context = {
        "rows": [(row, *status_of(row)) for row in batch], "page": page, "q": text, "state": chip, "category": category,
        "categories": categories, "is_filtered": bool(text or category or chip), "today": timezone.localdate(),
        "chips": [
            {"label": label, "url": _address(request, state=key, page=""), "current": key == chip, "icon": icon,
             "count": shown(counts[key])}
            for key, (label, icon) in CHIPS.items()
        ],
        "may_write": Reader.of(request.user).is_technician,
    }  # fmt: skip
    return render(request, "console/articles.html", context)


def _below(category: Category) -> Q:
    return Q(category=category) | Q(category__path__startswith=f"{category.path} › ")


def status_of(version: ArticleVersion) -> tuple[str, str]:
    """(words, tone) of a version's state."""
    state = VOCABULARY[version.state]
    return str(state.label), STATUS_TONES[state.tone]


@articles_page
def article(request: HttpRequest, number: str) -> HttpResponse:
    """``/desk/kb/<number>/``: one version (``n``), beside another (``with``, ``view=inline``), and what is around."""
    versions = _versions(request.user, number)
    found = chosen(versions, _ordinal(request.GET.get("n", "")))
    if number != found.number:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(reverse("console:article", args=[found.number]) + query)
    other = next((one for one in versions if one.ordinal == _ordinal(request.GET.get("with", ""))), None)
    offered = {option.name: option for option in options(found, request.user)}
    label, tone = status_of(found)
    feedback = list(Feedback.objects.filter(version=found).exclude(comment="").select_related("employee"))
    context = {
        "record": found, "status": label, "tone": tone, "can": {name: o.allowed for name, o in offered.items()},
        **_head(found, offered),
        "why_no_publication": _why_not(offered, found),
        "live": next((one for one in versions if one.state in LIVE and one.pk != found.pk), None),
        "open": next((one for one in versions if one.state in OPEN and one.pk != found.pk), None),
        "versions": [(one, *status_of(one), _before(versions, one)) for one in versions],
        "groups": list(found.groups.order_by("name")) if found.audience == "groups" else [],
        "feedback": feedback[:SHOWN_COMMENTS],
        "used_on": rows_of(_used_on(found, request.user)[:SHOWN_TICKETS]),
        "events": [item for item in timeline(found, request.user) if item.verb not in SAID_ELSEWHERE],
        "today": timezone.localdate(),
        **(_compared(found, other, request) if other is not None and other.pk != found.pk else {}),
    }  # fmt: skip
    return render(request, "console/article.html", context)


def _head(found: ArticleVersion, offered: dict[str, Option]) -> dict[str, Any]:
    """The buttons of the page: writing stands beside the moves."""
    shown = buttons(DESK, found, offered, NEXT_MOVES[found.state])
    writing = [
        {"option": offered[name], "icon": offered[name].action.icon, "url": DESK.action(found, name)}
        for name in ("edit", "revise")
        if offered[name].allowed
    ]
    return {**shown, "moves": [*writing, *shown["moves"]]}


def _versions(reader: Employee, number: str) -> list[ArticleVersion]:
    """The versions of the article that ``reader`` may see, newest first; their texts are read when asked for."""
    found = ArticleVersion.objects.visible_to(reader).numbered(number).for_page().with_votes().defer("body")
    return list(found.order_by("-ordinal"))


def _ordinal(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _before(versions: list[ArticleVersion], version: ArticleVersion) -> int | None:
    """The version that came before ``version``, of those that the reader sees."""
    return next((one.ordinal for one in versions if one.ordinal < version.ordinal), None)


def _why_not(offered: dict[str, Option], found: ArticleVersion) -> str:
    """Why somebody who publishes cannot publish this one."""
    option = offered["publish" if found.state == IN_REVIEW else "renew"]
    due = found.state in (IN_REVIEW, REVIEW_DUE)
    return option.reason if due and not option.allowed and option.kind == "guard" else ""


def _used_on(version: ArticleVersion, reader: Employee) -> QuerySet[Ticket]:
    """The tickets that the article is linked to, of those that ``reader`` may see; newest first."""
    return Ticket.objects.visible_to(reader).filter(articles__article=version.article_id).for_list().order_by("-pk")


def _compared(found: ArticleVersion, other: ArticleVersion, request: HttpRequest) -> dict[str, Any]:
    """The two texts line by line, the older one first, and what else differs."""
    before, after = sorted((found, other), key=lambda one: one.ordinal)
    rows = diff.compare(before.body, after.body)
    is_inline = request.GET.get("view") == "inline"
    return {
        "before": before, "after": after, "other": other, "is_inline": is_inline, "differs": diff.differs(rows),
        "rows": list(diff.inline(rows)) if is_inline else rows,
        "fields": [
            (label, old, new)
            for label, old, new in (
                (str(ArticleVersion._meta.get_field(name).verbose_name), _said(before, name), _said(after, name))
                for name in ("title", "summary", "category", "audience", "queue", "language", "keywords", "review_by")
            )
            if old != new
        ],
    }  # fmt: skip


def _said(version: ArticleVersion, name: str) -> str:
    display = getattr(version, f"get_{name}_display", None)
    value = display() if display else getattr(version, name)
    return str(value) if value not in (None, "") else "–"


def _find(request: HttpRequest, number: str, name: str) -> ArticleVersion:
    """The version that the address names, or the one that the action is possible for."""
    versions = list(
        ArticleVersion.objects.visible_to(request.user).numbered(number).for_page().order_by("-ordinal")
    )  # fmt: skip
    ordinal = _ordinal(request.GET.get("n", ""))
    found = chosen(versions, ordinal)
    return found if ordinal is not None else at_work(found, name, request.user)


def _page(version: ArticleVersion) -> str:
    address = reverse("console:article", args=[version.number])
    return address if version.is_open else f"{address}?n={version.ordinal}"


def _initial(request: HttpRequest, version: ArticleVersion, name: str) -> dict[str, Any]:
    """What the form of one action starts with."""
    if name == "edit":
        return {
            **{field: getattr(version, field) for field in (
                "title", "summary", "body", "keywords", "language", "audience", "draft_readers", "review_by")},
            "category": version.category.slug, "queue": version.queue.slug if version.queue else "",
            "groups": list(version.groups.values_list("name", flat=True)),
        }  # fmt: skip
    if name in ("publish", "renew") and version.review_by and version.review_by > timezone.localdate():
        return {"review_by": version.review_by}
    return {}


DESK = Desk(
    find=_find,
    page=_page,
    action=lambda version, name: (
        f"{reverse('console:article-action', args=[version.number, name])}?n={version.ordinal}"
    ),
    home=lambda: reverse("console:articles"),
    initial=_initial,
    # A new draft is where one goes on; every other action leads back to its version.
    done=lambda version, name: (
        reverse("console:article", args=[version.number]) if name == "revise" else _page(version)
    ),
    gate=articles_page,
    back=gettext_lazy("Back to the article"),
)
action = action_page(DESK)


@articles_page
def new(request: HttpRequest) -> HttpResponse:
    """``/desk/kb/new/``: begin an article. ``from`` names a ticket to take title and category of."""
    decision = may_draft(request.user)
    if not decision:
        raise NotPermitted(decision.sentence)
    if request.method != "POST":
        form = creation_form(ArticleVersion, by=request.user, initial=_from_ticket(request))
        return _new_page(request, form)
    form_class = type(creation_form(ArticleVersion, by=request.user))
    details = {
        name: request.POST.getlist(name) if name == "groups" else request.POST[name]
        for name in form_class.base_fields
        if name in request.POST
    }
    try:
        made: ArticleVersion = create(ArticleVersion, by=request.user, details=details).record
    except InvalidPayload:
        form = creation_form(ArticleVersion, by=request.user, data=details)
        form.is_valid()
        return _new_page(request, form, status=422)
    notices.success(request, _("%(number)s is begun. Submit it when somebody else should read it.") % {
        "number": made.number})  # fmt: skip
    return redirect("console:article", number=made.number)


def _from_ticket(request: HttpRequest) -> dict[str, Any]:
    try:
        ticket = Ticket.objects.visible_to(request.user).select_related("category").get_by_number(
            request.GET.get("from", "")
        )  # fmt: skip
    except Hidden:
        return {}
    return {"title": ticket.title, "category": ticket.category.slug if ticket.category else ""}


def _new_page(request: HttpRequest, form: Any, status: int = 200) -> HttpResponse:
    return render(request, "console/article_new.html", {"form": form}, status=status)
