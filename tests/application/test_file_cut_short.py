"""A file that holds less than it promises is heard to its end, and the log tells of it."""

from tests.application.rig import Rig, texts
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.audio_source import AudioCutShortError, SourceCutShort


def test_what_it_holds_is_written_and_the_rest_is_told_of(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1, gap_seconds=0))
    rig.source.deliver(SourceCutShort(at_sample=rig.source.position, error=AudioCutShortError("Half of it.")))
    rig.source.end()
    rig.orchestrator.wait(session_id)
    log = tuple(rig.store.read(session_id))
    assert texts(log) == ["word1"]
    told = [stored.event for stored in log if isinstance(stored.event, e.ServiceDegraded)]
    assert told == [e.ServiceDegraded(part="source", code="audio-cut-short", message="Half of it.")]
    assert isinstance(log[-1].event, e.SessionStopped)
    assert log_violations(log) == ()
