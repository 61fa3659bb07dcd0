"""The environment: read once, typed, and refused with a sentence."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from servicedesk.settings import environment

KEY = "a-key-of-fifty-random-characters-0123456789-abcdefghij"
NAMES = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "SECRET_KEY")


@pytest.fixture
def variables(monkeypatch, tmp_path):
    """Set variables; the rest of the environment is as on a fresh machine."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


@pytest.fixture
def production(variables):
    variables(
        ENVIRONMENT="production",
        SECRET_KEY=KEY,
        ALLOWED_HOSTS="desk.example.com",
        BASE_URL="https://desk.example.com",
    )
    return variables


def test_a_fresh_machine_needs_no_variable(variables, tmp_path):
    found = environment.read()

    assert found.base_url == "http://127.0.0.1:8000"
    assert found.database_url == f"sqlite:///{tmp_path}/data/servicedesk.sqlite3"
    assert not found.debug


def test_the_key_of_a_demo_is_made_once_and_readable_by_its_owner_alone(variables, tmp_path):
    first, second = environment.read(), environment.read()

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= environment.SHORTEST_KEY
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_may_come_from_a_file(variables, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    variables(SECRET_KEY_FILE=str(tmp_path / "key"))

    assert environment.read().secret_key == KEY


def test_a_safe_production_starts(production):
    assert environment.read().is_production


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "", "SECRET_KEY must be 50 random characters"),
        ("SECRET_KEY", "x" * 60, "SECRET_KEY must be 50 random characters"),
        ("SECRET_KEY", "django-insecure-" + KEY, "SECRET_KEY must be 50 random characters"),
        ("SECRET_KEY", KEY[:40], "SECRET_KEY must be 50 random characters"),
        ("DEBUG", "yes", "DEBUG must be off"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS must name the hosts"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must not contain *"),
        ("ALLOWED_HOSTS", "desk.example.com, *", "ALLOWED_HOSTS must not contain *"),
        ("BASE_URL", "", "BASE_URL must be the address"),
    ],
)
def test_an_unsafe_production_is_refused(production, name, value, reason):
    production(**{name: value})

    with pytest.raises(ImproperlyConfigured, match="no safe production start") as refusal:
        environment.read()

    assert reason in str(refusal.value)


def test_production_does_not_start_on_the_data_of_a_demo(production, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / environment.DEMO_LOGINS).write_text("[]")

    with pytest.raises(ImproperlyConfigured, match="is that of a demo"):
        environment.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "²"),
        ("DEBUG", "perhaps"),
        ("BASE_URL", "desk.example.com"),
        ("BASE_URL", "ftp://desk.example.com"),
        ("BASE_URL", "https://desk.example.com/desk"),
        ("SECRET_KEY_FILE", "/nowhere/key"),
        ("DATA_DIR", "/dev/null/data"),
    ],
)
def test_a_value_that_cannot_be_is_named(variables, name, value):
    variables(**{name: value})

    with pytest.raises(ImproperlyConfigured) as refusal:
        environment.read()

    assert value in str(refusal.value)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("10.0.0.7", "10.0.0.7")],
)
def test_the_address_is_one_that_can_be_typed(variables, host, shown):
    variables(HOST=host, PORT="8010")

    assert environment.read().base_url == f"http://{shown}:8010"
