"""The main screen begins with what the last run knew: drafts in their lines, nothing twice."""

from typing import Any

from textual.pilot import Pilot

from chat.client.cache import NothingCached
from tests.support.cache_stores import Remembering
from tests.support.chat_stage import Stage, play

P = Pilot[Any]


class Drafted(NothingCached):
    """A store that notes drafts."""

    def __init__(self, drafts: dict[str, str]) -> None:
        self.drafts = drafts

    def keep_draft(self, conversation: str, text: str) -> None:
        self.drafts[conversation] = text


def earlier() -> tuple[Stage, Remembering]:
    """A run in which alice said something, and what is kept of it."""
    stage = Stage()
    stage.person("alice")
    stage.says("alice", "apples")
    stage.client.connect()
    (general,) = _ids(stage)
    stage.client.show(general)
    stage.client.settle()
    return stage, Remembering(stage.client, stage.clock.now(), {general: "half a"})


def _ids(stage: Stage) -> list[str]:
    with stage.client.reading() as state:
        return [each.record.conversation for each in state.conversations]


def test_the_talk_of_last_time_goes_on_with_the_server() -> None:
    """What was missed comes below, once; the welcome comes below that, and what was being written stays."""
    before, cache = earlier()
    before.client.disconnect("the end")

    async def deed(stage: Stage, pilot: P) -> dict[str, Any]:
        stage.client.hub = before.hub
        stage.client.recall()
        await stage.show(pilot)
        first = {"lines": stage.pane_lines(), "draft": stage.screen.front.composer.draft}
        before.says("alice", "pears")
        stage.client.connect()
        await stage.show(pilot)
        return {**first, "then": stage.pane_lines(), "status": stage.status}

    seen = play(deed, connect=False, cache=cache, words="Welcome here.")
    assert any("apples" in line for line in seen["lines"])
    assert seen["draft"] == "half a"
    shown = " ".join(seen["then"])
    assert [shown.count(word) for word in ("apples", "pears", "Welcome here.")] == [1, 1, 1]
    assert shown.index("apples") < shown.index("pears") < shown.index("Welcome here.")
    assert "last seen" not in seen["status"]


def test_what_was_being_written_at_the_end_is_kept() -> None:
    """By conversation, without waiting for the next look at the lines."""
    drafts: dict[str, str] = {}

    async def write(stage: Stage, pilot: P) -> str:
        await pilot.press(*"half")
        return stage.front.id

    general = play(write, cache=Drafted(drafts))
    assert drafts == {general: "half"}
