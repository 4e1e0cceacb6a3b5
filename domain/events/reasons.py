"""The closed words in events: why something ended, was lost, or was rejected."""

from enum import StrEnum

__all__ = [
    "GapReason",
    "RejectionRule",
    "SpeechEndReason",
    "StopReason",
]


class SpeechEndReason(StrEnum):
    """Why an utterance took no more audio.

    ``silence``: nobody spoke for as long as the settings say.
    ``longest-utterance``: it was as long as an utterance may be; what is said further is the next one.
    ``committed``: the speaker said so (push-to-talk).
    ``paused``: listening was paused.
    ``stopped``: the session was stopped.
    ``source-ended``: the source had no more audio.
    ``source-lost``: the source stopped delivering.
    ``gap``: samples were lost; what is said further is the next utterance.
    ``wake-word``: it was the wake word, said again; what is said further is the next utterance.
    ``failed``: something failed that the session cannot do without.
    """

    SILENCE = "silence"
    LONGEST_UTTERANCE = "longest-utterance"
    COMMITTED = "committed"
    PAUSED = "paused"
    STOPPED = "stopped"
    SOURCE_ENDED = "source-ended"
    SOURCE_LOST = "source-lost"
    GAP = "gap"
    WAKE_WORD = "wake-word"
    FAILED = "failed"

    @property
    def is_cut(self) -> bool:
        """Whether the utterance was cut off while its speaker may be speaking on."""
        return self in (SpeechEndReason.LONGEST_UTTERANCE, SpeechEndReason.GAP)


class StopReason(StrEnum):
    """Why a session took no more audio.

    ``requested``: somebody asked it to stop.
    ``source-ended``: there was no more audio, the end of a file for instance.
    """

    REQUESTED = "requested"
    SOURCE_ENDED = "source-ended"


class GapReason(StrEnum):
    """Why captured samples belong to no utterance and are not known to be silence.

    ``overflow``: they came faster than they could be taken.
    ``source-lost``: they passed while the source was away.
    ``paused``: listening was paused.
    ``invalid-samples``: they were not numbers that sound can have.
    ``skipped``: whoever pushed the audio went on behind them.
    """

    OVERFLOW = "overflow"
    SOURCE_LOST = "source-lost"
    PAUSED = "paused"
    INVALID_SAMPLES = "invalid-samples"
    SKIPPED = "skipped"


class RejectionRule(StrEnum):
    """Which rule said that an utterance was not speech after all.

    ``digital-silence``: its audio is all but zero.
    ``too-little-speech``: less of it was voiced than the settings ask for; the model was not asked.
    ``wake-word``: it was the wake word; the model was not asked.
    ``no-speech``: the model thinks that nobody spoke, and is not sure of what it wrote.
    ``repetition``: the text says the same over and over, as a decoder does that is caught in a loop.
    ``impossible-pace``: nobody can say so much in so short a time.
    ``empty-text``: the text has neither a letter nor a digit.
    """

    DIGITAL_SILENCE = "digital-silence"
    TOO_LITTLE_SPEECH = "too-little-speech"
    WAKE_WORD = "wake-word"
    NO_SPEECH = "no-speech"
    REPETITION = "repetition"
    IMPOSSIBLE_PACE = "impossible-pace"
    EMPTY_TEXT = "empty-text"
