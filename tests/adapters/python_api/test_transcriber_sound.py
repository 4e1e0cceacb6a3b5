"""``transcribe_audio`` and ``transcribe_file``: what may be given, what is heard of it, and what goes wrong."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.adapters.python_api.process import Calls, FakeProcess, transcriber, utterance
from tests.adapters.python_api.refusals import refusal
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.fakes.speech_to_text import ScriptedDecoder, ScriptedEngines, ScriptedSpeechToText

from realtime_mlx_stt.adapters.python_api.configuration.configuration import VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioFileNotFoundError, AudioSamples, FileRequest, SamplesRequest
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

SOUND = np.concatenate((utterance(1, 2), utterance(3)))
SAID = "word1 word2 word3"
FILE = Path("a.wav")


def pcm(samples: AudioSamples) -> bytes:
    return np.rint(samples * 32_768).astype("<i2").tobytes()


class TestWhatIsHeard:
    @pytest.mark.parametrize(
        "audio_data",
        [
            pytest.param(pcm(SOUND), id="bytes"),
            pytest.param(bytearray(pcm(SOUND)), id="bytearray"),
            pytest.param(SOUND.tolist(), id="list"),
            pytest.param(tuple(SOUND.tolist()), id="tuple"),
            pytest.param(SOUND, id="float32"),
            pytest.param(SOUND.astype(np.float64), id="float64"),
            pytest.param(SOUND.reshape(-1, 1), id="one column"),
            pytest.param(np.frombuffer(pcm(SOUND), dtype="<i2"), id="int16"),
            pytest.param(np.rint(SOUND * 32_768).astype(">i2"), id="int16 of the other end"),
            pytest.param((SOUND * 2.0**31).astype(np.int32), id="int32"),
        ],
    )
    def test_sound_may_be_given_in_every_way(self, process: FakeProcess, audio_data: Any) -> None:
        assert transcriber().transcribe_audio(audio_data) == SAID
        (request,) = process.rig.sources.requests
        assert isinstance(request, SamplesRequest)
        assert request.samples.dtype == np.float32
        assert request.samples.shape == SOUND.shape
        assert np.allclose(request.samples, SOUND, atol=1 / 32_768)

    @pytest.mark.parametrize("rate", [1000, 8000, 44_100, 384_000, np.int64(48_000)])
    def test_it_may_have_any_rate(self, process: FakeProcess, rate: int) -> None:
        transcriber().transcribe_audio(SOUND, rate)
        (request,) = process.rig.sources.requests
        assert isinstance(request, SamplesRequest)
        assert request.sample_rate_hz == rate

    @pytest.mark.parametrize("path", [FILE, str(FILE)])
    def test_a_file_is_heard_as_fast_as_it_goes(self, process: FakeProcess, path: str | Path) -> None:
        process.rig.sources.files[FILE] = SOUND
        assert transcriber().transcribe_file(path) == SAID
        assert process.rig.sources.requests == [FileRequest(path=FILE, speed=None)]

    def test_only_final_texts_are_made(self, process: FakeProcess) -> None:
        transcriber().transcribe_audio(SOUND)
        assert isinstance(process.rig.engines, ScriptedEngines)
        assert [call.final for call in process.rig.engines.calls] == [True, True]

    def test_nothing_said_is_nothing(self, process: FakeProcess) -> None:
        assert transcriber().transcribe_audio(bytes(64_000)) == ""
        assert transcriber().transcribe_audio([0] * 32_000) == ""
        assert transcriber().transcribe_audio([0.5]) == ""

    def test_what_is_said_at_both_ends_is_written(self, process: FakeProcess) -> None:
        assert transcriber().transcribe_audio(utterance(1, 2)[:-16_800]) == "word1 word2"

    def test_nothing_else_has_to_say_when_to_listen(self, process: FakeProcess) -> None:
        waiting = transcriber(wake_word=WakeWordConfig(words=["alexa"]), vad=VADConfig(enabled=False))
        assert waiting.transcribe_audio(SOUND) == SAID

    def test_each_text_has_been_told_by_then(self, process: FakeProcess, calls: Calls) -> None:
        transcriber(calls, ("transcription",)).transcribe_audio(SOUND)
        assert [result.text for result in calls.of("transcription")] == ["word1 word2", "word3"]

    def test_a_session_that_runs_goes_on(self, process: FakeProcess, calls: Calls) -> None:
        with transcriber(calls, ("transcription",)) as listening:
            microphone = process.rig.source
            assert listening.transcribe_audio(SOUND) == SAID
            microphone.hear(utterance(4))
            calls.until("transcription", 3)
            assert calls.of("transcription")[-1].text == "word4"

    def test_it_may_be_called_in_a_callback(self, process: FakeProcess, calls: Calls) -> None:
        listening = transcriber(calls, ("transcription",))
        heard: list[str] = []

        def hear_once(_name: str) -> None:
            if not heard:
                heard.append("")
                heard[0] = listening.transcribe_audio(SOUND)

        calls.then = hear_once
        with listening:
            process.rig.source.hear(utterance(4))
            calls.until("transcription", 3)
        assert heard == [SAID]


class TestRefusal:
    """What is no sound is refused before anything is started."""

    @pytest.mark.parametrize(
        ("audio_data", "sentence"),
        [
            (b"", "Audio data must hold at least one sample, got none"),
            ([], "Audio data must hold at least one sample, got none"),
            (np.zeros(0), "Audio data must hold at least one sample, got none"),
            (b"abc", "Audio data in bytes must be 16-bit samples of two bytes each, got 3 bytes"),
            ([0.1, float("nan")], "Audio data must be finite numbers, got some that are not"),
            (np.array([0.1, -np.inf]), "Audio data must be finite numbers, got some that are not"),
            (np.zeros((100, 2)), "Audio data must have one channel, got an array of the shape (100, 2)"),
            (np.array(0.5), "Audio data must have one channel, got an array of the shape ()"),
            (np.zeros(100, dtype=np.uint8), "Audio data must be floats, 16-bit or 32-bit integers, got uint8"),
            (np.zeros(100, dtype=np.int64), "Audio data must be floats, 16-bit or 32-bit integers, got int64"),
            (np.zeros(100, dtype=bool), "Audio data must be floats, 16-bit or 32-bit integers, got bool"),
            (["0.1"], "Audio data in a list must be numbers and nothing else"),
            ([0.1, None], "Audio data in a list must be numbers and nothing else"),
            ([[0.1], [0.2]], "Audio data in a list must be numbers and nothing else"),
            ([[0.1], [0.2, 0.3]], "Audio data in a list must be numbers and nothing else"),
            ([True, False], "Audio data in a list must be numbers and nothing else"),
            ("sound", "Audio data must be bytes, a list of floats or a NumPy array, got str"),
            (None, "Audio data must be bytes, a list of floats or a NumPy array, got NoneType"),
            (0.5, "Audio data must be bytes, a list of floats or a NumPy array, got float"),
        ],
    )
    def test_of_data(self, process: FakeProcess, audio_data: object, sentence: str) -> None:
        assert refusal(transcriber().transcribe_audio, audio_data=audio_data) == sentence
        assert process.rig.sources.requests == []

    @pytest.mark.parametrize("audio_data", [[0.5, -12_000], np.array([12_000.0], dtype=np.float32)])
    def test_of_integers_that_were_taken_for_floats(self, process: FakeProcess, audio_data: object) -> None:
        assert refusal(transcriber().transcribe_audio, audio_data=audio_data) == (
            "Audio data in floats must have a full scale of 1.0, got a sample of 12000; "
            "16-bit samples must be divided by 32768"
        )

    @pytest.mark.parametrize("rate", [999, 384_001, 0, -16_000, 16_000.0, "16000", None, True])
    def test_of_a_rate(self, process: FakeProcess, rate: object) -> None:
        sentence = f"Sample rate must be a whole number from 1000 to 384000, got {rate!r}"
        assert refusal(transcriber().transcribe_audio, audio_data=SOUND, sample_rate=rate) == sentence

    @pytest.mark.parametrize("path", [None, 3, b"a.wav", ["a.wav"]])
    def test_of_a_path(self, process: FakeProcess, path: object) -> None:
        sentence = f"file_path must be the path of a sound file, got {path!r}"
        assert refusal(transcriber().transcribe_file, file_path=path) == sentence

    def test_a_peak_somewhat_beyond_full_scale_is_sound(self, process: FakeProcess) -> None:
        assert transcriber().transcribe_audio(np.concatenate(([1.5], SOUND))) == SAID


class FailingAtTwo(ScriptedEngines):
    """The model runs into a wall wherever ``word2`` is said."""

    def open(self, engine: str, model: str) -> ScriptedSpeechToText:
        return FailingModel(self, super().open(engine, model).model)


class FailingModel(ScriptedSpeechToText):
    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        decoder = super().open_utterance(options)
        return FailingDecoder(self.engines, self.model, decoder.language)


class FailingDecoder(ScriptedDecoder):
    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        decoded = super().decode(audio, final=final)
        if "word2" in decoded.text:
            raise SpeechToTextError("The model ran into a wall.")
        return decoded


@pytest.fixture
def failing() -> Iterator[FakeProcess]:
    process = FakeProcess(rig=Rig(engines=FailingAtTwo()))
    with using_services(process):
        yield process
    process.close()


class TestProblems:
    THREE = np.concatenate([utterance(number) for number in (1, 2, 3)])

    def test_a_missing_file_is_an_error(self, process: FakeProcess, calls: Calls) -> None:
        with pytest.raises(AudioFileNotFoundError, match=r"no file b\.wav"):
            transcriber(calls, ("error",)).transcribe_file("b.wav")
        assert calls.of("error") == []

    def test_a_model_that_cannot_be_loaded_is_an_error(self, process: FakeProcess) -> None:
        assert isinstance(process.rig.engines, ScriptedEngines)
        process.rig.engines.load_failure = SpeechToTextError("There is no room for the model.")
        with pytest.raises(SpeechToTextError, match="no room"):
            transcriber().transcribe_audio(SOUND)
        process.rig.engines.load_failure = None
        assert transcriber().transcribe_audio(SOUND) == SAID

    def test_a_session_that_fails_is_an_error(self, process: FakeProcess, calls: Calls) -> None:
        process.rig.voice_activity.run_error = SpeechToTextError("The detector broke.")
        with pytest.raises(SessionProblemError, match="The detector broke"):
            transcriber(calls, ("error",)).transcribe_audio(SOUND)
        assert [str(error) for error in calls.of("error")] == ["The detector broke."]

    def test_a_text_that_cannot_be_had_is_an_error_where_nobody_is_told(self, failing: FakeProcess) -> None:
        with pytest.raises(SessionProblemError, match="ran into a wall"):
            transcriber().transcribe_audio(self.THREE)

    def test_the_others_are_returned_where_somebody_is(self, failing: FakeProcess, calls: Calls) -> None:
        assert transcriber(calls, ("error",)).transcribe_audio(self.THREE) == "word1 word3"
        assert [error.code for error in calls.of("error")] == ["speech-to-text"]


class StuckAtTwo(ScriptedEngines):
    """The model says nothing to ``word2`` until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.gate = threading.Event(), threading.Event()

    def open(self, engine: str, model: str) -> ScriptedSpeechToText:
        return StuckModel(self, super().open(engine, model).model)


