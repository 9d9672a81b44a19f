"""Which names are legal and which are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from chat.names import RESERVED_NICKS, BadName, Name, parse_channel, parse_nick

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)
LETTERS = st.text(
    st.characters(categories=("Ll", "Lu"), max_codepoint=0x24F, exclude_characters="ı"),
    min_size=1,
    max_size=20,
)


def _refusal(parse: object, text: str) -> BadName:
    assert callable(parse)
    with pytest.raises(BadName) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    "nick", ["Ann", "x", "guest-17", "Jürgen", "лена", "太郎", "a" * 32, "d'Arc", "a#b@c/d"]
)
def test_ordinary_nicks_are_legal_as_they_are(nick: str) -> None:
    """They are shown as they were typed."""
    assert parse_nick(nick).text == nick


def test_a_name_as_it_is_shown_is_the_same_name() -> None:
    """Also where folding case would turn a mark (the Greek iota below) into a letter of its own."""
    nick = parse_nick("\u0301\u0345\u03014~3")
    assert parse_nick(nick.text) == nick


@given(name=st.text(st.sampled_from("abcXYZ019_.-"), min_size=1, max_size=32))
def test_plain_names_are_what_the_profile_makes_of_them(name: str) -> None:
    """They take a shorter way, to the same end."""
    if any(character.isalnum() for character in name) and name.lower() not in RESERVED_NICKS:
        shown = get_profile("NicknameCasePreserved").enforce(name)
        compared = get_profile("NicknameCaseMapped:CaseFold").enforce(name)
        assert parse_nick(name) == Name(shown, compared)


@pytest.mark.parametrize("channel", ["#general", "#c", "#C++", "#büro-2", "#" + "x" * 63, "#読書"])
def test_ordinary_channel_names_are_legal_with_their_sign(channel: str) -> None:
    """The sign belongs to the name."""
    assert parse_channel(channel).text == channel


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ann", "aNN"),
        ("Straße", "STRASSE"),
        ("ＡＮＮ", "ann"),
        ("e\u0301ve", "\xe9VE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ],
)
def test_two_spellings_of_one_nick_share_a_key(first: str, second: str) -> None:
    """Case, width and composition make no other name."""
    assert parse_nick(first).key == parse_nick(second).key


def test_two_spellings_of_one_channel_share_a_key() -> None:
    """The rule for channels is the same."""
    assert parse_channel("#Büro").key == parse_channel("＃BÜRO").key
    assert parse_channel("#a").key != parse_channel("#b").key


@pytest.mark.parametrize(
    "nick", ["", "   ", "a" * 33, "a" * 1000, "a b", "a\tb", "a,b", "a\nb", "a\x00", "a\x1b[31m"]
)
def test_nicks_that_break_lines_lists_or_limits_are_refused(nick: str) -> None:
    """Each with a sentence, and with the field at fault."""
    refusal = _refusal(parse_nick, nick)
    assert str(refusal).endswith(".")
    assert refusal.field == "nick"


@pytest.mark.parametrize(
    "nick", ["a\u202eb", "a\u200bb", "a\u200db", "a\u3164", "a\u2800", "\udc80a", "a\ufeff", "a\u2028b"]
)
def test_nicks_with_something_that_can_t_be_seen_are_refused(nick: str) -> None:
    """Two names that look the same by invisible characters do not exist."""
    assert str(_refusal(parse_nick, nick)).endswith(".")


@pytest.mark.parametrize("nick", ["#ann", "@ann", "/ann", "＃ann", "＠ann"])
def test_nicks_never_begin_like_a_channel_a_person_or_a_command(nick: str) -> None:
    """Neither when a wide sign would turn into the usual one."""
    assert "begin with" in str(_refusal(parse_nick, nick))


@pytest.mark.parametrize("nick", ["🙂", "!!!", "...", "-"])
def test_a_nick_needs_something_to_type(nick: str) -> None:
    """Signs alone are no name."""
    assert "letter or a digit" in str(_refusal(parse_nick, nick))


@pytest.mark.parametrize("nick", [*sorted(RESERVED_NICKS), "ROOT", "Admin", "ｓｅｒｖｅｒ"])
def test_nobody_takes_a_reserved_nick(nick: str) -> None:
    """In no spelling."""
    assert "reserved" in str(_refusal(parse_nick, nick))


@pytest.mark.parametrize(
    "channel", ["general", "", "#", "#!", "##a", "#@a", "#/a", "#a b", "#a,b", "#a\x07", "#" + "x" * 64]
)
def test_channel_names_that_could_be_something_else_are_refused(channel: str) -> None:
    """Each with a sentence, and with the field at fault."""
    refusal = _refusal(parse_channel, channel)
    assert str(refusal).endswith(".")
    assert refusal.field == "name"


def test_the_caller_s_own_field_is_named() -> None:
    """A request that calls its field otherwise gets that name back."""
    with pytest.raises(BadName) as caught:
        parse_channel("general", field="target")
    assert caught.value.field == "target"


def test_a_length_is_counted_as_shown() -> None:
    """A character that the profile spells out counts for all that it becomes."""
    assert "at most 32" in str(_refusal(parse_nick, "\ufdfa" * 2))


def test_marks_are_not_piled_on_a_letter() -> None:
    """A name stays within its line."""
    assert parse_nick("x" + "\u0323" * 4).text
    assert "pile" in str(_refusal(parse_nick, "x" + "\u0323" * 5))


def test_the_sentence_names_a_refused_character_by_its_number_only() -> None:
    """The refused text itself is never repeated: it may be what it was refused for."""
    assert str(_refusal(parse_nick, "a\u202eb")) == "A nick can't contain the character U+202E."


@given(LETTERS)
def test_upper_and_lower_case_of_a_nick_share_a_key(letters: str) -> None:
    """For every word of European letters; only the Turkish dotless i has a lower case of its own."""
    lower, upper = _try(letters.casefold()), _try(letters.casefold().upper())
    if lower is not None and upper is not None:
        assert lower.key == upper.key


@given(ANY_TEXT)
def test_a_legal_nick_is_stable_and_safe(text: str) -> None:
    """What was accepted is accepted again as it is, and breaks no line, list or command."""
    name = _try(text)
    if name is not None:
        assert parse_nick(name.text) == name
        assert 1 <= len(name.text) <= 32
        assert name.text[0] not in "#@/"
        assert not any(unicodedata.category(c)[0] in "CZ" or c == "," for c in name.text)


@given(st.text(st.characters(categories=("L", "N", "P", "S", "M")), max_size=40))
def test_a_legal_channel_name_is_stable_and_safe(text: str) -> None:
    """The same holds for what follows the sign."""
    try:
        name = parse_channel("#" + text)
    except BadName:
        return
    assert parse_channel(name.text) == name
    assert 2 <= len(name.text) <= 64
    assert not any(unicodedata.category(c)[0] in "CZ" or c == "," for c in name.text)


def _try(text: str) -> Name | None:
    try:
        return parse_nick(text)
    except BadName:
        return None
