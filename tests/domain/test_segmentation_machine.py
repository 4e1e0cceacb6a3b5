"""A detector says anything for long: the segmenter's boundaries keep their order, lengths and places."""

import math
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.domain.frames import SESSION_SETTINGS, WINDOW, hear

from realtime_mlx_stt.domain.events import SpeechEndReason
from realtime_mlx_stt.domain.segmentation import (
    Boundary,
    EndFound,
    OnsetFound,
    PauseFound,
    Quiet,
    SegmentationLimits,
    SegmentationState,
    Speaking,
    VoiceFrame,
    advance,
)
from realtime_mlx_stt.domain.settings import SessionSettings


@dataclass
class _Model:
    """What the detector said so far, frame by frame, by the plain reading of the thresholds."""

    frames: list[VoiceFrame] = field(default_factory=list)
    voiced: list[bool] = field(default_factory=list)

    def add(self, frame: VoiceFrame, limits: SegmentationLimits) -> None:
        was_voiced = bool(self.voiced) and self.voiced[-1]
        threshold = limits.release_threshold if was_voiced else limits.onset_threshold
        self.frames.append(frame)
        self.voiced.append(frame.probability >= threshold)

    def voiced_samples(self, start_sample: int, end_sample: int) -> int:
        return sum(
            frame.samples
            for frame, is_voiced in zip(self.frames, self.voiced, strict=True)
            if is_voiced and start_sample <= frame.first_sample < end_sample
        )

    def silent_since(self) -> int | None:
        """Where the silence began that lasts until now; None in the middle of voice."""
        since = None
        for frame, is_voiced in zip(reversed(self.frames), reversed(self.voiced), strict=True):
            if is_voiced:
                break
            since = frame.first_sample
        return since

    def voiced_since(self) -> int:
        """Where the voice began that is heard now."""
        since = self.frames[-1].first_sample
        for frame, is_voiced in zip(reversed(self.frames), reversed(self.voiced), strict=True):
            if not is_voiced:
                break
            since = frame.first_sample
        return since

    def least_likeness(self, start_sample: int) -> float:
        """How much that border between two frames is like speech that is least so, from here on."""
        borders = [frame.first_sample for frame in self.frames[:-1] if frame.first_sample >= start_sample]
        return min(self.likeness(border) for border in borders)

    def likeness(self, border: int) -> float:
        """How much the two frames before the border and the two behind it are like speech."""
        index = next(i for i, frame in enumerate(self.frames) if frame.first_sample == border)
        return sum(_likeness(frame) for frame in self.frames[index - 2 : index + 2]) / 4


def _likeness(frame: VoiceFrame) -> float:
    probability = min(max(frame.probability, 0.001), 0.999)
    return math.log10(frame.level + 1e-6) + math.log10(probability / (1 - probability))


