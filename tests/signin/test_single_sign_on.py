"""Signing in through a real OpenID Connect provider: who is let in, and who never (SECURITY, row 18)."""

import base64
import dataclasses
import hashlib
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from directory.models import Employee
from directory.services import deactivate
from directory.signin import second_step, single_sign_on
from servicedesk.audit.models import Event
from servicedesk.outbox.models import Dispatch
from servicedesk.settings.environment import OidcEnvironment
from tests import factories as make
from tests.servers.oidc import Provider

from .conftest import PASSWORD, SECRET, code_now, is_in, sign_in

pytestmark = pytest.mark.django_db

BEGIN, BACK = "/login/single-sign-on/", "/login/single-sign-on/callback/"
KEY = uuid.UUID("6f1d2c3b-0000-4000-8000-00000000a11c")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture(autouse=True)
def configured(settings: Any, provider: Provider) -> OidcEnvironment:
    settings.OIDC = OidcEnvironment(
        issuer=provider.issuer, client_id="desk", client_secret="of tests", name="Acme ID", key_claim="guid"
    )
    return settings.OIDC


@pytest.fixture
def alice() -> Employee:
    return make.make_employee(
        "alice", name="Alice Amato", email="alice@example.com", source="dc=acme", source_key=f"uuid:{KEY}"
    )


def begin(client: Client, **query: str) -> str:
    return client.get(BEGIN, query)["Location"]


def come(provider: Provider, subject: str, client: Client | None = None, **query: str) -> Any:
    """The whole way; the answer to coming back, with the client that came."""
    client = client or Client()
    answer = client.get(BACK, provider.sign_in(begin(client, **query), subject))
    answer.client = client
    return answer


def test_a_claim_with_the_key_of_the_directory_lets_its_person_in_and_ties_the_account(
    provider: Provider, alice: Employee
):
    provider.knows("sub-1", guid=str(KEY))

    answer = come(provider, "sub-1")

    assert answer["Location"] == "/" and is_in(answer.client)
    tie = SocialAccount.objects.get()
    assert (tie.user, tie.uid, set(tie.extra_data)) == (alice, f"{provider.issuer} sub-1", {"iss", "sub"})
    event = Event.objects.get(verb="employee.single_sign_on_connected")
    assert Dispatch.objects.filter(kind="sign-in-notice", payload__event=event.pk).exists()


def test_afterwards_the_issuer_and_the_subject_are_enough(provider: Provider, alice: Employee):
    provider.knows("sub-2", guid=str(KEY))
    come(provider, "sub-2")
    provider.knows("sub-2")

    assert is_in(come(provider, "sub-2").client)
    assert SocialAccount.objects.count() == 1


def test_the_key_may_come_as_the_bytes_of_active_directory(provider: Provider, alice: Employee):
    provider.knows("sub-3", guid=base64.b64encode(KEY.bytes_le).decode())

    assert is_in(come(provider, "sub-3").client)


def test_the_person_goes_where_they_were_going(provider: Provider, alice: Employee):
    provider.knows("sub-4", guid=str(KEY))

    assert come(provider, "sub-4", next="/tickets/?show=all")["Location"] == "/tickets/?show=all"
    assert come(provider, "sub-4", next="https://evil.example/")["Location"] == "/"


def refused(answer: Any, sentence: str) -> None:
    assert answer.status_code == 403
    assert sentence in answer.content.decode()
    assert not is_in(answer.client)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "alice@example.com", "email_verified": True},
        {"preferred_username": "alice", "name": "Alice Amato"},
        {"guid": ""},
        {"guid": "alice"},
        {"guid": "93660bed-c8ef-4100-aa32-d5754b11f6c5"},
        {"guid": [str(KEY)]},
        {"guid": f"uuid:{KEY}"[:20]},
    ],
    ids=str,
)
def test_nobody_is_let_in_or_made_for_the_same_mail_name_or_another_key(
    provider: Provider, alice: Employee, claims: dict[str, Any]
):
    provider.knows("stranger", **claims)

    refused(come(provider, "stranger"), "connected to nobody who may sign in here")
    assert not SocialAccount.objects.exists() and Employee.objects.people().count() == 1


def test_another_subject_does_not_open_the_account_even_with_the_same_key(provider: Provider, alice: Employee):
    provider.knows("sub-5", guid=str(KEY), email="alice@example.com")
    provider.knows("twin", guid=str(KEY), email="alice@example.com")
    come(provider, "sub-5")

    refused(come(provider, "twin"), "Another account of Acme ID is connected")


