"""What is scheduled stands between exactly the samples where it belongs, however the audio is cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.wake_word import FakeWakeWords

from realtime_mlx_stt.application.session.audio_schedule import ScheduledEntry, ScheduledSink
from realtime_mlx_stt.application.session.mailbox import SessionMailbox
from realtime_mlx_stt.application.session.messages import CommandRequest, SettingsRequest
from realtime_mlx_stt.application.session.position_requests import commit_here, pause_here, stop_here
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings, WakeWordSettings
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioLost, SourceEnded
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError, WakeWordDetector

SAMPLES = 1_000
LOSS = AudioLost(first_sample=300, lost_samples=200, reason=GapReason.OVERFLOW)
OTHER_SETTINGS = SessionSettings(transcription=TranscriptionSettings(model="base"))
SCHEDULE = (
    ScheduledEntry(at_sample=0, action=OTHER_SETTINGS),
    ScheduledEntry(at_sample=250, action=commit_here),
    ScheduledEntry(at_sample=300, action=LOSS),
    ScheduledEntry(at_sample=1_000, action=pause_here),
    ScheduledEntry(at_sample=2_000, action=stop_here),
)


@given(st.lists(st.integers(1, SAMPLES - 1), unique=True).map(sorted))
def test_the_session_is_told_the_same_at_the_same_samples(cuts: list[int]) -> None:
    mailbox = SessionMailbox()
    sink = ScheduledSink(mailbox, SCHEDULE, lambda _settings: None)
    audio = np.arange(SAMPLES, dtype=np.float32)
    borders = [0, *cuts, SAMPLES]
    for first, last in pairwise(borders):
        assert sink.put(AudioBlock(first_sample=first, samples=audio[first:last]))
    sink.put(SourceEnded(at_sample=SAMPLES))

    told: list[tuple[int, object]] = []
    heard: list[float] = []
    message: object = None
    while not isinstance(message, SourceEnded):
        message = mailbox.take()
        if isinstance(message, AudioBlock):
            assert message.first_sample == message.samples[0]
            heard.extend(message.samples)
        elif isinstance(message, CommandRequest):
            told.append((len(heard), message.command))
        elif isinstance(message, SettingsRequest):
            told.append((len(heard), message.settings))
        elif isinstance(message, AudioLost):
            told.append((len(heard), message))
    assert heard == [*range(300), *range(500, SAMPLES)]
    assert told == [(0, OTHER_SETTINGS), (250, commit_here), (300, LOSS), (800, pause_here), (800, stop_here)]


def test_what_cannot_be_opened_is_told_to_whoever_makes_the_schedule_and_not_to_the_source() -> None:
    def open_wake_word(settings: SessionSettings) -> WakeWordDetector | None:
        return None if settings.wake_word is None else FakeWakeWords().open(settings.wake_word.words)

    settings = SessionSettings(wake_word=WakeWordSettings(words=("nobody_knows",)))
    with pytest.raises(UnknownWakeWordError, match="nobody_knows"):
        ScheduledSink(
            SessionMailbox(), (ScheduledEntry(at_sample=48_000, action=settings),), open_wake_word=open_wake_word
        )
