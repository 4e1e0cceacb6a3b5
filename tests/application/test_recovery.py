"""A session that a crash left open is closed as interrupted; one that is running or over is left alone."""

from tests.application.rig import Rig, silence
from tests.application.stories import began, ended, started, stopped, transcribed
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId

CRASHED = SessionId("crashed")


def test_an_open_session_is_closed_with_the_utterances_it_lost(rig: Rig) -> None:
    finished = (started(1, 0), ended(1, 0, 10), transcribed(1, "kept"))
    rig.store.append(CRASHED, 0, (began(), *finished, started(2, 20), ended(2, 20, 30), started(3, 40)), 1.0)
    heard: list[e.SessionEvent] = []
    rig.orchestrator.subscribe(lambda stored: heard.append(stored.event), CRASHED)
    assert rig.orchestrator.recover() == (CRASHED,)
    log = tuple(rig.store.read(CRASHED))
    interruption = e.SessionInterrupted(lost_utterances=(UtteranceId(2), UtteranceId(3)))
    assert log[-1].event == interruption
    assert heard == [interruption]
    assert fold_transcript(log).text == "kept"
    assert log_violations(log) == ()
    assert rig.orchestrator.recover() == ()
    assert not rig.is_claimed(CRASHED)


def test_sessions_that_are_over_stay_as_they_are(rig: Rig) -> None:
    failure = e.SessionFailed(code="x", message="X.", captured_samples=0)
    revision = e.TranscriptRevised(
        utterance_id=UtteranceId(1), text="Kept.", words=(), language=None, confidence=1.0, model="base"
    )
    whole = (began(), started(1, 0), ended(1, 0, 10), transcribed(1, "kept"), *stopped(20), revision)
    rig.store.append(SessionId("stopped"), 0, (began(), *stopped(0)), 1.0)
    rig.store.append(SessionId("failed"), 0, (began(), failure), 1.0)
    rig.store.append(SessionId("revised"), 0, whole, 1.0)
    assert rig.orchestrator.recover() == ()


def test_a_running_session_is_not_recovered(rig: Rig) -> None:
    session_id, watch = rig.start()
    assert rig.orchestrator.recover() == ()
    rig.source.hear(spoken(1))
    rig.source.hear(silence(1))
    rig.finish(session_id)
    assert watch.types[-1] == "session-stopped"


def test_a_session_that_another_process_runs_is_not_recovered(rig: Rig) -> None:
    rig.store.append(CRASHED, 0, (began(),), 1.0)
    rig.claims.claim(CRASHED)
    assert rig.orchestrator.recover() == ()
