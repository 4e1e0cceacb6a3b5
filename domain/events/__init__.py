"""Every fact that a session can state, named subject first and in the past tense.

``type`` and ``version`` are what the log and the wire know an event by; the class may be renamed or moved, they may
not. A new optional field needs no new version.

Where audio is concerned, a position is a number of samples at 16 kHz since the session began to take audio, never a
time of day; a stretch goes from its first sample to before its end. What a field means in every event that has it:

``utterance_id``: which utterance; they count from 1 in the order in which they begin.
``at_sample``: where in the audio it happened.
``settings``: all settings of the session, also those that are at their defaults.
``captured_samples``: how much audio the session took, what was lost included.
``code``: what went wrong, as a word that stays the same and that programs may branch on.
``message``: what went wrong, as a sentence for a person; it may be put differently some day.
``text``: the whole text of the utterance, without white space around it.
``words``: the text word by word with their places; empty when the engine does not tell.
``language``: the code of the language that was spoken, or null when the engine does not tell.
``confidence``: how sure the model is of the text: the geometric mean of its tokens' probabilities.
``model``: the name of the model that wrote the text.
"""

from typing import Final, get_args

from realtime_mlx_stt.domain.events.lifecycle import (
    ServiceDegraded,
    ServiceRestored,
    SessionFailed,
    SessionInterrupted,
    SessionStarted,
    SessionStopped,
    SessionStopping,
    SettingsChanged,
)
from realtime_mlx_stt.domain.events.listening import (
    AudioGapRecorded,
    AudioSourceLost,
    AudioSourceRecovered,
    ListeningPaused,
    ListeningResumed,
    WakeWordDetected,
    WakeWordExpired,
)
from realtime_mlx_stt.domain.events.reasons import (
    GapReason,
    RejectionRule,
    SpeechEndReason,
    StopReason,
)
from realtime_mlx_stt.domain.events.utterances import (
    HypothesisRevised,
    SpeechEnded,
    SpeechStarted,
    TranscriptionFailed,
    TranscriptRevised,
    UtteranceRejected,
    UtteranceTranscribed,
)

__all__ = [
    "EVENT_TYPES",
    "SESSION_ENDS",
    "AudioGapRecorded",
    "AudioSourceLost",
    "AudioSourceRecovered",
    "GapReason",
    "HypothesisRevised",
    "ListeningPaused",
    "ListeningResumed",
    "RejectionRule",
    "ServiceDegraded",
    "ServiceRestored",
    "SessionEvent",
    "SessionFailed",
    "SessionInterrupted",
    "SessionStarted",
    "SessionStopped",
    "SessionStopping",
    "SettingsChanged",
    "SpeechEndReason",
    "SpeechEnded",
    "SpeechStarted",
    "StopReason",
    "TranscriptRevised",
    "TranscriptionFailed",
    "UtteranceRejected",
    "UtteranceTranscribed",
    "WakeWordDetected",
    "WakeWordExpired",
]

SessionEvent = (
    SessionStarted
    | SessionStopping
    | SessionStopped
    | SessionFailed
    | SessionInterrupted
    | SettingsChanged
    | ListeningPaused
    | ListeningResumed
    | WakeWordDetected
    | WakeWordExpired
    | SpeechStarted
    | SpeechEnded
    | HypothesisRevised
    | UtteranceTranscribed
    | UtteranceRejected
    | TranscriptionFailed
    | TranscriptRevised
    | AudioGapRecorded
    | AudioSourceLost
    | AudioSourceRecovered
    | ServiceDegraded
    | ServiceRestored
)
"""One of the facts above."""

EVENT_TYPES: tuple[type[SessionEvent], ...] = get_args(SessionEvent)
"""Every class of event, in the order of the documentation."""

SESSION_ENDS: Final = (SessionStopped, SessionFailed, SessionInterrupted)
"""The events of which each is a session's last."""
