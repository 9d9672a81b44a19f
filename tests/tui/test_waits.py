"""Every refusal that carries a wait, by every line that can be refused: in the line, in dialogs, in words."""

from concurrent.futures import Future
from typing import Any

import pytest

from chat.client.changes import LinkChanged, Phase
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.tui.asked.answer import Answer
from chat.tui.carrying import carry_out
from chat.tui.slash.parse import parse

HASTY = Refused(ErrorCode.RATE_LIMITED, "That was too much at once.", retry_after_ms=11_301)
LINES = [
    *("/join #tea", "/part #tea", "/names", "/list", "/whois bob", "/query bob", "/msg bob hi"),
    *("/topic tea time", "/nick ann", "/away", "/react 👍", "/pin", "/unpin", "/edit better", "/delete"),
    *("/invite bob", "/kick bob", "/ban bob", "/unban bob", "/bans", "/mute bob", "/unmute bob"),
    *("/op bob", "/deop bob", "/mode +readonly", "/slow 30", "/archive", "/delete-channel #tea"),
    *("/devices", "/logout", "/adddevice", "/erase", "/announce tea", "/disconnect bob", "/stats", "/users"),
]


class Hasty:
    """A client whose server refuses all for a while."""

    def __init__(self) -> None:
        self.link = LinkChanged(Phase.OPEN, "localhost:7420")
        self.token_place = ""

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(HASTY)
        return future

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        return "s" * 16


@pytest.mark.parametrize("line", LINES)
def test_every_line_that_asks_the_server_tells_the_wait(line: str) -> None:
    """For counting down, and in words where nothing is counted."""
    future = carry_out(Hasty(), parse(line), "c-tea")
    assert future is not None
    answer: Answer = future.result(0)
    assert (answer.failed, answer.retry_seconds) == (True, 11.301)
    assert answer.text.startswith("That was too much at once.")
    assert answer.sentence == f"{answer.text} Try again in 12 s."


def test_what_has_no_wait_says_none() -> None:
    """Trying again would not help."""
    assert Answer("Nobody is called so.", failed=True).sentence == "Nobody is called so."
