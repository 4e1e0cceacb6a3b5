"""Fetches models on threads of their own, and reports their progress."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from realtime_mlx_stt.adapters.web.problems import RefusedRequestError, problem_of
from realtime_mlx_stt.adapters.web.services import WebServices
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["ModelPullNotFoundError", "ModelPulls", "PullState", "PullStatus", "TooManyPullsError"]

_LOGGER = logging.getLogger(__name__)

_MOST_RUNNING: Final = 4
_MOST_KEPT: Final = 100


class ModelPullNotFoundError(RefusedRequestError):
    """No model is, or was lately, fetched under that number."""

    code = "model-pull-not-found"
    http_status = 404


class TooManyPullsError(RefusedRequestError):
    """As many models are being fetched as may be at a time."""

    code = "too-many-pulls"
    http_status = 429


class PullState(StrEnum):
    """How it stands with the fetching of a model."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullStatus:
    """How far the fetching of a model has got.

    ``step``: what is being done now. ``done_bytes`` of ``total_bytes``: of that step; null when it is not known.
    ``code`` and ``message``: what went wrong, null unless it failed. ``revision`` grows with every change.
    """

    pull_id: str
    name: str
    state: PullState = PullState.RUNNING
    step: str = ""
    done_bytes: int = 0
    total_bytes: int | None = None
    code: str | None = None
    message: str | None = None
    revision: int = 1


class ModelPulls:
    """Fetches models, each on one thread, and no model twice at a time. Thread-safe.

    The threads are daemons: a fetch cannot be interrupted, and the repository keeps what was fetched by then.
    """

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._changed = threading.Condition()
        self._statuses: dict[str, PullStatus] = {}
        self._begun = 0

    def begin(self, name: str) -> PullStatus:
        """Fetch the model, or join a fetch of it that is going on.

        Raises:
            TooManyPullsError.
        """
        with self._changed:
            running = [status for status in self._statuses.values() if status.state is PullState.RUNNING]
            same = next((status for status in running if status.name == name), None)
            if same is not None:
                return same
            if len(running) >= _MOST_RUNNING:
                raise TooManyPullsError(f"{_MOST_RUNNING} models are being fetched; try again when one is there.")
            self._begun += 1
            status = PullStatus(pull_id=str(self._begun), name=name)
            self._keep(status)
        threading.Thread(target=self._pull, args=(status,), name=f"pull-{name}", daemon=True).start()
        return status

    def status(self, pull_id: str) -> PullStatus:
        """The progress of the fetch.

        Raises:
            ModelPullNotFoundError.
        """
        with self._changed:
            status = self._statuses.get(pull_id)
        if status is None:
            raise ModelPullNotFoundError(f"No model is being fetched under the number {pull_id!r}.")
        return status

    def all(self) -> tuple[PullStatus, ...]:
        """The latest fetches, the oldest first."""
        with self._changed:
            return tuple(self._statuses.values())

    def wait(
        self,
        pull_id: str,
        revision: int,
        timeout_seconds: float,
        gives_up: Callable[[], bool] = lambda: False,
    ) -> PullStatus:
        """The progress, as soon as its revision is another than ``revision``, or after the timeout.

        ``gives_up`` is asked after each ``wake``; if it is true, this returns at once.

        Raises:
            ModelPullNotFoundError.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._revision(pull_id) != revision or gives_up(), timeout_seconds)
        return self.status(pull_id)

    def wake(self) -> None:
        """Have everybody who waits ask ``gives_up``."""
        with self._changed:
            self._changed.notify_all()

    def _revision(self, pull_id: str) -> int:
        status = self._statuses.get(pull_id)
        return 0 if status is None else status.revision

    def _pull(self, status: PullStatus) -> None:
        def tell(step: str, done_bytes: int, total_bytes: int | None) -> None:
            self._change(status.pull_id, step=step, done_bytes=done_bytes, total_bytes=total_bytes)

        try:
            self._services.models.pull(status.name, tell)
        except RealtimeSttError as error:
            self._fail(status.pull_id, error)
        except Exception as error:
            _LOGGER.exception("Fetching the model %s met a defect.", status.name)
            self._fail(status.pull_id, error)
        else:
            self._change(status.pull_id, state=PullState.DONE)

    def _fail(self, pull_id: str, error: Exception) -> None:
        problem = problem_of(error)
        self._change(pull_id, state=PullState.FAILED, code=problem.code, message=problem.detail)

    def _change(self, pull_id: str, **changes: object) -> None:
        with self._changed:
            before = self._statuses[pull_id]
            self._statuses[pull_id] = replace(before, revision=before.revision + 1, **changes)  # type: ignore[arg-type]
            self._changed.notify_all()

    def _keep(self, status: PullStatus) -> None:
        """Add one fetch, and forget the oldest that are over."""
        self._statuses[status.pull_id] = status
        over = [each.pull_id for each in self._statuses.values() if each.state is not PullState.RUNNING]
        if len(self._statuses) > _MOST_KEPT:
            del self._statuses[over[0]]
