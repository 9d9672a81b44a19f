"""Having what one wrote and taking it back, on the main screen."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from chat.protocol.requests import History
from chat.tui.screens.confirm import ConfirmScreen
from tests.support.chat_stage import Stage, play
from tests.support.desk import lines

P = Pilot[Any]


def test_what_one_wrote_is_written_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told where it was asked for: that it begins, and what came of it; a second time it is refused."""
    monkeypatch.chdir(tmp_path)

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.enter(pilot, "hello")
        await stage.enter(pilot, "/export mine")
        await stage.enter(pilot, "/export mine")
        return lines(stage.front)[-4:]

    path = tmp_path / "mine"
    begins, ends, _, refused = play(deed)
    assert begins == f"All that you wrote is being written to {path}."
    assert ends.endswith(f"entries are in {path} now.")
    assert refused.startswith(f"{path} exists already and is not overwritten")
    assert '"hello"' in path.read_text()


@pytest.mark.parametrize(("keys", "left"), [(("enter",), "secret"), (("escape",), "secret"), (("y",), "")])
def test_erasing_is_asked_about(keys: tuple[str, ...], left: str) -> None:
    """With what it does; the harmless answer is marked."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, str, str, str]:
        await stage.enter(pilot, "secret")
        await stage.enter(pilot, "/erase")
        is_asked, shown = isinstance(stage.app.screen, ConfirmScreen), "\n".join(stage.lines)
        await pilot.press(*keys)
        await stage.show(pilot)
        entries = stage.hub.ask(stage.person("bob"), History, target="#general", after=0).entries
        (text,) = (each.text for each in entries if each.__struct_config__.tag == "message")
        return is_asked, shown, text, lines(stage.front)[-1]

    is_asked, shown, text, told = play(deed)
    assert is_asked
    assert "Take back all that you wrote?" in shown
    assert "for everybody and for good" in shown
    assert text == left
    assert (told == "1 message is being taken back.") is (not left)
