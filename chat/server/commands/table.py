"""The table of all commands, one per request of the protocol."""

from chat.protocol.asking import Request
from chat.server.commands import (
    account,
    accounts,
    channel,
    channel_list,
    data,
    history,
    message,
    order,
    presence,
    revision,
    staff,
)
from chat.server.commands.spec import Command

COMMANDS: dict[type[Request], Command] = {
    command.request: command
    for command in (
        *account.COMMANDS,
        *accounts.COMMANDS,
        *staff.COMMANDS,
        *channel_list.COMMANDS,
        *channel.COMMANDS,
        *message.COMMANDS,
        *revision.COMMANDS,
        *order.COMMANDS,
        *history.COMMANDS,
        *presence.COMMANDS,
        *data.COMMANDS,
    )
}
