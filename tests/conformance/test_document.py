"""`docs/protocol.md` says what the code says: every frame, field, code, reason and limit, and no others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from chat.protocol import entries, events, records, replies, requests
from chat.protocol.codes import CLOSES, ERRORS
from chat.server.domain.limits import default_limits
from tests.support.protocol_document import DOCUMENT, Row, Section, rules, sections
from tests.support.schema import published_schema

Frame = type[msgspec.Struct]

REQUESTS: tuple[Frame, ...] = get_args(requests.AnyRequest)
REPLIES: tuple[Frame, ...] = get_args(replies.AnyReply)
ENTRIES: tuple[Frame, ...] = get_args(entries.AnyEntry)
EVENTS: tuple[Frame, ...] = tuple(kind for kind in get_args(events.AnyEvent) if kind not in ENTRIES)
RECORDS: tuple[Frame, ...] = (
    records.User,
    records.Device,
    records.Member,
    records.ChannelMode,
    records.Ban,
    records.Channel,
    records.Reaction,
    records.Conversation,
    records.KnownUser,
    records.AuditRecord,
)
ENUMERATIONS = (
    records.UserKind,
    records.Status,
    records.Presence,
    records.Role,
    records.ConversationKind,
    records.Gate,
    records.BanKind,
)

FOR_ALL = {
    "unknown_request",
    "invalid_request",
    "not_allowed_now",
    "rate_limited",
    "stopping",
    "internal_error",
}
"""Errors that any request may get; the document says so once."""
FRAMING = {"line_too_long", "invalid_utf8", "nested_too_deep", "invalid_json"}
"""Errors of lines that are no requests."""

STRINGS = {
    (1, 64, False): "RequestId",
    (8, 64, True): "SendId",
    (32, 128, True): "Token",
    (1, 256, False): "Target",
    (None, 256, False): "Cursor",
}
"""The document's names for strings, by length and whether there is a pattern."""
INTEGERS = {
    (None, None): "integer",
    (0, 2**32 - 1): "Number",
    (1, 10_000): "PageSize",
    (1, 10 * 366 * 86_400): "Duration",
    (0, 21_600): "SlowSeconds",
}


def tag(frame: Frame) -> str:
    """The `type` of a frame."""
    return str(frame.__struct_config__.tag)


def type_in_words(fragment: dict[str, Any]) -> str:
    """A piece of the schema as the document's tables write it."""
    if "$ref" in fragment:
        return str(fragment["$ref"]).rpartition("/")[2]
    if "discriminator" in fragment:
        return "Entry"
    if "anyOf" in fragment:
        return " or ".join(type_in_words(each) for each in fragment["anyOf"])
    return _plain_type(fragment)


def _plain_type(fragment: dict[str, Any]) -> str:
    match fragment:
        case {"type": "array", "items": items}:
            bound = f" (≤ {fragment['maxItems']})" if "maxItems" in fragment else ""
            return f"[{type_in_words(items)}]{bound}"
        case {"type": "string", "format": "date-time"}:
            return "Time"
        case {"type": "string"}:
            length = (fragment.get("minLength"), fragment.get("maxLength"))
            if length == (None, None):
                return "string"
            bounded = STRINGS.get((length[0], length[1] or 0, "pattern" in fragment))
            return bounded or f"string (≤ {length[1]})"
        case {"type": "integer"}:
            return INTEGERS[fragment.get("minimum"), fragment.get("maximum")]
    return str(fragment["type"])


