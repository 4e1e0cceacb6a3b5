"""The ledger folds stored events as the domain folds events."""

from tests.application.stories import began, ended, started, stopped, stored, transcribed

from realtime_mlx_stt.application.read_models.ledger import fold_ledger
from realtime_mlx_stt.domain import events as e


def test_utterance_gap_and_silence_add_up_to_what_was_captured() -> None:
    gap = e.AudioGapRecorded(start_sample=600, lost_samples=100, reason=e.GapReason.OVERFLOW)
    ledger = fold_ledger(
        stored(began(), started(1, 100), ended(1, 100, 500), transcribed(1, "x"), gap, *stopped(1_000))
    )
    assert (ledger.utterance_samples, ledger.gap_samples, ledger.silence_samples) == (400, 100, 500)
