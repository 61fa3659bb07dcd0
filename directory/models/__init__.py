"""People, the directories they come from, and what lets them act here."""

from .access import ApiToken, IdempotentReply
from .people import Department, Employee, Location
from .sources import DirectoryGroup, SyncChange, SyncRun

__all__ = [
    "ApiToken", "Department", "DirectoryGroup", "Employee", "IdempotentReply", "Location", "SyncChange", "SyncRun",
]  # fmt: skip
