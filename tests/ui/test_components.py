"""Components: words and shapes beside every colour, times that can be checked, fields tied to their texts."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bs4 import BeautifulSoup
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from servicedesk.ui.templatetags import ui

NOW = datetime(2026, 11, 20, 13, 38, tzinfo=UTC)


def rendered(source, **context):
    return BeautifulSoup(Template("{% load ui %}" + source).render(Context(context)), "html.parser")


@pytest.mark.parametrize("tone", ui.STATUS_SHAPES)
def test_a_status_is_a_word_with_a_shape_of_its_own(tone):
    pill = rendered("{% status label tone %}", label="<In progress>", tone=tone)

    assert pill.get_text() == "<In progress>"
    assert pill.use["href"].endswith(f"#{ui.STATUS_SHAPES[tone]}")
    assert len(set(ui.STATUS_SHAPES.values())) == len(ui.STATUS_SHAPES)


@pytest.mark.parametrize(
    ("value", "words", "bars"), [("P1", "Critical", 4), ("P2", "High", 3), ("P3", "Normal", 2), ("P4", "Low", 1)]
)
def test_a_priority_says_its_number_and_word_and_shows_bars(value, words, bars):
    badge = rendered("{% priority value %}", value=value)

    assert badge.get_text().split() == [value, words]
    assert len([bar for bar in badge.find_all("rect") if "class" not in bar.attrs]) == bars


def test_no_priority_shows_nothing():
    assert rendered("{% priority value %}", value="").get_text() == ""


@pytest.mark.parametrize(
    ("distance", "shown"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=-59), "now"),
        (timedelta(minutes=-1), "1 min ago"),
        (timedelta(minutes=-59, seconds=-59), "59 min ago"),
        (timedelta(hours=-1), "1 h ago"),
        (timedelta(hours=-24, seconds=1), "23 h ago"),
        (timedelta(hours=-24), "19 Nov 2026, 14:38"),
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(hours=3, minutes=20), "in 3 h"),
        (timedelta(days=1), "21 Nov 2026, 14:38"),
        (timedelta(days=-200), "4 May 2026, 15:38"),
    ],
)
def test_a_time_is_relative_under_a_day_and_always_absolute_in_its_title(distance, shown):
    with time_machine.travel(NOW, tick=False), timezone.override(ZoneInfo("Europe/Rome")):
        element = rendered("{% time at %}", at=NOW + distance).time
        full = rendered("{% time at absolute=True %}", at=NOW + distance).time

    assert element.get_text() == shown
    assert element["title"] == full.get_text() == full["title"]
    assert datetime.fromisoformat(element["datetime"]) == NOW + distance


def test_no_time_shows_nothing():
    assert str(rendered("{% time at %}", at=None)) == ""


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Giulia Ferri", "GF"),
        ("Nurul Aisyah binti Rahman", "NR"),
        ("劉志明", "劉"),
        ("Zhang Wei", "ZW"),
        ("clock", "C"),
        ("Ann (Milan)", "A"),
        ("...", "?"),
        ("", "?"),
    ],
)
def test_initials_stand_for_a_name(name, letters):
    assert ui.initials(name) == letters


def test_a_name_is_shown_as_text_and_never_as_markup():
    shown = rendered("{% person name %}{% avatar name %}", name='<b>"x" y</b>')

    assert shown.find("b") is None
    assert '<b>"x" y</b>' in shown.get_text()


def test_a_photo_takes_the_place_of_the_initials():
    shown = rendered('{% person name photo="/photos/a/b/" %}{% avatar name %}', name="Ann")

    assert [image["src"] for image in shown.select("img.avatar[alt='']")] == ["/photos/a/b/"]
    assert len(shown.select("span.avatar[data-initials=A]")) == 1


def test_nobody_is_said_in_words():
    assert rendered("{% person None %}").get_text() == "Unassigned"


class Report(forms.Form):
    title = forms.CharField(help_text="One sentence.", max_length=20)
    note = forms.CharField(required=False)
    impact = forms.ChoiceField(choices=[("high", "All"), ("low", "Me")], widget=forms.RadioSelect, help_text="Who?")
    private = forms.BooleanField(required=False, help_text="Only the team sees it.")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Choose <another> day.")


def ids_said_by(element):
    return element.get("aria-describedby", "").split()


def test_every_field_has_its_label_and_is_described_by_its_help_and_error():
    page = rendered("{% fields form %}", form=Report({}))

    for control in page.select("input[type=text], input[type=checkbox]"):
        assert page.find("label", attrs={"for": control["id"]})
    title = page.find(id="id_title")
    assert [page.find(id=name).get_text(strip=True) for name in ids_said_by(title)] == [
        "One sentence.",
        "This field is required.",
    ]
    assert title["aria-invalid"] == "true"
    assert ids_said_by(page.find(id="id_note")) == []
    group = page.find("fieldset")
    assert [page.find(id=name).get_text(strip=True) for name in ids_said_by(group)] == [
        "Who?",
        "This field is required.",
    ]
    assert "Only the team sees it." in page.find(id=ids_said_by(page.find(id="id_private"))[0]).get_text()
    assert len({element["id"] for element in page.select("[id]")}) == len(page.select("[id]"))


def test_required_fields_are_marked_and_the_mark_is_explained():
    page = rendered("{% fields form %}", form=Report())

    assert "*" in page.find("label", attrs={"for": "id_title"}).get_text()
    assert "*" not in page.find("label", attrs={"for": "id_note"}).get_text()
    assert page.select_one(".form-note").get_text() == "Fields marked * are required."


def test_the_error_summary_links_every_sentence_to_a_field_that_exists():
    form = Report({})
    page = rendered("{% error_summary form %}{% fields form %}", form=form)
    links = [(link["href"], link.get_text()) for link in page.select(".error-summary a")]

    assert links == [
        ("#id_title", "Title – This field is required."),
        ("#id_impact_0", "Impact – This field is required."),
    ]
    assert all(page.find(id=href[1:]) for href, _ in links)
    sentences = [item.get_text() for item in page.select(".error-summary li")]
    assert "Choose <another> day." in sentences
    assert "This field is required." in sentences  # of the hidden field, which cannot be linked to


def test_a_right_form_has_no_summary():
    assert rendered("{% error_summary form %}", form=Report()).get_text(strip=True) == ""


def test_pages_keep_the_filters_and_stop_at_the_ends():
    request = RequestFactory().get("/desk/?queue=network&page=2")
    pages = Paginator(range(5), 2)

    def links(number):
        context = {"page": pages.page(number), "request": request}
        return {link["rel"][0]: link["href"] for link in rendered("{% pagination page %}", **context).select("a")}

    assert links(1) == {"next": "?queue=network&page=2"}
    assert links(2) == {"prev": "?queue=network&page=1", "next": "?queue=network&page=3"}
    assert links(3) == {"prev": "?queue=network&page=2"}


def test_cursors_are_pages_too():
    cursor = SimpleNamespace(previous_url="", next_url="?after=9")

    assert [link["href"] for link in rendered("{% pagination page %}", page=cursor).select("a")] == ["?after=9"]


def test_an_internal_note_says_so_in_words_with_a_lock():
    source = (
        '{% include "ui/components/message.html" with author="Wei Ling Tan" at=at text="**x**" internal=internal %}'
    )
    note = rendered(source, at=NOW, internal=True)
    reply = rendered(source, at=NOW, internal=False)

    assert note.article["aria-label"] == "Internal note by Wei Ling Tan"
    assert "Internal note" in note.header.get_text()
    assert note.header.use["href"].endswith("#lock")
    assert "note" in note.article["class"]
    assert "Internal note" not in reply.article.get_text() + reply.article["aria-label"]
    assert note.strong.get_text() == "x"


def test_facts_without_a_value_are_left_out():
    page = rendered("{% facts pairs %}", pairs=[("Queue", "Network"), ("Category", None), ("Text", ""), ("Tier", 0)])

    assert [term.get_text() for term in page.find_all("dt")] == ["Queue", "Tier"]


def test_only_danger_interrupts_a_screen_reader():
    assert rendered('{% alert "x" "danger" %}').div["role"] == "alert"
    assert "role" not in rendered('{% alert "x" "ok" %}').div.attrs
