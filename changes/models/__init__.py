"""Change requests, and what a desk sets up for them: templates, freezes, risk questions, who authorises."""

from .change import PLANNED, ChangeRequest, ChangeType, Result
from .register import AuthorisationPath, ChangeTemplate, FreezePeriod, Path, RiskChoice, RiskQuestion, TemplateTask

__all__ = [
    "PLANNED",
    "AuthorisationPath",
    "ChangeRequest",
    "ChangeTemplate",
    "ChangeType",
    "FreezePeriod",
    "Path",
    "Result",
    "RiskChoice",
    "RiskQuestion",
    "TemplateTask",
]
