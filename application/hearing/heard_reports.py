"""What was heard of the audio, as the report that the session decides on."""

from typing import assert_never

from realtime_mlx_stt.application.hearing.audio_listener import TimePassed
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.segmentation import EndFound, OnsetFound
from realtime_mlx_stt.domain.wake_gate import WakeWordHeard
from realtime_mlx_stt.ports.audio_source import SourceLost

__all__ = ["loss_of", "report_of"]


def report_of(heard: TimePassed | OnsetFound | EndFound | WakeWordHeard, voiced_samples: int) -> c.SessionCommand:
    """The report; ``voiced_samples`` is how many samples of the open utterance hold speech so far."""
    match heard:
        case TimePassed():
            return c.PassTime(at_sample=heard.at_sample)
        case OnsetFound():
            return c.ReportSpeechOnset(start_sample=heard.start_sample, at_sample=heard.at_sample)
        case EndFound():
            return c.ReportSpeechEnd(
                reason=heard.reason,
                end_sample=heard.end_sample,
                at_sample=heard.at_sample,
                voiced_samples=heard.voiced_samples,
            )
        case WakeWordHeard():
            return c.ReportWakeWord(
                word=heard.word,
                score=heard.score,
                at_sample=heard.at_sample,
                voiced_samples=voiced_samples,
                is_late=heard.is_late,
            )
        case _:
            assert_never(heard)


def loss_of(lost: SourceLost, at_sample: int, voiced_samples: int) -> c.ReportSourceLoss:
    """The report that the source was lost at a position of the session's."""
    return c.ReportSourceLoss(
        at_sample=at_sample, code=lost.error.code, message=str(lost.error), voiced_samples=voiced_samples
    )
