"""A fault at each step of each request that changes something: one true answer, and nothing half done.

However it goes wrong, what is published is what is stored, nobody was told of anything else, and the same
request again comes to exactly what it would have come to without the fault.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from chat.protocol import requests
from chat.protocol.answering import Reply
from chat.protocol.asking import Change, Request
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import AnyReply, Error
from chat.server.commands.table import COMMANDS
from chat.server.state.journal import publish, queue
from tests.support.faulty_store import Fault
from tests.support.trial import READING, SAMPLES, Sample, Trial, outcome

Step = Callable[[Trial, pytest.MonkeyPatch], AnyReply | None]
"""Asks once with the fault; returns the reply, or None where nobody was there to get one."""


class Wanted(Exception):
    """What breaks, as the test wants."""


def fail(*_: object, **__: object) -> Any:
    """Break."""
    raise Wanted


def no_room_in_the_queue(trial: Trial, patch: pytest.MonkeyPatch) -> None:
    """It is not even taken, and will be given again once there is room."""
    with patch.context() as full:
        full.setattr(queue, "MOST_ITEMS", 0)
        answer = trial.give()
    assert not answer.accepted
    assert answer.replies == []


def taken_back_by_the_watchdog(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The journal does not come to it in time."""
    answer = trial.give()
    trial.hub.fake_clock.advance(queue.TOO_OLD + 0.1)
    assert trial.hub.queue.take_back() == 1
    return _refused(answer.reply, ErrorCode.OVERLOADED)


