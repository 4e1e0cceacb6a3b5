"""Remembers a session's last texts, which the model may be shown before the next utterance."""

from typing import Final

from realtime_mlx_stt.domain.rejection import longest_loop
from realtime_mlx_stt.domain.settings import TranscriptionSettings

__all__ = ["is_of_another_text", "with_text"]

_LEAST_CONFIDENCE: Final = 0.4
"""The lowest confidence (geometric mean of the tokens' probabilities) of a text that is remembered. The reference
implementation calls less than 0.37 a failure and decodes again; the next text would repeat what such a text gets
wrong.
"""

_MOST_REPETITIONS: Final = 2
"""The most repetitions in a text that is remembered: a model that is shown a text which repeats itself goes on
repeating.
"""

_LONGEST_CHARACTERS: Final = 300
"""How much text is remembered: a few sentences, about a third of what Whisper can be shown."""


def with_text(recent_text: str, text: str, confidence: float) -> str:
    """What is remembered after one more final text; nothing after a text that is doubtful or repeats itself.

    This follows the reference implementation, which forgets what was said when a text could only be had at a high
    temperature.
    """
    joined = f"{recent_text} {text}".strip()[-_LONGEST_CHARACTERS:]
    if confidence < _LEAST_CONFIDENCE or longest_loop(joined) > _MOST_REPETITIONS:
        return ""
    return joined


def is_of_another_text(before: TranscriptionSettings, now: TranscriptionSettings) -> bool:
    """Whether the settings changed so much that earlier texts are no context for later ones."""
    return (before.engine, before.model, before.language, before.task) != (
        now.engine,
        now.model,
        now.language,
        now.task,
    )
