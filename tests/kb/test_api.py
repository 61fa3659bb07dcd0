"""Articles over the API: reading, drafting, publishing, and what is refused."""

import pytest

from kb.models import ArticleVersion
from servicedesk.audit.models import Event
from servicedesk.tickets.models import Category
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.api.conftest import client_of, send


@pytest.fixture
def category(db: None) -> Category:
    return make.make_category("Remote access")


def drafted(client, category, **more):
    details = {"title": "Reach the network", "body": "Open the client", "category": category.slug, **more}
    return send(client, "post", "articles/", details)


def test_an_article_is_drafted_changed_submitted_and_published(luca, nora, alice, category) -> None:
    writes, publishes, reads = client_of(luca), client_of(nora), client_of(alice)
    made = drafted(writes, category, keywords="vpn, tunnel", language="en")
    assert made.status_code == 201, made.content
    number, address = made.json()["number"], f"articles/{made.json()['number']}/"
    assert made.headers["Location"].endswith(f"/api/v1/{address}") and made.headers["ETag"] == '"1"'
    assert send(reads, "get", address).status_code == 404
    assert send(writes, "patch", address, {"title": "x"}).status_code == 428
    changed = send(writes, "patch", address, {"title": "Reach the office"}, version=1)
    assert (changed.status_code, changed.json()["title"], changed.json()["keywords"]) == (
        200, "Reach the office", "vpn, tunnel",
    )  # fmt: skip
    assert send(writes, "patch", address, {"title": "Late"}, version=1).status_code == 409
    moved = send(writes, "post", f"{address}transitions/submit/", {}, version=changed.json()["version"])
    assert moved.json()["state"] == "in_review"
    refused = send(writes, "post", f"{address}transitions/publish/", {}, version=moved.json()["version"])
    assert (refused.status_code, "knowledge managers" in refused.json()["detail"]) == (403, True)
    published = send(publishes, "post", f"{address}transitions/publish/", {}, version=moved.json()["version"])
    assert (published.json()["state"], published.json()["publisher"]) == ("published", "nora")

    read = send(reads, "get", address)
    assert (read.json()["number"], read.json()["body"], read.json()["audience"]) == (
        number, "Open the client", "everybody",
    )  # fmt: skip
    assert read.headers["ETag"] == f'"{read.json()["version"]}"'


def test_of_two_versions_each_action_finds_its_own(luca, nora, category) -> None:
    writes, publishes = client_of(luca), client_of(nora)
    live = make.make_article(luca, nora, category=category.slug)
    address = f"articles/{live.number}/"
    now = send(writes, "get", address).json()["version"]
    made = send(writes, "post", f"{address}actions/revise/", {}, version=now)
    assert made.json() == {"result": live.number, "version": now + 1}
    shown = send(writes, "get", address).json()
    assert (shown["ordinal"], shown["state"], shown["version"]) == (2, "draft", now + 1)
    moves = {row["name"]: row["allowed"] for row in send(publishes, "get", f"{address}transitions/").json()}
    assert moves == {
        "submit": False, "publish": False, "send_back": False, "flag_review": False, "renew": False, "archive": True,
        "restore": False, "discard": True,
    }  # fmt: skip
    gone = send(publishes, "post", f"{address}transitions/archive/", {"reason": "Wrong"}, version=now + 1)
    assert gone.status_code == 200
    states = {row["ordinal"]: row["state"] for row in send(writes, "get", f"{address}versions/").json()["results"]}
    assert states == {1: "archived", 2: "draft"}
    assert send(writes, "get", f"{address}versions/1/").json()["state"] == "archived"
    assert send(writes, "get", f"{address}versions/9/").status_code == 404


def test_a_published_article_is_not_patched(luca, nora, category) -> None:
    live = make.make_article(luca, nora, category=category.slug)
    answer = send(client_of(luca), "patch", f"articles/{live.number}/", {"title": "x"}, version=live.version)

    assert (answer.status_code, "not possible in this state" in answer.json()["detail"]) == (409, True)


def test_the_list_is_queried_ordered_and_paged(luca, nora, alice, category) -> None:
    for title in ("Payslips", "Docks", "Printers"):
        make.make_article(luca, nora, title=title, category=category.slug)
    make.make_draft(luca, title="Draft of docks", category=category.slug)
    reads, writes = client_of(alice), client_of(luca)

    def titles(client, query=""):
        return [row["title"] for row in send(client, "get", f"articles/{query}").json()["results"]]

    assert titles(reads) == ["Printers", "Docks", "Payslips"]
    assert titles(writes)[0] == "Draft of docks"
    assert titles(writes, '?q=state = "draft"') == ["Draft of docks"]
    assert titles(reads, '?q=text ~ "DOCK"') == ["Docks"]
    assert titles(reads, "?ordering=number&limit=1") == ["Payslips"]
    following = send(reads, "get", "articles/?limit=2").json()["next"]
    assert [row["title"] for row in reads.get(following).json()["results"]] == ["Payslips"]
    assert send(reads, "get", "articles/?q=nonsense = 1").status_code == 422


