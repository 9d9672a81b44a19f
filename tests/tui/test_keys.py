"""The table of keys: complete, without clashes, and true to what terminals send."""

from collections import Counter
from collections.abc import Iterator
from typing import cast

import pytest
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import BindingsMap

from chat.tui.alt_keys import separate_alt_keys
from chat.tui.keys import (
    KEYS,
    KeyBinding,
    KeyHint,
    Place,
    bindings,
    hints,
    key_name,
    mac_option_digits,
    sections,
)
from chat.tui.slash.table import COMMANDS

ENTRIES = [(place, entry) for place, entries in KEYS.items() for entry in entries]
SHOWN = [pytest.param(place, entry, id=entry.id) for place, entry in ENTRIES if entry.listed]


@pytest.fixture
def _table_of_textual() -> Iterator[None]:
    """Put Textual's own table back afterwards."""
    table = cast("dict[str, object]", ANSI_SEQUENCES_KEYS)
    before = dict(table)
    yield
    table.clear()
    table.update(before)


def pressed(sent: str) -> list[str]:
    """The names Textual gives to what a terminal sent."""
    parser = XTermParser(debug=False)
    tokens = [*parser.feed(sent), *parser.feed("")]
    return [token.key for token in tokens if isinstance(token, events.Key)]


def needs_alt_or_function(key: str) -> bool:
    """Whether a key is missing on some keyboards or in some terminals."""
    last = key.rsplit("+", maxsplit=1)[-1]
    return "alt+" in key or (last.startswith("f") and last[1:].isdigit())


@pytest.mark.parametrize(("place", "entry"), SHOWN)
def test_nothing_is_reached_only_with_alt_or_a_function_key(place: Place, entry: KeyBinding) -> None:
    """Each entry has a plain key, or names another way that exists."""
    if not all(needs_alt_or_function(key) for key in entry.keys.split(",")):
        return
    assert entry.alternative, f"{place}: {entry.id} has no other way"
    way = entry.alternative.split(",")[0]
    if way.startswith("/"):
        names = {name for command in COMMANDS for name in command.names}
        word = way.split()[0][1:]
        assert word in names or word.isdigit()
    else:
        known = {key_name(key) for _, other in ENTRIES for key in other.keys.split(",")}
        assert way in known


@pytest.mark.parametrize("place", Place)
def test_no_key_means_two_things_at_one_place(place: Place) -> None:
    """Within a place every key has one action."""
    keys = Counter(key for entry in KEYS[place] for key in entry.keys.split(","))
    assert {key for key, times in keys.items() if times > 1} == set()


@pytest.mark.parametrize("place", [Place.LINE, Place.MEMBERS])
def test_what_the_talk_takes_first_is_not_promised_elsewhere(place: Place) -> None:
    """An urgent key of the conversation screen never reaches line or list, so these don't claim it."""
    urgent = {key for entry in KEYS[Place.TALK] if entry.urgent for key in entry.keys.split(",")}
    assert urgent.isdisjoint(key for entry in KEYS[place] for key in entry.keys.split(","))


def test_ids_are_unique() -> None:
    """A key map in a settings file can name each entry."""
    assert len({entry.id for _, entry in ENTRIES}) == len(ENTRIES)


def test_descriptions_are_unique_at_a_place() -> None:
    """No two rows of help say the same."""
    for place in Place:
        told = [entry.description for entry in KEYS[place] if entry.listed]
        assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    ("sent", "id_"),
    [
        ("\x0e", "conversation.next"),
        ("\x10", "conversation.previous"),
        ("\x1b[1;3C", "conversation.next"),
        ("\x1b[1;3D", "conversation.previous"),
        ("\x1ba", "conversation.active"),
        ("\x1b[97;3u", "conversation.active"),
        ("\x1e", "conversation.last"),
        ("\x1b[47;3u", "conversation.last"),
        ("\x0b", "switcher"),
        ("\x07", "switcher"),
        ("\x1bOQ", "switcher"),
        ("\x1b[1;5A", "log.select"),
        ("\x13", "log.select"),
        ("+", "message.react"),
        ("/", "message.command"),
        ("\x14", "log.unread"),
        ("\x1bu", "log.unread"),
        ("\x1bm", "members.focus"),
        ("\x1b[19~", "members.toggle"),
        ("\x1b[17~", "pane.next"),
        ("\x1b[Z", "pane.previous"),
        ("\x1b[5~", "log.page_up"),
        ("\x1b[6~", "log.page_down"),
        ("\x1b[1;5H", "log.top"),
        ("\x1b[1;5F", "log.bottom"),
        ("\n", "line.newline"),
        ("\x1b[13;2u", "line.newline"),
        ("\r", "line.send"),
        ("\x1bOP", "help"),
        ("\x0c", "redraw"),
        ("\x11", "quit"),
        ("\x03", "line.clear"),
    ],
)
def test_the_bytes_of_a_terminal_are_the_keys_of_the_table(sent: str, id_: str) -> None:
    """What xterm or a terminal with the kitty protocol sends is a key of the entry meant."""
    entry = next(entry for _, entry in ENTRIES if entry.id == id_)
    (key,) = pressed(sent)
    assert key in entry.keys.split(",")


