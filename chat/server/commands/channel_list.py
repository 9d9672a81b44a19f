"""The list of channels: by name, page by page, and nothing of those that one may not know of."""

from collections.abc import Iterator

from chat.protocol.records import Channel
from chat.protocol.replies import ListChannelsResult
from chat.protocol.requests import ListChannels
from chat.server.commands.lookup import LIST_PAGE, page_of
from chat.server.commands.spec import Command, Reply, Services
from chat.server.state.session import Session


def handle_list_channels(
    services: Services, session: Session, request: ListChannels, _: Reply
) -> ListChannelsResult:
    """List the channels that one may know of, by name."""
    world = services.world
    names = world.conversations.channels_for(session.user, request.after, LIST_PAGE)
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
        following = names[-1][0]
    return ListChannelsResult(id=request.id, channels=page, next=following)


COMMANDS = (Command(ListChannels, handle_list_channels),)
