"""A fault at each step of each request that changes something: one true answer, and nothing half done.

However it goes wrong, what is published is what is stored, nobody was told of anything else, and the same
request again comes to exactly what it would have come to without the fault.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.protocol import requests
from chat.protocol.asking import Request
from chat.protocol.replies import AnyReply, Error
from chat.server.commands.table import COMMANDS
from tests.support.samples import READING, SAMPLES, Sample
from tests.support.steps import EITHER, STORES, STORES_NOTHING, Step, refused
from tests.support.trial import Trial, outcome


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
    after = trial.stored()
    assert after in _possible(step, before, goal)
    if reply is not None and not isinstance(reply, Error):
        assert after == goal
    first = trial.ask()
    _assert_done(first, sample, again=after == goal)
    assert trial.stored() == goal
    trial.check()
    if kind is not requests.Hello:
        second = trial.ask()
        _assert_done(second, sample, again=True)
        _assert_same(second, first, sample)
        assert trial.stored() == goal
        trial.check()


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_has_a_sample_or_changes_nothing(kind: type[Request]) -> None:
    """Whoever adds a command says how it changes something, or that it does not."""
    assert (kind in SAMPLES) is not (kind in READING), f"put {kind.__name__} into tests/support/samples.py"


def _possible(step: Step, before: object, goal: object) -> list[object]:
    """What may be stored when the fault is over."""
    return [state for state, steps in ((before, STORES), (goal, STORES_NOTHING)) if step not in steps]


def _assert_done(reply: AnyReply, sample: Sample, *, again: bool) -> None:
    """It is done, or refused since it is done already and can't be told from another such request."""
    if again and sample.again:
        refused(reply, sample.again)
    else:
        assert not isinstance(reply, Error), reply


def _assert_same(again: AnyReply, first: AnyReply, sample: Sample) -> None:
    """A repeated change gets its first number; what else it tells may be newer."""
    if sample.again:
        return
    assert type(again) is type(first)
    if hasattr(first, "number"):
        assert again.number == first.number  # type: ignore[union-attr]
    elif not sample.anew:
        assert again == first
