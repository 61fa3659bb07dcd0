"""``Idempotency-Key``: what is sent twice is done once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from directory import idempotency
from directory.models import IdempotentReply
from directory.services import deactivate
from incidents.models import Incident
from servicedesk.audit.models import Event
from servicedesk.tickets.models import Attachment, Message
from servicedesk.urls import api
from tests.factories import make_agent, make_employee, make_incident, make_queue

from .conftest import client_of, send

REPORT = {"title": "The VPN drops"}


def report(client, body=REPORT, key="k-1"):
    return send(client, "post", "incidents/", body, idempotency_key=key)


def test_a_repeated_request_gets_the_first_answer_and_does_nothing(clients):
    first, second = report(clients["requester"]), report(clients["requester"])

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first["ETag"], first["Location"]) == (second["ETag"], second["Location"])
    assert "Idempotency-Replayed" not in first and second["Idempotency-Replayed"] == "true"
    assert Incident.objects.count() == Event.objects.filter(verb="incident.created").count() == 1


def test_without_a_key_each_request_counts(clients):
    for _time in range(2):
        assert send(clients["requester"], "post", "incidents/", REPORT).status_code == 201

    assert Incident.objects.count() == 2
    assert not IdempotentReply.objects.exists()


def test_a_key_belongs_to_one_person(clients):
    assert report(clients["requester"]).json()["number"] != report(clients["agent"]).json()["number"]


def test_a_key_holds_over_all_tokens_of_a_person(clients, people):
    assert report(clients["requester"]).json() == report(client_of(people["requester"])).json()


def test_another_body_under_the_same_key_is_422(clients):
    report(clients["requester"])

    response = report(clients["requester"], {"title": "Something else"})

    assert response.status_code == 422
    assert Incident.objects.count() == 1


def test_the_same_body_to_another_address_under_the_same_key_is_422(clients, incident):
    path = f"incidents/{incident.number}/transitions"
    send(clients["agent"], "post", f"{path}/start/", {}, version=1, idempotency_key="k-1")

    response = send(clients["agent"], "post", f"{path}/confirm/", {}, version=2, idempotency_key="k-1")

    assert response.status_code == 422


def test_a_repeated_move_is_answered_though_the_version_is_old_by_then(clients, incident):
    path = f"incidents/{incident.number}/transitions/start/"

    answers = [send(clients["agent"], "post", path, {}, version=1, idempotency_key="k") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Incident.objects.get().version == 2


def test_a_message_and_a_file_are_stored_once(clients, incident):
    path = f"/api/v1/incidents/{incident.number}/"
    for _time in range(2):
        send(clients["agent"], "post", f"incidents/{incident.number}/messages/", {"body": "Hi"}, idempotency_key="m")
        file = SimpleUploadedFile("a.txt", b"a")
        made = clients["agent"].post(
            f"{path}attachments/", {"file": file}, format="multipart", HTTP_IDEMPOTENCY_KEY="f"
        )
        assert made.status_code == 201

    assert (Message.objects.count(), Attachment.objects.count()) == (1, 1)
    other = SimpleUploadedFile("a.txt", b"b")
    refused = clients["agent"].post(
        f"{path}attachments/", {"file": other}, format="multipart", HTTP_IDEMPOTENCY_KEY="f"
    )
    assert refused.status_code == 422


def test_a_refusal_frees_the_key(clients):
    assert report(clients["requester"], {"title": ""}).status_code == 422
    assert report(clients["requester"]).status_code == 201


def test_a_failure_in_the_middle_undoes_the_work_and_frees_the_key(clients, monkeypatch):
    def broken(*_args):
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_keep", broken)
        with pytest.raises(RuntimeError):
            report(clients["requester"])

    assert not Incident.objects.exists() and not Event.objects.filter(verb="incident.created").exists()
    assert report(clients["requester"]).status_code == 201


def claimed(employee, *, seconds_ago):
    """The claim of a request that is running, or whose process died."""
    now = timezone.now()
    return IdempotentReply.objects.create(
        employee=employee, key="k-1", fingerprint=fingerprint_of_report(), lease="0" * 32,
        leased_until=now + idempotency.LEASE - timedelta(seconds=seconds_ago), expires_at=now + idempotency.KEPT_FOR,
    )  # fmt: skip


def fingerprint_of_report():
    with pytest.MonkeyPatch.context() as patch:
        seen = []
        original = idempotency.fingerprint_of
        patch.setattr(idempotency, "fingerprint_of", lambda request: seen.append(original(request)) or seen[0])
        report(client_of(make_employee()), key="of-another")
    return seen[0]


def test_a_second_request_while_the_first_one_runs_is_409(clients, people):
    claimed(people["requester"], seconds_ago=5)
    before = Incident.objects.count()

    assert report(clients["requester"]).status_code == 409
    assert Incident.objects.count() == before


def test_a_claim_whose_process_died_is_taken_over_after_a_minute(clients, people):
    claimed(people["requester"], seconds_ago=61)

    assert report(clients["requester"]).status_code == 201


def test_who_lost_the_claim_meanwhile_writes_nothing(clients, monkeypatch):
    original = idempotency._keep

    def too_late(claim, response):
        IdempotentReply.objects.filter(pk=claim.pk).update(lease="1" * 32)
        original(claim, response)

    monkeypatch.setattr(idempotency, "_keep", too_late)

    assert report(clients["requester"]).status_code == 409
    assert not Incident.objects.exists()


def test_a_key_is_forgotten_after_a_day(people):
    with time_machine.travel("2026-11-01T08:00:00Z", tick=False) as clock:
        client = client_of(people["requester"])
        first = report(client).json()["number"]
        clock.shift(timedelta(hours=23, minutes=59))
        assert report(client).json()["number"] == first
        clock.shift(timedelta(minutes=2))
        assert report(client).json()["number"] != first

    assert IdempotentReply.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é"])
def test_a_key_that_is_none_is_400(clients, key):
    assert report(clients["requester"], key=key).status_code == 400


def test_deactivation_forgets_the_answers(clients, people):
    report(clients["requester"])
    deactivate(people["requester"])

    assert not IdempotentReply.objects.exists()


def views(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "view_class"):
            yield pattern.callback.view_class


def test_every_post_takes_a_key():
    posting = {view for view in views(api) if hasattr(view, "post")}

    assert len(posting) >= 6
    assert [view for view in posting if not getattr(view.post, "takes_idempotency_key", False)] == []


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_is_carried_out():
    queue = make_queue(is_default=True)
    agent = make_agent(queue)
    incident = make_incident(queue, by=make_employee())
    clients = [client_of(agent) for _ in range(8)]
    start, answers = threading.Barrier(len(clients)), []

    def race(client):
        try:
            start.wait()
            path = f"incidents/{incident.number}/messages/"
            answers.append(send(client, "post", path, {"body": "Once"}, idempotency_key="race"))
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Message.objects.filter(ticket=incident).count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409} and len(answers) == len(clients)
    assert len({answer.json()["uuid"] for answer in answers if answer.status_code == 201}) == 1
