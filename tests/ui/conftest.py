"""A browser on the pages of ``pages.py``, under the product's templates and content policy, without a database."""

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread

from servicedesk.ui import nav
from servicedesk.ui.nav import Item

from . import pages

AREAS = {
    "desk": [
        Item("Queue", "test-queue", "inbox", phone=True),
        Item("New ticket", "test-report", "plus", phone=True, short="New"),
        Item("People", "test-dialog", "users", section="Registers"),
    ],
    "portal": [Item("Home", "test-home", "home", phone=True), Item("Report", "test-report", "plus", phone=True)],
    "create": [Item("New ticket", "test-report", "plus")],
    "areas": [Item("Desk", "test-queue", "inbox"), Item("Portal", "test-home", "home")],
}


@pytest.fixture(scope="session")
def pages_url():
    """Where the pages answer; the server keeps the middleware of its start and needs no setting afterwards."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    middleware = [
        "csp.middleware.CSPMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        f"{pages.__name__}.SignedIn",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    with override_settings(MIDDLEWARE=middleware, SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        server.start()
        server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def open_page(pages_url, browser, monkeypatch):
    """``open_page(path, **context options)`` → a page whose console must stay silent."""
    monkeypatch.setattr(nav, "_items", {area: {i.url_name: i for i in items} for area, items in AREAS.items()})
    pages.posts.clear()
    contexts, complaints = [], []

    def hear(message):
        # A refused request is a fault to the browser, and the point of some tests.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def opened(path, **options):
        context = browser.new_context(base_url=pages_url, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto(path)
        return page

    opened.complaints = complaints
    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
