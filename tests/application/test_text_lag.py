"""How far the text trails the voice is known from where a session stands and how much it has heard."""

import pytest
from tests.application.stories import began, ended, started, stopped, stored, transcribed

from realtime_mlx_stt.application.read_models.status import fold_status
from realtime_mlx_stt.application.writing.degradation import ServiceLevel
from realtime_mlx_stt.application.writing.keeping_up import Observation
from realtime_mlx_stt.application.writing.text_lag import TextLag, text_lag
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.state import INITIAL

SECOND = 16_000


def seemed(until_seconds: float) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(1),
        revision=1,
        stable_text="",
        unstable_text="so",
        heard_until_sample=int(until_seconds * SECOND),
    )


def lag_of(*events: e.SessionEvent, heard_seconds: float, seen: Observation | None = None) -> TextLag:
    state = fold_status(stored(began(), *events)).state
    return text_lag(state, int(heard_seconds * SECOND), seen or Observation())


def test_a_session_in_which_nothing_is_to_be_written_trails_by_nothing() -> None:
    assert text_lag(INITIAL, 0, Observation()) == lag_of(heard_seconds=9.0)
    assert lag_of(heard_seconds=9.0) == TextLag(
        trailing_seconds=0.0, owed_seconds=0.0, hypothesis_age_seconds=None, final_wait_seconds=0.0, level="full"
    )


@pytest.mark.parametrize(
    ("events", "trailing_seconds"),
    [
        ((started(1, SECOND),), 4.0),
        ((started(1, SECOND), seemed(3.5)), 1.5),
        ((started(1, SECOND), seemed(3.5), ended(1, SECOND, 4 * SECOND)), 1.0),
        ((started(1, 0), ended(1, 0, SECOND), started(2, 2 * SECOND), ended(2, 2 * SECOND, 3 * SECOND)), 4.0),
        ((started(1, 0), ended(1, 0, SECOND), transcribed(1, "so")), 0.0),
        ((started(1, 0), seemed(0.5), ended(1, 0, SECOND), started(2, 4 * SECOND)), 4.0),
    ],
)
def test_the_text_trails_by_what_was_heard_since_the_oldest_speech_without_it(
    events: tuple[e.SessionEvent, ...], trailing_seconds: float
) -> None:
    assert lag_of(*events, heard_seconds=5.0).trailing_seconds == trailing_seconds


def test_what_is_owed_is_added_up_and_what_is_left_out_has_the_word_of_its_event() -> None:
    watched = Observation(level=ServiceLevel.SMALLER_MODEL, hypothesis_age_seconds=0.5, final_wait_seconds=1.5)
    owing = (started(1, 0), ended(1, 0, SECOND), started(2, SECOND), ended(2, SECOND, 3 * SECOND))
    lag = lag_of(*owing, heard_seconds=3.5, seen=watched)
    assert (lag.owed_seconds, lag.final_wait_seconds, lag.level) == (3.0, 1.5, "smaller-model")
    assert lag.hypothesis_age_seconds == 0.5


def test_what_was_last_watched_of_a_session_that_hears_no_more_does_not_stay() -> None:
    watched = Observation(hypothesis_age_seconds=0.5, final_wait_seconds=1.5)
    lag = lag_of(stopped(SECOND)[0], heard_seconds=1.0, seen=watched)
    assert (lag.hypothesis_age_seconds, lag.final_wait_seconds) == (None, 0.0)
