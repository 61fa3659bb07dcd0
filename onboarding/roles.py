"""The role of the decision table that only cases know, beside those of every ticket."""

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.workflow import Permission

RUN = "onboarding.run_case"
RUNNER = "runner"
WORDS: dict[str, StrOrPromise] = {RUNNER: _("people who run onboarding cases")}

runs = Permission(RUNNER)
