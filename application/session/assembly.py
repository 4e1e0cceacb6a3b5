"""Puts a session together from its opened components, up to the moment before it begins."""

from collections.abc import Callable
from contextlib import ExitStack

from realtime_mlx_stt.application.hearing.audio_listener import AudioListener
from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference.requests import InferenceResult
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.application.session.audio_schedule import ScheduledSink
from realtime_mlx_stt.application.session.mailbox import SessionMailbox
from realtime_mlx_stt.application.session.pipeline import OrchestratorPorts, PipelineComponents, PipelineConfig
from realtime_mlx_stt.application.session.recording import SessionRecording
from realtime_mlx_stt.application.session.runner import SessionRunner
from realtime_mlx_stt.application.session.worker import SessionWorker
from realtime_mlx_stt.application.writing.keeping_up import KeepingUp
from realtime_mlx_stt.application.writing.utterance_writer import InferenceService, UtteranceWriter
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["SessionAssembly"]


class SessionAssembly:
    """Makes sessions that share the ports and the models. Thread-safe."""

    def __init__(
        self, ports: OrchestratorPorts, inference: InferenceService, on_end: Callable[[SessionId], None]
    ) -> None:
        self._ports = ports
        self._inference = inference
        self._on_end = on_end

    def assemble(
        self, session_id: SessionId, config: PipelineConfig, components: PipelineComponents, opened: ExitStack
    ) -> SessionRunner:
        """Make the session: its source delivers and its recording is open. ``opened`` is told how to undo both.

        Raises:
            UnknownWakeWordError, WakeWordError: a word of the schedule's cannot be heard.
            AudioSourceError: the source does not start.
            RecordingError: the recording cannot be written.
        """
        ports, mailbox, memory = self._ports, SessionMailbox(), AudioMemory()
        is_placed = config.lockstep or bool(config.schedule)
        sink = ScheduledSink(mailbox, config.schedule, ports.open_wake_word) if is_placed else mailbox
        opened.callback(mailbox.refuse_audio)
        components.source.start(sink)
        recording = ports.recordings.create(session_id) if config.record_audio else None
        if recording is not None:
            opened.callback(recording.close)

        def deliver(result: InferenceResult) -> None:
            mailbox.post(result)

        is_live = not config.lockstep
        writer = UtteranceWriter(session_id, memory, self._inference, deliver, is_live=is_live)
        worker = SessionWorker(
            log=SessionLog(session_id, ports.store, ports.bus, ports.clock),
            listener=AudioListener(components.voice_activity, components.wake_word, config.settings),
            memory=memory,
            writer=writer,
            keeping_up=KeepingUp(writer, self._inference, is_live=is_live),
            recording=SessionRecording(recording),
        )
        return SessionRunner(
            session_id, worker, mailbox, components.source, lockstep=config.lockstep, on_end=self._on_end
        )
