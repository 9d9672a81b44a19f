"""Who is writing, in one sentence."""

import pytest

from chat.tui.render.typing_sentence import typing_sentence


@pytest.mark.parametrize(
    ("nicks", "sentence"),
    [
        ([], ""),
        (["bob"], "bob is typing…"),
        (["bob", "carol"], "bob and carol are typing…"),
        (["bob", "carol", "dave"], "bob, carol and 1 more are typing…"),
        (["bob", "carol", *"xyz"], "bob, carol and 3 more are typing…"),
    ],
)
def test_the_sentence_names_two_and_counts_the_rest(nicks: list[str], sentence: str) -> None:
    """However many write, the line stays one short sentence."""
    assert typing_sentence(nicks) == sentence
