"""However a stream is cut into blocks, at whatever rate and from however many channels, the same is heard in it."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from dependency_injector import providers
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.adapters.sound_clips import SPEECH_CLIPS
from tests.adapters.speech_to_text.loaded_model import MODEL

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames, StreamConverter, converted_samples
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.engines import MlxEngines
from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples, AudioSink, FileRequest, SourceEnded, SourceRequest
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UtteranceDecoder, decode_each

RATES = (8_000, 16_000, 22_050, 44_100, 48_000)
MOST_BLOCKS = 20_000
WHOLE = (10**9,)
TIMEOUT_SECONDS = 120.0
TEXT_TYPES = (e.UtteranceTranscribed.type, e.UtteranceRejected.type)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A clip as a device of some rate gives it, in blocks of these sizes over and over.

    In ``lockstep`` the session itself cuts them again, into windows; without it takes them as they come.
    """

    clip: Path
    rate: int
    channels: int
    sizes: tuple[int, ...]
    lockstep: bool = False

    @property
    def frames(self) -> Frames:
        mono = device_samples(self.clip, self.rate)
        return np.repeat(mono[:, np.newaxis], self.channels, axis=1)

    def blocks(self) -> Iterator[Frames]:
        """At most ``MOST_BLOCKS``: a long clip is not cut into single samples, which would take minutes."""
        frames = self.frames
        smallest = -(-len(frames) // MOST_BLOCKS)
        first = 0
        for size in cycle(self.sizes):
            if first >= len(frames):
                return
            yield frames[first : first + max(size, smallest)]
            first += max(size, smallest)


@cache
def device_samples(clip: Path, rate: int) -> AudioSamples:
    samples, clip_rate = soundfile.read(clip, dtype="float32")
    return samples if rate == clip_rate else np.asarray(soxr.resample(samples, clip_rate, rate), dtype=np.float32)


@dataclass
class CutSource:
    """An ``AudioSource`` that converts each block as a microphone's is, and delivers what comes of it."""

    cut: Cut

    def __post_init__(self) -> None:
        self._thread: threading.Thread | None = None

    @property
    def description(self) -> str:
        return "blocks"

    @property
    def duration_samples(self) -> int | None:
        return None

    def start(self, sink: AudioSink) -> None:
        self._thread = threading.Thread(target=self._run, args=(sink,))
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._thread.join(TIMEOUT_SECONDS)

    def _run(self, sink: AudioSink) -> None:
        converter = StreamConverter(self.cut.rate)
        for block in self.cut.blocks():
            for delivery in converter.convert(block):
                if not sink.put(delivery):
                    return
        for delivery in converter.finish():
            sink.put(delivery)
        sink.put(SourceEnded(at_sample=converter.end_sample))


@dataclass
class CutSources:
    cut: Cut

    def open(self, _request: SourceRequest) -> CutSource:
        return CutSource(self.cut)


class DigestEngines:
    """``SpeechToTextEngines`` that write the digest of the audio: a single other sample is another text."""

    model = "digest"
    most_together = 1

    def open(self, _engine: str, _model: str) -> "DigestEngines":
        return self

    def language_code(self, _engine: str, _model: str, language: str | None) -> str | None:
        return language

    def fetch(self, _engine: str, _model: str) -> None:
        return

    def default_model(self, _engine: str) -> str:
        return self.model

    def is_remote(self, _engine: str) -> bool:
        return False

    def load(self) -> None:
        return

    def check_translation(self, _engine: str, _model: str) -> None:
        return

    def open_utterance(self, _options: DecodingOptions) -> "DigestEngines":
        return self

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        return decode_each(growing)

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        digest = hashlib.sha256(audio.tobytes()).hexdigest()[:16]
        return Transcription(
            text=f"{digest} {'final' if final else 'partial'}",
            words=(),
            language="en",
            average_log_probability=0.0,
            no_speech_probability=0.0,
            confidence=1.0,
        )


SILERO = SileroVoiceActivity()
DIGESTS = DigestEngines()
NOWHERE = Path("nowhere")


def hear(cut: Cut, engines: Any = DIGESTS) -> tuple[StoredEvent, ...]:
    """The log of a session over the cut, with the real parts but for the engine."""
    container = Container(
        settings=RuntimeSettings(
            database=None, cache_folder=NOWHERE, profiles_folder=NOWHERE, recordings_folder=NOWHERE
        ),
        voice_activity=providers.Object(SILERO),
        sources=providers.Object(CutSources(cut)),
        engines=providers.Object(engines),
    )
    try:
        transcription = TranscriptionSettings(model=MODEL)
        config = PipelineConfig(
            settings=SessionSettings(transcription=transcription),
            source=FileRequest(path=NOWHERE),
            lockstep=cut.lockstep,
        )
        orchestrator = container.orchestrator()
        session_id = orchestrator.start_pipeline(config)
        assert orchestrator.wait(session_id, TIMEOUT_SECONDS)
        return tuple(orchestrator.events(session_id))
    finally:
        release(container)


def told(log: Sequence[StoredEvent]) -> list[tuple[str, dict[str, Any]]]:
    """All events but the hypotheses, without what a clock said; texts, which come when they can, are last."""
    clocked = ("started_at", "inference_seconds")
    facts = [
        (stored.event.type, {name: value for name, value in data.items() if name not in clocked})
        for stored in log
        if not isinstance(stored.event, e.HypothesisRevised)
        for data in (envelope(stored)["data"],)
    ]
    return sorted(facts, key=lambda event: event[1]["utterance_id"] if event[0] in TEXT_TYPES else 0)


@cache
def heard_whole(clip: Path, rate: int) -> list[tuple[str, dict[str, Any]]]:
    """What is heard in one block from one channel."""
    log = hear(Cut(clip=clip, rate=rate, channels=1, sizes=WHOLE, lockstep=True))
    assert any(isinstance(stored.event, e.UtteranceTranscribed) for stored in log)
    return told(log)


def expect_same(cut: Cut) -> None:
    log = hear(cut)
    assert told(log) == heard_whole(cut.clip, cut.rate)
    ledger = audio_ledger(stored.event for stored in log)
    assert ledger.captured_samples == converted_samples(len(cut.frames), cut.rate)
    parts = (ledger.utterance_samples, ledger.rejected_samples, ledger.silence_samples, ledger.gap_samples)
    assert sum(parts) == ledger.captured_samples
    assert ledger.gap_samples == 0


@pytest.mark.parametrize(
    ("number", "clip"), list(enumerate(SPEECH_CLIPS)), ids=[path.stem for path in SPEECH_CLIPS]
)
def test_every_clip_is_heard_alike_in_blocks_of_an_odd_size(number: int, clip: Path) -> None:
    expect_same(Cut(clip=clip, rate=RATES[number % 5], channels=1 + number % 2, sizes=(997 + 631 * number,)))


SHORTEST = SPEECH_CLIPS[0]

cuts = st.builds(
    Cut,
    clip=st.sampled_from(SPEECH_CLIPS),
    rate=st.sampled_from(RATES),
    channels=st.sampled_from((1, 2)),
    sizes=st.lists(st.integers(1, 48_000), min_size=1, max_size=4).map(tuple),
    lockstep=st.booleans(),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cuts)
@example(Cut(clip=SHORTEST, rate=8_000, channels=1, sizes=(1,)))
@example(Cut(clip=SHORTEST, rate=48_000, channels=2, sizes=(48_000, 1)))
def test_any_cut_is_heard_alike(cut: Cut) -> None:
    expect_same(cut)


@pytest.mark.parametrize("rate", RATES)
def test_the_real_model_writes_the_same_of_any_cut(rate: int) -> None:
    """Each session has an engine of its own, for a model stays on the thread that loaded it."""
    whole = Cut(clip=SPEECH_CLIPS[3], rate=rate, channels=1, sizes=WHOLE)
    cut = replace(whole, channels=2, sizes=(441, 7))
    texts = [
        [data.get("text") for _, data in told(hear(each, MlxEngines(WhisperModelRepository())))]
        for each in (whole, cut)
    ]
    assert texts[0] == texts[1]
    assert any(texts[0])
