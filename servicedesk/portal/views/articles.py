"""Articles as employees find and read them, and say whether they helped."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Employee
from kb.models import ArticleVersion, Feedback
from kb.querysets import LONGEST_SEARCH, ArticleVersionQuerySet
from kb.readers import Reader
from kb.reading import published_for
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.text import without_controls
from servicedesk.tickets.models import Category
from servicedesk.tickets.submissions import Submission
from servicedesk.workflow import PayloadForm, payload_form

PAGE = 20
NEWEST = 8


@dataclass(frozen=True)
class Topic:
    """A branch of the category tree, and how many articles its reader finds there."""

    category: Category
    count: int


def readable(reader: Employee) -> ArticleVersionQuerySet:
    """What ``reader`` finds in the portal: the published text of each article that they may see."""
    found: ArticleVersionQuerySet = ArticleVersion.objects.visible_to(reader).live()
    return found


@require_safe
@login_required
def articles(request: HttpRequest) -> HttpResponse:
    """``/kb/``: ``q`` (words), ``category`` and ``page``; the topics and what is new when nothing is asked for."""
    text = without_controls(request.GET.get("q", "")[:LONGEST_SEARCH])
    visible = readable(request.user)
    topics = _topics(visible)
    category = Category.objects.filter(slug=request.GET.get("category", "").replace("\x00", "")).first()
    if category is not None and not any(category.path.startswith(topic.category.path) for topic in topics):
        category = None
    context: dict[str, Any] = {"q": text, "topics": topics, "category": category}
    if text or category:
        found = visible.holding(text)
        if category is not None:
            found = found.filter(Q(category=category) | Q(category__path__startswith=f"{category.path} › "))
        rows = found.best_first(text).select_related("category").defer("body")
        kept = urlencode({"q": text, **({"category": category.slug} if category else {})})
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "kept": kept, "found": page.paginator.count}
    else:
        context["newest"] = visible.order_by("-published_at", "-pk").select_related("category").defer("body")[:NEWEST]
    return render(request, "portal/articles.html", context)


def _topics(visible: ArticleVersionQuerySet) -> list[Topic]:
    """The branches at the top of the tree that hold something for this reader."""
    counted = visible.order_by().values_list("category__path").annotate(n=Count("pk"))
    tops: dict[str, int] = {}
    for path, n in counted:
        top = path.split(" › ")[0]
        tops[top] = tops.get(top, 0) + n
    branches = Category.objects.filter(parent=None, path__in=list(tops)).order_by("path")
    return [Topic(branch, tops[branch.path]) for branch in branches]


@require_safe
@login_required
def article(request: HttpRequest, number: str) -> HttpResponse:
    """``/kb/<number>/``: the published text, to read."""
    found = published_for(request.user, number)
    if number != found.number:
        return redirect("portal:article", number=found.number)
    return _page(request, found, payload_form(found, "rate", by=request.user, initial=_mine(found, request.user)))


@require_http_methods(["POST"])
@login_required
def feedback(request: HttpRequest, number: str) -> HttpResponse:
    """``/kb/<number>/feedback/``: whether it helped, with a comment; again to change it."""
    found = published_for(request.user, number)
    sent = Submission.of(found, "rate", request.POST, request.FILES)
    try:
        sent.carry_out(found, by=request.user, at_version=False)
    except InvalidPayload as error:
        return _page(request, found, sent.form(found, by=request.user, error=error), status=422)
    messages.success(request, _("Thank you. The people who keep this article read what you said."))
    return redirect("portal:article", number=found.number)


def _mine(version: ArticleVersion, reader: Employee) -> dict[str, Any]:
    """What ``reader`` said about this version before."""
    said = Feedback.objects.filter(version=version, employee=reader).first()
    return {"helpful": "yes" if said.helpful else "no", "comment": said.comment} if said else {}


def _page(request: HttpRequest, found: ArticleVersion, form: PayloadForm, status: int = 200) -> HttpResponse:
    reader = Reader.of(request.user)
    context = {
        "article": found, "form": form, "has_said": bool(form.initial), "keeps": reader.has_desk or reader.is_publisher,
        "others": readable(request.user).filter(category=found.category_id).exclude(pk=found.pk).defer("body").order_by(
            "-published_at", "-pk")[:NEWEST],
    }  # fmt: skip
    return render(request, "portal/article.html", context, status=status)
