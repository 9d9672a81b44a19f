"""What a batch comes to, and whether it follows what is stored: the rules that both stores share.

Pure; no threads.
"""

from collections.abc import Mapping

from chat.ids import ConversationId, UserId
from chat.server.ports import Batch, StoreError


def last_before(batch: Batch) -> Mapping[ConversationId, int]:
    """Return for each conversation of the batch the `last` it must have in the store.

    Raises `StoreError` when the batch contradicts itself: its entries leave a hole, are out of order, end
    elsewhere than their conversation does, or belong to none that it names.
    """
    numbers: dict[str, list[int]] = {state.id: [] for state in batch.conversations}
    for entry in batch.entries:
        if entry.conversation not in numbers:
            raise StoreError(f"Batch {batch.number} has an entry of {entry.conversation} but not its state.")
        numbers[entry.conversation].append(entry.number)
    before = {state.id: state.last - len(numbers[state.id]) for state in batch.conversations}
    for state in batch.conversations:
        if numbers[state.id] != list(range(before[state.id] + 1, state.last + 1)):
            raise StoreError(f"The numbers of {state.id} in batch {batch.number} do not follow each other.")
    return before


def roles_after(batch: Batch) -> Mapping[tuple[ConversationId, UserId], str | None]:
    """Return the last word of a batch on each membership: the role, or None where it ended."""
    return {(conversation, user): role for conversation, user, role in batch.members}


def does_not_follow(batch: Batch) -> StoreError:
    """Return the error for a batch that contradicts what is stored."""
    return StoreError(f"Batch {batch.number} does not follow what is stored; nothing of it was kept.")
