"""Gives one thread all work with the models: it loads them and makes every call to them, the most urgent first."""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from weakref import WeakSet

from realtime_mlx_stt.application.inference.job_order import Job, JobOrder
from realtime_mlx_stt.application.inference.kept_models import KeptModels, ModelName
from realtime_mlx_stt.application.inference.model_loads import ModelLoads
from realtime_mlx_stt.application.inference.requests import InferenceRequest, InferenceResult
from realtime_mlx_stt.application.inference.text_writer import TextWriter
from realtime_mlx_stt.application.inference.writing_time import WritingTime
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines, SpeechToTextError

__all__ = ["InferenceQueue"]

_LOGGER = logging.getLogger(__name__)


class InferenceQueue:
    """Gives the models' thread its work: final texts before speculative finals before partials. Thread-safe.

    Of a session's partials only the newest waits; those of several sessions are written together where their model
    is faster so. ``step`` does one piece of work on the calling thread, so that tests need no other thread;
    ``start`` runs it on a thread of the queue's own, called ``name``. All work must be done on one and the same
    thread. ``may_be_cut_off`` says that the program may end in the middle of a call: a call that waits for the
    network may be left, native code that computes may not.

    One loaded model that nobody uses is kept, the one used last; the others are unloaded. A model is used while
    ``in_use`` names it, while somebody holds it, while a text by it or its loading is awaited, and while a decoder
    of it is kept for an utterance that goes on. A text by a model that was unloaded has it loaded again.
    """

    def __init__(
        self,
        engines: SpeechToTextEngines,
        name: str = "inference",
        *,
        may_be_cut_off: bool = False,
        monotonic: Callable[[], float] = time.perf_counter,
        in_use: Callable[[], Collection[ModelName]] = frozenset,
    ) -> None:
        self._engines = engines
        self._name = name
        self._may_be_cut_off = may_be_cut_off
        self._monotonic = monotonic
        self._in_use = in_use
        self._changed = threading.Condition()
        self._kept = KeptModels()
        self._loads = ModelLoads(engines, self._changed, self._kept)
        self._order = JobOrder()
        self._writing = WritingTime()
        self._writer = TextWriter(engines, self._note_use)
        self._ended: set[SessionId] = set()
        self._thread: threading.Thread | None = None
        self._stopping = False
        _QUEUES.add(self)

    @property
    def waiting_texts(self) -> int:
        """How many texts have been asked for and not been begun."""
        with self._changed:
            return len(self._order)

    @property
    def loaded_models(self) -> tuple[ModelName, ...]:
        """The models that are loaded, the least recently used first."""
        with self._changed:
            return self._kept.names

    def start(self) -> None:
        """Work on a daemon thread until the stop; idempotent. For the program's end see ``stop_for_good``."""
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

    def load(self, engine: str, model: str, *, for_good: bool = False) -> "Future[None]":
        """Have the model loaded before any other work; the future ends with the error if it cannot be.

        While it is fetched, on a thread of its own, other models work on. Who asks before the attempt is over is
        given the same future: it has one outcome for all. ``for_good`` keeps it, used or not.

        Raises:
            UnknownEngineError, UnknownModelError: there is no such thing.
        """
        if for_good:
            with self._changed:
                self._kept.keep_for_good((engine, model))
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
        """Have a speculative request answered as a final one is: in its turn among the finals, and certainly."""
        with self._changed:
            self._order.promote(request, self._written_seconds())

    def tells_places(self, engine: str) -> bool:
        """Whether the texts of the engine come with the places of their words; not all of a service's do."""
        return not self._engines.is_remote(engine)

    def waited_seconds(self, request: InferenceRequest) -> float:
        """How long other texts have been written while the request waited; 0 when it no longer waits."""
        with self._changed:
            job = self._order.find(request)
            return 0.0 if job is None else self._written_seconds() - job.asked_at_seconds

    def forget(self, session_id: SessionId) -> None:
        """Drop the session's waiting requests and what the models keep of it."""
        with self._changed:
            self._order.forget(session_id)
            self._ended.add(session_id)
            self._changed.notify_all()

    @contextmanager
    def holding(self, models: Collection[ModelName]) -> Iterator[None]:
        """Unload none of the models meanwhile; for whoever is about to use them."""
        with self._changed:
            self._kept.hold(models)
        try:
            yield
        finally:
            with self._changed:
                self._kept.release(models)
            self.tidy()

    def tidy(self) -> None:
        """Check whether a model can be unloaded, because a session has ended or uses another."""
        with self._changed:
            self._changed.notify_all()

    def stop_for_good(self) -> None:
        """Stop at the program's end; wait for the call that is being made, unless it may be cut off."""
        self.stop(0.0 if self._may_be_cut_off else None)

    def step(self) -> bool:
        """Do one piece of work if there is one, and return whether there was."""
        self._drop_ended()
        self._let_go_unused()
        if self._load_one(only_urgent=True) or self._write_next(only_hurried=True):
            return True
        return self._load_one(only_urgent=False) or self._write_next(only_hurried=False)

    def _let_go_unused(self) -> None:
        while True:
            with self._changed:
                name = self._surplus()
                if name is None:
                    return
                self._kept.note_gone(name)
            try:
                self._engines.open(*name).unload()
            except Exception:  # nobody waits for this, and the model is loaded again where it is needed
                _LOGGER.exception("The model %s could not be let go", name[1])

    def _surplus(self) -> ModelName | None:
        used = (self._in_use, lambda: self._order.models, lambda: self._writer.models, self._loads.names)
        return self._kept.surplus(used)

    def _load(self, engine: str, model: str, *, is_urgent: bool) -> "Future[None]":
        with self._changed:
            is_working = self._thread is not None and not self._stopping
        return self._loads.ask(engine, model, fetches=is_working, is_urgent=is_urgent)

    def _load_one(self, *, only_urgent: bool) -> bool:
        load = self._loads.take(only_urgent=only_urgent)
        if load is not None:
            self._loads.perform(load)
        return load is not None

    def _write_next(self, *, only_hurried: bool) -> bool:
        with self._changed:
            jobs = self._order.take(self._can_be_done, self._writer.most_together, only_hurried=only_hurried)
            waits = [self._written_seconds() - job.asked_at_seconds for job in jobs]
        if jobs:
            self._answer(jobs, waits)
        return bool(jobs)

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
            self._loads.has_any()
            or bool(self._ended)
            or any(self._can_be_done(job.request) for job in self._order)
            or self._surplus() is not None
        )

    def _can_be_done(self, request: InferenceRequest) -> bool:
        """Whether the request's model can write: it is not being fetched."""
        return not self._loads.is_fetching(request.engine, request.model)

    def _written_seconds(self) -> float:
        """The clock by which texts wait: it runs while texts are written, and stands while models are loaded."""
        return self._writing.until(self._monotonic())

    def _drop_ended(self) -> None:
        with self._changed:
            ended, self._ended = self._ended, set()
        if ended:
            self._writer.drop_sessions(ended)

    def _answer(self, jobs: Sequence[Job], waits: Sequence[float]) -> None:
        with self._changed:
            self._writing.begin(self._monotonic())
        outcomes = self._writer.write([job.request for job in jobs])
        with self._changed:
            seconds = self._writing.end(self._monotonic())
        for job, outcome, waited_seconds in zip(jobs, outcomes, waits, strict=True):
            job.deliver(
                InferenceResult(
                    request=job.request, outcome=outcome, inference_seconds=seconds, waited_seconds=waited_seconds
                )
            )

    def _note_use(self, name: ModelName) -> None:
        with self._changed:
            self._kept.note_use(name)


_QUEUES: WeakSet[InferenceQueue] = WeakSet()


@atexit.register
def _stop_all() -> None:
    """Wait for the calls that are being made: an interpreter that ends during a model's call aborts the program."""
    for queue in list(_QUEUES):
        queue.stop_for_good()


os.register_at_fork(after_in_child=_QUEUES.clear)  # a fork has none of its parent's threads, and waits for none
