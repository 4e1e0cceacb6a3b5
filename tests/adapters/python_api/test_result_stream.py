"""The texts of a session one after another: what is waited for at the end, and for how long."""

from time import monotonic

import numpy as np
import pytest
from tests.adapters.python_api.process import Calls, FakeProcess, recorded_session, utterance
from tests.application.rig import TIMEOUT_SECONDS, silence
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.adapters.python_api.configuration.configuration import VADConfig
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.session.result_stream import ListeningLimits, ResultStream, joined_text
from realtime_mlx_stt.adapters.python_api.session.session_callbacks import EventTranslation
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.events import UtteranceTranscribed
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError


def test_without_a_start_there_are_none(process: FakeProcess, calls: Calls) -> None:
    with pytest.raises(SessionNotRunningError):
        ResultStream(recorded_session(calls, ()), ListeningLimits())


def test_a_text_that_cannot_be_had_is_passed_over_unless_every_one_is_needed(
    process: FakeProcess, calls: Calls
) -> None:
    assert isinstance(process.rig.engines, ScriptedEngines)
    process.rig.engines.failure = SpeechToTextError("The model ran into a wall.")
    for needs_every_text in (False, True):
        session = recorded_session(calls, ())
        session.start()
        process.rig.source.hear(utterance(1))
        results = ResultStream(session, ListeningLimits(duration_seconds=0.1, needs_every_text=needs_every_text))
        if needs_every_text:
            with pytest.raises(SessionProblemError, match="ran into a wall"):
                joined_text(results)
        else:
            assert joined_text(results) == ""


def test_a_session_that_does_not_end_is_waited_for_no_longer(process: FakeProcess, calls: Calls) -> None:
    session = recorded_session(calls, ())
    session.start()
    process.rig.voice_activity.gate.clear()
    process.rig.source.hear(utterance(1))
    results = ResultStream(session, ListeningLimits(duration_seconds=0.01, last_texts_seconds=0.0))
    with pytest.raises(TimeoutError, match=r"^Transcription timed out$"):
        joined_text(results)
    process.rig.voice_activity.gate.set()


def test_the_silence_that_ended_the_speech_counts_for_the_limit(process: FakeProcess, calls: Calls) -> None:
    session = recorded_session(calls, (), vad=VADConfig(min_silence_duration=9.0))
    session.start()
    process.rig.source.hear(np.concatenate((spoken(1), silence(9.5))))
    begin = monotonic()
    assert joined_text(ResultStream(session, ListeningLimits(silence_seconds=9.0))) == "word1"
    assert monotonic() - begin < 5.0


def test_a_text_that_cannot_be_had_counts_for_the_silence(process: FakeProcess, calls: Calls) -> None:
    assert isinstance(process.rig.engines, ScriptedEngines)
    process.rig.engines.failure = SpeechToTextError("The model ran into a wall.")
    session = recorded_session(calls, ())
    session.start()
    process.rig.source.hear(utterance(1))
    limits = ListeningLimits(duration_seconds=TIMEOUT_SECONDS, silence_seconds=0.1)
    begin = monotonic()
    assert joined_text(ResultStream(session, limits)) == ""
    assert monotonic() - begin < TIMEOUT_SECONDS / 2


def test_nothing_is_kept_of_an_utterance_whose_text_has_come(process: FakeProcess, calls: Calls) -> None:
    session = recorded_session(calls, ("event",))
    session.start()
    process.rig.source.hear(utterance(1))
    session.stop()
    translation = EventTranslation()
    for stored in calls.of("event"):
        translation.note(stored.event)
        if isinstance(stored.event, UtteranceTranscribed):
            assert translation.result(stored.event, stored.recorded_at).duration == pytest.approx(0.3, abs=0.5)
            assert translation.result(stored.event, stored.recorded_at).duration is None
            return
    pytest.fail("no text has come")
