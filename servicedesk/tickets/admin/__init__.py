"""The tables of tickets, people with their access, the log and the outbox on the rescue pages."""

from . import desk, log, people, tickets

__all__ = ["desk", "log", "people", "tickets"]
