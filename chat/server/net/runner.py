"""The workers' part of one link: from a line to its reply.

Decodes, checks what may be said now, dispatches. One worker at a time calls; knows no wire.
"""

import os
from functools import partial

import structlog

from chat.protocol.codec import BadLine, decode_request, error_frame
from chat.protocol.codes import CloseReason, ErrorCode, Refused
from chat.protocol.connection import FRAMING_FAULTS_ALLOWED, WHY_NOT
from chat.protocol.framing import FramingError
from chat.protocol.requests import AnyRequest
from chat.protocol.states import LinkState, kind_of, next_state
from chat.server.net.core import LinkCore
from chat.server.net.inbox import Asked, End, Held, Item
from chat.server.net.terms import Reply
from chat.server.net.workers import Turn

_log = structlog.get_logger()


class Runner:
    """Runs one link's requests."""

    def __init__(self, core: LinkCore) -> None:
        self._core = core
        self._dispatcher = core.terms.dispatcher
        self._left_before_hello = core.terms.limits.requests_before_hello
        self._framing_faults = 0
        self._verdict: CloseReason | None = None

    def run(self, turn: Turn) -> bool:
        """Run what may run, within the turn; returns whether something may be left for the next one."""
        core = self._core
        left = True
        while left and not turn.over():
            with core.lock:
                left = core.keep_claim()
                what = core.take() if left else None
            if what is not None:
                self._begin(what)
            elif left:
                self._tell_end()
                left = False
        core.end_turn()
        if core.paused:
            core.bells.reader()
        return left

    def _begin(self, what: Item | Held) -> None:
        """Carry out what was taken, or hold it until it may begin."""
        core = self._core
        if not isinstance(what, Held):
            asked = self._read(what)
            pipelined = not isinstance(asked, BadLine | End) and self._dispatcher.pipelined(asked)
            what = Held(asked, pipelined)
        with core.lock:
            slot = core.inbox.begin(what)
        if slot is None:
            return
        reply = partial(core.answer, slot)
        if isinstance(what.asked, End):
            core.close(CloseReason.QUIT)
        elif not (self._refuse_haste(what, reply) or self._carry_out(what.asked, reply)):
            with core.lock:
                core.inbox.put_back(slot, what._replace(counted=True))
        elif self._verdict is not None:
            core.close(self._verdict)

    def _read(self, item: Item) -> Asked:
        """Find out what an item is; a bad line gives what is wrong with it."""
        if isinstance(item, End):
            return item
        if self._core.state is not LinkState.OPEN:
            if not self._left_before_hello:
                self._verdict = CloseReason.TOO_MANY_REQUESTS
                return BadLine(ErrorCode.TOO_MANY_REQUESTS)
            self._left_before_hello -= 1
        try:
            if isinstance(item, FramingError):
                raise BadLine(item.code, framing=True)
            return decode_request(item)
        except BadLine as bad:
            self._framing_faults += bad.framing
            if self._framing_faults > FRAMING_FAULTS_ALLOWED:
                self._verdict = CloseReason.BAD_FRAMING
            return bad

    def _refuse_haste(self, what: Held, reply: Reply) -> bool:
        """Refuse what may not run now, and let the link wait if that was too much; returns whether it did."""
        core, asked = self._core, what.asked
        assert not isinstance(asked, End)
        if what.counted:
            return False
        request, request_id = (None, asked.request_id) if isinstance(asked, BadLine) else (asked, asked.id)
        refused = self._dispatcher.too_hasty(core.session, request)
        if refused is None:
            return False
        if refused.code is ErrorCode.RATE_LIMITED:
            # before the answer: who reads that may ask again at once
            core.wait(min((refused.retry_after_ms or 0) / 1000, core.terms.settings.wait_seconds))
        reply(error_frame(request_id, refused))
        return True

    def _carry_out(self, asked: AnyRequest | BadLine, reply: Reply) -> bool:
        """Run or refuse it; returns false when there was no room for it."""
        core = self._core
        if isinstance(asked, BadLine):
            reply(error_frame(asked.request_id, asked))
        elif core.terms.stopping.is_set():
            reply(error_frame(asked.id, Refused(ErrorCode.STOPPING)))
        elif next_state(core.state, kind_of(asked)) is None:
            reply(error_frame(asked.id, Refused(ErrorCode.NOT_ALLOWED_NOW, WHY_NOT[core.state])))
        else:
            return self._dispatch(asked, reply)
        return True

    def _dispatch(self, request: AnyRequest, reply: Reply) -> bool:
        """Give it to the commands; a fault there is answered and logged under one trace."""
        try:
            return self._dispatcher.dispatch(self._core.session, request, reply)
        except Exception:  # noqa: BLE001 - whatever is wrong with one request must cost nobody else anything
            trace = os.urandom(6).hex()
            _log.exception("a request failed", trace=trace, request=type(request).__name__)
            reply(error_frame(request.id, Refused(ErrorCode.INTERNAL_ERROR), trace))
            return True

    def _tell_end(self) -> None:
        """Tell the commands that the link is over."""
        core = self._core
        try:
            self._dispatcher.ended(core.session, at_once=core.reason is CloseReason.TOO_SLOW)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("the end of a session failed")
