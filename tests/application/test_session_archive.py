"""Sessions are deleted whole, and written again by another model, whatever else is going on with them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, WITHOUT_PARTIALS, Rig, settings, silence
from tests.fakes.speech_to_text import ScriptedDecoder, ScriptedEngines, ScriptedSpeechToText, heard_words, spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.log.session_log import SessionNotFoundError
from realtime_mlx_stt.application.read_models.status import Activity, fold_status
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.replay.replay import replay_log, rerun_recording
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.running_sessions import OrchestratorClosedError
from realtime_mlx_stt.application.session_archive import SessionRunningError, UtteranceNotFoundError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.errors import IllegalCommandError, RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.state import HearingSpeech
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_recording import RecordingError, RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownLanguageError

FIRST, SECOND, THIRD = UtteranceId(1), UtteranceId(2), UtteranceId(3)
RECORDED = replace(WITHOUT_PARTIALS, lockstep=True, record_audio=True)


class OtherwiseEngines(ScriptedEngines):
    """``base`` shouts every word; while the gate is shut it is stuck in its call, once it has ``entered``."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def open(self, engine: str, model: str) -> ScriptedSpeechToText:
        opened = super().open(engine, model)
        return ShoutingModel(self, model) if model == "base" else opened


class ShoutingModel(ScriptedSpeechToText):
    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        plain = super().open_utterance(options)
        return ShoutingDecoder(plain.engines, plain.model, plain.language, plain.task)


class ShoutingDecoder(ScriptedDecoder):
    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        written = super().decode(audio, final=final)
        assert isinstance(self.engines, OtherwiseEngines)
        self.engines.entered.set()
        assert self.engines.gate.wait(TIMEOUT_SECONDS)
        words = tuple(replace(word, text=word.text.upper()) for word in written.words)
        return replace(written, text=written.text.upper(), words=words)


@pytest.fixture
def engines() -> OtherwiseEngines:
    return OtherwiseEngines()


@pytest.fixture
def rig(engines: OtherwiseEngines) -> Iterator[Rig]:
    made = Rig(engines=engines)
    yield made
    engines.gate.set()
    made.orchestrator.close()


def heard(rig: Rig, config: PipelineConfig = RECORDED) -> SessionId:
    """A finished session of two utterances, with a loss and a click, which is rejected, between them."""
    session_id, _ = rig.start(config)
    rig.source.hear(np.concatenate((spoken(1, 2), silence(1))))
    rig.source.lose(8_000)
    rig.source.hear(np.concatenate((np.full(1600, 0.001, dtype=np.float32), silence(1), spoken(3), silence(1))))
    rig.finish(session_id)
    return session_id


def again(rig: Rig, session_id: SessionId, utterance_id: UtteranceId = FIRST, model: str = "base") -> StoredEvent:
    return rig.orchestrator.archive.transcribe_again(session_id, utterance_id, None, model, None)


def transcript(rig: Rig, session_id: SessionId) -> Transcript:
    return fold_transcript(rig.store.read(session_id))


def assert_sound(rig: Rig, session_id: SessionId) -> None:
    log = tuple(rig.store.read(session_id))
    assert [stored.seq for stored in log] == list(range(1, len(log) + 1))
    assert log_violations(log) == ()


def test_a_deleted_session_leaves_neither_log_nor_recording_and_nothing_breaks(rig: Rig) -> None:
    session_id, other = heard(rig), heard(rig)
    before = tuple(rig.store.read(other))
    rig.orchestrator.archive.delete(session_id)
    assert list(rig.orchestrator.events(session_id)) == []
    assert [summary.session_id for summary in rig.store.sessions()] == [other]
    assert set(rig.recordings.made) == {other}
    assert not rig.is_claimed(session_id)
    assert tuple(rig.store.read(other)) == before
    stream = rig.orchestrator.follow(session_id)
    assert stream.take() is None
    stream.close()
    assert transcript(rig, session_id) == Transcript()
    assert fold_status(rig.store.read(session_id)).activity is Activity.NOT_STARTED
    with pytest.raises(SessionNotFoundError):
        replay_log(rig.store, session_id)


def test_a_stream_of_a_session_that_is_deleted_hands_over_a_beginning_and_is_over(rig: Rig) -> None:
    session_id = SessionId("long")
    events = [e.ListeningPaused(at_sample=sample) for sample in range(450)]
    rig.store.append(session_id, 0, [*events, e.SessionInterrupted(lost_utterances=())], 0.0)
    stream = rig.orchestrator.follow(session_id)
    taken = [stream.wait(TIMEOUT_SECONDS)]
    rig.orchestrator.archive.delete(session_id)
    while (stored := stream.wait(TIMEOUT_SECONDS)) is not None:
        taken.append(stored)
    assert stream.is_over
    assert 1 < len(taken) < len(events)
    assert [stored.seq for stored in taken if stored is not None] == list(range(1, len(taken) + 1))