def journal_ended(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The server stops, and the last batch was taken already."""
    trial.hub.queue.close()
    assert trial.hub.queue.take() == []
    reply = _refused(trial.ask(), ErrorCode.STOPPING)
    trial.restart()
    return reply


def probe_fails(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The store has been in trouble since somebody else's request."""
    trial.hub.store.switch.refuse_writes()
    other = trial.hub.ask(trial.ben, requests.Send, target="#den", text="refused")
    _refused(other, ErrorCode.STORAGE_TROUBLE)
    reply = _refused(trial.ask(), ErrorCode.STORAGE_TROUBLE)
    trial.hub.store.switch.heal()
    return reply


def nothing_can_be_looked_up(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Neither send ids before the decision nor entries for the answer."""
    trial.hub.store.switch.refuse_lookups()
    reply = trial.ask()
    if isinstance(trial.request, Change):
        _refused(reply, ErrorCode.STORAGE_TROUBLE)
    trial.hub.store.switch.heal()
    return reply


def rule_breaks(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Deciding raises what no rule should."""
    answer = trial.give()
    (change,) = trial.hub.queue.take()
    trial.hub.journal.work([msgspec.structs.replace(change, decide=fail)])
    return _refused(answer.reply, ErrorCode.INTERNAL_ERROR)


def commit_refused(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Nothing is stored."""
    trial.hub.store.switch.fail_next(Fault.REFUSED)
    return _refused(trial.ask(), ErrorCode.STORAGE_TROUBLE)


def commit_stored_but_reported_as_failed(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Nobody is told of what was stored before the journal found out."""
    trial.hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    reply = _refused(trial.ask(), ErrorCode.STORAGE_TROUBLE)
    assert trial.hub.events(trial.ben) == []
    return reply


def flush_failed(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The server only reads until it is started again."""
    trial.hub.store.switch.fail_next(Fault.FLUSH_FAILED)
    reply = _refused(trial.ask(), ErrorCode.READ_ONLY)
    trial.hub.store.switch.heal()
    _refused(trial.ask(), ErrorCode.READ_ONLY)
    trial.check()
    trial.restart()
    return reply


def publishing_never_begins(trial: Trial, patch: pytest.MonkeyPatch) -> None:
    """The journal dies with what it has just stored, and the server with the journal."""
    _killed_in(trial, patch, "publish", fail)


def encoding_breaks(trial: Trial, patch: pytest.MonkeyPatch) -> AnyReply | None:
    """As above, with some of it published; where nothing has to be encoded, all goes well."""
    answer = trial.give()
    with patch.context() as broken:
        broken.setattr(publish, "encode", fail)
        try:
            trial.hub.work()
        except Wanted:
            assert answer.replies == []
            trial.restart()
            return None
    trial.hub.settle()
    reply: AnyReply = answer.reply
    return reply


def journal_dies_behind_publishing(trial: Trial, patch: pytest.MonkeyPatch) -> None:
    """Everybody was told, but who asked."""
    published = publish.Publisher.publish

    def then_fail(*arguments: Any) -> None:
        published(*arguments)
        fail()

    _killed_in(trial, patch, "publish", then_fail)


def answer_breaks(trial: Trial, patch: pytest.MonkeyPatch) -> AnyReply:
    """What was stored can't be put into words."""
    with patch.context() as broken:
        for module in {sys.modules[command.handle.__module__] for command in COMMANDS.values()}:
            for name in ("answering", "answering_later"):
                if hasattr(module, name):
                    broken.setattr(module, name, _with_broken_words(getattr(module, name)))
        return _refused(trial.ask(), ErrorCode.INTERNAL_ERROR)


def link_dead_before_it_is_decided(trial: Trial, _: pytest.MonkeyPatch) -> None:
    """What it had queued is decided all the same (rule 10)."""
    session = trial.session
    trial.give()
    session.closed = True
    trial.hub.settle()
    assert not any(isinstance(frame, Reply) for frame in trial.told(session))
    trial.come_back()


def link_dead_before_the_answer(trial: Trial, _: pytest.MonkeyPatch) -> None:
    """It was decided and stored; nobody is there any more to hear of it."""
    session = trial.session
    trial.give()
    trial.hub.work()
    session.closed = True
    trial.hub.run_deferred()
    trial.come_back()


def link_replaced_before_it_is_decided(trial: Trial, _: pytest.MonkeyPatch) -> None:
    """The same device is back before the journal comes to what the older link asked."""
    older = trial.session
    trial.give()
    trial.come_back()
    assert not any(isinstance(frame, Reply) for frame in trial.told(older))


STORES_NOTHING: tuple[Step, ...] = (
    no_room_in_the_queue,
    taken_back_by_the_watchdog,
    journal_ended,
    probe_fails,
    rule_breaks,
    commit_refused,
    flush_failed,
)
STORES: tuple[Step, ...] = (
    commit_stored_but_reported_as_failed,
    publishing_never_begins,
    encoding_breaks,
    journal_dies_behind_publishing,
    answer_breaks,
    link_dead_before_it_is_decided,
    link_dead_before_the_answer,
    link_replaced_before_it_is_decided,
)
EITHER: tuple[Step, ...] = (nothing_can_be_looked_up,)


def _cases() -> Iterator[Any]:
    for kind in COMMANDS:
        for number, sample in enumerate(SAMPLES.get(kind, ())):
            yield pytest.param(kind, sample, id=f"{kind.__name__}{number or ''}")


@pytest.mark.parametrize("step", [*STORES_NOTHING, *STORES, *EITHER])
@pytest.mark.parametrize(("kind", "sample"), list(_cases()))
def test_whatever_fails_the_answer_is_true_and_a_retry_comes_to_one_result(
    kind: type[Request], sample: Sample, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P1, P2 and P8 for one request and one fault."""
    goal = outcome(kind, sample)
    trial = Trial(kind, sample)
    before = trial.stored()
    assert before != goal
    reply = step(trial, monkeypatch)
    assert trial.stored() in _possible(step, before, goal)
    if reply is not None and not isinstance(reply, Error):
        assert trial.stored() == goal
    first = trial.ask()
    assert not isinstance(first, Error), first
    assert trial.stored() == goal
    trial.check()
    if kind is not requests.Hello:
        _assert_same(trial.ask(), first)
        assert trial.stored() == goal
        trial.check()


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_has_a_sample_or_changes_nothing(kind: type[Request]) -> None:
    """Whoever adds a command says how it changes something, or that it does not."""
    assert (kind in SAMPLES) is not (kind in READING), f"put {kind.__name__} into tests/support/trial.py"


def _possible(step: Step, before: object, goal: object) -> list[object]:
    """What may be stored when the fault is over."""
    return [state for state, steps in ((before, STORES), (goal, STORES_NOTHING)) if step not in steps]


def _killed_in(trial: Trial, patch: pytest.MonkeyPatch, method: str, instead: Callable[..., None]) -> None:
    """Let the journal die in a method of the publisher, and start the server again."""
    answer = trial.give()
    with patch.context() as broken:
        broken.setattr(publish.Publisher, method, instead)
        with pytest.raises(Wanted):
            trial.hub.work()
    assert answer.replies == []
    trial.listen()
    trial.restart()


def _with_broken_words(answering: Callable[..., object]) -> Callable[..., object]:
    return lambda *arguments: answering(*arguments[:-1], fail)


def _refused(reply: Any, code: ErrorCode) -> AnyReply:
    assert isinstance(reply, Error), reply
    assert reply.code is code
    refused: AnyReply = reply
    return refused


def _assert_same(again: AnyReply, first: AnyReply) -> None:
    """A repeated change gets its first number; what else it tells may be newer."""
    assert type(again) is type(first)
    if hasattr(first, "number"):
        assert again.number == first.number  # type: ignore[union-attr]
    else:
        assert again == first
