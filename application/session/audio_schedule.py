"""Hands a recording to its session a window at a time, with requests and losses between the right samples."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from realtime_mlx_stt.application.session.mailbox import PlacedDelivery, SessionMailbox
from realtime_mlx_stt.application.session.messages import AudioProgress, CommandRequest, SettingsRequest
from realtime_mlx_stt.domain.commands import SessionCommand
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioLost,
    SourceEnded,
    SourceLost,
    SourceRecovered,
)
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES
from realtime_mlx_stt.ports.wake_word import WakeWordDetector

__all__ = ["OpenWakeWord", "ScheduledAction", "ScheduledEntry", "ScheduledSink"]

OpenWakeWord = Callable[[SessionSettings], WakeWordDetector | None]
"""Opens the detector that the settings ask for."""

ScheduledAction = (
    Callable[[AudioProgress], SessionCommand] | SessionSettings | AudioLost | SourceLost | SourceRecovered
)
"""A command, a change of settings, or something that befell the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledEntry:
    """An action to be done between the sample before ``at_sample`` and that sample."""

    at_sample: int
    action: ScheduledAction


class ScheduledSink:
    """An ``AudioSink`` before a session's mailbox. For a source that can wait; ``offer`` waits as ``put`` does.

    It passes on pieces of at most a window, so that each step hears at most one window, however the source cuts its
    blocks; in lockstep the log is then the same for every cut.

    Everything that the schedule needs is opened here, before the session begins: a source's thread could report to
    nobody that it cannot be had.

    Raises:
        UnknownWakeWordError, WakeWordError: settings of the schedule ask for words that cannot be heard.
    """

    def __init__(
        self, mailbox: SessionMailbox, schedule: Iterable[ScheduledEntry], open_wake_word: OpenWakeWord
    ) -> None:
        self._mailbox = mailbox
        self._entries = deque((entry.at_sample, _prepared(entry.action, open_wake_word)) for entry in schedule)
        self._position = 0

    def offer(self, delivery: AudioDelivery) -> bool:
        """Take the delivery, waiting for room."""
        return self.put(delivery)

    def put(self, delivery: AudioDelivery) -> bool:
        """Take the delivery, and do what is scheduled before its end, each when there is room for it."""
        if isinstance(delivery, AudioBlock):
            while self._entries and self._entries[0][0] <= delivery.end_sample:
                at_sample, scheduled = self._entries.popleft()
                self._put_part(delivery, at_sample)
                self._put_scheduled(scheduled)
            return self._put_part(delivery, delivery.end_sample)
        if isinstance(delivery, SourceEnded):
            while self._entries:
                self._put_scheduled(self._entries.popleft()[1])
        return self._mailbox.put(delivery)

    def _put_part(self, block: AudioBlock, end_sample: int) -> bool:
        """Pass on the part of the block before ``end_sample`` that was neither passed on nor lost before."""
        self._position = max(self._position, block.first_sample)
        while self._position < end_sample:
            first_sample = self._position
            self._position = min(end_sample, first_sample + WINDOW_SAMPLES)
            part = block.samples[first_sample - block.first_sample : self._position - block.first_sample]
            if not self._mailbox.put(AudioBlock(first_sample=first_sample, samples=part)):
                return False
        return True

    def _put_scheduled(self, scheduled: PlacedDelivery) -> None:
        if isinstance(scheduled, AudioLost):
            self._position = max(self._position, scheduled.first_sample + scheduled.lost_samples)
        self._mailbox.put(scheduled)


def _prepared(action: ScheduledAction, open_wake_word: OpenWakeWord) -> PlacedDelivery:
    """What the session is handed for the action."""
    if isinstance(action, AudioLost | SourceLost | SourceRecovered):
        return action
    if isinstance(action, SessionSettings):
        return SettingsRequest(settings=action, wake_word=open_wake_word(action), reply=Future())
    return CommandRequest(command=action, reply=Future())
