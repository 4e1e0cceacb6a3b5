"""Every captured sample is in one place, whatever happened: the ledger adds up."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.histories import (
    LISTENING,
    SECOND,
    WAKE_SETTINGS,
    began,
    ended,
    failure,
    gap,
    started,
    stopped,
    stopping,
    too_short,
    transcribed,
    woken,
)

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import AudioLedger, add_to_ledger, audio_ledger
from realtime_mlx_stt.domain.identifiers import UtteranceId


def test_nothing_is_in_an_empty_ledger() -> None:
    assert audio_ledger(()) == AudioLedger()
    assert audio_ledger(LISTENING).silence_samples == 0


def test_utterances_gaps_and_silence_add_up_to_what_was_captured() -> None:
    ledger = audio_ledger(
        (
            began(),
            started(1, 100),
            ended(1, 100, 500, detected_at_sample=700),
            transcribed(1),
            gap(700, 50),
            started(2, 800),
            ended(2, 800, 900),
            too_short(2),
            stopping(1_000),
            stopped(1_000),
        )
    )
    assert ledger == AudioLedger(
        captured_samples=1_000, utterance_samples=400, rejected_samples=100, gap_samples=50
    )
    assert ledger.silence_samples == 450


def test_an_utterance_is_undecided_until_its_text_comes() -> None:
    spoken = (began(), started(1, 0), ended(1, 0, 10), started(2, 10), ended(2, 10, 30))
    ledger = audio_ledger(spoken)
    assert ledger.undecided == ((1, 10), (2, 20))
    assert add_to_ledger(ledger, failure(2)).undecided == ((1, 10),)
    assert add_to_ledger(ledger, transcribed(1)).undecided == ((2, 20),)
    assert add_to_ledger(ledger, e.SessionInterrupted(lost_utterances=(UtteranceId(1),))).undecided == ()


@pytest.mark.parametrize(
    ("event", "captured_samples"),
    [
        (started(1, 70), 70),
        (woken(70), 70),
        (e.WakeWordExpired(word="alexa", at_sample=70), 70),
        (e.ListeningPaused(at_sample=70), 70),
        (e.ListeningResumed(at_sample=70), 70),
        (gap(70, 30), 100),
        (ended(1, 10, 60, detected_at_sample=70), 70),
        (stopping(70), 70),
        (stopped(70), 70),
        (e.SessionFailed(code="broken", message="It broke.", captured_samples=70), 70),
        (e.ServiceRestored(part="recording"), 0),
    ],
)
def test_events_tell_how_far_the_audio_went(event: e.SessionEvent, captured_samples: int) -> None:
    ledger = audio_ledger((began(WAKE_SETTINGS), event))
    assert ledger.captured_samples == captured_samples
    assert add_to_ledger(ledger, woken(5)).captured_samples == max(5, captured_samples)


def test_a_later_text_moves_no_sample() -> None:
    ledger = audio_ledger((began(), started(1, 0), ended(1, 0, 10), too_short(1)))
    revised = e.TranscriptRevised(
        utterance_id=UtteranceId(1), text="Yes.", words=(), language=None, confidence=1.0, model="base"
    )
    assert add_to_ledger(ledger, revised) == ledger


FINISHES: Mapping[str, Callable[[int], e.SessionEvent]] = {
    "utterance": transcribed,
    "rejected": too_short,
    "failed": failure,
}
STRETCHES = st.lists(
    st.tuples(st.sampled_from(["utterance", "rejected", "failed", "gap", "silence"]), st.integers(1, 40 * SECOND)),
    max_size=25,
)


@settings(deadline=None, max_examples=80)
@given(STRETCHES)
def test_any_stretches_of_audio_are_each_in_their_own_account(stretches: list[tuple[str, int]]) -> None:
    log: list[e.SessionEvent] = [began()]
    position = utterance = 0
    for kind, samples in stretches:
        end = position + samples
        if kind == "gap":
            log.append(gap(position, samples))
        elif kind != "silence":
            utterance += 1
            log += [started(utterance, position), ended(utterance, position, end), FINISHES[kind](utterance)]
        position = end
    log += [stopping(position), stopped(position)]
    ledger = audio_ledger(log)

    def total(*kinds: str) -> int:
        return sum(samples for kind, samples in stretches if kind in kinds)

    assert ledger.captured_samples == position
    assert ledger.utterance_samples == total("utterance", "failed")
    assert ledger.rejected_samples == total("rejected")
    assert ledger.gap_samples == total("gap")
    assert ledger.silence_samples == total("silence")
    assert ledger.undecided == ()
