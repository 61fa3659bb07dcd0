"""The small desk of the routes' tests, new for each test."""

import pytest

from tests.routes.world import World, build


@pytest.fixture
def world(db) -> World:
    return build()
