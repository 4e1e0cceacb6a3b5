"""Schemathesis sends what the document allows and what it forbids, and finds that every answer is as it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from tests.adapters.web.rig import FakeWebServices, WebRig
from tests.fakes.model_repository import FakeModelRepository

from realtime_mlx_stt.adapters.web.api.operations import API_ROOT
from realtime_mlx_stt.adapters.web.api.routes import operations

CONFIGURATION: Final = {
    "seed": 20260801,
    "generation": {"max-examples": 12, "deterministic": True, "database": "none"},
    # What fits the schema may still be wrong as a whole, be for a state that is not, or be more than is allowed.
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "415", "422", "429", "503"]}
    },
}
PHASES: Final = {"examples", "coverage", "fuzzing", "stateful"}
MOST_RUNNING: Final = 8


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[WebRig]:
    made = WebRig(services=FakeWebServices(models=FakeModelRepository(tmp_path)))
    made.closing.begin()  # so that streams and long polls end at once
    yield made
    made.close()


def make_room(rig: WebRig) -> None:
    """Stop sessions before there are as many as the server allows."""
    running = rig.rig.orchestrator.running_sessions()
    for session_id in running if len(running) > MOST_RUNNING else ():
        rig.rig.orchestrator.stop_pipeline(session_id)


def findings(event: events.ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for failed in (check.failure_info for check in checks if check.failure_info is not None):
            said = f"{failed.failure.title}\n{failed.failure.message}\n{failed.code_sample}"
            yield f"{event.recorder.label}: {said}"


def test_schemathesis_finds_nothing(rig: WebRig) -> None:
    configuration = SchemathesisConfig.from_dict(CONFIGURATION)
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", rig.app, config=configuration)
    schema = described.exclude(path="/ready")  # while the server ends, as this one does, its answer is a 503
    found: list[str] = []
    called: set[str] = set()
    phases: set[str] = set()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                found += findings(event)
                called.add(str(event.recorder.label))
                make_room(rig)
            case events.NonFatalError() | events.FatalError():
                found.append(str(event))
            case events.PhaseFinished():
                phases.add(event.phase.name.value.lower())
            case _:
                pass
    assert "\n\n".join(found) == ""
    assert phases >= PHASES
    assert called >= {
        f"{each.method} {API_ROOT}{each.path}" for each in operations(rig.app.extensions["realtime_mlx_stt"])
    }
