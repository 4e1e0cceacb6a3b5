"""One thread owns the models: it loads them, and makes every call to them, the most urgent first."""

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from itertools import chain
from typing import NamedTuple
from weakref import WeakSet

from realtime_mlx_stt.application.inference_decoders import DecoderKey, in_session, outlives
from realtime_mlx_stt.application.messages import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.speech_to_text import (
    SpeechToText,
    SpeechToTextEngines,
    SpeechToTextError,
    UtteranceDecoder,
)

__all__ = ["InferenceQueue"]

_LOGGER = logging.getLogger(__name__)

_Deliver = Callable[[InferenceResult], None]
_Job = tuple[InferenceRequest, _Deliver]


class _Load(NamedTuple):
    """A model that is to be loaded, for all who asked for it."""

    engine: str
    model: str
    speech_to_text: SpeechToText
    future: "Future[None]"


class InferenceQueue:
    """Finals before speculative finals before partials; of a session's partials only the newest waits.

    Thread-safe. ``step`` does one piece of work on the calling thread, so that tests need no other; ``start``
    runs it on a thread of the queue's own, called ``name``. All work must be done on one and the same thread.
    ``may_be_cut_off`` says that the program may end in the midst of a call: what waits for the network may be
    left, native code that computes may not.
    """

    def __init__(
        self, engines: SpeechToTextEngines, name: str = "inference", *, may_be_cut_off: bool = False
    ) -> None:
        self._engines = engines
        self._name = name
        self._may_be_cut_off = may_be_cut_off
        self._changed = threading.Condition()
        self._fetches: list[_Load] = []
        self._loaded: set[tuple[str, str]] = set()
        self._loads: deque[_Load] = deque()
        self._loading: _Load | None = None
        self._finals: deque[_Job] = deque()
        self._speculative: dict[SessionId, _Job] = {}
        self._partials: dict[SessionId, _Job] = {}
        self._decoders: dict[DecoderKey, UtteranceDecoder] = {}
        self._ended: set[SessionId] = set()
        self._thread: threading.Thread | None = None
        self._stopping = False
        _QUEUES.add(self)

    @property
    def waiting_texts(self) -> int:
        """How many texts have been asked for and not been begun."""
        return len(self._finals) + len(self._speculative) + len(self._partials)

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
        speech_to_text = self._engines.open(engine, model)
        with self._changed:
            load = None if self._stopping else self._load_under_way(engine, model)
            if load is None:
                load = _Load(engine, model, speech_to_text, Future())
                self._enlist(load)
        self._refuse_if_stopped()
        return load.future

    def submit(self, request: InferenceRequest, deliver: _Deliver) -> None:
        """Have the request answered through ``deliver``, called on the owner thread; it must be quick."""
        with self._changed:
            if request.kind is InferenceKind.FINAL:
                self._finals.append((request, deliver))
                self._partials.pop(request.session_id, None)
            elif request.kind is InferenceKind.SPECULATIVE:
                self._speculative[request.session_id] = (request, deliver)
            else:
                self._partials[request.session_id] = (request, deliver)
            self._changed.notify_all()
        self._refuse_if_stopped()

    def promote(self, request: InferenceRequest) -> None:
        """Have a speculative request answered as a final one is: in its turn among the finals, and surely."""
        with self._changed:
            job = self._speculative.get(request.session_id)
            if job is not None and job[0] is request:
                del self._speculative[request.session_id]
                self._finals.append(job)

    def forget(self, session_id: SessionId) -> None:
        """Drop what still waits for the session and what the models keep of it."""
        with self._changed:
            self._speculative.pop(session_id, None)
            self._partials.pop(session_id, None)
            self._finals = deque(job for job in self._finals if job[0].session_id != session_id)
            self._ended.add(session_id)
            self._changed.notify_all()

    def stop_for_good(self) -> None:
        """Stop at the program's end, waiting for the call that is being made unless it may be cut off."""
        self.stop(0.0 if self._may_be_cut_off else None)

    def step(self) -> bool:
        """Do one piece of work if there is one; whether there was."""
        self._drop_ended()
        with self._changed:
            load = self._loading = self._loads.popleft() if self._loads else None
            job = None if load else self._next_job()
        if load is not None:
            self._perform(load)
        elif job is not None:
            self._answer(*job)
        return load is not None or job is not None

    def _load_under_way(self, engine: str, model: str) -> _Load | None:
        loads = (*self._fetches, *filter(None, (self._loading,)), *self._loads)
        wanted = (load for load in loads if (load.engine, load.model) == (engine, model))
        return next((load for load in wanted if not load.future.done()), None)

    def _enlist(self, load: _Load) -> None:
        """Have the model fetched, unless that was done or no thread works meanwhile, and then loaded."""
        is_at_hand = self._thread is None or (load.engine, load.model) in self._loaded
        (self._loads if is_at_hand else self._fetches).append(load)
        self._changed.notify_all()
        if not is_at_hand:
            threading.Thread(target=self._fetch, args=(load,), name=f"fetch-{load.model}", daemon=True).start()

    def _fetch(self, load: _Load) -> None:
        """Fetch the model and hand it on to be loaded; what waits for one that cannot be had is not woken."""
        failure: Exception | None = None
        try:
            self._engines.fetch(load.engine, load.model)
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asked
            failure = error
        with self._changed:
            if all(each is not load for each in self._fetches):
                return  # who asked was told that the queue stopped
            self._fetches = [each for each in self._fetches if each is not load]
            if failure is None:
                self._loads.append(load)
                self._changed.notify_all()
        if failure is not None and load.future.set_running_or_notify_cancel():
            load.future.set_exception(failure)

    def _perform(self, load: _Load) -> None:
        """Load the model; who asks for it when the future has ended has it loaded anew."""
        if not load.future.set_running_or_notify_cancel():
            return
        try:
            load.speech_to_text.load()
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asked
            load.future.set_exception(error)
        else:
            self._loaded.add((load.engine, load.model))
            load.future.set_result(None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._has_work())
                if self._stopping:
                    return
            self.step()

    def _refuse_if_stopped(self) -> None:
        if self._stopping:
            self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        """Answer everything that waits with an error, so that nobody waits for it any longer."""
        error = SpeechToTextError("The models are no longer running, because the program is ending.")
        with self._changed:
            jobs = [*self._finals, *self._speculative.values(), *self._partials.values()]
            loads = [*self._fetches, *self._loads]
            for waiting in (self._finals, self._speculative, self._partials, self._fetches, self._loads):
                waiting.clear()
        for request, deliver in jobs:
            deliver(InferenceResult(request=request, outcome=error, inference_seconds=0.0))
        for load in loads:
            if load.future.set_running_or_notify_cancel():
                load.future.set_exception(error)

    def _has_work(self) -> bool:
        jobs = chain(self._finals, self._speculative.values(), self._partials.values())
        return bool(self._loads or self._ended) or any(map(self._can_be_done, jobs))

    def _next_job(self) -> _Job | None:
        for place, job in enumerate(self._finals):
            if self._can_be_done(job):
                del self._finals[place]
                return job
        for waiting in (self._speculative, self._partials):
            ready = (session_id for session_id, job in waiting.items() if self._can_be_done(job))
            if (session_id := next(ready, None)) is not None:
                return waiting.pop(session_id)
        return None

    def _can_be_done(self, job: _Job) -> bool:
        """Whether its model is not just being fetched."""
        return all((each.engine, each.model) != (job[0].engine, job[0].model) for each in self._fetches)

    def _drop_ended(self) -> None:
        with self._changed:
            ended, self._ended = self._ended, set()
        if ended:
            self._decoders = {key: kept for key, kept in self._decoders.items() if key.session_id not in ended}

    def _answer(self, request: InferenceRequest, deliver: _Deliver) -> None:
        began = time.perf_counter()
        outcome = self._decode(request)
        seconds = time.perf_counter() - began
        deliver(InferenceResult(request=request, outcome=outcome, inference_seconds=seconds))

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


_QUEUES: WeakSet[InferenceQueue] = WeakSet()


@atexit.register
def _stop_all() -> None:
    """Wait for the calls that are being made: an interpreter that ends under a model's feet aborts the program."""
    for queue in list(_QUEUES):
        queue.stop_for_good()


os.register_at_fork(after_in_child=_QUEUES.clear)  # a fork has none of its parent's threads, and waits for none
