"""The routes of 0.1 over the application's rig."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_sock import Sock
from tests.adapters.web.rig import WebRig, serving

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.routes import register
from realtime_mlx_stt.adapters.web.problems import answer_errors
from realtime_mlx_stt.adapters.web.websocket.handshake import prepare_handshakes


class OldRoutesRig(WebRig):
    """The old routes alone, since whole applications take their time to be made; recordings are played to one."""

    def __post_init__(self) -> None:
        context = WebContext(services=self.services, config=self.config, closing=self.closing)
        self.app = Flask("old routes", static_folder=None)
        answer_errors(self.app)
        prepare_handshakes(self.app)
        sock = Sock(self.app)
        register(self.app, sock, context)
        self.client = self.app.test_client()


@pytest.fixture
def web() -> Iterator[WebRig]:
    rig = OldRoutesRig()
    yield rig
    rig.close()


@pytest.fixture
def address(web: WebRig) -> Iterator[str]:
    """The same over real sockets."""
    with serving(web.app) as served:
        yield served
        web.closing.begin()