def test_another_issuer_does_not_open_the_account_of_the_same_subject(
    provider: Provider, alice: Employee, settings: Any
):
    provider.knows("sub-6", guid=str(KEY))
    come(provider, "sub-6")
    with Provider() as other:
        settings.OIDC = dataclasses.replace(settings.OIDC, issuer=other.issuer)
        other.knows("sub-6", email="alice@example.com")

        refused(come(other, "sub-6"), "connected to nobody")


@pytest.mark.parametrize("change", ["deactivated", "external", "service"])
def test_who_may_not_sign_in_does_not_this_way_either(provider: Provider, alice: Employee, change: str):
    provider.knows("sub-7", guid=str(KEY))
    single_sign_on.connect(alice, single_sign_on.identity(provider.issuer, "sub-7"), {"iss": "x", "sub": "sub-7"})
    if change == "deactivated":
        deactivate(alice)
    else:
        Employee.objects.filter(pk=alice.pk).update(kind=change)

    refused(come(provider, "sub-7"), "nobody who may sign in here")


def test_the_second_step_is_asked_for_here_too(provider: Provider, alice: Employee):
    provider.knows("sub-8", guid=str(KEY))
    second_step.add_app(alice, SECRET)

    answer = come(provider, "sub-8")

    assert answer["Location"] == "/login/second-step/" and not is_in(answer.client)
    answer.client.post("/login/second-step/", {"code": code_now()})
    assert is_in(answer.client)


def test_one_connects_ones_own_account_while_signed_in(provider: Provider, alice: Employee):
    provider.knows("own")
    client = sign_in(alice)
    page = client.post("/profile/security/single-sign-on/")
    address = page.context["address"]

    answer = client.get(BACK, provider.sign_in(address, "own"))

    assert answer["Location"] == "/profile/security/"
    assert is_in(come(provider, "own").client)
    client.post("/profile/security/single-sign-on/remove/")
    refused(come(provider, "own"), "connected to nobody")
    assert Event.objects.filter(verb="employee.single_sign_on_removed").count() == 1


def test_connecting_asks_for_the_password_first(alice: Employee):
    client = Client()
    client.force_login(alice)

    assert client.post("/profile/security/single-sign-on/")["Location"].startswith("/profile/confirm/")


def test_an_account_there_opens_one_account_here(provider: Provider, alice: Employee):
    provider.knows("shared", guid=str(KEY))
    come(provider, "shared")
    client = sign_in(make.make_employee("bob"))
    address = client.post("/profile/security/single-sign-on/").context["address"]

    answer = client.get(BACK, provider.sign_in(address, "shared"))

    assert answer.status_code == 403 and "connected to somebody else" in answer.content.decode()


def test_who_began_to_connect_is_who_is_connected(provider: Provider, alice: Employee):
    client = sign_in(alice)
    back = provider.sign_in(client.post("/profile/security/single-sign-on/").context["address"], "mine")
    session = client.session
    kept = session["socialaccount_states"]
    client.force_login(make.make_employee("bob"))
    session = client.session
    session["socialaccount_states"] = kept
    session.save()

    assert client.get(BACK, back).status_code == 403
    assert not SocialAccount.objects.exists()


