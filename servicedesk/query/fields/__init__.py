"""The types of field that a schema is made of.

Each type says which literals it takes, and gives one meaning twice: as SQL (``q``) and in Python (``passes``).
``tests/query`` holds the two to each other.
"""

from .base import Field
from .references import Many, People, Person, Reference
from .scalars import Boolean, Choice, Date, Instant, Integer, RecordNumber, Text

__all__ = [
    "Boolean",
    "Choice",
    "Date",
    "Field",
    "Instant",
    "Integer",
    "Many",
    "People",
    "Person",
    "RecordNumber",
    "Reference",
    "Text",
]
