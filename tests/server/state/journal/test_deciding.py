"""Rule 1: one place decides, item by item, each seeing what came before it."""

from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error, JoinResult, SendResult
from chat.protocol.requests import ChangeNick, CreateChannel, History, Join, Part, Send, SetTopic
from chat.server.domain.model import Decision
from chat.server.state.journal.change import Change, request_hash
from tests.support.hub import Hub, send_id_of


def test_a_known_send_id_gets_its_first_answer() -> None:
    """Word for word, but for the id of the request; nothing is added."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Send, target="#general", text="once")
    first = hub.ask_again(ann, request)
    again = hub.ask_again(ann, hub.request(Send, target="#general", text="once", send_id=send_id_of(request)))
    assert isinstance(first, SendResult)
    assert isinstance(again, SendResult)
    assert (again.number, again.timestamp, again.text) == (first.number, first.timestamp, first.text)
    assert hub.ask(ann, History, target="#general").last == first.number


def test_a_known_send_id_is_known_after_a_restart() -> None:
    """It is stored with what it did."""
    hub = Hub()
    ann = hub.guest("ann", "a" * 64)
    request = hub.request(Send, target="#general", text="once")
    first = hub.ask_again(ann, request)
    restarted = Hub(hub.store.inside, hub.clock)
    again = restarted.ask_again(restarted.guest("ann", "a" * 64), request)
    assert again == first


def test_a_send_id_with_another_request_is_a_conflict() -> None:
    """In the same batch as in a later one; the first stays as it is."""
    hub = Hub()
    ann = hub.guest("ann")
    first = hub.request(Send, target="#general", text="one")
    other = hub.request(Send, target="#general", text="another", send_id=send_id_of(first))
    sent, conflict = hub.give(ann, first), hub.give(ann, other)
    hub.settle()
    later = hub.ask_again(ann, other)
    assert isinstance(sent.reply, SendResult)
    for refused in (conflict.reply, later):
        assert isinstance(refused, Error)
        assert (refused.code, refused.field, refused.retryable) == (ErrorCode.CONFLICT, "send_id", False)
    assert hub.ask(ann, History, target="#general").entries[-1].text == "one"


def test_a_send_id_is_unique_per_user_only() -> None:
    """Two people may choose the same one."""
    hub = Hub()
    request = hub.request(Send, target="#general", text="hello")
    numbers = [hub.ask_again(hub.guest(nick), request).number for nick in ("ann", "bob")]
    assert len(set(numbers)) == 2


def test_a_repetition_in_the_same_batch_gets_the_first_answer() -> None:
    """Before anything of it is stored."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Send, target="#general", text="once")
    answers = [hub.give(ann, request) for _ in range(3)]
    hub.settle()
    assert len({answer.reply for answer in answers}) == 1


def test_a_retry_never_changes_state() -> None:
    """A repeated join after one has left again does not join."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Join, target="#tea")
    first = hub.ask_again(ann, request)
    hub.ask(ann, Part, target="#tea")
    again = hub.ask_again(ann, request)
    assert isinstance(first, JoinResult)
    assert isinstance(again, JoinResult)
    assert again.number == first.number
    assert again.entries == ()
    refused = hub.ask(ann, Send, target="#tea", text="am I in?")
    assert refused.code is ErrorCode.NOT_MEMBER


def test_a_refused_request_does_not_use_its_send_id_up() -> None:
    """The same id may be used once the reason is gone, for another request too."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Send, target="#tea", text="hello")
    assert hub.ask_again(ann, request).code is ErrorCode.UNKNOWN_CONVERSATION
    hub.ask(ann, Join, target="#tea")
    assert isinstance(hub.ask_again(ann, request), SendResult)


def test_the_second_item_of_a_batch_sees_the_first() -> None:
    """Names, nicks and memberships that are not stored yet count."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    made = hub.submit(ann, CreateChannel, name="#tea")
    late = hub.submit(bob, CreateChannel, name="#Tea")
    renamed = hub.submit(ann, ChangeNick, nick="anna")
    taken = hub.submit(bob, ChangeNick, nick="ann")
    hub.settle()
    assert not isinstance(made.reply, Error)
    assert isinstance(late.reply, Error)
    assert late.reply.code is ErrorCode.CHANNEL_EXISTS
    assert not isinstance(renamed.reply, Error)
    assert not isinstance(taken.reply, Error)


def test_a_pipelined_join_then_send_works() -> None:
    """Nobody has to wait for the answer to the join."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.submit(ann, Join, target="#tea")
    said = hub.submit(ann, Send, target="#tea", text="hello")
    hub.settle()
    assert isinstance(said.reply, SendResult)
    assert said.reply.number == 3


def test_a_revoked_right_bites_on_what_still_waits() -> None:
    """What was asked while one was a member is decided when one is none."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, Join, target="#tea")
    phone = hub.second_device(ann)
    hub.submit(phone, Part, target="#tea")
    said = hub.submit(ann, Send, target="#tea", text="still in?")
    topic = hub.submit(ann, SetTopic, target="#tea", topic="mine")
    hub.settle()
    for answer in (said, topic):
        assert isinstance(answer.reply, Error)
        assert answer.reply.code is ErrorCode.NOT_MEMBER


def test_a_broken_rule_costs_only_its_own_request() -> None:
    """Its sender gets an error with a trace; the others of the batch are stored."""
    hub = Hub()
    ann = hub.guest("ann")
    answers: list[object] = []

    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    hub.queue.put(Change(decide=broken, answer=answers.append))  # type: ignore[arg-type]
    said = hub.submit(ann, Send, target="#general", text="hello")
    hub.settle()
    assert isinstance(said.reply, SendResult)
    (refused,) = answers
    assert getattr(refused, "code", None) is ErrorCode.INTERNAL_ERROR
    assert getattr(refused, "trace", "")


def test_a_broken_answer_keeps_no_other_from_theirs() -> None:
    """The journal goes on."""
    hub = Hub()
    ann = hub.guest("ann")

    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    said = [hub.submit(ann, Send, target="#general", text="one")]
    hub.queue.put(Change(decide=lambda _: Decision(), answer=broken))
    said.append(hub.submit(ann, Send, target="#general", text="two"))
    hub.settle()
    assert all(isinstance(answer.reply, SendResult) for answer in said)


def test_two_requests_are_the_same_when_all_but_their_id_is() -> None:
    """A field left out equals its default; a target counts as it was written."""
    hub = Hub()
    one = hub.request(Send, target="#general", text="hello", send_id="same-send")
    same = hub.request(Send, target="#general", text="hello", send_id="same-send", action=False)
    spelled = hub.request(Send, target="#General", text="hello", send_id="same-send")
    assert isinstance(one, Send)
    assert isinstance(same, Send)
    assert isinstance(spelled, Send)
    assert one.id != same.id
    assert request_hash(one) == request_hash(same) != request_hash(spelled)


def test_requests_of_different_kinds_are_never_the_same() -> None:
    """Though all their fields are."""
    hub = Hub()
    join = hub.request(Join, target="#tea", send_id="same-send")
    part = hub.request(Part, target="#tea", send_id="same-send")
    assert isinstance(join, Join)
    assert isinstance(part, Part)
    assert request_hash(join) != request_hash(part)
