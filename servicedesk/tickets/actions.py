"""The rows of the decision table that every kind of ticket shares: what is an event but not a move."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.workflow import Action, Permission

from . import effects, forms, guards, proposal_forms, roles, sight
from .states import VOCABULARY

# Actions that apps between tickets and the kinds add to every kind.
_further: list[Callable[[str], Action]] = []
_built: list[str] = []


def register_action(make: Callable[[str], Action]) -> None:
    """Give every kind of ticket one more action: ``make(kind)`` is its row. Called from ``AppConfig.ready()``.

    The app must stand before the kinds in ``INSTALLED_APPS``: a machine that is built already would not have it.
    """
    if _built:
        raise RuntimeError(f"The machine of {_built[0]} is built already: put this app before it in INSTALLED_APPS.")
    _further.append(make)


def shared_actions(kind: str) -> dict[str, Action]:
    """Name → row, for one kind. Unless ``while_open``, an action is possible in every state."""
    _built.append(kind)
    states = {state.name: state.name for state in VOCABULARY[kind].states}
    open_states = {state.name: state.name for state in VOCABULARY[kind].states if state.is_open}

    def row(
        name: str,
        label: StrOrPromise,
        permission: Permission,
        verb: str,
        form: type[Any] | None,
        effect: Callable[..., Any],
        *,
        while_open: bool = False,
        after: Callable[..., None] | None = None,
        raises_version: bool = False,
        guard: Any = None,
    ) -> Action:
        return Action(
            name=name, label=label, permission=permission, verb=f"ticket.{verb}", form=form, effect=effect,
            sources=open_states if while_open else states, after=after, raises_version=raises_version,
            guards=(guard,) if guard else (), order=100,
        )  # fmt: skip

    works = roles.works_or_coordinates
    rows = [
        row("reply", _("Reply"), roles.takes_part, "replied", forms.ReplyForm, effects.reply,
            after=effects.resume_on_reply),
        row("note", _("Internal note"), roles.views_queue, "noted", forms.NoteForm, effects.note),
        row("attach", _("Attach a file"), roles.takes_part, "attached", forms.AttachForm, effects.attach),
        row("watch", _("Follow"), roles.sees, "watched", forms.WatchForm, effects.watch),
        row("unwatch", _("Stop following"), roles.sees, "unwatched", forms.WatchForm, effects.unwatch),
        row("edit", _("Edit"), works, "edited", forms.EditForm, effects.edit, raises_version=True),
        row("set_priority", _("Set priority"), works, "prioritised", forms.PriorityForm, effects.set_priority,
            while_open=True, raises_version=True),
        row("tag", _("Tag"), works, "tagged", forms.TagForm, effects.tag, raises_version=True),
        row("categorise", _("Categorise"), works, "categorised", forms.CategoriseForm, effects.categorise,
            raises_version=True),
        row("link", _("Link"), works, "linked", forms.LinkForm, effects.link),
        row("unlink", _("Remove a link"), works, "unlinked", forms.UnlinkForm, effects.unlink),
        row("add_task", _("Add a task"), works, "task_added", forms.AddTaskForm, effects.add_task, while_open=True),
        row("complete_task", _("Complete a task"), works | roles.learns_here | roles.does_tasks, "task_completed",
            forms.CompleteTaskForm, effects.complete_task, while_open=True),
        row("skip_task", _("Skip a task"), works | roles.does_tasks, "task_skipped", forms.SkipTaskForm,
            effects.skip_task, while_open=True),
        row("log_time", _("Log time"), works, "time_logged", forms.TimeForm, effects.log_time),
        row("propose", _("Propose"), roles.learns_here, "proposed", proposal_forms.ProposeForm, effects.propose,
            while_open=True),
        row("release", _("Release a proposal"), roles.works_its_tier, "released", proposal_forms.ProposalForm,
            effects.release, after=effects.after_release, while_open=True, guard=guards.has_open_proposal),
        row("discard", _("Send a proposal back"), roles.works_its_tier, "discarded", proposal_forms.DiscardForm,
            effects.discard, guard=guards.has_open_proposal),
    ]  # fmt: skip
    rows += [sight.grant_action(kind), sight.end_action(kind)]
    return {action.name: action for action in [*rows, *(make(kind) for make in _further)]}