def test_a_stream_whose_events_were_all_taken_waits_for_more_of_them(rig: Rig) -> None:
    """Only what was deleted has an end that nobody told; a session that goes on has not."""
    session_id = SessionId("long")
    rig.store.append(session_id, 0, [e.ListeningPaused(at_sample=sample) for sample in range(200)], 0.0)
    stream = rig.orchestrator.follow(session_id)
    for _ in range(200):
        assert stream.wait(TIMEOUT_SECONDS) is not None
    assert stream.take() is None
    assert not stream.is_over
    stream.close()


@pytest.mark.parametrize("name", ["unknown", "", "../session-0001"])
def test_what_is_unknown_can_be_neither_deleted_nor_written_again(rig: Rig, name: str) -> None:
    heard(rig)
    for attempt in (
        lambda: rig.orchestrator.archive.delete(SessionId(name)),
        lambda: again(rig, SessionId(name)),
    ):
        with pytest.raises(SessionNotFoundError) as raised:
            attempt()
        assert raised.value.code == "session-not-found"
    session_id = SessionId("session-0001")
    rig.orchestrator.archive.delete(session_id)
    with pytest.raises(SessionNotFoundError):
        rig.orchestrator.archive.delete(session_id)


def test_a_running_session_is_not_deleted_until_it_is_over(rig: Rig) -> None:
    session_id, _ = rig.start(RECORDED)
    with pytest.raises(SessionRunningError) as raised:
        rig.orchestrator.archive.delete(session_id)
    assert raised.value.code == "session-running"
    assert "stop it first" in str(raised.value)
    rig.source.hear(spoken(1))
    assert rig.finish(session_id)
    assert_sound(rig, session_id)
    rig.orchestrator.archive.delete(session_id)
    assert rig.store.sessions() == ()


def test_another_programs_session_is_neither_deleted_nor_written_again(rig: Rig) -> None:
    session_id = heard(rig)
    assert rig.claims.claim(session_id)
    before = tuple(rig.store.read(session_id))
    with pytest.raises(SessionRunningError, match="in another program"):
        rig.orchestrator.archive.delete(session_id)
    with pytest.raises(SessionRunningError):
        again(rig, session_id)
    assert tuple(rig.store.read(session_id)) == before
    assert session_id in rig.recordings.made
    assert rig.is_claimed(session_id)
    rig.claims.release(session_id)
    rig.orchestrator.archive.delete(session_id)


def test_what_cannot_be_deleted_now_can_be_later(rig: Rig) -> None:
    session_id = heard(rig)
    rig.recordings.delete_error = RecordingError("The folder is read-only.")
    with pytest.raises(RecordingError):
        rig.orchestrator.archive.delete(session_id)
    assert_sound(rig, session_id)
    rig.recordings.delete_error, rig.store.failure = None, EventStoreError("The disk is read-only.")
    with pytest.raises(EventStoreError):
        rig.orchestrator.archive.delete(session_id)
    assert_sound(rig, session_id)
    rig.store.failure = None
    rig.orchestrator.archive.delete(session_id)
    assert rig.store.sessions() == ()
    assert not rig.is_claimed(session_id)


def test_of_many_that_delete_a_session_at_once_one_does(rig: Rig) -> None:
    session_id = heard(rig)

    def delete(_number: int) -> bool:
        try:
            rig.orchestrator.archive.delete(session_id)
        except SessionNotFoundError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(delete, range(6))) == [False] * 5 + [True]


