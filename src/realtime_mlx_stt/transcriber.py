"""The transcriber, where programs used to import it from."""

from realtime_mlx_stt.composition.public_api import Transcriber

__all__ = ["Transcriber"]
