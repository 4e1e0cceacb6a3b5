"""Whatever is asked for and whenever: urgent texts first, sessions in turn, and nothing that is owed is lost."""

from collections import Counter
from dataclasses import dataclass, field

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


@dataclass
class Turns:
    """Who was served since a session began to wait in a rank, or was last served there itself."""

    served: dict[tuple[SessionId, int], Counter[SessionId]] = field(default_factory=dict)

    def note(self, taken: Waiting, waiting: list[Waiting], ready: set[Waiting]) -> None:
        session_id, taken_rank = taken.place
        self.served.pop(taken.place, None)
        self.keep({each.place for each in waiting})
        for place in {each.place for each in ready if each is not taken}:
            if place[1] == taken_rank and place[0] != session_id:
                served = self.served.setdefault(place, Counter())
                served[session_id] += 1
                assert served[session_id] == 1, f"{session_id} was served twice while {place[0]} waited"

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

    @rule(models=st.sets(st.sampled_from(MODELS)), only_hurried=st.booleans())
    def take(self, models: set[str], only_hurried: bool) -> None:
        ready = [each for each in self.waiting if each.request.model in models]
        if only_hurried:
            ready = [each for each in ready if each.place[1] <= 2]
        job = self.order.take(lambda asked: asked.model in models, only_hurried=only_hurried)
        assert (job is None) == (not ready)
        if job is not None:
            self._check_taken(job, ready)

    def _check_taken(self, job: Job, ready: list[Waiting]) -> None:
        (taken,) = (each for each in ready if each.request is job.request)
        assert job.is_owed == taken.is_owed
        assert taken.place[1] == min(each.place[1] for each in ready)
        if taken.request.kind is InferenceKind.FINAL:
            finals = [
                each for each in ready if each.request.kind is InferenceKind.FINAL and each.place == taken.place
            ]
            assert finals[0] is taken, "finals of one session come in their order"
        self.waiting.remove(taken)
        self.turns.note(taken, self.waiting, set(ready))

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
        taken = set()
        while (job := self.order.take(anything)) is not None:
            taken.add(id(job.request))
        assert owed <= taken
        assert len(self.order) == 0


TestJobOrder = JobOrderMachine.TestCase


def test_many_short_utterances_of_one_speaker_do_not_hold_up_another() -> None:
    order = JobOrder()
    for _ in range(50):
        order.add(request("live-1", InferenceKind.FINAL), ignore, 0.0)
    other = request("live-2", InferenceKind.FINAL)
    order.add(other, ignore, 0.0)
    first, second = order.take(anything), order.take(anything)
    assert first is not None
    assert second is not None
    assert (first.request.session_id, second.request) == ("live-1", other)


def test_a_file_and_a_text_written_again_wait_for_live_finals_and_take_turns_with_hypotheses() -> None:
    order = JobOrder()
    asked = [
        request("file-1", InferenceKind.FINAL),
        request("live-1", InferenceKind.PARTIAL),
        request("file-1", InferenceKind.FINAL),
        request("live-2", InferenceKind.FINAL),
        request("live-3", InferenceKind.SPECULATIVE),
    ]
    for each in asked:
        order.add(each, ignore, 0.0)
    taken = [order.take(anything) for _ in asked]
    assert [job and asked.index(job.request) for job in taken] == [3, 4, 0, 1, 2]


def test_newcomers_without_end_do_not_keep_anybody_waiting() -> None:
    order = JobOrder()
    waiting = request("live-1", InferenceKind.FINAL)
    order.add(request("live-2", InferenceKind.FINAL), ignore, 0.0)
    order.add(waiting, ignore, 0.0)
    for number in range(3, 10):
        order.add(request(f"live-{number}", InferenceKind.FINAL), ignore, 0.0)
    order.take(anything)
    job = order.take(anything)
    assert job is not None
    assert job.request is waiting