def test_a_later_pass_is_what_readers_see_and_the_first_stays_in_the_log(rig: Rig) -> None:
    session_id = heard(rig)
    before = tuple(rig.store.read(session_id))
    told: list[StoredEvent] = []
    rig.orchestrator.subscribe(told.append, session_id)
    stored = again(rig, session_id)
    assert told == [stored]
    assert stored.event == next(iter(rig.store.read(session_id, len(before)))).event
    assert stored.seq == len(before) + 1
    assert isinstance(stored.event, e.TranscriptRevised)
    assert (stored.event.utterance_id, stored.event.text, stored.event.model) == (FIRST, "WORD1 WORD2", "base")
    assert tuple(rig.store.read(session_id))[:-1] == before
    assert_sound(rig, session_id)
    seen = transcript(rig, session_id)
    assert seen.text == "WORD1 WORD2\nword3"
    assert (seen.utterances[0].final.text, seen.utterances[0].best.model) == ("word1 word2", "base")
    for transcript_format in TranscriptFormat:
        assert "WORD1" in render(seen, transcript_format)
        assert "word1" not in render(seen, transcript_format)
    assert fold_status(rig.store.read(session_id)).activity is Activity.STOPPED
    assert rig.store.sessions()[0].last_type == "session-stopped"
    assert audio_ledger(each.event for each in rig.store.read(session_id)) == audio_ledger(
        each.event for each in before
    )


def test_the_newest_of_several_passes_is_seen(rig: Rig) -> None:
    session_id = heard(rig)
    again(rig, session_id)
    again(rig, session_id, model="large-v3-turbo")
    assert transcript(rig, session_id).text == "word1 word2\nword3"
    assert again(rig, session_id).seq == len(tuple(rig.store.read(session_id)))
    assert transcript(rig, session_id).text == "WORD1 WORD2\nword3"
    assert_sound(rig, session_id)


def test_words_stand_where_they_were_said_behind_a_loss_too(rig: Rig) -> None:
    session_id = heard(rig)
    first = {u.utterance_id: u.final.words for u in transcript(rig, session_id).utterances}
    again(rig, session_id, FIRST)
    again(rig, session_id, THIRD)
    for utterance in transcript(rig, session_id).utterances:
        assert utterance.revised is not None
        assert [(word.start_sample, word.end_sample) for word in utterance.revised.words] == [
            (word.start_sample, word.end_sample) for word in first[utterance.utterance_id]
        ]
    (word,) = first[THIRD]
    audio = rig.recordings.made[session_id].audio
    assert [found.start_sample for found in heard_words(audio) if found.text == "word3"] == [word.start_sample]


def test_a_rejected_utterance_gets_a_text(rig: Rig) -> None:
    session_id = heard(rig)
    assert [rejected.utterance_id for rejected in transcript(rig, session_id).rejected] == [SECOND]
    again(rig, session_id, SECOND)
    seen = transcript(rig, session_id)
    assert seen.rejected == ()
    assert seen.text == "word1 word2\nWORD1\nword3"
    assert_sound(rig, session_id)


def test_a_failed_utterance_gets_a_text(rig: Rig, engines: OtherwiseEngines) -> None:
    engines.failure = SpeechToTextError("The model is out of order.")
    session_id = heard(rig)
    assert {failed.utterance_id for failed in transcript(rig, session_id).failed} == {FIRST, THIRD}
    with pytest.raises(SpeechToTextError, match="out of order"):
        again(rig, session_id)
    engines.failure = None
    again(rig, session_id)
    seen = transcript(rig, session_id)
    assert seen.text == "WORD1 WORD2"
    assert [failed.utterance_id for failed in seen.failed] == [THIRD]
    assert_sound(rig, session_id)


def test_a_session_that_was_written_again_is_replayed_as_it_was_heard(rig: Rig) -> None:
    session_id = heard(rig)
    again(rig, session_id)
    replayed = replay_log(rig.store, session_id)
    assert replayed.violations == ()
    recording = rig.recordings.path(session_id)
    log = tuple(rig.store.read(session_id))
    assert rerun_recording(rig.orchestrator, log, recording, TIMEOUT_SECONDS).is_same


def test_without_a_recording_it_is_said_how_to_have_one(rig: Rig) -> None:
    session_id = heard(rig, replace(RECORDED, record_audio=False))
    with pytest.raises(RecordingNotFoundError, match="--record-audio") as raised:
        again(rig, session_id)
    assert raised.value.code == "recording-not-found"


def test_a_recording_that_broke_off_serves_as_far_as_it_goes(rig: Rig) -> None:
    session_id, watch = rig.start(RECORDED)
    rig.source.hear(np.concatenate((spoken(1, 2), silence(1))))
    watch.until(e.UtteranceTranscribed)
    rig.recordings.write_error = RecordingError("The disk is full.")
    rig.source.hear(np.concatenate((spoken(3), silence(1))))
    rig.finish(session_id)
    again(rig, session_id, FIRST)
    with pytest.raises(RecordingError, match="ends before"):
        again(rig, session_id, SECOND)
    assert transcript(rig, session_id).text == "WORD1 WORD2\nword3"


