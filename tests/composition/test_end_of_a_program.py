"""When a Python program ends, the callbacks that it is owed come first."""

import threading
from pathlib import Path

from dependency_injector import providers
from tests.adapters.python_api.process import Calls, recorded_session, utterance
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.application.stand_ins import UnansweringEngines
from tests.composition.settings_of_a_test import settings

from realtime_mlx_stt.adapters.clock.session_names import SortableSessionIds
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
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


def test_an_owed_text_holds_up_the_end_for_a_few_seconds_only(tmp_path: Path) -> None:
    rig, calls, engines = Rig(), Calls(), UnansweringEngines("mlx_whisper", remote=True)
    container = Container(
        settings=settings(tmp_path, None),
        engines=providers.Object(engines),
        sources=providers.Object(rig.sources),
        voice_activity=providers.Object(rig.voice_activity),
    )
    services = ContainerProcessServices(container)
    assert container.stop_seconds() <= 3.0
    container.stop_seconds.override(0.05)
    with using_services(services):
        session = recorded_session(calls, ("event",))
        assert session.start()
        rig.source.hear(utterance(1))
        assert engines.entered.wait(TIMEOUT_SECONDS)
        end = threading.Thread(target=services.close)
        end.start()
        end.join(TIMEOUT_SECONDS)
        assert not end.is_alive()
        engines.gate.set()
    assert calls.of("event")[-1].event.type == "session-stopped"


def test_threads_that_use_the_package_first_get_the_same_parts(tmp_path: Path) -> None:
    container, count = Container(settings=settings(tmp_path, None)), 8
    services, together, is_enough = ContainerProcessServices(container), threading.Barrier(count), threading.Event()
    parts = list[tuple[SystemOrchestrator, object]]()

    def make_slowly() -> SortableSessionIds:
        is_enough.wait(0.05)
        return SortableSessionIds(container.clock())

    def use() -> None:
        together.wait(TIMEOUT_SECONDS)
        parts.append((services.orchestrator, services.wake_words))

    container.session_ids.override(providers.Callable(make_slowly))
    threads = [threading.Thread(target=use) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert len(parts) == count
    assert len({(id(orchestrator), id(words)) for orchestrator, words in parts}) == 1
    services.close()


def assert_in_time(gate: threading.Event) -> None:
    assert gate.wait(TIMEOUT_SECONDS)
