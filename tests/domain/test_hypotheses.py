"""The stable prefix is what successive hypotheses agree on, and it never shrinks."""

from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.domain.hypotheses import Hypothesis, hypothesis_words, restore, revise


def test_nothing_is_stable_after_one_hypothesis() -> None:
    hypothesis = revise(Hypothesis(), "ask not")
    assert (hypothesis.stable_text, hypothesis.unstable_text) == ("", "ask not")


def test_what_two_hypotheses_agree_on_is_stable_but_for_the_newest_word() -> None:
    hypothesis = revise(revise(Hypothesis(), "ask not what"), "ask not what your country")
    assert (hypothesis.stable_text, hypothesis.unstable_text) == ("ask not what", " your country")


def test_case_and_punctuation_do_not_break_agreement() -> None:
    hypothesis = revise(revise(Hypothesis(), "Ask, not."), "ask not what you")
    assert hypothesis.stable_text == "ask not"


def test_a_contradicted_stable_prefix_stands() -> None:
    hypothesis = revise(revise(revise(Hypothesis(), "ask not what"), "ask not what"), "task nod what you")
    assert hypothesis.stable_text.startswith("ask not")


def test_scripts_without_spaces_are_taken_by_the_letter() -> None:
    assert hypothesis_words("今日は hello") == ("今", "日", "は", " hello")


TEXTS = st.lists(st.sampled_from(["ask", "not", "what", "you,", "country", "今日"]), max_size=8).map(" ".join)


@given(st.lists(TEXTS, max_size=8))
def test_the_stable_prefix_never_shrinks_and_the_texts_restore_the_hypothesis(texts: list[str]) -> None:
    hypothesis = Hypothesis()
    for text in texts:
        before = hypothesis.stable_text
        hypothesis = revise(hypothesis, text)
        assert hypothesis.stable_text.startswith(before)
        restored = restore(hypothesis.revision, hypothesis.stable_text, hypothesis.unstable_text)
        assert restored == hypothesis