@pytest.mark.parametrize("utterance_id", [0, -1, 4, 10**30])
def test_an_utterance_that_there_is_not(rig: Rig, utterance_id: int) -> None:
    session_id = heard(rig)
    with pytest.raises(UtteranceNotFoundError) as raised:
        again(rig, session_id, UtteranceId(utterance_id))
    assert raised.value.code == "utterance-not-found"
    assert_sound(rig, session_id)


def test_what_cannot_write_is_refused_before_anything_is_changed(rig: Rig) -> None:
    session_id = heard(rig)
    before = tuple(rig.store.read(session_id))
    archive = rig.orchestrator.archive
    with pytest.raises(UnknownModelError):
        archive.transcribe_again(session_id, FIRST, None, "huge", None)
    with pytest.raises(SpeechToTextError):
        archive.transcribe_again(session_id, FIRST, "no-such-engine", "base", None)
    with pytest.raises(UnknownLanguageError):
        archive.transcribe_again(session_id, FIRST, None, "base", "klingon")
    assert tuple(rig.store.read(session_id)) == before


def test_engine_and_language_are_the_sessions_own_unless_they_are_named(
    rig: Rig, engines: OtherwiseEngines
) -> None:
    german = settings("tiny")
    german = replace(german, transcription=replace(german.transcription, language="German"))
    session_id = heard(rig, replace(RECORDED, settings=german))
    again(rig, session_id)
    assert engines.calls[-1].language == "de"
    rig.orchestrator.archive.transcribe_again(session_id, FIRST, "mlx_whisper", "base", "French")
    assert engines.calls[-1].language == "fr"


def test_models_are_loaded_and_run_on_their_own_thread(rig: Rig, engines: OtherwiseEngines) -> None:
    session_id = heard(rig)
    again(rig, session_id)
    assert {thread.name for thread in engines.load_threads} == {"inference-mlx_whisper"}
    assert engines.calls[-1].thread.name == "inference-mlx_whisper"
    assert engines.calls[-1].final


def test_a_store_that_fails_is_told_and_nothing_is_published(rig: Rig) -> None:
    session_id = heard(rig)
    told: list[StoredEvent] = []
    rig.orchestrator.subscribe(told.append, session_id)
    rig.store.failure = EventStoreError("The disk is gone.")
    with pytest.raises(EventStoreError, match="gone"):
        again(rig, session_id)
    assert told == []
    rig.store.failure = None
    assert again(rig, session_id).seq == len(tuple(rig.store.read(session_id)))
    assert not rig.is_claimed(session_id)


def test_a_running_session_writes_the_later_pass_itself(rig: Rig) -> None:
    threads: list[str] = []

    def note_thread(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.TranscriptRevised):
            threads.append(threading.current_thread().name)

    session_id, watch = rig.start(RECORDED, note_thread)
    rig.source.hear(np.concatenate((spoken(1, 2), silence(1))))
    watch.until(e.UtteranceTranscribed)
    rig.source.hear(spoken(3, 4))
    watch.until(e.SpeechStarted, 2)
    stored = again(rig, session_id)
    assert isinstance(stored.event, e.TranscriptRevised)
    assert stored == tuple(rig.store.read(session_id))[stored.seq - 1]
    assert threads == [f"session-{session_id}"]
    assert isinstance(rig.orchestrator.state(session_id), HearingSpeech)
    with pytest.raises(IllegalCommandError, match="not finished"):
        again(rig, session_id, SECOND)
    rig.finish(session_id)
    assert_sound(rig, session_id)
    assert transcript(rig, session_id).text == "WORD1 WORD2\nword3 word4"


def test_hypotheses_of_a_session_come_on_while_it_is_written_again(rig: Rig, engines: OtherwiseEngines) -> None:
    with_partials = replace(
        settings(), transcription=replace(settings().transcription, partial_interval_seconds=0.2)
    )
    session_id, watch = rig.start(PipelineConfig(settings=with_partials, record_audio=True))
    rig.source.hear(np.concatenate((spoken(1, 2), silence(1))))
    watch.until(e.UtteranceTranscribed)
    engines.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(again, rig, session_id)
        assert engines.entered.wait(TIMEOUT_SECONDS)
        before = sum(isinstance(stored.event, e.HypothesisRevised) for stored in watch.events)
        rig.source.hear(spoken(3, 4, 5))
        watch.until(e.SpeechStarted, 2)
        engines.gate.set()
        watch.until(e.HypothesisRevised, before + 1)
        assert isinstance(writing.result(TIMEOUT_SECONDS).event, e.TranscriptRevised)
    rig.finish(session_id)
    assert_sound(rig, session_id)


