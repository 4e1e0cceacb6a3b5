"""Defines the errors of what a client sends on a stream."""

from realtime_mlx_stt.adapters.web.problems import RefusedRequestError

__all__ = ["AudioMissingError", "BadMessageError", "StreamNotOpenedError", "TooManyCommandsError"]


class BadMessageError(RefusedRequestError):
    """What the client sent is no message of the protocol; the sentence says where."""

    code = "bad-message"


class StreamNotOpenedError(RefusedRequestError):
    """A client connected and did not open its stream in time."""

    code = "stream-not-opened"
    http_status = 408


class AudioMissingError(RefusedRequestError):
    """The end of the audio was said while audio before it has to be sent again."""

    code = "audio-missing"
    http_status = 409


class TooManyCommandsError(RefusedRequestError):
    """So many commands wait to be done that no more are taken for now."""

    code = "too-many-commands"
    http_status = 429
