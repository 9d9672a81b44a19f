"""What concerns one's own account: the requests of its commands, and their answers in words.

What takes a password is asked for elsewhere: no action holds one. Pure; safe on any thread.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chat.client.export import Exported
from chat.protocol import accounts
from chat.protocol.records import Device
from chat.protocol.replies import HelloResult
from chat.text import sanitize_line
from chat.tui.asked.answer import Answer, Asked, day
from chat.tui.render.cells import cells, drawable, fit
from chat.tui.slash import account_actions as actions

REGISTERED = "{nick} is yours now: log in on other devices with /login {nick}."
CHANGED = "Your new password counts. "
_NAME_CELLS = 36
EXPORT_FILE = "chat-export.jsonl"
"""In the current folder, where no other is named."""
EXPORT_BEGINS = "All that you wrote is being written to {path}."
ERASED_WHERE = "In every conversation, for everybody and for good. /export first keeps a copy."


def asked(action: actions.AccountAction) -> Asked | None:
    """Return what an action asks the server for; None for passwords and files."""
    if isinstance(action, actions.RevokeDevice):
        return Asked(
            accounts.RevokeDevice,
            {"device": action.device},
            lambda reply: Answer(logged_out(reply.logged_out)),
        )
    if isinstance(action, actions.Erase):
        user = f"@{action.nick}" if action.nick else ""
        return Asked(accounts.EraseMessages, {"user": user}, lambda reply: Answer(erased(reply.messages)))
    return None


def devices(place: Callable[[], str]) -> Asked:
    """Return what asks for one's devices; `place` tells where this one's token is kept."""
    return Asked(accounts.Devices, {}, lambda reply: Answer(devices_told(reply.devices, place())))


def registered(reply: accounts.RegisterResult) -> Answer:
    """Say that one has an account."""
    return Answer(REGISTERED.format(nick=reply.user.nick))


def changed(reply: accounts.ChangePasswordResult) -> Answer:
    """Say that the password is another one."""
    return Answer(CHANGED + logged_out(reply.logged_out))


def logged_in(reply: HelloResult) -> Answer:
    """Say who one is now."""
    return Answer(f"You are {reply.user.nick} now, on this device too. /devices shows where else.")


def logged_out(count: int) -> str:
    """Say how many devices must log in again."""
    if not count:
        return "No other device was logged in."
    return "1 device must log in again." if count == 1 else f"{count} devices must log in again."


def export_path(action: actions.Export) -> Path:
    """Return which file is meant."""
    path = Path(action.file or EXPORT_FILE)
    with suppress(RuntimeError):  # nobody here is called what follows the ~
        path = path.expanduser()
    return path.absolute()


def exporting(entries: int) -> str:
    """Say how far it is."""
    return f"{entries:,} entries are written so far."


def exported(file: Exported) -> Answer:
    """Say what was written."""
    entries = "1 entry is" if file.entries == 1 else f"{file.entries:,} entries are"
    return Answer(f"{entries} in {file.path} now.")


def erase_question(action: actions.Erase) -> str:
    """Ask whether somebody is sure."""
    return f"Take back all that {action.nick or 'you'} wrote?"


def erased(messages: int) -> str:
    """Say how much goes."""
    if not messages:
        return "There is nothing to take back."
    what = "1 message is" if messages == 1 else f"{messages:,} messages are"
    return f"{what} being taken back."


def token_told(place: str) -> str:
    """Say where the token of this device is kept; empty when that is not known."""
    return f"The token of this device is {sanitize_line(place)}." if place else ""


def devices_told(devices: tuple[Device, ...], place: str) -> str:
    """List devices, one on a line, with what logs one out, and where the token of this one is."""
    width = max((cells(device.device) for device in devices), default=0)
    lines = [
        f"{fit(device.device, width)}  {device_name(device)}, {device_remark(device)}" for device in devices
    ]
    if len(devices) > 1:
        lines.append("/devices ID logs one out, /logout all but this one; use puts the end off.")
    lines += filter(None, [token_told(place)])
    return "\n".join(lines)


def device_name(device: Device) -> str:
    """Name a device by its program, as long as a line of 80 cells has room for, with the remark behind."""
    name = drawable(device.client or "some program")
    return fit(name, min(cells(name), _NAME_CELLS))


def device_remark(device: Device) -> str:
    """Say when a device was used, and until when it may come back unless it is used before."""
    if device.current:
        return "this one"
    expires = f", until {day(device.expires)}" if device.expires else ""
    return f"used {day(device.last_used)}{expires}"
