"""Defines everything a session can be told beforehand; the settings are validated as a whole when they are made."""

from dataclasses import dataclass, field
from typing import Final

from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.transcription import TranscriptionTask

__all__ = [
    "LONGEST_DURATION_SECONDS",
    "LONGEST_GLOSSARY_BYTES",
    "LONGEST_TIMEOUT_SECONDS",
    "MOST_BEAMS",
    "SHORTEST_SILENCE_SECONDS",
    "EndpointingSettings",
    "RejectionSettings",
    "SessionSettings",
    "TranscriptionSettings",
    "VoiceActivitySettings",
    "WakeWordSettings",
]

LONGEST_DURATION_SECONDS: Final = 10.0
"""The longest that the speech, the silence or the pause that is waited for may be."""

SHORTEST_SILENCE_SECONDS: Final = 0.05
"""The shortest silence that may end an utterance: less would end it inside a word."""

LONGEST_TIMEOUT_SECONDS: Final = 86_400.0
"""The longest timeout: a day, for those who want to wait for ever."""

MOST_BEAMS: Final = 10
"""The most beams. More cost time and no longer change the text; the reference implementation's own choice is 5."""

LONGEST_GLOSSARY_BYTES: Final = 500
"""How many bytes the terms of a glossary may take in UTF-8, with two bytes between each: about fifty names.

Whisper is shown 223 tokens of prompt. Unusual names in Latin letters take a token for each 2.6 bytes.
"""

_ONSET_SECONDS: Final = 0.1
"""The shortest that an utterance's limit must leave for its onset: more than it takes to be sure of one."""


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise InvalidSettingError(sentence)


def _require_between(name: str, value: float, low: float, high: float) -> None:
    _require(low <= value <= high, f"{name} must be between {low:g} and {high:g}, got {value:g}.")