def test_a_key_makes_one_article_of_a_repeated_request(luca, category) -> None:
    client = client_of(luca)
    details = {"title": "Once", "body": "text", "category": category.slug}
    first, second = (send(client, "post", "articles/", details, idempotency_key="a1") for _time in range(2))

    assert first.json()["number"] == second.json()["number"] and ArticleVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("details", "status"),
    [
        ({"state": "published"}, 422), ({"publisher": "nora"}, 422), ({"author": "nora"}, 422), ({"ordinal": 7}, 422),
        ({"version": 9}, 422), ({"published_at": "2026-01-01"}, 422), ({"article": "KB-000001"}, 422),
        ({"title": 5}, 422), ({"title": True}, 422), ({"title": ["x"]}, 400), ({"title": {"a": 1}}, 400),
        ({"groups": "staff"}, 400), ({"review_by": "soon"}, 422), ({"body": "a\u0000b"}, 400),
    ],
    ids=lambda value: next(iter(value)) + "-" + type(next(iter(value.values()))).__name__
    if isinstance(value, dict) else str(value),
)  # fmt: skip
def test_only_what_the_form_names_is_taken(luca, category, details, status) -> None:
    client = client_of(luca)
    draft = make.make_draft(luca, category=category.slug)
    before = ArticleVersion.objects.values().get()

    assert drafted(client, category, **details).status_code == status
    assert send(client, "patch", f"articles/{draft.number}/", details, version=1).status_code == status
    assert list(ArticleVersion.objects.values()) == [before]


def test_employees_neither_write_nor_decide(luca, nora, alice, category) -> None:
    client = client_of(alice)
    assert drafted(client, category).status_code == 403
    live = make.make_article(luca, nora, category=category.slug)
    address = f"articles/{live.number}/"
    assert send(client, "patch", address, {"title": "x"}, version=live.version).status_code == 403
    assert send(client, "post", f"{address}actions/revise/", {}, version=live.version).status_code == 403
    assert send(client, "post", f"{address}actions/rate/", {"helpful": "no", "comment": "Old"}).status_code == 200
    assert send(client, "get", address).json()["unhelpful"] == 1


def test_the_log_tells_readers_when_and_writers_why(luca, nora, alice, category) -> None:
    version = perform(make.make_draft(luca, category=category.slug), "submit", by=luca)
    version = perform(version, "send_back", by=nora, comment="Name the client")
    version = perform(perform(version, "submit", by=luca), "publish", by=nora)
    address = f"articles/{version.number}/events/"

    told = send(client_of(luca), "get", address).json()["results"]
    assert [row["verb"] for row in told] == list(
        Event.objects.filter(verb__startswith="article.").order_by("pk").values_list("verb", flat=True)
    )
    assert {"comment": "Name the client"} in [row["text"] for row in told]
    read = send(client_of(alice), "get", address).json()["results"]
    assert [(row["verb"], row["text"], row["details"]) for row in read] == [("article.published", {}, {})]


def test_a_linked_article_has_its_number_in_the_ticket_log_for_who_may_see_it(luca, nora, network, category) -> None:
    hr = make.make_queue("hr")
    both = make.make_technician(hr, "view_queue", "work_l1", login="both")
    both.groups.add(*luca.groups.all())
    version = make.make_article(both, nora, audience="queue", queue="hr", category=category.slug)
    ticket = make.make_incident(network)
    made = send(
        client_of(both), "post", f"incidents/{ticket.number}/actions/link_article/", {"article": version.number}
    )
    assert made.status_code == 200, made.content

    def told(person):
        rows = send(client_of(person), "get", f"incidents/{ticket.number}/events/").json()["results"]
        return next(row["details"] for row in rows if row["verb"] == "ticket.article_linked")

    assert told(both)["article"] == version.number and told(luca)["article"] is None


def test_any_former_version_is_restored_as_the_draft(luca, nora, alice, category) -> None:
    first = make.make_article(luca, nora, title="First", category=category.slug)
    second = carry_out(first, "revise", by=luca).result
    second = perform(perform(perform(second, "edit", by=luca, title="Second"), "submit", by=luca), "publish", by=nora)
    third = carry_out(second, "revise", by=luca).result
    third = perform(perform(perform(third, "edit", by=luca, title="Third"), "submit", by=luca), "publish", by=nora)
    keeps, address = client_of(nora), f"articles/{first.number}/versions/1/"
    version = third.article.__class__.objects.get(pk=third.article_id).version

    options = {one["name"]: one["allowed"] for one in send(keeps, "get", f"{address}transitions/").json()}
    assert options["restore"] and not options["publish"]
    assert send(keeps, "post", f"{address}transitions/restore/", {}).status_code == 428
    assert send(keeps, "post", f"{address}transitions/restore/", {}, version=version - 1).status_code == 409
    assert send(client_of(luca), "post", f"{address}transitions/restore/", {}, version=version).status_code == 403
    done = send(keeps, "post", f"{address}transitions/restore/", {}, version=version)

    assert (done.status_code, done.json()["title"], done.json()["state"]) == (200, "First", "draft")
    assert send(client_of(alice), "get", f"articles/{first.number}/").json()["title"] == "Third"
    assert send(client_of(alice), "get", f"{address}transitions/").status_code == 404
    assert send(client_of(alice), "post", f"{address}transitions/restore/", {}, version=version).status_code == 404


def test_a_draft_is_discarded_by_api(luca, category) -> None:
    client, draft = client_of(luca), make.make_draft(luca, category=category.slug)

    done = send(client, "post", f"articles/{draft.number}/transitions/discard/", {"reason": "Double"}, version=1)

    assert (done.status_code, done.json()["state"]) == (200, "archived")
