"""The world as it would be: what a batch has decided so far, over what is published."""

import msgspec
import pytest

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Message
from chat.server.domain.model import Decision, ReadMove
from chat.server.domain.targets import parse_target
from tests.support.plain_world import PlainWorld, join, part, say


def test_nothing_of_a_draft_is_seen_outside() -> None:
    """A draft that is dropped leaves no trace in the world."""
    world = PlainWorld()
    ann = world.guest("ann")
    before = (dict(world.users), dict(world.conversations), dict(world.reads), world.next_rows())
    draft = world.draft()
    draft.apply(join(draft, ann, "#tea"))
    assert before == (world.users, world.conversations, world.reads, world.next_rows())


def test_a_decision_is_taken_in_whole_or_not_at_all() -> None:
    """An entry that contradicts the log takes those before it out with it."""
    world = PlainWorld()
    ann = world.guest("ann")
    good = say(world.draft(), ann, "#general", "one").entries[0]
    assert isinstance(good, Message)
    broken = msgspec.structs.replace(good, number=good.number + 7)
    draft = world.draft()
    with pytest.raises(AssertionError):
        draft.apply(Decision(entries=(good, broken), reads=(ReadMove(ann, world.named("#general").id, 9),)))
    assert (draft.entries(), draft.conversations, draft.reads) == ([], {}, {})


def test_a_person_is_found_by_nick_or_id() -> None:
    """Also one who is new in this batch; not by a channel's name."""
    world = PlainWorld()
    ann = world.guest("ann")
    draft = world.draft()
    assert draft.find_user(parse_target("@ANN")).id == ann
    assert draft.find_user(parse_target(ann)).id == ann
    for nobody in ("@bob", "u77", "#general", "c1"):
        with pytest.raises(Refused) as refused:
            draft.find_user(parse_target(nobody))
        assert (refused.value.code, refused.value.field) == (ErrorCode.UNKNOWN_USER, "target")


def test_memberships_are_those_that_still_hold() -> None:
    """One that ended in this batch does not count any more, and one that began in it does."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.channel("#tea", ann)
    draft = world.draft()
    assert {state.name for state in draft.conversations_of(ann)} == {"#general", "#tea"}
    draft.apply(part(draft, ann, "#tea"))
    assert {state.name for state in draft.conversations_of(ann)} == {"#general"}
    draft.apply(join(draft, ann, "#sea"))
    assert {state.name for state in draft.conversations_of(ann)} == {"#general", "#sea"}


def test_a_read_position_of_the_batch_hides_the_published_one() -> None:
    """So a second `mark_read` of the batch sees the first."""
    world = PlainWorld()
    ann = world.guest("ann")
    lobby = world.named("#general").id
    draft = world.draft()
    assert draft.mark_of(ann, lobby).number == 2
    draft.apply(Decision(reads=(ReadMove(ann, lobby, 5),)))
    assert draft.mark_of(ann, lobby).number == 5
    assert world.reads[ann, lobby].number == 2