def test_a_session_that_ends_while_it_is_written_again_gets_the_text_behind_its_end(
    rig: Rig, engines: OtherwiseEngines
) -> None:
    session_id, watch = rig.start(RECORDED)
    rig.source.hear(np.concatenate((spoken(1, 2), silence(1))))
    watch.until(e.UtteranceTranscribed)
    engines.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(again, rig, session_id)
        assert engines.entered.wait(TIMEOUT_SECONDS)
        rig.finish(session_id)
        engines.gate.set()
        stored = writing.result(TIMEOUT_SECONDS)
    assert tuple(rig.store.read(session_id))[-1] == stored
    assert_sound(rig, session_id)
    assert transcript(rig, session_id).text == "WORD1 WORD2"


def test_a_session_that_ends_at_that_very_moment_is_written_by_one_of_both(rig: Rig) -> None:
    for _ in range(25):
        session_id, watch = rig.start(RECORDED)
        rig.source.hear(np.concatenate((spoken(1), silence(1))))
        watch.until(e.UtteranceTranscribed)
        with ThreadPoolExecutor(2) as threads:
            passes = [threads.submit(again, rig, session_id) for _ in range(2)]
            rig.orchestrator.stop_pipeline(session_id)
            seqs = {each.result(TIMEOUT_SECONDS).seq for each in passes}
        assert len(seqs) == 2
        assert_sound(rig, session_id)
        assert not rig.is_claimed(session_id)


def test_a_session_that_is_deleted_while_it_is_written_again_stays_deleted(
    rig: Rig, engines: OtherwiseEngines
) -> None:
    session_id = heard(rig)
    engines.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(again, rig, session_id)
        assert engines.entered.wait(TIMEOUT_SECONDS)
        rig.orchestrator.archive.delete(session_id)
        engines.gate.set()
        with pytest.raises(SessionNotFoundError):
            writing.result(TIMEOUT_SECONDS)
    assert rig.store.sessions() == ()


def test_passes_over_one_session_at_once_are_all_recorded(rig: Rig) -> None:
    session_id = heard(rig)
    before = len(tuple(rig.store.read(session_id)))
    wanted = [(utterance_id, model) for utterance_id in (FIRST, SECOND, THIRD) for model in ("base", "tiny")]
    with ThreadPoolExecutor(len(wanted)) as threads:
        passes = [threads.submit(again, rig, session_id, *each) for each in wanted]
        stored = sorted((each.result(TIMEOUT_SECONDS) for each in passes), key=lambda each: each.seq)
    assert tuple(rig.store.read(session_id, before)) == tuple(stored)
    revised = [each.event for each in stored if isinstance(each.event, e.TranscriptRevised)]
    assert sorted((event.utterance_id, event.model) for event in revised) == sorted(wanted)
    assert_sound(rig, session_id)


def test_a_subscriber_may_delete_a_session_but_not_wait_for_a_text(rig: Rig) -> None:
    past = heard(rig)
    refused: list[Exception] = []

    def subscriber(stored: StoredEvent) -> None:
        if not isinstance(stored.event, e.UtteranceTranscribed):
            return
        try:
            again(rig, past)
        except IllegalCommandError as error:
            refused.append(error)
        rig.orchestrator.archive.delete(past)

    session_id, _ = rig.start(RECORDED, subscriber)
    rig.source.hear(np.concatenate((spoken(1), silence(1))))
    rig.finish(session_id)
    assert len(refused) == 1
    assert [summary.session_id for summary in rig.store.sessions()] == [session_id]


def test_after_the_close_nothing_is_written_again_but_sessions_can_be_deleted(rig: Rig) -> None:
    session_id = heard(rig)
    rig.orchestrator.close()
    with pytest.raises(OrchestratorClosedError):
        again(rig, session_id)
    rig.orchestrator.archive.delete(session_id)


def test_a_close_ends_the_waiting_for_a_text(rig: Rig, engines: OtherwiseEngines) -> None:
    session_id = heard(rig)
    engines.gate.clear()
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(again, rig, session_id)
        assert engines.entered.wait(TIMEOUT_SECONDS)
        second = threads.submit(again, rig, session_id)
        closing = threads.submit(rig.orchestrator.close)
        with pytest.raises(RealtimeSttError, match="ending"):
            second.result(TIMEOUT_SECONDS)
        engines.gate.set()
        first.result(TIMEOUT_SECONDS)
        assert closing.result(TIMEOUT_SECONDS)
    assert_sound(rig, session_id)
