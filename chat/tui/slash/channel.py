"""Commands about channels: join, part, topic, list, names. Pure; safe on any thread."""

from chat.tui.slash.actions import Action, Join, ListChannels, Names, Part, SetTopic, ShowTopic
from chat.tui.slash.arguments import channel, maybe_channel, only_word, taking_nothing
from chat.tui.slash.spec import Argument, Command, Family, SlashError

NO_TOPIC = "-delete"
"""Stands in the place of a topic to remove it; an empty place asks to see it."""


def _join(rest: str) -> Action:
    return Join(channel(only_word(rest, "Which channel?")))


def _part(rest: str) -> Action:
    return Part(*maybe_channel(rest))


def _topic(rest: str) -> Action:
    where, text = maybe_channel(rest)
    if not text:
        return ShowTopic(where)
    return SetTopic(where, "" if text == NO_TOPIC else text)


def _names(rest: str) -> Action:
    if not rest:
        return Names()
    word = only_word(rest, "Which channel?")
    if word.startswith("@"):
        raise SlashError("A person has no members; /whois tells about a person.")
    return Names(channel(word))


JOIN = Command(
    name="join",
    aliases=("j",),
    usage="/join #CHANNEL",
    summary="join a channel, or make it",
    detail="A channel that does not exist yet is made and you are its operator. The # may be left out.",
    family=Family.CHANNEL,
    parse=_join,
    arguments=(Argument.CHANNEL,),
)

PART = Command(
    name="part",
    aliases=("leave", "close"),
    usage="/part [#CHANNEL] [REASON]",
    summary="leave a channel",
    detail="Without a channel it is the one here. A direct conversation is only closed; it comes back "
    "with its next message.",
    family=Family.CHANNEL,
    parse=_part,
    arguments=(Argument.CHANNEL, Argument.TEXT),
)

TOPIC = Command(
    name="topic",
    usage="/topic [#CHANNEL] [TEXT]",
    summary="show or set a channel's topic",
    detail=f"Without a text it shows the topic; {NO_TOPIC} in its place removes it. Name the channel when "
    "the text itself begins with #.",
    family=Family.CHANNEL,
    parse=_topic,
    arguments=(Argument.CHANNEL, Argument.TEXT),
)

LIST = Command(
    name="list",
    usage="/list",
    summary="show the channels of the server",
    detail="Shows each with its topic and how many members it has.",
    family=Family.CHANNEL,
    parse=taking_nothing(ListChannels()),
)

NAMES = Command(
    name="names",
    aliases=("members",),
    usage="/names [#CHANNEL]",
    summary="show who is in a channel",
    detail="Without a channel it is the one here. Members who are offline are shown too.",
    family=Family.CHANNEL,
    parse=_names,
    arguments=(Argument.CHANNEL,),
)