class SegmenterLife(RuleBasedStateMachine):
    """Feeds windows, in runs of one probability or each with its own, and checks each boundary as it comes."""

    @initialize(session_settings=SESSION_SETTINGS)
    def begin(self, session_settings: SessionSettings) -> None:
        self.limits = SegmentationLimits.of(session_settings)
        self.state: SegmentationState = Quiet()
        self.model = _Model()
        self.position = 0
        self.open_since: int | None = None
        self.claimed_until = 0
        self.paused_in_silence: int | None = None
        self.counted_from = self.voiced_from = 0
        self.cut_at: int | None = None

    @rule(probability=st.floats(0.0, 1.0), level=st.floats(0.0, 1.0), windows=st.integers(1, 60))
    def steady_sound(self, probability: float, level: float, windows: int) -> None:
        for _ in range(windows):
            self._hear(probability, level)

    @rule(sounds=st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), st.floats(0.0, 1.0)), max_size=20))
    def changing_sound(self, sounds: list[tuple[float, float]]) -> None:
        for probability, level in sounds:
            self._hear(probability, level)

    def _hear(self, probability: float, level: float) -> None:
        frame = VoiceFrame(first_sample=self.position, samples=WINDOW, probability=probability, level=level)
        self.position += WINDOW
        self.model.add(frame, self.limits)
        before = self.state
        self.state, boundaries = advance(before, frame, self.limits)
        if isinstance(before, Speaking):
            self.counted_from = before.start_sample
        for boundary in boundaries:
            self._check(boundary)

    def _check(self, boundary: Boundary) -> None:
        match boundary:
            case OnsetFound():
                self._check_onset(boundary)
            case PauseFound():
                silent_since = self.model.silent_since()
                assert self.open_since is not None
                assert silent_since is not None
                assert silent_since != self.paused_in_silence
                assert boundary.end_sample == silent_since + self.limits.tail_samples
                assert self.open_since < boundary.end_sample <= self.position
                self.paused_in_silence = silent_since
            case EndFound():
                self._check_end(boundary)

    def _check_onset(self, onset: OnsetFound) -> None:
        assert self.open_since is None
        assert 0 <= onset.start_sample <= onset.at_sample <= self.position
        # What the domain makes of it: audio that another utterance has stays there.
        self.open_since = max(onset.start_sample, self.claimed_until)
        is_cut = onset.start_sample == self.claimed_until == self.cut_at
        self.voiced_from = onset.start_sample if is_cut else self.model.voiced_since()
        assert self.open_since <= onset.at_sample

    def _check_end(self, end: EndFound) -> None:
        start = self.open_since
        assert start is not None
        assert start < end.end_sample <= end.at_sample <= self.position
        assert end.end_sample - start < self.limits.longest_utterance_samples + WINDOW
        assert end.voiced_samples == self.model.voiced_samples(self.voiced_from, end.end_sample)
        if end.reason is SpeechEndReason.SILENCE:
            silent_since = self.model.silent_since()
            assert silent_since is not None
            assert end.end_sample == silent_since + self.limits.tail_samples
            assert end.at_sample == silent_since + self.limits.minimum_silence_samples
        elif isinstance(self.state, Speaking):
            assert end.reason is SpeechEndReason.LONGEST_UTTERANCE
            assert self.state.start_sample == end.end_sample
            self._check_least_like_speech(end)
        self.cut_at = end.end_sample if isinstance(self.state, Speaking) else None
        self.claimed_until = end.end_sample
        self.open_since = None

    def _check_least_like_speech(self, cut: EndFound) -> None:
        """No border between two windows in the second half was less like speech.

        The halves are counted from the pre-roll, even where it reaches into the utterance before.
        """
        second_half = self.counted_from + self.limits.longest_utterance_samples // 2
        assert cut.end_sample >= second_half
        likeness = self.model.likeness(cut.end_sample)
        assert math.isclose(likeness, self.model.least_likeness(second_half), abs_tol=1e-9)

    @invariant()
    def is_as_long_as_allowed(self) -> None:
        if isinstance(self.state, Speaking):
            assert self.position - self.state.start_sample < self.limits.longest_utterance_samples + WINDOW
            assert self.state.voiced_samples >= 0
        assert isinstance(self.state, Speaking) == (self.open_since is not None)


TestSegmenterLife = SegmenterLife.TestCase
TestSegmenterLife.settings = settings(
    deadline=None,
    max_examples=150,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def cut_anew(draw: st.DrawFn) -> tuple[list[VoiceFrame], list[VoiceFrame]]:
    """A stretch of sound in the detector's windows, and the same sound in frames of other lengths."""
    runs = draw(st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.4, 0.6, 1.0]), st.integers(1, 25)), max_size=15))
    windows: list[VoiceFrame] = []
    pieces: list[VoiceFrame] = []
    for probability, count in runs:
        first, end = len(windows) * WINDOW, (len(windows) + count) * WINDOW
        windows += [_frame(start, WINDOW, probability) for start in range(first, end, WINDOW)]
        while first < end:
            samples = min(end - first, draw(st.integers(60, 2_000)))
            pieces.append(_frame(first, samples, probability))
            first += samples
    return windows, pieces


def _frame(first_sample: int, samples: int, probability: float) -> VoiceFrame:
    return VoiceFrame(first_sample=first_sample, samples=samples, probability=probability, level=probability)


@settings(deadline=None, max_examples=60)
@given(cut_anew())
def test_the_same_sound_in_other_frames_has_the_same_boundaries(
    cuts: tuple[list[VoiceFrame], list[VoiceFrame]],
) -> None:
    """Fewer than 28 s are said, so that nothing is too long, and no frame hides a whole pause."""
    limits = SegmentationLimits.of(SessionSettings())
    windows, pieces = cuts
    state, found = hear(windows, limits)
    other_state, other_found = hear(pieces, limits)
    assert other_found == found
    assert type(other_state) is type(state)
