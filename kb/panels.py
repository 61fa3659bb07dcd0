"""What the page about a person shows of articles."""

from typing import Any

from directory.models import Employee

from .models import ArticleVersion

SHOWN = 10


def of_person(person: Employee, reader: Employee) -> dict[str, Any] | None:
    """The articles in which ``person`` wrote, as far as the reader may see them; what was touched last comes first."""
    found = (
        ArticleVersion.objects.visible_to(reader).leading(reader).filter(article__versions__writers__employee=person)
    )
    rows = list(found.distinct().for_list().order_by("-updated_at", "-pk")[: SHOWN + 1])
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None
