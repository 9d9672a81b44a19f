"""The grammar in the documents names the same commands as the table."""

import re
from pathlib import Path

from chat.tui.slash.channel import NO_TOPIC
from chat.tui.slash.order import OFF
from chat.tui.slash.reading import EVERYTHING
from chat.tui.slash.table import BY_NAME, COMMANDS

GRAMMAR = Path(__file__).parents[3] / "docs" / "slash-commands.abnf"


def rules() -> dict[str, str]:
    """Each rule's name with its definition, comments left out, continued lines joined."""
    text = re.sub(r"(?m);.*$", "", GRAMMAR.read_text(encoding="utf-8"))
    found = re.findall(r"(?ms)^([a-z-]+|[A-Z]+) +=(.*?)(?=^\S|\Z)", text)
    return {name: " ".join(definition.split()) for name, definition in found}


def test_every_command_is_in_the_grammar_by_all_its_names() -> None:
    """Name and aliases are spelled in the rule of the command, and the rule is a call."""
    grammar = rules()
    for command in COMMANDS:
        rule = "nick-command" if command.name == "nick" else command.name
        spelled = [f'"{name}"' for name in command.names]
        start = f"( {' / '.join(spelled)} )" if len(spelled) > 1 else spelled[0]
        assert grammar[rule].startswith(start), command.name
        assert rule in grammar["call"].replace("/", " ").split()


def test_the_grammar_has_no_command_that_the_table_lacks() -> None:
    """Nothing is promised that is not there."""
    grammar = rules()
    calls = grammar["call"].replace("/", " ").split()
    assert len(calls) == len(COMMANDS)
    words = {word for rule in calls for word in re.findall(r'"([a-z][a-z-]*)"', grammar[rule])}
    assert words - {EVERYTHING, OFF} == set(BY_NAME)
    assert f'"{NO_TOPIC}"' in grammar["topic"]


def test_every_rule_that_is_used_is_defined() -> None:
    """The grammar is whole: only core rules of the RFC come from elsewhere."""
    grammar = rules()
    used = {
        word
        for definition in grammar.values()
        for word in re.findall(r"[A-Za-z][A-Za-z-]+", re.sub(r'"[^"]*"|<[^>]*>|%x[0-9A-F-]+', "", definition))
    }
    assert used - grammar.keys() <= {"SP", "HTAB", "LF", "DIGIT"}
