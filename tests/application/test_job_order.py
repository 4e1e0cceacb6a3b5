"""Whatever is asked for and whenever: urgent texts first, sessions in turn, and nothing that is owed is lost."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime_mlx_stt.application.inference.job_order import Job, JobOrder
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId

MODELS = ("tiny.en", "base")
FILES = ("file-1", "file-2")
SESSIONS = ("live-1", "live-2", "live-3", *FILES)


def request(session: str, kind: InferenceKind, model: str = "tiny.en") -> InferenceRequest:
    return InferenceRequest(
        session_id=SessionId(session),
        utterance_id=UtteranceId(1),
        kind=kind,
        engine="mlx_whisper",
        model=model,
        audio=np.zeros(0, dtype=np.float32),
        start_sample=0,
        end_sample=0,
        is_live=session not in FILES,
    )


def ignore(_result: InferenceResult) -> None:
    """Nobody waits for it here."""


def anything(_request: InferenceRequest) -> bool:
    return True


def take(order: JobOrder, most_together: int = 1) -> list[InferenceRequest]:
    """What is taken from the order if everything can be done."""
    return [job.request for job in order.take(anything, lambda _request: most_together)]


def order_of(*requests: InferenceRequest) -> JobOrder:
    order = JobOrder()
    for each in requests:
        order.add(each, ignore, 0.0)
    return order


def rank(asked: InferenceRequest, *, is_owed: bool) -> int:
    """The four ranks, as ``JobOrder`` states them."""
    is_partial = asked.kind is InferenceKind.PARTIAL
    if not asked.is_live:
        return 4 if is_partial else 3
    if is_owed:
        return 1
    return 3 if is_partial else 2


@dataclass(eq=False)
class Waiting:
    """A request that should be waiting."""

    request: InferenceRequest
    is_owed: bool

    @property
    def place(self) -> tuple[SessionId, int]:
        """Where its session's turns in its rank are counted."""
        return self.request.session_id, rank(self.request, is_owed=self.is_owed)

    def written_with(self, other: "Waiting") -> bool:
        """Whether both may be written at once: they are hypotheses of two sessions of one rank, by one model."""
        (session, *mine), (other_session, *its) = (
            (*each.place, each.request.kind, each.request.model) for each in (self, other)
        )
        return self.request.kind is InferenceKind.PARTIAL and session != other_session and mine == its


@dataclass
class Turns:
    """Who was served since a session began to wait in a rank, or was last served there itself."""

    served: dict[tuple[SessionId, int], Counter[SessionId]] = field(default_factory=dict)

    def note(self, taken: list[Waiting], waiting: list[Waiting], ready: set[Waiting]) -> None:
        taken_rank = taken[0].place[1]
        for each in taken:
            self.served.pop(each.place, None)
        self.keep({each.place for each in waiting})
        sessions = {each.request.session_id for each in taken}
        for place in {each.place for each in ready}:
            if place[1] == taken_rank and place[0] not in sessions:
                served = self.served.setdefault(place, Counter())
                served.update(sessions)
                assert max(served.values()) == 1, f"somebody was served twice while {place[0]} waited: {served}"

    def keep(self, places: set[tuple[SessionId, int]]) -> None:
        """Forget whoever waits no more."""
        self.served = {place: counts for place, counts in self.served.items() if place in places}


