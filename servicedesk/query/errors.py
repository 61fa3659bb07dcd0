"""What a person is told about a query that cannot be used."""

from django.utils.translation import gettext as _

from servicedesk.common.errors import InvalidPayload


class InvalidQuery(InvalidPayload):
    """A query was refused (422). ``line`` and ``column`` count from 1.

    ``field`` is the name of the parameter that carried the text: ``q``, or ``ordering``.
    """

    def __init__(self, sentence: str, *, line: int = 1, column: int = 1, field: str = "q") -> None:
        self.line = line
        self.column = column
        super().__init__(
            {
                field: [
                    _("{sentence} (line {line}, column {column})").format(
                        sentence=str(sentence), line=line, column=column
                    )
                ]
            }
        )


class Refusal(Exception):
    """A literal does not fit its field; whoever knows the place turns it into ``InvalidQuery``."""
