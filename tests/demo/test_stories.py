"""The stories can be told: every brace is filled, every word is controlled, nothing is said twice."""

from string import Formatter

import pytest

from directory.models import Department, Employee, Location
from servicedesk.demo.stories import LANGUAGES, Scene, Story, dice, stories
from servicedesk.tickets import desk_table
from servicedesk.tickets.states import Channel, Level, ResolutionCode

TABLE = desk_table.SHIPPED


def texts(story: Story) -> list[str]:
    single = (
        story.description, story.resolution, story.first, story.ask, story.answer, story.note, story.returned,
        story.vendor, story.proposal, story.reopen, story.again,
    )  # fmt: skip
    return [*story.titles, *single, *story.diagnosis, *story.tasks]


def a_scene(story: Story) -> Scene:
    person = Employee(
        login="lin", name="Lin Yan", given_name="Yan", department=Department(name="Finance"),
        location=Location(name="Milan", slug="milan"),
    )  # fmt: skip
    return Scene(story, person, Employee(login="bo", name="Bo Sun"), dice("test", story.titles[0]))


def test_there_are_enough_of_them_in_every_language() -> None:
    told = {language: sum(s.language == language for s in stories()) for language in ("en", "it", "ms")}
    told["zh"] = sum(s.language.startswith("zh") for s in stories())

    assert len(stories()) >= 60
    assert min(told.values()) >= 10
    assert {s.language for s in stories()} == {language for pair in LANGUAGES.values() for language in pair}


@pytest.mark.parametrize("story", stories(), ids=lambda s: f"{s.language}: {s.titles[0]}")
def test_a_story_can_be_told(story: Story) -> None:
    scene = a_scene(story)

    for text in texts(story):
        names = {name for _literal, name, _spec, _conversion in Formatter().parse(text) if name is not None}
        assert names <= scene.things.keys()
        assert "{" not in scene.fill(text)
    assert story.impact in Level.values
    assert story.urgency in Level.values
    assert story.code in ResolutionCode.values
    assert story.channel in ("", *Channel.values)
    phrases = (
        "greeting", "closing", "ask", "answer", "update", "chase", "thanks", "reopen", "again", "withdraw", "also",
        "also_title",
    )  # fmt: skip
    for phrase in phrases:
        scene.say(phrase)


def test_categories_and_tags_of_stories_are_in_the_table_of_the_desk(db: None) -> None:
    table = desk_table.read(TABLE)

    assert {story.category for story in stories()} <= table.categories.keys()
    assert {tag for story in stories() for tag in story.tags} <= set(table.tags)


def test_no_two_stories_tell_the_same() -> None:
    descriptions = [story.description for story in stories()]
    titles = [title for story in stories() for title in story.titles]

    assert len(set(descriptions)) == len(descriptions)
    assert len(set(titles)) == len(titles)
