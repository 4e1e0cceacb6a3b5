"""Speech that was cut for its length: what is heard behind the cut, and what is left out of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.histories import SAID, SECOND, began, ended, started
from tests.domain.scenario import given as given_that

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.continuations import heard_audio, heard_until, own_part
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.state import NotStarted
from realtime_mlx_stt.domain.transcription import Transcription, Word, compression_ratio

CUT = 20 * SECOND
NOTICED = 28 * SECOND
CUT_OFF = ended(1, 0, CUT, e.SpeechEndReason.LONGEST_UTTERANCE, detected_at_sample=NOTICED)


def said(*placed: tuple[str, float, float], text: str | None = None) -> Transcription:
    """The words with their places in seconds from the cut."""
    words = tuple(
        Word(
            text=word,
            start_sample=CUT + round(start * SECOND),
            end_sample=CUT + round(end * SECOND),
            probability=0.8,
        )
        for word, start, end in placed
    )
    return replace(SAID, text=" ".join(word.text for word in words) if text is None else text, words=words)


HEARD = said(("how", -0.5, -0.2), ("much", -0.2, 0.1), ("there", 0.1, 0.4), ("might", 0.4, 0.7))


def test_the_words_whose_middle_lies_before_the_cut_are_kept_and_placed_before_it() -> None:
    own = own_part(HEARD, CUT)
    assert own.text == "how much"
    assert [(word.start_sample, word.end_sample) for word in own.words] == [
        (CUT - 8_000, CUT - 3_200),
        (CUT - 3_200, CUT),
    ]
    assert own_part(said(("how", -0.5, -0.2), ("much", -0.1, 0.2)), CUT).text == "how"


def test_the_text_stays_as_the_model_wrote_it() -> None:
    heard = said(("He", -2.0, -1.8), ("said:", -1.8, -1.5), ('"Well-known,', -1.2, -0.5), ("isn't", 0.0, 0.5))
    written = "  He\u00a0said: \"Well-known, isn't "
    assert own_part(replace(heard, text=written), CUT).text == 'He\u00a0said: "Well-known,'
    assert own_part(replace(heard, text="something else"), CUT).text == 'He said: "Well-known,'


def test_the_scores_are_those_of_the_words_that_are_left() -> None:
    own = own_part(HEARD, CUT)
    assert own.confidence == pytest.approx(0.8)
    assert own.compression_ratio == compression_ratio("how much")
    assert own_part(said(("how", -0.5, -0.2)), CUT).confidence == SAID.confidence
    impossible = replace(HEARD, words=tuple(replace(word, probability=0.0) for word in HEARD.words))
    assert 0.0 < own_part(impossible, CUT).confidence < 1e-5


def test_a_text_without_places_stays_whole_and_one_behind_the_cut_is_none() -> None:
    assert own_part(Transcription(text="how much"), CUT).text == "how much"
    behind = own_part(said(("how", 0.1, 0.2)), CUT)
    assert (behind.text, behind.words) == ("", ())


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 9_000)), max_size=20))
def test_what_is_left_is_the_beginning_whatever_the_places(lengths: list[tuple[int, int]]) -> None:
    words, position = [], CUT - 2 * SECOND
    for number, (pause, length) in enumerate(lengths):
        start = position + pause
        position = start + length
        words.append(Word(text=f"w{number}", start_sample=start, end_sample=position, probability=0.9))
    heard = Transcription(text=" ".join(word.text for word in words), words=tuple(words))
    own = own_part(heard, CUT)
    assert own.text == " ".join(word.text for word in own.words)
    assert [word.text for word in own.words] == [word.text for word in words[: len(own.words)]]
    assert all(word.start_sample <= word.end_sample <= CUT for word in own.words)
    assert all(word.start_sample + word.end_sample >= 2 * CUT for word in words[len(own.words) :])


@pytest.mark.parametrize(
    ("ending", "until"),
    [
        (CUT_OFF, CUT + 14_400),
        (replace(CUT_OFF, detected_at_sample=CUT + 1_000), CUT + 1_000),
        (replace(CUT_OFF, reason=e.SpeechEndReason.SILENCE), CUT),
        (replace(CUT_OFF, reason=e.SpeechEndReason.GAP), CUT),
    ],
)
def test_what_is_cut_off_is_heard_as_far_as_there_was_audio(ending: e.SpeechEnded, until: int) -> None:
    assert heard_until(ending) == until
    state = given_that(began(), started(1, 0), ending).state
    assert not isinstance(state, NotStarted)
    (waiting,) = state.context.pending
    assert (waiting.heard.start_sample, waiting.heard.end_sample) == (0, until)
    assert waiting.heard.is_beyond_cut == (until != CUT)
    assert waiting.heard.own == heard_audio(0, CUT)


def test_the_final_text_leaves_out_what_was_heard_behind_the_cut() -> None:
    report = c.ReportTranscription(
        utterance_id=UtteranceId(1),
        transcription=HEARD,
        model="tiny.en",
        inference_seconds=0.5,
        peak_amplitude=0.5,
        is_beyond_cut=True,
    )
    state = given_that(began(), started(1, 0), CUT_OFF).state
    (event,) = decide(report, state)
    assert isinstance(event, e.UtteranceTranscribed)
    assert (event.text, event.words) == ("how much", own_part(HEARD, CUT).words)
    (event,) = decide(replace(report, is_beyond_cut=False), state)
    assert isinstance(event, e.UtteranceTranscribed)
    assert event.text == HEARD.text
    (event,) = decide(replace(report, transcription=said(("how", 0.1, 0.2))), state)
    assert isinstance(event, e.UtteranceRejected)
    assert event.rule is e.RejectionRule.EMPTY_TEXT
