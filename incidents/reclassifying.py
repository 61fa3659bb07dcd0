"""An incident that was a wish, or a request that was a fault: the ticket goes on as the other kind.

It keeps its digits, its conversation, its tasks, its files, its people and its log; the former number leads to it.
What only the former kind has ends here: who was asked to approve is asked no more, and the answers of a request stand
in the description.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.tickets import approvals, typed_fields
from servicedesk.tickets import roles as may
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.people import holders_of
from servicedesk.tickets.states import VOCABULARY, Kind, priority_of
from servicedesk.workflow import Action, Guard, Passage
from servicedesk.workflow.payload import PayloadForm

from .models import CatalogueItem, Incident, ServiceRequest
from .requests import effects as request_effects
from .requests.asking import ItemForm

_LONGEST = 20_000


@Guard
def nothing_is_proposed(facts: Any) -> str | None:
    """A proposal is a text for the kind that the ticket was when it was written."""
    if not facts.open_proposals:
        return None
    return _("Release what was proposed on %(number)s, or send it back, first.") % {"number": facts.number}


class BecomeIncidentForm(PayloadForm):
    """Nothing more is asked: a request has all that an incident needs."""

    kind = forms.ChoiceField(
        choices=[(Kind.INCIDENT.value, Kind.INCIDENT.label)], initial=Kind.INCIDENT, label=gettext_lazy("It is"),
        help_text=gettext_lazy("Nobody is asked to approve it any more. What was answered is kept in the description."),
    )  # fmt: skip


class BecomeRequestForm(ItemForm):
    """Which item it is, and what that item asks. The requester must be offered it, as if they had asked themselves."""

    asks_more = ("catalogue_item",)

    kind = forms.ChoiceField(
        choices=[(Kind.REQUEST.value, Kind.REQUEST.label)], initial=Kind.REQUEST, label=gettext_lazy("It is"),
        help_text=gettext_lazy("It goes to the desk of the item, and waits for approval where the item needs one."),
    )  # fmt: skip
    catalogue_item = forms.ModelChoiceField(
        CatalogueItem.objects.none(), to_field_name="slug", label=gettext_lazy("What is asked for"),
        error_messages={"invalid_choice": gettext_lazy("There is no such item, or it is not offered to the employee.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record is not None:
            offered = CatalogueItem.objects.active().offered_to(self.record.requested_for)
            self.related("catalogue_item").queryset = offered.select_related("queue", "approval_rule", "category")
        self.ask_what_the_item_asks()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        item = cleaned.get("catalogue_item")
        is_secret = item is not None and (item.confidential or self.record.confidential)
        if item is not None and is_secret and not holders_of(item.queue_id, "view_confidential").exists():
            self.add_error(
                "catalogue_item",
                _("Nobody of %(queue)s may read confidential tickets: choose another item.")
                % {"queue": item.queue.name},
            )
        return cleaned


def become_request(passage: Passage, *, kind: str, catalogue_item: CatalogueItem, answers: dict[str, Any]) -> None:
    """The incident is a service request for ``catalogue_item`` from here on, at the item's desk."""
    item = catalogue_item
    _become(
        passage, ServiceRequest, state="submitted",
        base={
            "queue": item.queue, "tier": 1, "category": item.category or passage.record.category,
            "urgency": item.urgency, "confidential": passage.record.confidential or item.confidential,
        },
        own={"catalogue_item": item, "form": item.form, "answers": answers},
    )  # fmt: skip


def become_incident(passage: Passage, *, kind: str) -> None:
    """The request is an incident from here on, at the desk where it is; its answers go into the description."""
    request = passage.record
    approvals.withdraw(request, passage)
    told = "\n".join(f"{label}: {value}" for label, value in typed_fields.rows(request.form, request.answers))
    passage.details["catalogue_item_before"] = request.catalogue_item.slug
    if told:
        passage.text["answers_before"] = told
    description = "\n\n".join(filter(None, (request.description, told)))[:_LONGEST]
    _become(passage, Incident, state="new", base={"description": description}, own={})


def _become(
    passage: Passage, model: type[Ticket], *, state: str, base: dict[str, Any], own: dict[str, Any]
) -> None:  # fmt: skip
    """Let ``passage.record`` go on as a ``model``: its row of the former kind goes, the base row stays and changes."""
    former = passage.record
    shared = {field.attname: getattr(former, field.attname) for field in Ticket._meta.concrete_fields}
    shared |= {"kind": model.KIND, "state": state, "assignee_id": None, "merged_into_id": None}
    record = model(**shared, pk=former.pk, **own)
    for name, value in base.items():
        setattr(record, name, value)
    if not record.priority_by_hand:
        record.priority = priority_of(record.impact, record.urgency)
    table: Any = type(former)._base_manager.filter(pk=former.pk)
    table._raw_delete(table.db)  # the row of the former kind alone: a delete() would take the base row with it
    record.save_base(raw=True, force_insert=True)  # the row of the new kind alone; the door saves the base row
    passage.details["kind_before"] = former.kind
    passage.record = record


def _out_of(kind: str, **way: Any) -> Action:
    """The move out of the machine of ``kind``, from each of its open states."""
    return Action(
        name="reclassify", label=gettext_lazy("Change its kind"), permission=may.works_or_coordinates,
        verb="ticket.reclassified", sources={s.name: s.name for s in VOCABULARY[kind].states if s.is_open},
        guards=(nothing_is_proposed,), is_move=True, order=84, icon="refresh", **way,
    )  # fmt: skip


INCIDENT_TO_REQUEST = _out_of(Kind.INCIDENT, form=BecomeRequestForm, effect=become_request, after=request_effects.go_on)
REQUEST_TO_INCIDENT = _out_of(Kind.REQUEST, form=BecomeIncidentForm, effect=become_incident)
