"""Models are listed, and fetched one thread a model, whose progress can be followed."""

import json
import threading
from pathlib import Path

import pytest
from tests.adapters.web.api.api_rig import ApiRig, problem
from tests.adapters.web.rig import FakeWebServices
from tests.application.rig import TIMEOUT_SECONDS
from tests.fakes.model_repository import FakeModelRepository

from realtime_mlx_stt.adapters.web.api.model_pulls import ModelPulls, PullState, TooManyPullsError
from realtime_mlx_stt.application.profiles.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.ports.model_repository import PullProgress


class HeldModels(FakeModelRepository):
    """Models that are fetched only once the gate is open, and break in a way that nobody foresaw if told so."""

    def __init__(self, folder: Path, *, is_broken: bool = False) -> None:
        super().__init__(folder)
        self.gate = threading.Event()
        self._is_broken = is_broken

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        if progress is not None:
            progress("Asking", 0, None)
        assert self.gate.wait(TIMEOUT_SECONDS)
        if self._is_broken:
            raise ZeroDivisionError("sk-secret")
        return super().pull(name, progress)


def test_the_models_are_listed_with_what_is_known_of_them(api: ApiRig) -> None:
    models = api.get("/models").get_json()["models"]
    assert models[0] == {
        "name": "tiny.en",
        "origin": "made up",
        "is_available": True,
        "is_multilingual": False,
        "size_bytes": models[0]["size_bytes"],
    }


def test_a_model_that_is_loaded_is_among_the_loaded_ones(api: ApiRig) -> None:
    assert api.get("/models").get_json()["loaded"] == []
    orchestrator = api.web.services.orchestrator

    orchestrator.load_model(orchestrator.configure_profile(DEFAULT_PROFILE).settings).result(TIMEOUT_SECONDS)

    assert [model["model"] for model in api.get("/models").get_json()["loaded"]] == ["tiny.en"]


def test_a_fetch_goes_on_in_the_background_and_is_followed_to_its_end(api: ApiRig, tmp_path: Path) -> None:
    held = HeldModels(tmp_path)
    api.web.services.models = held
    begun = api.post("/models/pulls", json={"name": "base"})
    assert (begun.status_code, begun.get_json()["state"]) == (202, "running")
    where = begun.headers["Location"].removeprefix("/api/v1")
    again = api.post("/models/pulls", json={"name": "base"})
    assert again.headers["Location"] == begun.headers["Location"]
    answer = api.get(f"{where}?stream=true")
    frames = iter(answer.iter_encoded())
    assert next(frames) == b": connected\n\n"
    assert next(frames).startswith(b"id: ")
    held.gate.set()
    rest = b"".join(frames).decode()
    answer.close()
    assert rest.rpartition("\nevent: ")[2].startswith("done\n")
    done = api.get(where).get_json()
    assert (done["state"], done["name"], done["code"]) == ("done", "base", None)
    assert done["done_bytes"] == done["total_bytes"] > 0
    assert json.loads(rest.strip().rpartition("data: ")[2]) == done
    assert api.get("/models/pulls").get_json()["pulls"] == [done]
    assert held.pulled == ["base"]


@pytest.mark.parametrize(("name", "code"), [("small", "model-unreachable"), ("nobody", "unknown-model")])
def test_a_fetch_that_fails_says_why(api: ApiRig, name: str, code: str) -> None:
    where = api.post("/models/pulls", json={"name": name}).headers["Location"].removeprefix("/api/v1")
    assert "event: failed\n" in api.get(where, headers={"Accept": "text/event-stream"}).text
    failed = api.get(where).get_json()
    assert (failed["state"], failed["code"]) == ("failed", code)
    assert name in failed["message"]


def test_a_defect_of_a_fetch_is_told_without_what_it_says(api: ApiRig, tmp_path: Path) -> None:
    held = HeldModels(tmp_path, is_broken=True)
    held.gate.set()
    api.web.services.models = held
    where = api.post("/models/pulls", json={"name": "base"}).headers["Location"].removeprefix("/api/v1")
    told = api.get(f"{where}?stream=true").text
    assert '"code":"defect"' in told
    assert "sk-secret" not in told


@pytest.mark.parametrize("name", ["/etc", "..", "a/b/c", "~", ""])
def test_no_file_is_fetched(api: ApiRig, name: str) -> None:
    answer = api.post("/models/pulls", json={"name": name})
    assert problem(answer) == ((404, "unknown-model") if name else (400, "bad-request"))
    assert api.get("/models/pulls").get_json()["pulls"] == []


def test_a_fetch_that_there_is_not_is_a_problem(api: ApiRig) -> None:
    assert problem(api.get("/models/pulls/7")) == (404, "model-pull-not-found")


def test_the_end_of_the_server_ends_what_follows_a_fetch(api: ApiRig, tmp_path: Path) -> None:
    held = HeldModels(tmp_path)
    api.web.services.models = held
    where = api.post("/models/pulls", json={"name": "base"}).headers["Location"].removeprefix("/api/v1")
    answer = api.get(f"{where}?stream=true")
    frames = iter(answer.iter_encoded())
    next(frames)
    threading.Timer(0.05, api.web.closing.begin).start()
    assert b"server-closing" in b"".join(frames)
    answer.close()
    held.gate.set()


def test_few_are_fetched_at_a_time_and_few_are_remembered(tmp_path: Path) -> None:
    held = HeldModels(tmp_path)
    pulls = ModelPulls(FakeWebServices(models=held))
    running = [pulls.begin(f"owner/model{number}") for number in range(4)]
    with pytest.raises(TooManyPullsError):
        pulls.begin("owner/model4")
    held.gate.set()
    for status in running:
        while status.state is PullState.RUNNING:
            status = pulls.wait(status.pull_id, status.revision, TIMEOUT_SECONDS)  # noqa: PLW2901
    for number in range(100):
        status = pulls.begin(f"owner/next{number}")
        while status.state is PullState.RUNNING:
            status = pulls.wait(status.pull_id, status.revision, TIMEOUT_SECONDS)
    kept = [status.pull_id for status in pulls.all()]
    assert (len(kept), kept[0]) == (100, "5")
