"""Gives each engine an inference queue and thread of its own: waiting for the network delays no local model."""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from realtime_mlx_stt.application.inference.kept_models import ModelName, models_of
from realtime_mlx_stt.application.inference.queue import InferenceQueue
from realtime_mlx_stt.application.inference.requests import InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines

__all__ = ["InferenceLanes"]


class InferenceLanes:
    """Hands each request to the queue of its engine, which is made when the engine is first asked for. Thread-safe.

    The threads are named ``inference-`` and the engine. Requests of different engines overtake each other.
    ``in_use`` names the models of all engines that sessions use, which are not unloaded; it must be quick.
    """

    def __init__(
        self, engines: SpeechToTextEngines, in_use: Callable[[], Collection[ModelName]] = frozenset
    ) -> None:
        self._engines = engines
        self._in_use = in_use
        self._lanes: dict[str, InferenceQueue] = {}
        self._lock = threading.Lock()
        self._started = False
        self._stopped = False

    @property
    def waiting_texts(self) -> int:
        """How many texts, of all engines, have been asked for and not been begun."""
        with self._lock:
            return sum(lane.waiting_texts for lane in self._lanes.values())

    @property
    def loaded_models(self) -> tuple[ModelName, ...]:
        """The models that are loaded: engine by engine, the least recently used first."""
        with self._lock:
            return tuple(name for lane in self._lanes.values() for name in lane.loaded_models)

    def start(self) -> None:
        """Work on threads until the stop, also for engines that are asked for later; idempotent."""
        with self._lock:
            self._started = True
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.start()

    def stop(self, timeout_seconds: float = 1.0) -> bool:
        """Take up no more work, for good; False if any thread is still inside a call after the timeout."""
        with self._lock:
            self._stopped = True
            lanes = list(self._lanes.values())
        deadline = time.monotonic() + timeout_seconds
        for lane in lanes:
            lane.stop(0.0)
        return all(lane.stop(max(0.0, deadline - time.monotonic())) for lane in lanes)

    def load(self, engine: str, model: str, *, for_good: bool = False) -> "Future[None]":
        """Have the model loaded before its engine does other work; the future ends with the error if it cannot be.

        ``for_good`` keeps it loaded, used or not.

        Raises:
            SpeechToTextError, UnknownModelError: it is plain already that it cannot be.
        """
        self._engines.open(engine, model)  # before there is a thread for it
        return self._lane(engine).load(engine, model, for_good=for_good)

    def prepare(self, engine: str, model: str) -> "Future[None]":
        """``load`` for a model that may be needed: it is loaded when no final text of a live speaker waits.

        Raises:
            SpeechToTextError, UnknownModelError: it is plain already that it cannot be.
        """
        self._engines.open(engine, model)
        return self._lane(engine).prepare(engine, model)

    def submit(self, request: InferenceRequest, deliver: Callable[[InferenceResult], None]) -> None:
        """Have the request answered through ``deliver``, called on the engine's thread; it must be quick."""
        self._lane(request.engine).submit(request, deliver)

    def promote(self, request: InferenceRequest) -> None:
        """Have a speculative request answered as a final one is."""
        self._lane(request.engine).promote(request)

    def tells_places(self, engine: str) -> bool:
        """Whether the texts of the engine come with the places of their words."""
        return self._lane(engine).tells_places(engine)

    def waited_seconds(self, request: InferenceRequest) -> float:
        """How long other texts have been written while the request waited; 0 when it no longer waits."""
        return self._lane(request.engine).waited_seconds(request)

    def forget(self, session_id: SessionId) -> None:
        """Drop the session's waiting requests and what the models keep of it."""
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.forget(session_id)

    @contextmanager
    def holding(self, settings: TranscriptionSettings) -> Iterator[None]:
        """Let none of the models go meanwhile that a session with these settings uses.

        Raises:
            SpeechToTextError, UnknownModelError: it is plain already that the model cannot be had.
        """
        self._engines.open(settings.engine, settings.model)  # before there is a thread for it
        with self._lane(settings.engine).holding(models_of(settings)):
            yield

    def tidy(self) -> None:
        """Check whether models can be unloaded, because a session has ended or uses others."""
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.tidy()

    def _lane(self, engine: str) -> InferenceQueue:
        with self._lock:
            if engine not in self._lanes:
                self._lanes[engine] = self._opened(engine)
            return self._lanes[engine]

    def _opened(self, engine: str) -> InferenceQueue:
        """Make the engine's lane, started or refusing work as the others are."""
        is_remote = self._engines.is_remote(engine)
        name = f"inference-{engine}"
        lane = InferenceQueue(self._engines, name, may_be_cut_off=is_remote, in_use=self._in_use)
        if self._started:
            lane.start()
        if self._stopped:
            lane.stop(0.0)
        return lane
