"""The version of an article behind the door: its moves, and what is an event but not a move."""

from django.utils.translation import gettext_lazy as _

from servicedesk.workflow import Action, Machine
from servicedesk.workflow.moves import moves_of

from . import guards, roles, services
from .facts import facts_of
from .forms import DraftForm, EditForm, RateForm
from .models import ArticleVersion
from .states import ARCHIVED, DRAFT, LIVE

TRACKED = ("category", "audience", "queue", "draft_readers", "language", "review_by", "publisher")


def article_machine() -> Machine:
    """Called once, when the app is ready."""
    actions = (
        Action(
            name="edit", label=_("Edit"), permission=roles.writes, verb="edited", sources={DRAFT: DRAFT}, form=EditForm,
            effect=services.edit, order=100, icon="edit",
        ),
        Action(
            name="revise", label=_("Edit as a new draft"), permission=roles.writes, verb="revised",
            sources={state: state for state in (*LIVE, ARCHIVED)}, guards=(guards.has_no_open_version,),
            effect=services.revise, order=100, icon="edit",
        ),
        Action(
            name="rate", label=_("Say whether it helped"), permission=roles.reads, verb="rated",
            sources={state: state for state in LIVE}, form=RateForm, effect=services.rate, raises_version=False,
            order=100, icon="thumb-up",
        ),
    )  # fmt: skip
    return Machine(
        model=ArticleVersion,
        actions={**moves_of(ArticleVersion), **{action.name: action for action in actions}},
        lock=services.lock_version,
        facts=facts_of,
        verb_prefix="article",
        tracked=TRACKED,
        settle=services.settle,
        creation=Action(
            name="create", label=_("New article"), permission=roles.writes, verb="drafted", sources={}, form=DraftForm,
            after=services.after_draft,
        ),
        may_create=services.may_draft,
        build=services.build_draft,
    )  # fmt: skip
