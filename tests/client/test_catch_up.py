"""Which page comes next: followed to its end, each policy gives its owner what it promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.catch_up import RETRY_SECONDS, CatchUp, CatchUpPolicy, Forwards, NewestFirst, Page
from chat.client.conversations import Conversations
from chat.client.people import People
from chat.client.timeline import Gap
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry
from tests.support.frames import channel, message

PAGE = 7


def known(last: int, *live: int, name: str = "general") -> Conversations:
    """One conversation at its first sync, and entries that came live before or after it."""
    conversations = Conversations(People())
    add(conversations, last, *live, name=name)
    return conversations


def add(conversations: Conversations, last: int, *live: int, name: str = "general") -> None:
    """One more conversation."""
    conversations.put(channel(name, last=last))
    for number in live:
        conversations.live(message(number, where=f"c-{name}"))


def log_page(page: Page, last: int) -> tuple[AnyEntry, ...]:
    """What a server gives for a page of a log that goes from 1 to `last`."""
    if page.before is not None:
        numbers = range(max(1, page.before - PAGE), page.before)
    else:
        numbers = range((page.after or 0) + 1, min(last, (page.after or 0) + PAGE) + 1)
    return tuple(message(number, where=page.conversation) for number in numbers)


def follow(policy: CatchUpPolicy, conversations: Conversations, last: int, *shown: str) -> list[Page]:
    """Ask for pages until none is wanted; give what was asked for."""
    catch_up = CatchUp(policy)
    catch_up.show(shown)
    catch_up.begin(each.record.conversation for each in conversations)
    asked = []
    while (page := catch_up.next_page(conversations, now=0)) is not None:
        asked.append(page)
        conversations.take(page.conversation, log_page(page, last), live=False)
        catch_up.answered(conversations, None, now=0)
        assert len(asked) < 200, "it asks for ever"
    return asked


@given(had=st.integers(0, 30), missed=st.integers(0, 60), live=st.sets(st.integers(1, 10), max_size=4))
def test_forwards_ends_with_everything_since_the_anchor(had: int, missed: int, live: set[int]) -> None:
    """Nothing is skipped and nothing is asked for that is here, whatever came live in between."""
    conversations = known(had)
    newest = had + missed + (max(live) if live else 0)
    conversations.link_lost()
    conversations.put(channel(last=had + missed))
    for number in live:
        conversations.live(message(had + missed + number))
    asked = follow(Forwards(), conversations, newest)
    conversation = conversations.get("c-general")
    assert conversation is not None
    assert conversation.timeline.reaches(had) == newest
    positions = [page.after or 0 for page in asked]
    assert positions == sorted(set(positions))
    assert len(asked) <= (missed + 10) // PAGE + 1


@given(last=st.integers(0, 50), live=st.integers(0, 5))
def test_newest_first_asks_for_one_page_of_what_is_shown(last: int, live: int) -> None:
    """The newest, and only where it is not here."""
    conversations = known(last, *range(last + 1, last + live + 1))
    asked = follow(NewestFirst(PAGE), conversations, last + live, "c-general")
    assert asked == ([Page("c-general", before=last + 1)] if last > 0 else [])


def test_newest_first_fills_what_was_missed_though_newer_entries_came_live() -> None:
    """After a cut, what others say at once must not hide the hole before it: no one would look for it."""
    conversations = known(0, 1, 2, 3)
    conversations.link_lost()
    conversations.put(channel(last=5))
    conversations.live(message(6))
    conversations.live(message(7))
    assert follow(NewestFirst(PAGE), conversations, 7, "c-general") == [Page("c-general", before=6)]
    conversation = conversations.get("c-general")
    assert conversation is not None
    assert conversation.timeline.gaps() == ()


def test_newest_first_leaves_what_is_not_shown_alone() -> None:
    """Hundreds of channels cost nothing until somebody looks."""
    assert follow(NewestFirst(), known(50), 50, "c-other") == []


def test_newest_first_leaves_a_gap_behind_the_newest_page() -> None:
    """Somebody who scrolls up fills it."""
    conversations = known(0, 1, 2)
    conversations.link_lost()
    conversations.put(channel(last=50))
    follow(NewestFirst(PAGE), conversations, 50, "c-general")
    conversation = conversations.get("c-general")
    assert conversation is not None
    assert conversation.timeline.gaps() == (Gap(3, 50 - PAGE),)


def test_forwards_does_not_ask_for_what_the_server_has_no_more() -> None:
    """It goes on with the oldest that can be had."""
    conversations = known(3)
    conversations.link_lost()
    conversations.put(channel(last=30, first=20))
    assert follow(Forwards(), conversations, 30)[0] == Page("c-general", after=19)


def test_what_is_shown_comes_first() -> None:
    """A person looks at it and waits."""
    conversations = known(0, name="a")
    for name in ("b", "c"):
        add(conversations, 0, name=name)
    conversations.link_lost()
    for name in ("a", "b", "c"):
        conversations.put(channel(name, last=3))
    asked = follow(Forwards(), conversations, 3, "c-c")
    assert [page.conversation for page in asked] == ["c-c", "c-a", "c-b"]


def test_one_page_is_under_way_at_a_time() -> None:
    """So that what people say never waits behind a long catching up."""
    conversations = known(5)
    catch_up = CatchUp(NewestFirst())
    catch_up.show(["c-general"])
    assert catch_up.next_page(conversations, now=0) is not None
    catch_up.consider(["c-general"])
    assert catch_up.next_page(conversations, now=0) is None


def test_a_refusal_that_may_be_retried_holds_everything_up_for_its_wait() -> None:
    """The server asked for quiet, not only for this page."""
    conversations = known(5)
    catch_up = CatchUp(NewestFirst())
    catch_up.show(["c-general"])
    page = catch_up.next_page(conversations, now=10)
    catch_up.answered(conversations, Refused(ErrorCode.OVERLOADED, retry_after_ms=2500), now=11)
    assert catch_up.next_try() == 13.5
    assert catch_up.next_page(conversations, now=13) is None
    assert catch_up.next_page(conversations, now=13.5) == page
    assert catch_up.next_try() is None
    catch_up.answered(conversations, Refused(ErrorCode.OVERLOADED), now=14)
    assert catch_up.next_try() == 14 + RETRY_SECONDS


def test_a_refusal_for_good_is_not_asked_again_before_the_next_connection() -> None:
    """Such as of a channel one was removed from; then it is tried anew."""
    conversations = known(5)
    catch_up = CatchUp(NewestFirst())
    catch_up.show(["c-general"])
    page = catch_up.next_page(conversations, now=0)
    catch_up.answered(conversations, Refused(ErrorCode.NOT_MEMBER), now=0)
    catch_up.consider(["c-general"])
    assert catch_up.next_page(conversations, now=0) is None
    catch_up.begin(["c-general"])
    assert catch_up.next_page(conversations, now=0) == page


def test_a_conversation_that_is_gone_is_passed_over() -> None:
    """One left it while it stood in line."""
    conversations = known(5)
    catch_up = CatchUp(NewestFirst())
    catch_up.show(["c-gone", "c-general"])
    page = catch_up.next_page(conversations, now=0)
    assert page is not None
    assert page.conversation == "c-general"


@pytest.mark.parametrize("policy", [NewestFirst(PAGE), Forwards()])
@pytest.mark.parametrize("answer", [(), (1, 2), (50,)])
def test_answers_that_bring_nothing_of_what_was_asked_for_end_the_asking(
    policy: CatchUpPolicy, answer: tuple[int, ...]
) -> None:
    """A server that answers nothing, the same for ever, or with ever more to come, is asked once a link."""
    conversations = known(0, 1, 2)
    conversations.link_lost()
    conversations.put(channel(last=60))
    catch_up = CatchUp(policy)
    catch_up.show(["c-general"])
    for _ in range(2):
        catch_up.begin(["c-general"])
        assert catch_up.next_page(conversations, now=0) is not None
        conversations.take("c-general", tuple(message(number) for number in answer), live=False)
        catch_up.answered(conversations, None, now=0)
        for number in (61, 62):
            conversations.live(message(number))
            catch_up.consider(["c-general"])
            assert catch_up.next_page(conversations, now=0) is None


def test_a_page_that_is_behind_what_came_live_does_not_end_the_asking() -> None:
    """It brought nothing new, but what it was asked for is here."""
    conversations = known(0, 1)
    conversations.link_lost()
    conversations.put(channel(last=20))
    catch_up = CatchUp(NewestFirst(50))
    catch_up.show(["c-general"])
    page = catch_up.next_page(conversations, now=0)
    assert page == Page("c-general", before=21)
    for _ in range(2):
        conversations.take("c-general", log_page(page, 20), live=False)
    catch_up.answered(conversations, None, now=0)
    assert catch_up.next_page(conversations, now=0) == Page("c-general", before=21 - PAGE)


def test_what_the_server_dropped_meanwhile_is_not_waited_for() -> None:
    """The answer tells that it begins later now; what is left is asked for all the same."""
    conversations = known(3)
    conversations.link_lost()
    conversations.put(channel(last=30))
    catch_up = CatchUp(Forwards())
    catch_up.begin(["c-general"])
    assert catch_up.next_page(conversations, now=0) == Page("c-general", after=3)
    conversation = conversations.get("c-general")
    assert conversation is not None
    conversation.timeline.set_bounds(20, 30)
    conversations.take("c-general", log_page(Page("c-general", after=19), 30), live=False)
    catch_up.answered(conversations, None, now=0)
    assert catch_up.next_page(conversations, now=0) == Page("c-general", after=26)
    assert conversation.timeline.gaps()[0] == Gap(27, 30)
