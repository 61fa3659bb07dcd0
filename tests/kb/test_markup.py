"""What people write in articles acts on no page (SECURITY, rows 1 and 2), and the comparison escapes it."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from kb.models import ArticleVersion, Feedback
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.portal.test_ticket_page import acting_parts, fetched_by_itself
from tests.security.test_markup import LINES
from tests.ui.test_markdown import PAYLOADS


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_nothing_that_is_written_in_an_article_acts(luca, nora, network, line: str) -> None:
    live = make.make_article(luca, nora, category=make.make_category(queue=network).slug)
    carry_out(live, "rate", by=luca, details={"helpful": "no", "comment": "plain"})
    draft = perform(carry_out(live, "revise", by=luca).result, "edit", by=luca, body="plain")
    perform(draft, "submit", by=luca)
    perform(draft, "send_back", by=nora, comment="\n\n".join(LINES))
    ticket = make.make_incident(network, by=luca, category=live.category)
    carry_out(ticket, "link_article", by=luca, details={"article": live.number})
    client = Client()
    client.force_login(luca)
    number = live.number
    addresses = [
        "/kb/", "/kb/?q=x", f"/kb/{number}/", "/desk/kb/", f"/desk/kb/{number}/", f"/desk/kb/{number}/?n=1",
        f"/desk/kb/{number}/?n=2&with=1", f"/desk/kb/{number}/?n=2&with=1&view=inline", f"/desk/kb/{number}/edit/?n=2",
        f"/desk/tickets/{ticket.number}/", f"/tickets/{ticket.number}/", f"/report/?article={number}", "/desk/kb/new/",
    ]  # fmt: skip

    def acting(address: str) -> set[tuple[str, str]]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        soup = BeautifulSoup(answer.content, "html.parser")
        assert not [source for source in fetched_by_itself(soup) if "evil.example" in source], address
        return acting_parts(soup)

    ours = {address: acting(address) for address in addresses}
    text = "\n\n".join(payload.replace("\x00", "") for payload in [*PAYLOADS, line])
    ArticleVersion.objects.update(title=line, summary=line, keywords=f"{line}, {line}"[:300])
    ArticleVersion.objects.filter(pk=live.pk).update(body=text)
    ArticleVersion.objects.exclude(pk=live.pk).update(body=f"{line}\n{text[::-1]}")
    Feedback.objects.update(comment=text[:2000])

    assert {a: found for a in addresses if (found := acting(a) - ours[a])} == {}
