"""Runs several texts' computations side by side on one thread; what they ask for alike is computed at once.

Each computation is written as if it were alone. Where it asks for something that can be computed for several at
once it stops; when all have stopped, one of the things asked for is computed for everybody who waits for it. Each
computation is a greenlet, a function that can be left in the middle and gone on with, on the caller's thread.
"""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from itertools import accumulate
from typing import Any, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

__all__ = ["Computation", "computed", "rows_of_each", "side_by_side"]

Asked = TypeVar("Asked")
Made = TypeVar("Made")

Computation = Callable[[Sequence[Asked]], Sequence[Made]]
"""Computes something for several at once: one result for each thing that was asked, in the same order.

Where it fails for several it is done again for each alone, so that one costs the others nothing.
"""


def computed(computation: Computation[Asked, Made], asked: Asked) -> Made:
    """What the computation makes of ``asked``, together with what others ask it that run side by side with this.

    Equal computations are done together. Raises whatever the computation does.
    """
    task = getcurrent()
    if isinstance(task, _Task):
        made: Made = task.hub.switch((computation, asked))
        return made
    return computation([asked])[0]


def side_by_side(tasks: Sequence[Callable[[], Made]]) -> list[Made | Exception]:
    """The result of each task, or what it raised, in the order of the tasks.

    What the fewest wait for is computed first, so that they catch up and more wait for the next thing.
    """
    running = [_Task(task) for task in tasks]
    try:
        _run(running)
    finally:
        for task in running:
            if not task.dead:  # left in the middle, it would keep its memory for good
                task.throw(GreenletExit)
    return [task.outcome for task in running]


def _run(running: "Sequence[_Task]") -> None:
    asked = {task: task.switch() for task in running}
    while waiting := _waiting(running, asked):
        computation, members = min(waiting, key=lambda group: len(group[1]))
        for task, answer in zip(members, _answers(computation, [asked[task][1] for task in members]), strict=True):
            asked[task] = task.throw(answer) if isinstance(answer, Exception) else task.switch(answer)


def rows_of_each(lengths: Sequence[int]) -> list[slice]:
    """Where each lies, if as many rows as its length says are put one behind the other."""
    ends = [*accumulate(lengths)]
    return [slice(end - length, end) for length, end in zip(lengths, ends, strict=True)]


class _Task(greenlet):
    """A task, and what came of it when it is dead."""

    def __init__(self, task: Callable[[], Any]) -> None:
        super().__init__()
        self.gr_context = copy_context()
        self.hub = getcurrent()
        self._task = task
        self.outcome: Any = None

    def run(self) -> None:
        try:
            self.outcome = self._task()
        except Exception as error:  # noqa: BLE001 - whoever asked for all of them decides what an error costs
            self.outcome = error


def _waiting(running: Sequence[_Task], asked: dict[_Task, Any]) -> list[tuple[Computation[Any, Any], list[_Task]]]:
    """What is waited for, and by whom."""
    groups: list[tuple[Computation[Any, Any], list[_Task]]] = []
    for task in running:
        if task.dead:
            continue
        wanted = asked[task][0]
        members = next((members for computation, members in groups if computation == wanted), None)
        if members is None:
            groups.append((wanted, [task]))
        else:
            members.append(task)
    return groups


def _answers(computation: Computation[Any, Any], asked: Sequence[Any]) -> Sequence[Any]:
    """What is made of each thing that is asked for, or the error of each for which it fails."""
    try:
        return computation(asked)
    except Exception as error:  # noqa: BLE001 - it is raised again in the one that it is about
        if len(asked) == 1:
            return [error]
        return [answer for one in asked for answer in _answers(computation, [one])]
