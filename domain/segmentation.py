"""Finds where utterances begin, pause and end, from speech probabilities and sample counts alone.

A frame is voiced when its probability reaches the onset threshold, or when the frame before it was voiced and its
own probability has not fallen below the release threshold. An utterance begins when speech has lasted for the
confirmation, and ends when silence has lasted long enough. An utterance that grows too long ends in its next
silence, once the tail has been heard, or is cut where its second half was least like speech.

Frames may be of any length. Where speech begins, and where it ends by silence, depends on the samples alone. A
pause, or an utterance that is too long, is noticed only at the end of a frame; a pause that begins and ends within
one frame is not noticed.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.cut_places import CutSearch, HeardFrame, likeness_of_speech
from realtime_mlx_stt.domain.events import SpeechEndReason
from realtime_mlx_stt.domain.settings import SessionSettings

__all__ = [
    "ONSET_CONFIRMATION_SAMPLES",
    "Boundary",
    "EndFound",
    "OnsetFound",
    "PauseFound",
    "Quiet",
    "SegmentationLimits",
    "SegmentationState",
    "Speaking",
    "VoiceFrame",
    "advance",
    "voiced_samples",
]

ONSET_CONFIRMATION_SAMPLES: Final = 1024
"""64 ms: two windows of the detector, so that a single click begins nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationLimits:
    """The settings that matter here, in samples.

    ``earliest_start_sample``: audio before it is gone, so that no pre-roll may reach there.
    """

    onset_threshold: float
    release_threshold: float
    minimum_silence_samples: int
    pause_samples: int
    pre_roll_samples: int
    tail_samples: int
    longest_utterance_samples: int
    earliest_start_sample: int = 0

    @classmethod
    def of(cls, settings: SessionSettings) -> "SegmentationLimits":
        """The limits that a session's settings ask for."""
        endpointing = settings.endpointing
        return cls(
            onset_threshold=settings.voice_activity.onset_threshold,
            release_threshold=settings.voice_activity.release_threshold,
            minimum_silence_samples=seconds_to_samples(endpointing.minimum_silence_seconds),
            # At least as long as the tail: until it is heard, the utterance's last audio is not known.
            pause_samples=seconds_to_samples(max(endpointing.pause_seconds, endpointing.tail_seconds)),
            pre_roll_samples=seconds_to_samples(endpointing.pre_roll_seconds),
            tail_samples=seconds_to_samples(endpointing.tail_seconds),
            longest_utterance_samples=seconds_to_samples(endpointing.longest_utterance_seconds),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFrame:
    """One window of the detector. ``level`` is its mean square, full scale 1.0."""

    first_sample: int
    samples: int
    probability: float
    level: float

    @property
    def end_sample(self) -> int:
        """The position just behind the frame."""
        return self.first_sample + self.samples


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetFound:
    """Speech begins; ``start_sample`` includes the pre-roll."""

    start_sample: int
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseFound:
    """Speech may have ended: if it has, the utterance will end before ``end_sample``."""

    end_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFound:
    """Speech has ended."""

    reason: SpeechEndReason
    end_sample: int
    at_sample: int
    voiced_samples: int


Boundary = OnsetFound | PauseFound | EndFound
"""What a frame may bring to light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Nobody speaks; a voiced stretch that is not yet confirmed may have begun at ``voiced_since_sample``."""

    voiced_since_sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """Somebody speaks; ``silent_since_sample`` is where the present silence began, None while speech is voiced."""

    start_sample: int
    voiced_samples: int
    silent_since_sample: int | None = None
    is_pause_reported: bool = False
    cuts: CutSearch = field(default_factory=CutSearch)


SegmentationState = Quiet | Speaking
"""What was heard so far. Begin with ``Quiet()``."""


def voiced_samples(state: SegmentationState) -> int:
    """How many samples of the open utterance were voiced; 0 when none is open."""
    return state.voiced_samples if isinstance(state, Speaking) else 0


def advance(
    state: SegmentationState, frame: VoiceFrame, limits: SegmentationLimits
) -> tuple[SegmentationState, tuple[Boundary, ...]]:
    """Take one more frame, which must follow the one before without a hole, and return what it brought to light."""
    if isinstance(state, Quiet):
        return _advance_quiet(state, frame, limits)
    return _advance_speaking(state, frame, limits)


def _advance_quiet(
    state: Quiet, frame: VoiceFrame, limits: SegmentationLimits
) -> tuple[SegmentationState, tuple[Boundary, ...]]:
    was_voiced = state.voiced_since_sample is not None
    if not _is_voiced(frame, was_voiced, limits):
        return Quiet(), ()
    since = frame.first_sample if state.voiced_since_sample is None else state.voiced_since_sample
    at_sample = since + ONSET_CONFIRMATION_SAMPLES
    if frame.end_sample < at_sample:
        return Quiet(voiced_since_sample=since), ()
    start = max(limits.earliest_start_sample, since - limits.pre_roll_samples)
    voiced = frame.end_sample - since
    heard = _heard(frame, voiced - frame.samples)
    speaking = Speaking(start_sample=start, voiced_samples=voiced, cuts=CutSearch(frames=(heard,)))
    return speaking, (OnsetFound(start_sample=start, at_sample=at_sample),)


def _advance_speaking(
    state: Speaking, frame: VoiceFrame, limits: SegmentationLimits
) -> tuple[SegmentationState, tuple[Boundary, ...]]:
    if _is_voiced(frame, state.silent_since_sample is None, limits):
        state = _look_for_cut(state, frame, limits)
        voiced = state.voiced_samples + frame.samples
        state = replace(state, voiced_samples=voiced, silent_since_sample=None, is_pause_reported=False)
        return _cut_if_too_long(state, frame, limits)
    silent_since = frame.first_sample if state.silent_since_sample is None else state.silent_since_sample
    state = replace(_look_for_cut(state, frame, limits), silent_since_sample=silent_since)
    return _advance_silent(state, silent_since, frame, limits)


def _advance_silent(
    state: Speaking, silent_since: int, frame: VoiceFrame, limits: SegmentationLimits
) -> tuple[SegmentationState, tuple[Boundary, ...]]:
    silence = frame.end_sample - silent_since
    end_sample = silent_since + limits.tail_samples
    if silence >= limits.minimum_silence_samples:
        end = EndFound(
            reason=SpeechEndReason.SILENCE,
            end_sample=end_sample,
            at_sample=silent_since + limits.minimum_silence_samples,
            voiced_samples=state.voiced_samples,
        )
        return Quiet(), (end,)
    if silence >= limits.tail_samples and _is_too_long(state, frame, limits):
        end = EndFound(
            reason=SpeechEndReason.LONGEST_UTTERANCE,
            end_sample=end_sample,
            at_sample=frame.end_sample,
            voiced_samples=state.voiced_samples,
        )
        return Quiet(), (end,)
    if silence >= limits.pause_samples and not state.is_pause_reported:
        return replace(state, is_pause_reported=True), (PauseFound(end_sample=end_sample),)
    return _cut_if_too_long(state, frame, limits)


def _is_voiced(frame: VoiceFrame, was_voiced: bool, limits: SegmentationLimits) -> bool:
    threshold = limits.release_threshold if was_voiced else limits.onset_threshold
    return frame.probability >= threshold


def _is_too_long(state: Speaking, frame: VoiceFrame, limits: SegmentationLimits) -> bool:
    return frame.end_sample - state.start_sample >= limits.longest_utterance_samples


def _look_for_cut(state: Speaking, frame: VoiceFrame, limits: SegmentationLimits) -> Speaking:
    cuts = state.cuts.after(
        _heard(frame, state.voiced_samples),
        state.start_sample,
        limits.longest_utterance_samples,
    )
    return replace(state, cuts=cuts)


def _heard(frame: VoiceFrame, voiced_samples_before: int) -> HeardFrame:
    return HeardFrame(
        first_sample=frame.first_sample,
        likeness=likeness_of_speech(frame.level, frame.probability),
        voiced_samples_before=voiced_samples_before,
    )


def _cut_if_too_long(
    state: Speaking, frame: VoiceFrame, limits: SegmentationLimits
) -> tuple[SegmentationState, tuple[Boundary, ...]]:
    cut = state.cuts.best
    if cut is None or not _is_too_long(state, frame, limits):
        return state, ()
    rest = replace(
        state,
        start_sample=cut.at_sample,
        voiced_samples=state.voiced_samples - cut.voiced_samples,
        cuts=state.cuts.behind(cut),
    )
    end = EndFound(
        reason=SpeechEndReason.LONGEST_UTTERANCE,
        end_sample=cut.at_sample,
        at_sample=frame.end_sample,
        voiced_samples=cut.voiced_samples,
    )
    return rest, (end, OnsetFound(start_sample=cut.at_sample, at_sample=frame.end_sample))
