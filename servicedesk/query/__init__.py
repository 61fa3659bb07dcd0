"""One query language: saved views, ``?q=``, and the scopes of rules, SLA policies and SOPs.

::

    query       =  [ condition ]                         blank: every record
    condition   =  condition "or" condition              "and" binds before "or"
                |  condition "and" condition
                |  "(" condition ")"
                |  field operator value
                |  field [ "not" ] "in" "(" value { "," value } ")"
    operator    =  "=" | "!=" | "<" | "<=" | ">" | ">="
                |  "~" | "!~" | [ "not" ] "startswith" | [ "not" ] "endswith"
    value       =  "text" | 'text' | 12 | True | False | None

The lexer and the parser are djangoql's (``grammar`` says what is mended). There is no ``not`` before a bracket:
each operator has its own negation. Keywords ignore case, field names do not. A text may hold ``\\"``, ``\\\\``,
``\\n``, ``\\t`` and ``\\u00e9``. A query has 4,096 bytes, 100 comparisons, 100 values in a list and 30 nested
brackets at most, and no control characters.

Meaning. Every comparison is true or false of every record; there is no third value as in SQL:

- a field has no value (NULL, an empty text, no tags), one, or many. A comparison is true when one value passes;
- a negated operator is true exactly where the plain one is false, so ``assignee != "anna"`` includes what
  nobody is assigned to, and ``tag != "vpn"`` is about records without that tag;
- ``= None`` means without a value, ``!= None`` with one;
- ``=`` and ``in`` compare text exactly; ``~``, ``startswith`` and ``endswith`` ignore case (``folding``); options
  of a choice, logins and prefixes of numbers ignore case too;
- dates and times: ``instants``.

A query compiles to a ``Q`` and to a function of one snapshot, and both say the same::

    Ticket.objects.visible_to(employee).filter(schema.compile('state = "new" and tag = "vpn"'))
    judge([schema.predicate(rule.scope) for rule in rules], schema.snapshot(ticket))
"""

from .errors import InvalidQuery
from .fields import (
    Boolean,
    Choice,
    Date,
    Field,
    Instant,
    Integer,
    Many,
    People,
    Person,
    RecordNumber,
    Reference,
    Text,
)
from .schema import Predicate, Schema, judge, register_field

__all__ = [
    "Boolean",
    "Choice",
    "Date",
    "Field",
    "Instant",
    "Integer",
    "InvalidQuery",
    "Many",
    "People",
    "Person",
    "Predicate",
    "RecordNumber",
    "Reference",
    "Schema",
    "Text",
    "judge",
    "register_field",
]
