"""Files are metadata and bytes, never something that runs (SECURITY, rows 2, 4 and 8)."""

import re
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from servicedesk.tickets.files import safe_name
from servicedesk.tickets.models import Attachment
from tests.factories import make_incident

from .conftest import send

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><body onload="alert(1)"/></html>'
GIF_AND_SCRIPT = b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1);<script>alert(1)</script>"
PDF_AND_HTML = b"%PDF-1.4\n<html><script>alert(1)</script></html>"


def upload(client, incident, name="plan.txt", content=b"text", media_type="text/plain", **fields):
    file = SimpleUploadedFile(name, content, content_type=media_type)
    path = f"/api/v1/incidents/{incident.number}/attachments/"
    return client.post(path, {"file": file, **fields}, format="multipart")


def fetch(client, incident, uuid):
    return client.get(f"/api/v1/incidents/{incident.number}/attachments/{uuid}/")


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("picture.svg", SVG, "image/svg+xml"),
        ("page.xhtml", XHTML, "application/xhtml+xml"),
        ("page.html", XHTML, "text/html"),
        ("both.gif", GIF_AND_SCRIPT, "image/gif"),
        ("both.pdf", PDF_AND_HTML, "application/pdf"),
        ("code.js", b"alert(1)", "text/javascript"),
        ("empty.txt.html", b"\xef\xbb\xbf<script>", "text/plain"),
    ],
)
def test_whatever_is_uploaded_comes_back_as_a_download_that_does_not_run(clients, incident, name, content, media_type):
    made = upload(clients["requester"], incident, name, content, media_type)
    assert made.status_code == 201, made.content

    for accept in ("*/*", "text/html", "image/svg+xml", "application/octet-stream"):
        response = clients["agent"].get(made["Location"], HTTP_ACCEPT=accept)
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert re.search(r"(^|;\s*)sandbox\s*(;|$)", response["Content-Security-Policy"])
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert b"".join(response.streaming_content) == content


def test_the_word_of_the_sender_about_the_type_does_not_count(clients, incident):
    made = upload(clients["requester"], incident, "photo.jpg", SVG, "image/jpeg").json()

    assert made["content_type"] != "image/jpeg"


NAMES = st.one_of(
    st.text(min_size=1, max_size=300),
    st.lists(st.sampled_from(["..", "/", "\\", "\x00", "\u200b", "\u202e", ".", " ", "a", "CON", "%2e", "\r\n", "é",
                              "\U0001f600", ";", '"', "'", "=", "\ud800"]), min_size=1, max_size=40).map("".join),
)  # fmt: skip


@given(NAMES)
@example("0 \U00018d09 0")  # an unassigned sign between two blanks
@example("a" * 149 + " " + "b" * 20)
@example("a" * 148 + ". " + "b" * 20)
def test_any_name_becomes_one_that_can_be_shown(name):
    safe = safe_name(name)

    assert safe and len(safe) <= 200 and safe not in (".", "..")
    assert not set(safe) & set("/\\\x00\r\n\u200b\u200f\u202e\u2066")
    assert safe.encode()
    assert safe_name(safe) == safe


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
def test_a_name_is_metadata_and_the_file_lies_under_a_random_one(clients, incident, media, name):
    body = multipart_with(name)
    path = f"/api/v1/incidents/{incident.number}/attachments/"
    made = clients["requester"].post(path, body, content_type="multipart/form-data; boundary=cut")

    if made.status_code == 422:  # what is left of it is no file at all
        assert set(made.json()["errors"]) == {"file"}
        return
    assert made.status_code == 201, made.content
    kept = Attachment.objects.get(uuid=made.json()["uuid"])
    assert re.fullmatch(r"attachments/[0-9a-f]{2}/[0-9a-f]{32}", kept.file.name)
    assert (media / kept.file.name).read_bytes() == b"bytes"
    header = fetch(clients["agent"], incident, kept.uuid)["Content-Disposition"]
    assert header.startswith("attachment;") and "\r" not in header and "\n" not in header
    said = re.search(r"filename\*=utf-8''([^;]+)$", header)
    assert unquote(said[1]) == kept.name if said else True
    kept.delete()


