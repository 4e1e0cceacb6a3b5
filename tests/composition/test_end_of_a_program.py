"""When a Python program ends, the callbacks that it is owed come first."""

import threading
from pathlib import Path

from dependency_injector import providers
from tests.adapters.python_api.process import Calls, recorded_session, utterance
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.composition.test_container import settings

from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.composition.process_services import ContainerProcessServices


def test_what_was_being_said_is_told_before_everything_is_released(tmp_path: Path) -> None:
    rig, calls, gate = Rig(), Calls(), threading.Event()
    container = Container(
        settings=settings(tmp_path, None),
        engines=providers.Object(rig.engines),
        sources=providers.Object(rig.sources),
        voice_activity=providers.Object(rig.voice_activity),
    )
    services = ContainerProcessServices(container)
    end = threading.Thread(target=services.close)
    with using_services(services):
        session = recorded_session(calls, ("transcription", "event"))
        calls.then = lambda _name: assert_in_time(gate)
        assert session.start()
        rig.source.hear(utterance(1)[:-16_000])
        calls.until("event")
        end.start()
        end.join(0.05)
        assert end.is_alive()
        gate.set()
        end.join(TIMEOUT_SECONDS)
    assert not end.is_alive()
    assert [result.text for result in calls.of("transcription")] == ["word1"]
    assert calls.of("event")[-1].event.type == "session-stopped"


def assert_in_time(gate: threading.Event) -> None:
    assert gate.wait(TIMEOUT_SECONDS)
