"""A step between the password and the session, beside allauth's own for the second step."""

from typing import Any

from allauth.account.stages import LoginStage
from django.utils.crypto import constant_time_compare

_PASSED_AS = "session_hash"


class RememberStage(LoginStage):
    """Keeps what the person's sessions had to match when the first step was passed."""

    key = "remember"

    def handle(self) -> tuple[None, bool]:
        self.login.state[_PASSED_AS] = self.login.user.get_session_auth_hash()
        return None, True


def still_may(login: Any) -> bool:
    """Whether nothing ended the person's access between the first step and now: they wait for the second one."""
    if login.user is None:
        return False
    return constant_time_compare(login.user.get_session_auth_hash(), login.state.get(_PASSED_AS, ""))
