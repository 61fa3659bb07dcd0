"""A file and its row come together or not at all, wherever the transaction breaks."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils.datastructures import MultiValueDict
from rest_framework.test import APIClient

from directory import idempotency, tokens
from directory.models import Employee
from directory.services import system_employee
from incidents.models import Incident
from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.common.transactions import on_rollback, whole
from servicedesk.tickets import files as storing
from servicedesk.tickets.models import Attachment, Message
from servicedesk.workflow import carry_out, news
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice")


@pytest.fixture
def incident(alice: Employee) -> Incident:
    return make.make_incident(make.make_queue(is_default=True), by=alice)


def upload(name: str = "plan.txt", content: bytes = b"Floor 2") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def reply_with(incident: Incident, by: Employee, *files: SimpleUploadedFile) -> Any:
    details = {"body": "Here they are"}
    return carry_out(incident, "reply", by=by, details=details, files=MultiValueDict({"files": list(files)}))


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def breaks_at_the_end(incident: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told of a passage breaks, when everything was written."""

    def breaks(_passage: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(news, "_subscribers", [breaks])


def test_files_that_are_kept_stay(incident: Incident, alice: Employee, media: Path) -> None:
    reply_with(incident, alice, upload(), upload("photo.txt"))

    assert len(on_disk(media)) == Attachment.objects.count() == 2


@pytest.mark.usefixtures("breaks_at_the_end")
def test_a_passage_that_breaks_leaves_no_file(incident: Incident, alice: Employee, media: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        reply_with(incident, alice, upload(), upload("photo.txt"))

    assert not on_disk(media) and not Message.objects.exists()


@pytest.mark.usefixtures("breaks_at_the_end")
def test_without_the_undoing_a_file_is_left(
    incident: Incident, alice: Employee, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "on_rollback", lambda _undo: None)
    with pytest.raises(ZeroDivisionError):
        reply_with(incident, alice, upload())

    assert on_disk(media)


def test_a_file_too_large_takes_the_one_before_it_along(
    incident: Incident, alice: Employee, media: Path, settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024
    with pytest.raises(InvalidPayload, match="larger"):
        reply_with(incident, alice, upload(), upload("big.bin", b"x" * 2000))

    assert not on_disk(media)


def test_a_report_refused_for_its_second_file_leaves_none(
    incident: Incident, alice: Employee, media: Path, settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024
    client = Client()
    client.force_login(alice)

    response = client.post("/report/", {"title": "Dark", "files": [upload(), upload("big.bin", b"x" * 2000)]})

    assert response.status_code == 422 and Incident.objects.count() == 1
    assert not on_disk(media)


def test_a_keyed_upload_whose_answer_cannot_be_kept_leaves_none(
    incident: Incident, alice: Employee, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_args: Any) -> None:
        raise WrongState("The lease was lost.")

    monkeypatch.setattr(idempotency, "_keep", lost)
    _token, text = tokens.issue(alice, by=system_employee("console"), scopes=tokens.SCOPES)

    response = APIClient().post(
        f"/api/v1/incidents/{incident.number}/attachments/", {"file": upload()}, format="multipart",
        HTTP_AUTHORIZATION=f"Bearer {text}", HTTP_IDEMPOTENCY_KEY="once",
    )  # fmt: skip

    assert response.status_code == 409, response.content
    assert not on_disk(media)


@pytest.mark.django_db(transaction=True)
def test_what_breaks_just_after_the_commit_takes_no_file_away(
    incident: Incident, alice: Employee, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(news, "_subscribers", [lambda _passage: transaction.on_commit(breaks)])
    with pytest.raises(ZeroDivisionError):
        reply_with(incident, alice, upload())

    assert len(on_disk(media)) == Attachment.objects.count() == 1


def test_what_cannot_be_undone_does_not_hide_the_reason_of_the_rollback() -> None:
    undone: list[str] = []

    def fails() -> None:
        raise OSError("read-only")

    with pytest.raises(ZeroDivisionError), whole():
        on_rollback(lambda: undone.append("first"))
        with whole():
            on_rollback(fails)
        on_rollback(lambda: undone.append("last"))
        raise ZeroDivisionError

    assert undone == ["last", "first"]


def test_an_undoing_needs_a_transaction_to_belong_to() -> None:
    with pytest.raises(RuntimeError, match="belongs inside"):
        on_rollback(lambda: None)
