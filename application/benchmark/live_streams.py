"""Lets several speakers speak at once in real time, through the pipeline that all use, and reads their logs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from realtime_mlx_stt.application.benchmark.clips import SpokenClips
from realtime_mlx_stt.application.benchmark.live_log import read_live_log
from realtime_mlx_stt.application.benchmark.results import LiveResult
from realtime_mlx_stt.application.benchmark.side_by_side import Progress, word_error_rate
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.read_models.latency import percentiles
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import FileRequest
from realtime_mlx_stt.ports.benchmark import SoundKeeping, WordErrorCount
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["LiveStreams"]

_LOOK_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 120.0
"""How long texts that are still owed at the end of the sound are waited for; then they are lost."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stream:
    """One speaker: what is said, and what has come of it so far."""

    spoken: SpokenClips
    session_id: SessionId
    log: list[StoredEvent] = field(default_factory=list)


class LiveStreams:
    """Measures live streams of speech on an orchestrator that nothing else uses meanwhile. For one thread."""

    def __init__(
        self, orchestrator: SystemOrchestrator, keep_sound: SoundKeeping, count_errors: WordErrorCount
    ) -> None:
        self._orchestrator = orchestrator
        self._keep_sound = keep_sound
        self._count_errors = count_errors

    def measure(self, config: PipelineConfig, spoken: Sequence[SpokenClips], progress: Progress) -> LiveResult:
        """Run one stream per speaker, all at once, with the settings of ``config``.

        Raises:
            RealtimeSttError: a session cannot be started.
        """
        self._orchestrator.load_model(config.settings).result()
        processor_began, began = time.process_time(), time.perf_counter()
        running = [
            self._start(config, each, f"stream-{len(spoken)}-{number}") for number, each in enumerate(spoken)
        ]
        self._wait(running, progress)
        processor_seconds, passed_seconds = time.process_time() - processor_began, time.perf_counter() - began
        cores = processor_seconds / passed_seconds / len(spoken)
        return self._result(running, passed_seconds, cores)

    def _start(self, config: PipelineConfig, spoken: SpokenClips, name: str) -> _Stream:
        source = FileRequest(path=self._keep_sound(name, spoken.samples), speed=1.0)
        log: list[StoredEvent] = []
        session_id = self._orchestrator.start_pipeline(replace(config, source=source), log.append)
        return _Stream(spoken=spoken, session_id=session_id, log=log)

    def _wait(self, running: Sequence[_Stream], progress: Progress) -> None:
        """Wait until every text is there, or until the patience is over."""
        total = max(samples_to_seconds(each.spoken.samples.size) for each in running)
        began = time.perf_counter()
        title = f"Live, {len(running)} at once" if len(running) > 1 else "Live, one alone"
        while passed := time.perf_counter() - began:
            progress(title, min(passed, total), total)
            if all(self._orchestrator.wait(each.session_id, _LOOK_SECONDS / len(running)) for each in running):
                return
            if passed > total + _PATIENCE_SECONDS:
                break
        for each in running:
            self._orchestrator.stop_pipeline(each.session_id, 0.0)

    def _result(self, running: Sequence[_Stream], seconds: float, cores: float) -> LiveResult:
        logs = [read_live_log(each.log) for each in running]
        texts = [(each.spoken.text, " ".join(log.texts)) for each, log in zip(running, logs, strict=True)]
        speech_seconds = samples_to_seconds(sum(log.speech_samples for log in logs))
        return LiveResult(
            streams=len(running),
            seconds=seconds,
            utterances=sum(log.utterances for log in logs),
            rejected=sum(log.rejected for log in logs),
            full_window_finals=sum(log.full_window_finals for log in logs),
            lost_finals=sum(log.lost_finals for log in logs),
            lost_audio_seconds=samples_to_seconds(sum(log.lost_samples for log in logs)),
            degradations=tuple(sorted(set[str]().union(*(log.degradations for log in logs)))),
            cores=cores,
            partials_per_second=sum(log.hypotheses for log in logs) / speech_seconds if speech_seconds else 0.0,
            stable_words=sum(log.stable_words for log in logs),
            taken_back_words=sum(log.taken_back_words for log in logs),
            word_error_rate=word_error_rate(texts, self._count_errors),
            first_partial_seconds=percentiles([each for log in logs for each in log.first_partials]),
            partial_age_seconds=percentiles([each for log in logs for each in log.partial_ages]),
            speech_to_final_seconds=percentiles([each for log in logs for each in log.speech_to_final]),
            decision_to_final_seconds=percentiles([each for log in logs for each in log.decision_to_final]),
        )
