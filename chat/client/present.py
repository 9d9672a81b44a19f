"""The entries of one log that are here, each message in its present state, whatever order things come in.

The server gives a message folded up to its `revision`. Changes of it with higher numbers may be here before
it or come after it, in any order: what the server gave is kept beside what is shown, so that one that comes
late still takes its place below the later ones. As on the server, only the newest edit of a message keeps its
text. Pure; a part of the timeline.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable

from msgspec.structs import replace

from chat.protocol.entries import AnyEntry, Deleted, Edited, Message, Reacted
from chat.protocol.folding import fold_message

_Change = Edited | Deleted | Reacted
"""What changes a message itself; a pin is its conversation's."""


class PresentEntries:
    """Entries by number."""

    def __init__(self) -> None:
        self._shown: dict[int, AnyEntry] = {}
        self._given: dict[int, Message] = {}
        """Messages as the server gave them, where they are shown otherwise."""
        self._changes: dict[int, list[_Change]] = {}
        """Those that are here, ascending, by the number of their message."""

    def __len__(self) -> int:
        return len(self._shown)

    def __contains__(self, number: int) -> bool:
        return number in self._shown

    def get(self, number: int) -> AnyEntry | None:
        """The entry of a number, if it is here."""
        return self._shown.get(number)

    def take(self, entries: Iterable[AnyEntry]) -> tuple[list[int], list[int]]:
        """Take entries in any order; of those that are here already only messages in a newer state.

        Returns:
            The numbers that were not here, and those of messages that were and stand differently now.
        """
        new: list[int] = []
        stale: dict[int, int] = {}
        for entry in sorted(entries, key=_number):
            if entry.number not in self._shown:
                new.append(entry.number)
                self._shown[entry.number] = entry
            elif isinstance(entry, Message) and self._is_newer(entry):
                self._given[entry.number] = entry
            else:
                continue
            if isinstance(entry, _Change):
                insort(self._changes.setdefault(entry.message, []), entry, key=_number)
                stale.setdefault(entry.message, entry.number)
            elif isinstance(entry, Message):
                stale[entry.number] = 0
        differing = {number for number, since in stale.items() if self._fold(number, since)}
        return new, sorted(differing.difference(new))

    def drop(self, numbers: Iterable[int], below: int) -> None:
        """Have these no more, which are all that are below a number."""
        for number in numbers:
            del self._shown[number]
            self._given.pop(number, None)
        kept = (
            (message, of[bisect_right(of, below - 1, key=_number) :]) for message, of in self._changes.items()
        )
        self._changes = {message: of for message, of in kept if of}

    def _is_newer(self, message: Message) -> bool:
        """Whether the server gives a message in a later state than before."""
        given = self._given.get(message.number) or self._shown[message.number]
        return isinstance(given, Message) and message.revision > given.revision

    def _fold(self, number: int, since: int) -> bool:
        """Show a message as its changes make it, the oldest new one being `since`; say if it differs.

        Changes that are newer than all before are folded into what is shown, else all of them anew.
        """
        shown, changes = self._shown.get(number), self._changes.get(number, [])
        if not isinstance(shown, Message):
            new = changes[bisect_right(changes, since - 1, key=_number) :]
            if any(isinstance(change, Edited | Deleted) for change in new):
                self._strip(changes, _newest_text(changes))
            return False
        given = self._given.get(number, shown)
        folded = known = shown if since > shown.revision else given
        for change in changes[bisect_right(changes, known.revision, key=_number) :]:
            folded = fold_message(folded, change)
        self._shown[number] = folded
        if folded != given:
            self._given[number] = given
        else:
            self._given.pop(number, None)
        if known is given or folded.edited != known.edited:
            self._strip(changes, folded.edited)
        return folded != shown

    def _strip(self, changes: list[_Change], kept: int) -> None:
        """Take away the text of all edits but one."""
        for at, change in enumerate(changes):
            if isinstance(change, Edited) and change.text and change.number != kept:
                self._shown[change.number] = changes[at] = replace(change, text="")


def _newest_text(changes: Iterable[_Change]) -> int:
    """Return the number of the edit whose text stands after these changes; 0 when none does."""
    newest = 0
    for change in changes:
        if isinstance(change, Edited | Deleted):
            newest = change.number if isinstance(change, Edited) else 0
    return newest


def _number(entry: AnyEntry) -> int:
    return entry.number
