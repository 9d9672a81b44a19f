"""Every dialogue of `docs/protocol.md` is typed into a real server, which answers as the document says."""

import pytest

from chat.server.domain.permissions import RIGHTS, Where
from tests.support.dialogue import Likeness, replay
from tests.support.protocol_document import Said, sections
from tests.support.server import running_server
from tests.support.staff import staffed_server

DIALOGUES = {section.title: section.dialogues() for section in sections().values() if section.dialogues()}
STAFF = {kind.__struct_config__.tag for kind, need in RIGHTS.items() if need.where is Where.SERVER}
"""What only administrators may ask: in these examples Ann is one."""


@pytest.mark.parametrize("title", DIALOGUES)
def test_a_dialogue_goes_as_it_is_documented(title: str) -> None:
    """Line by line, with nothing before, between or after."""
    for dialogue in DIALOGUES[title]:
        if title in STAFF:
            with staffed_server() as staffed:
                replay(dialogue, staffed.address, staffed.make_admin)
        else:
            with running_server() as server:
                replay(dialogue, server.address)


def test_everything_that_can_be_asked_has_an_answer_in_its_example() -> None:
    """An example shows what comes back, not only what is said."""
    for title, dialogues in DIALOGUES.items():
        for dialogue in dialogues:
            assert any(said.who == "S" for said in dialogue), title
            assert dialogue[0].who in "CB", title


@pytest.mark.parametrize(
    ("documented", "said"),
    [
        ('{"type":"ping_result","id":"1","time":"2026-03-14T09:26:53Z"}', b'{"type":"ping_result","id":"1"}'),
        ('{"type":"quit_result","id":"1"}', b'{"type":"quit_result","id":"2"}'),
        ('{"user":"u2","peer":"u2"}', b'{"user":"u2","peer":"u3"}'),
        ('{"user":"u2","peer":"u3"}', b'{"user":"u7","peer":"u7"}'),
        ('{"time":"2026-03-14T09:26:53Z"}', b'{"time":"noon"}'),
        ('{"mentions":["u2"]}', b'{"mentions":[]}'),
    ],
)
def test_an_example_that_is_wrong_is_found(documented: str, said: bytes) -> None:
    """The comparison by shape lets nothing pass but other ids and times."""
    with pytest.raises(AssertionError):
        Likeness().check(documented, said)


def test_other_ids_and_times_are_like_the_documented_ones() -> None:
    """They differ on every server."""
    like = Likeness()
    like.check('{"user":"u2","t":"2026-03-14T09:26:53.5Z"}', b'{"user":"u9","t":"2024-01-01T00:00:00Z"}')
    like.check('{"peer":"u2"}', b'{"peer":"u9"}')
    with pytest.raises(AssertionError):
        like.check('{"peer":"u2"}', b'{"peer":"u8"}')


def test_the_comparison_ends_where_the_dialogue_does() -> None:
    """A line that the document does not have fails the example."""
    short = [Said("C", '{"type":"ping","id":"1"}')]
    with running_server() as server, pytest.raises(AssertionError, match="the document has nothing of"):
        replay(short, server.address)
