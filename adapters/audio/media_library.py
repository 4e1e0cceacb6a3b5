"""Restricts PyAV, which is FFmpeg, to containers of sound and to the bytes that it is given.

By itself it also follows playlists, which lead to any file and any address that their writer likes.
"""

from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames

__all__ = ["MediaError", "NotMediaError", "mono_frames", "opened_container", "sound_stream"]

MediaError = av.error.FFmpegError
"""FFmpeg's error for bytes that it cannot read."""

_CODECS: Final = (
    "aac",
    "alac",
    "amrnb",
    "amrwb",
    "flac",
    "mp3",
    "mp3float",
    "opus",
    "pcm_f32le",
    "pcm_s16be",
    "pcm_s16le",
    "pcm_s24le",
    "vorbis",
)


class NotMediaError(Exception):
    """There is no sound in it that FFmpeg can decode."""


def opened_container(readable: Any, *formats: str) -> InputContainer:
    """A container in one of ``formats``, FFmpeg's names, read by ``read`` and, where given, ``seek``.

    Several formats are told apart by the first two kilobytes; with only one, less is read to begin with.

    Raises:
        NotMediaError: it is none.
    """
    certain = formats[0] if len(formats) == 1 else None
    options = {
        "format_whitelist": ",".join(formats),
        "codec_whitelist": ",".join(_CODECS),
        "protocol_whitelist": "none",
    }
    try:
        container: InputContainer = av.open(
            readable, "r", format=certain, options=options, metadata_errors="replace"
        )
    except MediaError as error:
        raise NotMediaError(str(error)) from error
    return container


def sound_stream(container: InputContainer, codecs: tuple[str, ...] = _CODECS) -> AudioStream:
    """The container's first stream of sound.

    Raises:
        NotMediaError: there is none in one of the codecs.
    """
    for stream in container.streams.audio:
        context: AudioCodecContext | None = stream.codec_context  # none for a codec that FFmpeg does not know
        if context is not None and context.name in codecs:
            return stream
    raise NotMediaError("there is no sound in it")


def mono_frames(decoded: AudioFrame) -> Frames:
    """The mean of the channels, in whichever layout the codec writes them."""
    samples: npt.NDArray[Any] = decoded.to_ndarray()
    if decoded.format.is_packed:
        samples = samples.reshape(-1, len(decoded.layout.channels)).T
    full_scale = 1.0 if samples.dtype.kind == "f" else -float(np.iinfo(samples.dtype).min)
    mono: Frames = samples.mean(axis=0, dtype=np.float32, keepdims=True).T
    return mono / np.float32(full_scale)
