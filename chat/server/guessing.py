"""Whether a password is among the first that anybody would try, judged with bounded work.

zxcvbn looks up every part of a password in every reading of the characters that may stand for letters (`@`
for a, `1` for i or l). Of some passwords there are hundreds of readings, all tried in Python, so one is
judged in pieces that have few. Knows no hashes and nobody's account; any thread.
"""

GUESSES_LEAST = 1e5
"""A password that is found by fewer guesses, tried in the order in which people choose them, is refused."""

WORK_MOST = 12_288
"""How much a piece may cost, see `work`; some 20 ms: 39 characters of all digits, 64 without signs."""
JUDGED_MOST = 64
"""How many characters are looked at: a password that goes on as it began is no better for it."""


def easily_guessed(password: str, nick: str) -> bool:
    """Return whether few guesses find a password of somebody with this nick."""
    # here, not at the top: its lists of common passwords take 90 ms to load, and few starts need them
    from zxcvbn import zxcvbn  # noqa: PLC0415

    guesses = 1.0
    for piece in pieces(password):
        guesses *= float(zxcvbn(piece, user_inputs=[nick])["guesses"])
        if guesses >= GUESSES_LEAST:
            return False
    return True


def pieces(password: str) -> list[str]:
    """Cut the beginning of a password into pieces that are judged quickly."""
    cut, piece, read = [], "", 1
    for character in password[:JUDGED_MOST]:
        ways = read if character in piece else readings(piece + character)
        if piece and work(len(piece) + 1, ways) > WORK_MOST:
            cut.append(piece)
            piece, ways = "", readings(character)
        piece, read = piece + character, ways
    return [*cut, piece]


def work(characters: int, ways: int) -> int:
    """Return what it takes to judge so many characters that are read in so many ways.

    All parts are looked up in each reading, and as they stand in both directions.
    """
    return (ways + 2) * characters**2


def readings(text: str) -> int:
    """Return in how many ways a text is read as letters."""
    from zxcvbn.matching import L33T_TABLE, enumerate_l33t_subs, relevant_l33t_subtable  # noqa: PLC0415

    return len(enumerate_l33t_subs(relevant_l33t_subtable(text, L33T_TABLE)))
