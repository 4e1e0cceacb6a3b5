"""One server for the tests of a module, as it was at first for each of them."""

from collections.abc import Iterator

import pytest
from tests.adapters.web.openai.served import Served, served


@pytest.fixture(scope="module")
def running_server() -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NO_PROXY", "127.0.0.1")
        with served() as running:
            yield running


@pytest.fixture
def server(running_server: Served) -> Served:
    running_server.engines.calls.clear()
    running_server.engines.failure = running_server.engines.load_failure = None
    running_server.engines.loaded.clear()  # so that a test can have the loading fail
    return running_server


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that have a server of their own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
