"""The schema of the trial tables, and papers made from plain rows."""

from typing import Any

from servicedesk import query

from .models import Colleague, Paper, Place, Reading


def fields() -> list[query.Field]:
    return [
        query.RecordNumber("number", path="pk", prefixes=lambda: ["PAP"], sortable=True),
        query.Text("title", sortable=True),
        query.Text("note"),
        query.Text("anywhere", paths=("title", "note")),
        query.Integer("size", sortable=True),
        query.Integer("pages", sortable=True),
        query.Boolean("ready"),
        query.Choice("mood", options=Paper.MOODS),
        query.Instant("seen_at", sortable=True),
        query.Instant("made_at", sortable=True),
        query.Date("due_on"),
        query.Person("owner"),
        query.Reference("place", collection="places", sortable="place__slug"),
        query.Many("tag", path="tags"),
        query.People("reader", path="readers"),
    ]


schema = query.Schema(Paper, fields(), name="paper")


def make_papers(rows: list[dict[str, Any]]) -> list[Paper]:
    """One paper a row; people and places are named by login and slug, and made when they are missing."""
    people = {person.login: person for person in Colleague.objects.all()}
    places = {place.slug: place for place in Place.objects.all()}

    def person(login: str | None) -> Colleague | None:
        if login is not None and login not in people:
            people[login] = Colleague.objects.create(login=login)
        return None if login is None else people[login]

    def place(slug: str) -> Place:
        if slug not in places:
            places[slug] = Place.objects.create(slug=slug)
        return places[slug]

    papers = []
    for row in rows:
        row = dict(row)
        tags, readers = row.pop("tags", ()), row.pop("readers", ())
        row["owner"], row["place"] = person(row.get("owner")), place(row.get("place", "attic"))
        paper = Paper.objects.create(**row)
        for slug in tags:
            Paper.tags.through._base_manager.create(paper=paper, place=place(slug))
        for login in readers:
            Reading.objects.create(paper=paper, reader=person(login))
        papers.append(paper)
    return papers


def found(text: str, **options: Any) -> list[str]:
    """Titles of the papers that SQL finds, once for each row, after checking that the evaluator says the same."""
    titles = list(Paper.objects.filter(schema.compile(text, **options)).order_by("pk").values_list("title", flat=True))
    judged = [
        paper.title
        for paper in Paper.objects.order_by("pk")
        if schema.predicate(text)(schema.snapshot(paper), **options)
    ]
    assert judged == titles
    return titles