def test_the_request_carries_a_state_a_nonce_and_a_challenge_and_asks_for_no_mail(provider: Provider, settings: Any):
    client = Client()

    query = dict(parse_qsl(urlsplit(begin(client)).query))

    assert query["response_type"] == "code" and set(query["scope"].split()) == {"openid", "profile"}
    assert query["redirect_uri"] == f"{settings.BASE_URL}{BACK}"
    assert query["code_challenge_method"] == "S256"
    [(state_id, (state, *_rest))] = client.session["socialaccount_states"].items()
    assert (query["state"], query["nonce"]) == (state_id, state["nonce"])
    digest = hashlib.sha256(state["pkce_code_verifier"].encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_the_verifier_of_the_challenge_is_sent_with_the_code(
    provider: Provider, alice: Employee, monkeypatch: pytest.MonkeyPatch
):
    provider.knows("sub-9", guid=str(KEY))
    sent: list[str] = []
    fetch = OAuth2Client.get_access_token

    def heard(self: Any, code: str, pkce_code_verifier: str = "", **more: Any) -> Any:
        sent.append(pkce_code_verifier)
        return fetch(self, code, pkce_code_verifier, **more)

    monkeypatch.setattr(OAuth2Client, "get_access_token", heard)
    come(provider, "sub-9")

    assert len(sent[0]) >= 43


@pytest.mark.parametrize("fault", ["no state", "other state", "other browser", "twice", "no code", "other code", "iss"])
def test_an_answer_that_fits_no_request_lets_nobody_in(provider: Provider, alice: Employee, fault: str):
    provider.knows("sub-10", guid=str(KEY))
    client = Client()
    back = provider.sign_in(begin(client), "sub-10")
    if fault == "other browser":
        client = Client()
        begin(client)
    elif fault == "twice":
        client.get(BACK, back)
        client.post("/logout/")
    elif fault == "iss":
        back["iss"] = "https://evil.example"
    else:
        change, name = fault.split()
        back = {key: value for key, value in back.items() if key != name} | ({name: "x"} if change == "other" else {})

    answer = client.get(BACK, back)
    answer.client = client

    refused(answer, "did not fit what was asked")


def test_who_cancels_there_is_told_so_here(provider: Provider, alice: Employee):
    client = Client()
    address = begin(client)
    state = dict(parse_qsl(urlsplit(address).query))["state"]

    answer = client.get(BACK, {"error": "access_denied", "state": state})
    answer.client = client

    refused(answer, "You did not sign in at Acme ID")


FORGERIES = {
    "other nonce": lambda claims: claims | {"nonce": "x"},
    "no nonce": lambda claims: {k: v for k, v in claims.items() if k != "nonce"},
    "other issuer": lambda claims: claims | {"iss": "https://evil.example"},
    "other audience": lambda claims: claims | {"aud": "somebody"},
    "made for another": lambda claims: claims | {"aud": ["desk", "other"], "azp": "other"},
    "expired": lambda claims: claims | {"exp": claims["iat"] - 3600},
    "no subject": lambda claims: {k: v for k, v in claims.items() if k != "sub"},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_identity_that_is_not_for_us_now_is_refused(
    provider: Provider, alice: Employee, monkeypatch: pytest.MonkeyPatch, forgery: str
):
    """The signature stands aside here, so that each other check has to refuse by itself."""
    provider.knows("sub-11", guid=str(KEY))
    decode = jwt.decode

    def tampered(token: str, key: Any, algorithms: Any, **checks: Any) -> Any:
        claims = FORGERIES[forgery](decode(token, options={"verify_signature": False}))
        again = jwt.encode(claims, "k" * 32, algorithm="HS256")
        return decode(again, "k" * 32, ["HS256"], **checks)

    monkeypatch.setattr(jwt, "decode", tampered)

    refused(come(provider, "sub-11"), "did not fit what was asked")


@pytest.mark.parametrize("how", ["none", "HS256", "other key"])
def test_an_identity_signed_by_nobody_we_know_is_refused(
    provider: Provider, alice: Employee, monkeypatch: pytest.MonkeyPatch, how: str
):
    provider.knows("sub-12", guid=str(KEY))
    fetch = OAuth2Client.get_access_token

    def forged(self: Any, *given: Any, **more: Any) -> Any:
        answer = fetch(self, *given, **more)
        header = jwt.get_unverified_header(answer["id_token"])
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
        kid = {"kid": header.get("kid")} if header.get("kid") else {}
        key: Any = {"none": None, "HS256": "s" * 40}.get(how) or rsa.generate_private_key(65537, 2048)
        key = None if how == "none" else key
        algorithm = "RS256" if how == "other key" else how
        return answer | {"id_token": jwt.encode(claims, key, algorithm=algorithm, headers=kid)}

    monkeypatch.setattr(OAuth2Client, "get_access_token", forged)

    refused(come(provider, "sub-12"), "did not fit what was asked")


def test_a_service_that_is_silent_is_a_sentence(settings: Any, client: Client):
    settings.OIDC = dataclasses.replace(settings.OIDC, issuer="http://127.0.0.1:9")

    answer = client.get(BEGIN)

    assert answer.status_code == 502
    assert "Acme ID does not answer" in answer.content.decode()


def test_a_service_that_names_another_issuer_is_not_used(settings: Any, client: Client, provider: Provider):
    settings.OIDC = dataclasses.replace(
        settings.OIDC, issuer=provider.issuer.replace("127.0.0.1", "localhost") + "/x/.."
    )

    assert client.get(BEGIN).status_code == 502


def test_the_sign_in_page_has_a_way_there_only_where_one_is_configured(settings: Any, client: Client):
    assert "Sign in with Acme ID" in client.get("/login/").content.decode()

    settings.OIDC = dataclasses.replace(settings.OIDC, issuer="")
    assert "Acme ID" not in client.get("/login/").content.decode()
    assert client.get(BEGIN).status_code == client.get(BACK).status_code == 404


def test_the_password_goes_on_working(provider: Provider, alice: Employee):
    provider.knows("sub-13", guid=str(KEY))
    come(provider, "sub-13")

    assert is_in(sign_in(alice, password=PASSWORD))
