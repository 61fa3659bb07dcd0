"""Reading pages as the tests of the portal do."""

from typing import Any

from bs4 import BeautifulSoup
from django.test import Client

from servicedesk.workflow import perform


def page(client: Client, address: str, status: int = 200, **query: str) -> BeautifulSoup:
    """The page at ``address``, which must answer ``status``."""
    return parsed(client.get(address, query), status)


def parsed(response: Any, status: int = 200) -> BeautifulSoup:
    assert response.status_code == status, response.content[:3000]
    return BeautifulSoup(response.content, "html.parser")


def words(soup: BeautifulSoup) -> str:
    """What is read of a page, on one line."""
    return " ".join(soup.get_text(" ").split())


def version_of(client: Client, ticket: Any) -> str:
    """The version that the ticket's page hands out with its forms."""
    field = page(client, f"/tickets/{ticket.number}/").select_one("form#reply input[name=version]")
    assert field is not None
    return str(field["value"])


def resolve(ticket: Any, by: Any, text: str = "Cable exchanged.") -> Any:
    return perform(ticket, "resolve", by=by, code="fixed", text=text)
