"""The texts of a session one after another: what is waited for at the end, and for how long."""

import pytest
from tests.adapters.python_api.process import Calls, FakeProcess, recorded_session, utterance
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.python_api.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.result_stream import ListeningLimits, ResultStream, joined_text
from realtime_mlx_stt.application.session_runner import SessionNotRunningError
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
