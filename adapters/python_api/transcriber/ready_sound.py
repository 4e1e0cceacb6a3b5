"""Runs a session over complete sound, in a file or in memory, instead of a microphone's."""

from dataclasses import replace
from typing import Any

from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.ports.audio_source import FileRequest, SamplesRequest

__all__ = ["ReadySoundSession"]


class ReadySoundSession(TranscriptionSession):
    """Hears ``source`` as fast as it can be written, and ends with it; the texts come out the same every time.

    There are no partial texts. All else that it is given is a ``TranscriptionSession``'s.
    """

    def __init__(self, source: FileRequest | SamplesRequest, **session: Any) -> None:
        super().__init__(**session)
        self._source = source

    def _pipeline_config(self, orchestrator: SystemOrchestrator) -> PipelineConfig:
        config = super()._pipeline_config(orchestrator)
        transcription = replace(
            config.settings.transcription, partial_interval_seconds=None, speculative_finals=False
        )
        settings = replace(config.settings, transcription=transcription)
        return replace(config, settings=settings, source=self._source, lockstep=True)
