"""soundfile's reader, kept from stepping back: it seeks after every read, which some decoders answer with damage.

A module of its own, for importing soundfile loads a library and takes 0.1 s.
"""

import soundfile

__all__ = ["NotAudioError", "OnwardFile"]

NotAudioError = soundfile.LibsndfileError
"""What libsndfile says of a file that it cannot read."""


class OnwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile ships no types
    """A sound file that is read from its beginning to its end."""

    def seekable(self) -> bool:
        """As a pipe would answer."""
        return False
