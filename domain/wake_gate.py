"""Decides when a wake word counts as heard: its score reaches the threshold, at most once within the cool-down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from realtime_mlx_stt.domain.settings import WakeWordSettings

__all__ = ["COOL_DOWN_SAMPLES", "WakeGate", "WakeWordHeard", "hear_scores"]

COOL_DOWN_SAMPLES: Final = 32_000
"""2 s: the detector looks at the last 2 s of sound, and would find the same word again in that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordHeard:
    """The word that was heard, and the detector's score for it.

    ``at_sample``: where it ended; at the latest the end of the detector's frame.
    ``is_late``: it was heard during the cool-down and is reported only now, so that it ended before ``at_sample``.
    """

    word: str
    score: float
    at_sample: int
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeGate:
    """What is remembered between frames.

    ``open_from_sample``: the end of the cool-down; no word is reported before it.
    ``is_sure``: whether a score of the last frame reached the threshold.
    """

    open_from_sample: int = 0
    is_sure: bool = False


def hear_scores(
    gate: WakeGate, scores: Mapping[str, float], at_sample: int, settings: WakeWordSettings
) -> tuple[WakeGate, WakeWordHeard | None]:
    """Take the scores of the frame that ends at ``at_sample``; at most one word, the surest, is heard."""
    word = max(scores, key=lambda name: scores[name], default="")
    if not scores.get(word, 0.0) >= settings.threshold:
        return replace(gate, is_sure=False), None
    if at_sample < gate.open_from_sample:
        return replace(gate, is_sure=True), None
    heard = WakeWordHeard(word=word, score=scores[word], at_sample=at_sample, is_late=gate.is_sure)
    return WakeGate(open_from_sample=at_sample + COOL_DOWN_SAMPLES, is_sure=True), heard
