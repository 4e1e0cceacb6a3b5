"""An utterance that is cut off in the midst of speech, and the one that goes on from it."""

from dataclasses import replace

import pytest
from tests.domain.histories import SAID, SECOND, began, ended, failure, gap, rejected, started, transcribed
from tests.domain.scenario import given

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.continuations import BEHIND_CUT_SAMPLES
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.evolve import fold
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.state import HearingSpeech, NotStarted
from realtime_mlx_stt.domain.transcription import Transcription, Word

CUT = 20 * SECOND
NOTICED = 28 * SECOND
END = 40 * SECOND
HEARD_FROM = CUT - SECOND
CUT_OFF = ended(1, 0, CUT, e.SpeechEndReason.LONGEST_UTTERANCE, detected_at_sample=NOTICED)
GOING_ON = replace(started(2, CUT, NOTICED), heard_from_sample=HEARD_FROM)
BOTH_OPENED = (began(), started(1, 0), CUT_OFF, GOING_ON)
BOTH_ENDED = (*BOTH_OPENED, ended(2, CUT, END))


def said(*words: tuple[str, int, int]) -> Transcription:
    """The words with their places in thousands of samples behind the cut."""
    placed = tuple(
        Word(text=text, start_sample=CUT + 1_000 * start, end_sample=CUT + 1_000 * end, probability=0.9)
        for text, start, end in words
    )
    text = " ".join(word.text for word in placed)
    return replace(SAID, text=text, words=placed)


BEFORE = said(("ask", -12, -8), ("not", -7, -2), ("what", -1, 6), ("your", 6, 12))
BEHIND = said(("ask", -12, -8), ("not", -6, -1), ("what", -2, 4), ("your", 6, 12), ("country", 12, 20))


def report(utterance: int, transcription: Transcription, *, is_beyond_cut: bool = True) -> c.ReportTranscription:
    return c.ReportTranscription(
        utterance_id=UtteranceId(utterance),
        transcription=transcription,
        model="tiny.en",
        inference_seconds=0.5,
        peak_amplitude=0.5,
        is_beyond_cut=is_beyond_cut,
    )


def decided(command: c.SessionCommand, *history: e.SessionEvent) -> e.SessionEvent:
    """The one event that the command brings about."""
    (event,) = decide(command, fold(history))
    return event


def text_of(event: e.SessionEvent) -> str:
    assert isinstance(event, e.UtteranceTranscribed)
    return event.text


def onset(start_sample: int, heard_from_sample: int | None = HEARD_FROM) -> c.ReportSpeechOnset:
    return c.ReportSpeechOnset(start_sample=start_sample, at_sample=NOTICED, heard_from_sample=heard_from_sample)


def test_speech_that_goes_on_at_the_cut_is_heard_from_before_it() -> None:
    given(began(), started(1, 0), CUT_OFF).when(onset(CUT)).then(GOING_ON)


def test_speech_that_begins_elsewhere_is_not() -> None:
    later = started(2, CUT + 1, NOTICED)
    given(began(), started(1, 0), CUT_OFF).when(onset(CUT + 1)).then(later)
    lost = gap(CUT, SECOND)
    behind_gap = started(2, CUT + SECOND, NOTICED)
    given(began(), started(1, 0), CUT_OFF, lost).when(onset(CUT)).then(behind_gap)


@pytest.mark.parametrize(
    ("ending", "heard_until"),
    [
        (CUT_OFF, CUT + BEHIND_CUT_SAMPLES),
        (replace(CUT_OFF, detected_at_sample=CUT + 1_000), CUT + 1_000),
        (replace(CUT_OFF, reason=e.SpeechEndReason.SILENCE), CUT),
        (replace(CUT_OFF, reason=e.SpeechEndReason.GAP), CUT),
    ],
)
def test_what_is_cut_off_is_heard_as_far_as_there_was_audio(ending: e.SpeechEnded, heard_until: int) -> None:
    state = fold((began(), started(1, 0), ending))
    assert not isinstance(state, NotStarted)
    (waiting,) = state.context.pending
    assert (waiting.heard.start_sample, waiting.heard.end_sample) == (0, heard_until)


def test_each_word_is_in_one_of_both() -> None:
    first = decided(report(1, BEFORE), *BOTH_ENDED)
    assert text_of(first) == "ask not"
    second = decided(report(2, BEHIND), *BOTH_ENDED, first)
    assert text_of(second) == "what your country"


def test_also_if_the_text_before_the_cut_comes_while_the_other_is_spoken() -> None:
    first = decided(report(1, BEFORE), *BOTH_OPENED)
    second = decided(report(2, BEHIND), *BOTH_OPENED, first, ended(2, CUT, END))
    assert text_of(second) == "what your country"


NOTHING = rejected(1, e.RejectionRule.NO_SPEECH, SAID, 1.0)


@pytest.mark.parametrize("instead", [(), (failure(1),), (NOTHING,), (transcribed(1, replace(SAID, words=())),)])
def test_while_the_text_before_the_cut_is_not_known_the_cut_divides(instead: tuple[e.SessionEvent, ...]) -> None:
    second = decided(report(2, BEHIND), *BOTH_ENDED, *instead)
    assert text_of(second) == "what your country"
    earlier = said(("not", -6, -1), ("what", -4, 2), ("your", 6, 12))
    second = decided(report(2, earlier), *BOTH_ENDED, *instead)
    assert text_of(second) == "your"


def test_of_what_was_heard_of_one_utterance_alone_nothing_is_left_out() -> None:
    alone = report(1, said(("not", -7, -2), ("what", 0, 0)), is_beyond_cut=False)
    first = decided(alone, *BOTH_ENDED)
    assert text_of(first) == "not what"


def test_a_text_of_the_other_side_alone_is_no_text() -> None:
    second = decided(report(2, said(("not", -7, -2))), *BOTH_ENDED, transcribed(1, BEFORE))
    assert isinstance(second, e.UtteranceRejected)
    assert second.rule is e.RejectionRule.EMPTY_TEXT


def test_hypotheses_leave_out_what_was_before_the_cut() -> None:
    hypothesis = c.ReportHypothesis(
        utterance_id=UtteranceId(2), transcription=BEHIND, heard_until_sample=END, is_beyond_cut=True
    )
    shown = decided(hypothesis, *BOTH_OPENED)
    assert isinstance(shown, e.HypothesisRevised)
    assert shown.unstable_text == "what your country"
    whole = replace(hypothesis, is_beyond_cut=False)
    shown = decided(whole, *BOTH_OPENED)
    assert isinstance(shown, e.HypothesisRevised)
    assert shown.unstable_text == BEHIND.text


def test_the_open_utterance_is_heard_from_before_the_cut() -> None:
    state = fold(BOTH_OPENED)
    assert isinstance(state, HearingSpeech)
    assert state.utterance.heard(END).start_sample == HEARD_FROM
