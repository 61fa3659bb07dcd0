"""The navigation shows a person what they may open, and where they are."""

import re
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from scripts import bundle
from servicedesk.ui import nav
from servicedesk.ui.context import page
from servicedesk.ui.nav import Item, register_nav


def nothing(request):
    return HttpResponse()


urlpatterns = [
    path("", nothing, name="home"),
    path("desk/", nothing, name="queue"),
    path("desk/work/", nothing, name="work"),
    path("tickets/", nothing, name="tickets"),
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    monkeypatch.setattr(nav, "_items", {})


def request_of(employee, url="/desk/", **cookies):
    request = RequestFactory().get(url)
    request.user = employee
    request.COOKIES.update(cookies)
    return request


WORKER = SimpleNamespace(is_authenticated=True, works=True)
OTHER = SimpleNamespace(is_authenticated=True, works=False)


def test_only_what_the_person_may_open_is_shown_in_its_order():
    register_nav("desk", Item("Work", "work", "user", order=20))
    register_nav("desk", Item("Queue", "queue", "inbox", visible=lambda employee: employee.works, order=10))

    assert [link.label for link in nav.links("desk", request_of(WORKER))] == ["Queue", "Work"]
    assert [link.label for link in nav.links("desk", request_of(OTHER))] == ["Work"]
    assert nav.links("desk", request_of(AnonymousUser())) == []


def test_registering_again_replaces_the_entry():
    register_nav("desk", Item("Queue", "queue", "inbox"))
    register_nav("desk", Item("Team queue", "queue", "inbox"))

    assert [link.label for link in nav.links("desk", request_of(WORKER))] == ["Team queue"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/", {"/": "page"}),
        ("/desk/", {"/desk/": "page"}),
        ("/desk/tickets/INC-000123/", {"/desk/": "true"}),
        ("/desk/work/", {"/desk/work/": "page"}),
        ("/tickets/INC-000123/", {"/tickets/": "true"}),
        ("/profile/", {}),
    ],
)
def test_the_entry_nearest_to_the_page_is_current(url, expected):
    for name in ("home", "queue", "work", "tickets"):
        register_nav("desk", Item(name, name, "inbox"))

    links = nav.links("desk", request_of(WORKER, url))

    assert {link.url: link.current for link in links if link.current} == expected


def test_an_entry_without_a_url_is_a_fault_that_is_named():
    register_nav("desk", Item("Lost", "lost", "inbox"))

    with pytest.raises(LookupError, match="lost"):
        nav.links("desk", request_of(WORKER))


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", ""), ('"><script>', ""), ("auto", "")]
)
def test_only_a_known_theme_is_taken_from_the_cookie(cookie, theme):
    assert page(request_of(WORKER, theme=cookie))["theme"] == theme


def test_navigation_is_read_once_for_a_request():
    asked = []
    register_nav("desk", Item("Queue", "queue", "inbox", visible=lambda employee: not asked.append(1)))
    navigation = page(request_of(WORKER))["nav"]

    assert navigation["desk"] == navigation["desk"]
    assert len(asked) == 1


def test_registered_entries_have_icons_of_the_sprite(registered):
    sprite = (bundle.STATIC / "vendor" / "icons.svg").read_text()
    names = set(re.findall(r'<symbol id="([^"]+)"', sprite))

    assert {item.icon for area in registered.values() for item in area.values()} <= names


@pytest.fixture
def registered():
    return REGISTERED


# What the apps registered when they were loaded, before any test empties it.
REGISTERED = dict(nav._items)
