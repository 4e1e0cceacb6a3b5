"""One server for each test."""

from collections.abc import Iterator

import pytest
from tests.adapters.web.openai.served import Served, served


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served() as running:
        yield running
