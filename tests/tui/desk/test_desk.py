"""All talks in the order of the tabs, and which one is in front."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.desk.desk import Desk
from tests.support.desk import lines
from tests.support.entries import READER, joined, said
from tests.support.frames import channel, direct


def a_desk(*channels: str, people: tuple[str, ...] = ()) -> Desk:
    """A desk with these talks, the first one in front."""
    desk = Desk()
    desk.be(READER)
    for record in [*(channel(name) for name in channels), *(direct(nick) for nick in people)]:
        desk.put(record)
    desk.bring(desk.at(1))
    return desk


def titles(desk: Desk) -> list[str]:
    """The tabs."""
    return [talk.title for talk in desk.tabs()]


def calls(desk: Desk, name: str, **fields: int) -> None:
    """Let a channel have something unread."""
    desk.put(channel(name, **fields))


def walk(desk: Desk) -> str:
    """Go to what calls next, as its key does; the title of where one is then."""
    desk.bring(desk.next_calling())
    assert desk.talk is not None
    return desk.talk.title


def test_channels_stand_before_people_each_as_they_became_known() -> None:
    """A direct conversation that begins does not renumber the channels."""
    desk = a_desk("general", people=("bob",))
    desk.put(channel("dev"))
    desk.put(direct("ann"))
    assert titles(desk) == ["#general", "#dev", "@bob", "@ann"]


def test_a_talk_keeps_its_rows_when_its_record_changes() -> None:
    """Counts and topics come and go; the talk stays the same."""
    desk = a_desk("general")
    talk = desk.put(channel("general"))
    talk.add([said(1, "a")], live=False)
    assert desk.put(channel("general", topic="new")) is talk
    assert talk.record.topic == "new"
    assert lines(talk) == ["a"]


def test_stepping_goes_around_both_ends() -> None:
    """Next after the last is the first."""
    desk = a_desk("a", "b", "c")
    assert desk.step(-1) == "c-c"
    desk.bring("c-c")
    assert desk.step(1) == "c-a"


def test_stepping_without_talks_goes_nowhere() -> None:
    """And neither does any position."""
    desk = Desk()
    assert (desk.step(1), desk.at(1), desk.last_front(), desk.next_calling()) == ("", "", "", "")


@pytest.mark.parametrize(("position", "found"), [(1, "c-a"), (2, "c-b"), (3, ""), (0, ""), (-1, "")])
def test_positions_are_counted_from_one(position: int, found: str) -> None:
    """As the numbers on the tabs are."""
    assert a_desk("a", "b").at(position) == found


def test_going_back_twice_is_where_one_was() -> None:
    """As with `cd -`."""
    desk = a_desk("a", "b", "c")
    desk.bring("c-b")
    desk.bring(desk.last_front())
    assert desk.front == "c-a"
    desk.bring(desk.last_front())
    assert desk.front == "c-b"


def test_there_is_no_way_back_to_what_was_left() -> None:
    """A channel one has parted from is not gone back to."""
    desk = a_desk("a", "b")
    desk.bring("c-b")
    desk.remove("c-a")
    assert desk.last_front() == ""


def test_a_neighbour_comes_to_the_front_when_a_talk_goes() -> None:
    """The one to the right, or the last one; at the end there is none."""
    desk = a_desk("a", "b", "c")
    desk.bring("c-b")
    desk.remove("c-b")
    assert desk.front == "c-c"
    desk.remove("c-c")
    assert desk.front == "c-a"
    desk.remove("c-a")
    assert (desk.front, desk.talk) == ("", None)


def test_a_talk_that_goes_in_the_background_changes_nothing_in_front() -> None:
    """And one that is not there is no error."""
    desk = a_desk("a", "b")
    desk.remove("c-b")
    desk.remove("c-nowhere")
    assert desk.front == "c-a"


def test_a_talk_that_comes_back_has_its_draft_but_no_old_rows() -> None:
    """What one was writing outlives a restored backup; what was shown does not."""
    desk = a_desk("a")
    talk = desk.put(channel("a"))
    talk.draft = "half a"
    talk.history.add("before")
    talk.add([said(1)], live=False)
    desk.remove("c-a")
    back = desk.put(channel("a"))
    assert (back.draft, back.history.older(""), lines(back)) == ("half a", "before", [])


def test_a_closed_person_has_no_tab_until_they_write() -> None:
    """Closing is not leaving: the next message brings it back."""
    desk = a_desk("a", people=("bob",))
    desk.bring("d-bob")
    desk.close("d-bob")
    assert (titles(desk), desk.front) == (["#a"], "c-a")
    desk.put(direct("bob", topic=""))
    assert titles(desk) == ["#a"]
    desk.put(direct("bob", unread=1))
    assert titles(desk) == ["#a", "@bob"]


def test_a_closed_person_can_be_gone_to() -> None:
    """By name, or back again."""
    desk = a_desk("a", people=("bob",))
    desk.close("d-bob")
    desk.bring(desk.find("bob"))
    assert (titles(desk), desk.front) == (["#a", "@bob"], "d-bob")


def test_a_closed_person_can_be_shown_beside() -> None:
    """The tab is there again, what is in front stays."""
    desk = a_desk("a", people=("bob",))
    desk.close("d-bob")
    desk.reopen("d-bob")
    assert (titles(desk), desk.front) == (["#a", "@bob"], "c-a")


def test_who_was_closed_and_removed_is_not_hidden_when_they_come_back() -> None:
    """A new beginning has a tab."""
    desk = a_desk("a", people=("bob",))
    desk.close("d-bob")
    desk.remove("d-bob")
    desk.put(direct("bob"))
    assert titles(desk) == ["#a", "@bob"]


def test_what_calls_loudest_comes_next_and_of_equals_the_first_tab() -> None:
    """A mention before unread messages before mere activity."""
    desk = a_desk("a", "b", "c", "d")
    desk.put(channel("b")).add([joined(1, "x", "c-b")], live=True)
    calls(desk, "c", unread=2)
    calls(desk, "d", unread=1, mentions=1)
    assert walk(desk) == "#d"
    calls(desk, "d")
    assert walk(desk) == "#c"
    calls(desk, "c")
    assert walk(desk) == "#b"


def test_after_all_that_called_one_is_back_where_the_round_began() -> None:
    """The last step of a round goes home; after that there is nowhere to go."""
    desk = a_desk("a", "b", "c")
    calls(desk, "b", unread=1)
    assert walk(desk) == "#b"
    calls(desk, "b")
    assert walk(desk) == "#a"
    assert desk.next_calling() == ""


def test_a_round_that_was_left_is_over() -> None:
    """Who went somewhere else on their own is not thrown back to where a round began once."""
    desk = a_desk("a", "b", "c")
    calls(desk, "b", unread=1)
    assert walk(desk) == "#b"
    calls(desk, "b")
    desk.bring("c-c")
    assert desk.next_calling() == ""


def test_what_is_in_front_does_not_call() -> None:
    """One is there already."""
    desk = a_desk("a", "b")
    calls(desk, "a", unread=5, mentions=5)
    assert desk.next_calling() == ""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("general", "c-general"),
        ("#General", "c-general"),
        ("gen", "c-general"),
        ("ral", "c-general"),
        ("genral", "c-general"),
        ("@bob", "d-bob"),
        ("bo", "d-bob"),
        ("zzz", ""),
    ],
)
def test_a_part_of_a_name_finds_a_talk(name: str, found: str) -> None:
    """Equal, beginning so, containing it, nearly so."""
    assert a_desk("general", "dev", people=("bob",)).find(name) == found


@given(st.lists(st.sampled_from(["put", "remove", "close", "step", "back", "next"]), max_size=40), st.data())
def test_what_is_in_front_is_always_a_tab(deeds: list[str], data: st.DataObject) -> None:
    """Whatever comes, goes and is closed: the front is one of the tabs, or empty when there are none."""
    desk = a_desk("a")
    for deed in deeds:
        name = data.draw(st.sampled_from(["a", "b", "p", "q"]))
        record = channel(name) if name < "m" else direct(name)
        match deed:
            case "put":
                desk.put(record)
                desk.bring(desk.front or record.conversation)
            case "remove":
                desk.remove(record.conversation)
            case "close":
                desk.close(record.conversation)
            case "step":
                desk.bring(desk.step(1))
            case "back":
                desk.bring(desk.last_front())
            case "next":
                desk.bring(desk.next_calling())
        shown = [talk.id for talk in desk.tabs()]
        assert desk.front in shown or (not desk.front and not shown)
