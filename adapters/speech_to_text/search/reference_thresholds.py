"""The thresholds by which OpenAI's reference implementation doubts a text (``whisper/transcribe.py``)."""

from typing import Final

__all__ = ["LEAST_LOG_PROBABILITY", "MOST_COMPRESSION", "MOST_NO_SPEECH_PROBABILITY"]

MOST_COMPRESSION: Final = 2.4
"""A compression ratio above this means that the text repeats itself."""

LEAST_LOG_PROBABILITY: Final = -1.0
"""An average log-probability of the tokens below this means that the text is improbable."""

MOST_NO_SPEECH_PROBABILITY: Final = 0.6
"""A no-speech probability above this means that an improbable text is one of silence."""
