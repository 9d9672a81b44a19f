"""What concerns one's own account: the requests of its commands, and their answers in words.

What takes a password is asked for elsewhere: no action holds one. Pure; safe on any thread.
"""

from chat.protocol import accounts
from chat.protocol.records import Device
from chat.protocol.replies import HelloResult
from chat.tui.asked.answer import Answer, Asked, when
from chat.tui.render.cells import cells, fit
from chat.tui.slash import account_actions as actions

REGISTERED = "{nick} is yours now: log in on other devices with /login {nick}."
CHANGED = "Your new password counts. "


def asked(action: actions.AccountAction) -> Asked | None:
    """Return what an action asks the server for; None for what asks for a password first."""
    if isinstance(action, actions.ShowDevices):
        return Asked(accounts.Devices, {}, lambda reply: Answer(devices_told(reply.devices)))
    if isinstance(action, actions.RevokeDevice):
        return Asked(
            accounts.RevokeDevice,
            {"device": action.device},
            lambda reply: Answer(logged_out(reply.logged_out)),
        )
    return None


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


def devices_told(devices: tuple[Device, ...]) -> str:
    """List devices, one on a line, with what logs one out."""
    width = max((cells(device.device) for device in devices), default=0)
    lines = [f"{fit(device.device, width)}  {device_remark(device)}" for device in devices]
    if len(devices) > 1:
        lines.append("/devices ID logs one out, /logout all but this one.")
    return "\n".join(lines)


def device_remark(device: Device) -> str:
    """Say what is known of a device."""
    used = "this one" if device.current else f"used {when(device.last_used)}"
    expires = f"until {when(device.expires)} unless used" if device.expires else ""
    return ", ".join(filter(None, (device.client or "some program", used, expires)))
