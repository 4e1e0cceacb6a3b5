"""What is being said is drawn dimmed and revised in place; what stays is printed once."""

import io
import re

from rich.console import Console
from tests.application.stories import began, ended, started, stopped, stored, transcribed

from realtime_mlx_stt.adapters.cli.live_display import LiveDisplay
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId

SECOND = 16_000
DIM = "\x1b[2m"
ITALIC_DIM = "\x1b[2;3m"


def drawn(*events: e.SessionEvent) -> str:
    """Everything that a terminal is sent for these events."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, highlight=False)
    with LiveDisplay(console) as display:
        for event in stored(*events):
            display.show(event)
    return screen.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def hypothesis(revision: int, stable: str, unstable: str) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(1),
        revision=revision,
        stable_text=stable,
        unstable_text=unstable,
        heard_until_sample=SECOND,
    )


def test_a_hypothesis_is_dim_and_its_unstable_rest_is_set_apart() -> None:
    screen = drawn(began(), started(1, 0), hypothesis(1, "ask not", " what your"))
    assert f"{DIM}ask not\x1b[0m{ITALIC_DIM} what your\x1b[0m" in screen
    assert "hearing speech" in screen


def test_a_revision_replaces_the_hypothesis_before_it() -> None:
    screen = drawn(began(), started(1, 0), hypothesis(1, "", "ask knot"), hypothesis(2, "ask", " not"))
    after = screen[screen.index("ask knot") + 1 :]
    assert "\x1b[1A\x1b[2K" in after, "the lines before are erased"
    assert "ask knot" not in plain(after)


def test_a_final_text_stays_with_its_times() -> None:
    screen = drawn(
        began(),
        started(1, SECOND),
        hypothesis(1, "", "ask"),
        ended(1, SECOND, 3 * SECOND),
        transcribed(1, "Ask not."),
        *stopped(4 * SECOND),
    )
    assert re.search(r"0:01\.0-0:03\.0 +Ask not\.", plain(screen))
    assert "ask" not in plain(screen).split("Ask not.")[1], "nothing is drawn of it any more"


def test_a_long_text_is_folded_beside_its_times() -> None:
    text = "ask not what your country can do for you, ask what you can do for your country"
    lines = plain(drawn(began(), started(1, 0), ended(1, 0, SECOND), transcribed(1, text))).splitlines()
    folded = [line for line in lines if "for your" in line or "country can" in line]
    assert len(folded) == 2
    assert folded[1].startswith(" " * 15)


def test_what_was_rejected_leaves_no_line() -> None:
    rejected = e.UtteranceRejected(
        utterance_id=UtteranceId(1), rule=e.RejectionRule.NO_SPEECH, text="you", voiced_seconds=0.3
    )
    assert "you" not in plain(drawn(began(), started(1, 0), ended(1, 0, SECOND), rejected))


def test_wake_words_and_troubles_are_shown() -> None:
    screen = plain(
        drawn(
            began(),
            e.WakeWordDetected(word="alexa", score=0.934, at_sample=SECOND, deadline_sample=2 * SECOND),
            e.WakeWordExpired(word="alexa", at_sample=2 * SECOND),
            e.AudioSourceLost(at_sample=2 * SECOND, code="audio-source", message="It was unplugged."),
            e.AudioGapRecorded(start_sample=2 * SECOND, lost_samples=800, reason=e.GapReason.SOURCE_LOST),
            e.AudioSourceRecovered(at_sample=2 * SECOND + 800),
            e.ServiceDegraded(part="event-store", code="event-store-full", message="The disk is full."),
            e.ServiceRestored(part="event-store"),
            e.SessionFailed(code="voice-activity", message="The detector broke.", captured_samples=3 * SECOND),
        )
    )
    for line in (
        "alexa (0.93)",
        "alexa: nothing was said",
        "It was unplugged. [audio-source]",
        "50 ms not heard (source-lost)",
        "The source delivers again.",
        "The disk is full. [event-store-full]",
        "The event-store works again.",
        "The detector broke. [voice-activity]",
    ):
        assert line in screen


def test_without_a_terminal_only_what_stays_is_printed() -> None:
    screen = io.StringIO()
    with LiveDisplay(Console(file=screen, width=60)) as display:
        for event in stored(began(), started(1, 0), hypothesis(1, "ask", ""), ended(1, 0, SECOND)):
            display.show(event)
        display.refresh()
    assert screen.getvalue() == "Listening to speech.wav with tiny.en; Ctrl-C stops.\n"
