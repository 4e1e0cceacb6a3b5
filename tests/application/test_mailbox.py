"""The mailbox keeps order, makes those wait who can, and refuses those who cannot."""

import threading
from concurrent.futures import Future

import numpy as np
import pytest

from realtime_mlx_stt.application.session.mailbox import MOST_DELIVERIES, SessionMailbox
from realtime_mlx_stt.application.session.messages import CommandRequest
from realtime_mlx_stt.application.session.position_requests import commit_here
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioDelivery, AudioLost, SourceEnded

TIMEOUT_SECONDS = 60.0


def block(first_sample: int, samples: int) -> AudioBlock:
    return AudioBlock(first_sample=first_sample, samples=np.zeros(samples, dtype=np.float32))


def request() -> CommandRequest:
    return CommandRequest(command=commit_here, reply=Future())


def test_audio_and_messages_are_taken_in_the_order_in_which_they_came() -> None:
    mailbox = SessionMailbox()
    messages: list[AudioDelivery | CommandRequest] = [
        block(0, 10),
        request(),
        block(10, 10),
        request(),
        SourceEnded(at_sample=20),
    ]
    for message in messages:
        if isinstance(message, CommandRequest):
            mailbox.post(message)
        else:
            assert mailbox.offer(message)
    assert [mailbox.take() for _ in messages] == messages


def test_without_audio_the_oldest_message_is_taken() -> None:
    mailbox = SessionMailbox()
    mailbox.put(block(0, 10))
    message = request()
    mailbox.post(message)
    assert mailbox.take(with_audio=False) is message


def test_a_request_that_is_placed_in_the_audio_waits_for_its_turn() -> None:
    mailbox = SessionMailbox()
    placed, posted = request(), request()
    mailbox.put(block(0, 10))
    mailbox.put(placed)
    mailbox.post(posted)
    assert mailbox.take(with_audio=False) is posted
    assert isinstance(mailbox.take(), AudioBlock)
    assert mailbox.take() is placed


def test_a_request_is_placed_without_waiting_for_room() -> None:
    mailbox = SessionMailbox(audio_capacity_samples=100)
    placed = request()
    mailbox.put(block(0, 100))
    mailbox.refuse_waiting()
    assert mailbox.place(placed)
    assert isinstance(mailbox.take(), AudioBlock)
    assert mailbox.take() is placed


def test_a_request_that_is_placed_in_audio_that_is_dropped_is_a_message() -> None:
    mailbox = SessionMailbox()
    before, behind = request(), request()
    mailbox.put(block(0, 100))
    assert mailbox.place(before)
    mailbox.refuse_audio()
    assert mailbox.place(behind)
    assert mailbox.take(with_audio=False) is before
    assert mailbox.close() == (behind,)
    assert not mailbox.place(request())


def test_a_source_that_cannot_wait_is_refused_when_there_is_no_room() -> None:
    mailbox = SessionMailbox(audio_capacity_samples=100)
    assert mailbox.offer(block(0, 100))
    assert not mailbox.offer(block(100, 1))
    assert mailbox.offer(AudioLost(first_sample=100, lost_samples=1, reason=GapReason.OVERFLOW))
    mailbox.take()
    assert mailbox.offer(block(101, 100))


def test_a_block_larger_than_the_mailbox_is_taken_when_it_is_empty() -> None:
    mailbox = SessionMailbox(audio_capacity_samples=100)
    assert mailbox.offer(block(0, 1_000))


def test_a_source_that_can_wait_waits_until_there_is_room() -> None:
    mailbox = SessionMailbox(audio_capacity_samples=100)
    mailbox.put(block(0, 100))
    taken: Future[bool] = Future()
    source = threading.Thread(target=lambda: taken.set_result(mailbox.put(block(100, 100))))
    source.start()
    mailbox.take()
    assert taken.result(TIMEOUT_SECONDS)
    source.join(TIMEOUT_SECONDS)
    assert mailbox.take() is not None


def test_so_many_deliveries_wait_and_no_more_however_short_they_are() -> None:
    mailbox = SessionMailbox()
    loss = AudioLost(first_sample=0, lost_samples=1, reason=GapReason.SKIPPED)
    for _ in range(MOST_DELIVERIES):
        assert mailbox.put(loss)
    assert not mailbox.offer(block(0, 1))
    assert mailbox.offer(loss), "what is lost is told all the same"
    taken: Future[bool] = Future()
    source = threading.Thread(target=lambda: taken.set_result(mailbox.put(loss)))
    source.start()
    for _ in range(2):
        assert not taken.done()
        mailbox.take()
    assert taken.result(TIMEOUT_SECONDS)
    source.join(TIMEOUT_SECONDS)


def test_refusing_audio_drops_what_waits_and_frees_who_waits() -> None:
    mailbox = SessionMailbox(audio_capacity_samples=100)
    mailbox.put(block(0, 100))
    taken: Future[bool] = Future()
    source = threading.Thread(target=lambda: taken.set_result(mailbox.put(block(100, 100))))
    source.start()
    mailbox.refuse_audio()
    assert taken.result(TIMEOUT_SECONDS) is False
    source.join(TIMEOUT_SECONDS)
    assert not mailbox.offer(block(200, 1))
    message = request()
    mailbox.post(message)
    assert mailbox.take() is message


def test_a_closed_mailbox_gives_back_what_nobody_took_and_takes_nothing_more() -> None:
    mailbox = SessionMailbox()
    first, second = request(), request()
    assert mailbox.post(first)
    assert mailbox.post(second)
    mailbox.put(block(0, 10))
    assert mailbox.close() == (first, second)
    assert not mailbox.post(request())
    assert not mailbox.offer(block(0, 10))
    assert mailbox.close() == ()


@pytest.mark.parametrize("with_audio", [True, False])
def test_taking_waits_for_something_to_take(with_audio: bool) -> None:
    mailbox = SessionMailbox()
    message = request()
    poster = threading.Thread(target=lambda: mailbox.post(message))
    poster.start()
    assert mailbox.take(with_audio=with_audio) is message
    poster.join(TIMEOUT_SECONDS)


def test_whoever_may_not_wait_any_more_is_told_so_while_offers_are_still_taken() -> None:
    mailbox = SessionMailbox(audio_capacity_samples=100)
    assert mailbox.put(block(0, 100))
    answers: list[bool] = []
    waiter = threading.Thread(target=lambda: answers.append(mailbox.put(block(100, 100))))
    waiter.start()
    mailbox.refuse_waiting()
    waiter.join(TIMEOUT_SECONDS)
    assert answers == [False]
    assert not mailbox.put(block(100, 100))
    assert mailbox.take() is not None
    assert mailbox.offer(block(100, 100))
