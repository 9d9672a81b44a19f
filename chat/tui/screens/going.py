"""Where one can go from the main screen: conversations one is in, and channels one is invited to.

Called on the screen's thread.
"""

import asyncio
from collections.abc import Iterable

from chat.client.changes import InvitedTo
from chat.tui.carrying import carry_out
from chat.tui.desk.desk import Desk
from chat.tui.palette import Kind, SwitchItem
from chat.tui.render.attention import Attention
from chat.tui.screens.board import Board
from chat.tui.slash.actions import Join


def places(desk: Desk, invitations: Iterable[InvitedTo]) -> list[SwitchItem]:
    """Return the places to go to; an invitation calls, but less than messages do."""
    talks = [
        SwitchItem(
            talk.id,
            talk.title,
            Kind.CHANNEL if talk.is_channel else Kind.PERSON,
            talk.attention,
            talk.record.unread,
            talk.record.topic,
        )
        for talk in desk.talks.values()
    ]
    invited = [
        SwitchItem(
            each.conversation,
            each.name,
            Kind.CHANNEL,
            Attention.ACTIVITY,
            hint=f"invited by {each.nick}",
            invited=True,
        )
        for each in invitations
    ]
    return talks + invited


def go_or_join(board: Board, conversation: str) -> None:
    """Go to a conversation; where one is only invited, join it first."""
    with board.client.reading() as state:
        invited = state.invitations.get(conversation)
    if invited is None:
        board.go(conversation)
    else:
        board.run_worker(_join(board, invited))


async def _join(board: Board, invited: InvitedTo) -> None:
    """Join by the id: by the name, a channel that was deleted since would be made anew."""
    future = carry_out(board.client, Join(invited.conversation), "")
    assert future is not None
    answer = await asyncio.wrap_future(future)
    board.take()
    if answer.failed:
        board.tell(answer.sentence.replace(invited.conversation, invited.name), failed=True)
    board.go(answer.show)
