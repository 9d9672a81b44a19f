"""Commands about people, oneself among them: msg, query, whois, nick, away, busy, back.

Pure; safe on any thread.
"""

from chat.protocol.records import Status
from chat.tui.slash.actions import Action, ChangeNick, OpenDirect, SayTo, SetStatus, Whois
from chat.tui.slash.arguments import first_word, nick, only_word, taking_nothing
from chat.tui.slash.spec import Argument, Command, Family, SlashError


def _msg(rest: str) -> Action:
    word, text = first_word(rest)
    if not word:
        raise SlashError("To whom?")
    person = nick(word)
    if not text:
        raise SlashError("The message is missing.")
    return SayTo(person, text)


def _query(rest: str) -> Action:
    return OpenDirect(nick(only_word(rest, "With whom?")))


def _whois(rest: str) -> Action:
    return Whois(nick(only_word(rest, "Whom?")))


def _nick(rest: str) -> Action:
    return ChangeNick(nick(only_word(rest, "The new nick is missing.")))


def _away(rest: str) -> Action:
    return SetStatus(Status.AWAY, rest)


def _busy(rest: str) -> Action:
    return SetStatus(Status.BUSY, rest)


MSG = Command(
    name="msg",
    aliases=("m",),
    usage="/msg NICK TEXT",
    summary="write to one person",
    detail="Sends the message in the direct conversation with that person. The text may have several lines.",
    family=Family.PEOPLE,
    parse=_msg,
    arguments=(Argument.NICK, Argument.TEXT),
    lines=True,
)

QUERY = Command(
    name="query",
    aliases=("q",),
    usage="/query NICK",
    summary="open the direct conversation with a person",
    detail="Nobody is told until you write something there.",
    family=Family.PEOPLE,
    parse=_query,
    arguments=(Argument.NICK,),
)

WHOIS = Command(
    name="whois",
    usage="/whois NICK",
    summary="show what is known of a person",
    detail="Shows status, when last seen and the channels you share.",
    family=Family.PEOPLE,
    parse=_whois,
    arguments=(Argument.NICK,),
)

NICK = Command(
    name="nick",
    usage="/nick NAME",
    summary="change your nick",
    detail="The new one shows once the server agreed; your direct conversations stay yours.",
    family=Family.PEOPLE,
    parse=_nick,
    arguments=(Argument.TEXT,),
)

AWAY = Command(
    name="away",
    usage="/away [TEXT]",
    summary="tell that you are away",
    detail="The text says why or for how long. /back ends it.",
    family=Family.PEOPLE,
    parse=_away,
    arguments=(Argument.TEXT,),
)

BUSY = Command(
    name="busy",
    usage="/busy [TEXT]",
    summary="tell that you would rather not be disturbed",
    detail="The text says why or for how long. /back ends it.",
    family=Family.PEOPLE,
    parse=_busy,
    arguments=(Argument.TEXT,),
)

BACK = Command(
    name="back",
    usage="/back",
    summary="tell that you are there again",
    detail="Ends /away and /busy.",
    family=Family.PEOPLE,
    parse=taking_nothing(SetStatus(Status.ONLINE)),
)
