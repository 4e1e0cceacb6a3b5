"""The thresholds by which OpenAI's reference implementation doubts a text (``whisper/transcribe.py``)."""

from typing import Final

__all__ = ["LEAST_LOG_PROBABILITY", "MOST_COMPRESSION", "MOST_NO_SPEECH_PROBABILITY"]

MOST_COMPRESSION: Final = 2.4
"""Beyond it a text repeats itself."""

LEAST_LOG_PROBABILITY: Final = -1.0
"""Where its tokens are less likely than that on average, a text is improbable."""

MOST_NO_SPEECH_PROBABILITY: Final = 0.6
"""Beyond it an improbable text is one of silence."""
