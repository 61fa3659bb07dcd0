"""Logs on standard error: JSON lines in production, plain words in a demo, and never a secret."""

import re
from typing import Any

import structlog

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"passw|secret|token|authorization|cookie|session_?key|sessionid|api_?key|credential|private_?key|csrf|salt",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    # user:password@ in an address
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@]+@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(bearer|token|basic)\s+(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"([\"']?\b[\w-]*(?:passw(?:or)?d|secret|token|sessionid|api_?key)[\w-]*[\"']?\s*[=:]\s*[\"']?)"
            r"[^\s\"'&,;})]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)


def hide_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: values under telling names, and secrets inside texts, are replaced."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name) and isinstance(value, str | bytes | list | tuple | dict):
        return HIDDEN
    if isinstance(value, dict):
        return {key: _hidden(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", item) for item in value]
    if isinstance(value, str):
        for pattern, replacement in _SECRET_TEXT:
            value = pattern.sub(replacement, value)
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    return _hidden("", repr(value))


def configure(*, is_production: bool) -> dict[str, Any]:
    """Set structlog up, and return Django's ``LOGGING`` with the same shape for the standard library's loggers."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if is_production
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    quiet = "INFO" if is_production else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    hide_secrets,
                    last,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would print a second time.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": quiet, "propagate": True},
            "django_structlog": {"level": quiet},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            # Whoever scans the internet sends made-up hosts: the answer is 400, and no news.
            "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": True},
            "celery": {"level": quiet},
            "kombu": {"level": "ERROR"},  # it warns that two folders have no host name
        },
    }
