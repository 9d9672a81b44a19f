"""P2 on the wire: the link dies between commit and answer, again and again, and each message stays one."""

from pathlib import Path

import pytest

from chat.client.changes import OutboxChanged, SendState
from chat.protocol.entries import Message
from chat.protocol.records import Number
from chat.protocol.replies import SendResult
from chat.protocol.requests import Send
from tests.support.far_server import SECONDS, far_server
from tests.support.fault_links import Way
from tests.support.people import People
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

ANSWER = b'"send_result"'
MESSAGES = 100
PIPELINED = 3


@pytest.mark.parametrize("cuts", [30, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(300)])])
def test_a_link_that_dies_before_every_answer_doubles_and_hides_nothing(cuts: int) -> None:
    """Dozens of messages are always under way, and each is one row, in the order in which they were said."""
    with far_server() as far:
        ann, ben = far.come("ann"), far.come("ben", near=True)
        trap = far.proxy.cut_at(Way.TO_CLIENT, ANSWER, times=cuts)
        texts = [f"text {number}" for number in range(MESSAGES)]
        for text in texts:
            ann.client.say("#general", text)
        trap.wait(cuts, seconds=120)
        wait_until(lambda: not ann.client.unsent(), 60, "everything acknowledged")
        ben.wait_texts(texts)
        ann.wait_texts(texts)
        stored = [
            change.item for change in ann.told.all(OutboxChanged) if change.item.state is SendState.STORED
        ]
        assert [item.text for item in stored] == texts
        log = {entry.number: entry.text for entry in ben.told.entries() if isinstance(entry, Message)}
        assert {item.number: item.text for item in stored} == log
        assert ann.client.wait_idle(SECONDS)


@pytest.mark.e2e
def test_equal_answers_come_after_any_number_of_cuts_and_after_a_restart(tmp_path: Path) -> None:
    """A sender that never hears an answer sends the same again on each link: one row, one number."""
    with ServerProcess(tmp_path / "data") as server:
        with People(server.address) as people:
            first = people.come("ann")
            sends = [
                first.make(Send, target="#general", text=f"text {number}") for number in range(PIPELINED)
            ]
            for _ in range(10):
                hasty = people.come("ann", first.token)
                for send in sends:
                    hasty.link.send(send)
                hasty.link.close()
            told = answers(people, first.token, sends)
        server.kill()
        server.start()
        with People(server.address) as again:
            assert answers(again, first.token, sends) == told
            reader = again.come("ben")
            lobby = reader.link.sync()[0].conversations[0]
            assert lobby.last - told[-1] == 1, "nothing but the reader's coming stands behind"


def answers(people: People, token: str, sends: list[Send]) -> list[Number]:
    """Send once more, and wait this time; give the numbers."""
    person = people.come("ann", token)
    numbers = []
    for send in sends:
        reply = person.link.ask(send)
        assert isinstance(reply, SendResult), reply
        assert reply.text == send.text
        numbers.append(reply.number)
    assert numbers == list(range(numbers[0], numbers[0] + len(sends)))
    return numbers