@settings(max_examples=60, stateful_step_count=60)
class JobOrderMachine(RuleBasedStateMachine):
    """Random requests against a plain list of what should be waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.order = JobOrder()
        self.waiting: list[Waiting] = []
        self.turns = Turns()

    @rule(
        session=st.sampled_from(SESSIONS), kind=st.sampled_from(list(InferenceKind)), model=st.sampled_from(MODELS)
    )
    def ask(self, session: str, kind: InferenceKind, model: str) -> None:
        asked = request(session, kind, model)
        self.order.add(asked, ignore, 0.0)
        gone = InferenceKind.PARTIAL if kind is InferenceKind.FINAL else kind
        self.waiting = [
            each
            for each in self.waiting
            if each.is_owed or each.request.session_id != session or each.request.kind is not gone
        ]
        self.waiting.append(Waiting(asked, is_owed=kind is InferenceKind.FINAL))
        self.turns.keep({each.place for each in self.waiting})

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def promote(self, data: st.DataObject) -> None:
        speculations = [each for each in self.waiting if each.request.kind is InferenceKind.SPECULATIVE]
        if speculations:
            chosen = data.draw(st.sampled_from(speculations))
            self.order.promote(chosen.request, 1.0)
            chosen.is_owed = True
            self.turns.keep({each.place for each in self.waiting})

    @rule(session=st.sampled_from(SESSIONS))
    def forget(self, session: str) -> None:
        self.order.forget(SessionId(session))
        self.waiting = [each for each in self.waiting if each.request.session_id != session]
        self.turns.keep({each.place for each in self.waiting})

    @rule(
        models=st.sets(st.sampled_from(MODELS)),
        most=st.fixed_dictionaries({model: st.integers(1, 4) for model in MODELS}),
        only_hurried=st.booleans(),
    )
    def take(self, models: set[str], most: dict[str, int], only_hurried: bool) -> None:
        ready = [each for each in self.waiting if each.request.model in models]
        if only_hurried:
            ready = [each for each in ready if each.place[1] <= 2]
        jobs = self.order.take(
            lambda asked: asked.model in models, lambda asked: most[asked.model], only_hurried=only_hurried
        )
        assert (not jobs) == (not ready)
        if jobs:
            taken = [self._waiting(job) for job in jobs]
            assert taken[0].place[1] == min(each.place[1] for each in ready)
            self._check_taken_together(taken, ready, most[taken[0].request.model])
            for each in taken:
                self._check_turn(each, ready)
                self.waiting.remove(each)
            self.turns.note(taken, self.waiting, set(ready))

    def _waiting(self, job: Job) -> Waiting:
        (waiting,) = (each for each in self.waiting if each.request is job.request)
        assert job.is_owed == waiting.is_owed
        return waiting

    def _check_taken_together(self, taken: list[Waiting], ready: list[Waiting], most: int) -> None:
        """They are hypotheses of one rank and model, and of those all that may be; whatever else comes alone."""
        alike = [each for each in ready if each.written_with(taken[0])]
        assert all(each in alike for each in taken[1:])
        assert len(taken) == min(most, 1 + len(alike))

    def _check_turn(self, taken: Waiting, ready: list[Waiting]) -> None:
        if taken.request.kind is InferenceKind.FINAL:
            finals = [
                each for each in ready if each.request.kind is InferenceKind.FINAL and each.place == taken.place
            ]
            assert finals[0] is taken, "finals of one session come in their order"

    @invariant()
    def what_waits_is_what_should(self) -> None:
        assert {id(job.request) for job in self.order} == {id(each.request) for each in self.waiting}
        assert len(self.order) == len(self.waiting)

    @invariant()
    def of_what_is_not_owed_only_the_newest_waits(self) -> None:
        kinds = Counter((job.request.session_id, job.request.kind) for job in self.order if not job.is_owed)
        assert all(count == 1 for count in kinds.values())

    def teardown(self) -> None:
        """Everything that is left comes out, all that is owed among it."""
        owed = {id(each.request) for each in self.waiting if each.is_owed}
        taken: set[int] = set()
        while requests := take(self.order, 3):
            taken.update(map(id, requests))
        assert owed <= taken
        assert len(self.order) == 0


TestJobOrder = JobOrderMachine.TestCase


def test_many_short_utterances_of_one_speaker_do_not_hold_up_another() -> None:
    first, other = request("live-1", InferenceKind.FINAL), request("live-2", InferenceKind.FINAL)
    order = order_of(first, *(request("live-1", InferenceKind.FINAL) for _ in range(49)), other)
    assert [take(order), take(order)] == [[first], [other]]


def test_a_file_and_a_text_written_again_wait_for_live_finals_and_take_turns_with_hypotheses() -> None:
    asked = [
        request("file-1", InferenceKind.FINAL),
        request("live-1", InferenceKind.PARTIAL),
        request("file-1", InferenceKind.FINAL),
        request("live-2", InferenceKind.FINAL),
        request("live-3", InferenceKind.SPECULATIVE),
    ]
    order = order_of(*asked)
    taken = [take(order) for _ in asked]
    assert taken == [[asked[place]] for place in (3, 4, 0, 1, 2)]


def test_newcomers_without_end_do_not_keep_anybody_waiting() -> None:
    waiting = request("live-1", InferenceKind.FINAL)
    newcomers = (request(f"live-{number}", InferenceKind.FINAL) for number in range(3, 10))
    order = order_of(request("live-2", InferenceKind.FINAL), waiting, *newcomers)
    take(order)
    assert take(order) == [waiting]


def partials(*sessions: str) -> list[InferenceRequest]:
    return [request(session, InferenceKind.PARTIAL) for session in sessions]


def test_hypotheses_that_wait_together_are_taken_in_turn_and_no_more_than_the_model_takes() -> None:
    asked = partials("live-1", "live-2", "live-3", "live-4", "live-5")
    order = order_of(*asked)
    assert [take(order, 2) for _ in range(4)] == [asked[:2], asked[2:4], asked[4:], []]


def test_one_who_was_written_with_another_is_behind_all_who_wait() -> None:
    first, second, third = partials("live-1", "live-2", "live-3")
    order = order_of(first, second, third)
    assert take(order, 2) == [first, second]
    again = partials("live-2", "live-1")
    for each in again:
        order.add(each, ignore, 0.0)
    assert take(order, 2) == [third, again[0]]


def test_texts_that_must_be_the_best_are_taken_alone() -> None:
    kinds = (InferenceKind.FINAL, InferenceKind.SPECULATIVE)
    asked = [request(session, kind) for kind in kinds for session in ("live-1", "live-2")]
    order = order_of(*asked, *partials("live-3"))
    assert [take(order, 4) for _ in asked] == [[each] for each in asked]


def test_a_hypothesis_of_a_file_is_not_taken_with_those_of_live_speakers() -> None:
    live, other, of_file, of_other_file = partials("live-1", "live-2", "file-1", "file-2")
    order = order_of(of_file, live, of_other_file, other)
    assert [take(order, 4), take(order, 4)] == [[live, other], [of_file, of_other_file]]


def test_hypotheses_by_different_models_are_not_taken_together() -> None:
    one, other = partials("live-1", "live-2")
    by_base = request("live-3", InferenceKind.PARTIAL, "base")
    order = order_of(one, by_base, other)
    assert [take(order, 4), take(order, 4)] == [[one, other], [by_base]]


def test_a_hypothesis_does_not_overtake_the_text_of_its_session_that_waits_in_the_same_rank() -> None:
    first, behind = partials("live-1", "live-2")
    written_again = replace(request("live-2", InferenceKind.FINAL), is_live=False)
    order = order_of(first, written_again, behind)
    assert [take(order, 4) for _ in range(3)] == [[first], [written_again], [behind]]
