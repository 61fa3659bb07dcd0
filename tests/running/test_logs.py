"""Logs: one shape for every logger, and no secret in any of them."""

import json
import logging
import logging.config

import pytest
import structlog
from django.conf import settings

from servicedesk.settings.logs import configure

CANARY = "canary-4f9b2c7d1e"


@pytest.fixture
def logged():
    """Log through the production set-up; gives the lines written. The set-up of the tests comes back."""
    lines = []

    class Collector(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    configuration = configure(is_production=True)
    configuration["handlers"]["stderr"] = {"()": Collector, "formatter": "lines"}
    logging.config.dictConfig(configuration)
    yield lines
    configure(is_production=False)
    logging.config.dictConfig(settings.LOGGING)


def _raise_with_canary():
    raise ValueError(f"could not connect to postgres://desk:{CANARY}@db/desk")


def test_a_line_is_one_json_object(logged):
    structlog.get_logger("desk").info("ticket_opened", number="INC-000123")

    line = json.loads(logged[-1])
    assert (line["event"], line["number"], line["level"], line["logger"]) == (
        "ticket_opened", "INC-000123", "info", "desk",
    )  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        {"password": CANARY},
        {"new_password2": CANARY},
        {"Authorization": f"Bearer {CANARY}"},
        {"headers": {"Cookie": f"sessionid={CANARY}"}},
        {"data": [{"api_key": CANARY}]},
        {"request": f"GET /reset/?token={CANARY}&next=/"},
        {"header": f"Authorization: Token {CANARY}"},
        {"url": f"amqp://desk:{CANARY}@broker//"},
        {"body": '{"login": "wei", "password": "' + CANARY + '"}'},
        {"form": {"csrfmiddlewaretoken": CANARY}},
        {"thing": type("Thing", (), {"__repr__": lambda self: f"<Thing secret={CANARY}>"})()},
    ],
    ids=lambda values: next(iter(values)),
)
def test_no_secret_is_written(logged, values):
    structlog.get_logger("desk").warning("something", **values)
    logging.getLogger("plain").warning("something %s", values, extra={"extra_values": values})

    assert len(logged) == 2
    assert CANARY not in "".join(logged)


def test_no_secret_is_written_with_a_traceback(logged):
    try:
        _raise_with_canary()
    except ValueError:
        logging.getLogger("plain").exception("it failed")

    assert "_raise_with_canary" in logged[-1]
    assert CANARY not in logged[-1]


def test_what_is_no_secret_stays(logged):
    structlog.get_logger("desk").info("moved", number="INC-000123", reason="the token printer is empty", tokens=3)

    line = json.loads(logged[-1])
    assert (line["reason"], line["tokens"]) == ("the token printer is empty", 3)