class StuckModel(ScriptedSpeechToText):
    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        return StuckDecoder(self.engines, self.model, super().open_utterance(options).language)


class StuckDecoder(ScriptedDecoder):
    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        decoded = super().decode(audio, final=final)
        assert isinstance(self.engines, StuckAtTwo)
        if decoded.text == "word2":
            self.engines.entered.set()
            assert self.engines.gate.wait(TIMEOUT_SECONDS)
        return decoded


def test_a_stop_ends_a_long_file_with_what_has_been_written() -> None:
    engines = StuckAtTwo()
    process = FakeProcess(rig=Rig(engines=engines))
    process.rig.sources.files[FILE] = np.concatenate([utterance(number) for number in range(1, 61)])
    hearing, heard = transcriber(), list[str]()
    with using_services(process):
        caller = threading.Thread(target=lambda: heard.append(hearing.transcribe_file(FILE)))
        caller.start()
        assert engines.entered.wait(TIMEOUT_SECONDS)
        stopper = threading.Thread(target=hearing.stop)
        stopper.start()
        while not process.rig.source.is_stopped:
            stopper.join(0.005)
        engines.gate.set()
        for thread in (caller, stopper):
            thread.join(TIMEOUT_SECONDS)
    process.close()
    assert heard[0].startswith("word1 word2")
    assert "word60" not in heard[0]
