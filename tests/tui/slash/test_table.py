"""The table of commands: complete, unambiguous, and found by any beginning that can mean only one."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.slash.spec import Argument, Command, Family, SlashError
from chat.tui.slash.table import BY_NAME, COMMANDS, find, matching


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(command: Command) -> None:
    """Usage, a summary that fits into a list, and a sentence of detail."""
    assert re.fullmatch(rf"/{command.name}( \[?#?[A-Za-z]+\]?)*", command.usage)
    assert 0 < len(command.summary) <= 45
    assert command.detail.endswith(".")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_usage_and_arguments_agree(command: Command) -> None:
    """Completion knows as many places as the usage shows, and the text is the last one."""
    assert len(command.arguments) == len(command.usage.split()) - 1
    assert Argument.TEXT not in command.arguments[:-1]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_only_commands_that_say_something_take_lines(command: Command) -> None:
    """A message has several lines, nothing else has."""
    assert command.lines == (command.name in {"me", "msg", "edit"})


def test_no_name_is_used_twice() -> None:
    """Each name and alias calls one command; they are lower case letters, with dashes between words."""
    names = [name for command in COMMANDS for name in command.names]
    assert len(names) == len(set(names)) == len(BY_NAME)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in names)


def test_every_family_has_a_command_and_stands_together() -> None:
    """Help has no empty heading and no heading twice."""
    families = [command.family for command in COMMANDS]
    assert set(families) == set(Family)
    assert sum(one is not other for one, other in pairwise(families)) == len(Family) - 1


@given(st.sampled_from(sorted(BY_NAME)), st.integers(1, 10))
def test_a_beginning_finds_its_command_or_names_all_it_can_be(name: str, length: int) -> None:
    """A unique beginning is as good as the name; an ambiguous one is answered with every candidate."""
    start = name[:length]
    meant = {command.name for spelling, command in BY_NAME.items() if spelling.startswith(start)}
    if start in BY_NAME or len(meant) == 1:
        assert find(start).name in meant
        return
    with pytest.raises(SlashError) as caught:
        find(start)
    assert {command.name for command in matching(start).values()} == meant
    assert all(f"/{spelling}" in str(caught.value) for spelling in matching(start))


def test_a_whole_name_wins_over_longer_ones() -> None:
    """An alias of one letter is not ambiguous."""
    assert find("j").name == "join"
    assert find("M").name == "msg"
    assert find("q").name == "query"


def test_an_ambiguous_beginning_names_the_candidates() -> None:
    """The sentence lists what it can be in the table's order, aliases where they are what fits."""
    with pytest.raises(
        SlashError, match=r"^/l can be /leave, /list, /last, /login or /logout: type one letter more\.$"
    ):
        find("l")


def test_a_beginning_of_two_names_of_one_command_is_no_doubt() -> None:
    """/mem is only an alias, /n is not enough."""
    assert find("mem").name == "names"
    with pytest.raises(SlashError, match="/names or /nick"):
        find("n")


def test_matching_nothing_gives_all() -> None:
    """After the slash alone every command is there once, by its own name."""
    assert list(matching("")) == [command.name for command in COMMANDS]
