"""Everything a session can be asked or told; only ``decide`` says what comes of it.

``at_sample`` is how far the audio had been heard when the command was given, unless a command says otherwise.
``voiced_samples`` is how many samples of the open utterance held speech, 0 when no utterance is open.
"""

from dataclasses import dataclass

from realtime_mlx_stt.domain.events import GapReason, SpeechEndReason
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import Transcription

__all__ = [
    "AbandonTranscriptions",
    "ChangeSettings",
    "CommitUtterance",
    "FailSession",
    "PassTime",
    "PauseListening",
    "RecoverSession",
    "ReportAudioGap",
    "ReportDegradation",
    "ReportHypothesis",
    "ReportRestoration",
    "ReportSourceEnd",
    "ReportSourceLoss",
    "ReportSourceRecovery",
    "ReportSpeechEnd",
    "ReportSpeechOnset",
    "ReportTranscription",
    "ReportTranscriptionFailure",
    "ReportWakeWord",
    "ResumeListening",
    "ReviseTranscript",
    "SessionCommand",
    "StartSession",
    "StopSession",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSession:
    """Begin to take audio from a source that was told to start at ``at`` (seconds since 1970, UTC)."""

    settings: SessionSettings
    source: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSession:
    """Take no more audio; the texts of what was said are still written."""

    at_sample: int
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonTranscriptions:
    """Wait no longer for the texts that a stopping session still owes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseListening:
    """Do not listen until told to resume."""

    at_sample: int
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeListening:
    """Listen again."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """Work with these settings from now on; an utterance already begun keeps its audio."""

    settings: SessionSettings
    at_sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitUtterance:
    """The speaker says that the utterance ends here (push-to-talk)."""

    at_sample: int
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWakeWord:
    """The detector heard the wake word.

    ``at_sample`` is where the word ended. If it ``is_late``, the word ended some time before ``at_sample``.
    """

    word: str
    score: float
    at_sample: int
    voiced_samples: int = 0
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSpeechOnset:
    """Speech begins; ``start_sample`` includes the pre-roll."""

    start_sample: int
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSpeechEnd:
    """Speech ended; the utterance takes no audio from ``end_sample`` on."""

    reason: SpeechEndReason
    end_sample: int
    at_sample: int
    voiced_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHypothesis:
    """The model says this of the open utterance so far; the scores tell whether it is worth showing."""

    utterance_id: UtteranceId
    transcription: Transcription
    heard_until_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTranscription:
    """The model's final text of an utterance; word positions count from the start of the session.

    ``peak_amplitude`` is the largest absolute sample of the audio that it heard, full scale 1.0.
    ``is_beyond_cut``: whether it has heard, and written, what lies behind the cut at which the utterance ends.
    """

    utterance_id: UtteranceId
    transcription: Transcription
    model: str
    inference_seconds: float
    peak_amplitude: float
    is_beyond_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTranscriptionFailure:
    """The model could not write an utterance."""

    utterance_id: UtteranceId
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseTranscript:
    """A model has written a finished utterance again, whether the utterance had a text before or not.

    Word positions count from the start of the session.
    """

    utterance_id: UtteranceId
    transcription: Transcription
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAudioGap:
    """``lost_samples`` samples from ``start_sample`` on were lost and will never be heard."""

    start_sample: int
    lost_samples: int
    reason: GapReason
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSourceEnd:
    """The source has delivered its last sample."""

    at_sample: int
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSourceLoss:
    """The source stopped delivering and tries to come back."""

    at_sample: int
    code: str
    message: str
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSourceRecovery:
    """The source delivers again."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTime:
    """The audio has been heard this far."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDegradation:
    """A part of the service is being left out."""

    part: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRestoration:
    """A part of the service is there again."""

    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSession:
    """Something failed that the session cannot do without."""

    code: str
    message: str
    at_sample: int
    voiced_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverSession:
    """The session was found in the log without an end, and nobody runs it."""


SessionCommand = (
    StartSession
    | StopSession
    | AbandonTranscriptions
    | PauseListening
    | ResumeListening
    | ChangeSettings
    | CommitUtterance
    | ReportWakeWord
    | ReportSpeechOnset
    | ReportSpeechEnd
    | ReportHypothesis
    | ReportTranscription
    | ReportTranscriptionFailure
    | ReviseTranscript
    | ReportAudioGap
    | ReportSourceEnd
    | ReportSourceLoss
    | ReportSourceRecovery
    | PassTime
    | ReportDegradation
    | ReportRestoration
    | FailSession
    | RecoverSession
)
"""One of the requests and reports above."""
