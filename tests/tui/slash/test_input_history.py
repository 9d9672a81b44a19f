"""Recalling what one wrote: nothing typed on the way is lost."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chat.tui.slash.input_history import MOST_KEPT, InputHistory


def test_older_and_newer_walk_through_what_was_written() -> None:
    """Up goes back in time, Down forward, and both stop at the ends."""
    history = InputHistory(["one", "two"])
    assert history.older("") == "two"
    assert history.older("two") == "one"
    assert history.older("one") is None
    assert history.newer("one") == "two"
    assert history.newer("two") == ""
    assert history.newer("") is None


def test_the_draft_is_there_again_after_going_up_and_down() -> None:
    """An unsent text survives any look at older ones."""
    history = InputHistory(["one"])
    assert history.older("half a thou") == "one"
    assert history.newer("one") == "half a thou"


def test_changes_of_a_recalled_text_stay_until_something_is_sent() -> None:
    """What was changed on the way is found again, and forgotten with the next message."""
    history = InputHistory(["one", "two"])
    history.older("")
    assert history.older("two changed") == "one"
    assert history.newer("one") == "two changed"
    history.add("three")
    assert history.texts == ("one", "two", "three")
    assert history.older("") == "three"
    assert history.older("three") == "two"


def test_the_same_text_again_is_kept_once() -> None:
    """Repeating oneself does not fill the history; saying it again later does count."""
    history = InputHistory()
    for text in ["yes", "yes", "no", "yes"]:
        history.add(text)
    assert history.texts == ("yes", "no", "yes")


def test_white_space_is_not_kept() -> None:
    """There is nothing to recall in it."""
    history = InputHistory()
    history.add(" \n")
    assert history.texts == ()


def test_an_empty_history_recalls_nothing() -> None:
    """Both ways end at once."""
    assert InputHistory().older("draft") is None
    assert InputHistory().newer("draft") is None


@given(st.integers(0, 3))
def test_only_the_newest_are_kept(more: int) -> None:
    """The oldest go when there are too many, whether read from disk or added."""
    texts = [str(number) for number in range(MOST_KEPT + more)]
    history = InputHistory(texts)
    assert history.texts == tuple(texts[-MOST_KEPT:])
    history.add("new")
    assert len(history.texts) == MOST_KEPT
    assert history.texts[-1] == "new"


class Browsing(RuleBasedStateMachine):
    """Walks about, edits and sends; the model is a list with the unsent line at its end."""

    @initialize(texts=st.lists(st.text("ab", min_size=1), max_size=4))
    def begin(self, texts: list[str]) -> None:
        """Start at the unsent line."""
        self.history = InputHistory(texts)
        self.lines = [*texts, ""]
        self.sent = list(texts)
        self.place = len(texts)

    @rule(text=st.text("ab "))
    def edit(self, text: str) -> None:
        """Change the line one is at."""
        self.lines[self.place] = text

    @precondition(lambda self: self.place > 0)
    @rule()
    def up(self) -> None:
        """The older line is as it was left."""
        assert self.history.older(self.lines[self.place]) == self.lines[self.place - 1]
        self.place -= 1

    @precondition(lambda self: self.place + 1 < len(self.lines))
    @rule()
    def down(self) -> None:
        """The newer line is as it was left."""
        assert self.history.newer(self.lines[self.place]) == self.lines[self.place + 1]
        self.place += 1

    @rule()
    def send(self) -> None:
        """The line is kept, the changes of others are not."""
        text = self.lines[self.place]
        self.history.add(text)
        if text.strip() and self.sent[-1:] != [text]:
            self.sent.append(text)
        self.lines = [*self.sent, ""]
        self.place = len(self.sent)
        assert self.history.texts == tuple(self.sent)


TestBrowsing = Browsing.TestCase
