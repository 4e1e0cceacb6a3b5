"""Decides which waiting texts are written next: the most urgent kind first, and the sessions in turn."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from realtime_mlx_stt.application.inference.kept_models import ModelName
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["Job", "JobOrder"]

_HURRIED: Final = 2
"""How many of the ranks, counted from the first, are texts on which the final text of a live speaker depends."""


class Job(NamedTuple):
    """A text to be written, and who receives it.

    ``asked_at_seconds`` is when it was asked for, by the clock of whoever asks. ``is_owed`` says that it must be
    answered; a job that is not owed is replaced by a newer one of its kind and session.
    """

    request: InferenceRequest
    deliver: Callable[[InferenceResult], None]
    asked_at_seconds: float
    is_owed: bool


class JobOrder:
    """The texts that wait, in four ranks; within each rank the sessions take turns. Not thread-safe.

    1. Final texts of live speakers.
    2. Final texts that are prepared at live speakers' pauses.
    3. Hypotheses of live speakers, only the newest of each, in turn with final texts for which no live speaker
    waits: those of files that are heard as fast as possible, and those that are written again.
    4. Hypotheses of such files.

    The session that has waited longest since its last turn is next, and one of its texts is written. So a text
    waits for at most one text of each other session of its rank, and for those before it of its own session,
    however many texts the others ask for.

    If that text is a hypothesis, others are written with it, as many as the model takes at once: those by the same
    model that are their session's next text in that rank, in the order of the turns. Final texts are written alone.
    """

    def __init__(self) -> None:
        self._ranks = (_Turns(), _Turns(), _Turns(), _Turns())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Job]:
        return chain.from_iterable(self._ranks)

    @property
    def models(self) -> frozenset[ModelName]:
        """The models that are to write them."""
        return frozenset((job.request.engine, job.request.model) for job in self)

    def add(
        self, request: InferenceRequest, deliver: Callable[[InferenceResult], None], now_seconds: float
    ) -> None:
        """Let the request wait; a final text removes its session's waiting hypothesis, now of no use."""
        is_final = request.kind is InferenceKind.FINAL
        if is_final:
            for turns in self._ranks:
                turns.drop(request.session_id, InferenceKind.PARTIAL)
        self._insert(Job(request, deliver, now_seconds, is_owed=is_final))

    def promote(self, request: InferenceRequest, now_seconds: float) -> None:
        """Make a waiting request a final one: it takes its turn among the finals and will be answered."""
        job = self.find(request)
        if job is not None and not job.is_owed:
            for turns in self._ranks:
                turns.remove(job)
            self._insert(job._replace(asked_at_seconds=now_seconds, is_owed=True))

    def find(self, request: InferenceRequest) -> Job | None:
        """The request's job if it still waits."""
        return next((job for job in self if job.request is request), None)

    def take(
        self,
        can_be_done: Callable[[InferenceRequest], bool],
        most_together: Callable[[InferenceRequest], int],
        *,
        only_hurried: bool = False,
    ) -> list[Job]:
        """Remove and return the next job that can be done, and those that are to be written with it.

        ``most_together`` says how many the model of a hypothesis takes at once. ``only_hurried`` looks at the first
        two ranks.
        """
        for turns in self._ranks[:_HURRIED] if only_hurried else self._ranks:
            jobs = turns.take(can_be_done, most_together)
            if jobs:
                return jobs
        return []

    def forget(self, session_id: SessionId) -> None:
        """Drop all that waits for the session."""
        for turns in self._ranks:
            turns.drop(session_id)

    def clear(self) -> list[Job]:
        """Drop all jobs and return them."""
        dropped = list(self)
        for turns in self._ranks:
            turns.clear()
        return dropped

    def _insert(self, job: Job) -> None:
        self._ranks[_rank(job)].add(job)


def _rank(job: Job) -> int:
    is_partial = job.request.kind is InferenceKind.PARTIAL
    if not job.request.is_live:
        return 3 if is_partial else 2
    if job.is_owed:
        return 0
    return 2 if is_partial else 1


class _Turns:
    """The jobs of one rank by session; the session whose turn it is comes first."""

    def __init__(self) -> None:
        self._jobs: dict[SessionId, list[Job]] = {}

    def __iter__(self) -> Iterator[Job]:
        return chain.from_iterable(self._jobs.values())

    def add(self, job: Job) -> None:
        """Put the job behind those of its session, or in the place of an older one that it replaces."""
        jobs = self._jobs.setdefault(job.request.session_id, [])
        older = (place for place, other in enumerate(jobs) if _is_replaced(other, job))
        place = next(older, None)
        if place is None:
            jobs.append(job)
        else:
            jobs[place] = job

    def take(
        self, can_be_done: Callable[[InferenceRequest], bool], most_together: Callable[[InferenceRequest], int]
    ) -> list[Job]:
        """Remove and return what is to be written next, sessions taking turns; those that are served go last."""
        taken = _written_together(self._next_jobs(can_be_done), most_together)
        for job in taken:
            self._serve(job)
        return taken

    def remove(self, job: Job) -> None:
        """Remove the job if it is here."""
        self._keep(job.request.session_id, lambda other: other is not job)

    def drop(self, session_id: SessionId, kind: InferenceKind | None = None) -> None:
        """Remove the session's jobs of the kind, or all of them."""
        self._keep(session_id, lambda other: kind is not None and other.request.kind is not kind)

    def clear(self) -> None:
        """Remove all."""
        self._jobs.clear()

    def _next_jobs(self, can_be_done: Callable[[InferenceRequest], bool]) -> Iterator[Job]:
        """The next job of each session, in the order of their turns."""
        for jobs in self._jobs.values():
            yield from islice((job for job in jobs if can_be_done(job.request)), 1)

    def _serve(self, job: Job) -> None:
        self.remove(job)
        left = self._jobs.pop(job.request.session_id, None)
        if left:
            self._jobs[job.request.session_id] = left

    def _keep(self, session_id: SessionId, is_kept: Callable[[Job], bool]) -> None:
        kept = [job for job in self._jobs.get(session_id, ()) if is_kept(job)]
        if kept:
            self._jobs[session_id] = kept
        else:
            self._jobs.pop(session_id, None)


def _written_together(following: Iterator[Job], most_together: Callable[[InferenceRequest], int]) -> list[Job]:
    """The first of the jobs, if there is one, and those of the others that are written with it."""
    first = next(following, None)
    if first is None:
        return []
    if first.request.kind is not InferenceKind.PARTIAL:
        return [first]
    like_it = (job for job in following if _wants(job.request) == _wants(first.request))
    return [first, *islice(like_it, max(0, most_together(first.request) - 1))]


def _wants(request: InferenceRequest) -> tuple[InferenceKind, str, str]:
    return request.kind, request.engine, request.model


def _is_replaced(older: Job, newer: Job) -> bool:
    """Whether ``newer`` replaces ``older``: both are of one kind, and neither must be answered."""
    return not (older.is_owed or newer.is_owed) and older.request.kind is newer.request.kind
