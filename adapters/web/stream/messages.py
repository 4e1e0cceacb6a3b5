"""Defines what a client and the server say to each other on a session's stream, besides audio and events."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from realtime_mlx_stt.ports.audio_source import CHANNELS, SAMPLE_RATES_HZ, AudioEncoding

__all__ = [
    "AudioAccepted",
    "AudioOverflow",
    "AudioResumable",
    "ChangeSettings",
    "ClientMessage",
    "Command",
    "CommandDone",
    "CommandId",
    "Commit",
    "EndAudio",
    "EventsSkipped",
    "Microphone",
    "Open",
    "Pause",
    "Ping",
    "ProblemMessage",
    "PushedAudio",
    "Resume",
    "ServerClosing",
    "ServerMessage",
    "SkipAudio",
    "Stop",
    "StreamEnded",
    "StreamOpened",
]

CommandId = Annotated[str, Meta(max_length=200)] | int | None
"""What the client calls a command; the answer repeats it."""

Position = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class _FromClient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Any message of a client's."""


class _Command(_FromClient, frozen=True, kw_only=True):
    """Any command; ``id`` is repeated in the answer."""

    id: CommandId = None


class _FromServer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Any message of the server's."""


class PushedAudio(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the audio is written that the client sends.

    ``encoding``: numbers of 16 bits, floats of 32 bits, or Opus in a container (WebM or Ogg).
    ``sample_rate_hz``: frames a second, of PCM; a container says its own.
    ``channels``: numbers in each frame, of PCM.
    """

    encoding: AudioEncoding = AudioEncoding.PCM_S16LE
    sample_rate_hz: Annotated[int, Meta(ge=SAMPLE_RATES_HZ.start, lt=SAMPLE_RATES_HZ.stop)] = 16_000
    channels: Annotated[int, Meta(ge=CHANNELS.start, lt=CHANNELS.stop)] = 1


class Microphone(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="microphone"
):
    """A microphone of the server.

    ``device``: its index or a part of its name; null is the system's default.
    ``follow_default``: whether another default of the system's is changed to.
    """

    device: int | str | None = None
    follow_default: bool = True


class Open(_FromClient, frozen=True, kw_only=True, tag="open"):
    """Begins the stream, and at the address that creates one the session as well. It is the first message.

    ``after``: the ``seq`` of the last event that the client has seen; those behind it are sent.
    ``audio``: that the client sends audio, and how it is written. A session keeps what it was started with.
    ``key``: a word of the client's own for the session that is created. A client that lost the connection before it
    was told the session's name opens again with the same key, and gets the session that is there already.
    ``profile``: the new session's starting point, by default the server's.
    ``settings``: sections of a profile, merged into it at every depth.
    ``source``: what the new session hears where the client sends no audio, by default as the profile says.
    ``record_audio``: whether the new session's audio is written to disk, by default as the profile says.
    """

    after: Position = 0
    audio: PushedAudio | None = None
    key: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    profile: str | None = None
    settings: dict[str, Any] | None = None
    source: Microphone | None = None
    record_audio: bool | None = None

    @property
    def names_new_session(self) -> bool:
        """Whether it says anything that only the creation of a session can heed."""
        given = (self.key, self.profile, self.settings, self.source, self.record_audio)
        return any(value is not None for value in given)


class Pause(_Command, frozen=True, kw_only=True, tag="pause"):
    """Listen no more until resumed, behind the audio that was sent before."""


class Resume(_Command, frozen=True, kw_only=True, tag="resume"):
    """Listen again, behind the audio that was sent before."""


class Commit(_Command, frozen=True, kw_only=True, tag="commit"):
    """End the open utterance behind the audio that was sent before (push-to-talk)."""


class Stop(_Command, frozen=True, kw_only=True, tag="stop"):
    """Take no more audio, and end the session once the texts are there that it owes."""


class EndAudio(_Command, frozen=True, kw_only=True, tag="end-audio"):
    """No more audio comes: the session ends behind what was sent, with the texts that it owes."""


class SkipAudio(_Command, frozen=True, kw_only=True, tag="skip-audio"):
    """The audio before ``to`` that was not taken will not be sent again; it becomes a gap.

    ``to``: the position of what is sent next.
    """

    to: Position


class ChangeSettings(_Command, frozen=True, kw_only=True, tag="change-settings"):
    """Work with other settings from now on; those that are not given stay as they are.

    ``settings``: sections of a profile.
    """

    settings: dict[str, Any]


class Ping(_Command, frozen=True, kw_only=True, tag="ping"):
    """Is the server there? It answers ``command-done`` at once."""


Command = Pause | Resume | Commit | Stop | EndAudio | SkipAudio | ChangeSettings | Ping
"""What an open stream can be told."""

ClientMessage = Open | Command
"""Any text that a client may send."""


class StreamOpened(_FromServer, frozen=True, kw_only=True, tag="stream-opened"):
    """The stream is open; events follow.

    ``session_id``: the session's name, with which it is found again.
    ``after``: the events behind this ``seq`` follow.
    ``next_position``: where the audio that the client sends goes on; null where the session takes none, or is over.
    """

    session_id: str
    after: int
    next_position: int | None


class AudioAccepted(_FromServer, frozen=True, kw_only=True, tag="audio-accepted"):
    """The audio before ``next_position`` was taken and need not be kept any more.

    ``next_position``: the position behind all that was taken.
    """

    next_position: int


class AudioOverflow(_FromServer, frozen=True, kw_only=True, tag="audio-overflow"):
    """The session is behind with the audio that it has, and takes no more for now.

    What is sent ahead of ``next_position`` is dropped until the client sends again from there.

    ``next_position``: the position behind all that was taken.
    """

    next_position: int


class AudioResumable(_FromServer, frozen=True, kw_only=True, tag="audio-resumable"):
    """There is room again after an overflow: send again from ``next_position``.

    ``next_position``: the position behind all that was taken.
    """

    next_position: int


class EventsSkipped(_FromServer, frozen=True, kw_only=True, tag="events-skipped"):
    """Hypotheses were left out because the client reads slowly; they can be had by resuming after ``after``.

    ``after``: the ``seq`` of the event before the first that was left out.
    ``through``: the ``seq`` of the last that was left out.
    """

    after: int
    through: int


class CommandDone(_FromServer, frozen=True, kw_only=True, tag="command-done"):
    """A command was done.

    ``id``: what the client called it.
    """

    id: CommandId


class ProblemMessage(_FromServer, frozen=True, kw_only=True, tag="problem"):
    """A message could not be heeded. Where the stream cannot go on, the connection is closed behind this.

    ``id``: what the client called the command; null where it was none.
    ``code``: what is wrong, as a word that stays the same.
    ``message``: what is wrong, as a sentence for a person.
    """

    id: CommandId = None
    code: str
    message: str


class StreamEnded(_FromServer, frozen=True, kw_only=True, tag="stream-ended"):
    """The session is over and all its events were sent; the connection is closed behind this."""

    session_id: str


class ServerClosing(_FromServer, frozen=True, kw_only=True, tag="server-closing"):
    """The server is about to end: it stops the session, and closes behind its last events.

    ``resume_after``: the ``seq`` of the last event that was sent before this.
    """

    resume_after: int


ServerMessage = (
    StreamOpened
    | AudioAccepted
    | AudioOverflow
    | AudioResumable
    | EventsSkipped
    | CommandDone
    | ProblemMessage
    | StreamEnded
    | ServerClosing
)
"""Any text of the server's but events."""
