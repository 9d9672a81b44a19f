"""The list of channels: by name, page by page, and nothing of those that one may not know of."""

from collections.abc import Iterator
from typing import NamedTuple

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Channel
from chat.protocol.replies import ListChannelsResult
from chat.protocol.requests import ListChannels
from chat.server.commands.lookup import LIST_PAGE, page_of
from chat.server.commands.spec import Command, Reply, Services
from chat.server.state.session import Session

_DIGITS = 9
"""Of a number of channels."""


def handle_list_channels(
    services: Services, session: Session, request: ListChannels, _: Reply
) -> ListChannelsResult:
    """List the channels that one may know of, by name."""
    world = services.world
    place = _place(request.after)
    names = world.conversations.channels(place.key, LIST_PAGE, place.skipped)
    found = ((key, world.conversation(channel)) for key, channel in names)
    shown = [(key, state) for key, state in found if state is not None and state.visible_to(session.user)]

    def records() -> Iterator[Channel]:
        for _, state in shown:
            yield Channel(
                conversation=state.id,
                name=state.name,
                topic=state.topic,
                members=len(state.members),
                last=state.last,
                joined=session.user in state.members,
                private=state.rules.mode.private,
                archived=state.rules.archived,
            )

    page, cut = page_of(records())
    following = ""
    if cut:
        following = shown[len(page) - 1][0]
    elif len(names) == LIST_PAGE:
        following = place.behind([key for key, _ in names], shown[-1][0] if shown else "")
    return ListChannelsResult(id=request.id, channels=page, next=following)


class _Place(NamedTuple):
    """Where a page of the list begins: so many names behind one; names that one may not know are counted."""

    key: str = ""
    skipped: int = 0

    def behind(self, keys: list[str], last_shown: str) -> str:
        """Return the cursor behind the keys of a page, by the last one that was shown, if any was."""
        if last_shown:
            key, skipped = last_shown, len(keys) - 1 - keys.index(last_shown)
        else:
            key, skipped = self.key, self.skipped + len(keys)
        return f"{key} {skipped}" if skipped else key


def _place(after: str) -> _Place:
    """Return the place in a cursor; raises `Refused` for one not of ours."""
    key, space, skipped = after.partition(" ")
    if not space:
        return _Place(key)
    if not (skipped.isdecimal() and skipped.isascii() and len(skipped) <= _DIGITS):
        raise Refused(ErrorCode.INVALID_REQUEST, "This is no `next` of an earlier page.", field="after")
    return _Place(key, int(skipped))


COMMANDS = (Command(ListChannels, handle_list_channels),)
