"""The API over the web application's rig, with sessions that say what a test wants said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import soundfile
from tests.adapters.web.rig import FakeWebServices, WebRig
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.application.stand_ins import FallibleStore
from tests.fakes.model_repository import FakeModelRepository
from tests.fakes.speech_to_text import spoken
from werkzeug.test import TestResponse

from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["API", "STEADY_SETTINGS", "ApiRig", "problem", "wave_file"]

API = "/api/v1"

STEADY_SETTINGS: Mapping[str, Any] = {
    "transcription": {"partial_interval_seconds": None, "speculative_finals": False}
}
"""Settings without partials, so that the log does not depend on the threads."""


@dataclass
class ApiRig:
    """Requests to the API, answered in this process."""

    folder: Path
    config: ServerConfig = field(default_factory=ServerConfig)
    store: FallibleStore = field(default_factory=FallibleStore)

    def __post_init__(self) -> None:
        services = FakeWebServices(rig=Rig(store=self.store), models=FakeModelRepository(self.folder))
        self.web = WebRig(services=services, config=self.config)
        self.client = self.web.client

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(API + path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self.client.post(API + path, **more)

    def started(self, **body: Any) -> str:
        """A session that waits for float samples, unless the body says otherwise."""
        source = {"kind": "push", "encoding": "pcm_f32le"}
        answer = self.post("/sessions", json={"settings": STEADY_SETTINGS, "source": source, **body})
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["session_id"])

    def say(self, session_id: str, *words: int, position: int | None = None) -> dict[str, Any]:
        """Push the words of these numbers, and silence behind them."""
        audio = spoken(*words, *(0, 0, 0)).astype("<f4").tobytes()
        query = {} if position is None else {"position": position}
        answer = self.post(f"/sessions/{session_id}/audio", data=audio, query_string=query)
        assert answer.status_code == 200, answer.text
        taken: dict[str, Any] = answer.get_json()
        return taken

    def said(self, *words: int, **body: Any) -> str:
        """A session that is over, in which these words were said."""
        session_id = self.started(**body)
        self.say(session_id, *words)
        assert self.post(f"/sessions/{session_id}/audio/end").status_code == 202
        self.over(session_id)
        return session_id

    def over(self, session_id: str) -> None:
        assert self.web.rig.orchestrator.wait(SessionId(session_id), TIMEOUT_SECONDS)

    def close(self) -> None:
        self.web.close()


def problem(answer: TestResponse) -> tuple[int, str]:
    """The status and the code of a problem."""
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, str(answer.get_json(force=True)["code"])


def wave_file(*words: int) -> bytes:
    """A sound file in which the words of these numbers are said."""
    written = BytesIO()
    soundfile.write(written, spoken(*words, 0, 0, 0), 16_000, format="WAV", subtype="FLOAT")
    return written.getvalue()
