"""Speech that is cut for its length: every word is written once, live, in a file, heard again and written again."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig, settings, silence, texts
from tests.fakes.speech_to_text import ScriptedEngines, spoken, word_text

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.replay.replay import rerun_recording
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import EndpointingSettings, RejectionSettings
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.event_store import StoredEvent

SECOND: Final = 16_000
MOST_HEARD: Final = 30 * SECOND
LONGEST: Final = EndpointingSettings(longest_utterance_seconds=4.0)
NUMBERS: Final = tuple(range(11, 51))
SAID: Final = [word_text(number) for number in NUMBERS]
SPEECH: Final = np.concatenate((silence(0.5), spoken(*NUMBERS, gap_seconds=0.15), silence(1)))
"""Forty words in eighteen seconds, with gaps that are too short to end an utterance."""


def config(model: str = "tiny.en") -> PipelineConfig:
    return PipelineConfig(settings=settings(model, endpointing=LONGEST), record_audio=True)


def live() -> PipelineConfig:
    """With hypotheses and prepared final texts."""
    plain = config()
    transcription = replace(plain.settings.transcription, partial_interval_seconds=0.25, speculative_finals=True)
    return replace(plain, settings=replace(plain.settings, transcription=transcription))


def cuts(log: tuple[StoredEvent, ...]) -> int:
    ends = [stored.event for stored in log if isinstance(stored.event, e.SpeechEnded)]
    return sum(end.reason is e.SpeechEndReason.LONGEST_UTTERANCE for end in ends)


def said(log: tuple[StoredEvent, ...]) -> list[str]:
    return " ".join(texts(log)).split()


def heard_samples(rig: Rig) -> list[int]:
    assert isinstance(rig.engines, ScriptedEngines)
    return [call.samples for call in rig.engines.calls]


def own_samples(log: tuple[StoredEvent, ...]) -> list[int]:
    ends = [stored.event for stored in log if isinstance(stored.event, e.SpeechEnded)]
    return [end.end_sample - end.start_sample for end in ends]


def test_what_is_cut_off_is_heard_with_what_follows(rig: Rig) -> None:
    log = rig.hear_all(SPEECH, config())
    beyond = [heard - own for heard, own in zip(heard_samples(rig), own_samples(log), strict=True)]
    assert all(samples > 0 for samples in beyond[: cuts(log)])
    assert max(beyond) == round(0.9 * SECOND)


def test_every_word_is_written_once_and_placed_in_its_utterance(rig: Rig) -> None:
    log = rig.hear_all(SPEECH, config())
    assert said(log) == SAID
    assert cuts(log) >= 4
    assert log_violations(log) == ()
    spans = {each.event.utterance_id: each.event for each in log if isinstance(each.event, e.SpeechEnded)}
    for event in (stored.event for stored in log):
        if isinstance(event, e.UtteranceTranscribed):
            span = spans[event.utterance_id]
            places = [place for word in event.words for place in (word.start_sample, word.end_sample)]
            assert places == sorted(places)
            assert span.start_sample <= places[0] <= places[-1] <= span.end_sample


def test_live_the_texts_are_the_same(rig: Rig) -> None:
    session_id, _ = rig.start(live())
    for first in range(0, len(SPEECH), 4_000):
        rig.source.hear(SPEECH[first : first + 4_000])
        rig.until_heard(session_id)
    log = rig.finish(session_id)
    assert said(log) == SAID
    assert texts(log) == texts(rig.hear_all(SPEECH, config()))
    assert any(isinstance(stored.event, e.HypothesisRevised) for stored in log)


def test_a_recording_heard_again_gives_the_same(rig: Rig) -> None:
    log = rig.hear_all(SPEECH, config())
    recording = rig.recordings.path(log[0].session_id)
    assert rerun_recording(rig.orchestrator, log, Path(recording), TIMEOUT_SECONDS).is_same


def test_utterances_written_again_have_the_same_words(rig: Rig) -> None:
    log = rig.hear_all(SPEECH, config())
    session_id = log[0].session_id
    finals = [stored.event for stored in log if isinstance(stored.event, e.UtteranceTranscribed)]
    for final in finals:
        stored = rig.orchestrator.archive.transcribe_again(session_id, final.utterance_id, None, "base", None)
        assert isinstance(stored.event, e.TranscriptRevised)
        assert (stored.event.text, stored.event.words) == (final.text, final.words)


def test_who_tells_no_places_hears_nothing_beyond_a_cut() -> None:
    remote = Rig(engines=ScriptedEngines(remote=True))
    translating = Rig()
    asked = config("tiny")
    to_english = replace(asked.settings.transcription, task=TranscriptionTask.TRANSLATE, language="de")
    translated = replace(asked, settings=replace(asked.settings, transcription=to_english))
    for rig, wanted in ((remote, asked), (translating, translated)):
        log = rig.hear_all(SPEECH, wanted)
        assert heard_samples(rig) == own_samples(log)
        rig.orchestrator.archive.transcribe_again(log[0].session_id, UtteranceId(2), None, "tiny", None)
        assert heard_samples(rig)[-1] == own_samples(log)[1]
        rig.orchestrator.close()


@pytest.mark.parametrize(("longest", "word_seconds"), [(2.0, 0.3), (29.0, 1.2)])
def test_no_model_is_given_more_than_it_can_hear(rig: Rig, longest: float, word_seconds: float) -> None:
    endpointing = EndpointingSettings(longest_utterance_seconds=longest)
    numbers = range(11, 11 + round(2.5 * longest / word_seconds))
    speech = np.concatenate(
        (silence(0.5), spoken(*numbers, word_seconds=word_seconds, gap_seconds=0.15), silence(1))
    )
    counted = RejectionSettings(compression_ratio=10.0)  # so many numbers in a row repeat themselves
    log = rig.hear_all(speech, PipelineConfig(settings=settings(endpointing=endpointing, rejection=counted)))
    assert cuts(log) >= 2
    assert said(log) == [word_text(number) for number in numbers]
    assert max(heard_samples(rig)) <= MOST_HEARD
