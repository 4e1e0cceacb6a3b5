"""Speech at the very edges of what a program listens to is written whole."""

from collections.abc import Iterator

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.end_to_end.hearing import MODEL
from tests.end_to_end.scripted_process import ScriptedProcess, scripted_process
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech

from realtime_mlx_stt.adapters.python_api.client.client import STTClient
from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.audio_source import AudioSamples

CLIPS = ("lj001-0008", "cards-005", "sense-and-sensibility-0930")
LOUD = 0.02


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedProcess]:
    with scripted_process(tmp_path_factory.mktemp("edges")) as made:
        yield made


def only_speech(name: str) -> AudioSamples:
    """The clip from its first loud sample to its last."""
    samples = speech(name)
    (loud,) = np.nonzero(np.abs(samples) > LOUD)
    return samples[loud[0] : loud[-1] + 1]


def is_whole(text: str, name: str) -> bool:
    """Whether the text has as many words as the clip, the same first and the same last; others may be wrong."""
    words, said = plain_words(text), plain_words(clip(name).text)
    return (words[:1], words[-1:], len(words)) == (said[:1], said[-1:], len(said))


@pytest.mark.parametrize("name", CLIPS)
def test_speech_from_the_first_sample_to_the_last_before_the_stop(process: ScriptedProcess, name: str) -> None:
    session = TranscriptionSession(model=ModelConfig(model=MODEL))
    assert session.start()
    process.microphones.newest.hear(only_speech(name))
    assert session.stop()
    events = [stored.event for stored in session.events()]
    texts = [event.text for event in events if isinstance(event, e.UtteranceTranscribed)]
    assert is_whole(" ".join(texts), name)
    ends = [event for event in events if isinstance(event, e.SpeechEnded)]
    assert [end.reason for end in ends] == [e.SpeechEndReason.STOPPED]
    assert ends[0].start_sample == 0
    assert ends[0].end_sample == len(only_speech(name))


@pytest.mark.parametrize("name", CLIPS)
def test_speech_that_began_with_the_recording_and_is_fetched_afterwards(
    process: ScriptedProcess, name: str
) -> None:
    client = STTClient(default_model=MODEL, vad_min_silence_duration=0.4)
    assert client.start_recording_immediate()
    process.microphones.newest.hear(scene(only_speech(name), silence(1)))
    assert is_whole(client.get_transcription(), name)
