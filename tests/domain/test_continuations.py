"""Speech that was cut for its length: each word is on one side, and each side hears as much as it needs."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.histories import SAID, transcribed

from realtime_mlx_stt.domain.continuations import (
    BEHIND_CUT_SAMPLES,
    Continuation,
    HeardAudio,
    heard_audio,
    most_before_cut_samples,
    own_part,
    told,
    words_behind,
)
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.transcription import Transcription, Word, compression_ratio

SECOND = 16_000
CUT = 10 * SECOND
END = 20 * SECOND
HEARD_FROM = CUT - 3 * SECOND // 2
LATEST = 30 * SECOND

Placed = tuple[str, float, float]
"""A word, and where it begins and ends in seconds from the cut."""


def said(*placed: Placed, text: str | None = None) -> Transcription:
    words = tuple(
        Word(
            text=word,
            start_sample=CUT + round(start * SECOND),
            end_sample=CUT + round(end * SECOND),
            probability=0.8,
        )
        for word, start, end in placed
    )
    return Transcription(text=" ".join(word.text for word in words) if text is None else text, words=words)


def before_cut(transcription: Transcription) -> Transcription:
    """What the side before the cut has of what it heard."""
    return own_part(transcription, start_sample=0, end_sample=CUT, continuation=None)


def behind_cut(
    transcription: Transcription, words: Sequence[Word] | None = None, behind: Sequence[Word] = ()
) -> Transcription:
    """What the side behind the cut has of what it heard, once it knows the words of the other side."""
    continuation: Continuation | None = Continuation(cut_off=UtteranceId(1), heard_from_sample=HEARD_FROM)
    if words is not None:
        text = transcribed(1, replace(SAID, words=tuple(words)))
        continuation = told(continuation, replace(text, words_behind_cut=tuple(behind)))
    return own_part(transcription, start_sample=CUT, end_sample=END, continuation=continuation)


def both(first: Transcription, second: Transcription) -> str:
    before = before_cut(first)
    behind = behind_cut(second, before.words, words_behind(first, CUT))
    return f"{before.text} | {behind.text}"


def test_what_both_sides_hear_alike_is_on_the_side_of_its_middle() -> None:
    heard = said(("One,", -0.9, -0.6), ("two,", -0.5, -0.1), ("three,", -0.1, 0.3), ("four", 0.4, 0.8))
    assert both(heard, heard) == "One, two, | three, four"


@pytest.mark.parametrize("later", [-0.2, -0.1, 0.0, 0.1, 0.2])
def test_a_word_across_the_cut_is_on_one_side_wherever_the_other_places_it(later: float) -> None:
    first = said(("how", -0.5, -0.2), ("much", -0.2, 0.15), ("there", 0.2, 0.5))
    second = said(("how", -0.5 + later, -0.2 + later), ("much", -0.2 + later, 0.2 + later), ("there", 0.25, 0.5))
    assert both(first, second) == "how much | there"
    first = said(("how", -0.5, -0.2), ("much", -0.15, 0.2), ("there", 0.2, 0.5))
    assert both(first, second) == "how | much there"


def test_a_word_said_twice_stays_twice() -> None:
    heard = said(("Oh", -0.9, -0.6), ("no,", -0.4, -0.1), ("no!", 0.1, 0.4), ("Stop.", 0.5, 0.9))
    assert both(heard, heard) == "Oh no, | no! Stop."
    nearer = said(("no,", -0.35, -0.05), ("no!", 0.05, 0.4), ("Stop.", 0.5, 0.9))
    assert both(heard, nearer) == "Oh no, | no! Stop."


def test_a_word_that_was_heard_otherwise_behind_the_cut_is_not_doubled() -> None:
    first = said(("a", -1.0, -0.9), ("longer", -0.9, -0.4), ("robe.", -0.4, -0.05))
    second = said(("longer", -0.9, -0.35), ("rope.", -0.35, 0.05), ("If", 0.1, 0.3), ("you", 0.3, 0.5))
    assert both(first, second) == "a longer robe. | If you"


def test_the_first_word_of_a_continuation_that_leaves_out_what_was_before_is_kept() -> None:
    """A model that begins in the midst of speech leaves words out, and begins the next one too early."""
    first = said(("already", -0.93, -0.67), ("logged", -0.67, -0.31), ("on.", -0.31, 0.07))
    second = said(("Please", -0.42, 0.3), ("enter", 0.3, 0.7), ("your", 0.7, 1.0))
    assert both(first, second) == "already logged on. | Please enter your"


def test_what_was_heard_on_both_sides_behind_the_cut_tells_where_the_other_side_begins() -> None:
    first = said(("assisting", -1.8, -1.34), ("other", -1.34, -1.02), ("telemarketers.", -1.02, -0.14))
    first = _transcription([*first.words, *said(("Please", 0.12, 0.48), ("hold.", 0.48, 0.88)).words])
    second = said(("Please", -0.87, -0.29), ("hold", -0.29, 0.73), ("and", 0.73, 1.27))
    assert both(first, second) == "assisting other telemarketers. | Please hold and"


def test_what_the_side_before_the_cut_left_out_is_had_from_the_other() -> None:
    first = said(("So", -5.0, -4.5))
    second = said(("consider", -0.9, -0.3), ("how", -0.3, 0.1), ("much", 0.1, 0.4))
    assert both(first, second) == "So | consider how much"


def test_while_nobody_knows_the_other_side_the_cut_divides() -> None:
    second = said(("how", -0.5, -0.2), ("much", -0.1, 0.3), ("there", 0.3, 0.6))
    assert behind_cut(second).text == "much there"
    assert behind_cut(second, ()).text == "much there"


def test_the_text_stays_as_the_model_wrote_it() -> None:
    text = '  He said: "Well-known, isn\'t\u00a0it?"  Yes. '
    heard = said(("He", -2.0, -1.8), ("said:", -1.8, -1.5), ('"Well-known,', -1.2, -0.5), text=text)
    heard = replace(
        heard, words=(*heard.words, *said(("isn't", -0.4, 0.5), ('it?"', 0.5, 0.7), ("Yes.", 0.8, 1.0)).words)
    )
    assert behind_cut(heard).text == "isn't\u00a0it?\"  Yes."
    assert before_cut(heard).text == 'He said: "Well-known,'
    strange = replace(heard, text="something else")
    assert behind_cut(strange).text == "isn't it?\" Yes."


def test_words_are_placed_inside_their_utterance() -> None:
    heard = said(("how", -0.5, -0.2), ("much", -0.3, 0.2), ("there", -0.1, 0.6))
    assert [(word.start_sample, word.end_sample) for word in before_cut(heard).words][-1] == (CUT - 4_800, CUT)
    assert [(word.start_sample, word.end_sample) for word in behind_cut(heard).words] == [(CUT, CUT + 9_600)]


def test_the_scores_are_those_of_the_words_that_are_left() -> None:
    heard = said(("how", -0.5, -0.2), ("much", 0.1, 0.4))
    heard = replace(heard, words=(replace(heard.words[0], probability=0.1), heard.words[1]), confidence=0.3)
    own = behind_cut(heard)
    assert own.confidence == pytest.approx(0.8)
    assert own.compression_ratio == compression_ratio("much")
    assert behind_cut(replace(heard, words=heard.words[1:])).confidence == 0.3
    impossible = replace(heard, words=(heard.words[0], replace(heard.words[1], probability=0.0)))
    assert 0.0 < behind_cut(impossible).confidence < 1e-5


def test_nothing_is_left_of_a_text_that_is_the_other_sides() -> None:
    heard = said(("how", -0.5, -0.2), ("much", -0.2, -0.1))
    assert (behind_cut(heard).text, behind_cut(heard).words) == ("", ())


def test_a_text_without_places_stays_whole() -> None:
    assert behind_cut(Transcription(text="how much")).text == "how much"


def test_a_model_hears_beyond_cuts_but_never_more_than_it_can() -> None:
    continuation = Continuation(cut_off=UtteranceId(1), heard_from_sample=HEARD_FROM)
    whole = heard_audio(CUT, END, continuation, END + BEHIND_CUT_SAMPLES)
    assert (whole.start_sample, whole.end_sample, whole.is_beyond_cut) == (
        HEARD_FROM,
        END + BEHIND_CUT_SAMPLES,
        True,
    )
    assert (
        whole.own
        == heard_audio(CUT, END)
        == HeardAudio(start_sample=CUT, end_sample=END, own_start_sample=CUT, own_end_sample=END)
    )
    assert not whole.own.is_beyond_cut
    longest = heard_audio(CUT, CUT + 29 * SECOND, continuation)
    assert longest.end_sample - longest.start_sample == LATEST
    assert heard_audio(CUT, CUT + 31 * SECOND, continuation).start_sample == CUT


@pytest.mark.parametrize(("longest", "most"), [(2.0, 1.9), (28.0, 1.9), (28.5, 1.4), (29.0, 0.9)])
def test_before_a_cut_as_much_is_heard_as_there_is_room_for(longest: float, most: float) -> None:
    assert most_before_cut_samples(round(longest * SECOND)) == round(most * SECOND)


@st.composite
def heard_twice(draw: st.DrawFn) -> tuple[list[Word], Transcription, Transcription]:
    """Different words in a row, as both sides hear them, each a little displaced."""
    words, position = [], CUT - 2 * SECOND
    for number in range(draw(st.integers(6, 14))):
        position += draw(st.integers(0, 3_000))
        end = position + draw(st.integers(2_000, 8_000))
        words.append(
            Word(text=f"{'abcdefghijklmn'[number]}{number}", start_sample=position, end_sample=end, probability=0.9)
        )
        position = end
    first = [_displaced(draw, word) for word in words if word.end_sample <= CUT + BEHIND_CUT_SAMPLES]
    second = [_displaced(draw, word) for word in words if word.start_sample >= HEARD_FROM]
    return words, _transcription(first), _transcription(second)


def _displaced(draw: st.DrawFn, word: Word) -> Word:
    return word.shifted(draw(st.integers(-1_600, 1_600)))


def _transcription(words: Sequence[Word]) -> Transcription:
    return Transcription(text=" ".join(word.text for word in words), words=tuple(words))


@settings(deadline=None)
@given(heard_twice())
def test_every_word_is_on_one_side_once(heard: tuple[list[Word], Transcription, Transcription]) -> None:
    words, first, second = heard
    before = before_cut(first)
    behind = behind_cut(second, before.words, words_behind(first, CUT))
    assert [word.text for word in (*before.words, *behind.words)] == [word.text for word in words]
    assert f"{before.text} {behind.text}".split() == [word.text for word in words]
    assert all(0 <= word.start_sample <= word.end_sample <= CUT for word in before.words)
    assert all(CUT <= word.start_sample <= word.end_sample <= END for word in behind.words)
