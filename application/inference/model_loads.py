"""Loads models: each is fetched on a thread of its own, then loaded on the thread that uses it."""

import threading
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

from realtime_mlx_stt.application.inference.kept_models import KeptModels, ModelName
from realtime_mlx_stt.ports.speech_to_text import SpeechToText, SpeechToTextEngines

__all__ = ["ModelLoad", "ModelLoads"]


class ModelLoad(NamedTuple):
    """A model that is to be loaded, for all who asked for it."""

    engine: str
    model: str
    speech_to_text: SpeechToText
    future: "Future[None]"


class ModelLoads:
    """The models that are being fetched or wait to be loaded. Thread-safe by ``changed``, as ``kept`` is.

    Whoever asks before the attempt is over gets the same future, so that all see one outcome. ``changed`` is
    notified when a fetched model waits to be loaded.
    """

    def __init__(self, engines: SpeechToTextEngines, changed: threading.Condition, kept: KeptModels) -> None:
        self._engines = engines
        self._changed = changed
        self._kept = kept
        self._fetches: list[ModelLoad] = []
        self._waiting: deque[ModelLoad] = deque()
        self._loading: ModelLoad | None = None
        self._unhurried: set[ModelName] = set()
        self._refusal: Exception | None = None

    def ask(self, engine: str, model: str, *, fetches: bool, is_urgent: bool) -> "Future[None]":
        """Have the model loaded; it is fetched before on a thread of its own, unless loaded or ``fetches`` is off.

        A model that is not ``is_urgent`` is loaded when nothing urgent waits, or when somebody asks for it
        urgently.

        Raises:
            UnknownEngineError, UnknownModelError: there is no such thing.
        """
        speech_to_text = self._engines.open(engine, model)
        with self._changed:
            load = None if self._refusal else self._under_way(engine, model)
            if is_urgent:
                self._unhurried.discard((engine, model))
            elif load is None:
                self._unhurried.add((engine, model))
            if load is None:
                load = ModelLoad(engine, model, speech_to_text, Future())
                self._enlist(load, fetches=fetches)
            self._changed.notify_all()
        return load.future

    def is_fetching(self, engine: str, model: str) -> bool:
        """Whether the model is being fetched, so that it cannot write yet."""
        return any((each.engine, each.model) == (engine, model) for each in self._fetches)

    def has_any(self) -> bool:
        """Whether a model waits to be loaded."""
        return bool(self._waiting)

    def names(self) -> frozenset[ModelName]:
        """The models that are being fetched, wait to be loaded or are just being loaded."""
        return frozenset(_name(load) for load in self._all())

    def take(self, *, only_urgent: bool) -> ModelLoad | None:
        """The next model to be loaded, which must be performed; ``only_urgent`` skips those that can wait."""
        with self._changed:
            wanted = (load for load in self._waiting if not (only_urgent and _name(load) in self._unhurried))
            load = next(wanted, None)
            if load is not None:
                self._waiting = deque(each for each in self._waiting if each is not load)
                self._loading = load
            return load

    def perform(self, load: ModelLoad) -> None:
        """Load the model; a request for it after the future has ended loads it anew."""
        try:
            if load.future.set_running_or_notify_cancel():
                self._load(load)
        finally:
            self._loading = None

    def refuse(self, error: Exception) -> None:
        """Have all that waits, and all that is asked for from now on, end with the error."""
        with self._changed:
            self._refusal = error
            loads = [*self._fetches, *self._waiting]
            self._fetches.clear()
            self._waiting.clear()
        for load in loads:
            if load.future.set_running_or_notify_cancel():
                load.future.set_exception(error)

    def _load(self, load: ModelLoad) -> None:
        try:
            load.speech_to_text.load()
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asked
            load.future.set_exception(error)
        else:
            with self._changed:
                self._kept.note_use(_name(load))
            load.future.set_result(None)

    def _under_way(self, engine: str, model: str) -> ModelLoad | None:
        wanted = (load for load in self._all() if _name(load) == (engine, model))
        return next((load for load in wanted if not load.future.done()), None)

    def _all(self) -> tuple[ModelLoad, ...]:
        return (*self._fetches, *filter(None, (self._loading,)), *self._waiting)

    def _enlist(self, load: ModelLoad, *, fetches: bool) -> None:
        if self._refusal is not None:
            load.future.set_exception(self._refusal)
            return
        if not fetches or _name(load) in self._kept:
            self._waiting.append(load)
            return
        self._fetches.append(load)
        threading.Thread(target=self._fetch, args=(load,), name=f"fetch-{load.model}", daemon=True).start()

    def _fetch(self, load: ModelLoad) -> None:
        """Fetch the model and hand it on to be loaded; if that fails, texts that wait for it are not woken."""
        failure: Exception | None = None
        try:
            self._engines.fetch(load.engine, load.model)
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asked
            failure = error
        with self._changed:
            if all(each is not load for each in self._fetches):
                return  # who asked was told that nothing is loaded any more
            self._fetches = [each for each in self._fetches if each is not load]
            if failure is None:
                self._waiting.append(load)
                self._changed.notify_all()
        if failure is not None and load.future.set_running_or_notify_cancel():
            load.future.set_exception(failure)


def _name(load: ModelLoad) -> ModelName:
    return load.engine, load.model
