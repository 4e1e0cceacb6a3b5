"""Brings everything into a session: audio, inference results and requests, in the order in which they came."""

import threading
from collections import deque
from typing import Final

from realtime_mlx_stt.application.session.messages import CommandRequest, SessionMessage, SettingsRequest
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioDelivery

__all__ = ["MOST_DELIVERIES", "PlacedDelivery", "SessionMailbox"]

PlacedDelivery = AudioDelivery | CommandRequest | SettingsRequest
"""What has a place between the samples; a request among them is answered when the audio before it was taken."""

_REQUESTS: Final = (CommandRequest, SettingsRequest)

AUDIO_CAPACITY_SAMPLES: Final = 30 * SAMPLE_RATE_HZ
"""30 s: how much audio may wait; a live source that is further ahead loses samples, and says so."""

MOST_DELIVERIES: Final = 10_000
"""How many deliveries may wait, however short they are: each loss is an event, and a stop waits until all are
stored.
"""


class SessionMailbox:
    """Takes audio from the source and messages from everybody else. Thread-safe; one thread takes out."""

    def __init__(self, audio_capacity_samples: int = AUDIO_CAPACITY_SAMPLES) -> None:
        self._capacity = audio_capacity_samples
        self._changed = threading.Condition()
        self._audio: deque[tuple[int, PlacedDelivery]] = deque()
        self._posted: deque[tuple[int, SessionMessage]] = deque()
        self._waiting_samples = 0
        self._count = 0
        self._takes_audio = True
        self._lets_wait = True
        self._is_closed = False

    def offer(self, delivery: AudioDelivery) -> bool:
        """Take the delivery at once; a block only if there is room."""
        with self._changed:
            has_room = not isinstance(delivery, AudioBlock) or self._has_room(delivery)
            if not self._takes_audio or not has_room:
                return False
            self._add_audio(delivery)
            return True

    def put(self, delivery: PlacedDelivery) -> bool:
        """Take the delivery when there is room; False once no more audio is taken."""
        with self._changed:
            self._changed.wait_for(lambda: not self._takes_waiting() or self._has_room(delivery))
            if not self._takes_waiting():
                return False
            self._add_audio(delivery)
            return True

    def refuse_waiting(self) -> None:
        """Let nobody wait for room any more; what a source has already captured may still be offered."""
        with self._changed:
            self._lets_wait = False
            self._changed.notify_all()

    def refuse_audio(self) -> None:
        """Take no more audio and drop what waits; whoever waits for room is told so. Requests stay messages."""
        with self._changed:
            self._takes_audio = False
            self._posted.extend((number, each) for number, each in self._audio if isinstance(each, _REQUESTS))
            self._audio.clear()
            self._waiting_samples = 0
            self._changed.notify_all()

    def post(self, message: SessionMessage) -> bool:
        """Leave a message; never waits. False when nobody will take it any more."""
        with self._changed:
            if not self._is_closed:
                self._posted.append((self._next_number(), message))
                self._changed.notify_all()
            return not self._is_closed

    def place(self, request: CommandRequest) -> bool:
        """Leave a request between the audio before it and behind it; never waits. False as of ``post``."""
        with self._changed:
            if self._takes_audio:
                self._add_audio(request)
                return True
            return self.post(request)

    def close(self) -> tuple[SessionMessage, ...]:
        """Take neither audio nor messages any more; returns the messages that nobody took."""
        self.refuse_audio()
        with self._changed:
            self._is_closed = True
            left = tuple(message for _, message in self._posted)
            self._posted.clear()
            return left

    def take(
        self, *, with_audio: bool = True, timeout_seconds: float | None = None
    ) -> AudioDelivery | SessionMessage | None:
        """The oldest of what is there, waiting for it; without audio, the oldest message. None after the wait."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._posted or (with_audio and self._audio), timeout_seconds):
                return None
            if not with_audio or not self._audio or (self._posted and self._posted[0][0] < self._audio[0][0]):
                return self._posted.popleft()[1]
            delivery = self._audio.popleft()[1]
            self._waiting_samples -= _samples(delivery)
            self._changed.notify_all()
            return delivery

    def _takes_waiting(self) -> bool:
        return self._takes_audio and self._lets_wait

    def _has_room(self, delivery: PlacedDelivery) -> bool:
        fits = self._waiting_samples == 0 or self._waiting_samples + _samples(delivery) <= self._capacity
        return fits and len(self._audio) < MOST_DELIVERIES

    def _add_audio(self, delivery: PlacedDelivery) -> None:
        self._audio.append((self._next_number(), delivery))
        self._waiting_samples += _samples(delivery)
        self._changed.notify_all()

    def _next_number(self) -> int:
        self._count += 1
        return self._count


def _samples(delivery: PlacedDelivery) -> int:
    return len(delivery.samples) if isinstance(delivery, AudioBlock) else 0
