"""`docs/protocol.md` as data: its sections, tables, rules and dialogues. Reads the file, knows no frame."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"

Row = dict[str, str]

_HEADING = re.compile(r"^#{1,3} `?([^`]+?)`?$")
_RULE = re.compile(r"^- \*\*([A-Z]\d+)\*\* (.+)$")
_CELL = re.compile(r"(?<!\\)\|")


class Said(NamedTuple):
    """One line of a dialogue."""

    who: str
    """`C` or `B` for the two clients, `S` for the server."""
    line: str


class Section(NamedTuple):
    """What stands under one heading, up to the next one of any level."""

    title: str
    """The heading without its `#` and backticks."""
    text: str

    def tables(self) -> list[list[Row]]:
        """Return the tables, each a list of rows by the names of their columns."""
        found: list[list[str]] = [[]]
        for line in self.text.splitlines():
            if line.startswith("|"):
                found[-1].append(line)
            elif found[-1]:
                found.append([])
        return [_rows(table) for table in found if table]

    def table(self) -> list[Row]:
        """Return the one table of this section."""
        (table,) = self.tables()
        return table

    def blocks(self, language: str) -> list[str]:
        """Return the code blocks in one language."""
        return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", self.text)

    def dialogues(self) -> list[list[Said]]:
        """Return the dialogues."""
        return [[_said(line) for line in block.splitlines()] for block in self.blocks("dialogue")]

    def codes(self) -> set[str]:
        """Return the error codes after `Errors:`."""
        listed = re.search(r"(?m)^Errors: (.*)\.$", self.text)
        return set(re.findall(r"`(\w+)`", listed[1])) if listed else set()


@cache
def sections() -> dict[str, Section]:
    """Return all sections by title."""
    titles: list[str] = []
    texts: list[list[str]] = []
    in_code = False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        in_code ^= line.startswith("```")
        heading = None if in_code else _HEADING.match(line)
        if heading:
            titles.append(heading[1])
            texts.append([])
        else:
            texts[-1].append(line)
    assert len(set(titles)) == len(titles), "two sections have the same title"
    return {title: Section(title, "\n".join(lines)) for title, lines in zip(titles, texts, strict=True)}


def rules() -> dict[str, str]:
    """Return the sentences that bind a server, by their labels."""
    found: dict[str, str] = {}
    for section in sections().values():
        for line in section.text.splitlines():
            if rule := _RULE.match(line):
                assert rule[1] not in found, f"two rules are called {rule[1]}"
                found[rule[1]] = rule[2]
    return found


def _rows(lines: list[str]) -> list[Row]:
    head, _, *body = ([cell.strip() for cell in _CELL.split(line)[1:-1]] for line in lines)
    return [dict(zip(head, cells, strict=True)) for cells in body]


def _said(line: str) -> Said:
    who, _, what = line.partition(":")
    assert who in "CSB", f"nobody is called {who} in a dialogue"
    return Said(who, what.strip())
