"""A service for the tests that need one."""

from collections.abc import Iterator

import pytest
from tests.adapters.openai_transcription.local_service import LocalService, running_service


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalService]:
    """A service of this machine, which no proxy stands before."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_service() as running:
        yield running
