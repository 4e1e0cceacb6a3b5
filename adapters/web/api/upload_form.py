"""Reads an uploaded sound file, and how it is to be heard."""

from typing import Annotated, Any, Final

import msgspec
from flask import request
from msgspec import Meta
from werkzeug.datastructures import FileStorage

from realtime_mlx_stt.adapters.web.api.operations import FORM
from realtime_mlx_stt.adapters.web.problems import BadRequestError
from realtime_mlx_stt.adapters.web.uploaded_names import uploaded_name
from realtime_mlx_stt.application.profiles.keys import glossary_terms
from realtime_mlx_stt.domain.settings import MOST_BEAMS
from realtime_mlx_stt.ports.audio_source import AudioFormatError, EncodedSoundRequest

__all__ = ["FILE_PART", "Upload", "uploaded_sound"]

FILE_PART: Final = "file"
"""The part of a form that is the sound file."""

_OF_THE_SESSION: Final = ("profile", "record_audio")


class Upload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an uploaded sound file is to be heard. Whatever is not given is as the profile says.

    ``profile``: its starting point, by default the server's.
    ``engine`` and ``model``: who writes, by name.
    ``language``: its code; by default it is detected.
    ``task``: `transcribe`, or `translate` into English.
    ``prompt``: text that the model takes for what was said before; it follows its style and spelling.
    ``glossary``: a name or term that may be said, as it is to be written; repeated for several, or with commas.
    ``carry_context``: whether the model is shown the last texts of the file.
    ``beam_size``: how many texts it follows side by side.
    ``record_audio``: whether the audio is written to disk, by default not.
    """

    profile: str | None = None
    engine: str | None = None
    model: str | None = None
    language: str | None = None
    task: str | None = None
    prompt: str | None = None
    glossary: tuple[str, ...] | None = None
    carry_context: bool | None = None
    beam_size: Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MOST_BEAMS})] | None = None
    record_audio: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """What it says of the transcription, as a section of a profile."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if name not in _OF_THE_SESSION}
        if self.glossary is not None:
            given["glossary"] = glossary_terms(self.glossary)
        return {"transcription": {name: value for name, value in given.items() if value is not None}}


def uploaded_sound() -> EncodedSoundRequest:
    """The sound file that the request brings, in memory.

    Raises:
        BadRequestError: the form has no file.
        AudioFormatError: there is nothing in it.
    """
    if request.mimetype != FORM:
        content, name = request.get_data(), None
    else:
        part: FileStorage | None = request.files.get(FILE_PART)
        if part is None:
            raise BadRequestError(f"The form has no file in a part named '{FILE_PART}'.")
        content, name = part.read(), part.filename
    if not content:
        raise AudioFormatError("There is no sound in the request: it is empty.")
    return EncodedSoundRequest(content=content, description=uploaded_name(name))
