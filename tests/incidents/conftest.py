import pytest

from .servicenow_log import Log


@pytest.fixture
def log(db, tmp_path, capsys):
    return Log(tmp_path, capsys)
