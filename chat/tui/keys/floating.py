"""The keys of what floats over a talk: menus, lists, typing a password. Values only, safe on any thread."""

from dataclasses import replace

from chat.tui.keys.binding import KeyBinding

DEEDS = (
    KeyBinding("message.edit", "e", "act('message.edit')", "give it another text", "/edit", "edit"),
    KeyBinding("message.delete", "d", "act('message.delete')", "delete it; asks first", "/delete", "delete"),
    KeyBinding(
        "message.react", "plus", "act('message.react')", "react, or take that back", "/react", "react"
    ),
    KeyBinding("message.pin", "p", "act('message.pin')", "pin it, or unpin it", "/pin, /unpin", "pin"),
    KeyBinding("message.copy", "y", "act('message.copy')", "copy its text", label="copy"),
    KeyBinding(
        "message.details", "i", "act('message.details')", "who, when, how far it came", label="details"
    ),
    KeyBinding(
        "message.again", "s", "act('message.again')", "send one that failed again", label="send again"
    ),
    KeyBinding(
        "message.back",
        "b",
        "act('message.back')",
        "put one that failed back into the line",
        label="put back",
    ),
    KeyBinding("message.drop", "x", "act('message.drop')", "drop one that was not sent", label="drop"),
)

MENU = (
    KeyBinding("menu.take", "enter", "take", "do what is marked", label="do it"),
    KeyBinding("menu.up", "up,k", "move(-1)", "up"),
    KeyBinding("menu.down", "down,j", "move(1)", "down", label="choose"),
    *(replace(entry, id=entry.id.replace("message", "menu"), listed=False, label="") for entry in DEEDS),
    KeyBinding("menu.leave", "escape", "leave", "do nothing", label="back"),
)

REACTION = (
    KeyBinding(
        "reaction.give", "enter", "give", "give what is typed or marked, or take it back", label="give"
    ),
    KeyBinding("reaction.up", "up", "move(-1)", "up", urgent=True),
    KeyBinding("reaction.down", "down", "move(1)", "down", label="choose", urgent=True),
    KeyBinding("reaction.leave", "escape", "leave", "give none", label="none", urgent=True),
)

PINS = (
    KeyBinding("pins.go", "enter", "go", "show it in the talk", label="show it"),
    KeyBinding("pins.up", "up,k", "move(-1)", "up"),
    KeyBinding("pins.down", "down,j", "move(1)", "down", label="choose"),
    KeyBinding("pins.leave", "escape", "leave", "stay here", label="stay"),
)

DETAILS = (
    KeyBinding("details.close", "escape,enter,i,q", "close", "close the details", label="close"),
    KeyBinding("details.up", "up,k", "scroll(-1)", "a line up"),
    KeyBinding("details.down", "down,j", "scroll(1)", "a line down", label="scroll"),
)

MEMBER = (
    KeyBinding("member.take", "enter", "take", "do what is marked", label="do it"),
    KeyBinding("member.up", "up", "move(-1)", "up"),
    KeyBinding("member.down", "down", "move(1)", "down", label="choose"),
    KeyBinding("member.whois", "w", "act('member.whois')", "what is known of them", "/whois"),
    KeyBinding("member.message", "m", "act('member.message')", "write to them alone", "/query"),
    KeyBinding("member.mention", "at", "act('member.mention')", "put their nick into the line"),
    KeyBinding("member.invite", "i", "act('member.invite')", "invite them elsewhere", "/invite"),
    KeyBinding("member.kick", "k", "act('member.kick')", "take them out; asks why", "/kick"),
    KeyBinding("member.ban", "b", "act('member.ban')", "keep them out; asks for how long and why", "/ban"),
    KeyBinding("member.mute", "u", "act('member.mute')", "keep them from writing, or no more", "/mute"),
    KeyBinding("member.op", "o", "act('member.op')", "make them an operator, or no more", "/op, /deop"),
    KeyBinding("member.leave", "escape", "leave", "do nothing", label="back"),
)

PANEL = (
    KeyBinding("panel.take", "enter", "take", "log out, lift or switch what is marked", label="change"),
    KeyBinding("panel.up", "up,k", "move(-1)", "up"),
    KeyBinding("panel.down", "down,j", "move(1)", "down", label="choose"),
    KeyBinding("panel.all", "a", "all", "log out all other devices", "/logout", "all others"),
    KeyBinding("panel.leave", "escape,q", "leave", "go back", label="back"),
)

PASSWORD = (
    KeyBinding("password.send", "enter", "send", "the next field, then done", label="done"),
    KeyBinding(
        "password.show", "ctrl+t", "show", "show what is typed, or hide it", label="show", urgent=True
    ),
    KeyBinding("password.next", "tab,down", "turn(1)", "the next field", label="next field", urgent=True),
    KeyBinding("password.previous", "shift+tab,up", "turn(-1)", "the field before", urgent=True),
    KeyBinding("password.leave", "escape", "leave", "do nothing", label="back", urgent=True),
)
