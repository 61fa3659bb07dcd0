"""The pages of articles: at the desk, in the portal, and on tickets."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Incident
from kb.models import ArticleLink, ArticleVersion, Feedback
from kb.services import sweep
from servicedesk.workflow import carry_out, perform
from tests import factories as make

LIST, RECORD = 12, 15


@pytest.fixture
def page(client: Client) -> Callable[..., BeautifulSoup]:
    def opened(address: str, status: int = 200, **query: object) -> BeautifulSoup:
        response = client.get(address, query)
        assert response.status_code == status, response.content[:2000]
        return BeautifulSoup(response.content, "html.parser")

    return opened


def text_of(soup: BeautifulSoup) -> str:
    return " ".join(soup.get_text(" ").split())


def test_an_article_is_written_submitted_and_published_over_pages(client, page, luca, nora) -> None:
    category = make.make_category("Remote access")
    client.force_login(luca)
    answer = client.post(
        "/desk/kb/new/",
        {"title": "Reach the office network", "body": "## Steps\n\n1. Open the client", "category": category.slug,
         "audience": "everybody", "language": "en", "draft_readers": "technicians"},
    )  # fmt: skip
    version = ArticleVersion.objects.get()
    assert answer.headers["Location"] == f"/desk/kb/{version.number}/"
    shown = page(answer.headers["Location"])
    assert "Reach the office network" in text_of(shown) and shown.select_one("article .prose h2").text == "Steps"
    form = shown.find("form", action=f"/desk/kb/{version.number}/submit/?n=1")
    answer = client.post(form["action"], {"version": form.find("input", {"name": "version"})["value"]})
    assert answer.status_code == 302
    client.force_login(nora)
    publish = f"/desk/kb/{version.number}/publish/?n=1"
    assert "Publish" in text_of(page(publish))
    number = page(publish).find("input", {"name": "version"})["value"]
    assert client.post(publish, {"version": number}).headers["Location"] == f"/desk/kb/{version.number}/?n=1"

    client.force_login(make.make_employee("bob"))
    assert "Open the client" in text_of(page(f"/kb/{version.number}/"))


def test_a_new_article_that_does_not_fit_comes_back_with_what_was_written(client, luca) -> None:
    client.force_login(luca)
    answer = client.post("/desk/kb/new/", {"title": "Half a thought", "body": "", "audience": "queue"})

    soup = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 422
    assert soup.find("input", {"name": "title"})["value"] == "Half a thought"
    assert soup.select(".error-summary")


def test_an_article_begins_with_the_title_and_category_of_a_ticket(client, page, luca, network) -> None:
    category = make.make_category("Docks", queue=network)
    ticket = make.make_incident(network, title="The dock has no picture", category=category)
    client.force_login(luca)
    soup = page("/desk/kb/new/", **{"from": ticket.number})

    assert soup.find("input", {"name": "title"})["value"] == "The dock has no picture"
    assert soup.select_one(f"option[value='{category.slug}']").has_attr("selected")
    hidden = make.make_incident(network, title="Zanzibar", confidential=True)
    assert "Zanzibar" not in text_of(page("/desk/kb/new/", **{"from": hidden.number}))


def test_an_old_form_meets_the_conflict_page_with_what_was_written(client, luca, wei) -> None:
    draft = make.make_draft(luca)
    client.force_login(wei)
    address = f"/desk/kb/{draft.number}/edit/?n=1"
    before = BeautifulSoup(client.get(address).content, "html.parser").find("input", {"name": "version"})["value"]
    perform(draft, "edit", by=luca, title="Changed meanwhile")
    answer = client.post(address, {"version": before, "title": "Mine", "body": "My text"})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "What was changed meanwhile" in text and "luca" in text.lower() and "My text" in text
    draft.refresh_from_db()
    assert draft.title == "Changed meanwhile"


def test_a_draft_is_discarded_on_its_page(client, page, luca) -> None:
    draft = make.make_draft(luca)
    client.force_login(luca)
    menu = page(f"/desk/kb/{draft.number}/").select_one(".moves")
    assert "Discard the draft" in menu.get_text()

    answer = client.post(f"/desk/kb/{draft.number}/discard/?n=1", {"version": 1, "reason": "Double"})

    assert answer.status_code == 302
    assert "discarded the draft" in page(f"/desk/kb/{draft.number}/").get_text()


def test_the_refusal_of_a_publication_is_said_and_offered_to_nobody_who_wrote(client, page, kim) -> None:
    version = perform(make.make_draft(kim), "submit", by=kim)
    client.force_login(kim)
    shown = page(f"/desk/kb/{version.number}/")

    assert "another knowledge manager must answer for it" in text_of(shown)
    assert not shown.select(f"a[href='/desk/kb/{version.number}/publish/?n=1']")
    answer = client.post(f"/desk/kb/{version.number}/publish/?n=1", {"version": version.version})
    assert answer.status_code == 409 and b"must answer for it" in answer.content


def test_two_versions_are_shown_side_by_side_and_inline_escaped(client, page, luca, nora) -> None:
    first = make.make_article(luca, nora, body="1. Open the <b>old</b> client\n2. Sign in")
    second = carry_out(first, "revise", by=luca).result
    perform(second, "edit", by=luca, body="1. Open the <script>new</script> client\n2. Sign in\n3. Done")
    client.force_login(luca)
    address = f"/desk/kb/{first.number}/"
    beside, inline = page(address, n=2, **{"with": 1}), page(address, n=2, view="inline", **{"with": 1})

    assert [mark.text for mark in beside.select("td.before mark")] == ["b", "old", "b"]
    assert "3. Done" in [cell.text for cell in beside.select("tr.added td.after")]
    assert not beside.select("table.diff script") and not inline.select("table.diff script")
    assert [cell.text for cell in inline.select("tr.removed td.line")] == ["1. Open the <b>old</b> client"]
    assert [cell.text for cell in inline.select("tr.added td.line")][-1] == "3. Done"
    assert "The text is the same" in text_of(page(address, n=1, **{"with": 2})) or beside.select("tr.changed")


def test_the_list_is_filtered_by_state_category_words_and_mine(client, page, luca, wei, nora) -> None:
    docks = make.make_category("Docks")
    mine = make.make_draft(luca, title="Docks and screens", category=docks.slug)
    waiting = perform(make.make_draft(wei, title="Meeting rooms"), "submit", by=wei)
    live = make.make_article(wei, nora, title="Payslips", body="Where the archive is")
    due = make.make_article(wei, nora, title="Old phones")
    ArticleVersion.objects.filter(pk=due.pk).update(review_by=timezone.localdate())
    sweep()
    gone = perform(make.make_article(wei, nora, title="Fax"), "archive", by=nora, reason="No fax any more")
    client.force_login(luca)

    def numbers(**query: str) -> set[str]:
        return {cell.text for cell in page("/desk/kb/", **query).select("td .mono, th .mono")}

    assert numbers() == {mine.number, waiting.number, live.number, due.number}
    assert numbers(state="draft") == {mine.number} == numbers(state="mine") == numbers(category=docks.slug)
    assert numbers(state="in_review") == {waiting.number}
    assert numbers(state="published") == {live.number}
    assert numbers(state="review_due") == {due.number}
    assert numbers(state="archived") == {gone.number}
    assert numbers(q="archive PAYslips") == {live.number}
    assert client.get("/desk/kb/", {"q": live.number.lower()}).headers["Location"] == f"/desk/kb/{live.number}/"
    assert client.get("/desk/kb/", {"q": "\x00", "state": "x", "category": "x", "page": "x"}).status_code == 200


def test_a_reader_says_whether_it_helped_and_changes_it(client, page, luca, nora, alice) -> None:
    version = make.make_article(luca, nora)
    client.force_login(alice)
    address = f"/kb/{version.number}/"
    assert client.post(f"{address}feedback/", {"comment": "?"}).status_code == 422
    assert client.post(f"{address}feedback/", {"helpful": "no", "comment": "Step 2"}).headers["Location"] == address
    assert page(address).select_one("input[name=helpful][value=no]").has_attr("checked")
    client.post(f"{address}feedback/", {"helpful": "yes"})

    assert list(Feedback.objects.values_list("employee__login", "helpful", "comment")) == [("alice", True, "")]
    client.force_login(luca)
    assert "1 yes, 0 no" in text_of(page(f"/desk/kb/{version.number}/"))


def test_the_portal_searches_browses_and_shows_published_texts_only(client, page, luca, nora, alice) -> None:
    hardware = make.make_category("Hardware")
    docks = make.make_category("Docks", parent=hardware)
    first = make.make_article(luca, nora, title="Docks and screens", category=docks.slug)
    second = make.make_article(luca, nora, title="Payslips", keywords="salary, wages")
    make.make_draft(luca, title="Docks of tomorrow", category=docks.slug)
    client.force_login(alice)

    def titles(**query: str) -> list[str]:
        return [link.text for link in page("/kb/", **query).select("ul.list a.title")]

    assert titles() == ["Payslips", "Docks and screens"]
    assert titles(q="docks") == ["Docks and screens"] == titles(category=hardware.slug)
    assert titles(q="WAGES") == ["Payslips"]
    assert titles(q="nothing of this") == []
    assert ["Hardware", "1"] in [topic.get_text(" ").split() for topic in page("/kb/").select(".topics li")]
    assert client.get(f"/kb/{second.number.lower()}/").headers["Location"] == f"/kb/{second.number}/"
    assert client.get("/kb/", {"q": "\x00", "category": "\x00", "page": "x"}).status_code == 200
    assert client.get(f"/kb/{first.number}1/").status_code == 404


def test_a_report_from_an_article_brings_it_along(client, page, luca, nora, alice, network) -> None:
    version = make.make_article(luca, nora)
    client.force_login(alice)
    link = page(f"/kb/{version.number}/").select_one(f"a[href='/report/?article={version.number}']")
    report = page("/report/", article=version.number)
    assert link and version.title in text_of(report)
    assert report.select_one(f"option[value='{version.category.slug}']").has_attr("selected")
    client.post("/report/", {"title": "The VPN still drops", "article": version.number})

    incident = Incident.objects.get()
    assert list(incident.articles.values_list("article", "kind")) == [(version.article_id, "read")]
    client.force_login(luca)
    assert "read before it was reported" in text_of(page(f"/desk/tickets/{incident.number}/").select_one("#articles"))


def test_a_hidden_article_is_no_context_of_a_report(client, page, luca, nora, alice, network) -> None:
    version = make.make_article(luca, nora, audience="technicians", title="Zanzibar")
    client.force_login(alice)
    assert "Zanzibar" not in text_of(page("/report/", article=version.number))
    client.post("/report/", {"title": "The VPN still drops", "article": version.number})

    assert Incident.objects.count() == 1 and not ArticleLink.objects.exists()


def test_workers_link_articles_and_their_requester_reads_them(client, page, luca, nora, alice, network) -> None:
    ticket = make.make_incident(network, by=alice, category=make.make_category("VPN"))
    open_one = make.make_article(luca, nora, title="Connect again", category=ticket.category.slug)
    for_the_desk = make.make_article(luca, nora, title="Reset the tunnel", audience="technicians")
    client.force_login(luca)
    address = f"/desk/tickets/{ticket.number}/"
    assert "Connect again" in text_of(page(address).select_one("#articles"))  # of the same category
    for version in (open_one, for_the_desk):
        answer = client.post(f"{address}link_article/", {"version": ticket.version, "article": version.number})
        assert answer.status_code == 302
    assert "used on it" in text_of(page(address).select_one("#articles"))
    assert ticket.number in text_of(page(f"/desk/kb/{open_one.number}/"))

    client.force_login(alice)
    portal = text_of(page(f"/tickets/{ticket.number}/"))
    assert "Connect again" in portal and "Reset the tunnel" not in portal and for_the_desk.number not in portal
    client.force_login(luca)
    client.post(f"{address}unlink_article/", {"version": ticket.version, "article": open_one.number})
    assert list(ticket.articles.values_list("article", flat=True)) == [for_the_desk.article_id]


def test_what_cannot_be_read_cannot_be_linked(client, luca, nora, alice, network) -> None:
    ticket = make.make_incident(network, by=alice)
    hidden = make.make_article(nora_writes(nora, network), make.make_publisher("paul"), audience="queue",
                               queue=make.make_queue("hr").slug)  # fmt: skip
    client.force_login(luca)
    for number in (hidden.number, "KB-999999", "INC-000001", make.make_draft(luca).number):
        answer = client.post(
            f"/desk/tickets/{ticket.number}/link_article/", {"version": ticket.version, "article": number}
        )
        assert answer.status_code == 422 and b"There is no published article of this number" in answer.content


def nora_writes(nora, network):
    nora.groups.add(make.make_group(on=network, rights=("view_queue", "work_l1")))
    return nora


def statements(client: Client, address: str) -> list[str]:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def busy_article(writer, publisher, network, size: int) -> ArticleVersion:
    version = make.make_article(writer, publisher, category=make.make_category(queue=network).slug)
    for number in range(size):
        carry_out(version, "rate", by=make.make_employee(), details={"helpful": "no", "comment": f"Line {number}"})
        ticket = make.make_incident(network)
        carry_out(ticket, "link_article", by=writer, details={"article": version.number})
        made = carry_out(version, "revise", by=writer).result
        category = make.make_category().slug
        perform(made, "edit", by=writer, body=f"Step {number}", category=category)
        made = perform(perform(made, "submit", by=writer), "publish", by=publisher)
        version = made
    return version


@pytest.mark.parametrize("role", ["luca", "nora"])
def test_lists_and_records_ask_the_same_whatever_there_is(client, luca, nora, network, role) -> None:
    small, large = busy_article(luca, nora, network, 2), busy_article(luca, nora, network, 6)
    client.force_login({"luca": luca, "nora": nora}[role])
    for query in ("", f"?n=2&with={large.ordinal - 5}", "?n=2&with=1&view=inline"):
        few, many = (statements(client, f"/desk/kb/{one.number}/{query}") for one in (small, large))
        assert len(many) <= len(few), [sql for sql in many if sql not in few]
        assert len(many) <= RECORD, (query, many)
    for number in range(12):
        make.make_article(luca, nora, title=f"Article {number}")
    for address in ("/desk/kb/", "/desk/kb/?q=article", "/desk/kb/?state=mine", "/kb/", "/kb/?q=article"):
        assert len(statements(client, address)) <= LIST, (address, statements(client, address))
    assert len(statements(client, f"/kb/{large.number}/")) <= LIST


def test_a_review_that_is_late_is_seen_in_the_list(client, page, luca, nora) -> None:
    version = make.make_article(luca, nora)
    ArticleVersion.objects.filter(pk=version.pk).update(review_by=timezone.localdate() - timedelta(days=3))
    client.force_login(luca)

    assert page("/desk/kb/").select("td .late")
