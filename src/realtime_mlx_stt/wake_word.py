"""The transcriber with a wake word, where programs used to import it from."""

from realtime_mlx_stt.composition.public_api import WakeWordTranscriber

__all__ = ["WakeWordTranscriber"]