def _require_unicode(name: str, *texts: str) -> None:
    # Python keeps the bytes of an argument that are not UTF-8 as lone surrogates, which nothing can write down.
    is_unicode = not any("\ud800" <= character <= "\udfff" for text in texts for character in text)
    _require(is_unicode, f"{name} must be valid UTF-8 text.")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceActivitySettings:
    """When a frame counts as speech; between the two thresholds the last answer stands (hysteresis).

    The defaults are Silero's own: 0.5, and 0.15 below it.

    ``onset_threshold``: at this probability speech begins.
    ``release_threshold``: below this probability it ends.
    """

    onset_threshold: float = 0.5
    release_threshold: float = 0.35

    def __post_init__(self) -> None:
        _require_between("onset_threshold", self.onset_threshold, 0.01, 0.99)
        _require_between("release_threshold", self.release_threshold, 0.01, 0.99)
        _require(
            self.release_threshold <= self.onset_threshold,
            f"release_threshold ({self.release_threshold:g}) must not be above "
            f"onset_threshold ({self.onset_threshold:g}).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointingSettings:
    """Where an utterance begins and ends around its speech.

    ``minimum_speech_seconds``: less voiced audio than this is rejected without asking the model.
    ``minimum_silence_seconds``: this much silence ends the utterance.
    ``pause_seconds``: after this much silence the final text is prepared, in case the silence becomes the end.
    ``pre_roll_seconds``: kept before the onset, so that no first consonant is lost.
    ``tail_seconds``: kept after the last speech; the rest of the silence does not belong to the utterance.
    ``longest_utterance_seconds``: longer speech is cut where it is least like speech; Whisper hears 30 s.
    """

    minimum_speech_seconds: float = 0.25
    minimum_silence_seconds: float = 0.6
    pause_seconds: float = 0.2
    pre_roll_seconds: float = 0.4
    tail_seconds: float = 0.2
    longest_utterance_seconds: float = 28.0

    def __post_init__(self) -> None:
        longest = LONGEST_DURATION_SECONDS
        _require_between("minimum_speech_seconds", self.minimum_speech_seconds, 0.0, longest)
        silence = self.minimum_silence_seconds
        _require_between("minimum_silence_seconds", silence, SHORTEST_SILENCE_SECONDS, longest)
        _require_between("pause_seconds", self.pause_seconds, 0.0, longest)
        _require_between("pre_roll_seconds", self.pre_roll_seconds, 0.0, 5.0)
        _require_between("tail_seconds", self.tail_seconds, 0.0, 5.0)
        _require_between("longest_utterance_seconds", self.longest_utterance_seconds, 2.0, 29.0)
        _require(
            self.pause_seconds <= self.minimum_silence_seconds,
            f"pause_seconds ({self.pause_seconds:g}) must not be longer than "
            f"minimum_silence_seconds ({self.minimum_silence_seconds:g}).",
        )
        _require(
            self.tail_seconds <= self.minimum_silence_seconds,
            f"tail_seconds ({self.tail_seconds:g}) must not be longer than "
            f"minimum_silence_seconds ({self.minimum_silence_seconds:g}).",
        )
        # An utterance that is too long is cut in its second half, so no onset may lie there.
        room = self.longest_utterance_seconds / 2 - _ONSET_SECONDS
        _require(
            self.pre_roll_seconds + self.tail_seconds <= room,
            f"pre_roll_seconds ({self.pre_roll_seconds:g}) and tail_seconds ({self.tail_seconds:g}) together must "
            f"be {_ONSET_SECONDS:g} s shorter than half of longest_utterance_seconds "
            f"({self.longest_utterance_seconds:g}).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordSettings:
    """Which words wake the session, and what then happens.

    ``words``: the wake words, one of which is enough: names, or paths of models of one's own.
    ``threshold``: how sure the detector must be.
    ``timeout_seconds``: for how long after the word speech may begin.
    ``single_utterance``: whether the word is used up by one utterance. If not, everything is heard that begins in
    time, and the word said again gives the whole time anew.
    """

    words: tuple[str, ...]
    threshold: float = 0.5
    timeout_seconds: float = 30.0
    single_utterance: bool = True

    def __post_init__(self) -> None:
        _require(
            len(self.words) > 0 and all(self.words), "words must name at least one wake word, and no empty one."
        )
        _require_between("threshold", self.threshold, 0.01, 0.99)
        _require_between("timeout_seconds", self.timeout_seconds, 1.0, LONGEST_TIMEOUT_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionSettings:
    """Which model writes, in which language, and how often it may revise a hypothesis.

    ``engine``: which library runs the model.
    ``model``: the model's name.
    ``language``: the code of the language that is spoken; None lets the model detect it.
    ``partial_interval_seconds``: the shortest time between two hypotheses; None asks for no partial text.
    ``speculative_finals``: whether the final text is prepared at a pause, before the end of speech is certain.
    ``task``: whether what is said is written as it is said (``transcribe``) or in English (``translate``).
    ``prompt``: text that the model takes for what was said before; it follows its style and spelling.
    ``glossary``: names and terms that may be said, spelled as they are to be written; 500 bytes in all at most.
    ``carries_context``: whether the model is shown the last texts of the session.
    ``beam_size``: how many texts the model follows side by side; 1, the fastest, always takes the likeliest token.
    ``smaller_model``: a model of the same engine that writes while this one does not keep up; None for no other.
    """

    engine: str = "mlx_whisper"
    model: str = "tiny.en"
    language: str | None = None
    partial_interval_seconds: float | None = 0.25
    speculative_finals: bool = True
    task: TranscriptionTask = TranscriptionTask.TRANSCRIBE
    prompt: str = ""
    glossary: tuple[str, ...] = ()
    carries_context: bool = False
    beam_size: int = 1
    smaller_model: str | None = None

    def __post_init__(self) -> None:
        _require(bool(self.engine), "engine must be named.")
        _require(bool(self.model), "model must be named.")
        _require_unicode("prompt", self.prompt)
        _require_unicode("glossary", *self.glossary)
        _require(all(term.strip() for term in self.glossary), "glossary must hold no empty term.")
        longest, length = LONGEST_GLOSSARY_BYTES, len(", ".join(self.glossary).encode())
        _require(
            length <= longest,
            f"glossary must not be longer than {longest} bytes in all, for the model reads no more, got {length}; "
            "leave out what is written rightly without it.",
        )
        _require_between("beam_size", self.beam_size, 1, MOST_BEAMS)
        _require(self.smaller_model != "", "smaller_model must be named, or nothing for no other model.")
        _require(self.language != "", "language must be a language's code, or nothing to have it detected.")
        if self.partial_interval_seconds is not None:
            _require_between("partial_interval_seconds", self.partial_interval_seconds, 0.1, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionSettings:
    """When a text is taken for noise. The first three are the reference implementation's thresholds of Whisper.

    ``no_speech_probability``: above this the model thinks that nobody spoke, which rejects a text that it is not
    sure of; see the next.
    ``average_log_probability``: below this the model is not sure of its text.
    ``compression_ratio``: above this the text repeats itself.
    ``characters_per_second``: nobody speaks faster than this; the fastest speakers reach about 25.
    """

    no_speech_probability: float = 0.6
    average_log_probability: float = -1.0
    compression_ratio: float = 2.4
    characters_per_second: float = 40.0

    def __post_init__(self) -> None:
        _require_between("no_speech_probability", self.no_speech_probability, 0.0, 1.0)
        _require_between("average_log_probability", self.average_log_probability, -20.0, 0.0)
        _require_between("compression_ratio", self.compression_ratio, 1.0, 100.0)
        _require_between("characters_per_second", self.characters_per_second, 5.0, 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """The settings of one session.

    ``voice_activity``: when sound counts as speech.
    ``endpointing``: where an utterance begins and ends.
    ``transcription``: which model writes, and how.
    ``rejection``: when a text is taken for noise.
    ``wake_word``: which words wake the session; None listens all the time.
    """

    voice_activity: VoiceActivitySettings = field(default_factory=VoiceActivitySettings)
    endpointing: EndpointingSettings = field(default_factory=EndpointingSettings)
    transcription: TranscriptionSettings = field(default_factory=TranscriptionSettings)
    rejection: RejectionSettings = field(default_factory=RejectionSettings)
    wake_word: WakeWordSettings | None = None
