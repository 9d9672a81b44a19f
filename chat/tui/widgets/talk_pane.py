"""One talk with everything that belongs to it: topic, messages, who types, the line one writes.

The same widget shows a channel and, beside it, a private conversation. Called on the screen's thread.
"""

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from chat.tui.desk.deeds import Deed
from chat.tui.desk.talk import Editing, Talk
from chat.tui.desk.voice import FREE, Voice, objection
from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Row
from chat.tui.slash.actions import Action
from chat.tui.slash.complete import Vocabulary
from chat.tui.slash.input_history import InputHistory
from chat.tui.slash.preview import BodyLimit
from chat.tui.widgets.composer import Composer
from chat.tui.widgets.conversation_header import ConversationHeader
from chat.tui.widgets.edit_composer import EditComposer
from chat.tui.widgets.message_log import MessageLog
from chat.tui.widgets.selectable_log import SelectableLog
from chat.tui.widgets.typing_line import TypingLine


class TalkPane(Vertical):
    """Shows one talk at a time; `show` keeps the draft of the one before."""

    @dataclass
    class Submitted(Message):
        """A line is to be carried out in the pane's talk."""

        pane: "TalkPane"
        action: Action
        text: str

    @dataclass
    class PageWanted(Message):
        """The reader wants the entries below a number: there are older ones, or some are missing."""

        talk: Talk
        before: int

    @dataclass
    class Left(Message):
        """Esc in a line with nothing to close."""

        pane: "TalkPane"

    @dataclass
    class Saved(Message):
        """A message of the pane's talk is to have another text."""

        pane: "TalkPane"
        number: int
        text: str

    @dataclass
    class Acted(Message):
        """Something is to be done with a message; `deed` is None when one wants to choose what."""

        pane: "TalkPane"
        row: Row
        deed: Deed | None

    @dataclass
    class KeysChanged(Message):
        """Other keys matter now: another message is selected, or none, or one is edited no more."""

        pane: "TalkPane"

    @dataclass
    class Written(Message):
        """Somebody changed what stands in the line."""

        pane: "TalkPane"

    def __init__(self, vocabulary: Callable[[Talk | None], Vocabulary], *, id: str) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self.talk: Talk | None = None
        self.header = ConversationHeader()
        self.log_view = SelectableLog()
        self.typing = TypingLine()
        self.composer = EditComposer()
        self.composer.vocabulary = lambda: vocabulary(self.talk)
        self.composer.objection = lambda line: objection(line, self._voice)
        self._voice = FREE

    def compose(self) -> ComposeResult:
        """The talk from top to bottom."""
        yield self.header
        yield self.log_view
        yield self.typing
        yield self.composer

    def show(self, talk: Talk) -> None:
        """Show another talk, with its own draft and at the place where one read."""
        if talk is self.talk and talk.model is self.log_view.model:
            return
        self.keep_draft()
        self.talk = talk
        self._voice = FREE
        self.typing.show(())
        self.log_view.show(talk.model, empty_text(talk))
        self.composer.load(talk.draft, talk.history, _invitation(talk))
        if talk.editing is not None:
            self.composer.begin_edit(talk.editing.text)
        self.show_header()

    def clear(self, sentence: str = "", invitation: str = "") -> None:
        """Show no talk, and say why in the log's place, and in the line what can be written."""
        if self.talk is not None:
            self.keep_draft()
            self.talk = None
            self.typing.show(())
            self.header.show("")
            self._voice = FREE
            self.composer.load("", InputHistory(), invitation)
            self.composer.remove_class("-silent")
        self.composer.placeholder = Content(invitation)
        self.log_view.show(LogModel(), sentence)

    def show_header(self, note: str = "") -> None:
        """Show title and topic as they are now; `note` takes the topic's place for a person."""
        if self.talk is not None:
            record = self.talk.record
            self.header.show(self.talk.title, record.topic or note, len(record.pins))
            self._invite()

    def speak(self, voice: Voice) -> None:
        """Say in the line what one may write here for now."""
        if voice != self._voice:
            self._voice = voice
            self._invite()
            self.composer.judge_again()

    @property
    def hush(self) -> str:
        """What keeps one from writing here, in a few words; empty for nothing, and where it only waits."""
        return "" if self._voice.waits else self._voice.hush

    def _invite(self) -> None:
        """Say in an empty line whom one writes to, or why one can't; a person reads the same to the end."""
        if self.talk is not None:
            self.composer.placeholder = Content(self._voice.hush or _invitation(self.talk))
            self.composer.set_class(bool(self._voice.hush) and not self._voice.waits, "-silent")

    def keep_draft(self) -> None:
        """Put what stands in the line back to its talk."""
        if self.talk is None:
            return
        self.talk.draft = self.composer.draft
        if self.talk.editing is not None:
            self.talk.editing = Editing(self.talk.editing.number, self.composer.text)

    def edit(self, number: int, text: str) -> None:
        """Let a message be given another text; who is at that already goes on."""
        if self.talk is not None and (self.talk.editing is None or self.talk.editing.number != number):
            self.talk.editing = Editing(number, text)
            self.composer.begin_edit(text)
        self.composer.focus()
        self.post_message(self.KeysChanged(self))

    def end_edit(self) -> None:
        """The message has its text, or keeps it: go back to what one was writing."""
        if self.talk is not None:
            self.talk.editing = None
        self.composer.end_edit()
        self.post_message(self.KeysChanged(self))

    def limit(self, limit: BodyLimit) -> None:
        """Tell how long a message may be on this server."""
        self.composer.limit = limit

    @property
    def has_keys(self) -> bool:
        """Whether one writes here, or has selected a message here."""
        return self.composer.has_focus or self.log_view.has_focus

    @property
    def is_writing(self) -> bool:
        """Whether a new message, not a command, stands in the line."""
        if self.composer.is_editing:
            return False
        text = self.composer.draft
        return bool(text.strip()) and not text.startswith("/")

    @on(Composer.Submitted)
    def _line_submitted(self, event: Composer.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self, event.action, event.text))

    @on(Composer.EnteredNothing)
    def _nothing_entered(self, event: Composer.EnteredNothing) -> None:
        event.stop()
        self.log_view.action_fill_gap()

    @on(Composer.Left)
    def _line_left(self, event: Composer.Left) -> None:
        event.stop()
        self.post_message(self.Left(self))

    @on(EditComposer.Saved)
    def _edit_saved(self, event: EditComposer.Saved) -> None:
        event.stop()
        if self.talk is not None and self.talk.editing is not None:
            self.post_message(self.Saved(self, self.talk.editing.number, event.text))

    @on(EditComposer.EditLeft)
    def _edit_left(self, event: EditComposer.EditLeft) -> None:
        event.stop()
        if self.talk is not None:
            self.talk.editing = None
        self.post_message(self.KeysChanged(self))

    @on(SelectableLog.Wanted)
    def _deed_wanted(self, event: SelectableLog.Wanted) -> None:
        event.stop()
        self.post_message(self.Acted(self, event.row, event.deed))

    @on(SelectableLog.Selected)
    def _selected(self, event: SelectableLog.Selected) -> None:
        event.stop()
        self.post_message(self.KeysChanged(self))

    @on(SelectableLog.Left)
    def _selection_left(self, event: SelectableLog.Left) -> None:
        event.stop()
        self.composer.focus()

    @on(SelectableLog.CommandBegun)
    def _command_begun(self, event: SelectableLog.CommandBegun) -> None:
        event.stop()
        self.composer.begin_command()

    @on(TextArea.Changed)
    def _line_changed(self, event: TextArea.Changed) -> None:
        """Tell of what is written; a draft that comes back was not written now."""
        event.stop()
        if self.talk is not None and self.composer.draft != self.talk.draft:
            self.post_message(self.Written(self))

    @on(MessageLog.OlderWanted)
    def _older_wanted(self, event: MessageLog.OlderWanted) -> None:
        event.stop()
        if self.talk is not None and self.talk.model is event.model:
            self.post_message(self.PageWanted(self.talk, self.talk.first))
        else:  # another talk is shown by now; the wish will come again
            event.model.offer_older()

    @on(MessageLog.GapWanted)
    def _gap_wanted(self, event: MessageLog.GapWanted) -> None:
        """Ask from the newest end, which is nearest to what was read."""
        event.stop()
        if self.talk is not None and (gap := self.talk.gap(event.key)):
            self.post_message(self.PageWanted(self.talk, gap.last + 1))


def empty_text(talk: Talk) -> str:
    """Return what an empty talk says."""
    if talk.record.first > talk.record.last > 0:
        return f"What was said in {talk.title} is not kept here any more."
    if talk.record.last:
        return f"What was said in {talk.title} is on its way."
    if talk.is_channel:
        return f"Nothing was said in {talk.title} yet. Say hello!"
    return f"You and {_name(talk)} have not talked yet. Only the two of you read this."


def _invitation(talk: Talk) -> str:
    return f"write to {_name(talk)}"


def _name(talk: Talk) -> str:
    return talk.title.removeprefix("@")
