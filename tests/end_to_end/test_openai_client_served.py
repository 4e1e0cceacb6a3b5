"""OpenAI's own client and curl have the real server write real speech, as does every block of docs/openai.md."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import openai
import pytest
import soundfile
from tests.adapters.speech_to_text.clips import clip, word_error_rate
from tests.adapters.web.openai.raw_upload import upload
from tests.adapters.web.openai.realtime_client import connected, resampled
from tests.adapters.web.openai.served import translated
from tests.end_to_end.served import ServedStt, serving_stt, wait_until
from tests.end_to_end.sound_scenes import scene, silence
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = (ROOT / "docs" / "openai.md").read_text(encoding="utf-8")
TOKEN: Final = "a-token-of-the-tests"
SPEECH: Final = clip("lj001-0008")
CLIP: Final = (ROOT / "tests" / "data" / "speech" / "lj001-0008.wav").read_bytes()
DELTA: Final = "conversation.item.input_audio_transcription.delta"
COMPLETED: Final = "conversation.item.input_audio_transcription.completed"

pytestmark = pytest.mark.filterwarnings(r"ignore:connect\(\) must be used as a context manager:DeprecationWarning")

SAID_OFTEN: Final = 80
"""More than is written until the server sees that a client has gone."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStt]:
    with serving_stt(tmp_path_factory.mktemp("openai"), token=TOKEN) as running:
        yield running


@pytest.fixture
def client(served: ServedStt, monkeypatch: pytest.MonkeyPatch) -> Iterator[openai.OpenAI]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with openai.OpenAI(api_key=TOKEN, base_url=f"{served.url}/v1", max_retries=0) as made:
        yield made


def is_what_was_said(text: str) -> bool:
    return word_error_rate({SPEECH.name: text}) < 0.1


def test_speech_is_written_with_the_places_of_its_words(client: openai.OpenAI) -> None:
    heard = client.audio.transcriptions.create(
        model="whisper-1",
        file=("clip.wav", CLIP),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )

    assert is_what_was_said(heard.text)
    assert heard.language == "english"
    assert heard.duration == pytest.approx(SPEECH.seconds, abs=0.01)
    assert heard.words is not None
    assert heard.segments is not None
    assert " ".join(word.word for word in heard.words) == heard.text
    places = [place for word in heard.words for place in (word.start, word.end)]
    assert places == sorted(places)
    assert 0.0 <= places[0] <= places[-1] <= heard.duration
    assert " ".join(segment.text for segment in heard.segments) == heard.text


@pytest.mark.parametrize(("name", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
def test_sound_may_be_compressed(client: openai.OpenAI, name: str, subtype: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, SPEECH.audio, SAMPLE_RATE_HZ, format=name, subtype=subtype)
    answer = client.audio.transcriptions.create(model="whisper-1", file=(f"clip.{name.lower()}", file.getvalue()))
    assert is_what_was_said(answer.text)


def test_a_stream_tells_each_utterance_when_it_is_written(client: openai.OpenAI) -> None:
    file = io.BytesIO()
    audio = scene(SPEECH.audio, silence(1), SPEECH.audio)
    soundfile.write(file, audio, SAMPLE_RATE_HZ, format="WAV")
    with client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file.getvalue(), stream=True) as stream:
        *deltas, done = list(stream)

    assert len(deltas) >= 2
    assert done.type == "transcript.text.done"
    assert "".join(delta.delta for delta in deltas if delta.type == "transcript.text.delta") == done.text
    half = len(done.text) // 2
    assert is_what_was_said(done.text[:half])
    assert is_what_was_said(done.text[half:])


def test_speech_is_written_while_it_is_sent(client: openai.OpenAI) -> None:
    with connected(client) as realtime:
        realtime.say(resampled(scene(SPEECH.audio, silence(1))))
        completed = realtime.until(COMPLETED)
        deltas = "".join(event.delta for event in realtime.of(DELTA))

    assert is_what_was_said(completed.transcript)
    assert completed.transcript.startswith(deltas[:10])
    assert realtime.of("error") == []


def test_a_page_says_its_key_and_its_generation_in_subprotocols(served: ServedStt) -> None:
    """A browser can send no other head, so this is what OpenAI's clients do there."""
    said = ["realtime", f"openai-insecure-api-key.{TOKEN}", "openai-beta.realtime-v1"]
    address = f"ws://{served.address}/v1/realtime?intent=transcription"
    with connect(address, subprotocols=[Subprotocol(word) for word in said], proxy=None) as page:
        assert page.subprotocol == "realtime"
        assert json.loads(page.recv())["type"] == "transcription_session.created"


def test_the_session_of_a_client_that_goes_is_ended(served: ServedStt) -> None:
    file = io.BytesIO()
    soundfile.write(file, scene(*[SPEECH.audio, silence(1)] * SAID_OFTEN), SAMPLE_RATE_HZ, format="WAV")
    before = sessions(served)
    with closing(upload(served.address, file.getvalue(), {"model": "whisper-1"}, TOKEN)):
        wait_until(lambda: sessions(served) != before)
    begun = {*sessions(served)} - {*before}
    wait_until(lambda: all("session-stopped" in types_of(served, each) for each in begun))
    texts = sum(types_of(served, each).count("utterance-transcribed") for each in begun)
    assert texts < SAID_OFTEN


def test_a_wrong_key_is_refused_as_openai_does(client: openai.OpenAI) -> None:
    stranger = client.with_options(api_key="somebody-elses")
    with pytest.raises(openai.AuthenticationError) as caught:
        stranger.audio.transcriptions.create(model="whisper-1", file=CLIP)
    assert caught.value.code == "invalid_api_key"


def test_a_model_of_this_machine_that_knows_english_alone_does_not_translate(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"tiny\.en writes English only"):
        translated(client, model="tiny.en", file=CLIP)


def sessions(served: ServedStt) -> list[str]:
    """The names of all sessions there have been."""
    return [session["session_id"] for session in served.ask("GET", "/api/v1/sessions").json["sessions"]]


def types_of(served: ServedStt, session_id: str) -> list[str]:
    """The kinds of a session's events."""
    answer = served.ask("GET", f"/api/v1/sessions/{session_id}/events?limit=1000").json
    return [event["type"] for event in answer["events"]]


def ran(command: list[str], served: ServedStt) -> str:
    """What a program of a reader's prints, who has done what the page says first."""
    said = {"OPENAI_BASE_URL": f"{served.url}/v1", "OPENAI_API_KEY": TOKEN, "NO_PROXY": "127.0.0.1"}
    environment = {**os.environ, **said}
    program = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120.0, check=False
    )
    assert (program.returncode, program.stderr) == (0, "")
    return program.stdout


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def test_every_program_of_the_page_runs_as_it_stands(served: ServedStt) -> None:
    printed = ran([sys.executable, "-W", "ignore::DeprecationWarning", "-c", "\n".join(blocks("py"))], served)

    assert printed.count("ask what you can do for your country") >= 5
    assert "english 11.0" in printed
    assert "And 0." in printed
    assert "'whisper-1'" in printed


def test_every_command_of_the_page_runs_as_it_stands(served: ServedStt) -> None:
    begin, ask = blocks("sh")
    assert begin.splitlines()[0] == "stt serve"
    assert ran(["sh", "-c", ask], served).startswith("1\n00:00:00,")


def test_no_block_of_the_page_is_left_out() -> None:
    assert len(blocks("py")) + len(blocks("sh")) == DOCUMENT.count("```") // 2
