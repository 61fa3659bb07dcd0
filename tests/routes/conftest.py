"""The desk of ``world.py``, new for each test."""

import pytest

from .world import World, build


@pytest.fixture
def world(db) -> World:
    return build()
