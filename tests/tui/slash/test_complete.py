"""What is proposed where the cursor is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.slash.complete import MOST_PROPOSED, Completion, Vocabulary, candidates, is_unasked
from chat.tui.slash.table import COMMANDS

NAMES = Vocabulary(
    nicks=("bob", "alice", "alan", "Zoë"),
    channels=("#general", "#dev", "#deploy"),
    people=("bert", "bob"),
)
"""Bob spoke last, Zoë never; Bert is somewhere else."""

WRITTEN = st.text("/#@ab ojin\n(", max_size=30)


def complete(marked: str, names: Vocabulary = NAMES) -> Completion | None:
    """Complete a text at the place of its `|`."""
    before, after = marked.split("|")
    return candidates(before + after, len(before), names)


def inserts(marked: str, names: Vocabulary = NAMES) -> list[str]:
    """What the proposals would write."""
    found = complete(marked, names)
    return [candidate.insert for candidate in found.candidates] if found else []


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("b|", ["bob: "]),
        ("al|", ["alice: ", "alan: "]),
        ("AL|", ["alice: ", "alan: "]),
        ("zo|", ["Zoë: "]),
        ("first\nal|", ["alice: ", "alan: "]),
        ("ask al|", ["alice ", "alan "]),
        ("(al|", ["alice ", "alan "]),
        ("@a|", ["@alice ", "@alan "]),
        ("and @|", ["@bob ", "@alice ", "@alan ", "@Zoë "]),
        ("see #de|", ["#dev ", "#deploy "]),
        ("#|", ["#general ", "#dev ", "#deploy "]),
    ],
)
def test_names_in_a_text_are_completed(marked: str, expected: list[str]) -> None:
    """A nick at the beginning of a line is spoken to; elsewhere, and with @, it is only named."""
    assert inserts(marked) == expected


@pytest.mark.parametrize("marked", ["|", "hello |", "xyz|", "a|lice", "#nowhere|", "@nobody|", "(|", "//jo|"])
def test_nothing_is_proposed_where_nothing_fits(marked: str) -> None:
    """Without a beginning of a name, or in the middle of a word, there is nothing to propose."""
    assert complete(marked) is None


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("/jo|", ["/join "]),
        ("/JO|", ["/join "]),
        ("/lea|", ["/leave "]),
        ("/l|", ["/leave ", "/list", "/last", "/login ", "/logout"]),
        ("/bac|", ["/back"]),
        ("/xyz|", []),
        ("/j|oin", []),
    ],
)
def test_names_of_commands_are_completed(marked: str, expected: list[str]) -> None:
    """A space follows where the command takes something."""
    assert inserts(marked) == expected


def test_a_slash_alone_proposes_every_command_with_its_usage() -> None:
    """The proposals teach what there is."""
    found = complete("/|")
    assert found is not None
    assert [(c.label, c.hint) for c in found.candidates] == [(c.usage, c.summary) for c in COMMANDS]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("/join |", ["#general ", "#dev ", "#deploy "]),
        ("/join de|", ["#dev ", "#deploy "]),
        ("/j #de|", ["#dev ", "#deploy "]),
        ("/join #dev |", []),
        ("/names d|", ["#dev ", "#deploy "]),
        ("/part |", ["#general ", "#dev ", "#deploy "]),
        ("/part #de|", ["#dev ", "#deploy "]),
        ("/part bo|", ["bob "]),
        ("/topic #dev al|", ["alice ", "alan "]),
        ("/msg b|", ["bob ", "bert "]),
        ("/msg @b|", ["bob ", "bert "]),
        ("/msg |", ["bob ", "alice ", "alan ", "Zoë ", "bert "]),
        ("/msg bob al|", ["alice ", "alan "]),
        ("/msg bob one\nal|", ["alice: ", "alan: "]),
        ("/msg bob see #d|", ["#dev ", "#deploy "]),
        ("/query be|", ["bert "]),
        ("/whois be|", ["bert "]),
        ("/switch d|", ["#dev ", "#deploy "]),
        ("/switch b|", ["bob ", "bert "]),
        ("/help jo|", ["join"]),
        ("/help /jo|", ["join"]),
        ("/read |", ["all"]),
        ("/read A|", ["all"]),
        ("/read n|", []),
        ("/me hugs b|", ["bob "]),
        ("/list |", []),
        ("/xyz b|", []),
        ("/l b|", []),
        ("/3 b|", []),
    ],
)
def test_arguments_of_commands_are_completed(marked: str, expected: list[str]) -> None:
    """Each place of a command takes its own kind of name; text is completed like text."""
    assert inserts(marked) == expected


def test_people_from_elsewhere_are_marked() -> None:
    """Who is not here is proposed after those who are, once, and with a word about it."""
    found = complete("/msg b|")
    assert found is not None
    assert [(c.label, c.hint) for c in found.candidates] == [
        ("bob", ""),
        ("bert", "not in this conversation"),
    ]


def test_before_a_space_none_is_added() -> None:
    """Completing a word in the middle of a line keeps one space."""
    assert inserts("al| is here") == ["alice:", "alan:"]
    assert inserts("ask al| now") == ["alice", "alan"]


def test_only_the_word_is_replaced() -> None:
    """Brackets before a name and all other words stay."""
    found = complete("well (al| now")
    assert found is not None
    assert (found.start, found.end) == (6, 8)


@pytest.mark.parametrize(
    ("marked", "unasked"),
    [
        ("/|", True),
        ("/jo|", True),
        ("/join |", True),
        ("/msg b|", True),
        ("@|", True),
        ("see #d|", True),
        ("/me and @b|", True),
        ("bo|", False),
        ("/me hugs b|", False),
    ],
)
def test_only_marked_words_are_completed_unasked(marked: str, unasked: bool) -> None:
    """A sign before a word, or a command, asks for proposals; a plain word waits for Tab."""
    found = complete(marked)
    assert found is not None
    assert found.unasked is unasked
    before, after = marked.split("|")
    assert is_unasked(before + after, len(before)) is unasked


def test_no_more_than_can_be_read_is_proposed() -> None:
    """In a channel of thousands the first ones are enough: who spoke last."""
    crowd = Vocabulary(nicks=tuple(f"nick{number}" for number in range(5000)))
    assert inserts("@n|", crowd) == [f"@nick{number} " for number in range(MOST_PROPOSED)]


@given(WRITTEN, st.data())
def test_a_proposal_replaces_the_end_of_the_text_before_the_cursor(text: str, data: st.DataObject) -> None:
    """What is proposed replaces a word that ends at the cursor, and begins like it."""
    cursor = data.draw(st.integers(0, len(text)))
    found = candidates(text, cursor, NAMES)
    if found is None:
        return
    word = text[found.start : found.end]
    assert found.end == cursor
    assert not set(word) & set(" \n")
    for candidate in found.candidates:
        name = candidate.insert.strip(" :").lstrip("/#@").casefold()
        assert name.startswith(word.lstrip("/#@").casefold())
    assert found.unasked == is_unasked(text, cursor)


@given(WRITTEN, st.data())
def test_no_names_to_know_is_no_trouble(text: str, data: st.DataObject) -> None:
    """Before anything is known of a server only commands are proposed."""
    found = candidates(text, data.draw(st.integers(0, len(text))), Vocabulary())
    assert found is None or text.startswith("/")


def test_the_usual_reactions_are_proposed_with_what_they_mean() -> None:
    """Until something is typed; nothing is proposed for the number behind it."""
    found = candidates("/react ", 7, Vocabulary())
    assert found is not None
    assert ("👍 ", "yes, good") in {(each.insert, each.hint) for each in found.candidates}
    assert candidates("/react x", 8, Vocabulary()) is None
    assert candidates("/react 👍 ", 9, Vocabulary()) is None
