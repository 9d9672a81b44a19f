"""The tree of errors and what a program ends with."""

import pytest

from chat.errors import BadConfig, ChatError, NoConnection, UsageError


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(ChatError, 70), (UsageError, 64), (NoConnection, 69), (BadConfig, 78)],
)
def test_every_error_knows_how_the_program_ends(error: type[ChatError], exit_code: int) -> None:
    """The codes are those that the manual promises."""
    assert error("Something is wrong.").exit_code == exit_code


@pytest.mark.parametrize("error", [UsageError, NoConnection, BadConfig])
def test_one_except_catches_them_all_with_their_sentence(error: type[ChatError]) -> None:
    """What is shown is the sentence and nothing else."""
    with pytest.raises(ChatError) as caught:
        raise error("There is no server at 10.0.0.7:7420. Is it running?")
    assert str(caught.value) == "There is no server at 10.0.0.7:7420. Is it running?"
