"""A made-up history tells nobody."""

import pytest

from servicedesk.outbox import services as outbox
from servicedesk.outbox.models import Dispatch
from tests import factories

pytestmark = pytest.mark.django_db


def test_nothing_is_enqueued_while_the_outbox_is_shut() -> None:
    queue = factories.make_queue()
    with outbox.shut():
        factories.make_incident(queue)
    assert not Dispatch.objects.exists()

    factories.make_incident(queue)
    assert Dispatch.objects.exists()
