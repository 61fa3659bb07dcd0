"""People, the directories they come from, and what lets them act here."""

from .absences import Absence
from .access import ApiToken, IdempotentReply, SecondStep
from .people import Department, Employee, Location, MailAddress, Photo
from .signin import BreakGlass, GuessCount
from .sources import DirectoryGroup, SourceState, SyncAlarm, SyncChange, SyncRun

__all__ = [
    "Absence", "ApiToken", "BreakGlass", "Department", "DirectoryGroup", "Employee", "GuessCount", "IdempotentReply",
    "Location", "MailAddress", "Photo", "SecondStep", "SourceState", "SyncAlarm", "SyncChange", "SyncRun",
]  # fmt: skip
