"""The pages of the API in a browser: drawn in full under the strict policy."""

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import make_employee

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_description_is_drawn_and_the_policy_is_not_broken(browser, live_server):
    client = Client()
    client.force_login(make_employee("rita"), backend="directory.backends.PasswordLogin")
    context = browser.new_context(viewport={"width": 1280, "height": 20_000})  # only what is in view is drawn
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(f"{live_server.url}/api/v1/docs/")
    page.locator(".opblock").nth(20).wait_for()

    assert said == []
    context.close()
