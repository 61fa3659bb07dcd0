"""The tables of tickets: one base table for every kind, and what hangs on it."""

from .approvals import Approval, ApprovalRound, ApprovalRule, ApprovalStep
from .conversation import Attachment, Message, Proposal
from .desk import Category, Queue, QueueGroupObjectPermission, Tag
from .relations import Link, Watch
from .sight import AccessGrant
from .ticket import Ticket
from .work import Task, TimeEntry

__all__ = [
    "AccessGrant",
    "Approval",
    "ApprovalRound",
    "ApprovalRule",
    "ApprovalStep",
    "Attachment",
    "Category",
    "Link",
    "Message",
    "Proposal",
    "Queue",
    "QueueGroupObjectPermission",
    "Tag",
    "Task",
    "Ticket",
    "TimeEntry",
    "Watch",
]
