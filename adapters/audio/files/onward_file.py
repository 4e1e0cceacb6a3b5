"""Keeps soundfile's reader from seeking: it does so after every read, and some decoders then give damaged sound.

It is a module of its own because importing soundfile loads a library and takes 0.1 s.
"""

import soundfile

__all__ = ["NotAudioError", "OnwardFile"]

NotAudioError = soundfile.LibsndfileError
"""libsndfile's error for a file that it cannot read."""


class OnwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile ships no types
    """A sound file that is read from its beginning to its end."""

    def seekable(self) -> bool:
        """False, as for a pipe."""
        return False
