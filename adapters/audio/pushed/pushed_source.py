"""Provides the sound that a client pushes as a source."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from realtime_mlx_stt.adapters.audio.live_delivery import LiveDelivery
from realtime_mlx_stt.adapters.audio.pushed.push_intake import IntakeRules, PushedItem, PushIntake
from realtime_mlx_stt.ports.audio_source import (
    AudioClientGoneError,
    AudioDelivery,
    AudioSink,
    AudioSourceError,
    PushReceipt,
    SourceEnded,
    SourceFailed,
    SourceLost,
)

__all__ = ["PushedAudioSource", "PushedSound"]

_LOGGER = logging.getLogger(__name__)

_STOP_SECONDS: Final = 0.8

_LAST_TEXTS_SECONDS: Final = 30.0
"""How long after the loss of a client its source fails. The loss ends the open utterance; the failure ends the
session and gives up the texts that are still owed. They have the same time as at a stop."""


class PushedSound(Protocol):
    """Makes samples of pushed audio. For one thread."""

    @property
    def rules(self) -> IntakeRules:
        """The rules of the intake."""
        ...

    @property
    def end_sample(self) -> int:
        """The position behind all that was given out."""
        ...

    def deliveries(self, next_item: Callable[[], PushedItem | None]) -> Iterator[AudioDelivery]:
        """The sound of the pieces, up to the last one, behind which None comes.

        Each is delivered before the next is asked for, so a mark is reached when what lies before it was given out.

        Raises:
            AudioSourceError: it is no sound, or as of ``next_item``.
        """
        ...

    def finish(self) -> list[AudioDelivery]:
        """The rest of what was heard before the last piece, or before an error."""
        ...


class PushedAudioSource:
    """A ``PushedSource``. Pushing only enqueues; a thread converts and delivers, waiting for room.

    When the sink no longer waits for room (its session is being stopped), the rest is offered to it, and what it
    does not take is reported as lost.

    ``sound`` makes samples of what is pushed; ``description`` is what a person would call the client.

    Raises:
        AudioSourceError: ``patience_seconds`` is not above 0.
    """

    def __init__(self, sound: PushedSound, description: str) -> None:
        patience_seconds = sound.rules.patience_seconds
        if not patience_seconds > 0.0:
            raise AudioSourceError(f"A client cannot be waited for {patience_seconds:g} s; name a number above 0.")
        self._sound = sound
        self._description = description
        self._intake = PushIntake(sound.rules)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._given_up = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def description(self) -> str:
        """What a person would call the client."""
        return self._description

    @property
    def duration_samples(self) -> None:
        """None: nobody knows how much a client has to say."""
        return

    @property
    def next_position(self) -> int:
        """The position behind all audio that was taken."""
        return self._intake.next_position

    def start(self, sink: AudioSink) -> None:
        """Begin to deliver to ``sink`` from a thread of its own; what was pushed before comes first.

        Raises:
            AudioSourceError: it has been started or stopped before.
        """
        with self._lock:
            if self._thread is not None or self._stopped.is_set():
                raise AudioSourceError(f"{self.description} has been listened to; open it again.")
            self._thread = threading.Thread(
                target=self._run, args=(sink,), name=f"pushed-{self.description}", daemon=True
            )
            self._thread.start()

    def push(self, payload: bytes, position: int | None = None) -> PushReceipt:
        """Take audio whose beginning is at ``position``, None being behind all that was taken. Never waits.

        Raises:
            AudioFormatError, AudioPositionError, AudioEndedError: see ``PushedSource.push``.
        """
        return self._intake.push(payload, position)

    def when_delivered(self, call: Callable[[], None]) -> None:
        """Call this when all that was taken by now has been delivered; see ``PushedSource.when_delivered``."""
        self._intake.mark(call)

    def end(self) -> None:
        """Take no more; what was taken is delivered, and the end behind it. Idempotent."""
        self._intake.close("The end of the audio was said; what comes after it is heard by nobody.")

    def stop(self) -> None:
        """Offer what was taken, and deliver nothing more once this returns. Idempotent.

        A sink that never returns holds the thread, not this call; what was not offered in time is dropped then. So
        it is when this is called from within a delivery, which would be held up by the next.
        """
        with self._lock:
            self._stopped.set()
            thread = self._thread
        self._intake.close("The session takes no more audio.")
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)
        self._given_up.set()
        self._intake.finish()

    def _run(self, sink: AudioSink) -> None:
        live, waits = LiveDelivery(sink), True
        for delivery in self._deliveries():
            if self._given_up.is_set():
                return
            waits = waits and sink.put(delivery)
            if not waits and not self._given_up.is_set():
                live.deliver(delivery)
        if not self._given_up.is_set():
            live.finish()

    def _deliveries(self) -> Iterator[AudioDelivery]:
        try:
            yield from self._sound.deliveries(self._intake.next)
            yield from self._sound.finish()
        except AudioSourceError as error:
            yield from self._failed(error)
        except Exception as error:
            _LOGGER.exception("Hearing %s failed by a defect", self._description)
            yield from self._failed(
                AudioSourceError(f"Hearing {self._description} failed by a defect of the program: {error}")
            )
        else:
            if not self._stopped.is_set():
                yield SourceEnded(at_sample=self._sound.end_sample)
            self._intake.finish()

    def _failed(self, error: AudioSourceError) -> Iterator[AudioDelivery]:
        """Report the failure, unless it comes of a stop, which may cut a container in the middle."""
        self._intake.close(str(error))
        yield from self._sound.finish()
        self._intake.finish()
        if isinstance(error, AudioClientGoneError) and not self._stopped.is_set():
            yield SourceLost(at_sample=self._sound.end_sample, error=error)
            self._stopped.wait(min(self._sound.rules.patience_seconds, _LAST_TEXTS_SECONDS))
        if not self._stopped.is_set():
            yield SourceFailed(at_sample=self._sound.end_sample, error=error)
