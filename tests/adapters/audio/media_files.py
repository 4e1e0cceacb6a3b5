"""Media files for tests, written by the tests themselves."""

from io import BytesIO

import av
import numpy as np

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames

__all__ = ["encoded"]

_BLOCK_FRAMES = 960
"""What Opus takes at a time."""


def encoded(samples: Frames, sample_rate_hz: int, container: str, codec: str) -> bytes:
    """One channel of sound as the bytes of a file; container and codec by FFmpeg's names."""
    written = BytesIO()
    with av.open(written, "w", format=container) as output:
        stream = output.add_stream(codec, rate=sample_rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        for first in range(0, len(samples), _BLOCK_FRAMES):
            part = np.ascontiguousarray(samples[np.newaxis, first : first + _BLOCK_FRAMES])
            frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
            frame.sample_rate, frame.pts = sample_rate_hz, first
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return written.getvalue()