def fields_in_words(frame: Frame, without: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Name, type and presence of a struct's fields, as the document's tables write them."""
    definition = published_schema()["$defs"][frame.__name__]
    return [
        (
            f"`{name}`",
            type_in_words(fragment),
            "required" if name in definition["required"] else f"`{json.dumps(fragment['default'])}`",
        )
        for name, fragment in definition["properties"].items()
        if name not in ("type", *without)
    ]


def documented_fields(table: list[Row]) -> list[tuple[str, str, str]]:
    """The same, as a table of the document has it; every field must have a meaning."""
    assert all(row["Meaning"] for row in table)
    return [(row["Field"], row["Type"], row["Presence"]) for row in table]


def tables_of_request(section: Section) -> Iterator[list[tuple[str, str, str]]]:
    """The fields of the request and of its result."""
    asked, answered = section.text.split(f"Result `{section.title}_result`")
    for part in (asked, answered):
        tables = Section(section.title, part).tables()
        yield documented_fields(tables[0]) if tables else []


def test_the_table_of_frames_is_complete() -> None:
    """Each frame of the code stands in it with its sender and kind, in the code's order; no other does."""
    kinds = ((REQUESTS, "client", "request"), (REPLIES, "server", "reply"), (EVENTS, "server", "event"))
    expected = [(f"`{tag(each)}`", side, kind) for frames, side, kind in kinds for each in frames]
    expected += [(f"`{tag(each)}`", "server", "entry") for each in ENTRIES]
    table = sections()["All frames"].table()
    assert [(row["Frame"], row["Said by"], row["Kind"]) for row in table] == expected
    assert all(row["What it says"] for row in table)


@pytest.mark.parametrize("request_", REQUESTS, ids=tag)
def test_every_request_has_a_section_with_its_fields_and_its_result(request_: Frame) -> None:
    """Names, types, presence and order are those of the code; there is at least one example."""
    section = sections()[tag(request_)]
    result = next(each for each in REPLIES if tag(each) == f"{tag(request_)}_result")
    asked, answered = tables_of_request(section)
    assert asked == fields_in_words(request_, ("id",))
    assert answered == fields_in_words(result, ("id",))
    assert any(f'"type":"{tag(request_)}"' in said.line for said in section.dialogues()[0] if said.who == "C")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_has_a_section_with_its_fields(record: Frame) -> None:
    """Names, types, presence and order are those of the code."""
    assert documented_fields(sections()[record.__name__].table()) == fields_in_words(record)


@pytest.mark.parametrize("event", EVENTS, ids=tag)
def test_every_event_has_a_section_with_its_fields(event: Frame) -> None:
    """Names, types, presence and order are those of the code."""
    assert documented_fields(sections()[tag(event)].table()) == fields_in_words(event)


@pytest.mark.parametrize("entry", ENTRIES, ids=tag)
def test_every_entry_has_a_section_with_its_own_fields(entry: Frame) -> None:
    """What all entries carry stands before; together they are the fields of the code."""
    common = documented_fields(sections()["Entries"].table())
    own = [row for table in sections()[tag(entry)].tables() for row in documented_fields(table)]
    assert sorted(common + own) == sorted(fields_in_words(entry))


def test_nothing_has_a_section_that_does_not_exist() -> None:
    """Every title in backticks is a frame or a record of the code, and each stands where its kind does."""
    known = {
        "Requests": [tag(each) for each in REQUESTS],
        "Records": [each.__name__ for each in RECORDS],
        "Entries": [tag(each) for each in ENTRIES],
        "Events": [tag(each) for each in EVENTS],
    }
    headings = re.findall(r"(?m)^(?:## (.+)|### `(.+)`)$", DOCUMENT.read_text(encoding="utf-8"))
    documented: dict[str, list[str]] = {}
    chapter = ""
    for title, name in headings:
        if name:
            documented.setdefault(chapter, []).append(name)
        else:
            chapter = title
    assert documented == known


def test_the_fields_of_an_error_are_documented() -> None:
    """They stand before the table of codes."""
    fields, _ = sections()["Errors"].tables()
    assert documented_fields(fields) == fields_in_words(replies.Error)


def test_the_table_of_codes_is_that_of_the_code() -> None:
    """Every error code with its retry, status and meaning, and no other."""
    _, codes = sections()["Errors"].tables()
    assert [tuple(row.values()) for row in codes] == [
        (f"`{code}`", "yes" if rule.retryable else "no", str(rule.http_status), rule.meaning)
        for code, rule in ERRORS.items()
    ]


def test_the_table_of_close_reasons_is_that_of_the_code() -> None:
    """Every reason with its advice and sentence, and no other."""
    assert [tuple(row.values()) for row in sections()["Close reasons"].table()] == [
        (f"`{reason}`", "yes" if rule.reconnect else "no", rule.meaning) for reason, rule in CLOSES.items()
    ]


def test_the_errors_of_each_request_are_codes_and_none_is_missing() -> None:
    """What is listed exists; each code is one of lines, of all requests, or of one at least."""
    codes = {code.value for code in ERRORS}
    listed: set[str] = set()
    for request_ in REQUESTS:
        own = sections()[tag(request_)].codes()
        assert own <= codes
        listed |= own
    assert codes == listed | FOR_ALL | FRAMING
    said_once = re.search(r"Any request may be refused with (.*?);", sections()["Requests"].text)
    assert said_once is not None
    assert set(re.findall(r"`(\w+)`", said_once[1])) == FOR_ALL


def test_the_limits_are_those_of_the_code() -> None:
    """Every limit with the value that a server has by itself, and no other."""
    defaults = msgspec.structs.asdict(default_limits())
    table = sections()["Limits"].table()
    assert {row["Limit"]: row["Default"] for row in table} == {
        f"`{name}`": json.dumps(value) for name, value in defaults.items()
    }
    assert all(row["Meaning"] for row in table)


def test_the_types_are_those_of_the_schema() -> None:
    """Every type that a table uses is explained, with the bounds and words of the schema."""
    explained = {row["Type"].strip("`"): row["In JSON"] for row in sections()["Types"].table()}
    for (shortest, longest, _), name in STRINGS.items():
        assert str(longest) in explained[name]
        assert shortest is None or str(shortest) in explained[name]
    for enumeration in ENUMERATIONS:
        words = re.findall(r'`"(\w+)"`', explained[enumeration.__name__])
        assert words == [word.value for word in enumeration]
    used = {
        word
        for section in sections().values()
        for table in section.tables()
        for row in table
        if "Presence" in row
        for word in re.findall(r"[A-Za-z]+", row["Type"])
    }
    named = {record.__name__ for record in RECORDS} | {"Limits", "or", "null"}
    assert used - named == explained.keys() - {"RequestId"}


def test_the_grammar_of_names_is_the_one_of_the_slash_commands() -> None:
    """Both documents say the same about nicks and channels."""
    grammar = (DOCUMENT.parent / "slash-commands.abnf").read_text(encoding="utf-8")
    (block,) = sections()["Names and targets"].blocks("abnf")
    for rule in block.strip().split("\n\n"):
        assert rule in grammar


def test_every_link_of_the_document_leads_somewhere() -> None:
    """Anchors are headings of it, files stand beside it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        else:
            assert (DOCUMENT.parent / link).exists(), link


def test_every_rule_is_quoted_by_a_test_that_holds_it() -> None:
    """A sentence with MUST has a label, and a docstring of this folder repeats it word by word.

    None repeats one that the document does not have.
    """
    documented = rules()
    text = DOCUMENT.read_text(encoding="utf-8").split("## Lines", 1)[1]
    assert len(documented) == len(re.findall(r"(?m)^.*\bMUST\b.*$", text)), "a MUST stands outside a rule"
    quoted: dict[str, str] = {}
    for file in Path(__file__).parent.glob("test_*.py"):
        for docstring in re.findall(r'"""(.*?)"""', file.read_text(encoding="utf-8"), re.DOTALL):
            for label, quote in re.findall(r"([A-Z]\d+): (.*?)(?=\n\n|\Z)", docstring, re.DOTALL):
                quoted[label] = " ".join(quote.split())
    assert quoted == documented
