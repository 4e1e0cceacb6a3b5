"""``SessionProblemError``: what programs do with an exception beside catching it."""

import copy
import pickle
from collections.abc import Callable

import pytest

from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError, problem_of
from realtime_mlx_stt.domain.events import SessionFailed


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_it_can_be_copied_and_sent_to_another_process(
    copied: Callable[[SessionProblemError], SessionProblemError],
) -> None:
    problem = problem_of(
        SessionFailed(code="speech-to-text", message="The model ran into a wall.", captured_samples=0)
    )
    assert problem is not None
    problem.add_note("of a test")
    other = copied(problem)
    assert type(other) is SessionProblemError
    assert (str(other), other.code, other.event) == (str(problem), problem.code, problem.event)
    assert vars(other) == vars(problem)
