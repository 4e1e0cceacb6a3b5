"""Defines the states of a session: one class for each thing that it can be doing, with the fields valid in it."""

from dataclasses import dataclass, field
from typing import Final

from realtime_mlx_stt.domain.continuations import HeardAudio, heard_audio
from realtime_mlx_stt.domain.events import StopReason
from realtime_mlx_stt.domain.hypotheses import Hypothesis
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings

__all__ = [
    "INITIAL",
    "Activation",
    "AwaitingWakeWord",
    "DegradedPart",
    "Failed",
    "HearingSpeech",
    "Interrupted",
    "Listening",
    "LiveState",
    "NotStarted",
    "OpenUtterance",
    "Paused",
    "PendingUtterance",
    "SessionContext",
    "SessionState",
    "Stopped",
    "Stopping",
    "TerminalState",
    "is_terminal",
    "resting_state",
]


FIRST_UTTERANCE: Final = UtteranceId(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingUtterance:
    """An utterance that has all its audio and waits for its text.

    ``heard_until_sample``: where the audio for the model ends, if that is behind the place where it was cut off.
    """

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    voiced_samples: int
    heard_until_sample: int | None = None

    @property
    def heard(self) -> HeardAudio:
        """The audio that a model is given of it."""
        return heard_audio(self.start_sample, self.end_sample, self.heard_until_sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUtterance:
    """The utterance that is being spoken, with what it seems to say so far.

    ``detected_at_sample``: how far the audio had been heard when it was certain that somebody speaks.
    ``is_continuation``: it goes on where the one before it was cut off, in the midst of speech or by a gap.
    """

    utterance_id: UtteranceId
    start_sample: int
    detected_at_sample: int
    hypothesis: Hypothesis = field(default_factory=Hypothesis)
    is_continuation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """The wake word was heard; speech must begin before ``deadline_sample``."""

    word: str
    deadline_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradedPart:
    """A part of the service that is left out now, and why or how far."""

    part: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext:
    """What every started session carries along, in any state.

    Audio before ``claimed_until_sample`` belongs to an utterance, a gap or a wake word and is given to no other.
    ``continues_at_sample`` is where the last utterance, if it was cut off, may go on, and None otherwise.
    ``recent_text`` is the end of what was written last, as far as it may help to write what is said next.
    """

    settings: SessionSettings
    next_utterance_id: UtteranceId = FIRST_UTTERANCE
    pending: tuple[PendingUtterance, ...] = ()
    claimed_until_sample: int = 0
    continues_at_sample: int | None = None
    is_source_lost: bool = False
    degraded: frozenset[DegradedPart] = frozenset()
    recent_text: str = ""

    def code_of(self, part: str) -> str | None:
        """The code that says why the part of the service is left out now; None while it is not."""
        return next((each.code for each in self.degraded if each.part == part), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitingWakeWord:
    """Sound is heard for the wake word alone."""

    context: SessionContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Speech may begin; after a wake word, before its deadline."""

    context: SessionContext
    activation: Activation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingSpeech:
    """An utterance is being spoken."""

    context: SessionContext
    utterance: OpenUtterance
    activation: Activation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The session has not listened since ``since_sample``."""

    context: SessionContext
    since_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """No more audio is taken; texts are outstanding."""

    context: SessionContext
    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The session is over, with nothing outstanding."""

    context: SessionContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The session is over, because something failed."""

    context: SessionContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The session is over, because the program that ran it went away."""

    context: SessionContext


LiveState = AwaitingWakeWord | Listening | HearingSpeech | Paused
"""Audio is being taken."""

TerminalState = Stopped | Failed | Interrupted
"""Nothing more will be heard."""

SessionState = NotStarted | LiveState | Stopping | TerminalState
"""One of the shapes above."""

INITIAL: SessionState = NotStarted()
"""The state before the first event."""


def is_terminal(state: SessionState) -> bool:
    """Whether the session is over."""
    return isinstance(state, TerminalState)


def resting_state(context: SessionContext) -> AwaitingWakeWord | Listening:
    """What a session does when nobody speaks."""
    if context.settings.wake_word is None:
        return Listening(context=context)
    return AwaitingWakeWord(context=context)
