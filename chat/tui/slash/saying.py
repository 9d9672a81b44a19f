"""Commands that say something here: me. Pure; safe on any thread."""

from chat.tui.slash.actions import Action, Say
from chat.tui.slash.spec import Argument, Command, Family, SlashError


def _me(rest: str) -> Action:
    if not rest:
        raise SlashError("What do you do?")
    return Say(rest, action=True)


ME = Command(
    name="me",
    usage="/me TEXT",
    summary="say what you do",
    detail="Your nick stands before the text: /me waves. The text may have several lines.",
    family=Family.SAYING,
    parse=_me,
    arguments=(Argument.TEXT,),
    lines=True,
)
