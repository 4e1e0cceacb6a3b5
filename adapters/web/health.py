"""Reports whether the server lives, and whether it can write texts at once."""

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

from flask import Flask, Response, jsonify

from realtime_mlx_stt.adapters.web.client_settings import client_configuration
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE, Problem, problem_document
from realtime_mlx_stt.adapters.web.problems import problem_of
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["ModelLoading", "begin_loading", "register"]

_LOGGER = logging.getLogger(__name__)

_EXTENSION: Final = "realtime_mlx_stt.model_loading"
_RETRY_SECONDS: Final = 10.0
"""How long after a failed loading the next question about it starts another attempt."""

_NOT_BEGUN: Final = Problem(status=503, code="model-not-loaded", detail="No model has been asked for yet.")
_LOADING: Final = Problem(
    status=503,
    code="model-loading",
    detail="The model of the default profile is being loaded; ask again in a moment.",
    headers={"Retry-After": "1"},
)
_CLOSING: Final = Problem(status=503, code="server-closing", detail="The server is about to end.")


class ModelLoading:
    """Loads the model of the default profile for good, in the background. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._problem: Problem | None = _NOT_BEGUN
        self._failed_at = 0.0

    @property
    def problem(self) -> Problem | None:
        """Why texts cannot be written at once; None when they can. After a failure it is tried again."""
        with self._lock:
            problem = self._problem
            has_failed = problem not in (None, _NOT_BEGUN, _LOADING)
        if has_failed and time.monotonic() - self._failed_at > _RETRY_SECONDS:
            self.begin()
        return problem

    def begin(self) -> None:
        """Begin to load the model, unless it is being loaded or is there."""
        with self._lock:
            if self._problem in (None, _LOADING):
                return
            self._problem = _LOADING
        threading.Thread(target=self._load, name="model-loading", daemon=True).start()

    def _load(self) -> None:
        """Ask for the model, on a thread of its own: finding out which one it is may import much."""
        orchestrator = self._context.services.orchestrator
        try:
            settings = client_configuration(self._context, None).settings
            orchestrator.load_model(settings, for_good=True).add_done_callback(self._note)
        except Exception as error:  # noqa: BLE001 - whoever asks is told
            self._note_failure(error)

    def _note(self, loaded: "Future[None]") -> None:
        error = loaded.exception()
        if isinstance(error, Exception):
            self._note_failure(error)
        else:
            self._set(None)

    def _note_failure(self, error: Exception) -> None:
        defect = None if isinstance(error, RealtimeSttError) else error
        _LOGGER.error("The model of the default profile cannot be loaded: %s", error, exc_info=defect)
        self._failed_at = time.monotonic()
        self._set(replace(problem_of(error), status=503))

    def _set(self, problem: Problem | None) -> None:
        with self._lock:
            self._problem = problem


def begin_loading(app: Flask) -> None:
    """Have the model of the default profile loaded, so that the first session need not wait for it."""
    loading: ModelLoading = app.extensions[_EXTENSION]
    loading.begin()


def register(app: Flask, context: WebContext) -> None:
    """Add ``/health`` and ``/ready``."""
    loading = ModelLoading(context)
    app.extensions[_EXTENSION] = loading

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @app.get("/ready")
    def ready() -> Response:
        problem = _CLOSING if context.closing.is_announced else loading.problem
        if problem is None or (problem is _NOT_BEGUN and not context.config.auto_start):
            return jsonify(status="ready", profile=context.config.default_profile)
        answer = jsonify(problem_document(problem))
        answer.status_code = problem.status
        answer.headers.extend({"Cache-Control": "no-store", **problem.headers})
        answer.content_type = PROBLEM_TYPE
        return answer
