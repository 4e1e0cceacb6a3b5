"""One thread owns the models: it loads them, and makes every call to them, the most urgent first."""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from weakref import WeakSet

from realtime_mlx_stt.application.inference_decoders import DecoderKey, in_session, outlives
from realtime_mlx_stt.application.job_order import Job, JobOrder
from realtime_mlx_stt.application.messages import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.application.model_loads import ModelLoads
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines, SpeechToTextError, UtteranceDecoder

__all__ = ["InferenceQueue"]

_LOGGER = logging.getLogger(__name__)


class InferenceQueue:
    """Finals before speculative finals before partials; of a session's partials only the newest waits.

    Thread-safe. ``step`` does one piece of work on the calling thread, so that tests need no other; ``start``
    runs it on a thread of the queue's own, called ``name``. All work must be done on one and the same thread.
    ``may_be_cut_off`` says that the program may end in the midst of a call: what waits for the network may be
    left, native code that computes may not.
    """

    def __init__(
        self,
        engines: SpeechToTextEngines,
        name: str = "inference",
        *,
        may_be_cut_off: bool = False,
        monotonic: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._engines = engines
        self._name = name
        self._may_be_cut_off = may_be_cut_off
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._loads = ModelLoads(engines, self._changed)
        self._order = JobOrder()
        self._writing = _WritingTime()
        self._decoders: dict[DecoderKey, UtteranceDecoder] = {}
        self._ended: set[SessionId] = set()
        self._thread: threading.Thread | None = None
        self._stopping = False
        _QUEUES.add(self)

    @property
    def waiting_texts(self) -> int:
        """How many texts have been asked for and not been begun."""
        with self._changed:
            return len(self._order)

    def start(self) -> None:
        """Work on a daemon thread until the stop; idempotent. The program's end waits for a call that it must."""
        with self._changed:
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def stop(self, timeout_seconds: float | None = 1.0) -> bool:
        """Take up no more work, for good, and wait for the thread; False if it is still inside a model's call.

        What waits is answered with an error, and so is all that is asked for later: a model is used on the thread
        that loaded it or not at all. A call into a model cannot be interrupted; the thread ends after it.
        """
        with self._changed:
            self._stopping = True
            thread = self._thread
            self._changed.notify_all()
        self._refuse_waiting()
        if thread is None or thread is threading.current_thread():
            return thread is None
        thread.join(timeout_seconds)
        return not thread.is_alive()

    def load(self, engine: str, model: str) -> "Future[None]":
        """Have the model loaded before any other work; the future ends with the error if it cannot be.

        While it is fetched, on a thread of its own, other models work on. Who asks before the attempt is over is
        given the same future: it has one outcome for all.

        Raises:
            UnknownEngineError, UnknownModelError: there is no such thing.
        """
        return self._load(engine, model, is_urgent=True)

    def prepare(self, engine: str, model: str) -> "Future[None]":
        """``load`` for a model that may be needed: it is loaded when no final text of a live speaker waits.

        Raises:
            UnknownEngineError, UnknownModelError: there is no such thing.
        """
        return self._load(engine, model, is_urgent=False)

    def submit(self, request: InferenceRequest, deliver: Callable[[InferenceResult], None]) -> None:
        """Have the request answered through ``deliver``, called on the owner thread; it must be quick."""
        with self._changed:
            self._order.add(request, deliver, self._written_seconds())
            self._changed.notify_all()
        if self._stopping:
            self._refuse_waiting()

    def promote(self, request: InferenceRequest) -> None:
        """Have a speculative request answered as a final one is: in its turn among the finals, and surely."""
        with self._changed:
            self._order.promote(request, self._written_seconds())

    def tells_places(self, engine: str) -> bool:
        """Whether the texts of the engine come with the places of their words; not all of a service's do."""
        return not self._engines.is_remote(engine)

    def waited_seconds(self, request: InferenceRequest) -> float:
        """For how long other texts have been written while the request waited; 0 when it waits no longer."""
        with self._changed:
            job = self._order.find(request)
            return 0.0 if job is None else self._written_seconds() - job.asked_at_seconds

    def forget(self, session_id: SessionId) -> None:
        """Drop what still waits for the session and what the models keep of it."""
        with self._changed:
            self._order.forget(session_id)
            self._ended.add(session_id)
            self._changed.notify_all()

    def stop_for_good(self) -> None:
        """Stop at the program's end, waiting for the call that is being made unless it may be cut off."""
        self.stop(0.0 if self._may_be_cut_off else None)

    def step(self) -> bool:
        """Do one piece of work if there is one; whether there was."""
        self._drop_ended()
        if self._load_one(only_urgent=True) or self._write_one(only_hurried=True):
            return True
        return self._load_one(only_urgent=False) or self._write_one(only_hurried=False)

    def _load(self, engine: str, model: str, *, is_urgent: bool) -> "Future[None]":
        with self._changed:
            is_working = self._thread is not None and not self._stopping
        return self._loads.ask(engine, model, fetches=is_working, is_urgent=is_urgent)

    def _load_one(self, *, only_urgent: bool) -> bool:
        load = self._loads.take(only_urgent=only_urgent)
        if load is not None:
            self._loads.perform(load)
        return load is not None

    def _write_one(self, *, only_hurried: bool) -> bool:
        with self._changed:
            job = self._order.take(self._can_be_done, only_hurried=only_hurried)
            waited = 0.0 if job is None else self._written_seconds() - job.asked_at_seconds
        if job is not None:
            self._answer(job, waited)
        return job is not None

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._has_work())
                if self._stopping:
                    return
            self.step()

    def _refuse_waiting(self) -> None:
        """Answer everything that waits with an error, so that nobody waits for it any longer."""
        error = SpeechToTextError("The models are no longer running, because the program is ending.")
        with self._changed:
            jobs = self._order.clear()
        for job in jobs:
            job.deliver(InferenceResult(request=job.request, outcome=error, inference_seconds=0.0))
        self._loads.refuse(error)

    def _has_work(self) -> bool:
        return (
            self._loads.has_any() or bool(self._ended) or any(self._can_be_done(job.request) for job in self._order)
        )

    def _can_be_done(self, request: InferenceRequest) -> bool:
        """Whether its model is not just being fetched."""
        return not self._loads.is_fetching(request.engine, request.model)

    def _written_seconds(self) -> float:
        """The clock by which texts wait: it goes while texts are written, and stands while models are loaded."""
        return self._writing.until(self._monotonic())

    def _drop_ended(self) -> None:
        with self._changed:
            ended, self._ended = self._ended, set()
        if ended:
            self._decoders = {key: kept for key, kept in self._decoders.items() if key.session_id not in ended}

    def _answer(self, job: Job, waited_seconds: float) -> None:
        with self._changed:
            self._writing.begin(self._monotonic())
        outcome = self._decode(job.request)
        with self._changed:
            seconds = self._writing.end(self._monotonic())
        job.deliver(
            InferenceResult(
                request=job.request, outcome=outcome, inference_seconds=seconds, waited_seconds=waited_seconds
            )
        )

    def _decode(self, request: InferenceRequest) -> Transcription | RealtimeSttError:
        key = DecoderKey.of(request)
        is_final = request.kind is not InferenceKind.PARTIAL
        try:
            decoder = self._decoders.get(key) or self._open(key)
            transcription = decoder.decode(request.audio, final=is_final)
        except RealtimeSttError as error:
            return error
        except Exception as error:  # an engine's bug must cost one text, not the thread that owns the models
            _LOGGER.exception("The engine %s failed", request.engine)
            return SpeechToTextError(f"The engine {request.engine} failed: {error}")
        finally:
            if request.kind is InferenceKind.FINAL:
                self._decoders.pop(key, None)
        return in_session(transcription, request)

    def _open(self, key: DecoderKey) -> UtteranceDecoder:
        """A decoder for the utterance; those of the session's earlier utterances have had their day."""
        engine = self._engines.open(key.engine, key.model)
        engine.load()
        decoder = engine.open_utterance(key.options)
        self._decoders = {other: kept for other, kept in self._decoders.items() if outlives(other, key)}
        self._decoders[key] = decoder
        return decoder


class _WritingTime:
    """How long texts have been written, all in all."""

    def __init__(self) -> None:
        self._total_seconds = 0.0
        self._began_at: float | None = None

    def begin(self, now: float) -> None:
        """A text is begun."""
        self._began_at = now

    def end(self, now: float) -> float:
        """It is written; what it took."""
        total = self.until(now)
        seconds, self._total_seconds, self._began_at = total - self._total_seconds, total, None
        return seconds

    def until(self, now: float) -> float:
        """All that was spent by now, the text that is being written included."""
        return self._total_seconds + (0.0 if self._began_at is None else now - self._began_at)


_QUEUES: WeakSet[InferenceQueue] = WeakSet()


@atexit.register
def _stop_all() -> None:
    """Wait for the calls that are being made: an interpreter that ends under a model's feet aborts the program."""
    for queue in list(_QUEUES):
        queue.stop_for_good()


os.register_at_fork(after_in_child=_QUEUES.clear)  # a fork has none of its parent's threads, and waits for none
