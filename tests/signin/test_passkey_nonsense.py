"""What is sent for a passkey by somebody who makes it up: refused with a sentence, never a fault of ours."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.test import Client

from directory.models import Employee

from .conftest import sign_in

pytestmark = pytest.mark.django_db


def coded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


KEY = coded(b"1" * 16)
CLIENT = coded(json.dumps({"type": "webauthn.get", "challenge": "x", "origin": "http://localhost"}).encode())
SIGNED = {
    "clientDataJSON": CLIENT, "authenticatorData": coded(bytes(32) + b"\x05" + bytes(4)), "signature": coded(b"s"),
    "userHandle": coded(b"1"),
}  # fmt: skip


def credential(**response: Any) -> str:
    return json.dumps({"id": KEY, "rawId": KEY, "type": "public-key", "response": response})


NONSENSE = {
    "nested without end": "[" * 100_000,
    "a number without end": "1" * 5_000,
    "a list": "[]",
    "another challenge": credential(**SIGNED),
    "no data": credential(**SIGNED | {"authenticatorData": ""}),
    "data that promise a key": credential(**SIGNED | {"authenticatorData": coded(bytes(32) + b"\x45" + bytes(4))}),
    "a number for a challenge": credential(**SIGNED | {"clientDataJSON": coded(b'{"challenge": 5}')}),
    "a client nested without end": credential(**SIGNED | {"clientDataJSON": coded(b"[" * 100_000)}),
    "an owner who is no number": credential(**SIGNED | {"userHandle": coded(b"\x00")}),
    "an owner beyond every number": credential(**SIGNED | {"userHandle": coded(b"9" * 6_000)}),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_passkey_that_is_nonsense_signs_nobody_in(alice: Employee, what: str):
    client = Client()
    client.get("/login/passkey/", headers={"accept": "application/json"})

    assert client.post("/login/passkey/", {"credential": NONSENSE[what]}).status_code == 422


@pytest.mark.parametrize("attestation", ["", 5, coded(b"\xff"), coded(b"\xa0")], ids=repr)
def test_a_new_passkey_that_is_nonsense_is_refused(alice: Employee, attestation: Any):
    client = sign_in(alice)
    client.get("/profile/security/passkey/")

    answer = client.post(
        "/profile/security/passkey/",
        {"name": "Key", "credential": credential(clientDataJSON=CLIENT, attestationObject=attestation)},
    )

    assert answer.status_code == 422
