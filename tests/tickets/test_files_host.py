"""Files that leave from a host of their own: signed, for a minute, and nothing else lives there."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from servicedesk.tickets.models import Attachment
from servicedesk.workflow import carry_out
from tests import factories as make

pytestmark = pytest.mark.django_db

FILES = "http://files.example.test"


@pytest.fixture(autouse=True)
def host_of_files(settings: Any) -> None:
    settings.FILES_BASE_URL = FILES
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "files.example.test"]


@pytest.fixture
def attachment() -> Attachment:
    alice = make.make_employee("alice")
    ticket = make.make_incident(make.make_queue("network", is_default=True), by=alice)
    file = SimpleUploadedFile("<b>.svg", b"<svg onload='alert(1)'/>", content_type="image/svg+xml")
    return carry_out(ticket, "attach", by=alice, details={}, files={"file": file}).result


def way_there(client: Client, attachment: Attachment) -> str:
    client.force_login(attachment.uploader)
    answer = client.get(f"/tickets/{attachment.ticket.number}/files/{attachment.uuid}/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{FILES}/files/")
    return urlsplit(answer.headers["Location"]).path


def test_a_file_is_fetched_from_its_own_host_without_a_cookie(client: Client, attachment: Attachment) -> None:
    answer = Client().get(way_there(client, attachment), headers={"host": "files.example.test"})

    assert b"".join(answer.streaming_content) == b"<svg onload='alert(1)'/>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not answer.cookies


def test_the_address_is_good_for_a_minute(client: Client, attachment: Attachment) -> None:
    path = way_there(client, attachment)

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert Client().get(path, headers={"host": "files.example.test"}).status_code == 404


def test_a_forged_address_leads_nowhere(attachment: Attachment) -> None:
    for forged in (attachment.uuid.hex, f"{attachment.uuid.hex}:1abcde:signature", "x"):
        assert Client().get(f"/files/{forged}/", headers={"host": "files.example.test"}).status_code == 404


def test_the_desks_own_host_serves_no_signed_file(client: Client, attachment: Attachment) -> None:
    assert client.get(way_there(client, attachment)).status_code == 404


@pytest.mark.parametrize("path", ["/", "/login/", "/desk/", "/api/v1/tickets/", "/admin/"])
def test_the_host_of_the_files_has_nothing_else(client: Client, attachment: Attachment, path: str) -> None:
    client.force_login(attachment.uploader)

    assert client.get(path, headers={"host": "files.example.test"}).status_code == 404


def test_a_stranger_is_not_shown_the_way(client: Client, attachment: Attachment) -> None:
    client.force_login(make.make_employee("mallory"))

    assert client.get(f"/tickets/{attachment.ticket.number}/files/{attachment.uuid}/").status_code == 404
