"""A session is the same whoever writes its texts; what a service fails at costs texts, no session, and no key."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from dependency_injector import providers
from tests.adapters.openai_transcription.local_service import (
    KEY,
    QUICK,
    LocalService,
    Trouble,
    running_service,
)
from tests.adapters.speech_to_text.clips import clip
from tests.end_to_end.hearing import TIMEOUT_SECONDS, Hearing

from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.speech_to_text import ApiKeyMissingError, ApiKeyRefusedError

ON_THE_SERVICE = {"transcription": {"engine": "openai", "model": "whisper-1"}}
IMPATIENT = replace(QUICK, answer_seconds=2.0)
SECOND_OF_SILENCE = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
SPEECH = clip("lj001-0008")


def spoken_times(count: int) -> AudioSamples:
    """The clip so often, with a silence behind each that ends an utterance."""
    return np.concatenate([SPEECH.audio, SECOND_OF_SILENCE] * count)


def words_of_the_clip(audio: AudioSamples) -> list[Word]:
    """What the clip says, spread over the audio."""
    words = SPEECH.text.split()
    places = np.linspace(0, audio.size, len(words) + 1).astype(int).tolist()
    return [
        Word(text=word, start_sample=start, end_sample=end, probability=1.0)
        for word, (start, end) in zip(words, pairwise(places), strict=True)
    ]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalService]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_service() as running:
        running.hears = words_of_the_clip
        yield running


@pytest.fixture
def hearing_remotely(service: LocalService, tmp_path: Path) -> Iterator[Hearing]:
    """Whole sessions whose texts this service writes, which is not waited for long."""
    settings = RuntimeSettings.of_this_machine({}, database=tmp_path / "sessions.db")
    container = Container(settings=settings, engines=providers.Object(service.engines(IMPATIENT)))
    yield Hearing(container, tmp_path)
    service.ending.set()
    release(container)


def test_the_events_are_those_of_a_session_on_this_machine(
    hearing: Hearing, service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", service.base_url)
    locally = hearing.hear(spoken_times(2))
    remotely = hearing.hear(spoken_times(2), hearing.config(ON_THE_SERVICE))

    assert remotely.types() == locally.types()
    assert remotely.types() == ["speech-started", "speech-ended", "utterance-transcribed"] * 2
    assert [place[:2] for place in remotely.outcome] == [place[:2] for place in locally.outcome]
    assert remotely.text == f"{SPEECH.text} {SPEECH.text}"
    for utterance, sent in zip(remotely.utterances, service.received, strict=True):
        assert utterance.end_sample - utterance.start_sample == sent.audio.size
        assert utterance.best.words[0].start_sample == utterance.start_sample
        assert utterance.best.words[-1].end_sample == utterance.end_sample
        assert utterance.best.confidence == pytest.approx(np.exp(-0.25))


def test_a_profile_that_names_the_engine_alone_gets_the_engine_s_own_model(hearing: Hearing) -> None:
    config = hearing.orchestrator.configure_profile("vad-triggered", {"transcription": {"engine": "openai"}})
    assert config.settings.transcription.model == "gpt-4o-transcribe"


def test_each_failure_is_told_of_its_utterance_and_the_session_goes_on(
    hearing_remotely: Hearing, service: LocalService, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    service.troubles.extend(
        [
            Trouble.of(401, f"Incorrect API key provided: {KEY}."),
            Trouble.of(429, "Slow down.", retry_after="20"),
            Trouble(status=None),
            *[Trouble(status=0)] * 3,
            Trouble.of(404, "The model does not exist."),
        ]
    )
    config = replace(hearing_remotely.config(ON_THE_SERVICE), record_audio=True)
    heard = hearing_remotely.hear(spoken_times(6), config)

    assert [(failed.utterance_id, failed.code) for failed in heard.events(e.TranscriptionFailed)] == [
        (1, "api-key-refused"),
        (2, "service-rate-limit"),
        (3, "service-timeout"),
        (4, "service-offline"),
        (5, "transcription-service"),
    ]
    assert "Wait 20 s" in heard.events(e.TranscriptionFailed)[1].message
    assert heard.text == SPEECH.text
    assert KEY not in caplog.text
    assert KEY not in repr(heard.log)
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes()


def test_a_missing_or_refused_key_is_found_before_anything_is_heard(
    hearing: Hearing, service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_BASE_URL", service.base_url)
    orchestrator = hearing.orchestrator
    config = hearing.config(ON_THE_SERVICE)
    for ask in (orchestrator.check_pipeline, orchestrator.initialize_pipeline, orchestrator.start_pipeline):
        with pytest.raises(ApiKeyMissingError):
            ask(config)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-elses-key")
    with pytest.raises(ApiKeyRefusedError):
        orchestrator.start_pipeline(config)
    assert orchestrator.running_sessions() == ()


def test_a_stop_does_not_wait_for_a_service_that_does_not_answer(service: LocalService, tmp_path: Path) -> None:
    settings = RuntimeSettings.of_this_machine({}, database=tmp_path / "sessions.db")
    container = Container(settings=settings, engines=providers.Object(service.engines()))
    hearing = Hearing(container, tmp_path)
    service.troubles.append(Trouble(status=None))
    session_id = hearing.start(spoken_times(1), hearing.config(ON_THE_SERVICE))
    assert service.arrived.acquire(timeout=TIMEOUT_SECONDS)

    assert hearing.orchestrator.stop_pipeline(session_id, timeout_seconds=0.1)
    assert not hearing.orchestrator.close()  # the service is still being waited for

    types = [stored.event.type for stored in container.store().read(session_id)]
    assert types[-2:] == ["transcription-failed", "session-stopped"]
    service.ending.set()
    assert hearing.orchestrator.close()
    release(container)
