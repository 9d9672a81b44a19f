"""A client that runs for months: what nobody looks at is let go, and comes back when somebody does."""

from chat.client.catch_up import Forwards, NewestFirst
from chat.client.changes import EntriesAdded, EntriesForgotten, LinkChanged, Phase
from chat.client.conversation import ConversationState
from chat.client.core import ClientCore
from chat.client.outbox import Outbox
from chat.protocol.replies import HelloResult, HistoryResult, SyncResult
from chat.protocol.requests import Hello, History, Sync
from tests.support.clock import FakeClock
from tests.support.frames import channel, message, welcome
from tests.support.states import ANN, general

KEPT = 20
MANY = range(1, 101)


def client(policy: NewestFirst | Forwards) -> ClientCore:
    """The core of Ann's client in an empty channel."""
    core = ClientCore(FakeClock(), Outbox(), policy, lambda: None)
    core.receive([welcome()])
    core.ask(Hello, greeting=True, nick="ann", token="ab" * 32, version_min=1, version_max=1)
    core.ask(Sync, greeting=True)
    hello, sync = core.take_outgoing()
    core.receive([HelloResult(id=hello.id, version=1, user=ANN, device="d")])
    core.receive([SyncResult(id=sync.id, conversations=(channel(last=0),))])
    core.opened(LinkChanged(Phase.OPEN))
    core.take_outgoing()
    return core


def known(core: ClientCore) -> ConversationState:
    """What it knows of the channel."""
    return general(core.state)


def test_of_what_nobody_looks_at_the_newest_stays() -> None:
    """Memory is bounded however long it goes on; counts are not touched by it."""
    core = client(NewestFirst(kept=KEPT))
    for number in MANY:
        core.receive([message(number, who="ben")])
        assert len(known(core).timeline) <= KEPT + KEPT // 4
    timeline = known(core).timeline
    assert list(timeline.between(80, 100)) == [message(number, who="ben") for number in range(80, 101)]
    assert timeline.gaps() == ()
    assert known(core).record.unread == 100


def test_what_was_let_go_is_told_as_older_and_can_be_had_again() -> None:
    """Who scrolls up gets it from the server, as new."""
    core = client(NewestFirst(kept=KEPT))
    core.receive([message(number) for number in MANY])
    older = known(core).timeline.older()
    assert older is not None
    assert (older.first, older.last) == (1, 100 - len(known(core).timeline))
    core.show(("c-general",))
    core.take_outgoing()
    core.ask(History, target="c-general", before=older.last + 1)
    [asked] = core.take_outgoing()
    page = tuple(message(number) for number in range(1, older.last + 1))
    core.receive([HistoryResult(id=asked.id, conversation="c-general", entries=page, first=1, last=100)])
    assert known(core).timeline.older() is None
    assert len(known(core).timeline) == 100


def test_what_is_shown_is_kept_until_it_is_shown_no_more() -> None:
    """The rows of it are on the screen."""
    core = client(NewestFirst(kept=KEPT))
    core.show(("c-general",))
    for number in MANY:
        core.receive([message(number)])
    assert len(known(core).timeline) == 100
    core.show(())
    assert len(known(core).timeline) == KEPT


def test_what_is_let_go_is_told_in_its_place() -> None:
    """Behind the entries that made it too many, and when it is shown no more; once each."""
    core = client(NewestFirst(kept=KEPT))
    core.take_news()
    core.receive([message(number) for number in range(1, 27)])
    news = [each for each in core.take_news() if isinstance(each, EntriesAdded | EntriesForgotten)]
    assert isinstance(news[-2], EntriesAdded)
    assert news[-2].entries[-1].number == 26
    assert [each for each in news if isinstance(each, EntriesForgotten)] == [EntriesForgotten("c-general", 7)]
    core.show(("c-general",))
    core.receive([message(number) for number in range(27, 101)])
    core.show(())
    core.show(())
    told = [each for each in core.take_news() if isinstance(each, EntriesForgotten)]
    assert told == [EntriesForgotten("c-general", 81)]


def test_who_reads_everything_forgets_by_themself() -> None:
    """Nothing may be gone before it was read; what is forgotten is not asked for again."""
    core = client(Forwards())
    core.receive([message(number) for number in MANY])
    assert len(known(core).timeline) == 100
    known(core).forget_below(90)
    core.receive([message(101)])
    assert core.take_outgoing() == []
    assert known(core).timeline.reaches(known(core).anchor) == 101
