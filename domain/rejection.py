"""When a transcribed utterance is taken for noise, and which rule said so."""

from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.events import RejectionRule
from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.settings import RejectionSettings
from realtime_mlx_stt.domain.transcription import Transcription

__all__ = ["longest_loop", "rejection_rule"]

DIGITAL_SILENCE_AMPLITUDE = 1e-4
"""Below -80 dB of full scale there is only dither."""

LOOP_REPETITIONS = 5
"""So often nobody says the same few words on end, but a decoder that is caught in a loop does."""

LONGEST_LOOP_WORDS = 8


def rejection_rule(
    transcription: Transcription,
    *,
    duration_samples: int,
    peak_amplitude: float,
    settings: RejectionSettings,
) -> RejectionRule | None:
    """The first rule by which the utterance is not speech, or None when it stands."""
    text = transcription.text.strip()
    if peak_amplitude < DIGITAL_SILENCE_AMPLITUDE:
        return RejectionRule.DIGITAL_SILENCE
    if not any(letter.isalnum() for letter in text):
        return RejectionRule.EMPTY_TEXT
    if _is_no_speech(transcription, settings):
        return RejectionRule.NO_SPEECH
    if transcription.compression_ratio > settings.compression_ratio or longest_loop(text) >= LOOP_REPETITIONS:
        return RejectionRule.REPETITION
    if len(text) > settings.characters_per_second * max(samples_to_seconds(duration_samples), 1.0):
        return RejectionRule.IMPOSSIBLE_PACE
    return None


def longest_loop(text: str) -> int:
    """How often, at most, the same one to eight words follow themselves; 1 when nothing is repeated."""
    words = [word.strip().casefold() for word in hypothesis_words(text)]
    return max(_repetitions(words, length) for length in range(1, LONGEST_LOOP_WORDS + 1))


def _is_no_speech(transcription: Transcription, settings: RejectionSettings) -> bool:
    return (
        transcription.no_speech_probability > settings.no_speech_probability
        and transcription.average_log_probability < settings.average_log_probability
    )


def _repetitions(words: list[str], length: int) -> int:
    """The longest run of equal groups of ``length`` words, counted in groups."""
    longest = matching = 0
    for earlier, later in zip(words, words[length:], strict=False):
        matching = matching + 1 if earlier == later else 0
        longest = max(longest, matching)
    return longest // length + 1