@pytest.mark.usefixtures("_table_of_textual")
@pytest.mark.parametrize("position", range(1, 11))
def test_alt_with_a_digit_is_told_from_a_typed_character(position: int) -> None:
    """After the table was mended ESC 3 is Alt+3, while a typed £ stays a £; mending twice is harmless."""
    separate_alt_keys()
    separate_alt_keys()
    entry = next(entry for entry in KEYS[Place.TALK] if entry.id == f"conversation.{position}")
    assert pressed(f"\x1b{position % 10}") == [entry.keys]
    assert entry.action == f"go_to({position})"
    assert pressed("£") == ["pound_sign"]


@pytest.mark.usefixtures("_table_of_textual")
def test_alt_with_a_letter_is_one_key_however_quick_and_function_keys_stay() -> None:
    """Two quick Alt+A are two keys, and what F1 sends is not taken for Alt with a capital."""
    separate_alt_keys()
    assert pressed("\x1ba\x1ba\x1b3\x1bOP\x1b[A") == ["alt+a", "alt+a", "alt+3", "f1", "up"]


def test_no_key_of_a_talk_overtakes_letters_that_were_typed_before_it() -> None:
    """A priority binding would run before queued letters, which then go into another conversation's line."""
    assert not any(entry.urgent for entry in (*KEYS[Place.TALK], *KEYS[Place.EVERYWHERE]))


def test_the_map_for_a_mac_adds_the_characters_and_keeps_alt() -> None:
    """With it `¡` goes to the first conversation as Alt+1 does, and so on to `º` for the tenth."""
    keymap = mac_option_digits()
    assert keymap["conversation.1"] == "alt+1,¡"
    assert keymap["conversation.10"] == "alt+0,º"
    assert keymap.keys() == {entry.id for entry in KEYS[Place.TALK] if entry.action.startswith("go_to(")}


def test_textual_takes_the_map_for_a_mac() -> None:
    """The map is in the form that Textual's apps accept."""
    app: App[None] = App()
    app.update_keymap(mac_option_digits())
    assert "trade_mark_sign" in app._keymap["conversation.2"]  # noqa: SLF001 - no public way to read it


@pytest.mark.parametrize("place", Place)
def test_bindings_say_what_the_table_says(place: Place) -> None:
    """Every key of a place becomes one binding of Textual with action, id and urgency of its entry."""
    made = BindingsMap(bindings(place)).key_to_bindings
    for entry in KEYS[place]:
        for key in entry.keys.split(","):
            (binding,) = made.pop(key)
            assert (binding.action, binding.id, binding.priority) == (entry.action, entry.id, entry.urgent)
    assert made == {}


def test_help_has_the_sections_asked_for_in_order() -> None:
    """Sections carry the heading of their place and its rows."""
    talk, everywhere = sections(Place.TALK, Place.EVERYWHERE)
    assert (talk.title, everywhere.title) == ("In a conversation", "Everywhere")
    assert [row.keys for row in everywhere.rows] == ["F1", "Ctrl+L", "Ctrl+C", "Ctrl+Q"]
    assert everywhere.rows[0].alternative == "/help"


def test_ten_keys_for_ten_conversations_take_one_row_of_help() -> None:
    """Alt with a digit is explained once."""
    (talk,) = sections(Place.TALK)
    assert [row.description for row in talk.rows].count("conversation 1 to 10") == 1
    assert any(row.keys == "Alt+1 to Alt+9, Alt+0" for row in talk.rows)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+n", "Ctrl+N"),
        ("alt+left", "Alt+Left"),
        ("ctrl+circumflex_accent", "Ctrl+^"),
        ("alt+slash", "Alt+/"),
        ("pageup", "PageUp"),
        ("shift+tab", "Shift+Tab"),
        ("escape", "Esc"),
        ("f1", "F1"),
    ],
)
def test_keys_are_written_as_people_write_them(key: str, name: str) -> None:
    """Help and hints use the names on the keyboard."""
    assert key_name(key) == name


def test_no_key_is_shown_by_its_inner_name() -> None:
    """No row of help shows a word with an underscore."""
    assert not [row for section in sections(*Place) for row in section.rows if "_" in row.keys]


def test_hints_take_the_first_key_and_the_label() -> None:
    """The status line shows the shortest way to say it."""
    assert hints("switcher", "help") == (KeyHint("Ctrl+K", "go to"), KeyHint("F1", "all keys"))


def test_a_hint_for_an_unknown_entry_is_an_error() -> None:
    """A misspelt id is found by the first test that shows the hint."""
    with pytest.raises(KeyError):
        hints("switcher", "no.such")
