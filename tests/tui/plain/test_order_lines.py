"""Order and limits in the line mode: what waits, what is refused, and what is done to oneself and others."""

from concurrent.futures import Future
from typing import Any

import pytest

from chat.errors import NoConnection
from chat.protocol import order
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.requests import CreateChannel, Join
from tests.support.line_run import LineRun

HASTY = Refused(ErrorCode.RATE_LIMITED, "That was too much at once.", retry_after_ms=11_301)


@pytest.fixture
def run() -> LineRun:
    """A server with Alice's channel."""
    run = LineRun()
    run.asks("alice", CreateChannel, name="#den")
    return run


def test_what_comes_too_soon_in_slow_mode_waits_and_says_how_long(run: LineRun) -> None:
    """It goes out by itself; no line is lost, and the run ends without an error."""

    def time_passes() -> None:
        run.clock.advance(31)
        run.client.tick()

    run.client.at["one"] = lambda: run.asks("alice", order.SetMode, target="#den", slow_seconds=30)
    run.client.while_waiting.append(time_passes)
    talk = run.run("/join #den", "one", "two")
    said = [line.split(maxsplit=1)[1] for line in talk if "<ann>" in line]
    assert said == ["<ann> one", "<ann> two"]
    waits = "-- Your message waits: #den is in slow mode: a message every 30 seconds. It goes out in 30 s."
    assert waits in run.notes


@pytest.mark.parametrize("line", ["/whois alice", "/list", "/join #tea", "/register", "/invite alice #den"])
def test_a_refused_line_says_when_it_may_be_tried_again(
    run: LineRun, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one sentence behind the reason; a password is asked for first, where one is needed."""
    refused: Future[Any] = Future()
    refused.set_exception(HASTY)
    run.client.at["now"] = lambda: monkeypatch.setattr(run.client, "ask", lambda *_, **__: refused)
    monkeypatch.setattr("chat.tui.plain.secrets.NO_TERMINAL", "That was too much at once. Try again in 12 s.")
    run.run("now", line, by_hand=True)
    assert "! That was too much at once. Try again in 12 s." in run.notes


def test_an_end_that_waits_for_slow_mode_in_vain_says_so(run: LineRun) -> None:
    """Nobody waits for hours at the end of a pipe; what was said goes out with the next start."""
    run.client.at["one"] = lambda: run.asks("alice", order.SetMode, target="#den", slow_seconds=3600)
    run.client.while_waiting.append(lambda: run.clock.advance(11))
    with pytest.raises(NoConnection) as ended:
        run.run("/join #den", "one", "two")
    assert str(ended.value) == (
        "#den is in slow mode: a message every 1 hour. 1 line did not get through. "
        "What was said waits for the next start."
    )


def test_what_is_done_to_oneself_and_to_others_says_who_why_and_until_when(run: LineRun) -> None:
    """To whom it is done as `you`; whoever is taken out reads it on standard error."""
    until = f"{run.clock.now().astimezone():%H:}"
    run.asks("bob", Join, target="#den")

    def keep_order() -> None:
        for who in ("ann", "bob"):
            run.asks("alice", order.Mute, target="#den", user=f"@{who}", seconds=600, reason="caps")

    def take_out() -> None:
        run.asks("alice", order.Grant, target="#den", user="@ann")
        run.asks("alice", order.Kick, target="#den", user="@bob", reason="ads")

    def take_out_too() -> None:
        run.asks("alice", order.Kick, target="#den", user="@ann", reason="you too")

    run.client.at |= {"one": keep_order, "two": take_out, "three": take_out_too}
    talk = run.run("/join #den", "/1", "one", "/2", "/1", "two", "/2", "/1", "three")
    events = [line.split("* ", 1)[1] for line in talk if " * alice" in line]
    assert [each.split(", until")[0] for each in events if "for 10 minutes" in each] == [
        "alice muted you for 10 minutes",
        "alice muted bob for 10 minutes",
    ]
    assert all(until[:3] in each and each.endswith(": caps") for each in events if "muted" in each)
    assert "alice made you an operator" in events
    assert "alice took bob out: ads" in events
    sentence = "alice took you out of #den: you too. /join #den goes back in, if they let you."
    assert f"-- {sentence}" in run.notes
