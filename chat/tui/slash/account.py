"""Commands about one's own account: register, login, passwd, devices, logout, export, erase.

Pure; safe on any thread.

None takes a password: one that stands on the line is refused, and `chat.tui.slash.secrecy` keeps the line out
of everything that is kept.
"""

from chat.tui.slash.account_actions import (
    ChangePassword,
    Erase,
    Export,
    LogIn,
    Register,
    RevokeDevice,
    ShowDevices,
)
from chat.tui.slash.actions import Action
from chat.tui.slash.arguments import first_word, nick, only_word, taking_nothing
from chat.tui.slash.spec import Argument, Command, Family, SlashError


def _refuse_password(rest: str, usage: str) -> None:
    """Take nothing that is probably a password.

    Raises:
        SlashError: there is something.
    """
    if rest:
        raise SlashError(f"A password never stands on the line: /{usage} alone asks for it, unseen.")


def _register(rest: str) -> Action:
    _refuse_password(rest, "register")
    return Register()


def _passwd(rest: str) -> Action:
    _refuse_password(rest, "passwd")
    return ChangePassword()


def _login(rest: str) -> Action:
    word, others = first_word(rest)
    if not word:
        raise SlashError("As whom?")
    _refuse_password(others, "login NICK")
    return LogIn(nick(word))


def _devices(rest: str) -> Action:
    return RevokeDevice(only_word(rest, "Which one?")) if rest else ShowDevices()


def _erase(rest: str) -> Action:
    return Erase(nick(only_word(rest, "Whose?"))) if rest else Erase()


REGISTER = Command(
    name="register",
    usage="/register",
    summary="put a password on your nick",
    detail="Asks for the password. The nick is yours from then on, and you can log in on other devices.",
    family=Family.ACCOUNT,
    parse=_register,
    secret_after=0,
)

LOGIN = Command(
    name="login",
    usage="/login NICK",
    summary="be an account that has a password",
    detail="Asks for the password and connects again as that account. Drafts stay.",
    family=Family.ACCOUNT,
    parse=_login,
    arguments=(Argument.NICK,),
    secret_after=1,
)

PASSWD = Command(
    name="passwd",
    usage="/passwd",
    summary="change your password",
    detail="Asks for the old and the new one. All other devices are logged out.",
    family=Family.ACCOUNT,
    parse=_passwd,
    secret_after=0,
)

DEVICES = Command(
    name="devices",
    usage="/devices [ID]",
    summary="show your devices, or log one out",
    detail="Shows each with its program, when it was used last and until when it may come back.",
    family=Family.ACCOUNT,
    parse=_devices,
    arguments=(Argument.DEVICE,),
)

LOGOUT = Command(
    name="logout",
    usage="/logout",
    summary="log out everywhere but here",
    detail="Your other devices must log in again.",
    family=Family.ACCOUNT,
    parse=taking_nothing(RevokeDevice()),
)

EXPORT = Command(
    name="export",
    usage="/export [FILE]",
    summary="write all that you wrote to a file",
    detail="A new file, for you alone, with a line of JSON for each message and whatever else you did.",
    family=Family.ACCOUNT,
    parse=Export,
    arguments=(Argument.FILE,),
)

ERASE = Command(
    name="erase",
    usage="/erase [NICK]",
    summary="take back all that you wrote",
    detail="In every conversation, for everybody and for good. Somebody else's: for administrators.",
    family=Family.ACCOUNT,
    parse=_erase,
    arguments=(Argument.NICK,),
)
