"""A transcription service on this machine that speaks OpenAI's API, and misbehaves when it is asked to."""

import io
import json
import re
import threading
import wave
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import numpy as np
from tests.fakes.speech_to_text import heard_words

from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccount
from realtime_mlx_stt.adapters.openai_transcription.engines import OpenAiEngines
from realtime_mlx_stt.adapters.openai_transcription.service import Patience
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, samples_to_seconds
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["KEY", "QUICK", "LocalService", "Received", "Trouble", "closed_port_url", "running_service"]

KEY: Final = "sk-proj-Ab3dEf6hIj9kLm2nOp5q"
"""What the service takes."""

QUICK: Final = Patience(answer_seconds=8.0, check_seconds=8.0, connect_seconds=4.0, pauses_seconds=(0.0, 0.0))
"""Waits for nothing between attempts, and long enough for a busy machine."""

LOG_PROBABILITY: Final = -0.25
NO_SPEECH_PROBABILITY: Final = 0.01

_HANG_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request for a text."""

    key: str
    fields: Mapping[str, Sequence[str]]
    file_name: str
    audio: AudioSamples


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is done instead of a proper answer; with status 0 the connection breaks, with None nothing comes."""

    status: int | None
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, message: str, code: str | None = None, **headers: str) -> "Trouble":
        """A refusal as the API words it."""
        error = {"error": {"message": message, "type": "some_error", "param": None, "code": code}}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status=status, body=json.dumps(error).encode(), headers=names)


@dataclass
class LocalService:
    """Writes the words that ``hears`` finds in the audio; the next of ``troubles`` comes first, if there is one.

    ``knows_details`` False refuses all options but those of the first version of the API, as some servers do. It
    refuses audio of more than 30 s.
    """

    base_url: str
    models: set[str] = field(default_factory=lambda: {"gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper-1"})
    hears: Callable[[AudioSamples], Sequence[Word]] = heard_words
    language: str = "english"
    knows_details: bool = True
    received: list[Received] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    troubles: "deque[Trouble]" = field(default_factory=deque)
    lookup_troubles: "deque[Trouble]" = field(default_factory=deque)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ending: threading.Event = field(default_factory=threading.Event)

    def account(self, key: str = KEY) -> OpenAiAccount:
        """An account with this service."""
        account = OpenAiAccount({})
        account.use(api_key=key, base_url=self.base_url)
        return account

    def engines(self, patience: Patience = QUICK) -> OpenAiEngines:
        """Engines over an account with this service."""
        return OpenAiEngines(self.account(), patience)

    def option(self, name: str) -> list[list[str]]:
        """What each request had in a field; lists have a name with brackets."""
        return [list(request.fields.get(name, ())) for request in self.received]


@contextmanager
def running_service() -> Iterator[LocalService]:
    """A service that answers at its ``base_url``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    service = LocalService(base_url=f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"service": service})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="local-service")
    thread.start()
    try:
        yield service
    finally:
        service.ending.set()
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port_url() -> str:
    """Where nobody listens, for the port was given back."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: ClassVar[LocalService]

    def do_GET(self) -> None:
        self.service.looked_up.append(self.path)
        self._answer(self._hindrance(self.service.lookup_troubles) or _model(self.service, self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = _received(self.headers["Authorization"], self.headers["Content-Type"], body)
        self.service.received.append(request)
        self.service.arrived.release()
        self._answer(self._hindrance(self.service.troubles) or _text(self.service, request))

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""

    def _hindrance(self, troubles: "deque[Trouble]") -> Trouble | None:
        if troubles:
            return troubles.popleft()
        if self.headers["Authorization"] == f"Bearer {KEY}":
            return None
        return Trouble.of(401, "Incorrect API key provided.", "invalid_api_key")

    def _answer(self, answer: Trouble) -> None:
        self.close_connection = True
        if answer.status is None:
            self.service.ending.wait(_HANG_SECONDS)
        if not answer.status:
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)


def _model(service: LocalService, path: str) -> Trouble:
    name = unquote(path.rpartition("/")[2])
    if name not in service.models:
        return Trouble.of(404, f"The model '{name}' does not exist or you lack access to it.", "model_not_found")
    model = {"id": name, "object": "model", "created": 0, "owned_by": "system"}
    return Trouble(status=200, body=json.dumps(model).encode())


def _text(service: LocalService, request: Received) -> Trouble:
    (model,), (form,) = request.fields["model"], request.fields.get("response_format", ["json"])
    wants_tokens = "logprobs" in request.fields.get("include[]", ())
    tells_places = service.knows_details and not model.startswith("gpt-")
    if form not in ("json", "verbose_json") or (form == "verbose_json" and not tells_places):
        return Trouble.of(
            400, f"response_format '{form}' is not compatible with model '{model}'.", "unsupported_value"
        )
    if wants_tokens and (tells_places or not service.knows_details):
        return Trouble.of(422, "Unknown field include.")
    if samples_to_seconds(request.audio.size) > _LONGEST_SECONDS:
        return Trouble.of(400, "The audio is longer than 30 s.")
    words = service.hears(request.audio)
    answer: dict[str, Any] = {"text": " ".join(word.text for word in words)}
    if wants_tokens:
        answer["logprobs"] = [
            {"token": w.text, "bytes": [*w.text.encode()], "logprob": LOG_PROBABILITY} for w in words
        ]
    if form == "verbose_json":
        answer |= _verbose(service, request, words)
    return Trouble(status=200, body=json.dumps(answer).encode())


def _verbose(service: LocalService, request: Received, words: Sequence[Word]) -> dict[str, Any]:
    duration = samples_to_seconds(request.audio.size)
    segment = {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": duration,
        "text": " ".join(word.text for word in words),
        "tokens": [*range(len(words))],
        "temperature": 0.0,
        "avg_logprob": LOG_PROBABILITY,
        "compression_ratio": 1.0,
        "no_speech_prob": NO_SPEECH_PROBABILITY,
    }
    verbose: dict[str, Any] = {
        "task": "transcribe",
        "language": service.language,
        "duration": duration,
        "segments": [segment] if words else [],
    }
    if "word" in request.fields.get("timestamp_granularities[]", ()):
        places = [(word, word.start_sample / SAMPLE_RATE_HZ, word.end_sample / SAMPLE_RATE_HZ) for word in words]
        verbose["words"] = [{"word": word.text, "start": start, "end": end} for word, start, end in places]
    return verbose


def _received(authorization: str, content_type: str, body: bytes) -> Received:
    fields: dict[str, list[str]] = {}
    file_name, file = "", b""
    for head, content in _parts(content_type, body):
        (name,) = re.findall(r'[; ]name="([^"]*)"', head)
        if name == "file":
            (file_name,), file = re.findall(r'filename="([^"]*)"', head), content
        else:
            fields.setdefault(name, []).append(content.decode())
    return Received(
        key=authorization.removeprefix("Bearer "), fields=fields, file_name=file_name, audio=_samples(file)
    )


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    boundary = b"--" + content_type.partition("boundary=")[2].encode()
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        yield head.decode(), content


def _samples(file: bytes) -> AudioSamples:
    """The samples of a WAV file that is as the service is promised it."""
    with wave.open(io.BytesIO(file)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (1, 2, SAMPLE_RATE_HZ)
        content = reader.readframes(reader.getnframes())
    return np.frombuffer(content, dtype="<i2").astype(np.float32) / np.float32(32767)
