"""Commands about the program itself: further devices, help, quit. Pure; safe on any thread.

`/help COMMAND` keeps the word as it was typed; `chat.tui.slash.parse`, which knows the table of commands,
puts the command's name in its place.
"""

from chat.tui.slash.actions import Action, AddDevice, Quit, ShowHelp
from chat.tui.slash.arguments import only_word, taking_nothing
from chat.tui.slash.spec import Argument, Command, Family


def _help(rest: str) -> Action:
    return ShowHelp(only_word(rest, "Which command?")) if rest else ShowHelp()


def _quit(rest: str) -> Action:
    return Quit(rest)


ADD_DEVICE = Command(
    name="adddevice",
    usage="/adddevice",
    summary="be the same person on another device",
    detail="Shows a code and the line to type there. It is good for one device and some minutes.",
    family=Family.SESSION,
    parse=taking_nothing(AddDevice()),
)

HELP = Command(
    name="help",
    usage="/help [COMMAND]",
    summary="show the commands",
    detail="With a command it tells more about that one.",
    family=Family.SESSION,
    parse=_help,
    arguments=(Argument.COMMAND,),
)

QUIT = Command(
    name="quit",
    usage="/quit [REASON]",
    summary="leave and end the program",
    detail="You stay a member of your channels and find on your return what was said meanwhile.",
    family=Family.SESSION,
    parse=_quit,
    arguments=(Argument.TEXT,),
)
