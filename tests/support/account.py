"""The account of a fault test: every message that was sent is ok, lost, doubled, swapped or unknown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chat.protocol.entries import AnyEntry, Message


@dataclass(frozen=True)
class Account:
    """What became of the messages of one run.

    Attributes:
        ok: acknowledged, and in the log once, where the acknowledgement says.
        lost: acknowledged, and not in the log.
        doubled: in the log more than once.
        swapped: in the log before one that the same sender said earlier.
        moved: acknowledged under a number that the log has for something else.
        unknown: never acknowledged, whether stored or not.
    """

    ok: int
    lost: int
    doubled: int
    swapped: int
    moved: int
    unknown: int

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.swapped or self.moved)


def account_of(
    sent: Mapping[str, Sequence[str]], acknowledged: Mapping[str, int], log: Iterable[AnyEntry]
) -> Account:
    """Compare what was sent with what the log holds.

    Args:
        sent: texts by sender, in the order in which they were said; all texts differ.
        acknowledged: the number that the server gave to each acknowledged text.
        log: the whole log, as read back.
    """
    messages = [entry for entry in log if isinstance(entry, Message)]
    times = Counter(entry.text for entry in messages)
    numbers = {entry.text: entry.number for entry in messages}
    texts = [text for said in sent.values() for text in said]
    return Account(
        ok=sum(times[text] == 1 and numbers[text] == number for text, number in acknowledged.items()),
        lost=sum(times[text] == 0 for text in acknowledged),
        doubled=sum(count > 1 for count in times.values()),
        swapped=sum(_swaps(said, numbers) for said in sent.values()),
        moved=sum(times[text] > 0 and numbers[text] != number for text, number in acknowledged.items()),
        unknown=sum(text not in acknowledged for text in texts),
    )


def _swaps(said: Sequence[str], numbers: Mapping[str, int]) -> int:
    """Count the messages that stand before an earlier one of the same sender."""
    stored = [numbers[text] for text in said if text in numbers]
    return sum(later < earlier for earlier, later in pairwise(stored))
