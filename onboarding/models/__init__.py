"""Onboarding cases, and the templates from which their tasks are made."""

from .case import CaseType, OnboardingCase
from .templates import CaseTemplate, TaskTemplate

__all__ = ["CaseTemplate", "CaseType", "OnboardingCase", "TaskTemplate"]
