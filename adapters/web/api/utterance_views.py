"""Turns what a transcript holds into utterances as a client is shown them."""

from collections.abc import Iterator

from realtime_mlx_stt.adapters.web.api.transcript_types import (
    RejectionView,
    SpokenWord,
    UtteranceStatus,
    UtteranceView,
)
from realtime_mlx_stt.application.read_models.transcript import Transcript
from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
    UnfinishedUtterance,
)
from realtime_mlx_stt.domain.audio_format import samples_to_seconds

__all__ = ["utterance_views"]


def utterance_views(transcript: Transcript) -> Iterator[UtteranceView]:
    """Every utterance of the transcript, those with a text first."""
    yield from map(_transcribed, transcript.utterances)
    yield from map(_rejected, transcript.rejected)
    yield from map(_failed, transcript.failed)
    yield from map(_unfinished, transcript.unfinished)


def _transcribed(utterance: TranscribedUtterance) -> UtteranceView:
    best = utterance.best
    return UtteranceView(
        utterance_id=utterance.utterance_id,
        status=UtteranceStatus.TRANSCRIBED,
        start_seconds=samples_to_seconds(utterance.start_sample),
        end_seconds=samples_to_seconds(utterance.end_sample),
        text=best.text,
        first_text=None if utterance.revised is None else utterance.final.text,
        confidence=best.confidence,
        language=best.language,
        model=best.model,
        words=tuple(
            SpokenWord(
                text=word.text.strip(),
                start_seconds=samples_to_seconds(word.start_sample),
                end_seconds=samples_to_seconds(word.end_sample),
                probability=word.probability,
            )
            for word in best.words
        ),
    )


def _rejected(utterance: RejectedUtterance) -> UtteranceView:
    return UtteranceView(
        utterance_id=utterance.utterance_id,
        status=UtteranceStatus.REJECTED,
        start_seconds=samples_to_seconds(utterance.start_sample),
        end_seconds=samples_to_seconds(utterance.end_sample),
        text=utterance.text,
        rejection=RejectionView(
            rule=utterance.rule,
            voiced_seconds=utterance.voiced_seconds,
            average_log_probability=utterance.average_log_probability,
            no_speech_probability=utterance.no_speech_probability,
            compression_ratio=utterance.compression_ratio,
        ),
    )


def _failed(utterance: FailedUtterance) -> UtteranceView:
    return UtteranceView(
        utterance_id=utterance.utterance_id,
        status=UtteranceStatus.FAILED,
        start_seconds=samples_to_seconds(utterance.start_sample),
        end_seconds=samples_to_seconds(utterance.end_sample),
        text=utterance.hypothesis,
        failure_code=utterance.code,
        failure_message=utterance.message,
    )


def _unfinished(utterance: UnfinishedUtterance) -> UtteranceView:
    end = utterance.end_sample
    return UtteranceView(
        utterance_id=utterance.utterance_id,
        status=UtteranceStatus.UNFINISHED,
        start_seconds=samples_to_seconds(utterance.start_sample),
        end_seconds=None if end is None else samples_to_seconds(end),
        text=utterance.stable_text + utterance.unstable_text,
    )
