"""A session whose audio was recorded comes out the same when its recording is heard again."""

from dataclasses import replace
from pathlib import Path

from tests.end_to_end.command import Home
from tests.end_to_end.hearing import MODEL, TIMEOUT_SECONDS, Heard, Hearing
from tests.end_to_end.sound_scenes import in_a_row, scene, silence, speech, wake_word

from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.application.replay.replay import replay_log, rerun_recording
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.event_store import StoredEvent

SEVERAL = scene(silence(0.3), in_a_row(["cards-005", "lj001-0008", "lj001-0002"], 0.8)[0], silence(0.8))


def assert_heard_again_alike(hearing: Hearing, heard: Heard) -> None:
    replay = replay_log(hearing.container.store(), heard.session_id)
    assert (replay.violations, replay.transcript) == ((), heard.transcript)
    recording = hearing.container.recordings().path(heard.session_id)

    comparison = rerun_recording(hearing.orchestrator, heard.log, recording, TIMEOUT_SECONDS)

    assert comparison.other_differences == ()
    assert comparison.is_same, comparison
    assert len(comparison.utterances) == len(heard.events(e.SpeechStarted))


def test_a_file(hearing: Hearing) -> None:
    heard = hearing.hear(SEVERAL, replace(hearing.config(), record_audio=True))

    assert len(heard.utterances) == 3
    assert_heard_again_alike(hearing, heard)


def test_a_session_whose_context_is_carried(hearing: Hearing) -> None:
    """What the model wrote of the first card is what it makes of the second; by itself it writes another word."""
    audio = scene(silence(0.3), in_a_row(["cards-001", "cards-002"], 0.8)[0], silence(0.8))
    by_itself = hearing.hear(audio)
    usual = hearing.config()
    carrying = replace(usual.settings.transcription, carries_context=True)
    settings = replace(usual.settings, transcription=carrying)
    heard = hearing.hear(audio, replace(usual, settings=settings, record_audio=True))
    assert heard.outcome[0] == by_itself.outcome[0]
    assert heard.outcome[1] != by_itself.outcome[1]

    assert_heard_again_alike(hearing, heard)
    for utterance in heard.utterances:
        archive = hearing.orchestrator.archive
        archive.transcribe_again(heard.session_id, utterance.utterance_id, None, MODEL, None)
    again = fold_transcript(hearing.container.store().read(heard.session_id)).utterances
    assert [u.revised for u in again] == [u.final for u in heard.utterances]


def test_a_live_session_that_waits_for_its_wake_word(hearing: Hearing) -> None:
    audio = scene(speech("lj001-0002"), silence(0.7), wake_word("alexa"), silence(0.2), SEVERAL)
    settings = hearing.waking("alexa").settings
    live = hearing.live(speed=8.0)

    heard = hearing.hear(audio, replace(live, settings=settings, record_audio=True))

    assert len(heard.utterances) == 1
    assert_heard_again_alike(hearing, heard)


def test_a_live_session_that_is_paused_resumed_committed_and_stopped(hearing: Hearing) -> None:
    """All is asked for when an utterance has begun, wherever the audio is by then."""

    def interfere(stored: StoredEvent) -> None:
        if not isinstance(stored.event, e.SpeechStarted):
            return
        match stored.event.utterance_id:
            case 1:
                hearing.orchestrator.commit_utterance(stored.session_id)
            case 2:
                hearing.orchestrator.pause(stored.session_id)
                hearing.orchestrator.resume(stored.session_id)
            case 4:
                hearing.orchestrator.stop_pipeline(stored.session_id)

    audio = scene(SEVERAL, SEVERAL, silence(3 * 60))
    config = replace(hearing.live(speed=3.0), record_audio=True)
    session_id = hearing.start(audio, config, interfere)

    heard = hearing.finish(session_id)

    (stopped,) = heard.events(e.SessionStopped)
    assert stopped.captured_samples < len(audio)
    assert stopped.captured_samples > SAMPLE_RATE_HZ
    assert_heard_again_alike(hearing, heard)


def test_the_command_records_and_replays(hearing: Hearing, tmp_path: Path) -> None:
    home, database = Home(tmp_path), tmp_path / "sessions.db"
    wishes = ("--speed", "20", "--model", MODEL, "--record-audio", "--json", "--database", database)
    assert home.run("listen", "--input", hearing.file(SEVERAL), *wishes).status == 0

    outcome = home.run("sessions", "replay", "last", "--database", database)

    assert outcome.status == 0, outcome
    assert "its 3 utterances come out the same" in outcome.output
