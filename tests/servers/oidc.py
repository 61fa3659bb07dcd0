"""A throwaway OpenID Connect provider in a process of its own, and a person who signs in there."""

import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from servicedesk.common.ports import free_port
from servicedesk.supervisor import dies_with_parent

from .processes import CannotStart, wait_until

TRIES = 5  # the free port may be taken between looking and binding


class Provider:
    """``with Provider() as provider:`` answers at ``provider.issuer``."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Provider":
        for _try in range(TRIES):
            self.port = free_port()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(self.port),
                 "--require-nonce"],
                env={"PATH": os.defpath, "AUTHLIB_INSECURE_TRANSPORT": "1"},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 - no threads here
            )  # fmt: skip
            if wait_until(lambda: self._has_ended() or self._answers()) and not self._has_ended():
                return self
            self.stop()
        raise CannotStart("The OpenID Connect provider does not start.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def knows(self, subject: str, **claims: Any) -> None:
        """Keep an account there, with claims."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10).raise_for_status()

    def sign_in(self, address: str, subject: str) -> dict[str, str]:
        """What ``subject``'s browser brings back after signing in at ``address``, where our page sent it."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def cancel(self, address: str, redirect_uri: str) -> dict[str, str]:
        """What comes back when the person does not want to."""
        answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10)
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).ok
        except requests.RequestException:
            return False
