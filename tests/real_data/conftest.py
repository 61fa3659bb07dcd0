"""REAL_DATA_DIR tells where real logs lie; without it these tests are not part of the run, and the run says so."""

import os
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent


def real_data_dir():
    named = os.environ.get("REAL_DATA_DIR", "")
    return Path(named) if named else None


def pytest_collection_modifyitems(config, items):
    if real_data_dir() is not None:
        return
    absent = [item for item in items if item.path.is_relative_to(_FOLDER)]
    config.hook.pytest_deselected(items=absent)
    items[:] = [item for item in items if item not in absent]


@pytest.fixture(scope="session")
def real_data():
    folder = real_data_dir()
    assert folder.is_dir(), f"REAL_DATA_DIR names {folder}, which is no folder."
    return folder
