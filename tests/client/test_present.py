"""Messages stand as all that is known of them makes them, in whatever order that came."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.timeline import Addition, Timeline
from chat.protocol.entries import AnyEntry, Edited, Message
from tests.support.frames import message
from tests.support.simulated_log import SimulatedLog


def told_of(log: SimulatedLog, *numbers: int) -> Timeline:
    """A timeline that knows these entries as the log has them now."""
    timeline = Timeline()
    timeline.add([log.kept[number - 1] for number in numbers])
    return timeline


def text_of(timeline: Timeline, number: int) -> str:
    """What a message says."""
    entry = timeline.get(number)
    assert isinstance(entry, Message)
    return entry.text


def revised(addition: Addition) -> list[int]:
    """The numbers of messages that are told to stand differently."""
    return [entry.number for entry in addition.revised]


@st.composite
def _grown(draw: st.DrawFn) -> tuple[SimulatedLog, list[list[AnyEntry]]]:
    """A log with many changes of few messages, and all of it in pieces, each as of some moment, shuffled.

    Every entry comes live, or in a page that was read at some time after it, or both.
    """
    log = SimulatedLog()
    pieces: list[list[AnyEntry]] = []
    for _ in range(draw(st.integers(1, 14))):
        _happen(draw, log)
        if draw(st.booleans()):
            low = draw(st.integers(1, log.last))
            pieces.append(log.kept[low - 1 : draw(st.integers(low, log.last))])
    pieces += [[log.sent[number - 1]] for number in range(1, log.last + 1)]
    return log, draw(st.permutations(pieces))


def _happen(draw: st.DrawFn, log: SimulatedLog) -> None:
    messages = log.messages()
    kind = draw(st.sampled_from(["say", "edit", "delete", "react", "react", "pin"])) if messages else "say"
    if kind == "say":
        log.say(draw(st.sampled_from(["a", "b"])))
        return
    number = draw(st.sampled_from(messages))
    if kind == "edit":
        log.edit(number, draw(st.sampled_from(["x", "y", "z"])))
    elif kind == "delete":
        log.delete(number)
    elif kind == "pin":
        log.pin(number)
    else:
        who, emoji = draw(st.sampled_from(["ann", "ben"])), draw(st.sampled_from(["👍", "🎉"]))
        entry = log.kept[number - 1]
        assert isinstance(entry, Message)
        given = any(each.emoji == emoji and f"u-{who}" in each.users for each in entry.reactions)
        log.react(number, emoji, who, removed=given)


@given(grown=_grown())
def test_in_any_order_everything_comes_to_the_present_state(
    grown: tuple[SimulatedLog, list[list[AnyEntry]]],
) -> None:
    """Live entries and pages of any age, overlapping, twice, shuffled: it ends as the server has it."""
    log, pieces = grown
    timeline = Timeline()
    shown: dict[int, AnyEntry] = {}
    for piece in pieces:
        added = timeline.add(piece)
        assert not {entry.number for entry in added.new} & shown.keys()
        assert all(shown[entry.number] != entry for entry in added.revised)
        shown |= {entry.number: entry for entry in (*added.new, *added.revised)}
        for number, entry in shown.items():
            assert isinstance(entry, Edited) or timeline.get(number) == entry, "a difference was not told"
    assert timeline.gaps() == ()
    assert tuple(timeline.between(1, log.last)) == log.present()


@given(grown=_grown(), below=st.integers(1, 16))
def test_what_was_forgotten_comes_back_as_it_stands_now(
    grown: tuple[SimulatedLog, list[list[AnyEntry]]], below: int
) -> None:
    """Forgetting loses nothing that history does not bring again, also of messages that are still here."""
    log, pieces = grown
    timeline = Timeline()
    half = len(pieces) // 2
    for piece in pieces[:half]:
        timeline.add(piece)
    timeline.forget_below(below)
    assert all(number not in timeline for number in range(1, below))
    for piece in pieces[half:]:
        timeline.add(piece)
    timeline.add(log.page(log.last).entries)
    assert tuple(timeline.between(1, log.last)) == log.present()


def test_a_live_change_is_told_with_the_message_as_it_stands_then() -> None:
    """The change itself is an entry of the log; the message is what a screen shows."""
    log = SimulatedLog()
    log.say("helo")
    timeline = told_of(log, 1)
    added = timeline.add([log.edit(1, "hello")])
    assert [entry.number for entry in added.new] == [2]
    assert added.revised == (message(1, "hello", who="ben", edited=2, revision=2),)


def test_a_change_that_came_before_its_message_waits_for_it() -> None:
    """Live it comes at once, while the page with the message may come much later, and older."""
    log = SimulatedLog()
    old = log.say("helo")
    timeline = Timeline()
    assert revised(timeline.add([log.edit(1, "hello")])) == []
    added = timeline.add([old])
    assert added.new == (message(1, "hello", who="ben", edited=2, revision=2),)
    assert added.revised == ()


def test_a_change_from_before_what_is_known_takes_its_place_below_the_later_ones() -> None:
    """A hole hid it: as long as it was open, only the later change was seen."""
    log = SimulatedLog()
    old = log.say("one")
    hidden = log.react(1)
    late = log.edit(1, "two")
    timeline = Timeline()
    timeline.add([old, late])
    assert text_of(timeline, 1) == "two"
    assert timeline.add([hidden]).revised == (log.kept[0],)


def test_what_the_server_gave_already_changed_is_not_changed_again() -> None:
    """A page may be newer than live entries that are still on their way."""
    log = SimulatedLog()
    log.say("one")
    changes = [log.react(1), log.edit(1, "two"), log.react(1, removed=True)]
    timeline = told_of(log, 1)
    assert [revised(timeline.add([change])) for change in changes] == [[], [], []]
    assert timeline.get(1) == log.kept[0]


def test_a_text_that_a_message_has_no_more_is_nowhere() -> None:
    """Not in the message and not in what changed it: taken back is taken back here too."""
    log = SimulatedLog()
    log.say("secret")
    timeline = told_of(log, 1)
    for change in (log.edit(1, "still secret"), log.edit(1, "as secret"), log.delete(1)):
        timeline.add([change])
    texts = [getattr(entry, "text", "") for entry in timeline.between(1, 4)]
    assert texts == ["", "", "", ""]


def test_the_text_of_an_edit_goes_also_while_its_message_is_not_here() -> None:
    """It is known by then that the message says something else."""
    log = SimulatedLog()
    log.say("one")
    timeline = Timeline()
    timeline.add([log.edit(1, "two")])
    timeline.add([log.edit(1, "three")])
    assert [getattr(entry, "text", "") for entry in timeline.between(1, 3)] == ["", "three"]


def test_the_text_of_an_edit_goes_when_a_later_one_comes_late() -> None:
    """Its message may never be here, as the server has it no more."""
    log = SimulatedLog()
    log.say("one")
    edit, later, newest = log.edit(1, "two"), log.edit(1, "three"), log.react(1)
    timeline = Timeline()
    timeline.add([edit, newest])
    timeline.add([later])
    assert tuple(timeline.between(2, 4)) == log.present()[1:]


def test_a_pin_leaves_the_message_as_it_is() -> None:
    """It belongs to the conversation."""
    log = SimulatedLog()
    log.say()
    timeline = told_of(log, 1)
    assert revised(timeline.add([log.pin(1)])) == []


def test_a_change_of_what_is_no_message_does_no_harm() -> None:
    """Such a server is broken, and its client is not."""
    log = SimulatedLog()
    log.say()
    edit = log.edit(1, "two")
    log = SimulatedLog()
    topic = log.set_topic("news")
    timeline = Timeline()
    timeline.add([topic, edit])
    assert timeline.get(1) == topic
