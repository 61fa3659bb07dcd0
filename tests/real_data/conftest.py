"""Tests on records that nobody here wrote. ``REAL_DATA_DIR`` names the folder; without it they are not collected."""

import os
from pathlib import Path

import pytest

_FOLDER = os.environ.get("REAL_DATA_DIR", "")

collect_ignore_glob = [] if _FOLDER else ["test_*.py"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of ``REAL_DATA_DIR``; a wrong path is a failure and no reason to pass over the tests."""
    folder = Path(_FOLDER)
    assert folder.is_dir(), f"REAL_DATA_DIR names {_FOLDER}, which is no folder."
    return folder
