"""A wake word is heard when its score reaches the threshold, and not again within the cool-down."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mlx_stt.domain.settings import WakeWordSettings
from realtime_mlx_stt.domain.wake_gate import COOL_DOWN_SAMPLES, WakeGate, WakeWordHeard, hear_scores

FRAME = 1_280
WAKE_WORD = WakeWordSettings(words=("alexa", "hey_jarvis"), threshold=0.5)


def hear(frames: Sequence[Mapping[str, float]]) -> list[WakeWordHeard]:
    """Feed one frame of scores after another and collect what is heard."""
    gate = WakeGate()
    heard = []
    for number, scores in enumerate(frames, start=1):
        gate, word = hear_scores(gate, scores, number * FRAME, WAKE_WORD)
        heard.extend([word] if word else [])
    return heard


def test_a_score_at_the_threshold_is_heard_at_the_end_of_its_frame() -> None:
    assert hear([{"alexa": 0.49}, {"alexa": 0.5}]) == [WakeWordHeard(word="alexa", score=0.5, at_sample=2 * FRAME)]


def test_of_two_words_the_surer_is_heard() -> None:
    (heard,) = hear([{"alexa": 0.6, "hey_jarvis": 0.9}])
    assert (heard.word, heard.score) == ("hey_jarvis", 0.9)


@pytest.mark.parametrize("scores", [{}, {"alexa": 0.0}, {"alexa": float("nan")}])
def test_no_score_wakes_nobody(scores: Mapping[str, float]) -> None:
    assert hear([scores]) == []


def test_scores_that_stay_high_are_one_word_until_the_cool_down_is_over() -> None:
    heard = hear([{"alexa": 0.9}] * 60)
    assert [word.at_sample for word in heard] == [FRAME, FRAME + COOL_DOWN_SAMPLES, FRAME + 2 * COOL_DOWN_SAMPLES]


@pytest.mark.parametrize(("gap_frames", "is_late"), [(2, True), (23, True), (24, False)])
def test_a_word_whose_end_was_within_the_cool_down_is_heard_late(gap_frames: int, is_late: bool) -> None:
    """Its scores are still high when the cool-down ends, after 25 frames; nobody knows where it ended."""
    first, second = hear([{"alexa": 0.9}] + [{"alexa": 0.1}] * gap_frames + [{"alexa": 0.9}] * 30)[:2]
    assert not first.is_late
    assert second.at_sample == first.at_sample + COOL_DOWN_SAMPLES
    assert second.is_late is is_late


def test_another_word_within_the_cool_down_is_not_heard_either() -> None:
    assert len(hear([{"alexa": 0.9}, {"hey_jarvis": 0.9}])) == 1


@settings(deadline=None, max_examples=60)
@given(st.lists(st.dictionaries(st.sampled_from(WAKE_WORD.words), st.floats(0.0, 1.0)), max_size=120))
def test_words_are_sure_enough_and_never_closer_than_the_cool_down(frames: list[dict[str, float]]) -> None:
    heard = hear(frames)
    for word in heard:
        scores = frames[word.at_sample // FRAME - 1]
        assert word.score == scores[word.word] == max(scores.values()) >= WAKE_WORD.threshold
        before = frames[word.at_sample // FRAME - 2] if word.at_sample > FRAME else {}
        assert word.is_late == (max(before.values(), default=0.0) >= WAKE_WORD.threshold)
    positions = [word.at_sample for word in heard]
    assert all(later - earlier >= COOL_DOWN_SAMPLES for earlier, later in pairwise(positions))
    sure = [number for number, scores in enumerate(frames, start=1) if max(scores.values(), default=0.0) >= 0.5]
    assert bool(heard) == bool(sure)