def multipart_with(name):
    """One part as a hostile client writes it: the name unescaped but for what would end the header."""
    raw = name.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"").replace(b'"', b"%22")
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="' + raw + b'"\r\n\r\n'
    return head + b"bytes\r\n--cut--\r\n"


def test_a_file_over_the_limit_is_413_and_nothing_is_kept(clients, incident, settings, media):
    settings.ATTACHMENT_MAX_BYTES = 1000

    for content in (b"x" * 1001, b"x" * 200_000):
        assert upload(clients["requester"], incident, content=content).status_code == 413
    assert not Attachment.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert upload(clients["requester"], incident, content=b"x" * 1000).status_code == 201


def test_a_body_that_announces_too_much_is_turned_away_unread(clients, incident):
    path = f"/api/v1/incidents/{incident.number}/attachments/"

    response = clients["requester"].generic(
        "POST", path, b"", content_type="multipart/form-data; boundary=cut", CONTENT_LENGTH=str(10**12)
    )

    assert response.status_code == 413


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"file": "just text"}, 422), ({}, 422), ({"file": None, "made_up": "x"}, 422), ({"internal": "perhaps"}, 422)],
)
def test_what_is_no_file_is_refused_at_its_field(clients, incident, fields, status):
    body = {name: value if value is not None else SimpleUploadedFile("a.txt", b"a") for name, value in fields.items()}

    response = clients["agent"].post(f"/api/v1/incidents/{incident.number}/attachments/", body, format="multipart")

    assert response.status_code == status
    assert not Attachment.objects.exists()


def test_two_files_under_one_name_are_not_dropped_in_silence(clients, incident):
    files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]

    response = clients["agent"].post(
        f"/api/v1/incidents/{incident.number}/attachments/", {"file": files}, format="multipart"
    )

    assert (response.status_code, set(response.json()["errors"])) == (422, {"file"})


def test_a_form_that_breaks_off_is_400(clients, incident):
    response = clients["agent"].post(
        f"/api/v1/incidents/{incident.number}/attachments/", b"--cut\r\nContent", content_type="multipart/form-data"
    )

    assert response.status_code == 400


def test_only_the_desk_marks_a_file_as_internal(clients, incident):
    assert upload(clients["requester"], incident, internal="true").status_code == 422
    assert upload(clients["requester"], incident, internal="false").status_code == 201
    assert upload(clients["agent"], incident, internal="true").json()["internal"] is True


def test_nobody_attaches_the_upload_of_another_person(clients, incident):
    uploaded = upload(clients["requester"], incident).json()["uuid"]
    path = f"incidents/{incident.number}/messages/"

    by_another = send(clients["agent"], "post", path, {"body": "Look", "attachments": [uploaded]})
    assert (by_another.status_code, set(by_another.json()["errors"])) == (422, {"attachments"})

    by_its_owner = send(clients["requester"], "post", path, {"body": "Look", "attachments": [uploaded]})
    assert (by_its_owner.status_code, by_its_owner.json()["attachments"]) == (201, [uploaded])

    again = send(clients["requester"], "post", path, {"body": "Again", "attachments": [uploaded]})
    assert again.status_code == 422


def test_ones_own_upload_to_one_ticket_cannot_hang_on_another(clients, incident, queue, people):
    other = make_incident(queue, by=people["requester"])
    uploaded = upload(clients["requester"], incident).json()["uuid"]

    body = {"body": "Look", "attachments": [uploaded]}

    assert send(clients["requester"], "post", f"incidents/{other.number}/messages/", body).status_code == 422


def test_ids_of_files_cannot_be_guessed(clients, incident):
    made = [Attachment.objects.get(uuid=upload(clients["requester"], incident).json()["uuid"]) for _ in range(3)]

    assert {attachment.uuid.version for attachment in made} == {4}
