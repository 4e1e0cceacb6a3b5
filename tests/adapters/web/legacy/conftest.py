"""The routes of 0.1 over the application's rig."""

from collections.abc import Iterator

import pytest
from tests.adapters.web.rig import WebRig, serving


@pytest.fixture
def web() -> Iterator[WebRig]:
    rig = WebRig()
    yield rig
    rig.close()


@pytest.fixture
def address(web: WebRig) -> Iterator[str]:
    """The same over real sockets."""
    with serving(web.app) as served:
        yield served
        web.closing.begin()
