"""What can go wrong on the way of one request, at each step between its line and its reply.

Each step lets a request on trial meet one fault, holds the answer to the truth, and leaves a server that
works.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from chat.protocol import requests
from chat.protocol.answering import Reply
from chat.protocol.asking import Change
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import AnyReply, Error
from chat.server.commands.table import COMMANDS
from chat.server.state.journal import publish, queue
from tests.support.faulty_store import Fault
from tests.support.trial import Trial

Step = Callable[[Trial, pytest.MonkeyPatch], AnyReply | None]
"""Asks once with the fault; returns the reply, or None where nobody was there to get one."""


class Wanted(Exception):
    """What breaks, as the test wants."""


def fail(*_: object, **__: object) -> Any:
    """Break."""
    raise Wanted


def no_room_in_the_queue(trial: Trial, patch: pytest.MonkeyPatch) -> AnyReply | None:
    """It is not even taken, and will be given again once there is room; behind a password it is refused."""
    with patch.context() as full:
        full.setattr(queue, "MOST_ITEMS", 0)
        answer = trial.give()
    if answer.accepted:
        assert trial.hub.passwords.asked
        return refused(answer.reply, ErrorCode.OVERLOADED)
    assert answer.replies == []
    return None


def taken_back_by_the_watchdog(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The journal does not come to it in time."""
    answer = trial.give()
    trial.hub.fake_clock.advance(queue.TOO_OLD + 0.1)
    assert trial.hub.queue.take_back() == 1
    return refused(answer.reply, ErrorCode.OVERLOADED)


def journal_ended(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The server stops, and the last batch was taken already."""
    trial.hub.queue.close()
    assert trial.hub.queue.take() == []
    reply = refused(trial.ask(), ErrorCode.STOPPING)
    trial.restart()
    return reply


def probe_fails(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The store has been in trouble since somebody else's request."""
    trial.hub.store.switch.refuse_writes()
    other = trial.hub.ask(trial.ben, requests.Send, target="#den", text="refused")
    refused(other, ErrorCode.STORAGE_TROUBLE)
    reply = refused(trial.ask(), ErrorCode.STORAGE_TROUBLE)
    trial.hub.store.switch.heal()
    return reply


def nothing_can_be_looked_up(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Neither send ids before the decision nor entries for the answer."""
    trial.hub.store.switch.refuse_lookups()
    reply = trial.ask()
    if isinstance(trial.request, Change):
        refused(reply, ErrorCode.STORAGE_TROUBLE)
    trial.hub.store.switch.heal()
    return reply


def rule_breaks(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Deciding raises what no rule should."""
    answer = trial.give()
    (change,) = trial.hub.queue.take()
    with capture_logs() as logs:
        trial.hub.journal.work([msgspec.structs.replace(change, decide=fail)])
    return _broken(answer.reply, logs)


def commit_refused(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Nothing is stored."""
    trial.hub.store.switch.fail_next(Fault.REFUSED)
    return refused(trial.ask(), ErrorCode.STORAGE_TROUBLE)


def commit_stored_but_reported_as_failed(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """Nobody is told of what was stored before the journal found out."""
    trial.hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    reply = refused(trial.ask(), ErrorCode.STORAGE_TROUBLE)
    assert trial.hub.events(trial.ben) == []
    return reply


def flush_failed(trial: Trial, _: pytest.MonkeyPatch) -> AnyReply:
    """The server only reads until it is started again."""
    trial.hub.store.switch.fail_next(Fault.FLUSH_FAILED)
    reply = refused(trial.ask(), ErrorCode.READ_ONLY)
    trial.hub.store.switch.heal()
    refused(trial.ask(), ErrorCode.READ_ONLY)
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
    with patch.context() as broken, capture_logs() as logs:
        for module in {sys.modules[command.handle.__module__] for command in COMMANDS.values()}:
            for name in ("answering", "answering_later"):
                if hasattr(module, name):
                    broken.setattr(module, name, _with_broken_words(getattr(module, name)))
        return _broken(trial.ask(), logs)


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


def refused(reply: Any, code: ErrorCode) -> AnyReply:
    """Return the reply, which must be this error."""
    assert isinstance(reply, Error), reply
    assert reply.code is code
    error: AnyReply = reply
    return error


def _broken(reply: AnyReply, logs: Iterable[Mapping[str, Any]]) -> AnyReply:
    """The fault was the server's own: its log has more of it, under what the reply names."""
    assert isinstance(reply, Error), reply
    assert [line["trace"] for line in logs] == [reply.trace]
    return refused(reply, ErrorCode.INTERNAL_ERROR)
