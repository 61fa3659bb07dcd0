from types import SimpleNamespace

import pytest

from .making import make_world


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return make_world()
