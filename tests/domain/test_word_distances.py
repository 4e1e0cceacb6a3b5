"""The distance of words from the beginnings of others."""

from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.domain.word_distances import distances_from_beginnings

words = st.lists(st.sampled_from(["ask", "not", "what"]), max_size=6)


def test_each_beginning_has_its_own() -> None:
    assert distances_from_beginnings(["howdy", "married"], ["had", "he", "married", "a"]) == [2, 2, 2, 2, 3]
    assert distances_from_beginnings([], ["had", "he"]) == [0, 1, 2]
    assert distances_from_beginnings(["had", "he"], []) == [2]


@given(said=words, more=words)
def test_a_beginning_is_no_change_away(said: list[str], more: list[str]) -> None:
    distances = distances_from_beginnings(said, said + more)

    assert distances[len(said)] == 0
    assert all(distance >= abs(place - len(said)) for place, distance in enumerate(distances))


@given(first=words, second=words)
def test_it_is_as_far_there_as_back(first: list[str], second: list[str]) -> None:
    assert distances_from_beginnings(first, second)[-1] == distances_from_beginnings(second, first)[-1]
