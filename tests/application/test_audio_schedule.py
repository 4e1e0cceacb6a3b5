"""What is scheduled stands between exactly the samples where it belongs, however the audio is cut."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.application.audio_schedule import ScheduledEntry, ScheduledSink
from realtime_mlx_stt.application.mailbox import SessionMailbox
from realtime_mlx_stt.application.messages import CommandRequest, SettingsRequest
from realtime_mlx_stt.application.position_requests import commit_here, pause_here, stop_here
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioLost, SourceEnded

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
