"""Photos: one address for each picture, for people who are signed in, and never run as anything but a picture."""

from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from directory.models import Employee, Photo
from servicedesk.tickets.models import Queue
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_photo_is_a_jpeg_that_only_this_browser_keeps(client: Client, alice: Employee) -> None:
    photo = make.make_photo(alice)
    client.force_login(make.make_employee("bob"))

    answer = client.get(alice.photo_url)

    assert alice.photo_url == f"/photos/alice/{photo.digest}/"
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(answer.content)).size == (96, 96)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_new_photo_has_a_new_address_and_the_old_one_is_gone(client: Client, alice: Employee) -> None:
    make.make_photo(alice)
    client.force_login(alice)
    old = alice.photo_url
    Photo.objects.filter(employee=alice).update(digest="f" * 64)

    assert client.get(old).status_code == 404
    assert client.get(Employee.objects.get(pk=alice.pk).photo_url).status_code == 200


@pytest.mark.parametrize(
    "path", ["nobody/{digest}", "bob/{digest}", "alice/" + "0" * 64, "al%00ice/{digest}", "alice/"]
)
def test_there_is_no_other_photo(client: Client, alice: Employee, path: str) -> None:
    digest = make.make_photo(alice).digest
    client.force_login(make.make_employee("bob"))

    assert client.get(f"/photos/{path.format(digest=digest)}/").status_code == 404


def test_photos_do_not_exist_for_whoever_is_not_signed_in(client: Client, alice: Employee) -> None:
    make.make_photo(alice)
    address = alice.photo_url
    assert client.get(address).status_code == 404

    client.force_login(alice)
    assert client.get(address).status_code == 200
    Employee.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(address).status_code == 404


def test_a_person_has_a_photo_or_initials_without_another_statement(desk: Client, network: Queue) -> None:
    for number in range(20):
        person = make.make_employee(f"person.{number:02}")
        if number % 2:
            make.make_photo(person)

    with CaptureQueriesContext(connection) as captured:
        soup = BeautifulSoup(desk.get("/desk/people/").content, "html.parser")

    assert len(soup.select("tbody img.avatar[src^='/photos/person.']")) == 10
    assert len(soup.select("tbody span.avatar[data-initials]")) == 11  # the reader is in the list too
    assert [query["sql"] for query in captured if "directory_photo" in query["sql"]] != []
    assert not any('"jpeg"' in query["sql"] for query in captured)
    assert sum("directory_photo" in query["sql"] for query in captured) == 1


def test_the_card_of_a_ticket_has_the_photo_of_its_employee(desk: Client, network: Queue, alice: Employee) -> None:
    make.make_photo(alice)
    ticket = make.make_incident(network, by=alice)

    with CaptureQueriesContext(connection) as captured:
        soup = BeautifulSoup(desk.get(f"/desk/tickets/{ticket.number}/").content, "html.parser")

    assert soup.select_one(".sidebar img.avatar")["src"] == alice.photo_url
    assert sum("directory_photo" in query["sql"] for query in captured) == 1
    assert not any('"jpeg"' in query["sql"] for query in captured)
