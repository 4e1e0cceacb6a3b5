"""Holds what a benchmark finds out, as it is kept in JSON and shown in tables."""

from dataclasses import dataclass

import msgspec

from realtime_mlx_stt.application.read_models.latency import Percentiles

__all__ = ["BenchmarkResults", "ClipResult", "ContestantResult", "LiveResult", "decode_results", "encode_results"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipResult:
    """One clip through one contestant: the text, and the median time of its rounds in seconds."""

    clip: str
    clip_seconds: float
    text: str
    seconds: float
    processor_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestantResult:
    """The results of one contestant over all clips, or over ``clips`` of them if it is too slow for all.

    ``word_error_rate``: wrong words for a word said, None where it is not known what was said.
    ``median_seconds``, ``p95_seconds``: of a clip, the nearest rank.
    ``real_time_factor``: seconds for a second of audio, over these clips.
    ``times_ours``: their seconds, as a multiple of what we took for the same clips in the same run.
    """

    name: str
    description: str
    rounds: int
    word_error_rate: float | None
    median_seconds: float
    p95_seconds: float
    real_time_factor: float
    times_ours: float
    clips: tuple[ClipResult, ...]

    @property
    def processor_seconds(self) -> float:
        """The mean processor time for a clip, of all threads, in seconds."""
        return sum(each.processor_seconds for each in self.clips) / len(self.clips)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """What was measured with several speakers at once, in real time.

    ``first_partial_seconds``: from the recorded onset of speech to the first hypothesis.
    ``partial_age_seconds``: how old the last sound was that a hypothesis was written from, when it was recorded.
    ``partials_per_second``: revised hypotheses for a second of speech.
    ``stable_words``, ``taken_back_words``: words once in a stable prefix, and those of them that the final text has
    otherwise.
    ``speech_to_final_seconds``: from the end of speech in the sound, as it was played, to the final text.
    ``decision_to_final_seconds``: from the event that says that speech has ended to the final text.
    ``cores``: processor seconds of the whole process for a second and a stream.
    ``lost_finals``: utterances of which no text came and which no rule rejected.
    ``lost_audio_seconds``: sound that was not heard.
    ``full_window_finals``: final texts that were computed in the whole window, because they were unlikely without;
    None in results of before they were counted.
    ``degradations``: what the log says was left out, by code.
    """

    streams: int
    seconds: float
    utterances: int
    rejected: int
    lost_finals: int
    lost_audio_seconds: float
    degradations: tuple[str, ...]
    cores: float
    partials_per_second: float
    stable_words: int
    taken_back_words: int
    word_error_rate: float | None
    first_partial_seconds: Percentiles | None
    partial_age_seconds: Percentiles | None
    speech_to_final_seconds: Percentiles | None
    decision_to_final_seconds: Percentiles | None
    full_window_finals: int | None = None

    @property
    def taken_back_share(self) -> float:
        """The share of the words once in a stable prefix that differ from the final text."""
        return self.taken_back_words / self.stable_words if self.stable_words else 0.0

    @property
    def keeps_up(self) -> bool:
        """Whether nothing was lost or left out, and 95 of 100 final texts stood within a second of the decision."""
        wait = self.decision_to_final_seconds
        is_whole = not self.lost_finals and not self.lost_audio_seconds and not self.degradations
        return is_whole and wait is not None and wait.p95 <= 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkResults:
    """One run on one machine.

    ``command`` is the one that made them. ``clips`` and ``clip_seconds`` say how much was measured with. ``notes``
    are sentences about what could not be measured.
    """

    command: str
    machine: str
    model: str
    clips: int
    clip_seconds: float
    contestants: tuple[ContestantResult, ...]
    live: tuple[LiveResult, ...]
    notes: tuple[str, ...] = ()


def encode_results(results: BenchmarkResults) -> bytes:
    """The results as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"


def decode_results(document: bytes) -> BenchmarkResults:
    """The results that ``encode_results`` wrote.

    Raises:
        msgspec.DecodeError: it is something else.
    """
    return msgspec.json.decode(document, type=BenchmarkResults)
