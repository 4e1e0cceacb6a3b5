"""The stable prefix is what hypotheses have agreed on for a while, and it never shrinks."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.events import HypothesisRevised
from realtime_mlx_stt.domain.hypotheses import (
    AGREEMENT_SAMPLES,
    Hypothesis,
    hypothesis_words,
    likely_words,
    restore,
    revise,
)
from realtime_mlx_stt.domain.transcription import Transcription, Word


def heard(*texts: str, every_samples: int = AGREEMENT_SAMPLES) -> tuple[str, str]:
    """The stable and the unstable text after the model said these, so far apart."""
    hypothesis = Hypothesis()
    for number, text in enumerate(texts, start=1):
        hypothesis = revise(hypothesis, text, number * every_samples)
    assert hypothesis.revision == len(texts)
    return hypothesis.stable_text, hypothesis.unstable_text


def test_nothing_is_stable_after_one_hypothesis() -> None:
    assert heard("ask not") == ("", "ask not")


def test_what_hypotheses_have_agreed_on_is_stable_but_for_the_newest_word() -> None:
    assert heard("ask not what", "ask not what your country") == ("ask not what", " your country")
    assert heard("ask not what", "ask not what") == ("ask not", " what")


def test_the_reference_of_events_tells_how_long_agreement_takes() -> None:
    reference = " ".join((HypothesisRevised.__doc__ or "").split())
    assert f"over at least {samples_to_seconds(AGREEMENT_SAMPLES):g} s of audio" in reference


def test_it_takes_as_much_audio_however_many_hypotheses_there_are() -> None:
    third = AGREEMENT_SAMPLES // 3
    texts = ["ask not", "ask not what", "ask not what your", "ask not what your", "ask not what your"]
    growing = [heard(*texts[:count], every_samples=third) for count in (3, 4, 5)]
    assert growing == [("", "ask not what your"), ("ask not", " what your"), ("ask not what", " your")]


def test_a_word_that_is_not_likely_keeps_what_follows_from_being_stable_and_agrees_all_the_same() -> None:
    first = revise(Hypothesis(), "ask not what you", 0)
    unsure = revise(first, "ask not what you", AGREEMENT_SAMPLES, likely=(True, False, True, True))
    assert unsure.stable_text == "ask"
    assert revise(unsure, "ask not what you", AGREEMENT_SAMPLES).stable_text == "ask not what"


def test_a_stable_word_that_is_not_likely_any_more_holds_nothing_up() -> None:
    first = revise(revise(Hypothesis(), "ask not what", 0), "ask not what", AGREEMENT_SAMPLES)
    longer = revise(first, "ask not what you can", AGREEMENT_SAMPLES + 1)
    later = revise(longer, "ask not what you can", 3 * AGREEMENT_SAMPLES, likely=(False, False, True, True, True))
    assert first.stable_text == "ask not"
    assert later.stable_text == "ask not what you"


def said(text: str, *words: tuple[str, float]) -> Transcription:
    """A text whose words have these probabilities."""
    places = (Word(text=word, start_sample=0, end_sample=0, probability=sure) for word, sure in words)
    return Transcription(text=text, words=tuple(places), confidence=0.4)


def test_words_are_as_likely_as_the_model_says() -> None:
    assert likely_words(said(" Ask not.", (" Ask", 0.6), (" not.", 0.59))) == (True, False)
    assert likely_words(said("ill-disposed is", ("ill", 0.9), ("-disposed", 0.1), (" is", 0.9))) == (False, True)
    assert likely_words(said("\u4f60\u597d\u5417", ("\u4f60\u597d", 0.9), ("\u5417", 0.1))) == (True, True, False)
    assert likely_words(said("")) == ()


@pytest.mark.parametrize(("confidence", "is_likely"), [(0.6, True), (0.59, False)])
def test_words_that_the_model_does_not_tell_are_as_likely_as_the_text(confidence: float, is_likely: bool) -> None:
    told = said("ask not", ("ask", 0.9), ("never", 0.9))
    for transcription in (Transcription(text="ask not"), told):
        words = likely_words(replace(transcription, confidence=confidence))
        assert words == (is_likely, is_likely)


def test_case_and_punctuation_do_not_break_agreement() -> None:
    assert heard("Ask, not.", "ask not what you")[0] == "ask not"


def test_punctuation_alone_agrees_only_with_itself() -> None:
    assert heard("... so", "— so it") == ("", "— so it")
    assert heard("... so", "... so it") == ("... so", " it")


def test_a_contradicted_stable_prefix_stands() -> None:
    assert heard("ask not what", "ask not what", "task nod what you") == ("ask not what", " you")


@pytest.mark.parametrize(
    ("kept", "newest", "rest"),
    [
        ("Howdy, married and more more", "Had he married a more amiable woman", " amiable woman"),
        ("And John Dashwood had then leisure", "And Mr. John Dashwood had then leisure to", " leisure to"),
        ("And Mr. John Dashwood had then", "Mr. John Dashwood had then leisure", " then leisure"),
        ("The past where you entered", "The password you entered and", " entered and"),
        ("like your country", "What your country can", " country can"),
        ("five five eight of", "Eight of spades", " of spades"),
    ],
)
def test_words_that_follow_a_contradicted_prefix_are_neither_doubled_nor_lost(
    kept: str, newest: str, rest: str
) -> None:
    """All but the last word of ``kept`` are stable."""
    agreed = revise(revise(Hypothesis(), kept, 0), kept, AGREEMENT_SAMPLES)
    contradicted = revise(agreed, newest, AGREEMENT_SAMPLES + 1, likely=(False,) * len(newest.split()))
    assert contradicted.stable_text == agreed.stable_text == kept.rsplit(" ", 1)[0]
    assert contradicted.unstable_text == rest


def test_a_shorter_or_empty_hypothesis_takes_back_only_what_is_unstable() -> None:
    assert heard("ask not what", "ask not what", "ask") == ("ask not", "")
    assert heard("ask not what", "ask not what", "") == ("ask not", "")
    assert heard("ask not what", "") == ("", "")


def test_an_agreement_that_was_interrupted_counts_anew() -> None:
    assert heard("ask not", "task not", "ask not what")[0] == ""
    assert heard("ask not", "task not", "ask not what", "ask not what")[0] == "ask not"


def test_scripts_without_spaces_are_taken_by_the_letter() -> None:
    assert hypothesis_words("今日は hello") == ("今", "日", "は", " hello")


@pytest.mark.parametrize("text", ["สวัสดี", "ສະບາຍດີ", "བཀྲ་ཤིས", "မင်္ဂလာပါ", "សួស្តី", "カタカナ", "中文𠀀"])
def test_each_script_without_spaces_is_taken_by_the_letter(text: str) -> None:
    assert hypothesis_words(text) == tuple(text)


@pytest.mark.parametrize("text", ["привет", "안녕하세요", "שלום", "naïve", "don't", "ok2"])
def test_a_word_of_any_other_script_is_one(text: str) -> None:
    assert hypothesis_words(f"{text} {text}") == (text, f" {text}")


def test_japanese_grows_letter_by_letter() -> None:
    assert heard("今日", "今日は", "今日はいい") == ("今日は", "いい")


def test_words_that_change_script_do_not_grow_together() -> None:
    """The first word stays; what followed a Chinese letter without a space now follows a Latin one."""
    assert heard("ab 今 cd", "ab 今 cd", "ab 今 cd") == ("ab 今", " cd")
    assert heard("ab cd", "ab cd", "今ef") == ("ab", " ef")
    assert heard("ab cd", "ab cd", "今ef gh ij") == ("ab", " ef gh ij")
    assert heard("今ab", "今ab", "cd ef") == ("今", " ef")


WORDS = st.sampled_from(["ask", "not", "what", "you,", "country", "今日", "は", "สวัสดี", "—", "5"])
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "", "  ", "\n"])).map("".join), max_size=8).map("".join)


@settings(deadline=None, max_examples=200)
@given(st.lists(TEXTS, max_size=8))
def test_the_stable_prefix_never_shrinks_and_the_texts_restore_the_hypothesis(texts: list[str]) -> None:
    hypothesis = restored = Hypothesis()
    for revision, text in enumerate(texts, start=1):
        before = hypothesis.stable_text
        hypothesis = revise(hypothesis, text, revision * AGREEMENT_SAMPLES // 2)
        assert hypothesis.revision == revision
        assert hypothesis.stable_text.startswith(before)
        recorded = restored
        restored = restore(
            recorded,
            revision=hypothesis.revision,
            stable_text=hypothesis.stable_text,
            unstable_text=hypothesis.unstable_text,
            heard_until_sample=hypothesis.heard_until_sample,
        )
        assert restored == hypothesis


@settings(deadline=None, max_examples=200)
@given(st.text() | TEXTS)
def test_joined_words_are_the_text_again(text: str) -> None:
    words = hypothesis_words(text)
    assert "".join(words) == text.strip()
    assert all(word.strip() for word in words)


@settings(deadline=None, max_examples=100)
@given(TEXTS)
def test_the_same_text_three_times_is_stable_but_for_its_last_word(text: str) -> None:
    words = hypothesis_words(text)
    assert heard(text, text, text) == ("".join(words[:-1]), "".join(words[-1:]))
