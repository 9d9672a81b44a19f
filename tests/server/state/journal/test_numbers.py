"""Rule 4: numbers are dense, only what is stored uses one, and send ids are looked up by one query."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from chat.ids import SendId, UserId
from chat.protocol.requests import History, Join, Part, Send
from chat.server.ports import Answered
from tests.support.faulty_store import Fault
from tests.support.hub import Hub


def test_refused_and_repeated_items_use_no_number() -> None:
    """In the middle of a batch neither."""
    hub = Hub()
    ann = hub.guest("ann")
    kept = hub.request(Send, target="#general", text="kept")
    hub.give(ann, kept)
    hub.submit(ann, Send, target="#nowhere", text="refused")
    hub.give(ann, kept)
    hub.submit(ann, Send, target="#general", text="next")
    hub.settle()
    entries = hub.ask(ann, History, target="#general").entries
    assert [entry.number for entry in entries] == [1, 2, 3, 4]


def test_a_failed_batch_uses_no_number() -> None:
    """The next one takes what it would have taken."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.REFUSED, Fault.REFUSED)
    for _ in range(2):
        hub.ask(ann, Join, target="#tea")
    assert hub.ask(ann, Join, target="#tea").number == 2


def test_conversations_count_each_for_itself() -> None:
    """Within one batch."""
    hub = Hub()
    ann = hub.guest("ann")
    for name in ("#tea", "#sea"):
        hub.ask(ann, Join, target=name)
    answers = [hub.submit(ann, Send, target=name, text="hi") for name in ("#tea", "#sea", "#tea")]
    hub.settle()
    assert [answer.reply.number for answer in answers] == [3, 3, 4]


def test_a_batch_looks_its_send_ids_up_by_one_query() -> None:
    """However many there are; without any there is none."""
    hub = Hub()
    ann = hub.guest("ann")
    asked: list[int] = []
    answered = hub.store.answered

    def counted(keys: Sequence[tuple[UserId, SendId]]) -> Mapping[tuple[UserId, SendId], Answered]:
        asked.append(len(keys))
        return answered(keys)

    hub.store.answered = counted  # type: ignore[method-assign]
    for number in range(20):
        hub.submit(ann, Send, target="#general", text=f"{number}")
    hub.settle()
    hub.guest("bob")
    assert asked == [20]


@given(
    plan=st.lists(
        st.tuples(
            st.sampled_from(["send", "join", "part", "again", "refuse", "fail", "lose", "work"]),
            st.sampled_from(["#general", "#tea"]),
        ),
        max_size=40,
    )
)
def test_the_log_is_dense_whatever_happens(plan: list[tuple[str, str]]) -> None:
    """With commits that fail, or only seem to, at any moment."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    kept = hub.request(Send, target="#general", text="kept")
    for what, target in plan:
        does: dict[str, Callable[[], object]] = {
            "send": partial(hub.submit, ann, Send, target=target, text="hi"),
            "join": partial(hub.submit, bob, Join, target=target),
            "part": partial(hub.submit, bob, Part, target=target),
            "again": partial(hub.give, ann, kept),
            "refuse": partial(hub.submit, bob, Send, target="#nowhere", text="hi"),
            "fail": partial(hub.store.switch.fail_next, Fault.REFUSED),
            "lose": partial(hub.store.switch.fail_next, Fault.OUTCOME_UNKNOWN),
            "work": hub.work,
        }
        does[what]()
    hub.settle()
    for state in hub.store.load().conversations:
        log = hub.store.page(state.id, limit=10_000, limit_bytes=1 << 30)
        assert [entry.number for entry in log] == list(range(1, state.last + 1))
