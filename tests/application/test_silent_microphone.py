"""A microphone that gives only zeros is told of until it gives sound; its zeros are heard like any other audio."""

import numpy as np
from tests.application.rig import Rig, silence, texts
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.ports.audio_source import MicrophoneSilentError, SourceAudible, SourceSilent
from realtime_mlx_stt.ports.event_store import StoredEvent

SPEECH = np.concatenate((spoken(1), silence(1)))


def fall_silent(rig: Rig) -> None:
    rig.source.deliver(SourceSilent(at_sample=rig.source.position, error=MicrophoneSilentError("Muted?")))


def give_sound(rig: Rig) -> None:
    rig.source.deliver(SourceAudible(at_sample=rig.source.position))


def services(log: tuple[StoredEvent, ...]) -> list[e.SessionEvent]:
    return [stored.event for stored in log if isinstance(stored.event, e.ServiceDegraded | e.ServiceRestored)]


def test_a_silent_microphone_is_told_of_and_so_is_its_sound(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(silence(3))
    fall_silent(rig)
    rig.source.hear(silence(3))
    give_sound(rig)
    rig.source.hear(SPEECH)
    log = rig.finish(session_id)
    assert services(log) == [
        e.ServiceDegraded(part="microphone", code="microphone-silent", message="Muted?"),
        e.ServiceRestored(part="microphone"),
    ]
    assert texts(log) == ["word1"]
    assert log_violations(log) == ()
    ledger = audio_ledger(stored.event for stored in log)
    assert (ledger.captured_samples, ledger.gap_samples) == (rig.source.position, 0)


def test_a_microphone_that_stays_silent_does_not_end_the_session(rig: Rig) -> None:
    session_id, _ = rig.start()
    fall_silent(rig)
    rig.source.hear(silence(3))
    log = rig.finish(session_id)
    assert [event.type for event in services(log)] == ["service-degraded"]
    assert log[-1].event.type == "session-stopped"


def test_while_listening_is_paused_it_is_told_all_the_same(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.orchestrator.pause(session_id)
    fall_silent(rig)
    give_sound(rig)
    fall_silent(rig)
    rig.orchestrator.resume(session_id)
    log = rig.finish(session_id)
    assert [event.type for event in services(log)] == ["service-degraded", "service-restored", "service-degraded"]


def test_a_microphone_that_was_never_told_to_be_silent_is_not_restored(rig: Rig) -> None:
    session_id, _ = rig.start()
    give_sound(rig)
    assert services(rig.finish(session_id)) == []


def test_speech_before_the_silence_is_written(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1, gap_seconds=0))
    fall_silent(rig)
    rig.source.hear(silence(1))
    log = rig.finish(session_id)
    assert texts(log) == ["word1"]
    (ended,) = (stored.event for stored in log if isinstance(stored.event, e.SpeechEnded))
    assert ended.reason is e.SpeechEndReason.SILENCE
