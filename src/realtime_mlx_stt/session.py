"""The session with callbacks, where programs used to import it from."""

from realtime_mlx_stt.composition.public_api import SessionState, TranscriptionSession

__all__ = ["SessionState", "TranscriptionSession"]
