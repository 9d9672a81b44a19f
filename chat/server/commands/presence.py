"""What is on the screen: whose presence and typing are told, and telling that one types."""

from chat.protocol.replies import TypingResult, WatchResult
from chat.protocol.requests import Typing, Watch
from chat.server.commands.arrival import behind_takings_out
from chat.server.commands.lookup import slot_for_member
from chat.server.commands.spec import Command, Reply, Services
from chat.server.state.session import Session


def handle_watch(services: Services, session: Session, request: Watch, _: Reply) -> WatchResult:
    """Replace what this session watches."""
    slots = [slot_for_member(services.world, target, session.user) for target in request.targets]
    conversations = tuple(dict.fromkeys(slot.value.id for slot in slots))
    services.world.roster.watch(session, frozenset(conversations))
    return WatchResult(id=request.id, conversations=conversations)


def handle_typing(services: Services, session: Session, request: Typing, _: Reply) -> TypingResult:
    """Tell the others who watch that one is typing; what is said too often is not told on."""
    conversation = slot_for_member(services.world, request.target, session.user).value.id
    if services.budgets.takes_typing(session.user, conversation):
        services.presence.typing(conversation, session.user)
    return TypingResult(id=request.id)


COMMANDS = (Command(Watch, behind_takings_out(handle_watch)), Command(Typing, handle_typing))
