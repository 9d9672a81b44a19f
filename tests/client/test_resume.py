"""Back after any time away: everything that was missed can be had, once, while others go on talking."""

from collections.abc import Iterator

import pytest

from chat.client.cache import CachedTalk
from chat.client.catch_up import CatchUp, CatchUpPolicy, Forwards, NewestFirst
from chat.client.changes import EntriesAdded
from chat.client.timeline import Gap, Timeline
from chat.protocol.codec import ServerFrame
from chat.protocol.replies import SyncResult
from tests.support.simulated_log import WHERE, SimulatedLog
from tests.support.states import general, knowing

PAGE = 10
HAD = 7

MISSED = [0, 1, PAGE - 1, PAGE, PAGE + 1, 12 * PAGE + 3]
"""From nothing over one page to many."""


class Traveller:
    """A client that had some entries, was away, and is back under live traffic.

    Args:
        policy: what it fetches by itself.
        missed: how many entries came while it was away.
        talk: how many come live while each page is on its way.
        gone: how many of the oldest the server has dropped by then.
        going: how many more it drops with every page.
    """

    def __init__(self, policy: CatchUpPolicy, missed: int, *, talk: int = 0, gone: int = 0, going: int = 0):
        self.log = SimulatedLog()
        self.state = knowing(self.log.record())
        self.told: list[int] = []
        self._catch_up = CatchUp(policy)
        self._catch_up.show([WHERE])
        self._talk, self._going = talk, going
        for _ in range(HAD):
            self.hear(self.log.say())
        self.state.link_lost()
        for _ in range(missed):
            self.log.say()
        self.log.first += gone
        self.hear(SyncResult(id="1", conversations=(self.log.record(),)))

    @property
    def timeline(self) -> Timeline:
        """What it knows."""
        return general(self.state).timeline

    def travel(self) -> int:
        """Fetch until the policy has enough; give how many pages that took."""
        self._catch_up.begin([WHERE])
        pages = 0
        while (page := self._catch_up.next_page(self.state.conversations, now=0)) is not None:
            answer = self.log.page(PAGE, before=page.before, after=page.after)
            for _ in range(self._talk if pages < 20 else 0):
                self.hear(self.log.say())
            self.hear(answer)
            self._catch_up.answered(self.state.conversations, None, now=0)
            self._catch_up.consider([WHERE])
            self.log.first = min(self.log.first + self._going, self.log.last)
            pages += 1
            assert pages < 100, "it asks for ever"
        return pages

    def scroll_up(self) -> None:
        """Look at every gap that can be filled, the newest first."""
        while wanted := [gap for gap in self._all_gaps() if not gap.gone]:
            self.hear(self.log.page(PAGE, before=wanted[-1].last + 1))

    def _all_gaps(self) -> Iterator[Gap]:
        if (older := self.timeline.older()) is not None:
            yield older
        yield from self.timeline.gaps()

    def hear(self, frame: ServerFrame) -> None:
        """Something of the server arrives."""
        for change in self.state.apply(frame):
            if isinstance(change, EntriesAdded):
                self.told += [entry.number for entry in change.entries]


@pytest.mark.parametrize("talk", [0, 1, PAGE + 2])
@pytest.mark.parametrize("missed", MISSED)
def test_who_skips_nothing_gets_everything_once(missed: int, talk: int) -> None:
    """However much it is and whatever is said meanwhile, in as few pages as it takes."""
    client = Traveller(Forwards(), missed, talk=talk)
    pages = client.travel()
    assert client.timeline.gaps() == ()
    assert sorted(client.told) == list(range(1, client.log.last + 1))
    assert tuple(client.timeline.between(1, client.log.last)) == client.log.present()
    assert pages <= -(-missed // PAGE)


@pytest.mark.parametrize("talk", [0, 1, PAGE + 2])
@pytest.mark.parametrize("missed", MISSED)
def test_a_screen_gets_the_newest_and_one_gap_that_fills(missed: int, talk: int) -> None:
    """What is between what it had and what it shows is named exactly, and nothing else is missing."""
    client = Traveller(NewestFirst(PAGE), missed, talk=talk)
    assert client.travel() <= 1
    left = missed - PAGE
    assert client.timeline.gaps() == ((Gap(HAD + 1, HAD + left),) if left > 0 else ())
    client.scroll_up()
    assert sorted(client.told) == list(range(1, client.log.last + 1))
    assert tuple(client.timeline.between(1, client.log.last)) == client.log.present()
    assert general(client.state).record == client.log.record()


@pytest.mark.parametrize("policy", [Forwards(), NewestFirst(PAGE)])
@pytest.mark.parametrize("going", [0, 3, PAGE + 5])
def test_what_the_server_dropped_is_named_and_the_rest_is_had(policy: CatchUpPolicy, going: int) -> None:
    """Before the return and while pages are fetched; what can't be had is never asked for again."""
    client = Traveller(policy, 5 * PAGE, talk=1, gone=HAD + 4, going=going)
    client.travel()
    client.scroll_up()
    had = set(client.told)
    assert len(had) == len(client.told)
    gone = set(range(1, client.log.last + 1)) - had
    named = {number for gap in client.timeline.gaps() for number in range(gap.first, gap.last + 1)}
    assert named == gone
    assert all(gap.gone for gap in client.timeline.gaps())
    assert set(range(HAD + 1, HAD + 5)) <= gone
    assert gone <= set(range(HAD + 1, client.log.first))


def test_messages_below_an_open_gap_stand_as_they_were_seen_last() -> None:
    """What was changed inside the gap is not known; live changes show at once, and filling puts all right."""
    client = Traveller(NewestFirst(PAGE), 0)
    log = client.log
    client.state.link_lost()
    hidden = log.edit(1, "changed while away")
    for _ in range(3 * PAGE):
        log.say()
    client.hear(SyncResult(id="1", conversations=(log.record(),)))
    client.travel()
    assert client.timeline.gaps() == (Gap(hidden.number, hidden.number + 2 * PAGE),)
    assert getattr(client.timeline.get(1), "text", "") == "hi"
    client.hear(log.react(1))
    assert getattr(client.timeline.get(1), "text", "") == "hi"
    assert getattr(client.timeline.get(1), "reactions", ()) != ()
    client.scroll_up()
    assert client.timeline.get(1) == log.kept[0]


def test_an_earlier_run_is_recalled_up_to_its_newest_hole() -> None:
    """A message below a hole may show later changes without those inside, and would never get these."""
    log = SimulatedLog()
    seen = [log.say()]
    log.react(1, "🎉")
    seen += [log.react(1), log.say()]
    earlier = Traveller(NewestFirst(PAGE), 0)
    earlier.state.conversations.forget_all()
    earlier.state.conversations.recall([CachedTalk(log.record(), tuple(seen))])
    assert [entry.number for entry in earlier.timeline.between(1, 4)] == [3, 4]
    earlier.log = log
    earlier.scroll_up()
    assert tuple(earlier.timeline.between(1, 4)) == log.present()
