"""Types the dialogues of `docs/protocol.md` into a real server and compares what it answers.

What differs from run to run is compared by shape: times, codes, hashes, what a server is called, and ids,
which may be others but must be the same wherever the document has the same.
"""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from chat.protocol.requests import Ping
from tests.support.protocol_document import Said
from tests.support.schema import validate_server_line
from tests.support.wire_client import WireClient

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_ID = re.compile(r"[ucd]\d+")
_CODE = re.compile(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}")
_HASH = re.compile(r"[0-9a-f]{64}")
_OF_THE_SERVER = {"welcome": {"server_id", "epoch", "name", "software"}, "stats_result": {"version"}}
"""Fields that no two servers have in common."""


class Likeness:
    """Compares what was documented with what was said, over one dialogue."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def check(self, documented: str, said: bytes) -> None:
        """Raise `AssertionError` where a line of the server is not as the document has it."""
        expected, actual = json.loads(documented), json.loads(said)
        for name in _OF_THE_SERVER.get(expected.get("type"), ()):
            assert isinstance(actual.pop(name), str)
            assert expected.pop(name)
        self._compare(expected, actual, said)

    def _compare(self, expected: Any, actual: Any, said: bytes) -> None:
        if isinstance(expected, dict):
            assert expected.keys() == actual.keys(), said
            for name, value in expected.items():
                self._compare(value, actual[name], said)
        elif isinstance(expected, list):
            assert len(expected) == len(actual), said
            for one, other in zip(expected, actual, strict=True):
                self._compare(one, other, said)
        elif isinstance(expected, str) and _ID.fullmatch(expected):
            assert self._ids.setdefault(expected, actual) == actual, said
            assert len(set(self._ids.values())) == len(self._ids), f"one id for two things in {said!r}"
        elif isinstance(expected, str) and (shape := _shape(expected)):
            assert shape.fullmatch(actual), said
        else:
            assert expected == actual, said


def _shape(text: str) -> re.Pattern[str] | None:
    """Return what a text that differs from run to run always looks like."""
    return next((each for each in (_TIME, _CODE, _HASH) if each.fullmatch(text)), None)


def replay(
    dialogue: Sequence[Said],
    address: tuple[str, int],
    promote: Callable[[WireClient, str], None] = lambda *_: None,
) -> None:
    """Say a dialogue to a new server.

    Ann and Ben come first, unless the dialogue begins with the opening: then a stranger says it, alone there.
    `promote` gives Ann, by her link and nick, the rights that the dialogue takes.

    Raises:
        AssertionError: the server said something else, or more.
    """
    with ExitStack() as links:
        speakers = _stranger(address, links) if not dialogue[0].line else _ann_and_ben(address, links)
        if dialogue[0].line:
            promote(speakers["C"], "ann")
        likeness = Likeness()
        for who, line in dialogue:
            if who == "S":
                said = speakers["C"].read_line()
                validate_server_line(said)
                likeness.check(line, said)
                continue
            speakers[who].send_line(line.encode())
            if who == "B":
                speakers[who].barrier()
        _expect_nothing_more(speakers["C"], ended='"goodbye"' in dialogue[-1].line)


def _stranger(address: tuple[str, int], links: ExitStack) -> dict[str, WireClient]:
    return {"C": links.enter_context(WireClient(address, opening=b""))}


def _ann_and_ben(address: tuple[str, int], links: ExitStack) -> dict[str, WireClient]:
    ann, ben = (links.enter_context(WireClient(address)) for _ in range(2))
    for client, nick in ((ann, "ann"), (ben, "ben")):
        client.hello(nick)
        client.sync()
    ann.barrier()
    return {"C": ann, "B": ben}


def _expect_nothing_more(client: WireClient, *, ended: bool) -> None:
    if ended:
        assert client.read_to_end() == b"", "something followed the goodbye"
        return
    client.send(Ping(id="last"))
    rest = client.read_line()
    assert json.loads(rest).get("id") == "last", f"the document has nothing of {rest!r}"
