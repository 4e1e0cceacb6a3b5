"""Recorded sessions are written again by a real model, and deleted, whatever else runs over the same log."""

import signal
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.end_to_end.command import CLIPS, Home, expect_error
from tests.end_to_end.hearing import MODEL, TIMEOUT_SECONDS, Heard, Hearing
from tests.end_to_end.sound_scenes import scene, silence, speech

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.application.session.audio_schedule import ScheduledEntry
from realtime_mlx_stt.application.session.position_requests import pause_here, resume_here
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.audio_source import AudioLost, PushRequest

SAYS_YES = """
import os, pty, subprocess, sys
terminal, keyboard = pty.openpty()
os.write(terminal, b"y\\n")
sys.exit(subprocess.run(sys.argv[1:], stdin=keyboard).returncode)
"""
"""Runs a command in a terminal at which somebody types that he is sure."""

FIRST, SECOND = "cards-002", "lj001-0008"


def heard_in_pieces(hearing: Hearing) -> Heard:
    """Two clips; between them the session is paused while somebody else speaks, and then audio is lost."""
    until_pause = scene(silence(0.3), speech(FIRST), silence(1.0))
    until_resumed = scene(until_pause, speech("cards-001"), silence(0.3))
    until_loss = scene(until_resumed, silence(0.5))
    lost = seconds_to_samples(0.7)
    loss = AudioLost(first_sample=len(until_loss), lost_samples=lost, reason=e.GapReason.OVERFLOW)
    schedule = (
        ScheduledEntry(at_sample=len(until_pause), action=pause_here),
        ScheduledEntry(at_sample=len(until_resumed), action=resume_here),
        ScheduledEntry(at_sample=len(until_loss), action=loss),
    )
    audio = scene(until_loss, speech(FIRST)[:lost], silence(0.8), speech(SECOND), silence(0.8))
    return hearing.hear(audio, replace(hearing.config(), record_audio=True), schedule=schedule)


def test_a_real_model_reads_the_same_again_behind_a_pause_and_a_loss(hearing: Hearing) -> None:
    """Were a sample out of its place, the model would hear another sound, and its words would stand elsewhere."""
    heard = heard_in_pieces(hearing)
    assert [gap.reason for gap in heard.events(e.AudioGapRecorded)] == [e.GapReason.PAUSED, e.GapReason.OVERFLOW]
    assert len(heard.utterances) == 2

    archive, store = hearing.orchestrator.archive, hearing.container.store()
    for utterance in heard.utterances:
        archive.transcribe_again(heard.session_id, utterance.utterance_id, None, MODEL, None)

    log = tuple(store.read(heard.session_id))
    assert log_violations(log) == ()
    for before, after in zip(heard.utterances, fold_transcript(log).utterances, strict=True):
        assert (after.final, after.revised) == (before.final, before.final)
    recording = hearing.container.recordings().path(heard.session_id)
    archive.delete(heard.session_id)
    assert list(store.read(heard.session_id)) == []
    assert not recording.exists()


def test_a_session_that_goes_on_is_written_again_meanwhile(hearing: Hearing) -> None:
    orchestrator, store = hearing.orchestrator, hearing.container.store()
    config = replace(hearing.config(), source=PushRequest(), record_audio=True, lockstep=False)
    session_id = orchestrator.start_pipeline(config)
    stream = orchestrator.follow(session_id)
    for name in (FIRST, SECOND):
        sound = scene(silence(0.3), speech(name), silence(1.0))
        orchestrator.push_audio(session_id, (sound * 32_767).astype("<i2").tobytes())
        until_transcribed(stream)
        stored = orchestrator.archive.transcribe_again(session_id, UtteranceId(1), None, MODEL, None)
        assert stored == tuple(store.read(session_id))[-1]
    orchestrator.end_audio(session_id)
    stream.close()

    heard = hearing.finish(session_id)

    first, second = heard.utterances
    assert (first.revised, second.revised) == (first.final, None)
    assert len(heard.events(e.TranscriptRevised)) == 2


def until_transcribed(stream: EventStream) -> None:
    while (stored := stream.wait(TIMEOUT_SECONDS)) is not None:
        if isinstance(stored.event, e.UtteranceTranscribed):
            return
    raise AssertionError("no text came")


def files(home: Home) -> list[str]:
    """The endings of all that is kept in the home."""
    return sorted(path.suffix for path in home.folder.rglob("*") if path.is_file())


def test_the_command_writes_a_session_again_and_deletes_it(tmp_path: Path) -> None:
    home, clip = Home(tmp_path), CLIPS / f"{FIRST}.wav"
    wishes = ("--speed", "max", "--model", MODEL, "--record-audio", "--json", "--input", clip)
    assert home.run("listen", *wishes).status == 0
    (database,) = home.folder.rglob("*.db")
    with closing(SqliteEventStore(database)) as store:
        text = fold_transcript(store.read_all()).text

    outcome = home.run("sessions", "transcribe-again", "last", "--model", MODEL)

    assert (outcome.status, outcome.output) == (0, f"1 was {text}\n1 is  {text}\n")
    with closing(SqliteEventStore(database)) as store:
        assert [stored.event.type for stored in store.read_all()][-2:] == ["session-stopped", "transcript-revised"]
    refused = home.run("sessions", "delete", "last")
    assert (refused.status, refused.output) == (2, "")
    assert "--yes" in refused.errors
    assert files(home) == [".db", ".wav"]
    assert home.run("sessions", "delete", "last", launcher=(sys.executable, "-c", SAYS_YES)).status == 0
    assert files(home) == [".db"]
    assert text.encode() not in database.read_bytes()


def test_a_session_of_another_program_is_left_alone_until_that_is_gone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.start("listen", "--json", "--record-audio", "--input", CLIPS / "jfk.wav") as running:
        assert running.wait_for("speech-started")
        expect_error(home.run("sessions", "delete", "last", "--yes"), "session-running", "another program")
        running.send(signal.SIGKILL)
        running.finish()
    assert files(home).count(".wav") == 1
    assert home.run("sessions", "delete", "last", "--yes").status == 0
    assert files(home) == [".db"]
