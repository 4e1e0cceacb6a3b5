"""Defines the types in which sessions are asked for and shown."""

from typing import Annotated

import msgspec
from msgspec import Meta

from realtime_mlx_stt.adapters.web.api.profile_types import ProfileSections
from realtime_mlx_stt.application.read_models.degradations import DegradedSpan
from realtime_mlx_stt.application.read_models.latency import LatencySummary
from realtime_mlx_stt.application.read_models.status import Activity, DegradedPart, Problem
from realtime_mlx_stt.application.writing.text_lag import TextLag
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.audio_source import CHANNELS, SAMPLE_RATES_HZ, AudioEncoding

__all__ = [
    "LedgerView",
    "Listing",
    "MicrophoneSource",
    "NewSession",
    "PushPlace",
    "PushSource",
    "PushTaken",
    "SessionItem",
    "SessionList",
    "SessionView",
    "SettingsChange",
    "Stop",
]


class MicrophoneSource(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="microphone"
):
    """A microphone of the server. What is not given is as the profile says.

    ``device``: its index or a part of its name; null is the system's default.
    ``follow_default``: whether another default of the system's is changed to.
    """

    device: Annotated[int, Meta(ge=0)] | str | msgspec.UnsetType | None = msgspec.UNSET
    follow_default: bool | msgspec.UnsetType = msgspec.UNSET


class PushSource(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="push"
):
    """Audio that the client sends, by POST …/audio or by the session's WebSocket.

    ``encoding``: how it is written. ``sample_rate_hz`` and ``channels``: those of PCM; a container says its own.
    """

    encoding: AudioEncoding = AudioEncoding.PCM_S16LE
    sample_rate_hz: Annotated[int, Meta(ge=SAMPLE_RATES_HZ.start, lt=SAMPLE_RATES_HZ.stop)] = 16_000
    channels: Annotated[int, Meta(ge=CHANNELS.start, lt=CHANNELS.stop)] = 1


class NewSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session that is to be started.

    ``profile``: its starting point, by default the server's; ``settings`` are merged into it at every depth.
    ``source``: what it listens to, by default the microphone of the profile.
    ``record_audio``: whether its audio is written to disk, by default as the profile says.
    """

    profile: str | None = None
    settings: ProfileSections = {}
    source: MicrophoneSource | PushSource | None = None
    record_audio: bool | None = None


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings that a running session shall work with from now on; those that are not given stay as they are."""

    settings: ProfileSections


class Listing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sessions to list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="So many at most.")] = 20
    before: Annotated[str, Meta(description="Only those that began before this session.")] | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to stop a session."""

    timeout_seconds: Annotated[
        float, Meta(ge=0, le=300, description="Texts that are not there after so long are given up.")
    ] = 30.0
    wait: Annotated[bool, Meta(description="Whether the answer waits until the session is over.")] = True


class PushPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where pushed audio belongs."""

    position: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=2**53,
                description="The position of the first frame (of the first byte in a container) since the session "
                "began; without it, right behind the last.",
            ),
        ]
        | None
    ) = None


class PushTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of pushed audio.

    ``next_position``: behind all that was taken; what was taken before is not taken twice.
    ``is_full``: nothing of this was taken, because the session is behind; send it again a moment later.
    """

    next_position: int
    is_full: bool


class SessionItem(msgspec.Struct, frozen=True, kw_only=True):
    """A session at a glance; times are seconds since 1970, UTC.

    ``is_running``: whether this server runs it now. ``source``: what it listens to. ``events``: how many there are.
    ``preview``: its first final text. ``problem``: why no more than this can be read of it.
    ``lag``: how far its texts trail what is said and what is left out meanwhile, known while this server runs it.
    """

    session_id: str
    is_running: bool
    activity: Activity
    source: str
    started_at: float
    last_recorded_at: float
    events: int
    preview: str
    problem: Problem | None = None
    lag: TextLag | None = None


class SessionList(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, the newest first; ``next_before`` asks for those that follow, null when there are none."""

    sessions: tuple[SessionItem, ...]
    next_before: str | None


class LedgerView(msgspec.Struct, frozen=True, kw_only=True):
    """Where every captured sample (16 kHz) went; those of ``undecided_utterances`` count as utterances for now."""

    captured_samples: int
    utterance_samples: int
    rejected_samples: int
    gap_samples: int
    silence_samples: int
    undecided_utterances: int


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it stands; times are seconds since 1970, UTC.

    ``is_running``: whether this server runs it now.
    ``source``: what it listens to.
    ``settings``: all of them, in the words of the events.
    ``events``: how many there are.
    ``awaited_texts``: how many utterances have all their audio and not yet their text.
    ``woken_by``: the wake word that it is awake from, if it is.
    ``lag``: how far its texts trail what is said and what is left out meanwhile, known while this server runs it.
    ``degraded``: what is being left out now, and why.
    ``degradations``: all that ever was left out, when, and why.
    ``source_problem``: why the source is lost, null while it delivers.
    ``failure``: what ended the session, null unless it failed.
    ``heard_samples``: how far it has heard its source (16 kHz), known while this server runs it.
    ``duration_samples``: how long its source is, known of files while this server runs it.
    """

    session_id: str
    is_running: bool
    activity: Activity
    source: str
    settings: SessionSettings | None
    started_at: float | None
    last_recorded_at: float | None
    events: int
    awaited_texts: int
    woken_by: str | None
    lag: TextLag | None
    degraded: tuple[DegradedPart, ...]
    degradations: tuple[DegradedSpan, ...]
    source_problem: Problem | None
    failure: Problem | None
    heard_samples: int | None
    duration_samples: int | None
    ledger: LedgerView
    latency: LatencySummary
